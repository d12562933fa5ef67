"""How the difference of one attribute reads, line by line: a sign ("-", "+" or " ") and a text.

A line with a path starts at the margin; every line of a value is indented, so that no value reads like a path.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, zip_longest
from typing import Any

from bot.difference import AttributeChange, Path
from bot.mask import HIDDEN, UNKNOWN
from bot.text_lines import GAP, Line, diff_lines
from bot.value import canonical
from bot.value_lines import LONGEST, SHORT, describe, fold, format_value, join_key, outline
from bot.wording import plural

MOST = 60  # lines of one attribute
RUN = 20  # lines that go, or come, in one piece
REPLACED = 12  # lines of a value that something unknown replaces
NOTES = {
    "order": "same elements, other order",
    "formatting": "only its formatting changes",
    "line-ends": "only line ends or spaces before them change",
    "empty": "null and empty: no difference",
    "sensitivity": "unchanged, only its sensitivity changes",
}
LARGE = "too much differs to show it part by part"
AROUND = 40  # characters shown around what differs in two long values
INLINE = 120  # characters of a value that stands on one line with what replaces it


def list_lines(change: AttributeChange, *, created: bool = False, deleted: bool = False) -> list[Line]:
    """The path, then what goes and what comes.  ``created`` and ``deleted`` leave the empty side out."""
    head = format_path(change.path) or "(value)"
    if change.secret and (created or deleted):
        return [("+" if created else "-", f"{head} = {UNKNOWN if change.unknown and created else HIDDEN}")]
    remark = ", ".join(_remarks(change))
    tail = f"  # {remark}" if remark else ""
    if change.note in NOTES or change.secret:
        return [(" ", f"{head}{tail}")]
    if created or change.before is None or _fills(change.before, change.after):
        return _one_side("+", head, UNKNOWN if change.unknown else change.after, change)
    if deleted or (change.after is None and not change.unknown) or _fills(change.after, change.before):
        return _one_side("-", head, change.before, change)
    if change.unknown:
        return _unknown(change, head, tail)
    return [(" ", f"{head}{tail}"), *_cap(_indent(_sides(change)))]


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
        text = f"{text}[{step}]" if isinstance(step, int) else join_key(text, step)
    return text


def _one_side(sign: str, head: str, value: Any, change: AttributeChange) -> list[Line]:
    """What comes or goes as a whole: one line, or its outline."""
    first, *rest = outline(head, value)
    told = ", ".join(remark for remark in _remarks(change) if rest or remark != change.item or not _names(change))
    return [(sign, f"{first}  # {told}" if told else first), *_cap([(sign, line) for line in rest], run=MOST)]


def _names(change: AttributeChange) -> bool:
    """The line itself shows what identifies the element."""
    last = change.path[-1]
    return isinstance(last, int) or change.item.startswith(f"{last} ")


def _fills(empty: Any, full: Any) -> bool:
    """A long text in place of the empty one."""
    return empty == "" and isinstance(full, str) and (len(full) > SHORT or "\n" in full)


def _unknown(change: AttributeChange, head: str, tail: str) -> list[Line]:
    """An unknown value says what it replaces; where it does not force a replacement, on one line if there is room."""
    told = fold(change.before)
    if not change.forces_replacement and isinstance(change.before, str) and "\n" not in change.before:
        told = _middle_out(told)
    if len(told) <= INLINE and not change.forces_replacement:
        return [(" ", f"{head} = {told} → {UNKNOWN}{tail}")]
    return [(" ", f"{head}{tail}"), *_cap(_indent(_whole("-", change.before)), REPLACED), ("+", f"  {UNKNOWN}")]


def _middle_out(text: str) -> str:
    return text if len(text) <= INLINE else f"{text[: INLINE // 2]}…{text[-INLINE // 2 + 1 :]}"


def _whole(sign: str, value: Any) -> Iterator[Line]:
    """A value below its path."""
    first, *rest = outline("", value)
    if first in ("", " ="):
        yield from ((sign, line.removeprefix("  ")) for line in rest)
    else:
        yield from ((sign, line) for line in (first.removeprefix(" = "), *rest))


def _indent(lines: Iterable[Line]) -> list[Line]:
    """Words of ours stay at the margin, where no line of a value can stand."""
    return [(" ", text) if sign == GAP else (sign, f"  {text}" if text else "") for sign, text in lines]


def _sides(change: AttributeChange) -> Iterator[Line]:
    before, after = change.before, change.after
    if change.note == "large" or (_are_texts(before, after) and (describe(before) or describe(after))):
        yield from (("-", fold(before)), ("+", fold(after)))
    elif _are_texts(before, after) and ("\n" in before or "\n" in after):
        yield from _text_lines(before, after)
    elif _is_scalar_list(before) and _is_scalar_list(after):
        yield from _list_lines(before, after)
    elif isinstance(before, dict | list) or isinstance(after, dict | list):
        gone, come = list(_whole("-", before)), list(_whole("+", after))
        alike = [text for _, text in gone] == [text for _, text in come]  # what differs is empty, and was left out
        yield from (("-", fold(before)), ("+", fold(after))) if alike else [*gone, *come]
    else:
        old, new = _window(format_value(before), format_value(after))
        yield from (("-", old), ("+", new))


def _are_texts(before: Any, after: Any) -> bool:
    return isinstance(before, str) and isinstance(after, str)


def _text_lines(before: str, after: str) -> Iterator[Line]:
    """Long lines are shown where they differ from the line that takes their place."""
    lines = list(diff_lines(before.splitlines(), after.splitlines()))
    if all(sign in (" ", GAP) for sign, _ in lines):  # the same lines, another end
        yield from zip("-+", map(_shorten, _window(format_value(before), format_value(after))), strict=True)
        return
    for kept, group in groupby(lines, key=lambda line: line[0] in (" ", GAP)):
        piece = list(group)
        if kept:
            yield from ((sign, _shorten(text)) for sign, text in piece)
        else:
            yield from _replaced(*([_show_end(text) for sign, text in piece if sign == which] for which in "-+"))


def _show_end(line: str) -> str:
    """Spaces at the end of a line that changes are what changes, or nobody would see them."""
    kept = line.rstrip(" \t")
    return kept + line[len(kept) :].replace(" ", "·").replace("\t", "⇥")


def _replaced(gone: Sequence[str], come: Sequence[str]) -> Iterator[Line]:
    if max(map(len, (*gone, *come))) <= LONGEST:
        told = (gone, come)
    else:
        pairs = [_window(old or "", new or "") for old, new in zip_longest(gone, come)]
        told = ([old for old, _ in pairs][: len(gone)], [new for _, new in pairs][: len(come)])
    yield from (("-", text) for text in told[0])
    yield from (("+", text) for text in told[1])


def _window(before: str, after: str) -> tuple[str, str]:
    """Two long values from shortly before where they differ to shortly behind it."""
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    same = _equal_start(before, after)
    shorter = min(len(before), len(after)) - same
    rest = _equal_start(before[len(before) - shorter :][::-1], after[len(after) - shorter :][::-1])
    return _cut(before, same, rest), _cut(after, same, rest)


def _cut(text: str, same: int, rest: int) -> str:
    start, end = max(0, same - AROUND), min(len(text), len(text) - rest + AROUND)
    return f"{'…' if start else ''}{_shorten(text[start:end])}{'…' if end < len(text) else ''}"


def _equal_start(before: str, after: str) -> int:
    """How many characters are equal at the start: halving, because a comparison of pieces is quick."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if before[low:middle] == after[low:middle] else (low, middle - 1)
    return low


