"""Which concerns a change touches, and what was found about it: what people filter a long report by."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from bot.classify.cost import CostChange
from bot.classify.destructive import Deletion
from bot.findings import Concern, Finding
from bot.grant_change import GrantChange
from bot.severity import SEVERITIES, Severity

Key = tuple[str, str, str | None]  # stack, address, deposed
ORDER: tuple[Concern, ...] = ("destructive", "iam", "exposure", "cost", "protection", "naming", "scanners")


class Note(Struct, frozen=True, kw_only=True):
    """One finding in words."""

    severity: Severity
    text: str


class Concerns(Struct, frozen=True, kw_only=True):
    """What touches one change; ``notes`` come worst first, each once."""

    concerns: tuple[Concern, ...]
    notes: tuple[Note, ...]


def list_concerns(
    findings: Sequence[Finding],
    deletions: Sequence[Deletion],
    grants: Sequence[GrantChange],
    costs: Sequence[CostChange],
) -> Mapping[Key, Concerns]:
    """Changes that touch none are left out."""
    words: dict[Key, set[Concern]] = {}
    notes: dict[Key, set[tuple[Severity, str]]] = {}
    for key, concern in _list_touches(findings, deletions, grants, costs):
        words.setdefault(key, set()).add(concern)
    for finding in findings:
        if finding.severity != "info":
            text = f"{finding.title}. {finding.because}"
            notes.setdefault((finding.stack, finding.address, finding.deposed), set()).add((finding.severity, text))
    return {
        key: Concerns(concerns=tuple(c for c in ORDER if c in found), notes=_sort(notes.get(key, set())))
        for key, found in words.items()
    }


def _list_touches(
    findings: Sequence[Finding],
    deletions: Sequence[Deletion],
    grants: Sequence[GrantChange],
    costs: Sequence[CostChange],
) -> Iterator[tuple[Key, Concern]]:
    for deletion in deletions:
        yield (deletion.stack, deletion.address, deletion.deposed), "destructive"
    for grant in grants:
        yield (grant.stack, grant.address, grant.deposed), "iam"
    for cost in costs:
        yield (cost.stack, cost.address, None), "cost"
    for finding in findings:
        if finding.severity != "info":
            yield (finding.stack, finding.address, finding.deposed), finding.concern


def _sort(notes: set[tuple[Severity, str]]) -> tuple[Note, ...]:
    ordered = sorted(notes, key=lambda note: (-SEVERITIES.index(note[0]), note[1]))
    return tuple(Note(severity=severity, text=text) for severity, text in ordered)
