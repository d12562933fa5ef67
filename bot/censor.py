"""The second net: copies of marked values, and what looks secret although nobody marked it.

``build_censor`` walks every place of a plan where Terraform says, or a name says, that a value is secret: rows that
change and rows that do not, drift, deferred changes, outputs, actions, data sources in the prior state, sensitive
variables, write-only arguments and provider credentials written into the configuration.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Raw, UnsetType

from bot.address import map_keys
from bot.config import SecretsConfig
from bot.mask import Path, Secret, any_true
from bot.plan import Plan, WireAction, WireChange, WireRow, decode_value
from bot.secret_scan import SecretScan, build_secret_scan
from bot.vault import Vault

# Where Terraform writes no masks (before 0.15) only these attributes are shown: they name things.
NAMING = frozenset(
    "address arn bucket bucket_name cluster_identifier cluster_name database_name dataset_id display_name domain "
    "function_name group_name id identifier instance_type kind location machine_type name namespace project "
    "project_id region role_name self_link size table_id table_name topic type vpc_id zone".split()
)


class PlanCensor:
    """Hides in values, map keys, addresses and free text of one plan what its masks do not cover."""

    def __init__(self, vault: Vault, scan: SecretScan, *, names_only: bool = False) -> None:
        self._vault = vault
        self._scan = scan
        self._names_only = names_only

    def names_only(self) -> "PlanCensor":
        """The same censor for a row without masks: sensitivity is unknown there, so only names are shown."""
        return PlanCensor(self._vault, self._scan, names_only=True)

    def leaf(self, value: Any, path: Path) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if self._names_only and not (path and path[-1] in NAMING):
            return Secret(value)
        if not isinstance(value, str):
            return value if self._vault.scrub(str(value)) == str(value) else Secret(value)
        if value and self._scan.is_secret_value(path, value):
            return Secret(value)
        shown = self.text(value)
        return value if shown == value else Secret(value, shown)

    def key(self, text: str) -> str:
        return self.text(text)

    def text(self, text: str) -> str:
        return self._scan.scrub(self._vault.scrub(text))

    def scrub(self, text: str) -> str:
        """``text``, under the name that a secret scan has for it."""
        return self.text(text)

    def address(self, address: str) -> str:
        """Names in an address are source code; only the keys hold data."""
        return map_keys(address, self.text)


def build_censor(plan: Plan, secrets: SecretsConfig) -> PlanCensor:
    """Raises UntrustedPlan for values no Terraform writes, BadConfig for a pattern that is no regular expression."""
    scan = build_secret_scan(secrets.names, secrets.patterns, secrets.allow)
    return PlanCensor(Vault(_list_secrets(plan, scan)), scan)


def _list_secrets(plan: Plan, scan: SecretScan) -> Iterator[Any]:
    for row in _rows(plan):
        yield from _marked_in_change(row.change)
    for change in (plan.output_changes or {}).values():
        yield from _marked_in_change(change)
    for action in _actions(plan):
        yield from _marked_in_raw(action.config_values, action.config_sensitive)
    yield from _marked_in_state(plan.prior_state)
    yield from _marked_in_configuration(plan, scan)


def _rows(plan: Plan) -> Iterator[WireRow]:
    yield from plan.resource_changes or ()
    yield from plan.resource_drift or ()
    yield from (deferred.resource_change for deferred in plan.deferred_changes or ())


def _actions(plan: Plan) -> Iterator[WireAction]:
    yield from plan.action_invocations or ()
    yield from (deferred.action_invocation for deferred in plan.deferred_action_invocations or ())


def _marked_in_change(change: WireChange) -> Iterator[Any]:
    """Either side's mark makes the value of both sides secret, so each mask is laid on each side."""
    for marks in (change.before_sensitive, change.after_sensitive):
        yield from _marked_in_raw(change.before, marks)
        yield from _marked_in_raw(change.after, marks)


