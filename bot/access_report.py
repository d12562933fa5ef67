"""What a comment says about permissions and exposure: rows in the order of their danger."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct

from bot.address import family
from bot.findings import Concern, Finding
from bot.grant_change import GrantChange
from bot.severity import SEVERITIES, Severity

SEVERITY_ICONS: dict[Severity, str] = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "⚪", "info": "⚪"}
LOUD: Severity = "medium"  # from here on a row is shown open; below it is folded


class GrantRow(Struct, frozen=True, kw_only=True):
    """One line of "permissions": who gains or loses what on what."""

    icon: str
    severity: Severity
    verb: str
    principals: tuple[str, ...]
    roles: tuple[str, ...]
    resources: tuple[str, ...]
    condition: str
    stack: str
    address: str
    deposed: str | None
    others: int  # more instances of the same block that say the same, or give other roles to the same
    because: str
    loud: bool


class GrantGroup(Struct, frozen=True, kw_only=True):
    """Grants of the instances of one block, where there are too many for a line each."""

    icon: str
    severity: Severity
    verb: str
    role: str
    family: str
    number: int


class NoteRow(Struct, frozen=True, kw_only=True):
    """One line about an address: a finding, or several of the same words."""

    icon: str
    severity: Severity
    stack: str
    address: str
    deposed: str | None
    title: str  # ``text`` without its reason
    text: str


class AccessReport(Struct, frozen=True, kw_only=True, dict=True):
    """``unchanged`` are addresses of changes that are about access and change no permission."""

    grants: tuple[GrantRow, ...] = ()
    notes: tuple[NoteRow, ...] = ()
    unchanged: tuple[str, ...] = ()
    exposures: tuple[NoteRow, ...] = ()
    counts: str = ""

    # Templates ask for each of these several times, and several times over: it is worked out once.
    @cached_property
    def loud(self) -> tuple[GrantRow, ...]:
        return tuple(row for row in self.grants if row.loud)

    @cached_property
    def quiet(self) -> tuple[GrantRow, ...]:
        return tuple(row for row in self.grants if not row.loud)

    @cached_property
    def severities(self) -> tuple[Severity, ...]:
        """Of what has a line of its own, the worst first."""
        told = {row.severity for row in self.loud} | {note.severity for note in self.notes}
        return tuple(word for word in reversed(SEVERITIES) if word in told)

    @cached_property
    def groups(self) -> tuple["GrantGroup", ...]:
        """Rows of one block that do the same share a line; the most dangerous first."""
        numbers = Counter((row.icon, row.severity, row.verb, row.roles[0], family(row.address)) for row in self.grants)
        return tuple(
            GrantGroup(icon=icon, severity=severity, verb=verb, role=role, family=name, number=number)
            for (icon, severity, verb, role, name), number in numbers.items()
        )

    @cached_property
    def by_severity(self) -> str:
        """``2 critical, 40 low``."""
        numbers = Counter(row.severity for row in self.grants)
        return ", ".join(f"{numbers[word]:,} {word}" for word in reversed(SEVERITIES) if numbers[word])


def build_access_report(grants: Sequence[GrantChange], findings: Sequence[Finding]) -> AccessReport:
    return AccessReport(
        grants=tuple(_row(members) for members in _alike(grants)),
        notes=_notes(findings, "iam"),
        unchanged=tuple(finding.address for finding in findings if finding.id == "iam/none"),
        exposures=_notes(findings, "exposure"),
        counts=_counts(grants),
    )


def is_loud(severity: Severity) -> bool:
    return SEVERITIES.index(severity) >= SEVERITIES.index(LOUD)


def _alike(grants: Sequence[GrantChange]) -> Iterable[list[GrantChange]]:
    """Instances of one block that differ in their roles alone share a row."""
    groups: dict[tuple[object, ...], list[GrantChange]] = {}
    for change in grants:
        same = (change.stack, family(change.address), change.verb, change.severity, change.because, change.condition)
        groups.setdefault((*same, change.principals, change.resources), []).append(change)
    return groups.values()


def _row(members: Sequence[GrantChange]) -> GrantRow:
    change = members[0]
    return GrantRow(
        icon=SEVERITY_ICONS[change.severity],
        severity=change.severity,
        verb=change.verb,
        principals=change.principals,
        roles=tuple(dict.fromkeys(role for member in members for role in member.roles)),
        resources=change.resources,
        condition=change.condition,
        stack=change.stack,
        address=change.address,
        deposed=change.deposed,
        others=len({member.address for member in members}) - 1,
        because=change.because,
        loud=is_loud(change.severity),
    )


def _notes(findings: Sequence[Finding], concern: Concern) -> tuple[NoteRow, ...]:
    """Findings of a concern that stand for themselves; gains and losses are rows of their own."""
    told = [
        finding
        for finding in findings
        if finding.concern == concern and finding.id not in ("iam/gain", "iam/lose") and is_loud(finding.severity)
    ]
    told.sort(key=lambda finding: -SEVERITIES.index(finding.severity))
    return tuple(
        NoteRow(
            icon=SEVERITY_ICONS[finding.severity],
            severity=finding.severity,
            stack=finding.stack,
            address=finding.address,
            deposed=finding.deposed,
            title=finding.title,
            text=f"{finding.title}. {finding.because}",
        )
        for finding in told
    )


def _counts(grants: Sequence[GrantChange]) -> str:
    gained = sum(len(change.principals) * len(change.roles) for change in grants if change.effect == "gain")
    lost = sum(len(change.principals) * len(change.roles) for change in grants if change.effect == "lose")
    return f"{gained:,} gained, {lost:,} lost" if grants else ""
