"""Access that attributes say outright: one grant for each principal, role and resource."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from bot.access.reading import Reading
from bot.access.side import Side, fill_all, split_path
from bot.catalog.iam import AccessRow
from bot.condition import ALWAYS, Condition, Test
from bot.grant import Grant
from bot.mask import HIDDEN, UNKNOWN
from bot.pattern import only

# Google lower-cases these kinds of members before it compares; principal:// and principalSet:// are exact.
# Source: hashicorp/terraform-provider-google, tpgiamresource.
CASELESS = {"user": "user", "group": "group", "serviceaccount": "serviceAccount", "domain": "domain"}
LEGACY_BIGQUERY = {
    "OWNER": "roles/bigquery.dataOwner",
    "WRITER": "roles/bigquery.dataEditor",
    "READER": "roles/bigquery.dataViewer",
}


def read_grants(side: Side, row: AccessRow) -> Reading:
    """Rows of the form ``grant``."""
    return Reading(tuple(grant for block in side.blocks(row.each) for grant in _of_block(side, block, row)))


def _of_block(side: Side, block: Any, row: AccessRow) -> Iterator[Grant]:
    # Whom and what we know counts even where it is not said on what: silence would look like no change.
    resources = fill_all(row.resource, side, block, row) or [side.change.address]
    condition = _condition(side, block, row)
    for principal in fill_all(row.principal, side, block, row):
        for role in fill_all(row.role, side, block, row):
            for resource in resources:
                yield Grant(
                    principal=only(normal_member(principal)),
                    role=only(LEGACY_BIGQUERY.get(role, role) if "bigquery" in side.change.type else role),
                    resource=only(resource),
                    condition=condition,
                    deny=row.deny,
                    wild=row.wild,
                    holder=f"{principal} {resource}" if row.wild else "",
                )


def _condition(side: Side, block: Any, row: AccessRow) -> Condition:
    tests = (Test("", "", (text,)) for text in fill_all(row.condition, side, block, row))
    return Condition(tuple(sorted(tests))) if row.condition else ALWAYS


def normal_member(member: str) -> str:
    """A Google member as Google compares it."""
    kind, colon, name = member.partition(":")
    if kind.lower() not in CASELESS or not colon or UNKNOWN in member:
        return member
    return f"{CASELESS[kind.lower()]}:{name.lower()}"


def read_role_entities(side: Side, row: AccessRow) -> Reading:
    """``ROLE:entity`` texts of a storage access list; the entity may hold colons."""
    grants = []
    for resource in fill_all(row.resource, side, side.values, row):
        for text in fill_all(row.role, side, side.values, row):
            role, _, entity = text.partition(":")
            grants.append(Grant(principal=only(entity or text), role=only(role), resource=only(resource)))
    return Reading(tuple(grants))


def read_runtime(side: Side, row: AccessRow) -> Reading:
    """Which identity a workload runs as: whoever can change the workload acts as it."""
    by_step = _by_first_step(row.attributes)
    # Mostly none of very many paths, and the few in the order of the row.
    there = [path for _, path in sorted(one for step in by_step.keys() & side.values.keys() for one in by_step[step])]
    found = dict.fromkeys(text for path in there for text in _identities(side, path, row))
    grants = (Grant(principal=only(side.change.address), role=only("acts as"), resource=only(text)) for text in found)
    return Reading(tuple(grants))


@lru_cache(maxsize=256)
def _by_first_step(paths: tuple[str, ...]) -> Mapping[str, list[tuple[int, str]]]:
    """First step -> the paths that begin with it, each with its number."""
    found: dict[str, list[tuple[int, str]]] = {}
    for numbered in enumerate(paths):
        found.setdefault(split_path(numbered[1])[0], []).append(numbered)
    return found


def _identities(side: Side, path: str, row: AccessRow) -> Iterator[str]:
    for block in side.blocks(path):
        if isinstance(block, dict):
            yield from (text for name in ("email", "service_account") for text in side.texts(name, block, row))
        elif isinstance(block, str) and block not in ("", UNKNOWN, HIDDEN):
            yield block
        elif block == UNKNOWN and side.is_set(path):
            yield f"{', '.join(side.refers_to(path)[:3])} {UNKNOWN}".strip()
