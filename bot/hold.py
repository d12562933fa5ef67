"""What holds and a label could let through, each with tokens by which it is known again.

Only four concerns have a label: deletions, permissions, exposure and cost.  Nothing else is ever let through.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from bot.classify.destructive import Deletion
from bot.config import EnvironmentConfig, Thresholds
from bot.findings import Finding
from bot.infracost import Prices, say_money
from bot.intent import Intent
from bot.record import Stack
from bot.severity import SEVERITIES, Severity
from bot.shown import cost_token
from bot.state import State
from bot.value import fingerprint

STATES = {"pass": State.PASS, "attention": State.ATTENTION, "hold": State.HOLD}
Liftable = Literal["destructive", "iam", "exposure", "cost"]
FOUND: tuple[Liftable, ...] = ("iam", "exposure", "cost")  # judged by the severity of findings


class Held(Struct, frozen=True, kw_only=True):
    """``told`` names it to people; ``tokens`` stand for what it is, one by one, whatever people call it."""

    concern: Liftable
    tokens: tuple[str, ...]
    told: str
    stack: str = ""
    deletion: Deletion | None = None


def deletion_state(deletion: Deletion, intent: Intent, rules: EnvironmentConfig) -> State:
    """What the table of the settings says; whether a label lifts it comes after."""
    cells = getattr(rules.deletions, intent.intent)
    state = STATES[getattr(cells, deletion.tier)]
    return min(state, State.ATTENTION) if deletion.effect == "abandons" else state


def severity_state(severity: Severity, thresholds: Thresholds) -> State:
    """What a finding of that severity asks for."""
    for state, bound in ((State.HOLD, thresholds.hold), (State.ATTENTION, thresholds.attention)):
        if bound != "never" and SEVERITIES.index(severity) >= SEVERITIES.index(bound):
            return state
    return State.PASS


def is_above_limit(prices: Prices, rules: EnvironmentConfig) -> bool:
    limit = rules.cost_limit.monthly_increase
    return limit is not None and prices.increase > Decimal(str(limit))


def list_held(
    stacks: Sequence[Stack],
    deletions: Sequence[tuple[Deletion, State]],
    findings: Sequence[Finding],
    prices: Prices | None,
    rules: EnvironmentConfig,
) -> tuple[Held, ...]:
    """Everything that holds before any label is looked at."""
    return (
        *_deletions(stacks, deletions, rules),
        *_findings(findings, rules),
        *_cost_limit(prices, rules),
    )


def _deletions(
    stacks: Sequence[Stack], deletions: Sequence[tuple[Deletion, State]], rules: EnvironmentConfig
) -> Iterator[Held]:
    """That nothing of a stack stays is more than its deletions one by one."""
    gone = [stack.name for stack in stacks if stack.plan.destroys_everything and rules.destroy_everything == "hold"]
    for deletion, state in deletions:
        if state == State.HOLD or deletion.stack in gone:
            token = fingerprint("destructive", deletion.stack, deletion.address, deletion.deposed, deletion.action)
            yield Held(
                concern="destructive",
                tokens=(token,),
                told=deletion.address,
                stack=deletion.stack,
                deletion=deletion,
            )
    for name in gone:
        yield Held(concern="destructive", tokens=(fingerprint("everything", name),), told=f"the whole stack {name}")


def _findings(findings: Sequence[Finding], rules: EnvironmentConfig) -> Iterator[Held]:
    for concern in FOUND:
        thresholds: Thresholds = getattr(rules.findings, concern)
        for finding in findings:
            if finding.concern == concern and severity_state(finding.severity, thresholds) == State.HOLD:
                yield Held(concern=concern, tokens=tokens_of(finding), told=finding.address, stack=finding.stack)


def tokens_of(finding: Finding) -> tuple[str, ...]:
    """One for each fingerprint; where a finding has none its words say all of it."""
    where = (finding.concern, finding.id, finding.stack, finding.address, finding.deposed)
    if not finding.fingerprints:
        return (fingerprint(*where, finding.title, finding.because),)
    return tuple(fingerprint(*where, one) for one in finding.fingerprints)


def _cost_limit(prices: Prices | None, rules: EnvironmentConfig) -> Iterator[Held]:
    if prices is not None and is_above_limit(prices, rules) and STATES[rules.cost_limit.state] == State.HOLD:
        grows = say_money(prices.increase, prices.currency, signed=True)
        yield Held(concern="cost", tokens=(cost_token(prices),), told=f"the bill, {grows} a month")
