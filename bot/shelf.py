"""Values put aside: of many plans only what is always needed stays in memory, the rest comes back when it is asked for.

A change on a shelf is a change like every other: whoever asks for its values gets them, one row at a time.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from sys import intern
from typing import Any, Protocol, overload

import msgspec
from msgspec import Struct, structs

from bot.changes import Change, ChangeSet
from bot.difference import AttributeChange
from bot.record import Stack

# What every row has, a few of which differ.
COMMON = ("mode", "type", "name", "provider", "module", "reason")


class Shelf(Protocol):
    """Where bytes are put; ``put`` gives the place from which ``get`` brings them back."""

    def put(self, data: bytes) -> int: ...

    def get(self, place: int, size: int) -> bytes: ...


class _Values(Struct, frozen=True, array_like=True):
    """What only the rules and comparisons need."""

    before: Any
    after: Any
    references: dict[str, tuple[str, ...]] | None


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_VALUES = msgspec.json.Decoder(_Values, float_hook=Decimal)
_ATTRIBUTES = msgspec.json.Decoder(tuple[AttributeChange, ...], float_hook=Decimal)


class ShelvedAttributes(Sequence[AttributeChange]):
    """The attributes of one change; they are read each time somebody looks at them."""

    __slots__ = ("_length", "_place", "_shelf", "_size")

    def __init__(self, shelf: Shelf, attributes: Sequence[AttributeChange]) -> None:
        data = _ENCODER.encode(attributes)
        self._shelf, self._place, self._size = shelf, shelf.put(data), len(data)
        self._length = len(attributes)

    def load(self) -> tuple[AttributeChange, ...]:
        return _ATTRIBUTES.decode(self._shelf.get(self._place, self._size))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[AttributeChange]:
        return iter(self.load())

    @overload
    def __getitem__(self, index: int) -> AttributeChange: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[AttributeChange, ...]: ...

    def __getitem__(self, index: int | slice) -> AttributeChange | tuple[AttributeChange, ...]:
        return self.load()[index]


class _Shelved:
    """What is asked for of a change that is on a shelf comes from there."""

    __slots__ = ()
    shelf: Shelf
    place: int
    size: int
    shelved: ShelvedAttributes

    @property
    def before(self) -> Any:
        return self._load().before

    @property
    def after(self) -> Any:
        return self._load().after

    @property
    def references(self) -> dict[str, tuple[str, ...]] | None:
        return self._load().references

    @property
    def attributes(self) -> tuple[AttributeChange, ...]:
        return self.shelved.load()

    def _load(self) -> _Values:
        return _VALUES.decode(self.shelf.get(self.place, self.size))


class ShelvedChange(_Shelved, Change, frozen=True, kw_only=True):
    """A change without its values.  Nothing can write it to a file: a shelf has no form in JSON."""

    shelf: Shelf
    place: int
    size: int
    shelved: ShelvedAttributes


def shelve(stack: Stack, shelf: Shelf) -> Stack:
    """The same stack with the values of its rows on the shelf."""
    plan: ChangeSet = stack.plan
    slim = structs.replace(
        plan,
        changes=tuple(_shelve(change, shelf) for change in plan.changes),
        drift=tuple(_shelve(change, shelf) for change in plan.drift),
        deferred=tuple(structs.replace(d, change=_shelve(d.change, shelf)) for d in plan.deferred),
    )
    return structs.replace(stack, plan=slim)


def _shelve(change: Change, shelf: Shelf) -> Change:
    """As it is where its values cannot be written: so deep, or so large a number, that a record would not hold them."""
    if isinstance(change, ShelvedChange):
        return change
    try:
        values = _ENCODER.encode(_Values(change.before, change.after, change.references))
        shelved = ShelvedAttributes(shelf, change.attributes)
    except (RecursionError, ValueError, OverflowError, TypeError):
        return change
    fields = {name: getattr(change, name) for name in KEPT}
    common: dict[str, Any] = {name: intern(value) for name in COMMON if (value := fields[name])}
    common["actions"] = _share(change.actions)
    return ShelvedChange(**fields | common, shelf=shelf, place=shelf.put(values), size=len(values), shelved=shelved)


@lru_cache(maxsize=64)
def _share(actions: tuple[str, ...]) -> tuple[str, ...]:
    return actions


KEPT = tuple(name for name in Change.__struct_fields__ if name not in ("before", "after", "references", "attributes"))


def list_attributes(change: Change) -> Sequence[AttributeChange]:
    """Those of a change, for whoever keeps them and will look at few."""
    return change.shelved if isinstance(change, ShelvedChange) else change.attributes
