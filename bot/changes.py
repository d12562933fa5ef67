"""A plan's changes with every secret already hidden: ``list_changes(plan)`` gives a ChangeSet.

Raw values never leave this module.  In ``before`` and ``after`` a hidden leaf is the text ``mask.HIDDEN`` and a
leaf that Terraform knows only after apply is the text ``mask.UNKNOWN``; a plan that holds those very words as values
only makes a rule say "cannot tell", never "harmless".
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Any, TypeAlias

from msgspec import UNSET, Struct, structs

from bot.address import family, sort_key
from bot.censor import PlanCensor, build_censor
from bot.checks import Check, list_checks
from bot.config import SecretsConfig
from bot.difference import AttributeChange, Path
from bot.kind import Counts, Kind, kind_of
from bot.mask import HIDDEN, UNKNOWN, Secret, Unknown, conceal, reveal_nothing
from bot.mirror import list_mirrors
from bot.plan import (
    NULL,
    Plan,
    WireAction,
    WireDeferred,
    WireRow,
    decode_name,
    decode_value,
)
from bot.references import list_features, list_references
from bot.secret_scan import build_secret_scan
from bot.sides import Comparer, conceal_change, has_masks
from bot.source import Source, read_source

Watch: TypeAlias = Callable[[Sequence[WireRow]], Iterable[WireRow]]  # gives the rows it got, one after another
NO_MASKS = "This plan does not say which values are sensitive (Terraform before 0.15), so only names are shown."


class Change(Struct, frozen=True, kw_only=True):
    """One row that does something.  Key: (``address``, ``deposed``)."""

    address: str
    deposed: str | None = None
    mode: str = "managed"  # managed | data | ephemeral
    type: str
    name: str
    provider: str  # full source address, e.g. registry.terraform.io/hashicorp/aws
    module: str = ""  # "" is the root module
    kind: Kind
    actions: tuple[str, ...]
    badges: tuple[str, ...] = ()
    # badges: moved, imported, deposed, forgets-old, create-before-destroy, recreated, sensitivity-only
    previous_address: str | None = None
    reason: str | None = None  # action_reason: for display and hints, never for decisions
    import_id: str | None = None
    generated_config: str = ""
    before: Any = None
    after: Any = None
    attributes: tuple[AttributeChange, ...] = ()
    replace_paths: tuple[Path, ...] = ()
    references: dict[str, tuple[str, ...]] | None = None
    # dotted path of an argument the configuration sets -> what it refers to; None: the configuration is not known
    mirrors: dict[str, str] = {}  # of drift: an attribute that only repeats another object -> the address of that one

    @property
    def destroys(self) -> bool:
        """True for a delete and for both replace orders, deposed objects included."""
        return "delete" in self.actions


class Deferred(Struct, frozen=True, kw_only=True):
    """A change Terraform put off to a later plan, and why."""

    change: Change
    reason: str


class OutputChange(Struct, frozen=True, kw_only=True):
    name: str
    kind: Kind
    before: Any = None
    after: Any = None
    secret: bool = False
    unknown: bool = False


class ActionInvocation(Struct, frozen=True, kw_only=True):
    """A provider side effect the plan invokes; ``trigger`` says when, ``deferred_reason`` why it is put off."""

    address: str
    type: str
    provider: str
    trigger: str = ""
    config: Any = None
    deferred_reason: str | None = None


class ChangeSet(Struct, frozen=True, kw_only=True):
    """Everything one plan would do.  ``changes`` leaves out plain no-ops; they are in ``counts.no_op``."""

    terraform_version: str = ""
    format_version: str = ""
    timestamp: str = ""
    counts: Counts = Counts()
    changes: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    checks: tuple[Check, ...] = ()
    actions: tuple[ActionInvocation, ...] = ()
    errored: bool | None = None
    complete: bool | None = None
    applyable: bool | None = None
    destroys_everything: bool = False  # every managed object of the root is deleted and nothing stays or comes
    notes: tuple[str, ...] = ()  # what a reader must know about the document, one sentence each
    features: dict[str, bool] = {}  # switches of the azurerm provider, e.g. key_vault.purge_soft_delete_on_destroy


def list_changes(plan: Plan, secrets: SecretsConfig | None = None, watch: Watch = iter) -> ChangeSet:
    """Classify every row of a plan and hide its secrets; ``watch`` sees how it gets on.

    Raises UntrustedPlan for values that no Terraform writes, BadConfig for a bad pattern in ``secrets``.
    """
    secrets = secrets or SecretsConfig()
    scan = build_secret_scan(secrets.names, secrets.patterns, secrets.allow)
    idle, active = _split(plan.resource_changes or ())
    source = read_source(plan, {family(row.address) for row in active}, scan)
    censor = build_censor(plan, source.secrets, scan)
    comparer = Comparer(censor)
    references = _references(source, censor)
    rows = [_change(row, comparer, references.get(family(row.address))) for row in watch(active)]
    drift = _drift(plan, comparer)
    deferred = tuple(_deferred(wire, comparer) for wire in plan.deferred_changes or ())
    recreated = {change.address for change in drift if change.kind == "delete"}
    return ChangeSet(
        terraform_version=censor.text(plan.terraform_version),
        format_version=plan.format_version,
        timestamp=censor.text(plan.timestamp),
        counts=_count(rows, idle.total()),
        changes=_distinct(_mark_recreated(row, recreated) for row in rows if row.kind != "no_op"),
        drift=_distinct(change for change in drift if change.kind != "no_op"),
        deferred=deferred,
        outputs=tuple(_outputs(plan, censor)),
        checks=list_checks(plan.checks, censor.text),
        actions=tuple(_actions(plan, censor)),
        errored=plan.errored,
        complete=plan.complete,
        applyable=plan.applyable,
        destroys_everything=_destroys_everything(rows) and not deferred and not idle["managed"],
        notes=tuple(_notes(plan)),
        features={censor.text(path): on for path, on in list_features(source.providers).items()},
    )


def _split(rows: Iterable[WireRow]) -> tuple[Counter[str], list[WireRow]]:
    """How many rows stay as they are, by mode, and the others; most rows of most plans cost nothing further."""
    idle: list[str] = []
    active: list[WireRow] = []
    for row in rows:
        change = row.change
        stays = change.actions == ("no-op",) and row.previous_address is None and change.importing is NULL
        if stays:
            idle.append(row.mode)
        else:
            active.append(row)
    return Counter(idle), active


def _change(row: WireRow, comparer: Comparer, references: dict[str, tuple[str, ...]] | None = None) -> Change:
    change, censor = row.change, comparer.censor
    importing = decode_value(change.importing)
    imported = isinstance(importing, dict)
    kind = kind_of(change.actions, moved=row.previous_address is not None, imported=imported)
    if kind == "no_op":  # never shown, so never decoded
        return Change(
            address=row.address, mode=row.mode, type=row.type, name="", provider="", kind=kind, actions=change.actions
        )
    compared = comparer.compare(change)
    return Change(
        address=censor.address(row.address or f"{row.type}.{row.name}"),
        deposed=_deposed(row),
        mode=row.mode,
        type=row.type,
        name=censor.text(row.name),
        provider=decode_name(row.provider_name),
        module=censor.address(decode_name(row.module_address)),
        kind=kind,
        actions=change.actions if kind != "unknown" else tuple(censor.text(word) for word in change.actions),
        badges=tuple(_badges(row, kind, imported=imported, attributes=compared.attributes)),
        previous_address=None if row.previous_address is None else censor.address(row.previous_address),
        reason=None if row.action_reason is None else censor.text(row.action_reason),
        import_id=_import_id(importing, censor),
        generated_config=censor.text(change.generated_config),
        before=compared.before,
        after=compared.after,
        attributes=compared.attributes,
        replace_paths=compared.replace_paths,
        references=references,
    )


def _drift(plan: Plan, comparer: Comparer) -> list[Change]:
    mirrors, censor = list_mirrors(plan), comparer.censor
    return [
        structs.replace(
            _change(row, comparer),
            mirrors={censor.text(n): censor.address(a) for n, a in mirrors.get(row.address, {}).items()},
        )
        for row in plan.resource_drift or ()
    ]


def _references(source: Source, censor: PlanCensor) -> dict[str, dict[str, tuple[str, ...]]]:
    """See references.list_references; a key written into the source may hold a secret as well."""
    return {
        address: {path: tuple(map(censor.text, told)) for path, told in arguments.items()}
        for address, arguments in list_references(source).items()
    }


def _deferred(wire: WireDeferred, comparer: Comparer) -> Deferred:
    change, censor = _change(wire.resource_change, comparer), comparer.censor
    shown = structs.replace(change, address=censor.address(change.address))  # no-ops are not scrubbed elsewhere
    return Deferred(change=shown, reason=censor.text(wire.reason))


def _deposed(row: WireRow) -> str | None:
    """Terraform 0.12 wrote ``true`` in place of the key."""
    return "unknown" if row.deposed is True else row.deposed or None


def _badges(row: WireRow, kind: Kind, *, imported: bool, attributes: Sequence[AttributeChange]) -> Iterator[str]:
    actions = row.change.actions
    facts = {
        "moved": row.previous_address is not None,
        "imported": imported,
        "deposed": bool(row.deposed),
        "forgets-old": "forget" in actions and "create" in actions,
        "create-before-destroy": actions == ("create", "delete"),
        "sensitivity-only": kind == "update"
        and bool(attributes)
        and all(change.note == "sensitivity" for change in attributes),
    }
    yield from (badge for badge, holds in facts.items() if holds)


def _import_id(importing: Any, censor: PlanCensor) -> str | None:
    if not isinstance(importing, dict):
        return None
    identity = importing.get("identity")
    told = importing.get("id") or (json.dumps(identity, default=str) if identity else "")
    return censor.text(str(told)) if told else UNKNOWN


def _mark_recreated(change: Change, deleted_outside: Set[str]) -> Change:
    """Somebody deleted the object outside Terraform, and this plan makes it again."""
    if change.kind != "create" or change.address not in deleted_outside:
        return change
    return structs.replace(change, badges=(*change.badges, "recreated"))


def _distinct(changes: Iterable[Change]) -> tuple[Change, ...]:
    """In an order of their own: what is shown first, and what there is no room for, must not hang on that of the plan.

    Hiding a secret key may make two addresses one: number them, because the address is the identity.
    """
    seen: dict[tuple[str, str | None], int] = {}
    distinct = []
    for change in sorted(changes, key=_place):
        key = (change.address, change.deposed)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1 and HIDDEN in change.address:
            change = structs.replace(change, address=f"{change.address} #{seen[key]}")
        distinct.append(change)
    return tuple(distinct)


def _place(change: Change) -> tuple[Any, ...]:
    """Data sources first within a module, as Terraform sorts them."""
    return (change.module, change.mode != "data", sort_key(change.address), change.deposed or "")


def _count(rows: Sequence[Change], idle: int) -> Counts:
    kinds = Counter(row.kind for row in rows)
    return Counts(
        create=kinds["create"],
        update=kinds["update"],
        replace=kinds["replace"],
        delete=kinds["delete"],
        forget=sum("forget" in row.actions for row in rows),
        move=sum("moved" in row.badges for row in rows),
        import_=sum("imported" in row.badges for row in rows),
        read=kinds["read"],
        no_op=idle + sum(row.actions == ("no-op",) for row in rows),
        unknown=kinds["unknown"],
    )


def _destroys_everything(rows: Sequence[Change]) -> bool:
    managed = [row for row in rows if row.mode == "managed"]
    leaving = all(row.kind in ("delete", "forget") for row in managed)
    return leaving and any(row.kind == "delete" and row.deposed is None for row in managed)


def _outputs(plan: Plan, censor: PlanCensor) -> Iterator[OutputChange]:
    for name, change in sorted((plan.output_changes or {}).items()):
        kind = kind_of(change.actions, moved=False, imported=False)
        if kind == "no_op":
            continue
        before, after, *shown = conceal_change(change, censor)
        hidden = any(isinstance(side, Secret) and side.whole for side in (before, after))
        yield OutputChange(
            name=censor.text(name),
            kind=kind,
            before=None if hidden else shown[0],
            after=None if hidden or isinstance(after, Unknown) else shown[1],
            secret=hidden,
            unknown=isinstance(after, Unknown) or (isinstance(after, Secret) and after.unknown),
        )


def _actions(plan: Plan, censor: PlanCensor) -> Iterator[ActionInvocation]:
    for action in plan.action_invocations or ():
        yield _action(action, None, censor)
    for deferred in plan.deferred_action_invocations or ():
        yield _action(deferred.action_invocation, deferred.reason, censor)


def _action(action: WireAction, reason: str | None, censor: PlanCensor) -> ActionInvocation:
    marks, unknown = decode_value(action.config_sensitive) or False, decode_value(action.config_unknown) or False
    return ActionInvocation(
        address=censor.address(action.address),
        type=action.type,
        provider=action.provider_name,
        trigger=_trigger(action, censor),
        config=reveal_nothing(conceal(decode_value(action.config_values), marks, False, unknown, censor)),
        deferred_reason=reason,
    )


def _trigger(action: WireAction, censor: PlanCensor) -> str:
    trigger = decode_value(action.lifecycle_action_trigger)
    if not isinstance(trigger, dict):
        return "by request (-invoke)" if decode_value(action.invoke_action_trigger) is not None else ""
    address = censor.address(str(trigger.get("triggering_resource_address", "")))
    return censor.text(f"{trigger.get('action_trigger_event', '')} of ") + address


def _notes(plan: Plan) -> Iterator[str]:
    changes = (row.change for row in plan.resource_changes or ())
    suspects = (c for c in changes if c.before_sensitive is UNSET or c.after_sensitive is UNSET)
    if any(not has_masks(change) for change in suspects):
        yield NO_MASKS
    if plan.resource_changes is None:
        yield "The plan lists no resources at all: an empty configuration, only outputs, or a refresh-only plan."
