"""Plans of any size as Terraform writes them: planned values, rows, prior state and configuration, all of them full.

``write_plan(path, rows, percent)`` makes one in which ``percent`` of the rows change.  The same numbers always make the
same bytes.  Rows stand in modules of 240, one call with for_each, so the configuration is shorter than the rest, as it
is in life.
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


def write_plan(path: Path, rows: int, percent: int) -> None:
    """``percent`` is 0 to 100."""
    with path.open("wb") as file:
        file.writelines(plan_parts(rows, percent))


def plan_parts(rows: int, percent: int) -> Iterator[bytes]:
    """The document piece by piece, in the order in which Terraform writes its keys."""
    yield b'{"format_version":"1.2","terraform_version":"1.11.4"'
    yield b',"variables":{"ami":{"value":"ami-0"},"db_password":{"value":"made-up-for-the-variable"}}'
    yield b',"planned_values":{"root_module":{"child_modules":['
    yield from _modules(rows, percent, planned=True)
    yield b']}},"resource_changes":['
    yield from _joined(_encode(_row(made)) for number in range(rows) if (made := make(number, percent)))
    yield b'],"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"child_modules":['
    yield from _modules(rows, percent, planned=False)
    yield b']}}},"configuration":' + _encode(_configuration(rows))
    yield b',"timestamp":"2026-11-24T11:00:00Z","applyable":true,"complete":true,"errored":false}\n'


def make(number: int, percent: int) -> Made:
    """The instance with this number.  Which rows change is spread over all kinds of resources."""
    kind = SLOTS[(number * 2654435761 >> 12) % len(SLOTS)]
    place = number * percent // 100
    changes = (number + 1) * percent // 100 > place
    actions = ACTIONS[place % len(ACTIONS)] if changes else ("no-op",)
    values = kind.make(number)
    module = f'module.team["team-{number // MODULE}"]'
    name = kind.type.split("_", 1)[1]
    key = f"n-{number}"
    before = None if actions == ("create",) else values
    after, unknown = _after(kind, values, actions, number)
    return Made(
        module=module,
        address=f'{module}.{kind.type}.{name}["{key}"]',
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
        "index": made.key,
        "provider_name": made.kind.provider,
        "change": change,
    }
    if made.actions == ("delete",):
        row["action_reason"] = "delete_because_each_key"
    if made.actions == ("delete", "create"):
        change["replace_paths"] = [[made.kind.forces]]
        row["action_reason"] = "replace_because_cannot_update"
    return row


def _shape(values: Values | None) -> dict[str, Any]:
    """Terraform's masks repeat the containers of the value, with nothing in them."""
    nested = {name: value for name, value in (values or {}).items() if isinstance(value, dict | list)}
    return {name: {} if isinstance(value, dict) else [_inner(one) for one in value] for name, value in nested.items()}


def _inner(value: Any) -> Any:
    return _shape(value) if isinstance(value, dict) else False


def _masks(made: Made, values: Values) -> dict[str, Any]:
    return _shape(values) | dict.fromkeys(made.kind.sensitive, True)


def _modules(rows: int, percent: int, *, planned: bool) -> Iterator[bytes]:
    for start in range(0, rows, MODULE):
        made = [make(number, percent) for number in range(start, min(start + MODULE, rows))]
        yield b"," if start else b""
        resources = [_resource(one, side) for one in made if (side := one.after if planned else one.before) is not None]
        yield _encode({"resources": resources, "address": made[0].module})


def _resource(made: Made, values: Values) -> dict[str, Any]:
    return {
        "address": made.address,
        "mode": "managed",
        "type": made.kind.type,
        "name": made.name,
        "index": made.key,
        "provider_name": made.kind.provider,
        "schema_version": 1,
        "values": values,
        "sensitive_values": _masks(made, values),
    }


def _configuration(rows: int) -> dict[str, Any]:
    kinds = KINDS[: min(rows, len(KINDS))]
    providers = {
        name: {
            "name": name,
            "full_name": f"registry.terraform.io/hashicorp/{name}",
            "expressions": {"region": {"constant_value": region}},
        }
        for name, region in (("aws", "eu-central-1"), ("google", "europe-west3"))
    }
    module = {
        "resources": [_configured(kind) for kind in kinds],
        "variables": {"ami": {}, "db_password": {"sensitive": True}},
    }
    calls = {
        "team": {"source": "./modules/team", "for_each_expression": {"references": ["var.teams"]}, "module": module}
    }
    root = {"module_calls": calls, "variables": {"ami": {}, "db_password": {"sensitive": True}}}
    return {"provider_config": providers, "root_module": root}


def _configured(kind: KindOf) -> dict[str, Any]:
    known = [
        name for name, value in kind.make(0).items() if name not in kind.computed and not isinstance(value, dict | list)
    ]
    references = {"references": list(kind.references) or ["each.value"]}
    name = kind.type.split("_", 1)[1]
    return {
        "address": f"{kind.type}.{name}",
        "mode": "managed",
        "type": kind.type,
        "name": name,
        "provider_config_key": kind.provider.rsplit("/", 1)[-1],
        "expressions": dict.fromkeys(known, references),
        "schema_version": 1,
        "for_each_expression": {"references": ["var.nodes"]},
    }


def _joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    for number, part in enumerate(parts):
        yield b"," + part if number else part


def _encode(value: Any) -> bytes:
    return msgspec.json.encode(value)
