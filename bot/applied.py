"""What an apply made of its plans: the outcome of each stack, and that of the environment.

One job applies one stack and keeps its outcome as a file (no secret in it); a last job reads all of them and says what
became of the environment.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from bot.apply_fate import Item, Numbers, count_planned, count_touched, list_all, list_fates, list_seen
from bot.apply_log import ApplyLog, Step
from bot.censor import PlanCensor
from bot.diagnostics import Failures
from bot.errors import UntrustedPlan
from bot.record import Stack

ApplyWord = Literal["success", "failure", "cancelled", "skipped"]
APPLY_WORDS: tuple[ApplyWord, ...] = ("success", "failure", "cancelled", "skipped")
# read: from begin to end · open: it stops in the middle · cut: too long to be read whole · silent: nothing of
# Terraform's in it · missing: nobody handed one over, or it cannot be read
LogState = Literal["read", "open", "cut", "silent", "missing"]
MOST_ITEMS = 2_000  # of one stack
AGAIN = "Make it again: plan-review applied … -o FILE"


class AppliedStack(Struct, frozen=True, kw_only=True, tag_field="plan_review", tag="applied"):
    """The outcome of one stack.  ``items`` are empty after a success; ``more`` is how many of them were left out.

    ``planned`` is False where nobody said what was to be applied: then ``items`` are what the log shows.  ``stopped``
    is what the guard said.
    """

    version: int = 1
    name: str
    outcome: ApplyWord
    numbers: Numbers | None = None
    items: tuple[Item, ...] = ()
    more: int = 0
    planned: bool = False
    failures: Failures = Failures()
    log: LogState = "missing"
    state_lost: bool = False
    stopped: str = ""

    @property
    def lost(self) -> bool:
        """It has left no word: it did not begin, or its job was lost on the way."""
        return self.outcome == "skipped" and self.numbers is None

    @property
    def partly_seen(self) -> bool:
        """It may have done more than we know."""
        return self.lost or self.log in ("open", "cut")


class Applied(Struct, frozen=True, kw_only=True):
    """What became of an environment."""

    environment: str
    outcome: ApplyWord
    stacks: tuple[AppliedStack, ...]

    @property
    def numbers(self) -> Numbers | None:
        """The sum of all stacks; None where that of one which was applied is not known."""
        known = [stack.numbers or Numbers() for stack in self.stacks]
        if any(stack.numbers is None and not stack.lost for stack in self.stacks):
            return None
        names = Numbers.__struct_fields__
        return Numbers(**{name: sum(getattr(numbers, name) for numbers in known) for name in names})


class Evidence(Struct, frozen=True, kw_only=True):
    """What is known of one apply: what its job says, the plan, what it printed with the errors in it, the guard."""

    outcome: ApplyWord
    plan: Stack | None = None
    log: ApplyLog | None = None
    failures: Failures = Failures()
    stopped: str = ""


def judge_apply(name: str, evidence: Evidence, censor: PlanCensor) -> AppliedStack:
    """The outcome of one stack.  A log with errors in it is no success, whatever the job says."""
    log, failures = evidence.log, evidence.failures
    steps = tuple(msgspec.structs.replace(s, address=censor.address(s.address)) for s in log.steps) if log else ()
    failed = {step.address for step in steps if step.progress == "failed"}
    outcome = evidence.outcome
    if outcome == "success" and (failures.failures or failed):
        outcome = "failure"
    state = _state(log, failures)
    plan = evidence.plan if evidence.plan and not evidence.plan.problem else None
    items = _items(plan, steps, failed | {row.address for row in failures.failures}, outcome, state)
    numbers = count_touched(log, steps)
    if outcome == "skipped" or (numbers is None and state == "read" and outcome != "success"):
        numbers = Numbers()  # errors, and not one object before them
    elif outcome == "success" and numbers is None and plan:
        numbers = count_planned(plan.plan.changes)  # Terraform's exit code says that all of it is made
    return AppliedStack(
        name=name,
        outcome=outcome,
        numbers=numbers,
        items=items[:MOST_ITEMS],
        more=max(0, len(items) - MOST_ITEMS),
        planned=plan is not None,
        failures=failures,
        log=state,
        state_lost=log.state_lost if log else False,
        stopped=censor.text(evidence.stopped),
    )


def judge_environment(environment: str, outcome: ApplyWord, stacks: Sequence[AppliedStack]) -> Applied:
    """``outcome`` is that of the whole job: what the stacks say can make it worse, never better.

    Only where the guard or a failed plan kept every single stack from being applied, it is no failure of an apply.
    """
    words = {stack.outcome for stack in stacks} or {outcome}
    whole: ApplyWord = "failure"
    if words == {"skipped"} and not any(stack.lost for stack in stacks):
        whole = "skipped"
    elif words == {"success"} and outcome == "success":
        whole = "success"
    elif "failure" not in words and "cancelled" in (*words, outcome):
        whole = "cancelled"
    return Applied(environment=environment, outcome=whole, stacks=tuple(stacks))


def encode_applied(stack: AppliedStack) -> str:
    return msgspec.json.format(msgspec.json.encode(stack), indent=1).decode() + "\n"


def is_applied(data: bytes) -> bool:
    """Does this look like an outcome rather than a record or a plan?  We write the tag first."""
    return b'"plan_review": "applied"' in data[:200]


def decode_applied(data: bytes) -> AppliedStack:
    """Raises UntrustedPlan for another version, a truncated file or anything that is no outcome."""
    try:
        stack = msgspec.json.decode(data, type=AppliedStack)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise UntrustedPlan("The outcome of an apply is cut off or has another shape.", AGAIN) from None
    if stack.version != 1:
        raise UntrustedPlan(f"The outcome has version {stack.version}; this plan-review reads version 1.", AGAIN)
    return stack


def _state(log: ApplyLog | None, failures: Failures) -> LogState:
    if log is None:
        return "missing"
    if log.cut:
        return "cut"
    if log.totals or failures.failures:
        return "read"
    return "open" if log.steps else "silent"


def _items(
    plan: Stack | None, steps: Sequence[Step], failed: set[str], outcome: ApplyWord, state: LogState
) -> tuple[Item, ...]:
    if outcome == "success":
        return ()
    if plan is None:
        return tuple(list_seen(steps, failed))
    if outcome == "skipped":
        return tuple(list_all(plan.plan.changes, "not begun"))
    return tuple(list_fates(plan.plan.changes, steps, failed, ended=state == "read"))
