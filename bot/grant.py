"""A grant: the smallest unit of access, and the difference between two sets of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeVar

from msgspec import Struct

from bot.condition import ALWAYS, Condition
from bot.mask import HIDDEN, UNKNOWN
from bot.pattern import Pattern, literal_head

# Above this many comparisons only equal grants cancel each other out: that reports too much, never too little.
MOST_COMPARISONS = 4_000_000
MOST_GLOBS = 1_500_000  # pairs of globs that are looked at for one answer; what comes then is compared as above
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
        return not self.unknown and not self.hidden and self.includes(other)

    def includes(self, other: "Grant") -> bool:
        """``covers``, of a grant in which nothing is unknown or hidden."""
        return (
            self.role.covers(other.role)
            and self.resource.covers(other.resource)
            and self.principal.covers(other.principal)
            and self.condition.allows(other.condition)
        )

    @property
    def unknown(self) -> bool:
        return self._holds(UNKNOWN)

    @property
    def hidden(self) -> bool:
        return self._holds(HIDDEN)

    def _holds(self, word: str) -> bool:
        for pattern in (self.principal, self.role, self.resource):
            for text in pattern.globs:
                if word in text:
                    return True
        tests = self.condition.tests
        return bool(tests) and any(word in value for test in tests for value in test.values)


def subtract(grants: Sequence[Grant], others: Sequence[Grant]) -> list[Grant]:
    """The grants that no other one covers.  What is unknown or hidden equals nothing."""
    equal = set(others)
    left = [grant for grant in dict.fromkeys(grants) if grant not in equal or grant.unknown or grant.hidden]
    wild = [other for other in dict.fromkeys(others) if other.wild and not other.hidden and not other.unknown]
    if not wild or len(left) * len(wild) > MOST_COMPARISONS:
        return left
    by_holder: dict[tuple[str, bool], Grants] = {}
    steps = Steps()
    for other in wild:
        by_holder.setdefault((other.holder, other.deny), Grants(steps)).add(other)
    return [
        grant
        for grant in left
        if not grant.wild or not by_holder.get((grant.holder, grant.deny), NOBODY).include(grant)
    ]


def effective(grants: Sequence[Grant]) -> list[Grant]:
    """Without what a deny of the same holder takes away whatever the condition."""
    denies = [grant for grant in grants if grant.deny and grant.condition == ALWAYS and grant.wild]
    allows = [grant for grant in grants if not grant.deny]
    if not denies or len(allows) * len(denies) > MOST_COMPARISONS:
        return list(grants)
    by_holder: dict[str, Grants] = {}
    steps = Steps()
    for deny in denies:
        if not deny.unknown and not deny.hidden:
            by_holder.setdefault(deny.holder, Grants(steps)).add(deny)
    kept = [grant for grant in allows if not grant.wild or not by_holder.get(grant.holder, NOBODY).include(grant)]
    return [*kept, *(grant for grant in grants if grant.deny)]


class Steps:
    """How many globs, and tests of conditions, may still be held against each other."""

    def __init__(self) -> None:
        self._left = MOST_GLOBS

    def take(self, mine: Grant, other: Grant) -> bool:
        """False where comparing the two would be too much."""
        if self._left >= 0:
            self._left -= len(mine.role.globs) * len(other.role.globs)
            self._left -= len(mine.resource.globs) * len(other.resource.globs)
            self._left -= len(mine.principal.globs) * len(other.principal.globs)
            self._left -= len(mine.condition.tests) * len(other.condition.tests)
        return self._left >= 0


class Grants:
    """Grants in which nothing is unknown or hidden, by how their role and resource begin.

    Of a policy with thousands of statements only a few can include a grant; all the others begin otherwise.
    """

    def __init__(self, steps: Steps | None = None) -> None:
        self._steps = steps or Steps()
        self._by_role: dict[str, dict[str, list[Grant]]] = {}

    def add(self, grant: Grant) -> None:
        resources = self._by_role.setdefault(_head(grant.role), {})
        resources.setdefault(_head(grant.resource), []).append(grant)

    def include(self, grant: Grant) -> bool:
        """Does one of them give all that ``grant`` does?"""
        return any(
            self._steps.take(mine, grant) and mine.includes(grant)
            for resources in _beginnings(self._by_role, grant.role)
            for some in _beginnings(resources, grant.resource)
            for mine in some
        )


NOBODY = Grants()
Found = TypeVar("Found")


def _head(pattern: Pattern) -> str:
    """What every text of the pattern begins with, as far as one glob tells."""
    return literal_head(pattern.globs[0]) if len(pattern.globs) == 1 and not pattern.negated else ""


def _beginnings(table: Mapping[str, Found], pattern: Pattern) -> Iterator[Found]:
    """What stands under the beginnings of the pattern's text; everything where it is not one text."""
    if len(pattern.globs) != 1 or pattern.negated:
        yield from table.values()
        return
    text = pattern.globs[0]
    if len(table) <= len(text):
        yield from (found for head, found in table.items() if text.startswith(head))
    else:
        yield from (table[text[:end]] for end in range(len(text) + 1) if text[:end] in table)
