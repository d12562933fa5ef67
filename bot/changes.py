"""A plan's changes with every secret already hidden: ``list_changes(plan)`` gives a ChangeSet.

Raw values never leave this module.  In ``before`` and ``after`` a hidden leaf is the text ``mask.HIDDEN`` and a
leaf that Terraform knows only after apply is the text ``mask.UNKNOWN``; a plan that holds those very words as values
only makes a rule say "cannot tell", never "harmless".
"""

from typing import Any

from msgspec import Struct

from bot.difference import AttributeChange, Path
from bot.kind import Counts, Kind


class Change(Struct, frozen=True, kw_only=True):
    """One row that does something.  Key: (``address``, ``deposed``)."""

    address: str
    deposed: str | None = None
    mode: str = "managed"  # managed | data | ephemeral
    type: str
    name: str
    provider: str  # full source address, e.g. registry.terraform.io/hashicorp/aws
    module: str = ""  # "" is the root module
    kind: Kind
    actions: tuple[str, ...]
    badges: tuple[str, ...] = ()
    # badges: moved, imported, deposed, forgets-old, create-before-destroy, recreated, sensitivity-only
    previous_address: str | None = None
    reason: str | None = None  # action_reason: for display and hints, never for decisions
    import_id: str | None = None
    generated_config: str = ""
    before: Any = None
    after: Any = None
    attributes: tuple[AttributeChange, ...] = ()
    replace_paths: tuple[Path, ...] = ()

    @property
    def destroys(self) -> bool:
        """True for a delete and for both replace orders, deposed objects included."""
        return "delete" in self.actions


class Deferred(Struct, frozen=True, kw_only=True):
    """A change Terraform put off to a later plan, and why."""

    change: Change
    reason: str


class OutputChange(Struct, frozen=True, kw_only=True):
    name: str
    kind: Kind
    before: Any = None
    after: Any = None
    secret: bool = False
    unknown: bool = False


class Check(Struct, frozen=True, kw_only=True):
    """A check block, condition or validation: ``status`` is pass, fail, error or unknown."""

    address: str
    kind: str
    status: str
    problems: tuple[str, ...] = ()


class ActionInvocation(Struct, frozen=True, kw_only=True):
    """A provider side effect the plan invokes; ``trigger`` says when, ``deferred_reason`` why it is put off."""

    address: str
    type: str
    provider: str
    trigger: str = ""
    config: Any = None
    deferred_reason: str | None = None


class ChangeSet(Struct, frozen=True, kw_only=True):
    """Everything one plan would do.  ``changes`` leaves out plain no-ops; they are in ``counts.no_op``."""

    terraform_version: str = ""
    format_version: str = ""
    timestamp: str = ""
    counts: Counts = Counts()
    changes: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    checks: tuple[Check, ...] = ()
    actions: tuple[ActionInvocation, ...] = ()
    errored: bool | None = None
    complete: bool | None = None
    applyable: bool | None = None
    destroys_everything: bool = False  # every managed object of the root is deleted and nothing stays or comes
    notes: tuple[str, ...] = ()  # what a reader must know about the document, one sentence each
