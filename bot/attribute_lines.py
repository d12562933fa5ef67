"""How the difference of one attribute reads, line by line: a sign ("-", "+" or " ") and a text."""

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.difference import AttributeChange, Path
from bot.mask import HIDDEN, UNKNOWN
from bot.value import canonical

Line = tuple[str, str]
LONGEST = 300  # characters of one line
MOST = 60  # lines of one attribute
NOTES = {
    "order": "same elements, other order",
    "formatting": "same JSON, other formatting",
    "sensitivity": "same value, only its sensitivity changes",
}


def list_lines(change: AttributeChange, *, created: bool = False, deleted: bool = False) -> list[Line]:
    """The path, then what goes and what comes.  ``created`` and ``deleted`` leave the empty side out."""
    remarks = [NOTES.get(change.note, ""), "forces replacement" if change.forces_replacement else ""]
    remark = ", ".join(remark for remark in remarks if remark)
    head = format_path(change.path) or "(value)"
    lines = [(" ", f"{head}  # {remark}" if remark else head)]
    if change.note in NOTES:
        return lines
    sides = list(_sides(change, created=created, deleted=deleted))
    if (created or deleted) and len(sides) == 1:  # one side, one line: no room to waste
        sign, value = sides[0]
        return [(sign, f"{head} = {value}")]
    return lines + _cap(sides)


def format_path(path: Path) -> str:
    """``disk[0].labels["a.b"]``: dots for plain names, quotes for every other key."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("_", "a").isalnum() and step.isascii():
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def format_value(value: Any) -> str:
    """JSON on one line; ``null`` is what Terraform calls it too."""
    return canonical(value).decode() if isinstance(value, dict | list) else _scalar(value)


def _scalar(value: Any) -> str:
    if value in (HIDDEN, UNKNOWN):
        return str(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else canonical(value).decode()


def _sides(change: AttributeChange, *, created: bool, deleted: bool) -> Iterator[Line]:
    if change.secret:
        yield from ([] if created else [("-", HIDDEN)])
        yield from ([] if deleted else [("+", UNKNOWN if change.unknown else HIDDEN)])
        return
    if _is_text(change.before, change.after) and not change.unknown:
        yield from _text_lines(change.before or "", change.after or "")
    elif _is_scalar_list(change.before) and _is_scalar_list(change.after):
        yield from _list_lines(change.before, change.after)
    else:
        yield from ([] if created else [("-", _shorten(format_value(change.before)))])
        after = UNKNOWN if change.unknown else format_value(change.after)
        yield from ([] if deleted else [("+", _shorten(after))])


def _is_text(before: Any, after: Any) -> bool:
    """At least one side is text of several lines, the other one text or nothing."""
    sides = (before, after)
    return all(isinstance(side, str | None) for side in sides) and any("\n" in side for side in sides if side)


def _is_scalar_list(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _text_lines(before: str, after: str) -> Iterator[Line]:
    old, new = before.splitlines()[:2000], after.splitlines()[:2000]
    for line in difflib.unified_diff(old, new, n=2, lineterm=""):
        if line.startswith(("---", "+++")):
            continue
        yield (" ", "…") if line.startswith("@@") else (line[0], _shorten(line[1:]))


def _list_lines(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Line]:
    """What left and what came; the elements that stay are only counted."""
    old, new = [canonical(item) for item in before], [canonical(item) for item in after]
    gone = [item for item, key in zip(before, old, strict=True) if key not in set(new)]
    come = [item for item, key in zip(after, new, strict=True) if key not in set(old)]
    if not gone and not come:  # duplicates came or went
        yield from (("-", _shorten(format_value(before))), ("+", _shorten(format_value(after))))
        return
    yield from (("-", _shorten(format_value(item))) for item in gone)
    yield from (("+", _shorten(format_value(item))) for item in come)
    if stay := len(after) - len(come):
        yield (" ", f"({stay} unchanged)")


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST} more characters)"


def _cap(lines: list[Line]) -> list[Line]:
    return lines if len(lines) <= MOST else [*lines[:MOST], (" ", f"… {len(lines) - MOST} more lines")]
