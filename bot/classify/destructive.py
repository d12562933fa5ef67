"""Deletions: which tier, what is really lost, what protection does, and the findings that say so.

A destroy works on the prior state, so names, protection and force flags are read from ``before``, never from the new
configuration.  Source: the "how destroy is decided" notes of the google, aws and azurerm providers.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Any, Literal

from msgspec import Struct, structs

from bot.address import family, match_glob, sort_key
from bot.catalog import Catalog, DestructiveRow, Loss, Tier
from bot.changes import Change
from bot.config import DestructiveConfig
from bot.findings import Finding
from bot.lossy_update import find_lossy_update
from bot.mask import HIDDEN, UNKNOWN
from bot.record import Stack
from bot.severity import SEVERITIES, Severity

Effect = Literal["destroys", "abandons", "blocked", "unknown"]
TIERS: tuple[Tier, ...] = ("never", "stateful", "guarded", "free")

# Attributes that make the cloud or the provider refuse the deletion while they are true in the prior state.
PROTECTIONS = (
    "deletion_protection",
    "deletion_protection_enabled",
    "enable_deletion_protection",
    "delete_protection",
    "enable_drop_protection",
    "disable_api_termination",
)
# Attributes that make a deletion go further than usual, and what they do.
FORCES = {
    "force_destroy": "goes even though it is not empty",
    "force_delete": "goes even though it is not empty",
    "delete_contents_on_destroy": "everything inside goes too",
    "skip_final_snapshot": "no final snapshot is taken",
    "delete_automated_backups": "automated backups go too",
}
# Attributes that say for how many days what is deleted can be brought back; 0 is not at all.
WINDOWS = (
    "deletion_window_in_days",
    "recovery_window_in_days",
    "soft_delete_retention_days",
    "destroy_scheduled_duration",
)
# Types that no deletion reaches: Terraform forgets the object, and its name cannot be used again.
ONLY_FORGOTTEN = ("google_kms_key_ring",)
# Reasons that another key or index brings about although nobody meant to delete anything.
REKEYED = ("delete_because_count_index", "delete_because_each_key", "delete_because_wrong_repetition")
MOVED = "another instance of its block is created: if that is the same object under a new key, a moved block keeps it"
NAMES = (
    "name bucket display_name dataset_id table_id identifier cluster_identifier cluster_name function_name "
    "repository_name account_id secret_id key_name topic id"
).split()
# Numbers and UUIDs name nothing.
MACHINE_MADE = re.compile(r"[0-9]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PLACES = ("project", "namespace", "location", "region", "zone")


class Deletion(Struct, frozen=True, kw_only=True):
    """One deletion of one stack: a change whose actions contain delete, deposed and deferred ones included.

    An update that loses data counts as well: what it takes away is as gone.
    """

    stack: str
    address: str
    deposed: str | None
    type: str
    action: Literal["delete", "replace", "update"]  # update: it loses data although nothing is deleted
    tier: Tier
    loss: Loss
    severity: Severity
    effect: Effect  # abandons: deletion_policy ABANDON; blocked: protection refuses, the apply fails half-way
    names: tuple[str, ...] = ()  # its name, "" where nobody gave one, then project, region … from the prior values
    forces: tuple[str, ...] = ()  # attributes of FORCES that are on
    reach: tuple[str, ...] = ()  # what an edit or a switch of the provider makes of it, in words
    window: int | None = None  # days in which it can be brought back; None: nothing says so
    reason: str | None = None  # action_reason, for display
    replace_paths: tuple[tuple[str | int, ...], ...] = ()
    because: str
    source: str
    deferred: bool = False


def list_deletions(stacks: Sequence[Stack], catalog: Catalog, rules: DestructiveConfig) -> tuple[Deletion, ...]:
    """Every deletion, the most dangerous first."""
    return join_deletions(deletion for stack in stacks for deletion in _of_stack(stack, catalog, rules))


def join_deletions(found: Iterable[Deletion]) -> tuple[Deletion, ...]:
    """Those of any stacks, the most dangerous first."""
    return tuple(sorted(found, key=_danger))


def find(stacks: Sequence[Stack], deletions: Sequence[Deletion]) -> tuple[Finding, ...]:
    """Findings of this concern: whole-root destroys, the deletions, forgets and abandonments."""
    return (
        *(_everything(stack) for stack in stacks if stack.plan.destroys_everything),
        *(_deletion_finding(deletion) for deletion in deletions),
        *(finding for stack in stacks for finding in _left_behind(stack)),
    )


def _danger(deletion: Deletion) -> tuple[int, int, str, Any, str]:
    severity = -SEVERITIES.index(deletion.severity)
    return (TIERS.index(deletion.tier), severity, deletion.stack, sort_key(deletion.address), deletion.deposed or "")


def _of_stack(stack: Stack, catalog: Catalog, rules: DestructiveConfig) -> Iterator[Deletion]:
    created = {family(change.address) for change in stack.plan.changes if change.kind == "create"}
    for change in stack.plan.changes:
        lossy = find_lossy_update(change, catalog.lossy_updates)
        if change.destroys:
            yield _reaching(_deletion(stack.name, change, catalog, rules, deferred=False), stack, catalog, created)
        elif lossy is not None:
            deletion = _deletion(stack.name, change, catalog, rules, deferred=False)
            yield structs.replace(
                deletion,
                action="update",
                effect="destroys",
                tier=lossy.tier or deletion.tier,
                loss=lossy.loss or deletion.loss,
                because=lossy.because,
                source=lossy.source,
            )
    for put_off in stack.plan.deferred:
        if put_off.change.destroys:
            yield _reaching(
                _deletion(stack.name, put_off.change, catalog, rules, deferred=True), stack, catalog, created
            )


def _reaching(deletion: Deletion, stack: Stack, catalog: Catalog, created: Set[str]) -> Deletion:
    """A switch of the provider that nobody wrote down stands at its default; ``created`` are blocks."""
    forcing = {path[0] for path in deletion.replace_paths if path}
    edits = [row.says for row in catalog.surprises if deletion.type in row.types and row.attribute in forcing]
    rows = [row for row in catalog.destroy_settings if deletion.type in row.types]
    reach = [row.on if stack.plan.features.get(row.setting, row.default) else row.off for row in rows]
    moved = [MOVED] if deletion.reason in REKEYED and family(deletion.address) in created else []
    final = any(row.final and stack.plan.features.get(row.setting, row.default) for row in rows)
    window = None if final else deletion.window
    return structs.replace(deletion, reach=(*edits, *moved, *reach), window=window)


def _deletion(stack: str, change: Change, catalog: Catalog, rules: DestructiveConfig, *, deferred: bool) -> Deletion:
    row = _row(change, catalog, rules)
    before = change.before if isinstance(change.before, dict) else {}
    return Deletion(
        stack=stack,
        address=change.address,
        deposed=change.deposed,
        type=change.type,
        action="replace" if change.kind == "replace" else "delete",
        tier=row.tier,
        loss=row.loss,
        severity=row.severity,
        effect=_effect(change, before, catalog),
        names=tuple(_names(before)),
        window=_window(change.type, before, catalog),
        forces=tuple(name for name in FORCES if before.get(name) is True),
        reason=change.reason,
        replace_paths=change.replace_paths,
        because=row.because,
        source=row.source,
        deferred=deferred,
    )


def _row(change: Change, catalog: Catalog, rules: DestructiveConfig) -> DestructiveRow:
    """The catalog's row, then the user's own rows, then the user's tiers; the last that matches wins."""
    row = catalog.row_for(change.type)
    for own in rules.types:
        row = own if match_glob(own.type, change.type) else row
    for rule in rules.tiers:
        if match_glob(rule.match, change.address if "." in rule.match else change.type):
            row = structs.replace(row, tier=rule.tier, because=rule.because or row.because)
    return row


