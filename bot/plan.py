"""The wire types of ``terraform show -json PLAN``; ``decode_plan`` makes one from bytes.

Types mirror the JSON and nothing more.  Values stay raw (undecoded bytes) until a row turns out to be a change,
because most of a plan is never looked at.  Fields Terraform adds later are ignored, action words it adds are kept.
Source of the format: hashicorp/terraform internal/command/jsonplan, opentofu/opentofu ditto.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from mmap import mmap
from typing import Any, Literal, TypeVar, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from bot.document import HOW, OTHER_OBJECTS, check_plan_keys, is_known_version, is_utf8
from bot.errors import UntrustedPlan

NULL = Raw(b"null")
Read = TypeVar("Read")


# Of these two a plan may hold a hundred thousand: they hold nothing that could make a cycle, so the collector of
# garbage need not look at them (gc=False), which is a third of the time of decoding.
class WireChange(Struct, frozen=True, gc=False):
    """``change`` of a row: what is done (``actions``) and both sides with their three masks, undecoded."""

    actions: tuple[str, ...]
    before: Raw = NULL
    after: Raw = NULL
    after_unknown: Raw = NULL
    before_sensitive: Raw | UnsetType = UNSET  # absent up to 0.14: sensitivity is then unknown, not "no"
    after_sensitive: Raw | UnsetType = UNSET
    replace_paths: Raw = NULL
    importing: Raw = NULL
    generated_config: str = ""


class WireRow(Struct, frozen=True, gc=False):
    """One row of ``resource_changes`` or ``resource_drift``; its key is (``address``, ``deposed``).

    Drift rows of Terraform 0.15.4 to 1.0 carry no address; 0.12 wrote ``deposed: true`` without the key.
    """

    change: WireChange
    address: str = ""
    mode: str = "managed"
    type: str = ""
    name: str = ""
    provider_name: Raw = Raw(b'""')  # these two are read by decode_name where a row turns out to be a change
    module_address: Raw = NULL
    previous_address: str | None = None
    deposed: str | bool | None = None
    action_reason: str | None = None


class WireDeferred(Struct, frozen=True):
    reason: str
    resource_change: WireRow


class WireAction(Struct, frozen=True):
    """One ``action_invocations`` entry: a provider side effect that no resource row shows."""

    address: str
    type: str = ""
    name: str = ""
    provider_name: str = ""
    config_values: Raw = NULL
    config_sensitive: Raw = NULL
    config_unknown: Raw = NULL
    lifecycle_action_trigger: Raw = NULL
    invoke_action_trigger: Raw = NULL


class WireDeferredAction(Struct, frozen=True):
    reason: str
    action_invocation: WireAction


class Plan(Struct, frozen=True):
    """A plan document.  An absent ``errored``, ``complete`` or ``applyable`` is None: unknown, not false."""

    format_version: str
    terraform_version: str = ""
    resource_changes: tuple[WireRow, ...] | None = None
    resource_drift: tuple[WireRow, ...] | None = None
    deferred_changes: tuple[WireDeferred, ...] | None = None
    output_changes: dict[str, WireChange] | None = None
    action_invocations: tuple[WireAction, ...] | None = None
    deferred_action_invocations: tuple[WireDeferredAction, ...] | None = None
    checks: Raw = NULL
    variables: Raw = NULL
    configuration: Raw = NULL
    planned_values: Raw = NULL
    prior_state: Raw = NULL
    timestamp: str = ""
    errored: bool | None = None
    complete: bool | None = None
    applyable: bool | None = None


# The deepest nesting a value may have: Terraform's own types stay far below, and recursive code stays safe.
MAX_DEPTH = 200
LARGEST_VALUE = 16 * 1024**2  # bytes of JSON of one side of a row; providers and clouds refuse far smaller ones
MOST_PARTS = 250_000  # keys and elements in one side of a row, at every level together
MOST_ROWS = 500_000  # of one plan
_VALUES = msgspec.json.Decoder(float_hook=Decimal)
_ATTRIBUTES = msgspec.json.Decoder(dict[str, Raw])
_ITEMS = msgspec.json.Decoder(tuple[Raw, ...])
_NAMES = msgspec.json.Decoder(str | None)
SHORT_NAME = 1024  # bytes

# A plan and, beside it, whatever would say that the document is something else.
_MARKS = {f"mark_{i}": key for i, key in enumerate(sorted({key for keys, _, _ in OTHER_OBJECTS for key in keys}))}


class _KnownChange(WireChange, frozen=True, gc=False, kw_only=True):
    actions: tuple[Literal["no-op", "create", "read", "update", "delete", "forget"], ...]


class _KnownRow(WireRow, frozen=True, gc=False, kw_only=True):
    """Words of a known list are one object each, however many rows there are; with others it is a WireRow."""

    change: _KnownChange
    mode: Literal["managed", "data"] = "managed"


def _mark(name: str, *fields: tuple[str, Any, Any]) -> type[Plan]:
    marks = [(mark, Raw | UnsetType, msgspec.field(name=key, default=UNSET)) for mark, key in _MARKS.items()]
    return cast("type[Plan]", msgspec.defstruct(name, [*marks, *fields], bases=(Plan,), frozen=True))


_Marked = _mark("_Marked")
_MarkedKnown = _mark("_MarkedKnown", ("resource_changes", tuple[_KnownRow, ...] | None, None))


def decode_whole(data: bytes | mmap) -> Plan | None:
    """Decode in one pass what is one good plan in UTF-8 and nothing else; None for everything that needs a closer look.
    Plans have up to a gigabyte, so what is as it should be is read once; ``document.split_documents`` and
    ``decode_plan`` tell what is wrong with the rest.
    """
    if data[:1] != b"{":
        return None
    try:
        plan = _decode_marked(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    marked = any(getattr(plan, name) is not UNSET for name in _MARKS)
    if marked or plan.resource_changes is None or not is_known_version(plan.format_version) or not is_utf8(data):
        return None
    good = len(plan.resource_changes) <= MOST_ROWS and all(row.address for row in plan.resource_changes)
    return plan if good else None


def _decode_marked(data: bytes | mmap) -> Plan:
    try:
        return msgspec.json.decode(data, type=_MarkedKnown)
    except msgspec.ValidationError:  # perhaps only a word that Terraform has added
        return msgspec.json.decode(data, type=_Marked)


def decode_plan(data: bytes) -> Plan:
    """Decode one plan document (see ``document.split_documents``).

    Raises UntrustedPlan, with its own message and advice for every kind of wrong document.
    """
    whole = decode_whole(data)
    if whole is not None:
        return whole
    try:
        top = msgspec.json.decode(data, type=dict[str, Raw])
    except RecursionError:
        raise too_deep() from None
    except msgspec.DecodeError as error:
        cut = "truncated" in str(error)
        message = "The JSON ends in the middle: the file was cut off." if cut else "The document is not valid JSON."
        raise UntrustedPlan(message, HOW) from None
    check_plan_keys(top)
    if bytes(top.get("resource_changes", b"[]")) == b"null":
        raise UntrustedPlan("The plan's resource_changes is null, which Terraform never writes.", HOW)
    plan = _decode(data)
    if len(plan.resource_changes or ()) > MOST_ROWS:
        advice = "Split the stack: nobody can review a plan of this size, and Terraform is slow with it."
        raise UntrustedPlan(f"The plan has more than {MOST_ROWS:,} rows.", advice)
    if not all(row.address for row in plan.resource_changes or ()):
        raise UntrustedPlan("A row of the plan's resource_changes has no address.", HOW)
    return plan


def decode_sides(before: Raw, after: Raw) -> tuple[Any, Any]:
    """Both sides of a change; an attribute that is written alike on both is decoded once, and is one object.

    Raises as ``decode_value`` does.
    """
    try:
        old, new = _ATTRIBUTES.decode(before), _ATTRIBUTES.decode(after)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return decode_value(before), decode_value(after)  # a side is no object, or is one that cannot be read
    values = decode_value(before)
    _refuse_large(bytes(after))
    others = {
        name: values[name] if name in old and old[name] == raw else decode_value(raw) for name, raw in new.items()
    }
    _refuse_depth(bytes(after), others)
    _refuse_parts(bytes(after), others)
    return values, others


def decode_name(raw: Raw) -> str:
    """One of few names that many rows share, so it is one object in all of them; empty for null.

    Raises UntrustedPlan for what is no text.
    """
    data = bytes(raw)
    return _decode_name_again(data) if len(data) <= SHORT_NAME else _decode_name(data)


def _decode_name(data: bytes) -> str:
    try:
        return _NAMES.decode(data) or ""
    except (msgspec.DecodeError, UnicodeError):
        raise UntrustedPlan(
            "The provider or the module of a row is no text, which Terraform never writes.", HOW
        ) from None


_decode_name_again = lru_cache(maxsize=4096)(_decode_name)


def decode_value(raw: Raw | UnsetType, *, bounded: bool = True) -> Any:
    """Decode a raw value with exact numbers: int of any size, Decimal for fractions; absent is None.

    Raises UntrustedPlan for what no Terraform writes: nesting bombs, huge integers, broken characters.  ``bounded`` is
    for values of one resource; the configuration grows with the stack.
    """
    if isinstance(raw, UnsetType):
        return None
    data = bytes(raw)
    if bounded:
        _refuse_large(data)
    try:
        value = _VALUES.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ArithmeticError) as error:
        raise _bad_value(error) from None
    _refuse_depth(data, value)
    if bounded:
        _refuse_parts(data, value)
    return value


def try_decode(decoder: msgspec.json.Decoder[Read], raw: Raw) -> Read | None:
    """None for what has another shape, or cannot be read at all."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def decode_items(raw: Raw) -> tuple[Raw, ...]:
    """Those of an array, undecoded; none where it is none."""
    return try_decode(_ITEMS, raw) or ()


