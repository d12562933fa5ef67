"""The checklist: what the machine has proved, with evidence, and what only a person can know."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from bot.environment import EnvironmentName
from bot.kind import Kind
from bot.pull_request import PullRequest
from bot.record import Stack
from bot.state import State
from bot.verdict import Reason, Verdict
from bot.wording import KIND_WORDS

ItemState = Literal["pass", "fail", "human", "not_applicable"]
COUNTED: tuple[Kind, ...] = ("create", "update", "replace", "delete", "forget", "move", "import", "unknown")
_ROLLBACK = re.compile(r"(?im)^\s{0,3}(?:#{1,6}\s+|\*\*)?roll-?\s?back\b[^\n]*\n?\s*\S")


class ChecklistItem(Struct, frozen=True, kw_only=True):
    """``state``: pass and fail are the machine's, human is a person's to tick."""

    id: str
    text: str
    state: ItemState
    evidence: str = ""


# What only a person can know, in every environment and besides in PROD.
HUMAN = (
    ("cost", "Cost is acceptable"),
    ("security", "Security practices are followed: permissions, exposure, encryption"),
    ("naming", "Names follow the conventions"),
)
HUMAN_PROD = (
    ("stage-tested", "Tested in STAGE"),
    ("change-window", "Inside the change window"),
    ("rollback", "Rollback plan is written down"),
    ("business-approval", "Business approval, if this needs one"),
)


def list_items(
    stacks: Sequence[Stack], verdict: Verdict, environment: EnvironmentName, pull_request: PullRequest | None
) -> tuple[ChecklistItem, ...]:
    """The team's review points; nothing but the first one applies where the plan changes nothing."""
    idle = all(is_idle(stack) for stack in stacks)
    items = _items(stacks, verdict, environment, pull_request)
    return tuple(_not_applicable(item) if idle and item.id != "complete" else item for item in items)


def is_idle(stack: Stack) -> bool:
    """Would applying this stack change nothing at all?"""
    plan = stack.plan
    acting = [change for change in plan.changes if change.kind != "read"]
    return stack.problem is None and not (acting or plan.deferred or plan.outputs or plan.actions or plan.errored)


def _items(
    stacks: Sequence[Stack], verdict: Verdict, environment: EnvironmentName, pull_request: PullRequest | None
) -> Iterator[ChecklistItem]:
    yield _machine("complete", "The plan is complete and can be trusted", verdict.rule("trust"), _looked_at(stacks))
    yield ChecklistItem(id="expected", text="Only the changes I expected", state="human", evidence=_counts(stacks))
    yield _deletions(verdict)
    for id_, text in HUMAN:
        yield ChecklistItem(id=id_, text=text, state="human", evidence=_evidence(id_, verdict))
    if (people := verdict.rule("people")) is not None:
        yield _second_person(people)
    if environment == "prod":
        for id_, text in HUMAN_PROD:
            written = id_ == "rollback" and pull_request is not None and _ROLLBACK.search(pull_request.description)
            evidence = "the description has a section about it" if written else ""
            yield ChecklistItem(id=id_, text=text, state="pass" if written else "human", evidence=evidence)


def _deletions(verdict: Verdict) -> ChecklistItem:
    """Without a plan that can be trusted nobody can say that nothing is deleted."""
    rules = [rule for name in ("deletions", "everything", "protection") if (rule := verdict.rule(name))]
    culprit = max(rules, key=lambda rule: rule.state, default=None)
    trust = verdict.rule("trust")
    state: ItemState = "pass"
    evidence = "nothing is deleted" if culprit is None else culprit.sentence
    if trust is not None and trust.state >= State.HOLD:
        state, evidence = "fail", "cannot be told from this plan" if culprit is None else evidence
    elif culprit is not None and culprit.state >= State.ATTENTION:
        state = "fail" if culprit.state >= State.HOLD else "human"
    return ChecklistItem(id="deletions", text="No unintended deletions", state=state, evidence=evidence)


# What the machine found about an item that only a person can tick: rules, and what to say when they found nothing.
EVIDENCE = {
    "cost": (("cost-limit", "found/cost"), ""),
    "security": (("found/iam", "found/exposure"), "no permission or exposure of medium severity or worse"),
    "naming": (("found/naming",), ""),
}


def _evidence(id_: str, verdict: Verdict) -> str:
    rules, nothing = EVIDENCE[id_]
    found = [rule.sentence for name in rules if (rule := verdict.rule(name))]
    return " ".join(found) or nothing


def _machine(id_: str, text: str, rule: Reason | None, evidence: str) -> ChecklistItem:
    failed = rule is not None and rule.state >= State.HOLD
    said = rule.sentence if rule is not None and (failed or rule.children) else evidence
    return ChecklistItem(id=id_, text=text, state="fail" if failed else "pass", evidence=said)


def _second_person(people: Reason) -> ChecklistItem:
    states: dict[str, ItemState] = {"people/approved": "pass", "people/missing": "fail", "people/unknown": "human"}
    state = states[people.children[0].rule]
    return ChecklistItem(
        id="second-person", text="A second person has approved this commit", state=state, evidence=people.sentence
    )


def _looked_at(stacks: Sequence[Stack]) -> str:
    rows = sum(len(stack.plan.changes) + stack.plan.counts.no_op - _shown_no_ops(stack) for stack in stacks)
    versions = sorted({stack.plan.terraform_version for stack in stacks if stack.plan.terraform_version})
    made_by = f"terraform {', '.join(versions)}, " if versions else ""
    return f"{made_by}{rows} {'resource' if rows == 1 else 'resources'} looked at"


def _shown_no_ops(stack: Stack) -> int:
    """Moves and imports without any other change are listed and counted as no-ops too."""
    return sum(change.actions == ("no-op",) for change in stack.plan.changes)


def _counts(stacks: Sequence[Stack]) -> str:
    totals = ((kind, sum(stack.plan.counts[kind] for stack in stacks)) for kind in COUNTED)
    return ", ".join(f"{count:,} to {KIND_WORDS.get(kind, kind)}" for kind, count in totals if count)


def _not_applicable(item: ChecklistItem) -> ChecklistItem:
    return ChecklistItem(id=item.id, text=item.text, state="not_applicable", evidence="nothing changes")
