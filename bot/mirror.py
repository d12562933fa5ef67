"""Drift that only repeats what another managed object says: the inline policies of a role, the rules of a group.

Providers show many objects twice: on their own, and inside of what they belong to.  After an apply the inner view in
the state is old, and the next plan calls that drift, although nobody did anything.  It is a mirror where another object
of the same plan, whose reality the plan knows, names this one and says the very same under the same names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import msgspec
from msgspec import Raw, Struct

from bot.inside import read_both, read_json
from bot.plan import Plan, WireRow, decode_value
from bot.value import canonical, same

MOST = 500  # drift rows; of more nobody reads one by one what they mirror
FEW = 100  # names; so many are looked for one by one, which is faster than taking every text apart
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"')
NAMES = ("id", "name", "arn", "bucket")
Values = Mapping[str, Any]


class _Drifted(Struct, frozen=True):
    """A drifted object: what it is called, and the attributes that could be mirrors."""

    address: str
    before: Values = {}
    after: Values = {}
    names: frozenset[str] = frozenset()
    wanted: tuple[str, ...] = ()


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
    rows = [row for row in plan.resource_drift or () if row.change.actions == ("update",) and not row.deposed]
    drifted = [drift for row in rows[:MOST] if (drift := _drifted(row)).names and drift.wanted]
    if not drifted:
        return {}
    real = {**dict(_steady(plan)), **{row.address: row.change.after for row in rows}}
    for row in plan.resource_drift or ():
        if row.change.actions != ("update",):
            real.pop(row.address, None)
    index = _index(real, {name for drift in drifted for name in drift.names})
    return {drift.address: found for drift in drifted if (found := _mirrors_of(drift, index))}


def _drifted(row: WireRow) -> _Drifted:
    before, after = decode_value(row.change.before), decode_value(row.change.after)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return _Drifted(row.address)
    names = {after[key] for key in NAMES if isinstance(after.get(key), str) and after[key]}
    wanted = [name for name, value in after.items() if _could_mirror(value) and not same(before.get(name), value)]
    return _Drifted(row.address, before, after, frozenset(names), tuple(wanted))


def _could_mirror(value: Any) -> bool:
    """Lists and documents; that a number or a word stands in two places says nothing."""
    return bool(value) and (isinstance(value, list) or (isinstance(value, str) and read_json(value) is not None))


def _index(real: Mapping[str, Raw], names: Set[str]) -> dict[str, list[tuple[str, Values]]]:
    """By what is named: the objects that name it, under another argument than their own name."""
    tokens = {msgspec.json.encode(name) for name in names}
    few = len(tokens) <= FEW
    index: dict[str, list[tuple[str, Values]]] = {}
    for address, raw in real.items():
        data = bytes(raw)
        if not (any(token in data for token in tokens) if few else not tokens.isdisjoint(_TOKEN.findall(data))):
            continue
        values = decode_value(raw)
        if isinstance(values, dict):
            texts = {text for key, text in values.items() if isinstance(text, str) and key not in ("id", "name")}
            for name in texts & names:
                index.setdefault(name, []).append((address, values))
    return index


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


def _mirrors_of(drift: _Drifted, index: Mapping[str, Sequence[tuple[str, Values]]]) -> dict[str, str]:
    near = [pair for name in sorted(drift.names) for pair in index.get(name, ()) if pair[0] != drift.address]
    told = {name: _who_says(name, drift.before.get(name), drift.after[name], near) for name in drift.wanted}
    return {name: address for name, address in told.items() if address}


def _who_says(name: str, before: Any, after: Any, near: Sequence[tuple[str, Values]]) -> str:
    """The object that says it; the first one where elements of a list are said by several."""
    if not isinstance(after, list):
        return next((address for address, values in near if _says(name, after, values)), "")
    old = before if isinstance(before, list) else []
    come, gone = _without(after, old), _without(old, after)
    if not come or not all(any(_is_same_thing(item, new) for new in come) for item in gone):
        return ""
    told = [next((address for address, values in near if _says_item(name, item, values)), "") for item in come]
    return told[0] if all(told) else ""


def _says_item(name: str, item: Any, values: Values) -> bool:
    if isinstance(item, dict):
        full = {key: value for key, value in item.items() if not _is_empty(value)}
        return bool(full) and all(_says(key, value, values) for key, value in full.items())
    singular = [key for key in values if key not in ("id", "name") and f"_{name}".endswith(f"_{key}s")]
    return not _is_empty(item) and any(same(values[key], item) for key in singular)


def _without(items: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    known = {canonical(other) for other in others}
    return [item for item in items if canonical(item) not in known]


def _is_empty(value: Any) -> bool:
    """Zero is a value: it is a port."""
    return value is None or value is False or value in ("", [], {})


def _is_same_thing(old: Any, new: Any) -> bool:
    """An element that went and came again with other values."""
    both = isinstance(old, dict) and isinstance(new, dict)
    return both and any(not _is_empty(old.get(key)) and same(old[key], new.get(key)) for key in NAMES)


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
