"""Who let this through, and on what grounds: the decision of one run as a file, readable without anything else.

Contract version 1: docs/decision.md explains it, docs/decision.schema.json types it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
from markupsafe import Markup
from msgspec import Struct

from bot.checklist import ChecklistItem
from bot.classify.destructive import Deletion
from bot.environment import EnvironmentName
from bot.export import VerdictOut, list_reasons
from bot.intent import Intent, IntentWord
from bot.judge import Judgement
from bot.markdown import code, trusted
from bot.override import Override
from bot.publication import EXIT_CODES, Status
from bot.pull_request import Approval, Label, PullRequest
from bot.record import Problem, Stack
from bot.report import Facts, Origin, build_status
from bot.severity import Severity
from bot.state import State, StateWord
from bot.verdict import Reason
from bot.wording import plural

LOSING_RULES = ("deletions", "everything", "protection")  # whose reasons are about single deletions or whole stacks
MOST_PEOPLE = 5
LONGEST_NAME = 100  # characters of what the line shows as code


class PullRequestOut(Struct, frozen=True, kw_only=True):
    """The pull request as it was when the run asked; ``head`` is the commit that its reviews are about."""

    number: int | None
    title: str
    author: str
    source_branch: str
    target_branch: str
    head: str


class RunOut(Struct, frozen=True, kw_only=True):
    """Which run decided, when (RFC 3339 UTC), and on which commit's plan; "" and 0 where nobody knows."""

    id: str
    attempt: int
    url: str
    at: str
    commit: str
    base: str  # the commit of the target branch whose settings judged


class PlanOut(Struct, frozen=True, kw_only=True):
    """One plan that was judged; ``digest`` is of what it would do."""

    stack: str
    terraform_version: str
    digest: str
    problem: Problem | None


class DeletionOut(Struct, frozen=True, kw_only=True):
    """One deletion; ``state`` is what became of it, ``why`` is Terraform's own reason."""

    stack: str
    address: str
    deposed: str | None
    action: Literal["delete", "replace", "update"]
    deferred: bool
    tier: str
    loss: str
    severity: Severity
    because: str
    why: str | None
    intent: IntentWord
    explained_by: str
    state: StateWord


class DecisionOut(Struct, frozen=True, kw_only=True):
    """The decision of one run."""

    version: Literal[1] = 1
    tool: str
    repository: str
    environment: EnvironmentName
    run: RunOut
    pull_request: PullRequestOut | None
    plans: tuple[PlanOut, ...]
    verdict: VerdictOut
    status: Status
    exit_code: int
    overrides: tuple[Override, ...]
    labels: tuple[Label, ...]
    reviewers: tuple[Approval, ...]
    deletions: tuple[DeletionOut, ...]
    checklist: tuple[ChecklistItem, ...]


def export_decision(facts: Facts, pull_request: PullRequest | None, *, repository: str = "", base: str = "") -> bytes:
    """decision.json: indented JSON with a line end, keys always in the same order.

    ``repository`` is owner/name, ``base`` the commit of the target branch.  Plan text in ``facts`` is masked already.
    """
    verdict = facts.judgement.verdict
    deletions = zip(facts.deletions, facts.intents, _states(facts), strict=True)
    decision = DecisionOut(
        tool=facts.origin.version,
        repository=repository,
        environment=facts.environment,
        run=_run(facts.origin, base),
        pull_request=_pull_request(pull_request) if pull_request else None,
        plans=tuple(_plan(stack) for stack in facts.stacks),
        verdict=VerdictOut(state=verdict.state.word, reasons=list_reasons(verdict.reasons)),
        status=build_status(facts),
        exit_code=EXIT_CODES[verdict.state],
        overrides=_overrides(facts.judgement),
        labels=pull_request.labels if pull_request else (),
        reviewers=pull_request.approvals if pull_request else (),
        deletions=tuple(_deletion(deletion, intent, state) for deletion, intent, state in deletions),
        checklist=facts.judgement.checklist,
    )
    return msgspec.json.format(msgspec.json.encode(_writable(msgspec.to_builtins(decision))), indent=2) + b"\n"


