"""Grants, and denials, that one resource of a plan makes while another, which is deleted, takes them.

In sum nothing changes.  But no plan says which of the two is applied last, and clouds know one grant only: where the
deletion comes last, it is gone.  So it needs as close a look as it would without the deletion.
"""

from collections.abc import Iterator, Mapping, Sequence, Set

from bot.access.danger import judge_gain
from bot.access.gather import Touched
from bot.catalog.iam import AccessCatalog
from bot.findings import Finding
from bot.grant import Grant, subtract
from bot.severity import SEVERITIES
from bot.value import fingerprint


def find(
    stack: str, touched: Sequence[Touched], moving: Set[Grant], catalog: AccessCatalog, accounts: Set[str]
) -> Iterator[Finding]:
    """``moving`` are the grants that are gained or lost: those are told already."""
    taken = {grant: one for one in touched if one.change.kind == "delete" for grant in one.before.grants}
    given = [(one, _list_given(one, moving)) for one in touched] if taken else []
    apart = {*subtract([grant for _, grants in given for grant in grants], list(taken))}
    for one, grants in given:
        crossing = [grant for grant in grants if grant not in apart]
        if crossing:
            yield _finding(stack, one, crossing, taken, catalog, accounts)


def _list_given(touched: Touched, moving: Set[Grant]) -> list[Grant]:
    before = {*touched.before.grants}
    return [grant for grant in touched.after.grants if grant not in before and grant not in moving]


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
