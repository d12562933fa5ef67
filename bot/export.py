"""The report as JSON, contract version 1: see docs/report.md."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from bot.changes import ActionInvocation, Change, Deferred
from bot.difference import AttributeChange
from bot.kind import Kind
from bot.mask import HIDDEN
from bot.record import Stack
from bot.report import Facts, build_status
from bot.verdict import Reason

VERSION = 1
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class ChangeOut(Struct, frozen=True, kw_only=True):
    """A row that does something; ``deferred_reason`` is set in ``deferred`` only."""

    address: str
    deposed: str | None
    mode: str
    type: str
    name: str
    module: str
    provider: str
    kind: Kind
    actions: tuple[str, ...]
    badges: tuple[str, ...]
    previous_address: str | None
    reason: str | None
    import_id: str | None
    attributes: tuple[AttributeChange, ...]


class ReasonOut(Struct, frozen=True, kw_only=True):
    rule: str
    state: str
    sentence: str
    advice: str
    stack: str
    address: str
    deposed: str | None
    children: tuple["ReasonOut", ...]


def export_report(facts: Facts) -> bytes:
    """The whole report as JSON text, indented, with a line end."""
    judgement = facts.judgement
    report: dict[str, Any] = {
        "version": VERSION,
        "environment": facts.environment,
        "stacks": [_stack(stack) for stack in facts.stacks],
        "findings": facts.findings,
        "iam": [],
        "cost": [],
        "intents": facts.intents,
        "verdict": {"state": judgement.verdict.state.word, "reasons": _reasons(judgement.verdict.reasons)},
        "checklist": judgement.checklist,
        "override": judgement.override,
        "status": build_status(facts),
    }
    return msgspec.json.format(_ENCODER.encode(report), indent=2) + b"\n"


def _stack(stack: Stack) -> dict[str, Any]:
    plan = stack.plan
    problem = None if stack.problem is None else {"message": stack.problem.message, "advice": stack.problem.advice}
    return {
        "name": stack.name,
        "terraform_version": plan.terraform_version,
        "format_version": plan.format_version,
        "digest": stack.digest,
        "counts": plan.counts,
        "changes": [_change(change) for change in plan.changes],
        "drift": [_change(change) for change in plan.drift],
        "deferred": [_deferred(deferred) for deferred in plan.deferred],
        "outputs": plan.outputs,
        "checks": plan.checks,
        "actions": [_action(action) for action in plan.actions],
        "complete": plan.complete,
        "errored": plan.errored,
        "applyable": plan.applyable,
        "destroys_everything": plan.destroys_everything,
        "notes": plan.notes,
        "problem": problem,
    }


def _change(change: Change) -> ChangeOut:
    return ChangeOut(
        address=change.address,
        deposed=change.deposed,
        mode=change.mode,
        type=change.type,
        name=change.name,
        module=change.module,
        provider=change.provider,
        kind=change.kind,
        actions=change.actions,
        badges=change.badges,
        previous_address=change.previous_address,
        reason=change.reason,
        import_id=change.import_id,
        attributes=change.attributes,
    )


def _deferred(deferred: Deferred) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.structs.asdict(_change(deferred.change))
    return {**row, "deferred_reason": deferred.reason}


def _action(action: ActionInvocation) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.structs.asdict(action)
    return {**row, "config": None if action.config == HIDDEN else action.config}


def _reasons(reasons: Sequence[Reason]) -> tuple[ReasonOut, ...]:
    return tuple(
        ReasonOut(
            rule=reason.rule,
            state=reason.state.word,
            sentence=reason.sentence,
            advice=reason.advice,
            stack=reason.stack,
            address=reason.address,
            deposed=reason.deposed,
            children=_reasons(reason.children),
        )
        for reason in reasons
    )
