"""The report as JSON, contract version 1: docs/report.md explains it, docs/report.schema.json types it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import Any, Literal

import msgspec
from msgspec import Struct

from bot.changes import ActionInvocation, ChangeSet, OutputChange
from bot.checklist import ItemState
from bot.checks import Check
from bot.classify.cost import CostChange, Direction
from bot.compared_export import PromotionOut, SinceOut, export_promotion, export_since
from bot.difference import AttributeChange
from bot.environment import EnvironmentName
from bot.findings import Concern, Confidence
from bot.grant import Effect
from bot.grant_change import GrantChange
from bot.infracost import Prices
from bot.intent import Intent
from bot.kind import Counts, Kind
from bot.override import Override
from bot.publication import Status
from bot.record import Problem, Stack
from bot.rename import Rename
from bot.report import Facts, build_status
from bot.severity import Severity
from bot.state import StateWord
from bot.verdict import Reason

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class ChangeOut(Struct, frozen=True, kw_only=True):
    """A row that does something."""

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


class DeferredOut(ChangeOut, frozen=True, kw_only=True):
    """A change put off to a later plan; not in the counts."""

    deferred_reason: str


class StackOut(Struct, frozen=True, kw_only=True):
    """One plan.  Where ``problem`` is set nothing may be concluded from the rest."""

    name: str
    terraform_version: str
    format_version: str
    digest: str
    counts: Counts
    changes: tuple[ChangeOut, ...]
    drift: tuple[ChangeOut, ...]
    deferred: tuple[DeferredOut, ...]
    outputs: tuple[OutputChange, ...]
    checks: tuple[Check, ...]
    actions: tuple[ActionInvocation, ...]
    complete: bool | None
    errored: bool | None
    applyable: bool | None
    destroys_everything: bool
    notes: tuple[str, ...]
    problem: Problem | None


class ReasonOut(Struct, frozen=True, kw_only=True):
    """A node of the verdict: the worst child wins."""

    rule: str
    state: StateWord
    sentence: str
    advice: str
    stack: str
    address: str
    deposed: str | None
    children: tuple["ReasonOut", ...]


class VerdictOut(Struct, frozen=True, kw_only=True):
    state: StateWord
    reasons: tuple[ReasonOut, ...]


class FindingOut(Struct, frozen=True, kw_only=True):
    """One thing a reviewer must know.  ``id`` is ``concern/slug`` and stable; ``because`` is a whole sentence."""

    id: str
    concern: Concern
    severity: Severity
    confidence: Confidence
    stack: str
    address: str
    deposed: str | None
    title: str
    because: str
    source: str


class IamOut(Struct, frozen=True, kw_only=True):
    """One grant gained or lost; with ``denied`` a denial that goes or comes.  Its dangers stand in ``findings``."""

    effect: Effect
    principal: str
    role: str
    resource: str
    condition: str | None
    denied: bool
    unknown: bool
    stack: str
    address: str
    deposed: str | None
    severity: Severity
    because: str


class CostOut(Struct, frozen=True, kw_only=True):
    """One driver of the bill; ``monthly`` is by how much Infracost says the resource changes, null for no price."""

    address: str
    stack: str
    direction: Direction
    driver: str
    before: str
    after: str
    ratio: float | None
    severity: Severity
    because: str
    monthly: Decimal | None


class ItemOut(Struct, frozen=True, kw_only=True):
    """A point of the checklist; ``ticked`` by a person, for the facts as they are now."""

    id: str
    text: str
    state: ItemState
    evidence: str
    ticked: bool = False


class ReportOut(Struct, frozen=True, kw_only=True):
    """The whole report."""

    version: Literal[1] = 1
    environment: EnvironmentName
    stacks: tuple[StackOut, ...]
    findings: tuple[FindingOut, ...]
    iam: tuple[IamOut, ...]
    cost: tuple[CostOut, ...]
    intents: tuple[Intent, ...]
    renames: tuple[Rename, ...] = ()  # pairs that look like one object under two addresses
    since: SinceOut | None = None  # null where nobody asked
    promotion: PromotionOut | None = None  # null where nobody asked
    verdict: VerdictOut
    checklist: tuple[ItemOut, ...]
    override: Override
    overrides: tuple[Override, ...]
    status: Status


def export_report(facts: Facts) -> bytes:
    """The whole report as JSON text, indented, with a line end."""
    return b"".join(stream_report(facts))


def stream_report(facts: Facts) -> Iterator[bytes]:
    """The same in pieces, one row of a list in each: the values of one stack are in memory at a time.

    A piece begins and ends between tokens, never inside of a text.
    """
    values = _values(facts)
    names = ReportOut.__struct_fields__
    yield b"{"
    for name in names:
        yield b'%s\n  "%s": ' % (b"," if name != names[0] else b"", name.encode())
        value = values[name]
        if isinstance(value, Iterator):
            yield from _list(value)
        else:
            yield _format(value, 2)
    yield b"\n}\n"


def _list(rows: Iterator[Struct]) -> Iterator[bytes]:
    before = b"["
    for row in rows:
        yield before + b"\n    " + _format(row, 4)
        before = b","
    yield b"[]" if before == b"[" else b"\n  ]"


def _format(value: Any, indent: int) -> bytes:
    """Inside of texts a line end is an escape, so what is replaced here are ours."""
    return msgspec.json.format(_ENCODER.encode(value), indent=2).replace(b"\n", b"\n" + b" " * indent)


def _values(facts: Facts) -> dict[str, Any]:
    """What the fields of ReportOut hold; lists that may be long are made while they are written."""
    judgement = facts.judgement
    return {
        "version": 1,
        "environment": facts.environment,
        "stacks": map(_stack, facts.stacks),
        "findings": (FindingOut(**_fields(finding, FindingOut)) for finding in facts.findings),
        "iam": (row for change in facts.grants for row in _grants(change)),
        "cost": (_cost(change, facts.prices) for change in facts.costs),
        "intents": iter(facts.intents),
        "renames": facts.renames,
        "since": export_since(facts.since) if facts.since else None,
        "promotion": export_promotion(facts.promotion) if facts.promotion else None,
        "verdict": VerdictOut(state=judgement.verdict.state.word, reasons=list_reasons(judgement.verdict.reasons)),
        "checklist": tuple(
            ItemOut(id=item.id, text=item.text, state=item.state, evidence=item.evidence, ticked=item.ticked)
            for item in judgement.checklist
        ),
        "override": judgement.override,
        "overrides": tuple(lift.override for lift in judgement.overrides.lifts),
        "status": build_status(facts),
    }


def report_schema() -> dict[str, Any]:
    """JSON Schema of the report."""
    schema = msgspec.json.schema(ReportOut)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "plan-review report", **schema}


def _stack(stack: Stack) -> StackOut:
    plan: ChangeSet = stack.plan
    return StackOut(
        name=stack.name,
        terraform_version=plan.terraform_version,
        format_version=plan.format_version,
        digest=stack.digest,
        counts=plan.counts,
        changes=tuple(ChangeOut(**_fields(change, ChangeOut)) for change in plan.changes),
        drift=tuple(ChangeOut(**_fields(change, ChangeOut)) for change in plan.drift),
        deferred=tuple(DeferredOut(**_fields(d.change, ChangeOut), deferred_reason=d.reason) for d in plan.deferred),
        outputs=plan.outputs,
        checks=plan.checks,
        actions=plan.actions,
        complete=plan.complete,
        errored=plan.errored,
        applyable=plan.applyable,
        destroys_everything=plan.destroys_everything,
        notes=plan.notes,
        problem=stack.problem,
    )


def _grants(change: GrantChange) -> Iterator[IamOut]:
    for principal, role, resource in product(change.principals, change.roles, change.resources):
        yield IamOut(
            effect=change.effect,
            principal=principal,
            role=role,
            resource=resource,
            condition=change.condition or None,
            denied=change.denied,
            unknown=change.unknown,
            stack=change.stack,
            address=change.address,
            deposed=change.deposed,
            severity=change.severity,
            because=change.because,
        )


def _cost(change: CostChange, prices: Prices | None) -> CostOut:
    price = prices.by_address.get(change.address) if prices else None
    return CostOut(
        address=change.address,
        stack=change.stack,
        direction=change.direction,
        driver=change.driver,
        before=change.before,
        after=change.after,
        ratio=change.ratio,
        severity=change.severity,
        because=change.because,
        monthly=price.difference if price else None,
    )


def _fields(value: Struct, shape: type[Struct]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in shape.__struct_fields__}


def list_reasons(reasons: Sequence[Reason]) -> tuple[ReasonOut, ...]:
    """The verdict's tree with words for its states."""
    return tuple(
        ReasonOut(
            rule=reason.rule,
            state=reason.state.word,
            sentence=reason.sentence,
            advice=reason.advice,
            stack=reason.stack,
            address=reason.address,
            deposed=reason.deposed,
            children=list_reasons(reason.children),
        )
        for reason in reasons
    )
