"""Under which condition a grant holds, and which of two conditions allows more."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from msgspec import Struct

from bot.pattern import covers_glob
from bot.value import canonical

# Operators whose values may hold wildcards: fewer and narrower values allow less.
_LIKE = ("StringLike", "ArnLike", "ArnEquals")
_EXACT = ("Null", "Bool")  # one value or the other: neither is narrower
# Operators that let through all that another one does with the same values.
_WIDER = (("StringLike", "StringEquals"), ("StringEqualsIgnoreCase", "StringEquals"), ("ArnLike", "ArnEquals"))


class Test(Struct, frozen=True, order=True):
    """One line of a condition: all tests of a condition must hold, and one of a test's values must fit."""

    operator: str
    key: str
    values: tuple[str, ...]

    def allows(self, other: "Test") -> bool:
        """Does whatever passes the other test pass this one?"""
        if self.key != other.key or not _as_wide(self.operator, other.operator):
            return False
        if self.values == other.values:
            return True
        name = self.operator.rpartition(":")[2].removesuffix("IfExists")
        if name in _EXACT or name.startswith(("Numeric", "Date")) or not self.operator:
            return False
        if "Not" in name:  # none of the values may fit: more values allow less
            return set(self.values) <= set(other.values)
        return all(any(_fits(name, mine, theirs) for mine in self.values) for theirs in other.values)

    def __str__(self) -> str:
        values = ", ".join(self.values)
        return f"{self.key} {self.operator} {values}" if self.operator else values


class Condition(Struct, frozen=True):
    """All tests together; without tests there is no condition."""

    tests: tuple[Test, ...] = ()

    def allows(self, other: "Condition") -> bool:
        """Is this condition as wide as the other, or wider?"""
        return all(any(mine.allows(theirs) for theirs in other.tests) for mine in self.tests)

    def __str__(self) -> str:
        return " and ".join(map(str, self.tests))


ALWAYS = Condition()


def expression(text: str) -> Condition:
    """A condition in a language of its own (CEL, ABAC): equal or different, nothing in between."""
    return Condition((Test("", "", (text,)),)) if text else ALWAYS


def aws_condition(node: Any) -> Condition:
    """{operator: {key: value or values}} of an AWS policy: keys compare without case, values in any order."""
    tests = [
        Test(str(operator), str(key).lower(), tuple(sorted({_text(value) for value in _listed(values)})))
        for operator, keys in (node.items() if isinstance(node, Mapping) else ())
        for key, values in (keys.items() if isinstance(keys, Mapping) else ())
    ]
    return Condition(tuple(sorted(tests)))


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _text(value: Any) -> str:
    """ "true" and true are the same to AWS."""
    return value if isinstance(value, str) else canonical(value).decode()


def _as_wide(operator: str, other: str) -> bool:
    return operator == other or any(operator.replace(broad, exact) == other for broad, exact in _WIDER)


def _fits(operator: str, broad: str, narrow: str) -> bool:
    if operator in _LIKE:
        return covers_glob(broad, narrow)
    if operator == "IpAddress":
        return _network_covers(broad, narrow)
    return broad == narrow


def _network_covers(broad: str, narrow: str) -> bool:
    try:
        outer, inner = ip_network(broad, strict=False), ip_network(narrow, strict=False)
    except ValueError:
        return broad == narrow
    return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]
