"""What differs between the two sides of a change, attribute by attribute.

Lists are paired by content, then as ``bot.pairing`` says.  Texts that hold JSON or YAML are compared inside.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct, structs

from bot.inside import read_both
from bot.mask import UNKNOWN_LEAF, Secret, Unknown, reveal_nothing
from bot.pairing import content, left_over, pair
from bot.value import same

Path = tuple[str | int, ...]
MOST = 2_000  # differences inside one text or list; beyond, it is given whole
ORDERED = frozenset("command args arguments entrypoint entryPoint entry_point cmd".split())  # their order is a meaning
LONGEST = 5_000_000  # characters of a text that is compared line by line
NOTHING: tuple[Any, ...] = (None, "", [], {})
SCALARS = frozenset((str, int, bool))  # types of leaves that differ from null by their type alone


class AttributeChange(Struct, frozen=True, kw_only=True):
    """One attribute that differs.  ``before`` and ``after`` are JSON values that are safe to show.

    Where ``secret`` is true both are None.  Where ``unknown`` is true ``after`` is None and will be known after
    apply, and ``before`` is what it replaces.  ``note`` is empty or one of: order (same elements, other order),
    formatting (same JSON or YAML, other text), line-ends (only line ends or spaces before them), empty (null and an
    empty value), sensitivity (same value, marked or unmarked), large (too large to compare, both sides are whole).
    ``item`` says what identifies the list element that ``path`` leads into, e.g. ``Sid Read``.
    """

    path: Path
    before: Any = None
    after: Any = None
    secret: bool = False
    unknown: bool = False
    forces_replacement: bool = False
    note: str = ""
    item: str = ""


def list_differences(before: Any, after: Any, replace_paths: Sequence[Path]) -> Iterator[AttributeChange]:
    """Yield what differs between two concealed values (see ``mask.conceal``)."""
    update = before is not None and after is not None
    if not update and not replace_paths:  # nothing below adds to what comes or goes whole
        yield from _walk(before, after, ())
        return
    replaced = frozenset(replace_paths)
    leading = {path[:end] for path in replaced for end in range(1, len(path) + 1)}
    for change in _walk(before, after, ()):
        path = change.path
        forces = bool(leading) and (path in leading or any(path[:end] in replaced for end in range(1, len(path))))
        empty = update and not change.secret and not change.unknown and _is_empty(change.before, change.after)
        if forces or empty:
            change = structs.replace(change, forces_replacement=forces, note="empty" if empty else change.note)
        yield change


def _is_empty(before: Any, after: Any) -> bool:
    """Null against nothing: providers read back one for the other."""
    return (before is None and after in NOTHING) or (after is None and before in NOTHING)


def _walk(before: Any, after: Any, path: Path) -> Iterator[AttributeChange]:
    if before is after and not isinstance(after, Unknown):
        return  # what stays is one object on both sides (see mask.conceal_sides); nothing unknown is on both
    if isinstance(before, Secret) or isinstance(after, Secret):
        yield from _compare_secret(before, after, path)
    elif isinstance(after, Unknown):
        yield AttributeChange(path=path, before=reveal_nothing(before), unknown=True)
    elif _opens(before, after, dict) and (not path or (before and after) or _holds_special(before, after)):
        yield from _compare_objects(before or {}, after or {}, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(before, after, path)
    elif "Statement" in path and _one_is_list(before, after):
        yield from _compare_one_or_several(before, after, path)
    elif _opens(before, after, list) and _holds_special(before, after):
        yield from _compare_lists(before or [], after or [], path)
    elif isinstance(before, str) and isinstance(after, str):
        yield from _compare_texts(before, after, path)
    else:
        old, new = reveal_nothing(before), reveal_nothing(after)
        if not same(old, new):
            yield AttributeChange(path=path, before=old, after=new)


def _one_is_list(before: Any, after: Any) -> bool:
    return None not in (before, after) and isinstance(before, list) != isinstance(after, list)


def _compare_one_or_several(before: Any, after: Any, path: Path) -> Iterator[AttributeChange]:
    """In a policy one value and a list of this one value are the same.

    Source: AWS, IAM JSON policy elements reference, "Grammar of the IAM JSON policy language".
    """
    old, new = (side if isinstance(side, list) else [side] for side in (before, after))
    if content(old) == content(new):
        yield AttributeChange(path=path, before=reveal_nothing(before), after=reveal_nothing(after), note="formatting")
    else:
        yield from _compare_lists(old, new, path)


def _opens(before: Any, after: Any, container: type) -> bool:
    """Both sides are of the container, or one is and the other is null."""
    if isinstance(before, container):
        return after is None or isinstance(after, container)
    return before is None and isinstance(after, container)


def _holds_special(*trees: Any) -> bool:
    stack = list(trees)
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is dict:
            stack += node.values()
        elif kind is list:
            stack += node
        elif kind is Secret or kind is Unknown:
            return True
    return False


def _is_plain(value: Any) -> bool:
    """Nothing of the value is hidden or unknown, and it is not null."""
    kind = type(value)
    return kind in SCALARS or ((kind is dict or kind is list) and not (value and _holds_special(value)))


def _compare_secret(before: Any, after: Any, path: Path) -> Iterator[AttributeChange]:
    unknown = isinstance(after, Unknown) or (isinstance(after, Secret) and after.unknown)
    if unknown:
        yield AttributeChange(path=path, secret=True, unknown=True)
    elif before == after:
        if before.marked != after.marked:
            yield AttributeChange(path=path, secret=True, note="sensitivity")
    elif _partly_shown(before) and _partly_shown(after) and not same(reveal_nothing(before), reveal_nothing(after)):
        yield from _walk(reveal_nothing(before), reveal_nothing(after), path)
    else:
        yield AttributeChange(path=path, secret=True)


def _partly_shown(side: Any) -> bool:
    return not (isinstance(side, Secret) and side.whole)


def _compare_objects(before: dict[str, Any], after: dict[str, Any], path: Path) -> Iterator[AttributeChange]:
    """Most of most objects stays, or comes or goes with the whole: that is told here, the rest by ``_walk``."""
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old is new and new is not UNKNOWN_LEAF:
            continue
        if (old is None and _is_plain(new)) or (new is None and _is_plain(old)):
            yield AttributeChange(path=(*path, key), before=old, after=new)
        elif old is None and new is UNKNOWN_LEAF:
            yield AttributeChange(path=(*path, key), unknown=True)
        else:
            yield from _walk(old, new, (*path, key))


def _compare_texts(before: str, after: str, path: Path) -> Iterator[AttributeChange]:
    if before == after:
        return
    inside = read_both(before, after)
    if inside is None:
        yield AttributeChange(path=path, before=before, after=after, note=_text_note(before, after))
    elif same(*inside):
        yield AttributeChange(path=path, before=before, after=after, note="formatting")
    else:
        found = list(islice(_walk(*inside, path), MOST + 1))
        whole = AttributeChange(path=path, before=before, after=after, note="large")
        yield from found if len(found) <= MOST else [whole]


def _text_note(before: str, after: str) -> str:
    if "\n" not in before or "\n" not in after:
        return ""
    if max(len(before), len(after)) > LONGEST:
        return "large"
    old, new = before.splitlines(), after.splitlines()
    return "line-ends" if [line.rstrip() for line in old] == [line.rstrip() for line in new] else ""


def _compare_lists(before: list[Any], after: list[Any], path: Path) -> Iterator[AttributeChange]:
    old_contents, new_contents = [content(item) for item in before], [content(item) for item in after]
    gone, come = left_over(old_contents, new_contents), left_over(new_contents, old_contents)
    if not gone and not come:
        yield from _compare_order(before, after, path, moved=old_contents != new_contents)
    elif _are_scalars(before) and _are_scalars(after) and not _are_documents(before, after, gone, come):
        yield AttributeChange(path=path, before=before, after=after)
    elif max(len(gone), len(come)) > MOST and not _holds_special(before, after):
        yield AttributeChange(path=path, before=before, after=after, note="large")
    else:
        for one in pair(before, after, gone, come):
            old = before[one.old] if one.old is not None else None
            new = after[one.new] if one.new is not None else None
            for change in _walk(old, new, (*path, one.new if one.new is not None else one.old or 0)):
                yield structs.replace(change, item=change.item or one.item) if one.item else change


def _compare_order(before: list[Any], after: list[Any], path: Path, *, moved: bool) -> Iterator[AttributeChange]:
    if not moved:
        for i, (old, new) in enumerate(zip(before, after, strict=True)):  # a mark may still have come or gone
            yield from _walk(old, new, (*path, i)) if _holds_special(old, new) else ()
    else:
        note = "" if path and path[-1] in ORDERED else "order"
        yield AttributeChange(path=path, before=reveal_nothing(before), after=reveal_nothing(after), note=note)


def _are_documents(before: list[Any], after: list[Any], gone: list[int], come: list[int]) -> bool:
    """As many texts of several lines, or JSON, come as go: the values of a Helm release, for example."""
    changed = [*(before[i] for i in gone), *(after[i] for i in come)]
    texts = all(isinstance(item, str) and ("\n" in item or item[:1] in ("{", "[")) for item in changed)
    return texts and len(gone) == len(come) and len(gone) <= MOST


def _are_scalars(items: Sequence[Any]) -> bool:
    return not any(isinstance(item, dict | list | Secret | Unknown) for item in items)
