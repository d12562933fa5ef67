"""The drift of all stacks for the terminal, for machines, and for the summary of the step."""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from bot.difference import AttributeChange
from bot.drift import Drift, Item, Planned, StackDrift, What, Word
from bot.drift_config import Accepted
from bot.drift_issue import Seen
from bot.drift_render import render_drift
from bot.drift_report import build_drift_report, tell_title
from bot.environment import EnvironmentName
from bot.kind import Kind
from bot.markdown import one_line
from bot.report import Origin
from bot.severity import Severity

MOST_LINES = 200  # objects of one stack in the terminal
MOST_SUMMARY = 1_000_000  # bytes; a step may write 1 MiB
_ENCODER = msgspec.json.Encoder(decimal_format="number")
ICONS: dict[Word, str] = {"clean": "✅", "drifted": "🌊", "unknown": "❓"}


class DriftRow(Struct, frozen=True, kw_only=True):
    """One object.  ``attributes`` go from what the state says to what is really there."""

    address: str
    deposed: str | None
    type: str
    kind: Kind
    what: tuple[What, ...]
    severity: Severity
    notes: tuple[str, ...]
    planned: Planned
    attributes: tuple[AttributeChange, ...]
    accepted: tuple[Accepted, ...]


class PendingRow(Struct, frozen=True, kw_only=True):
    address: str
    deposed: str | None
    kind: Kind


class DriftStack(Struct, frozen=True, kw_only=True):
    """``drift`` is the word clean, drifted or unknown, ``doubt`` why it is unknown."""

    name: str
    drift: Word
    doubt: str
    changed: tuple[DriftRow, ...]
    accepted: tuple[DriftRow, ...]
    noise: tuple[DriftRow, ...]
    pending: tuple[PendingRow, ...]
    outputs: tuple[str, ...]


class DriftDocument(Struct, frozen=True, kw_only=True):
    """The report of `drift --format json`, version 1."""

    version: int
    environment: EnvironmentName
    stacks: tuple[DriftStack, ...]
    unused: tuple[Accepted, ...]


def export_drift(drift: Drift) -> bytes:
    stacks = tuple(_stack(stack) for stack in drift.stacks)
    document = DriftDocument(version=1, environment=drift.environment, stacks=stacks, unused=drift.unused)
    return msgspec.json.format(_ENCODER.encode(document), indent=2) + b"\n"


def _stack(stack: StackDrift) -> DriftStack:
    return DriftStack(
        name=stack.name,
        drift=stack.word,
        doubt=stack.doubt,
        changed=tuple(_row(item) for item in stack.items),
        accepted=tuple(_row(item) for item in stack.accepted),
        noise=tuple(_row(item) for item in stack.noise),
        pending=tuple(PendingRow(address=c.address, deposed=c.deposed, kind=c.kind) for c in stack.pending),
        outputs=stack.outputs,
    )


def _row(item: Item) -> DriftRow:
    change = item.change
    return DriftRow(
        address=change.address,
        deposed=change.deposed,
        type=change.type,
        kind=change.kind,
        what=item.whats,
        severity=item.severity,
        notes=tuple(f"{note.title}. {note.because}" for note in item.notes),
        planned=item.planned,
        attributes=change.attributes,
        accepted=item.accepted,
    )


def format_drift(drift: Drift) -> str:
    """Plain text; whatever a plan wrote in it is on one line and visible."""
    lines = [line for stack in drift.stacks for line in _lines(stack, drift.environment.upper())]
    lines += [f"  settings: {entry.match} until {entry.until} accepts nothing that is there" for entry in drift.unused]
    return "".join(f"{one_line(line)}\n" for line in lines)


def _lines(stack: StackDrift, environment: str) -> Iterator[str]:
    yield f"{ICONS[stack.word]} {tell_title(stack, environment)}"
    if stack.doubt:
        yield f"  unknown: {stack.doubt} -> {stack.advice}"
    for item in stack.items[:MOST_LINES]:
        yield f"  {item.what}: {_place(item)}{_said(item)}"
        for entry in item.expired:
            yield f"    no longer accepted: {entry.owner} answered for it until {entry.until}"
    if len(stack.items) > MOST_LINES:
        yield f"  … and {len(stack.items) - MOST_LINES:,} more"
    for item in stack.accepted[:MOST_LINES]:
        entry = item.accepted[0]
        yield f"  accepted: {_place(item)} by {entry.owner} until {entry.until}"
    if stack.noise:
        yield f"  noise: {len(stack.noise):,}"
    if stack.pending or stack.outputs:
        yield f"  not applied yet, and no drift: {len(stack.pending) + len(stack.outputs):,}"


def _place(item: Item) -> str:
    return item.change.address + (f" (deposed {item.change.deposed})" if item.change.deposed else "")


def _said(item: Item) -> str:
    if not item.notes:
        return ""
    worst = max(item.notes, key=lambda note: note.severity == item.severity)
    return f" — {worst.severity}: {worst.title}"


def format_drift_markdown(drift: Drift, origin: Origin, templates: Mapping[str, str], budget: int) -> str:
    """All stacks, one below the other; each has the same share of ``budget`` bytes."""
    share = budget // max(1, len(drift.stacks))
    parts = (
        render_drift(build_drift_report(stack, drift, Seen(first=""), origin), templates, share)
        for stack in drift.stacks
    )
    return "\n".join(parts)