def decode_members(raw: Raw) -> dict[str, Raw] | None:
    """Those of an object, undecoded; None where it is none, or where it cannot be read."""
    return try_decode(_ATTRIBUTES, raw)


def _refuse_large(data: bytes) -> None:
    if len(data) > LARGEST_VALUE:
        raise _too_large(f"is larger than {LARGEST_VALUE // 1024**2} MiB")


def _refuse_depth(data: bytes, value: Any) -> None:
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise too_deep()


def _refuse_parts(data: bytes, value: Any) -> None:
    if data.count(b",") > MOST_PARTS and _count_parts(value) > MOST_PARTS:
        raise _too_large(f"has more than {MOST_PARTS:,} parts")


def _decode(data: bytes) -> Plan:
    try:
        return msgspec.json.decode(data, type=Plan)
    except msgspec.ValidationError as error:
        # The message names types and a path of keys, never a value.
        place = str(error).rpartition(" - at ")[2].strip("`") or "$"
        raise UntrustedPlan(f"The plan has another shape than Terraform writes, at {place}.", HOW) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _bad_value(error) from None


def _bad_value(error: Exception) -> UntrustedPlan:
    if isinstance(error, RecursionError):
        return too_deep()
    if isinstance(error, msgspec.ValidationError | ArithmeticError):
        return UntrustedPlan("The plan holds a number with thousands of digits, which Terraform never writes.", HOW)
    return UntrustedPlan("The plan holds text that is not valid Unicode.", HOW)


def too_deep() -> UntrustedPlan:
    """To be raised where something is nested as no Terraform nests it."""
    return UntrustedPlan(f"A value is nested deeper than {MAX_DEPTH} levels, which no plan of Terraform is.", HOW)


def _too_large(how: str) -> UntrustedPlan:
    return UntrustedPlan(f"A value of the plan {how}.", "Keep such data outside of Terraform, and refer to it.")


def _count_parts(value: Any) -> int:
    count, layer = 0, [value]
    while layer and count <= MOST_PARTS:
        layer = [child for node in layer for child in _children(node)]
        count += len(layer)
    return count


def _depth(value: Any) -> int:
    depth, layer = 0, [value]
    while layer:
        depth += 1
        layer = [child for node in layer for child in _children(node)]
    return depth


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()
