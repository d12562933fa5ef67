"""What we know of resource types: data files beside this one, their types, strict decoding."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from bot.catalog.cost import CostCatalog, decode_cost
from bot.catalog.iam import AccessCatalog, decode_access
from bot.severity import LEVELS, Level

Tier = Literal["free", "guarded", "stateful", "never"]
Loss = Literal["data", "identity", "outage", "none", "unknown"]


class DestructiveRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What deleting one resource of a type means."""

    type: Annotated[str, Meta(description="Resource type, or a glob over types.", min_length=1)]
    tier: Annotated[Tier, Meta(description="free, guarded, stateful or never")]
    severity: Annotated[Level, Meta(description="critical, high, medium or low")] = "high"
    loss: Annotated[Loss, Meta(description="data, identity, outage, none or unknown")] = "unknown"
    because: Annotated[str, Meta(description="A whole sentence for the reviewer.", min_length=1)]
    source: Annotated[str, Meta(description="Who says so.")] = "the settings of this repository"


UNKNOWN_TYPE = DestructiveRow(
    type="*",
    tier="guarded",
    severity="medium",
    loss="unknown",
    because="plan-review does not know this type; look up what deleting it means.",
    source="no row in the catalog",
)


class LossyUpdate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An update that loses something: when an element leaves the list ``attribute`` of a ``type``.

    ``fewer``: the elements have no names, so only a shorter list counts.  ``tier`` and ``loss`` where what leaves is
    worth less than the whole resource.
    """

    type: str
    attribute: str
    fewer: bool = False
    tier: Tier | None = None
    loss: Loss | None = None
    because: str
    source: str


class Surprise(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attribute whose change replaces the whole resource although people take it for an edit."""

    types: tuple[str, ...]
    attribute: str
    says: str
    source: str


class DestroySetting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A switch of the provider, under ``features`` of azurerm, that decides how far a deletion of ``types`` goes."""

    setting: str
    types: tuple[str, ...]
    default: bool
    final: bool = False  # while it is on, nothing can be brought back
    on: str
    off: str
    source: str


class ProtectionRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """An attribute that protects, and which direction is weaker; see catalog/protection.toml."""

    attribute: Annotated[str, Meta(description="End of the path of the attribute, indexes left out.")]
    weaker: Annotated[
        Literal["off", "on", "lower", "limited", "cleared", "from", "into", "earlier"],
        Meta(description="Which direction is weaker; catalog/protection.toml explains each."),
    ]
    from_: Annotated[tuple[str, ...], Meta(description="The values that from, into and earlier speak of.")] = ()
    because: Annotated[str, Meta(description="A whole sentence for the reviewer.")]
    source: Annotated[str, Meta(description="Who says so.")]


class ExposureRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens a resource to everybody; see catalog/exposure.toml."""

    types: Annotated[tuple[str, ...], Meta(description="Resource types.")]
    attribute: Annotated[
        str, Meta(description="End of the path of the attribute, indexes left out; empty: the resource itself.")
    ] = ""
    values: Annotated[tuple[str, ...], Meta(description="Values that expose.")] = ()
    where: Annotated[
        dict[str, tuple[str, ...]], Meta(description="Other attributes that must have one of these values.")
    ] = {}
    present: Annotated[bool, Meta(description="Whatever stands there exposes.")] = False
    wider: Annotated[bool, Meta(description="Networks that the list did not hold before count.")] = False
    guards: Annotated[
        str, Meta(description="The row counts when the resource goes and what this attribute names stays.")
    ] = ""
    ports: Annotated[tuple[str, ...], Meta(description="Attributes that say which ports.")] = ()
    severity: Annotated[Level, Meta(description="critical, high, medium or low")] = "high"
    because: Annotated[str, Meta(description="A whole sentence for the reviewer.")]
    source: Annotated[str, Meta(description="Who says so.")]


class Catalog(Struct, frozen=True, kw_only=True):
    """Rows by exact type, rows whose type is a glob, and what absent protection means."""

    exact: dict[str, DestructiveRow] = {}
    globs: tuple[DestructiveRow, ...] = ()
    lossy_updates: tuple[LossyUpdate, ...] = ()
    surprises: tuple[Surprise, ...] = ()
    destroy_settings: tuple[DestroySetting, ...] = ()
    protection: tuple[ProtectionRow, ...] = ()
    exposure: tuple[ExposureRow, ...] = ()
    access: AccessCatalog
    cost: CostCatalog
    deletion_protection_default: frozenset[str] = frozenset()  # types that are protected when nobody says so
    deletion_policy_default: dict[str, str] = {}  # google types whose default is not DELETE
    recovery_days_default: dict[str, int] = {}  # for how long a deletion can be taken back when nobody says so

    def row_for(self, type_: str) -> DestructiveRow:
        """The row of a type: an exact one, else the first glob that fits, else UNKNOWN_TYPE."""
        exact = self.exact.get(type_)
        return exact or next((row for row in self.globs if fnmatchcase(type_, row.type)), UNKNOWN_TYPE)


class _Family(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Types that lose the same thing, under their severities."""

    loss: Loss
    because: str
    source: str
    tier: Tier | None = None
    critical: tuple[str, ...] = ()
    high: tuple[str, ...] = ()
    medium: tuple[str, ...] = ()
    low: tuple[str, ...] = ()


class _DestructiveFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    family: tuple[_Family, ...]
    lossy_update: tuple[LossyUpdate, ...]
    surprise: tuple[Surprise, ...]
    destroy_setting: tuple[DestroySetting, ...]
    deletion_protection_default: dict[str, Literal[True]]
    deletion_policy_default: dict[str, str]
    recovery_days_default: dict[str, int]


class _ProtectionFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    row: tuple[ProtectionRow, ...]


class _ExposureFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    row: tuple[ExposureRow, ...]


def decode_catalog(files: Mapping[str, str]) -> Catalog:
    """Decode data files (name -> TOML text), e.g. {"destructive.toml": ...}.  Raises msgspec.ValidationError."""
    file = msgspec.toml.decode(files["destructive.toml"], type=_DestructiveFile)
    rows = [row for family in file.family for row in _rows(family)]
    return Catalog(
        exact={row.type: row for row in rows if "*" not in row.type},
        globs=tuple(row for row in rows if "*" in row.type),
        lossy_updates=file.lossy_update,
        surprises=file.surprise,
        destroy_settings=file.destroy_setting,
        protection=msgspec.toml.decode(files["protection.toml"], type=_ProtectionFile).row,
        exposure=msgspec.toml.decode(files["exposure.toml"], type=_ExposureFile).row,
        access=decode_access(files["iam.toml"], files["iam_roles.toml"]),
        cost=decode_cost(files["cost.toml"]),
        deletion_protection_default=frozenset(file.deletion_protection_default),
        deletion_policy_default=file.deletion_policy_default,
        recovery_days_default=file.recovery_days_default,
    )


def _rows(family: _Family) -> Iterator[DestructiveRow]:
    for severity in LEVELS:
        lasting = family.loss in ("data", "identity") and severity in ("critical", "high")
        tier = family.tier or ("stateful" if lasting else "guarded")
        for type_ in getattr(family, severity):
            yield DestructiveRow(
                type=type_,
                tier=tier,
                severity=severity,
                loss=family.loss,
                because=family.because,
                source=family.source,
            )
