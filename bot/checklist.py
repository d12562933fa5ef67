"""The checklist: what the machine has proved, with evidence, and what only a person can know."""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Literal

from msgspec import Struct, structs

from bot.description import find_rollback
from bot.environment import EnvironmentName
from bot.kind import Kind
from bot.pull_request import PullRequest
from bot.record import Stack
from bot.state import State
from bot.ticks import TEXTS
from bot.verdict import Reason, Verdict
from bot.wording import KIND_WORDS

ItemState = Literal["pass", "fail", "human", "not_applicable"]
COUNTED: tuple[Kind, ...] = ("create", "update", "replace", "delete", "forget", "move", "import", "unknown")


MOST_VERSIONS = 5  # of Terraform, each of at most twenty letters: a plan says what it likes


class ChecklistItem(Struct, frozen=True, kw_only=True):
    """``state``: pass and fail are the machine's, human is a person's to tick.

    ``facts`` is the digest of what a tick is about, "" where nobody can tick; ``ticked``: for just these facts.
    """

    id: str
    text: str
    state: ItemState
    evidence: str = ""
    facts: str = ""
    ticked: bool = False


# What only a person can know, in every environment and besides in PROD.
HUMAN = ("cost", "security", "naming")
HUMAN_PROD = ("stage-tested", "change-window", "rollback", "business-approval")
# Items of rules; one that a person answers as well is the machine's wherever its rule has something to say.
PROCESS = {
    "source-branch": "The branch may go here",
    "why": "The description says why",
    "stage-tested": TEXTS["stage-tested"],
    "change-window": TEXTS["change-window"],
    "rollback": TEXTS["rollback"],
}


def list_items(
    stacks: Sequence[Stack],
    verdict: Verdict,
    environment: EnvironmentName,
    pull_request: PullRequest | None,
    facts: Mapping[str, str],
) -> tuple[ChecklistItem, ...]:
    """The team's review points; nothing but the first one applies where the plan changes nothing.

    ``facts`` are digests of what each item is about: what a person ticked for the same facts stays ticked.
    """
    idle = all(is_idle(stack) for stack in stacks)
    items = _items(stacks, verdict, environment, pull_request)
    given = {(tick.item, tick.facts) for tick in pull_request.ticks} if pull_request else set[tuple[str, str]]()
    return tuple(
        _not_applicable(item) if idle and item.id != "complete" else _with_tick(item, facts.get(item.id, ""), given)
        for item in items
    )


def _with_tick(item: ChecklistItem, facts: str, given: Set[tuple[str, str]]) -> ChecklistItem:
    """What the machine answers cannot be ticked, whatever an old comment says."""
    if item.state != "human" or not facts:
        return item
    return structs.replace(item, facts=facts, ticked=(item.id, facts) in given)


def is_idle(stack: Stack) -> bool:
    """Would applying this stack change nothing at all?"""
    plan = stack.plan
    acting = [change for change in plan.changes if change.kind != "read"]
    return stack.problem is None and not (acting or plan.deferred or plan.outputs or plan.actions or plan.errored)


def _items(
    stacks: Sequence[Stack], verdict: Verdict, environment: EnvironmentName, pull_request: PullRequest | None
) -> Iterator[ChecklistItem]:
    yield _machine("complete", "The plan is complete and can be trusted", verdict.rule("trust"), _looked_at(stacks))
    yield ChecklistItem(id="expected", text=TEXTS["expected"], state="human", evidence=_counts(stacks))
    yield _deletions(verdict)
    for id_ in HUMAN:
        yield ChecklistItem(id=id_, text=TEXTS[id_], state="human", evidence=_evidence(id_, verdict))
    if (people := verdict.rule("people")) is not None:
        yield _second_person(people)
    judged = {item.id: item for item in _process(verdict.rule("process"))}
    yield from judged.values()
    if environment == "prod":
        yield from (_human_in_prod(id_, pull_request) for id_ in HUMAN_PROD if id_ not in judged)


def _human_in_prod(id_: str, pull_request: PullRequest | None) -> ChecklistItem:
    written = id_ == "rollback" and pull_request is not None and find_rollback(pull_request.description)
    evidence = "the description has a section about it" if written else ""
    return ChecklistItem(id=id_, text=TEXTS[id_], state="pass" if written else "human", evidence=evidence)


def _process(process: Reason | None) -> Iterator[ChecklistItem]:
    """A rule that is not met has failed, also where it asks for no more than attention."""
    children = {child.rule: child for child in process.children} if process else {}
    for id_, text in PROCESS.items():
        if (child := children.get(f"process/{id_}")) is not None:
            state: ItemState = "pass" if child.state == State.PASS else "fail"
            yield ChecklistItem(id=id_, text=text, state=state, evidence=child.sentence)


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
    return ChecklistItem(id="deletions", text=TEXTS["deletions"], state=state, evidence=evidence)


# What the machine found about an item that only a person can tick: rules, and what to say when they found nothing.
EVIDENCE = {
    "cost": (("cost-limit", "found/cost"), ""),
    "security": (("found/iam", "found/exposure"), "none of medium severity or worse"),
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
    versions = sorted({stack.plan.terraform_version[:20] for stack in stacks if stack.plan.terraform_version})
    more = f" and {len(versions) - MOST_VERSIONS} more" if len(versions) > MOST_VERSIONS else ""
    made_by = f"terraform {', '.join(versions[:MOST_VERSIONS])}{more}, " if versions else ""
    return f"{made_by}{rows} {'resource' if rows == 1 else 'resources'} looked at"


def _shown_no_ops(stack: Stack) -> int:
    """Moves and imports without any other change are listed and counted as no-ops too."""
    return sum(change.actions == ("no-op",) for change in stack.plan.changes)


def _counts(stacks: Sequence[Stack]) -> str:
    totals = ((kind, sum(stack.plan.counts[kind] for stack in stacks)) for kind in COUNTED)
    return ", ".join(f"{count:,} to {KIND_WORDS.get(kind, kind)}" for kind, count in totals if count)


def _not_applicable(item: ChecklistItem) -> ChecklistItem:
    return ChecklistItem(id=item.id, text=item.text, state="not_applicable", evidence="nothing changes")