def _is_scalar_list(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _list_lines(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Line]:
    """What left and what came; the elements that stay are only counted.  Where only the order differs: both sides."""
    gone, come = _left_over(before, after), _left_over(after, before)
    if not gone and not come:
        yield from chain(_whole("-", before), _whole("+", after))
        return
    yield from _replaced([_told(item) for item in gone], [_told(item) for item in come])
    if stay := len(after) - len(come):
        yield (GAP, f"({stay:,} unchanged)")


def _told(item: Any) -> str:
    return (describe(item) if isinstance(item, str) else "") or format_value(item)


def _left_over(items: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The elements that have no equal on the other side, one for one."""
    free, left = Counter(map(canonical, others)), []
    for item in items:
        key = canonical(item)
        if free[key]:
            free[key] -= 1
        else:
            left.append(item)
    return left


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST:,} more characters)"


def _cap(lines: Sequence[Line], most: int = MOST, run: int = RUN) -> list[Line]:
    """At most ``most`` lines, of one piece that goes or comes ``run``; what is left out is counted exactly."""
    if len(lines) <= most:
        return list(lines)
    kept: list[Line] = []
    seen = 0  # lines that stand in ``kept``, or are counted there
    for sign, group in groupby(lines, key=lambda line: line[0]):
        piece = list(group)
        shown = len(piece) if sign == " " or len(piece) <= run + 1 else run
        if len(kept) + shown > most:
            shown = most - len(kept)
            return [*kept, *piece[:shown], (" ", f"… {_counted(lines[seen + shown :])}")]
        kept += piece[:shown]
        kept += [(sign, f"… {len(piece) - shown:,} more lines")] if shown < len(piece) else []
        seen += len(piece)
    return kept


def _counted(lines: Sequence[Line]) -> str:
    """``1,200 more lines (800 come, 400 go)``; a line that counts lines that stay is one."""
    signs = Counter(sign for sign, _ in lines)
    told = [f"{signs[sign]:,} {word}" for sign, word in (("+", "come"), ("-", "go")) if signs[sign]]
    return plural(len(lines), "more line") + (f" ({', '.join(told)})" if told else "")
