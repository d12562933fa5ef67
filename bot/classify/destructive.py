"""Deletions: which tier, what is really lost, what protection does, and the findings that say so."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from bot.catalog import Catalog, Loss, Tier
from bot.config import DestructiveConfig
from bot.findings import Finding, Severity
from bot.record import Stack

Effect = Literal["destroys", "abandons", "blocked", "unknown"]


class Deletion(Struct, frozen=True, kw_only=True):
    """One deletion of one stack: a change whose actions contain delete, deposed and deferred ones included."""

    stack: str
    address: str
    deposed: str | None
    type: str
    action: Literal["delete", "replace"]
    tier: Tier
    loss: Loss
    severity: Severity
    effect: Effect  # abandons: deletion_policy ABANDON; blocked: protection refuses, the apply fails half-way
    names: tuple[str, ...] = ()  # what people call it: name, id, project, region … from the prior values
    because: str
    source: str
    deferred: bool = False


def list_deletions(stacks: Sequence[Stack], catalog: Catalog, rules: DestructiveConfig) -> tuple[Deletion, ...]:
    """Every deletion, the most dangerous first."""
    raise NotImplementedError


def find(stacks: Sequence[Stack], deletions: Sequence[Deletion]) -> tuple[Finding, ...]:
    """Findings of this concern: the deletions, whole-root destroys, forgets and abandonments."""
    raise NotImplementedError
