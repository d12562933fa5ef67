"""The ``prior_state`` of a plan: values of what is there, with their marks, undecoded.

It is as long as all rows together, so a state of the shape of today is read in one pass; of any other shape is read
what can be.  Source: hashicorp/terraform internal/command/jsonstate.
"""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Raw, Struct

from bot.document import HOW
from bot.errors import UntrustedPlan
from bot.plan import NULL, Read, decode_items, decode_members, try_decode

MOST_LEVELS = 66  # of modules in modules


class StateResource(Struct, frozen=True, gc=False):
    """One resource instance, or one data source; these stand in no row."""

    values: Raw = NULL
    sensitive_values: Raw = NULL


class StateModule(Struct, frozen=True):
    resources: tuple[StateResource, ...] = ()
    child_modules: tuple["StateModule", ...] = ()


class StateOutput(Struct, frozen=True):
    value: Raw = NULL
    sensitive: bool = False


class _Values(Struct, frozen=True):
    outputs: dict[str, StateOutput] = {}
    root_module: StateModule | None = None


class _State(Struct, frozen=True):
    values: _Values | None = None


class _LooseModule(Struct, frozen=True):
    resources: Raw = NULL
    child_modules: Raw = NULL


class _LooseValues(Struct, frozen=True):
    outputs: Raw = NULL
    root_module: Raw = NULL


class _LooseState(Struct, frozen=True):
    values: Raw = NULL


_STATE = msgspec.json.Decoder(_State)
_MODULE = msgspec.json.Decoder(StateModule)
_RESOURCE = msgspec.json.Decoder(StateResource)
_OUTPUT = msgspec.json.Decoder(StateOutput)
_LOOSE_STATE = msgspec.json.Decoder(_LooseState)
_LOOSE_VALUES = msgspec.json.Decoder(_LooseValues)
_LOOSE_MODULE = msgspec.json.Decoder(_LooseModule)


class Found(Struct, frozen=True):
    """What could be read of a state; ``root`` is for ``list_resources``."""

    outputs: tuple[StateOutput, ...] = ()
    root: StateModule | Raw | None = None


def read_state(state: Raw) -> Found:
    """Of a state of another time what has the shape of today; null gives nothing."""
    whole = try_decode(_STATE, state)
    if whole is not None:
        values = whole.values or _Values()
        return Found(tuple(values.outputs.values()), values.root_module)
    loose = try_decode(_LOOSE_STATE, state)
    parts = try_decode(_LOOSE_VALUES, loose.values) if loose else None
    return (
        Found(tuple(_list(_OUTPUT, (decode_members(parts.outputs) or {}).values())), parts.root_module)
        if parts
        else Found()
    )


def list_resources(root: StateModule | Raw | None) -> Iterator[StateResource]:
    """Of all modules; what has another shape is left out, and nothing beside it.

    Raises UntrustedPlan for modules in modules without an end.
    """
    waiting = [(0, root)]
    for level, found in waiting:  # which grows meanwhile
        if level > MOST_LEVELS:
            raise UntrustedPlan(f"Modules of the state are nested deeper than {MOST_LEVELS} levels.", HOW)
        module = try_decode(_MODULE, found) if isinstance(found, Raw) else found
        if module is not None:
            waiting += ((level + 1, child) for child in module.child_modules)
            yield from module.resources
        elif isinstance(found, Raw) and (loose := try_decode(_LOOSE_MODULE, found)) is not None:
            waiting += ((level + 1, child) for child in decode_items(loose.child_modules))
            yield from _list(_RESOURCE, decode_items(loose.resources))


def _list(decoder: msgspec.json.Decoder[Read], items: Iterable[Raw]) -> Iterator[Read]:
    return (found for raw in items if (found := try_decode(decoder, raw)) is not None)
