"""Which element of a list before is which element after: by content, then by identity, then by likeness.

Terraform writes sets as lists in an order of its own, and no plan says which list is a set.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from bot.mask import Secret, Unknown
from bot.value import canonical

# What tells elements apart, the surest first.  Several names are one identity together.
IDENTITIES = (
    ("Sid",),
    ("sid",),
    ("name",),
    ("key",),
    ("id",),
    ("rule_id",),
    ("device_name",),
    ("protocol", "from_port", "to_port"),
    ("from_port", "to_port"),
    ("protocol", "ports"),
    ("priority",),
    ("container_port",),
    ("port",),
    ("path",),
    ("type",),
    ("role",),
)
NAMES = 5  # the first of them are names: elements that have two of them are two elements
CELLS = 2_500  # pairs whose likeness is looked at; beyond, what nothing identifies is paired in order
ALIKE = 0.5  # share of equal values from which two objects are taken for the same


class Pair(Struct, frozen=True, kw_only=True):
    """Indexes of one element on both sides; None where it has gone or come.  ``item`` is what identifies it."""

    old: int | None = None
    new: int | None = None
    item: str = ""


def left_over(items: list[bytes], others: list[bytes]) -> list[int]:
    """Indexes of the elements, by their ``content``, that have no equal among the others."""
    if items == others:
        return []
    free, left = Counter(others), []
    for index, item in enumerate(items):
        if free[item] > 0:
            free[item] -= 1
        else:
            left.append(index)
    return left


def content(node: Any) -> bytes:
    """A text that is equal for equal content, secrets included.  Never shown."""
    try:
        return canonical(node)
    except TypeError:  # something in it is hidden or unknown
        return _special_content(node)


def _special_content(node: Any) -> bytes:
    """A secret and what is unknown begin with a byte that stands in no JSON."""
    if isinstance(node, Secret):
        return node.content
    if isinstance(node, Unknown):
        return b"\1"
    if isinstance(node, dict):
        return b"{" + b",".join(canonical(key) + b":" + _special_content(node[key]) for key in sorted(node)) + b"}"
    if isinstance(node, list):
        return b"[" + b",".join(_special_content(child) for child in node) + b"]"
    return canonical(node)


def pair(before: Sequence[Any], after: Sequence[Any], gone: list[int], come: list[int]) -> Iterator[Pair]:
    """Pair what is left over: by identity, then by likeness, then in order where as many come as go.

    In order only what has no name, or the one element of a list: what has another name is another element.
    """
    for names in IDENTITIES:
        if not gone or not come:
            break
        found = list(_by_identity(before, after, gone, come, names))
        gone, come = _rest(gone, come, found)
        yield from found
    found = _by_likeness(before, after, gone, come)
    gone, come = _rest(gone, come, found)
    yield from found
    only = len(before) == len(after) == 1
    in_order = zip(gone, come, strict=True) if len(gone) == len(come) else ()
    found = [Pair(old=i, new=j) for i, j in in_order if only or not _renamed(before[i], after[j])]
    gone, come = _rest(gone, come, found)
    yield from found
    yield from (Pair(old=i, item=_name(before[i])) for i in gone)
    yield from (Pair(new=j, item=_name(after[j])) for j in come)


def _renamed(old: Any, new: Any) -> bool:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    names = [name for (name, *_) in IDENTITIES[:NAMES] if _identifies(old.get(name)) and _identifies(new.get(name))]
    return any(content(old[name]) != content(new[name]) for name in names)


def _name(item: Any) -> str:
    """What identifies an element that has come or gone."""
    if not isinstance(item, dict):
        return ""
    return next((_tell(item, names) for names in IDENTITIES if all(_identifies(item.get(name)) for name in names)), "")


def _rest(gone: list[int], come: list[int], found: Sequence[Pair]) -> tuple[list[int], list[int]]:
    if not found:
        return gone, come
    old, new = {one.old for one in found}, {one.new for one in found}
    return [i for i in gone if i not in old], [j for j in come if j not in new]


def _by_identity(
    before: Sequence[Any], after: Sequence[Any], gone: Sequence[int], come: Sequence[int], names: Sequence[str]
) -> Iterator[Pair]:
    """Elements whose identity occurs once on each side."""
    old, new = _index(before, gone, names), _index(after, come, names)
    for identity, i in old.items():
        j = new.get(identity)
        if i is not None and j is not None:
            yield Pair(old=i, new=j, item=_tell(after[j], names))


def _index(items: Sequence[Any], indexes: Sequence[int], names: Sequence[str]) -> dict[bytes, int | None]:
    """Identity -> its index, None where several have it."""
    found: dict[bytes, int | None] = {}
    for index in indexes:
        item = items[index]
        values = [item.get(name) for name in names] if isinstance(item, dict) else [None]
        if all(_identifies(value) for value in values):
            identity = canonical(values)
            found[identity] = None if identity in found else index
    return found


def _identifies(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, str | int) for part in value)
    return value != "" and not isinstance(value, dict | Secret | Unknown | None)


def _tell(item: dict[str, Any], names: Sequence[str]) -> str:
    """``from_port 443, to_port 443``; texts are quoted, so that none reads like a word of ours."""
    return ", ".join(f"{name} {_short(item[name])}" for name in names)


def _short(value: Any) -> str:
    text = canonical(value).decode()
    return text if len(text) <= 60 else f"{text[:60]}…"


def _by_likeness(before: Sequence[Any], after: Sequence[Any], gone: list[int], come: list[int]) -> list[Pair]:
    """The most alike first; nothing where there are too many to look at all pairs."""
    if len(gone) * len(come) > CELLS:
        return []
    scored = [(_likeness(before[i], after[j]), i, j) for i in gone for j in come]
    found: list[Pair] = []
    free_old, free_new = set(gone), set(come)
    for score, i, j in sorted(scored, key=lambda row: (-row[0], row[1], row[2])):
        if score >= ALIKE and i in free_old and j in free_new:
            found.append(Pair(old=i, new=j))
            free_old.discard(i)
            free_new.discard(j)
    return found


def _likeness(old: Any, new: Any) -> float:
    """Share of the values that say something and are equal."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return 0
    names = [name for name in {**old, **new} if not _is_empty(old.get(name)) or not _is_empty(new.get(name))]
    equal = sum(content(old.get(name)) == content(new.get(name)) for name in names)
    return equal / len(names) if names else 0


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)
