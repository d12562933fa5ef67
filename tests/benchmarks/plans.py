"""Plans of any size as Terraform writes them: planned values, rows, prior state and configuration, all of them full.

``write_plan(path, rows, percent)`` makes one in which ``percent`` of the rows change.  The same numbers always make the
same bytes.  Rows stand in modules of 240, one call with for_each, so the configuration is shorter than the rest, as it
is in life.  With ``blocks`` every row has a module call and a block of its own, as generated configurations have.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tests.benchmarks.kinds import KINDS, KindOf, Values

MODULE = 240  # rows
SLOTS = tuple(kind for kind in KINDS for _ in range(kind.share))
# Of twenty changes: nine updates, seven creations, two deletions, two replacements.
ACTIONS: tuple[tuple[str, ...], ...] = tuple(
    {"u": ("update",), "c": ("create",), "d": ("delete",), "r": ("delete", "create")}[letter]
    for letter in "ucuducurcucuducurcuc"
)


PROVIDERS = {
    name: {
        "name": name,
        "full_name": f"registry.terraform.io/hashicorp/{name}",
        "expressions": {"region": {"constant_value": region}},
    }
    for name, region in (("aws", "eu-central-1"), ("google", "europe-west3"))
}


class Made(Struct, frozen=True, kw_only=True):
    """One resource instance of a generated plan."""

    module: str
    address: str
    kind: KindOf
    name: str
    key: str
    actions: tuple[str, ...]
    before: Values | None
    after: Values | None
    unknown: dict[str, bool]


def write_plan(path: Path, rows: int, percent: int, *, blocks: bool = False) -> None:
    """``percent`` is 0 to 100."""
    with path.open("wb") as file:
        file.writelines(plan_parts(rows, percent, blocks=blocks))


def plan_parts(rows: int, percent: int, *, blocks: bool = False) -> Iterator[bytes]:
    """The document piece by piece, in the order in which Terraform writes its keys."""
    yield b'{"format_version":"1.2","terraform_version":"1.11.4"'
    yield b',"variables":{"ami":{"value":"ami-0"},"db_password":{"value":"made-up-for-the-variable"}}'
    yield b',"planned_values":{"root_module":{"child_modules":['
    yield from _modules(rows, percent, planned=True, blocks=blocks)
    yield b']}},"resource_changes":['
    yield from _joined(_encode(_row(make(number, percent, blocks=blocks))) for number in range(rows))
    yield b'],"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"child_modules":['
    yield from _modules(rows, percent, planned=False, blocks=blocks)
    yield b']}}},"configuration":{"provider_config":' + _encode(PROVIDERS) + b',"root_module":{"module_calls":{'
    yield from _calls(rows) if blocks else [b'"team":', _encode(_call_for_each(rows))]
    yield b'},"variables":{"ami":{},"db_password":{"sensitive":true}}}}'
    yield b',"timestamp":"2026-11-24T11:00:00Z","applyable":true,"complete":true,"errored":false}\n'


def make(number: int, percent: int, *, blocks: bool = False) -> Made:
    """The instance with this number.  Which rows change is spread over all kinds of resources."""
    kind = SLOTS[(number * 2654435761 >> 12) % len(SLOTS)]
    place = number * percent // 100
    changes = (number + 1) * percent // 100 > place
    actions = ACTIONS[place % len(ACTIONS)] if changes else ("no-op",)
    values = kind.make(number)
    module = f"module.team_{number // MODULE}" if blocks else f'module.team["team-{number // MODULE}"]'
    name = kind.type.split("_", 1)[1] + (f"_{number}" if blocks else "")
    key = "" if blocks else f"n-{number}"
    before = None if actions == ("create",) else values
    after, unknown = _after(kind, values, actions, number)
    return Made(
        module=module,
        address=f"{module}.{kind.type}.{name}" + (f'["{key}"]' if key else ""),
        kind=kind,
        name=name,
        key=key,
        actions=actions,
        before=before,
        after=after,
        unknown=unknown,
    )


def _after(
    kind: KindOf, values: Values, actions: tuple[str, ...], number: int
) -> tuple[Values | None, dict[str, bool]]:
    if actions == ("no-op",):
        return values, {}
    if actions == ("delete",):
        return None, {}
    if actions == ("update",):
        return kind.edit(values, number), {}
    known = {name: value for name, value in values.items() if name not in kind.computed}
    if "delete" in actions:
        known[kind.forces] = f"{values[kind.forces]}-new"
    return known, dict.fromkeys(kind.computed, True)


def _row(made: Made) -> dict[str, Any]:
    change: dict[str, Any] = {
        "actions": made.actions,
        "before": made.before,
        "after": made.after,
        "after_unknown": _shape(made.after) | made.unknown,
        "before_sensitive": False if made.before is None else _masks(made, made.before),
        "after_sensitive": False if made.after is None else _masks(made, made.after),
    }
    row = {
        "address": made.address,
        "module_address": made.module,
        "mode": "managed",
        "type": made.kind.type,
        "name": made.name,
        **_index(made),
        "provider_name": made.kind.provider,
        "change": change,
    }
    if made.actions == ("delete",):
        row["action_reason"] = "delete_because_each_key"
    if made.actions == ("delete", "create"):
        change["replace_paths"] = [[made.kind.forces]]
        row["action_reason"] = "replace_because_cannot_update"
    return row


def _index(made: Made) -> dict[str, str]:
    return {"index": made.key} if made.key else {}


def _shape(values: Values | None) -> dict[str, Any]:
    """Terraform's masks repeat the containers of the value, with nothing in them."""
    nested = {name: value for name, value in (values or {}).items() if isinstance(value, dict | list)}
    return {name: {} if isinstance(value, dict) else [_inner(one) for one in value] for name, value in nested.items()}


