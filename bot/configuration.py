"""The ``configuration`` of a plan: its modules, and their resources still undecoded.

It grows with the stack, changes or none, and little of it is ever looked at: so it is read in one pass, and each
resource is decoded by who needs it.  What has another shape than Terraform writes is left out, and nothing beside it.
Source: hashicorp/terraform internal/command/jsonconfig.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from bot.plan import MAX_DEPTH, NULL, Plan, decode_value, too_deep, try_decode

MOST_STEPS = MAX_DEPTH // 3  # of calls: each call is three levels of the document


class Resource(Struct, frozen=True, gc=False):
    """One block; ``address`` is that within its module, without keys."""

    address: str = ""
    expressions: Raw = NULL


class Module(Struct, frozen=True, kw_only=True):
    """One module; ``prefix`` is empty for the root, or as ``module.network.module.subnet.``."""

    prefix: str = ""
    resources: tuple[Raw, ...] = ()  # see read_resource
    variables: dict[str, Any] = {}


class Configuration(Struct, frozen=True, kw_only=True):
    """``modules`` begin with the root, which is always there."""

    providers: Any = None
    modules: tuple[Module, ...] = (Module(),)


class _Nameless(Struct, frozen=True):
    """A resource with an address of another shape."""

    expressions: Raw = NULL


class _Module(Struct, frozen=True):
    resources: tuple[Raw, ...] = ()
    variables: Raw = NULL
    module_calls: dict[str, "_Call"] = {}


class _Call(Struct, frozen=True):
    module: _Module | None = None


class _LooseModule(Struct, frozen=True):
    resources: Raw = NULL
    variables: Raw = NULL
    module_calls: Raw = NULL


class _LooseCall(Struct, frozen=True):
    module: Raw = NULL


class _Top(Struct, frozen=True):
    provider_config: Raw = NULL
    root_module: Raw = NULL


_RESOURCE = msgspec.json.Decoder(Resource)
_NAMELESS = msgspec.json.Decoder(_Nameless)
_MODULE = msgspec.json.Decoder(_Module)
_LOOSE = msgspec.json.Decoder(_LooseModule)
_CALL = msgspec.json.Decoder(_LooseCall)
_TOP = msgspec.json.Decoder(_Top)
_ITEMS = msgspec.json.Decoder(tuple[Raw, ...])
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])


def read_configuration(plan: Plan) -> Configuration:
    """Raises UntrustedPlan for what no Terraform writes: modules in modules without an end, broken characters."""
    top = try_decode(_TOP, plan.configuration)
    if top is None:
        return Configuration()
    modules = tuple(_list_modules(top.root_module))
    return Configuration(providers=decode_value(top.provider_config, bounded=False), modules=modules)


def read_resource(raw: Raw) -> Resource:
    """An empty one for what is none."""
    resource = try_decode(_RESOURCE, raw)
    if resource is not None:
        return resource
    nameless = try_decode(_NAMELESS, raw)
    return Resource() if nameless is None else Resource(expressions=nameless.expressions)


def _list_modules(root: Raw) -> Iterator[Module]:
    waiting: list[tuple[int, str, _Module | Raw]] = [(0, "", root)]
    for steps, prefix, found in waiting:  # which grows meanwhile
        if steps > MOST_STEPS:
            raise too_deep()
        module = found if isinstance(found, _Module) else try_decode(_MODULE, found)
        if module is not None:
            calls: Iterator[tuple[str, _Module | Raw | None]]
            calls = ((name, call.module) for name, call in module.module_calls.items())
            resources, variables = module.resources, module.variables
        else:  # it, or one in it, has a shape of another time
            loose = try_decode(_LOOSE, found) if isinstance(found, Raw) else None
            loose = loose or _LooseModule()
            calls = _list_calls(loose.module_calls)
            resources, variables = try_decode(_ITEMS, loose.resources) or (), loose.variables
        waiting += ((steps + 1, f"{prefix}module.{name}.", child) for name, child in calls if child is not None)
        yield Module(prefix=prefix, resources=resources, variables=_decode_object(variables))


def _list_calls(calls: Raw) -> Iterator[tuple[str, Raw]]:
    for name, raw in (try_decode(_MEMBERS, calls) or {}).items():
        call = try_decode(_CALL, raw)
        if call is not None:
            yield name, call.module


def _decode_object(raw: Raw) -> dict[str, Any]:
    value = decode_value(raw, bounded=False)
    return value if isinstance(value, dict) else {}
