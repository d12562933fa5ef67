"""Deletions where there are too many for a line each: counted by block or type, and addresses for the room left."""

from collections.abc import Callable, Sequence

from markupsafe import Markup
from msgspec import Struct

from bot.address import family
from bot.deletion_rows import DeletionRow
from bot.markdown import fence, one_line

MOST = 60  # lines of groups; what is in no line is counted
FOLD = 200  # bytes of the fold around the addresses


class DeletionGroup(Struct, frozen=True, kw_only=True):
    """Deletions that share a line.  ``block`` is the address without keys, "" where a type is all they share."""

    icon: str
    does: str
    number: int
    thing: str
    stack: str
    block: str
    loses: str
    lasting: bool


class DeletionGroups(Struct, frozen=True, kw_only=True):
    """``more`` groups are in no line."""

    shown: tuple[DeletionGroup, ...] = ()
    more: int = 0


class AddressList(Struct, frozen=True, kw_only=True):
    """As many addresses as there was room for, as a fenced block; ``number`` of them."""

    block: Markup = Markup()
    number: int = 0


def group_by_block(rows: Sequence[DeletionRow]) -> DeletionGroups:
    return _group(rows, lambda row: (row.stack, family(row.address)))


def group_by_type(rows: Sequence[DeletionRow]) -> DeletionGroups:
    return _group(rows, lambda _: ("", ""))


def list_addresses(rows: Sequence[DeletionRow], room: int, *, several: bool) -> AddressList:
    """Whole lines for at most ``room`` bytes, in the order of danger; one that is too long keeps no other out."""
    lines: list[str] = []
    room -= FOLD
    for row in rows:
        line = _line(row, several=several)
        size = len(one_line(line).encode()) + 1 if len(line) < room else room  # as the fence writes it
        if size < room:
            room -= size
            lines.append(line)
    return AddressList(block=fence(lines), number=len(lines)) if lines else AddressList()


def _group(rows: Sequence[DeletionRow], place: Callable[[DeletionRow], tuple[str, str]]) -> DeletionGroups:
    groups: dict[tuple[object, ...], list[DeletionRow]] = {}
    for row in rows:
        groups.setdefault((row.held, row.icon, row.does, row.thing, row.loses, *place(row)), []).append(row)
    made = [
        DeletionGroup(
            icon=first.icon,
            does=first.does,
            number=len(members),
            thing=first.thing[:80],
            stack=place(first)[0],
            block=place(first)[1],
            loses=first.loses,
            lasting=first.lasting,
        )
        for members in groups.values()
        for first in members[:1]
    ]
    return DeletionGroups(shown=tuple(made[:MOST]), more=len(made[MOST:]))


def _line(row: DeletionRow, *, several: bool) -> str:
    stack = f"{row.stack}  " if several else ""
    return f"{stack}{row.address}" + (f" (deposed {row.deposed})" if row.deposed else "")
