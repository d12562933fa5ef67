"""The ``configuration`` of a plan: its modules, and their resources still undecoded.

It grows with the stack, changes or none, and little of it is ever looked at: so it is read in one pass, and each
resource is decoded by who needs it.  What has another shape than Terraform writes is left out, and nothing beside it.
Source: hashicorp/terraform internal/command/jsonconfig.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from bot.plan import MAX_DEPTH, NULL, Plan, decode_items, decode_members, decode_value, too_deep, try_decode

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


class _Parts(Struct, frozen=True):
    """A module of which the calls are still undecoded."""

    resources: tuple[Raw, ...]
    variables: Raw
    module_calls: dict[str, _LooseCall]


class _Top(Struct, frozen=True):
    provider_config: Raw = NULL
    root_module: Raw = NULL


_RESOURCE = msgspec.json.Decoder(Resource)
_NAMELESS = msgspec.json.Decoder(_Nameless)
_MODULE = msgspec.json.Decoder(_Module)
_LOOSE = msgspec.json.Decoder(_LooseModule)
_CALL = msgspec.json.Decoder(_LooseCall)
_TOP = msgspec.json.Decoder(_Top)


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
        module = found if isinstance(found, _Module) else _read_module(found)
        waiting += (
            (steps + 1, f"{prefix}module.{name}.", call.module)
            for name, call in module.module_calls.items()
            if call.module is not None
        )
        yield Module(prefix=prefix, resources=module.resources, variables=_decode_object(module.variables))


def _read_module(raw: Raw) -> _Module | _Parts:
    """Whole, or what can be read where it, or one in it, has a shape of another time."""
    whole = try_decode(_MODULE, raw)
    if whole is not None:
        return whole
    loose = try_decode(_LOOSE, raw) or _LooseModule()
    calls = {name: try_decode(_CALL, call) for name, call in (decode_members(loose.module_calls) or {}).items()}
    return _Parts(
        resources=decode_items(loose.resources),
        variables=loose.variables,
        module_calls={name: call for name, call in calls.items() if call is not None},
    )


def _decode_object(raw: Raw) -> dict[str, Any]:
    value = decode_value(raw, bounded=False)
    return value if isinstance(value, dict) else {}