def decision_schema() -> dict[str, Any]:
    """JSON Schema of the decision."""
    schema = msgspec.json.schema(DecisionOut)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "plan-review decision", **schema}


def list_held(facts: Facts) -> tuple[Deletion, ...]:
    """The deletions that hold the merge, alone or with their whole stack."""
    pairs = zip(facts.deletions, _states(facts), strict=True)
    return tuple(deletion for deletion, state in pairs if state >= State.HOLD)


def decision_line(facts: Facts, pull_request: PullRequest | None) -> Markup:
    """One line of Markdown for the step summary: the verdict, on what, and who let what through."""
    return trusted(". ".join(_sentences(facts, pull_request)) + ".")


def _sentences(facts: Facts, pull_request: PullRequest | None) -> Iterator[str]:
    number = f", pull request {pull_request.number}" if pull_request and pull_request.number is not None else ""
    commit = f", commit {_code(facts.origin.commit)}" if facts.origin.commit else ""
    yield f"Decision for {facts.environment.upper()}{number}{commit}: **{facts.judgement.verdict.state.word}**"
    if held := list_held(facts):
        yield f"{plural(len(held), 'deletion')} held"
    for override in _overrides(facts.judgement):
        if override.valid:
            what = plural(len(override.covers), "deletion")
            yield f"{_code(override.given_by or '')} let {what} through with the label {_code(override.label)}"
    if people := [
        approval.person for approval in (pull_request.approvals if pull_request else ()) if approval.may_write
    ]:
        yield f"Approved by {_people(people)}"


def _people(people: Sequence[str]) -> str:
    more = f" and {len(people) - MOST_PEOPLE} more" if len(people) > MOST_PEOPLE else ""
    return ", ".join(_code(person) for person in people[:MOST_PEOPLE]) + more


def _code(text: str) -> str:
    return code(text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…")


def _overrides(judgement: Judgement) -> tuple[Override, ...]:
    return tuple(lift.override for lift in judgement.overrides.needed)


def _run(origin: Origin, base: str) -> RunOut:
    commit = origin.head or origin.commit
    return RunOut(id=origin.run_id, attempt=origin.attempt, url=origin.run_url, at=origin.now, commit=commit, base=base)


def _pull_request(pull_request: PullRequest) -> PullRequestOut:
    return PullRequestOut(**{name: getattr(pull_request, name) for name in PullRequestOut.__struct_fields__})


def _plan(stack: Stack) -> PlanOut:
    version = stack.plan.terraform_version
    return PlanOut(stack=stack.name, terraform_version=version, digest=stack.digest, problem=stack.problem)


def _deletion(deletion: Deletion, intent: Intent, state: State) -> DeletionOut:
    return DeletionOut(
        stack=deletion.stack,
        address=deletion.address,
        deposed=deletion.deposed,
        action=deletion.action,
        deferred=deletion.deferred,
        tier=deletion.tier,
        loss=deletion.loss,
        severity=deletion.severity,
        because=deletion.because,
        why=deletion.reason,
        intent=intent.intent,
        explained_by=intent.because,
        state=state.word,
    )


def _states(facts: Facts) -> list[State]:
    """For each deletion the worst of what the verdict says about it or about its whole stack."""
    rules = (facts.judgement.verdict.rule(name) for name in LOSING_RULES)
    worst: dict[tuple[str, str, str | None], State] = {}
    for child in (child for rule in rules if rule is not None for child in rule.children):
        key = _key(child)
        worst[key] = max(child.state, worst.get(key, State.PASS))
    return [
        max(worst.get(_key(deletion), State.PASS), worst.get((deletion.stack, "", None), State.PASS))
        for deletion in facts.deletions
    ]


def _key(row: Reason | Deletion) -> tuple[str, str, str | None]:
    """A reason about a whole stack has no address."""
    return row.stack, row.address, row.deposed


def _writable(node: Any) -> Any:
    """JSON in UTF-8 has no lone surrogates, but names and titles may: they become their escapes."""
    if isinstance(node, str):
        return node.encode("utf-8", "backslashreplace").decode()
    if isinstance(node, list | tuple):
        return [_writable(item) for item in node]
    if isinstance(node, dict):
        return {key: _writable(value) for key, value in node.items()}
    return node
