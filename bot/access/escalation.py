"""Actions of AWS that only together let their holder become somebody more powerful."""

from collections.abc import Iterator, Mapping

from bot.access.danger import is_wide
from bot.access.gather import Touched
from bot.catalog.iam import AccessCatalog
from bot.findings import Finding
from bot.grant import Grant, effective
from bot.pattern import only
from bot.value import fingerprint
from bot.wording import plural


def list_escalations(
    stack: str, before: Mapping[Grant, Touched], after: Mapping[Grant, Touched], catalog: AccessCatalog
) -> Iterator[Finding]:
    """A finding for each path that an identity's policies complete now and did not complete before."""
    had, has = _by_holder(before), _by_holder(after)
    for holder, grants in has.items():
        paths = _complete(grants, catalog) - _complete(had.get(holder, []), catalog)
        if not paths:
            continue
        wanted = sorted({action for _, actions in paths for action in actions})
        yield Finding(
            id="iam/escalation",
            concern="iam",
            severity="high",
            stack=stack,
            address=after[grants[0]].change.address,
            title=f"{grants[0].principal} can raise its own rights, in {plural(len(paths), 'known way')}",
            because=f"It may do {', '.join(wanted[:6])}{' and more' if len(wanted) > 6 else ''} on everything.",
            source="DataDog/pathfinding.cloud 84dd65c",
            fingerprints=tuple(fingerprint(str(grants[0].principal), *path) for path in sorted(paths)),
        )


def _by_holder(origins: Mapping[Grant, Touched]) -> dict[str, list[Grant]]:
    """Grants of identities' own policies; in a resource's policy the principal is somebody else."""
    found: dict[str, list[Grant]] = {}
    for grant in effective(list(origins)):
        own = grant.wild and not grant.deny and bool(origins[grant].row.principal)
        if own and is_wide(grant.resource) and not grant.condition.tests:
            found.setdefault(str(grant.principal), []).append(grant)
    return found


def _complete(grants: list[Grant], catalog: AccessCatalog) -> set[tuple[str, tuple[str, ...]]]:
    if any(grant.role.everything for grant in grants):
        return set()  # every action is its own, louder finding
    return {
        (path.id, path.requires)
        for path in catalog.roles.escalation
        if all(any(grant.role.covers(only(action.lower())) for grant in grants) for action in path.requires)
    }
