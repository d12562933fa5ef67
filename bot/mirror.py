"""Drift that only repeats what another managed object says: the inline policies of a role, the rules of a group.

Providers show many objects twice: on their own, and inside of what they belong to.  After an apply the inner view in
the state is old, and the next plan calls that drift, although nobody did anything.  It is a mirror where another object
of the same plan, whose reality the plan knows, names this one and says the very same under the same names.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from bot.inside import read_both
from bot.plan import Plan, WireRow, decode_value
from bot.value import canonical, same

MOST = 500  # drift rows; of more nobody reads one by one what they mirror
MOST_PAIRS = 5_000_000  # of a drifted object and another one
NAMES = ("id", "name", "arn", "bucket")
Values = Mapping[str, Any]


class _Resource(Struct, frozen=True):
    address: str = ""
    mode: str = "managed"
    values: Raw = Raw(b"null")


class _Module(Struct, frozen=True):
    resources: tuple[_Resource, ...] = ()
    child_modules: tuple["_Module", ...] = ()


class _StateValues(Struct, frozen=True):
    root_module: _Module = _Module()


class _State(Struct, frozen=True):
    values: _StateValues = _StateValues()


def list_mirrors(plan: Plan) -> dict[str, dict[str, str]]:
    """Address of a drifted object -> its attributes that are mirrors -> the address of the one that says the same."""
    drift = [row for row in plan.resource_drift or () if row.change.actions == ("update",) and not row.deposed]
    if not drift or len(drift) > MOST:
        return {}
    real = {**dict(_steady(plan)), **{row.address: row.change.after for row in drift}}
    for row in plan.resource_drift or ():
        if row.change.actions != ("update",):
            real.pop(row.address, None)
    if len(real) * len(drift) > MOST_PAIRS:
        return {}
    return {row.address: found for row in drift if (found := _mirrors_of(row, real))}


def _steady(plan: Plan) -> Iterator[tuple[str, Raw]]:
    """Objects that are as the state says; a refresh-only plan lists them in its state alone."""
    for row in plan.resource_changes or ():
        if row.change.actions == ("no-op",) and row.mode == "managed" and not row.deposed:
            yield row.address, row.change.after
    modules = [] if plan.resource_changes else [_decode_state(plan.prior_state)]
    while modules:
        module = modules.pop()
        modules += module.child_modules
        yield from ((one.address, one.values) for one in module.resources if one.mode == "managed")


def _decode_state(prior_state: Raw) -> _Module:
    try:
        return msgspec.json.decode(prior_state, type=_State).values.root_module
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _Module()


def _mirrors_of(row: WireRow, real: Mapping[str, Raw]) -> dict[str, str]:
    before, after = decode_value(row.change.before), decode_value(row.change.after)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return {}
    near = list(_near(row.address, after, real))
    found = {}
    for name, value in after.items():
        if near and not same(before.get(name), value) and (told := _who_says(name, before.get(name), value, near)):
            found[name] = told
    return found


def _near(address: str, after: Values, real: Mapping[str, Raw]) -> Iterator[tuple[str, Values]]:
    """Objects that name this one, under another argument than their own name."""
    names = {after[key] for key in NAMES if isinstance(after.get(key), str) and after[key]}
    needles = [msgspec.json.encode(name) for name in names]
    for other, raw in real.items():
        if other != address and any(needle in bytes(raw) for needle in needles):
            values = decode_value(raw)
            if isinstance(values, dict) and any(
                isinstance(value, str) and value in names for key, value in values.items() if key not in ("id", "name")
            ):
                yield other, values


def _who_says(name: str, before: Any, after: Any, near: Sequence[tuple[str, Values]]) -> str:
    """The object that says it; the first one where elements of a list are said by several."""
    if not isinstance(after, list) or not all(isinstance(item, dict) for item in after):
        return next((address for address, values in near if not _is_empty(after) and _says(name, after, values)), "")
    old = before if isinstance(before, list) else []
    come, gone = _without(after, old), _without(old, after)
    if not come or not all(any(_is_same_thing(item, new) for new in come) for item in gone):
        return ""
    told = [next((address for address, values in near if _says_all(item, values)), "") for item in come]
    return told[0] if all(told) else ""


def _without(items: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    known = {canonical(other) for other in others}
    return [item for item in items if canonical(item) not in known]


def _is_empty(value: Any) -> bool:
    """Zero is a value: it is a port."""
    return value is None or value is False or value in ("", [], {})


def _is_same_thing(old: Any, new: Values) -> bool:
    """An element that went and came again with other values."""
    return isinstance(old, dict) and any(not _is_empty(old.get(key)) and same(old[key], new.get(key)) for key in NAMES)


def _says_all(item: Values, values: Values) -> bool:
    full = {key: value for key, value in item.items() if not _is_empty(value)}
    return bool(full) and all(_says(key, value, values) for key, value in full.items())


def _says(name: str, value: Any, values: Values) -> bool:
    """Does the other object have the same under the same name, or in a list under its plural?"""
    own = values.get(name)
    if same(own, value) or _same_document(own, value):
        return True
    if isinstance(own, list) and isinstance(value, list):
        return sorted(map(canonical, own)) == sorted(map(canonical, value))
    plurals = [values.get(f"{name}{ending}") for ending in ("s", "es")]
    return any(isinstance(many, list) and any(same(one, value) for one in many) for many in plurals)


def _same_document(own: Any, value: Any) -> bool:
    if not isinstance(own, str) or not isinstance(value, str):
        return False
    read = read_both(own, value)
    return read is not None and same(*read)