def _inner(value: Any) -> Any:
    return _shape(value) if isinstance(value, dict) else False


def _masks(made: Made, values: Values) -> dict[str, Any]:
    return _shape(values) | dict.fromkeys(made.kind.sensitive, True)


def _modules(rows: int, percent: int, *, planned: bool, blocks: bool) -> Iterator[bytes]:
    for start in range(0, rows, MODULE):
        made = [make(number, percent, blocks=blocks) for number in range(start, min(start + MODULE, rows))]
        yield b"," if start else b""
        resources = [_resource(one, side) for one in made if (side := one.after if planned else one.before) is not None]
        yield _encode({"resources": resources, "address": made[0].module})


def _resource(made: Made, values: Values) -> dict[str, Any]:
    return {
        "address": made.address,
        "mode": "managed",
        "type": made.kind.type,
        "name": made.name,
        **_index(made),
        "provider_name": made.kind.provider,
        "schema_version": 1,
        "values": values,
        "sensitive_values": _masks(made, values),
    }


def _calls(rows: int) -> Iterator[bytes]:
    """A call for each module, and in it a block for each row."""
    for start in range(0, rows, MODULE):
        made = [make(number, 0, blocks=True) for number in range(start, min(start + MODULE, rows))]
        blocks = [_block(one.kind, one.name, one.after or {}) for one in made]
        call = {"source": "./modules/team", "module": {"resources": blocks}}
        yield (b"," if start else b"") + _encode(f"team_{start // MODULE}") + b":" + _encode(call)


def _call_for_each(rows: int) -> dict[str, Any]:
    """One call for all modules, and in it a block for each kind."""
    kinds = KINDS[: min(rows, len(KINDS))]
    blocks = [_block(kind, kind.type.split("_", 1)[1], None) for kind in kinds]
    module = {"resources": blocks, "variables": {"ami": {}, "db_password": {"sensitive": True}}}
    return {"source": "./modules/team", "for_each_expression": {"references": ["var.teams"]}, "module": module}


def _block(kind: KindOf, name: str, values: Values | None) -> dict[str, Any]:
    """With the ``values`` written out, or with references, as of a block with for_each."""
    known = {
        argument: {"references": list(kind.references) or ["each.value"]}
        if values is None
        else {"constant_value": value}
        for argument, value in (values or kind.make(0)).items()
        if argument not in kind.computed and not isinstance(value, dict | list)
    }
    block = {
        "address": f"{kind.type}.{name}",
        "mode": "managed",
        "type": kind.type,
        "name": name,
        "provider_config_key": kind.provider.rsplit("/", 1)[-1],
        "expressions": known,
        "schema_version": 1,
    }
    return block if values is not None else block | {"for_each_expression": {"references": ["var.nodes"]}}


def _joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    for number, part in enumerate(parts):
        yield b"," + part if number else part


def _encode(value: Any) -> bytes:
    return msgspec.json.encode(value)
