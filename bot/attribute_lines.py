"""How the difference of one attribute reads, line by line: a sign ("-", "+" or " ") and a text."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.difference import AttributeChange, Path
from bot.mask import HIDDEN, UNKNOWN
from bot.text_lines import Line, diff_lines
from bot.value import canonical

LONGEST = 300  # characters of one line
MOST = 60  # lines of one attribute
NOTES = {
    "order": "same elements, other order",
    "formatting": "only its formatting changes",
    "line-ends": "only line ends or spaces before them change",
    "empty": "null and empty: no difference",
    "sensitivity": "unchanged, only its sensitivity changes",
}
LARGE = "too large to compare, shown whole"
AROUND = 40  # characters shown before the first difference of two long values


def list_lines(change: AttributeChange, *, created: bool = False, deleted: bool = False) -> list[Line]:
    """The path, then what goes and what comes.  ``created`` and ``deleted`` leave the empty side out."""
    head = format_path(change.path) or "(value)"
    if change.secret and created:
        return [("+", f"{head} = {UNKNOWN if change.unknown else HIDDEN}")]
    if change.secret and deleted:
        return [("-", f"{head} = {HIDDEN}")]
    remark = ", ".join(_remarks(change))
    lines = [(" ", f"{head}  # {remark}" if remark else head)]
    if change.note in NOTES or change.secret:
        return lines
    sides = list(_sides(change, created=created, deleted=deleted))
    if (created or deleted) and len(sides) == 1:  # one side, one line: no room to waste
        sign, value = sides[0]
        return [(sign, f"{head} = {value}")]
    return lines + _cap(sides)


def _remarks(change: AttributeChange) -> Iterator[str]:
    """What stands beside the path.  Of a secret nobody learns more than that it changes."""
    if change.item:
        yield change.item
    if change.secret and change.note != "sensitivity":
        yield "sensitive: changed, known after apply" if change.unknown else "sensitive: changed"
    if change.note:
        yield NOTES.get(change.note, LARGE)
    if change.forces_replacement:
        yield "forces replacement"


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
    before, after = change.before, change.after
    if change.note == "large":
        yield from (("-", _shorten(format_value(before))), ("+", _shorten(format_value(after))))
    elif _is_text(before, after) and not change.unknown:
        lines = diff_lines((before or "").splitlines(), (after or "").splitlines())
        yield from ((sign, _shorten(text)) for sign, text in lines)
    elif _is_scalar_list(before) and _is_scalar_list(after):
        yield from _list_lines(before, after)
    else:
        told = UNKNOWN if change.unknown else format_value(after)
        old, new = _window(format_value(before), told) if not created and not deleted else (format_value(before), told)
        yield from ([] if created else [("-", _shorten(old))])
        yield from ([] if deleted else [("+", _shorten(new))])


def _window(before: str, after: str) -> tuple[str, str]:
    """Two long values from shortly before where they differ."""
    if max(len(before), len(after)) <= LONGEST or min(len(before), len(after)) <= AROUND:
        return before, after
    start = max(0, _first_difference(before, after) - AROUND)
    return (before, after) if not start else (f"…{before[start:]}", f"…{after[start:]}")


def _first_difference(before: str, after: str) -> int:
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (old, new) in pairs if old != new), min(len(before), len(after)))


def _is_text(before: Any, after: Any) -> bool:
    """At least one side is text of several lines, the other one text or nothing."""
    sides = (before, after)
    return all(isinstance(side, str | None) for side in sides) and any("\n" in side for side in sides if side)


def _is_scalar_list(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _list_lines(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Line]:
    """What left and what came; the elements that stay are only counted."""
    old, new = [canonical(item) for item in before], [canonical(item) for item in after]
    stays, stayed = set(new), set(old)
    gone = [item for item, key in zip(before, old, strict=True) if key not in stays]
    come = [item for item, key in zip(after, new, strict=True) if key not in stayed]
    if not gone and not come:  # duplicates came or went
        yield from (("-", _shorten(format_value(before))), ("+", _shorten(format_value(after))))
        return
    yield from (("-", _shorten(format_value(item))) for item in gone)
    yield from (("+", _shorten(format_value(item))) for item in come)
    if stay := len(after) - len(come):
        yield (" ", f"({stay} unchanged)")


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST:,} more characters)"


def _cap(lines: list[Line]) -> list[Line]:
    return lines if len(lines) <= MOST else [*lines[:MOST], (" ", f"… {len(lines) - MOST:,} more lines")]
