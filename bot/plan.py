"""The wire types of ``terraform show -json PLAN``; ``decode_plan`` makes one from bytes.

Types mirror the JSON and nothing more.  Values stay raw (undecoded bytes) until a row turns out to be a change,
because most of a plan is never looked at.  Fields Terraform adds later are ignored, action words it adds are kept.
Source of the format: hashicorp/terraform internal/command/jsonplan, opentofu/opentofu ditto.
"""

from msgspec import UNSET, Raw, Struct, UnsetType, field

NULL = Raw(b"null")


class WireChange(Struct, frozen=True):
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


class WireRow(Struct, frozen=True):
    """One row of ``resource_changes`` or ``resource_drift``; its key is (``address``, ``deposed``)."""

    address: str
    change: WireChange
    mode: str = "managed"
    type: str = ""
    name: str = ""
    provider_name: str = ""
    module_address: str = ""
    previous_address: str | None = None
    deposed: str | None = None
    action_reason: str | None = None
    index: Raw = NULL


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
    notes: tuple[str, ...] = field(default=())


def decode_plan(data: bytes) -> Plan:
    """Decode one plan document.

    Raises UntrustedPlan, with its own message and advice for every kind of wrong document.
    """
    raise NotImplementedError
