"""What of a plan counts when two plans are compared: what is done to which object, and with which values.

Left out is what changes without anybody changing anything: reads, values known only after apply, the order of list
elements, and the paths that the settings call volatile.  Only values are left out, never a row, an action or what an
object that goes away was.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from bot.address import match_glob
from bot.changes import Change, ChangeSet, OutputChange
from bot.config import VolatileRule
from bot.difference import AttributeChange, Path
from bot.value import canonical, same

Key: TypeAlias = tuple[str, str | None, bool]  # address, deposed key, put off to a later plan


class Row(Struct, frozen=True, kw_only=True):
    """One change with what of it counts."""

    key: Key
    change: Change
    essence: dict[str, Any]


def list_rows(plan: ChangeSet, volatile: Sequence[VolatileRule] = ()) -> Iterator[Row]:
    """Every change that counts, deferred ones as well."""
    for change in plan.changes:
        if change.kind != "read":
            key = (change.address, change.deposed, False)
            yield Row(key=key, change=change, essence=_essence(change, volatile))
    for put_off in plan.deferred:
        change = put_off.change
        essence = {**_essence(change, volatile), "deferred": True}
        yield Row(key=(change.address, change.deposed, True), change=change, essence=essence)


def output_essence(output: OutputChange) -> dict[str, Any]:
    values = {} if output.unknown else {"before": _sorted(output.before), "after": _sorted(output.after)}
    return {"name": output.name, "kind": output.kind, "secret": output.secret, "unknown": output.unknown, **values}


def _essence(change: Change, volatile: Sequence[VolatileRule]) -> dict[str, Any]:
    comes = change.kind not in ("delete", "forget")  # of what only goes away everything counts
    globs = [path for rule in volatile if comes and _fits(rule, change) for path in rule.paths]
    attributes = [_attribute(one, globs) for one in change.attributes]
    replaced = {"object": _object_id(change)} if comes and change.destroys else {}
    return {
        "address": change.address,
        "deposed": change.deposed,
        "actions": list(change.actions),
        "badges": list(change.badges),
        "previous_address": change.previous_address,
        "import_id": change.import_id,
        "attributes": sorted((one for one in attributes if one is not None), key=canonical),
        **replaced,
    }


def _object_id(change: Change) -> Any:
    return change.before.get("id") if isinstance(change.before, dict) else None


def _fits(rule: VolatileRule, change: Change) -> bool:
    return match_glob(rule.match, change.address if "." in rule.match else change.type)


def _attribute(one: AttributeChange, globs: Sequence[str]) -> dict[str, Any] | None:
    """None for an attribute that does not count."""
    if one.unknown or (globs and _is_volatile(one.path, globs)):
        return None
    before, after = one.before, one.after
    if globs:
        before, after = _sorted(_prune(before, one.path, globs)), _sorted(_prune(after, one.path, globs))
        if same(before, after) and not same(one.before, one.after):
            return None  # nothing but volatile values differs
    return {
        "path": _place(one),
        "forces_replacement": one.forces_replacement,
        "before": _sorted(before),
        "after": _sorted(after),
        "secret": one.secret,
        "note": one.note,
    }


def _place(one: AttributeChange) -> list[str | int]:
    """An element that is known by its identity is the same one wherever it stands in its list."""
    if not one.item or sum(isinstance(part, int) for part in one.path) != 1:
        return list(one.path)
    return [f"[{one.item}]" if isinstance(part, int) else part for part in one.path]


def _is_volatile(path: Path, globs: Sequence[str]) -> bool:
    """Is the path, or one it lies below, volatile?"""
    return any(match_glob(glob, ".".join(map(str, path[:end]))) for end in range(1, len(path) + 1) for glob in globs)


def _prune(value: Any, path: Path, globs: Sequence[str]) -> Any:
    """The value without what is volatile inside it."""
    if not globs:
        return value
    if isinstance(value, dict):
        inside = {key: (item, (*path, key)) for key, item in value.items()}
        return {
            key: _prune(item, place, globs) for key, (item, place) in inside.items() if not _is_volatile(place, globs)
        }
    if isinstance(value, list):
        places = [(item, (*path, index)) for index, item in enumerate(value)]
        return [_prune(item, place, globs) for item, place in places if not _is_volatile(place, globs)]
    return value


def _sorted(value: Any) -> Any:
    """Lists in one order: a plan does not say which of them are sets."""
    kind = type(value)
    if kind is dict:
        return {key: _sorted(item) for key, item in value.items()}
    if kind is list:
        items = [_sorted(item) for item in value]
        return sorted(items, key=canonical) if len(items) > 1 else items
    return value
