"""What we know of resource types: data files beside this one, their types, strict decoding."""

from typing import Literal

from msgspec import Struct

Tier = Literal["free", "guarded", "stateful", "never"]
Loss = Literal["data", "identity", "outage", "none"]


class DestructiveRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What deleting one resource of a type means; ``type`` is exact, or a glob in a user's own row."""

    type: str
    tier: Tier
    severity: Literal["info", "low", "medium", "high", "critical"]
    loss: Loss
    because: str  # a whole sentence for the reviewer
    source: str  # page or schema the row was read from
    protect: tuple[str, ...] = ()  # attributes that protect an instance, dotted for nested blocks
    deletion_policy_default: str = ""  # google: the provider's default for deletion_policy
    deletion_protection_default: bool | None = None  # what an unset deletion_protection means


class Catalog(Struct, frozen=True, kw_only=True):
    destructive: dict[str, DestructiveRow]  # by type


def decode_catalog(files: dict[str, str]) -> Catalog:
    """Decode data files (name -> TOML text), e.g. {"destructive.toml": ...}."""
    raise NotImplementedError
