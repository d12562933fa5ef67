"""The two sides of a change: decoded, every secret hidden, compared."""

from functools import lru_cache
from typing import Any, TypeAlias

from msgspec import UNSET, Raw, Struct, UnsetType

from bot.censor import PlanCensor, decode_mask
from bot.difference import AttributeChange, Path, list_differences
from bot.document import HOW
from bot.errors import UntrustedPlan
from bot.mask import Sides, conceal_sides
from bot.plan import MAX_DEPTH, WireChange, decode_sides, decode_value

# Instances of one block are often written alike, and stand near each other: what one says, the next may say again.
MOST_KNOWN = 4_096
LONGEST_KNOWN = 4_096  # bytes
Mark: TypeAlias = bytes | UnsetType


class Compared(Struct, frozen=True):
    """What may be shown of both sides, and what differs between them."""

    before: Any
    after: Any
    attributes: tuple[AttributeChange, ...]
    replace_paths: tuple[Path, ...]


class Comparer:
    """Compares the changes of one plan; what is written alike is compared once."""

    def __init__(self, censor: PlanCensor) -> None:
        self.censor = censor
        self._compare_again = lru_cache(maxsize=MOST_KNOWN)(self._compare_written)

    def compare(self, change: WireChange) -> Compared:
        """Raises UntrustedPlan for values that no Terraform writes."""
        before, after, unknown, paths = map(
            bytes, (change.before, change.after, change.after_unknown, change.replace_paths)
        )
        if len(before) + len(after) > LONGEST_KNOWN:
            return self._compare(change)
        marks = (_bytes(change.before_sensitive), _bytes(change.after_sensitive))
        return self._compare_again(before, after, unknown, marks, paths)

    def _compare_written(
        self, before: bytes, after: bytes, unknown: bytes, marks: tuple[Mark, Mark], paths: bytes
    ) -> Compared:
        own, others = (mark if isinstance(mark, UnsetType) else Raw(mark) for mark in marks)
        return self._compare(
            WireChange((), Raw(before), Raw(after), Raw(unknown), own, others, replace_paths=Raw(paths))
        )

    def _compare(self, change: WireChange) -> Compared:
        _check_objects(change)
        sides = conceal_change(change, self.censor)
        replace_paths = _paths(decode_value(change.replace_paths))
        attributes = tuple(list_differences(sides.before, sides.after, replace_paths))
        return Compared(sides.shown_before, sides.shown_after, attributes, replace_paths)


def _bytes(marks: Raw | UnsetType) -> Mark:
    return marks if isinstance(marks, UnsetType) else bytes(marks)


def conceal_change(change: WireChange, censor: PlanCensor) -> Sides:
    """Raises UntrustedPlan for values that no Terraform writes."""
    before, after = decode_sides(change.before, change.after)
    marks_before, marks_after = decode_mask(change.before_sensitive), decode_mask(change.after_sensitive)
    own = censor if has_masks(change) else censor.names_only()
    return conceal_sides(before, after, marks_before, marks_after, decode_mask(change.after_unknown), own)


def has_masks(change: WireChange) -> bool:
    """A side that has a value must have its mask; Terraform before 0.15 wrote none, so sensitivity is unknown."""
    unmarked_before = change.before_sensitive is UNSET and bytes(change.before) != b"null"
    unmarked_after = change.after_sensitive is UNSET and bytes(change.after) != b"null"
    return not (unmarked_before or unmarked_after)


def _check_objects(change: WireChange) -> None:
    """No rule could say anything about a resource that is a text or a list, and silence would pass for harmless."""
    if any(bytes(memoryview(side)[:1]) not in (b"{", b"n") for side in (change.before, change.after)):
        raise UntrustedPlan("A row's before or after is no object, which Terraform never writes.", HOW)


def _paths(value: Any) -> tuple[Path, ...]:
    """A path that is longer than values are deep leads nowhere, however long."""
    paths = value if isinstance(value, list) else []
    return tuple(
        tuple(step for step in path[: MAX_DEPTH + 1] if isinstance(step, str | int) and not isinstance(step, bool))
        for path in paths
        if isinstance(path, list)
    )
