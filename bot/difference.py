"""What differs between the two sides of a change, attribute by attribute.

Lists are paired by content first, then by an identity (name, key, id …), then in order, because Terraform writes sets
as lists in an order of its own and no plan says which is which.  Texts that hold JSON are compared inside.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from bot.mask import Secret, Unknown, reveal_nothing
from bot.value import canonical, same

Path = tuple[str | int, ...]
IDENTITIES = ("name", "key", "id", "sid", "Sid", "rule_id", "priority", "port", "device_name", "type", "role")


class AttributeChange(Struct, frozen=True, kw_only=True):
    """One attribute that differs.  ``before`` and ``after`` are JSON values that are safe to show.

    Where ``secret`` is true both are None.  Where ``unknown`` is true ``after`` is None and will be known after
    apply.  ``note`` is empty or one of: order (same elements, other order), formatting (same JSON, other text),
    sensitivity (same value, marked or unmarked).
    """

    path: Path
    before: Any = None
    after: Any = None
    secret: bool = False
    unknown: bool = False
    forces_replacement: bool = False
    note: str = ""


def list_differences(before: Any, after: Any, replace_paths: Sequence[Path]) -> Iterator[AttributeChange]:
    """Yield what differs between two concealed values (see ``mask.conceal``)."""
    for change in _walk(before, after, ()):
        forces = any(_overlap(change.path, path) for path in replace_paths)
        yield AttributeChange(
            path=change.path,
            before=change.before,
            after=change.after,
            secret=change.secret,
            unknown=change.unknown,
            forces_replacement=forces,
            note=change.note,
        )


def _overlap(path: Path, replaced: Path) -> bool:
    shorter = min(len(path), len(replaced))
    return bool(shorter) and path[:shorter] == replaced[:shorter]


def _walk(before: Any, after: Any, path: Path) -> Iterator[AttributeChange]:
    if isinstance(before, Secret) or isinstance(after, Secret):
        yield from _compare_secret(before, after, path)
    elif isinstance(after, Unknown):
        yield AttributeChange(path=path, before=reveal_nothing(before), unknown=True)
    elif _opens(before, after, dict) and (not path or (before and after) or _holds_special(before, after)):
        yield from _compare_objects(before or {}, after or {}, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(before, after, path)
    elif _opens(before, after, list) and _holds_special(before, after):
        yield from _compare_lists(before or [], after or [], path)
    elif isinstance(before, str) and isinstance(after, str):
        yield from _compare_texts(before, after, path)
    elif not same(reveal_nothing(before), reveal_nothing(after)):
        yield AttributeChange(path=path, before=reveal_nothing(before), after=reveal_nothing(after))


def _opens(before: Any, after: Any, container: type) -> bool:
    """Both sides are of the container, or one is and the other is null."""
    sides = [side for side in (before, after) if side is not None]
    return bool(sides) and all(isinstance(side, container) for side in sides)


def _holds_special(*trees: Any) -> bool:
    stack = list(trees)
    while stack:
        node = stack.pop()
        if isinstance(node, Secret | Unknown):
            return True
        if isinstance(node, dict | list):
            stack += node.values() if isinstance(node, dict) else node
    return False


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
    for key in {**before, **after}:
        yield from _walk(before.get(key), after.get(key), (*path, key))


def _compare_texts(before: str, after: str, path: Path) -> Iterator[AttributeChange]:
    if before == after:
        return
    inner_before, inner_after = _parse(before), _parse(after)
    if inner_before is None or inner_after is None or type(inner_before) is not type(inner_after):
        yield AttributeChange(path=path, before=before, after=after)
    elif same(inner_before, inner_after):
        yield AttributeChange(path=path, before=before, after=after, note="formatting")
    else:
        yield from _walk(inner_before, inner_after, path)


def _parse(text: str) -> Any:
    """The JSON object or array a text holds, or None."""
    if text.lstrip()[:1] not in ("{", "[") or text.count("{") + text.count("[") > 10_000:
        return None
    try:
        parsed = json.loads(text, parse_float=str, parse_constant=str)
        canonical(parsed)
    except (ValueError, TypeError, RecursionError):
        return None
    return parsed if _depth_is_sane(text) else None


def _depth_is_sane(text: str) -> bool:
    depth = deepest = 0
    for letter in text:
        depth += (letter in "{[") - (letter in "}]")
        deepest = max(deepest, depth)
    return deepest <= 100


def _compare_lists(before: list[Any], after: list[Any], path: Path) -> Iterator[AttributeChange]:
    gone, come = _without_equals(before, after)
    if not gone and not come:
        yield from _compare_order(before, after, path)
    elif _are_scalars(before) and _are_scalars(after):
        yield AttributeChange(path=path, before=before, after=after)
    else:
        for i, j in _pair(before, after, gone, come):
            old = before[i] if i is not None else None
            new = after[j] if j is not None else None
            yield from _walk(old, new, (*path, j if j is not None else i if i is not None else 0))


def _compare_order(before: list[Any], after: list[Any], path: Path) -> Iterator[AttributeChange]:
    if [_content(item) for item in before] == [_content(item) for item in after]:
        for i, (old, new) in enumerate(zip(before, after, strict=True)):  # a mark may still have come or gone
            yield from _walk(old, new, (*path, i)) if _holds_special(old, new) else ()
    else:
        yield AttributeChange(path=path, before=reveal_nothing(before), after=reveal_nothing(after), note="order")


def _are_scalars(items: Sequence[Any]) -> bool:
    return not any(isinstance(item, dict | list | Secret | Unknown) for item in items)


def _without_equals(before: list[Any], after: list[Any]) -> tuple[list[int], list[int]]:
    """Indexes that have no element of equal content on the other side; unknown elements equal nothing."""
    counts_before = Counter(_content(item) for item in before)
    counts_after = Counter(_content(item) for item in after)
    return _left_over(before, counts_after), _left_over(after, counts_before)


def _left_over(items: list[Any], others: Counter[bytes]) -> list[int]:
    free, left = Counter(others), []
    for index, item in enumerate(items):
        content = _content(item)
        if free[content] > 0:
            free[content] -= 1
        else:
            left.append(index)
    return left


def _content(node: Any) -> bytes:
    """A text that is equal for equal content, secrets included.  Never shown."""
    if isinstance(node, Secret):
        return node.content
    if isinstance(node, Unknown):
        return b"\1"
    if isinstance(node, dict):
        return b"{" + b",".join(canonical(key) + b":" + _content(node[key]) for key in sorted(node)) + b"}"
    if isinstance(node, list):
        return b"[" + b",".join(_content(child) for child in node) + b"]"
    return canonical(node)


def _pair(
    before: list[Any], after: list[Any], gone: Sequence[int], come: Sequence[int]
) -> Iterator[tuple[int | None, int | None]]:
    """Pair what is left over: by identity, or in order where as many come as go."""
    key = _identity([before[i] for i in gone], [after[j] for j in come])
    if key is not None:
        arriving = {canonical(after[j][key]): j for j in come}
        yield from ((i, arriving.pop(canonical(before[i][key]), None)) for i in gone)
        yield from ((None, j) for j in arriving.values())
    elif len(gone) == len(come):
        yield from zip(gone, come, strict=True)
    else:
        yield from ((i, None) for i in gone)
        yield from ((None, j) for j in come)


def _identity(gone: list[Any], come: list[Any]) -> str | None:
    """The first identity key that tells all elements of each side apart and that the sides share a value of."""
    if not all(isinstance(item, dict) for item in (*gone, *come)):
        return None
    for key in IDENTITIES:
        old, new = (_values_of(key, items) for items in (gone, come))
        if old is not None and new is not None and set(old) & set(new):
            return key
    return None


def _values_of(key: str, items: list[dict[str, Any]]) -> list[bytes] | None:
    values = [item.get(key) for item in items]
    if any(isinstance(value, dict | list | Secret | Unknown | None) or value == "" for value in values):
        return None
    texts = [canonical(value) for value in values]
    return texts if len(set(texts)) == len(texts) else None
