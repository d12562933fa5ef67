"""Boxes of the checklist that people tick: what says so in the comment, written and read.

A tick is a reading aid, never an approval: whoever may edit the comment can tick anything.  It counts only on a line of
exactly our form, in the checklist of a comment of our own, and for as long as the digest of the facts stays.
"""

import re
from collections.abc import Iterator

from bot.markdown import escape_text
from bot.pull_request import Tick

# What only a person can know; the texts are what is shown.
TEXTS = {
    "expected": "Only the changes I expected",
    "deletions": "No unintended deletions",
    "cost": "Cost is acceptable",
    "security": "Security practices are followed: permissions, exposure, encryption",
    "naming": "Names follow the conventions",
    "stage-tested": "Tested in STAGE",
    "change-window": "Inside the change window",
    "rollback": "Rollback plan is written down",
    "business-approval": "Business approval, if this needs one",
}
HEADING = "### Checklist"
REVIEWER = "*(reviewer)*"
_FENCE = re.compile(r"\s*(`{3,})([^`]*)")
_LINE = re.compile(r"- \[([ xX])\] (.*) <!-- tick:([a-z-]+):([0-9a-f]{16}) -->")


def write_tick(item: str, facts: str) -> str:
    """The hidden end of an item's line; both are our own letters, digits and dashes."""
    return f"<!-- tick:{item}:{facts} -->"


def read_ticks(body: str) -> tuple[Tick, ...]:
    """The ticked items of a comment.  Only for a comment of our own: anybody can write such lines into theirs."""
    found: dict[str, Tick | None] = {}
    for line in _checklist(body):
        match = _LINE.fullmatch(line)
        if match and _is_ours(match[2], match[3]):
            tick = Tick(item=match[3], facts=match[4]) if match[1] != " " else None
            found.setdefault(match[3], tick)
    return tuple(tick for tick in found.values() if tick is not None)


def _is_ours(text: str, item: str) -> bool:
    shown = str(escape_text(TEXTS[item])) if item in TEXTS else ""
    between = text.removeprefix(shown).removesuffix(REVIEWER).strip()
    framed = text.startswith(f"{shown} ") and text.endswith(f" {REVIEWER}")
    return bool(shown) and framed and (not between or re.fullmatch(r"— \*.*\*", between) is not None)


def _checklist(body: str) -> Iterator[str]:
    """The lines of the first checklist.  What stands inside of a fence is a quotation."""
    fence, inside = "", False
    for line in (line.rstrip("\r") for line in body.split("\n")):
        mark = _FENCE.fullmatch(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not mark[2].strip() else fence
        elif mark:
            fence = mark[1]
        elif line == HEADING and not inside:
            inside = True
        elif inside and line.startswith("- ["):
            yield line
        elif inside and line.strip():
            return
        if inside and fence:
            return
