"""A rename that nobody told Terraform: the same object is destroyed under one address and created under another.

Only attributes known on both sides are compared; hidden values say nothing.  A pair counts where each is the only
candidate of the other, so that two alike objects never give a wrong ``moved`` block.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from bot.changes import Change
from bot.classify.destructive import NAMES
from bot.mask import HIDDEN, UNKNOWN
from bot.record import Stack

LEAST = 2  # attributes that must say something
SHARE = 0.8  # of them that must be equal
MOST = 200  # candidates of one type: more are no rename by hand, and comparing all pairs would be slow
MOST_PAIRS = 400_000  # of one stack, for the same reason


class Rename(Struct, frozen=True, kw_only=True):
    """One object under two addresses; ``block`` is the code that tells Terraform."""

    stack: str
    old: str
    new: str

    @property
    def block(self) -> str:
        return f"moved {{\n  from = {self.old}\n  to   = {self.new}\n}}"


def find_renames(stacks: Sequence[Stack]) -> tuple[Rename, ...]:
    return tuple(rename for stack in stacks for rename in _of_stack(stack))


def _of_stack(stack: Stack) -> Iterator[Rename]:
    managed = [change for change in stack.plan.changes if _has_address(change)]
    old = [change for change in managed if change.kind == "delete"]
    new = [change for change in managed if change.actions == ("create",)]
    created, left = _by_type(new), MOST_PAIRS
    for type_, gone in _by_type(old).items():
        come = created.get(type_, [])
        if len(gone) <= MOST and len(come) <= MOST and len(gone) * len(come) <= left:
            left -= len(gone) * len(come)
            yield from _of_type(stack.name, gone, come)


def _has_address(change: Change) -> bool:
    """An address with a hidden key cannot be printed as code."""
    return change.mode == "managed" and change.deposed is None and HIDDEN not in change.address


def _by_type(changes: Sequence[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.type, []).append(change)
    return found


def _of_type(stack: str, old: Sequence[Change], new: Sequence[Change]) -> Iterator[Rename]:
    """Within one module first: what finds its partner there is no candidate elsewhere."""
    before = [(change, _known(change.before)) for change in old]
    after = [(change, _known(change.after)) for change in new]
    alike = [(gone, come) for gone, was in before for come, becomes in after if _are_alike(was, becomes)]
    near = [(gone, come) for gone, come in alike if gone.module == come.module]
    taken = {change.address for pair in near for change in pair}
    far = [(a, b) for a, b in alike if a.address not in taken and b.address not in taken]
    for gone, come in (*_only(near), *_only(far)):
        yield Rename(stack=stack, old=gone.address, new=come.address)


def _only(pairs: Sequence[tuple[Change, Change]]) -> list[tuple[Change, Change]]:
    times = Counter(change.address for pair in pairs for change in pair)
    return [(a, b) for a, b in pairs if times[a.address] == times[b.address] == 1]


def _known(values: Any) -> dict[str, Any]:
    """The values of which nothing is hidden or known only after apply, those of NAMES first."""
    known = {name: value for name, value in values.items() if _tells(value)} if isinstance(values, dict) else {}
    return {name: known[name] for name in NAMES if name in known} | known


def _are_alike(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Do the values that both sides know agree?  Empty values on both sides say nothing."""
    told = equal = 0
    for name, value in before.items():
        if name not in after or (value in EMPTY and after[name] in EMPTY):
            continue
        told += 1
        equal += value == after[name]
        if value != after[name] and name in NAMES:
            return False  # another name is most often another object, and that is soon seen
    return told >= LEAST and equal >= SHARE * told


EMPTY: tuple[Any, ...] = (None, "", [], {}, False)


def _tells(value: Any) -> bool:
    """Nothing of the value is hidden or known only after apply."""
    if isinstance(value, str):
        return HIDDEN not in value and value != UNKNOWN
    if isinstance(value, dict):
        return all(_tells(part) for part in value.values())
    return all(_tells(part) for part in value) if isinstance(value, list) else True
