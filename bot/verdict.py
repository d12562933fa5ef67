"""The decision as a value: a tree of reasons, each with a state, a sentence and what led to it."""

from collections.abc import Iterable

from msgspec import Struct, structs

from bot.state import State


class Reason(Struct, frozen=True, kw_only=True):
    """A node.  ``sentence`` is plain text for people; ``address`` is shown beside it as code."""

    rule: str  # trust, trust/errored, deletions, deletions/stateful, protection, everything, people …
    state: State
    sentence: str
    advice: str = ""  # what to do about it
    stack: str = ""
    address: str = ""
    deposed: str | None = None
    children: tuple["Reason", ...] = ()


class Verdict(Struct, frozen=True, kw_only=True):
    """``state`` is the worst of the reasons'."""

    state: State
    reasons: tuple[Reason, ...]

    def rule(self, name: str) -> Reason | None:
        """The top-level reason of that rule, None where the rule had nothing to say."""
        return next((reason for reason in self.reasons if reason.rule == name), None)


def worst(reasons: Iterable[Reason]) -> State:
    return max((reason.state for reason in reasons), default=State.PASS)


def leave_out_passing(rule: Reason) -> Reason:
    """The rule with those children alone that ask for something."""
    return structs.replace(rule, children=tuple(child for child in rule.children if child.state > State.PASS))


def list_holding(rule: Reason) -> tuple[Reason, ...]:
    """The children that hold, unless there is one that only says what its parent says."""
    held = tuple(child for child in rule.children if child.state >= State.HOLD)
    return () if len(held) == 1 and held[0].sentence == rule.sentence else held
