"""The user's settings: strict YAML, every key with a default; no file at all gives the GitFlow of the docs."""

from typing import Literal

from msgspec import Struct

from bot.catalog import DestructiveRow, Tier
from bot.environment import EnvironmentName

Word = Literal["pass", "attention", "hold"]


class Cells(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the deletion table: the state per tier."""

    free: Word = "pass"
    guarded: Word = "attention"
    stateful: Word = "attention"
    never: Word = "hold"


class DeletionTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a deletion means, by intent."""

    declared: Cells = Cells()
    explained: Cells = Cells()
    unexplained: Cells = Cells()


class EnvironmentConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    deletions: DeletionTable = DeletionTable()
    destroy_everything: Word = "hold"
    two_people: bool = False


class TierRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Puts what matches into a tier; the last rule that matches wins."""

    match: str  # glob over the address, or over the type when it holds no dot
    tier: Tier
    because: str = ""


class DestructiveConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tiers: tuple[TierRule, ...] = ()
    types: tuple[DestructiveRow, ...] = ()  # the user's own catalog rows


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    destructive: DestructiveConfig = DestructiveConfig()


class SecretsConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    names: tuple[str, ...] = ()  # globs over attribute names whose values are secret
    patterns: tuple[str, ...] = ()  # regular expressions; what they match is secret
    allow: tuple[str, ...] = ()  # globs over attribute names that only look secret


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Literal[1] = 1
    environments: dict[EnvironmentName, EnvironmentConfig] = {}
    rules: Rules = Rules()
    secrets: SecretsConfig = SecretsConfig()


def decode_config(data: bytes, name: str) -> Config:
    """Raises BadConfig with the place of the mistake and advice."""
    raise NotImplementedError