def _effect(change: Change, before: dict[str, Any], catalog: Catalog) -> Effect:
    if change.type in ONLY_FORGOTTEN:
        return "abandons"
    policy = before.get("deletion_policy")
    if policy is None and "deletion_policy" in before:
        policy = catalog.deletion_policy_default.get(change.type)
    if policy in ("ABANDON", "PREVENT") and change.type.startswith("google_"):
        return "abandons" if policy == "ABANDON" else "blocked"
    states = [_protection(name, change.type, before, catalog) for name in PROTECTIONS if name in before]
    if True in states:
        return "blocked"
    return "unknown" if None in states else "destroys"


def _protection(name: str, type_: str, before: dict[str, Any], catalog: Catalog) -> bool | None:
    """Is the protection on?  None: the value is hidden."""
    value = before[name]
    if value in (HIDDEN, UNKNOWN):
        return None
    if value is None:
        return name == "deletion_protection" and type_ in catalog.deletion_protection_default
    return value is True


def _window(type_: str, before: dict[str, Any], catalog: Catalog) -> int | None:
    told = next((before[name] for name in WINDOWS if before.get(name) is not None), None)
    if told is None:
        return catalog.recovery_days_default.get(type_)
    if isinstance(told, str) and told.removesuffix("s").isdecimal():
        return int(told.removesuffix("s")) // 86_400
    return told if type(told) is int else None


def _names(before: dict[str, Any]) -> Iterator[str]:
    metadata = before.get("metadata")
    inner = metadata[0] if isinstance(metadata, list) and metadata and isinstance(metadata[0], dict) else {}
    values = {**before, **inner}
    yield next((name for name in _shown(values, NAMES) if not MACHINE_MADE.fullmatch(name)), "")
    yield from _shown(values, PLACES)


def _shown(values: dict[str, Any], keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        value = values.get(key)
        if isinstance(value, str) and 0 < len(value) <= 200 and HIDDEN not in value and value != UNKNOWN:
            yield value


def _deletion_finding(deletion: Deletion) -> Finding:
    slug = {"data": "data-loss", "identity": "identity-loss", "outage": "outage"}.get(deletion.loss, "deletion")
    title = {"abandons": "is left behind, unmanaged", "blocked": "is protected: the apply will fail"}
    does = {"replace": "is replaced", "update": "loses data by an update"}.get(deletion.action, "is destroyed")
    return Finding(
        id=f"destructive/{slug}",
        concern="destructive",
        severity="medium" if deletion.effect == "abandons" else deletion.severity,
        confidence="low" if deletion.source == "no row in the catalog" else "high",
        stack=deletion.stack,
        address=deletion.address,
        deposed=deletion.deposed,
        title=title.get(deletion.effect, does),
        because=deletion.because,
        source=deletion.source,
    )


def _everything(stack: Stack) -> Finding:
    return Finding(
        id="destructive/everything",
        concern="destructive",
        severity="critical",
        stack=stack.name,
        address="",
        title="the whole stack is destroyed",
        because="Every managed object of this root is deleted and nothing stays or comes.",
        source="the plan itself",
    )


def _left_behind(stack: Stack) -> Iterator[Finding]:
    for change in stack.plan.changes:
        if "forget" in change.actions:
            yield Finding(
                id="destructive/forget",
                concern="destructive",
                severity="medium",
                stack=stack.name,
                address=change.address,
                deposed=change.deposed,
                title="is left behind, unmanaged",
                because="Terraform forgets the object: it goes on existing, and costing, but nobody manages it.",
                source="hashicorp/terraform, removed block with destroy = false",
            )
