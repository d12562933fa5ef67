"""The outcome of an apply put into the comment of its review, which stays as it is from then on.

The block stands right under the headline, between two hidden lines that carry a digest of what is between them: so no
text of a plan or a log can pass for its end, and a later outcome takes the place of the earlier one.
"""

import hashlib
import re
from collections.abc import Callable, Sequence

from msgspec import structs

from bot.marker import Marker, read_marker, write_marker

LARGEST = 65_000  # characters; GitHub refuses more than 65,536
_BEGIN = re.compile(r"<!-- plan-review:applied ([0-9a-f]{32}) -->")
_TIME = re.compile(r", (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$", re.ASCII | re.MULTILINE)
BELOW = "*Below is the review, as it was at the merge.*"
NO_ROOM = "The review was too long to be shown beside this. It is in the history of this comment: click on *edited*."


def freeze_comment(body: str, key: str, word: str, render: Callable[[bool], str]) -> str:
    """``body`` with the outcome ``word`` in its marker and the block under its headline.

    An empty ``body`` makes a comment of the block alone.  ``render(short)`` gives the block.  Where not even the short
    one fits, the review makes room: GitHub keeps the text it replaces.
    """
    marker = read_marker(body) or Marker(key=key)
    first = write_marker(structs.replace(marker, applied=word))
    head, rest = _split(body)
    for short in (False, True):
        text = "\n".join((first, *head, *_wrap(render(short), rest), *rest)).rstrip() + "\n"
        if len(text) <= LARGEST:
            return text
    return "\n".join((first, *head, *_wrap(render(True), ()), "", NO_ROOM)) + "\n"


def _split(body: str) -> tuple[list[str], list[str]]:
    """What stands above the block, without the marker, and what stands below it, without an earlier block."""
    lines = body.replace("\r\n", "\n").split("\n")[1:]
    title = next((number for number, line in enumerate(lines[:3]) if line.startswith("## ")), -1)
    head, rest = lines[: title + 1], lines[title + 1 :]
    while rest and not rest[0].strip():
        rest = rest[1:]
    begin = _BEGIN.fullmatch(rest[0].rstrip()) if rest else None
    end = f"<!-- /plan-review:applied {begin[1]} -->" if begin else ""
    for number, line in enumerate(rest if begin else ()):
        if line.rstrip() == end:
            rest = rest[number + 1 :]
            break
    return head, rest


def _wrap(block: str, rest: Sequence[str]) -> tuple[str, ...]:
    text = f"{block.rstrip()}\n\n{BELOW}" if rest else block.rstrip()
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return ("", f"<!-- plan-review:applied {digest} -->", "", text, "", f"<!-- /plan-review:applied {digest} -->")


def read_time(body: str) -> str:
    """When the outcome in ``body`` was written (RFC 3339 UTC), "" where there is none: text that people can edit."""
    lines = body.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines[:6]):
        if _BEGIN.fullmatch(line.rstrip()):
            found = _TIME.search("\n".join(lines[number : number + 6]))
            return found[1] if found else ""
    return ""