def _marked_in_raw(value: Raw, marks: Raw | UnsetType) -> Iterator[Any]:
    if isinstance(marks, UnsetType) or b"true" not in bytes(marks) or bytes(value) in (b"null", b"{}"):
        return
    yield from _marked(decode_value(value), decode_value(marks))


def _marked(value: Any, marks: Any) -> Iterator[Any]:
    if marks is True:
        yield value
    elif isinstance(marks, dict) and isinstance(value, dict):
        for key, mark in marks.items():
            yield from _marked(value.get(key), mark)
    elif isinstance(marks, list) and isinstance(value, list) and len(marks) == len(value):
        for child, mark in zip(value, marks, strict=True):
            yield from _marked(child, mark)
    elif any_true(marks):
        yield value


class _StateResource(msgspec.Struct, frozen=True):
    values: Raw = Raw(b"null")
    sensitive_values: Raw = Raw(b"null")


class _StateModule(msgspec.Struct, frozen=True):
    resources: tuple[_StateResource, ...] = ()
    child_modules: tuple["_StateModule", ...] = ()


class _StateOutput(msgspec.Struct, frozen=True):
    value: Raw = Raw(b"null")
    sensitive: bool = False


class _StateValues(msgspec.Struct, frozen=True):
    outputs: dict[str, _StateOutput] = {}
    root_module: _StateModule = _StateModule()


class _State(msgspec.Struct, frozen=True):
    values: _StateValues = _StateValues()


def _marked_in_state(prior_state: Raw) -> Iterator[Any]:
    """Data sources stand in no row; their secrets are marked here alone."""
    try:
        state = msgspec.json.decode(prior_state, type=_State)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return  # null, or a shape of another time: nothing in it is ever shown
    for output in state.values.outputs.values():
        if output.sensitive:
            yield decode_value(output.value)
    modules = [state.values.root_module]
    while modules:
        module = modules.pop()
        modules += module.child_modules
        for resource in module.resources:
            yield from _marked_in_raw(resource.values, resource.sensitive_values)


def _marked_in_configuration(plan: Plan, scan: SecretScan) -> Iterator[Any]:
    configuration = decode_value(plan.configuration, bounded=False)
    if not isinstance(configuration, dict):
        return
    yield from _literals(configuration.get("provider_config"), scan)
    variables = decode_value(plan.variables, bounded=False)
    root = configuration.get("root_module")
    declared = root.get("variables") if isinstance(root, dict) else None
    for name, given in _items(variables):
        if _is_sensitive(dict(_items(declared)).get(name)) and isinstance(given, dict):
            yield given.get("value")
    yield from _module_secrets(root, scan)


def _module_secrets(root: Any, scan: SecretScan) -> Iterator[Any]:
    modules = [root]
    while modules:
        module = dict(_items(modules.pop()))
        modules += [call.get("module") for _, call in _items(module.get("module_calls")) if isinstance(call, dict)]
        for _, variable in _items(module.get("variables")):
            if _is_sensitive(variable):
                yield variable.get("default")
        resources = module.get("resources")
        for resource in resources if isinstance(resources, list) else ():
            yield from _literals(resource.get("expressions") if isinstance(resource, dict) else None, scan)


def _literals(node: Any, scan: SecretScan) -> Iterator[Any]:
    """Literals in the source whose argument is write-only or has a secret's name."""
    for name, child in _items(node):
        if isinstance(child, dict) and "constant_value" in child:
            value = child["constant_value"]
            if isinstance(value, str) and (name.endswith("_wo") or scan.is_secret_value((name,), value)):
                yield value
        for inner in child if isinstance(child, list) else [child]:
            if isinstance(inner, dict):
                yield from _literals(inner, scan)


def _is_sensitive(variable: Any) -> bool:
    return isinstance(variable, dict) and variable.get("sensitive") is True


def _items(node: Any) -> Iterable[tuple[str, Any]]:
    return node.items() if isinstance(node, dict) else ()
