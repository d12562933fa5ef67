"""A grant: the smallest unit of access, and the difference between two sets of them."""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from bot.condition import ALWAYS, Condition
from bot.mask import HIDDEN, UNKNOWN
from bot.pattern import Pattern

# Above this many comparisons only equal grants cancel each other out: that reports too much, never too little.
MOST_COMPARISONS = 4_000_000
Effect = Literal["gain", "lose"]


class Grant(Struct, frozen=True, kw_only=True):
    """Who may do what on what, under which condition; with ``deny`` who may not.

    ``holder`` names the identity or object whose policy this stands in, so that grants of different policies never
    cancel each other; "" where principal and resource say it all.
    """

    principal: Pattern
    role: Pattern
    resource: Pattern
    condition: Condition = ALWAYS
    deny: bool = False
    wild: bool = False  # wildcards in the parts mean something
    holder: str = ""

    def covers(self, other: "Grant") -> bool:
        """Does this grant give (or, with deny, take) all that the other one does?  Nobody knows that of an unknown."""
        return (
            not self.unknown
            and not self.hidden
            and self.role.covers(other.role)
            and self.resource.covers(other.resource)
            and self.principal.covers(other.principal)
            and self.condition.allows(other.condition)
        )

    @property
    def unknown(self) -> bool:
        return any(UNKNOWN in text for text in self._texts())

    @property
    def hidden(self) -> bool:
        return any(HIDDEN in text for text in self._texts())

    def _texts(self) -> Iterable[str]:
        yield from (*self.principal.globs, *self.role.globs, *self.resource.globs)
        yield from (value for test in self.condition.tests for value in test.values)


def subtract(grants: Sequence[Grant], others: Sequence[Grant]) -> list[Grant]:
    """The grants that no other one covers.  What is unknown or hidden equals nothing."""
    equal = set(others)
    left = [grant for grant in dict.fromkeys(grants) if grant not in equal or grant.unknown or grant.hidden]
    wild = [other for other in dict.fromkeys(others) if other.wild and not other.hidden and not other.unknown]
    if not wild or len(left) * len(wild) > MOST_COMPARISONS:
        return left
    by_holder: dict[tuple[str, bool], list[Grant]] = {}
    for other in wild:
        by_holder.setdefault((other.holder, other.deny), []).append(other)
    return [
        grant
        for grant in left
        if not grant.wild or not any(other.covers(grant) for other in by_holder.get((grant.holder, grant.deny), ()))
    ]


def effective(grants: Sequence[Grant]) -> list[Grant]:
    """Without what a deny of the same holder takes away whatever the condition."""
    denies = [grant for grant in grants if grant.deny and grant.condition == ALWAYS and grant.wild]
    allows = [grant for grant in grants if not grant.deny]
    if not denies or len(allows) * len(denies) > MOST_COMPARISONS:
        return list(grants)
    kept = [grant for grant in allows if not any(_takes(deny, grant) for deny in denies)]
    return [*kept, *(grant for grant in grants if grant.deny)]


def _takes(deny: Grant, grant: Grant) -> bool:
    return deny.holder == grant.holder and grant.wild and deny.covers(grant)
