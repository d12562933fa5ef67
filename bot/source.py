"""What the configuration tells, gathered in one pass over its resources.

Secrets that are written into it (sensitive variables, write-only arguments, credentials of providers), and what sets
the arguments of the resources that are asked for.
"""

from collections.abc import Iterable, Iterator, Set
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from bot.configuration import Module, Resource, read_configuration, read_resource
from bot.plan import Plan, decode_value, try_decode
from bot.secret_scan import SecretScan

DEEPEST = 20  # blocks in blocks that are looked through undecoded


class Source(Struct, frozen=True, kw_only=True):
    """``resources`` are those that were asked for, by address without keys, with the prefix of their module."""

    providers: Any = None  # provider_config
    secrets: tuple[Any, ...] = ()
    resources: dict[str, tuple[str, Resource]] = {}


class _Expression(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What sets an argument; what has other keys is a block."""

    constant_value: Raw | UnsetType = UNSET
    references: tuple[str, ...] | UnsetType = UNSET


class _Block(Struct, frozen=True, gc=False):
    """A resource, so far as is needed to see that nothing in it is called like a secret."""

    address: str = ""
    expressions: dict[str, list[Raw] | _Expression] = {}


_BLOCK = msgspec.json.Decoder(_Block)
_INNER = msgspec.json.Decoder(dict[str, list[Raw] | _Expression])


def read_source(plan: Plan, wanted: Set[str], scan: SecretScan) -> Source:
    """``wanted`` are addresses without keys.  Raises UntrustedPlan as ``decode_value`` does."""
    configuration = read_configuration(plan)
    root = configuration.modules[0]
    secrets = [*_literals(configuration.providers, scan), *_list_given(plan, root)]
    resources: dict[str, tuple[str, Resource]] = {}
    search = _Search(scan)
    for module in configuration.modules:
        secrets += (one.get("default") for one in module.variables.values() if _is_sensitive(one))
        for raw in module.resources:
            address, suspicious = search.look(raw)
            if suspicious:
                resource = read_resource(raw)
                address = resource.address
                secrets += _literals(decode_value(resource.expressions, bounded=False), scan)
            if (name := f"{module.prefix}{address}") in wanted:
                resources[name] = module.prefix, read_resource(raw)
    return Source(providers=configuration.providers, secrets=tuple(secrets), resources=resources)


def _list_given(plan: Plan, root: Module) -> Iterator[Any]:
    for name, given in _items(decode_value(plan.variables, bounded=False)):
        if _is_sensitive(root.variables.get(name)) and isinstance(given, dict):
            yield given.get("value")


class _Search:
    """Which resources need a closer look?  Most have no argument that is called like a secret."""

    def __init__(self, scan: SecretScan) -> None:
        self._scan = scan
        self._plain: set[str] = set()

    def look(self, resource: Raw) -> tuple[str, bool]:
        """Its address within the module, and whether something in it may be secret; it may doubt too much."""
        block = try_decode(_BLOCK, resource)
        return ("", True) if block is None else (block.address, self._may_hold(block.expressions, 0))

    def _may_hold(self, arguments: dict[str, list[Raw] | _Expression], depth: int) -> bool:
        if depth == DEEPEST or not (self._plain.issuperset(arguments) or all(map(self._is_plain, arguments))):
            return True
        for value in arguments.values():
            if type(value) is list and value and any(self._may_hold_inside(raw, depth + 1) for raw in value):
                return True
        return False

    def _may_hold_inside(self, block: Raw, depth: int) -> bool:
        arguments = try_decode(_INNER, block)
        return arguments is None or self._may_hold(arguments, depth)

    def _is_plain(self, name: str) -> bool:
        if _is_write_only(name) or self._scan.tells_secret(name):
            return False
        self._plain.add(name)
        return True


def _literals(node: Any, scan: SecretScan) -> Iterator[Any]:
    """Literals in the source whose argument is write-only or has a secret's name; a constant holds no arguments."""
    for name, child in _items(node):
        if name == "constant_value":
            continue
        if isinstance(child, dict) and "constant_value" in child:
            value = child["constant_value"]
            if isinstance(value, str) and (_is_write_only(name) or scan.is_secret_value((name,), value)):
                yield value
            if len(child) == 1:
                continue
        for inner in child if isinstance(child, list) else [child]:
            if isinstance(inner, dict):
                yield from _literals(inner, scan)


def _is_write_only(name: str) -> bool:
    return name.endswith("_wo")


def _is_sensitive(variable: Any) -> bool:
    return isinstance(variable, dict) and variable.get("sensitive") is True


def _items(node: Any) -> Iterable[tuple[str, Any]]:
    return node.items() if isinstance(node, dict) else ()
