"""Grants, and denials, that one resource of a plan makes while another, which is deleted, takes them.

In sum nothing changes.  But no plan says which of the two is applied last, and clouds know one grant only: where the
deletion comes last, it is gone.  So it needs as close a look as it would without the deletion.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from bot.access.danger import judge_gain
from bot.access.gather import Touched
from bot.catalog.iam import AccessCatalog
from bot.findings import Finding
from bot.grant import NOBODY, Grant, Grants
from bot.severity import SEVERITIES
from bot.value import fingerprint


def find(
    stack: str, touched: Sequence[Touched], moving: Set[Grant], catalog: AccessCatalog, accounts: Set[str]
) -> Iterator[Finding]:
    """``moving`` are the grants that are gained or lost: those are told already."""
    taken = {grant: one for one in touched if one.change.kind == "delete" for grant in one.before.grants}
    wide = _by_holder(taken)
    for one in touched:
        before = {*one.before.grants}
        given = [grant for grant in one.after.grants if grant not in before and grant not in moving]
        crossing = [grant for grant in given if grant in taken or (grant.wild and _among(wide, grant))]
        if crossing:
            yield _finding(stack, one, crossing, taken, catalog, accounts)


def _by_holder(taken: Iterable[Grant]) -> dict[tuple[str, bool], Grants]:
    found: dict[tuple[str, bool], Grants] = {}
    for grant in taken:
        if grant.wild and not grant.unknown and not grant.hidden:
            found.setdefault((grant.holder, grant.deny), Grants()).add(grant)
    return found


def _among(wide: Mapping[tuple[str, bool], Grants], grant: Grant) -> bool:
    return wide.get((grant.holder, grant.deny), NOBODY).include(grant)


def _finding(
    stack: str,
    touched: Touched,
    grants: Sequence[Grant],
    taken: Mapping[Grant, Touched],
    catalog: AccessCatalog,
    accounts: Set[str],
) -> Finding:
    dangers = [(judge_gain(grant, touched.row, touched.change.type, catalog, accounts), grant) for grant in grants]
    danger, worst = max(dangers, key=lambda pair: SEVERITIES.index(pair[0].severity))
    text = (
        f"Because of {taken[worst].change.address if worst in taken else 'another resource'}, which is deleted, "
        f"{worst.principal} {'is denied' if worst.deny else 'has'} {worst.role} on {worst.resource}: what is applied "
        f"last decides whether that stays. {danger.because}"
    )
    return Finding(
        id="iam/crossing",
        concern="iam",
        severity=danger.severity,
        confidence="high",
        stack=stack,
        address=touched.change.address,
        deposed=touched.change.deposed,
        title="may be undone by a deletion",
        because=text,
        source="the plan itself",
        fingerprints=tuple(sorted(fingerprint(str(grant)) for grant in grants)),
    )
