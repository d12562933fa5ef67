"""Digests: what a plan would do, and which deletions an override covers."""

from collections.abc import Sequence

from bot.changes import ChangeSet
from bot.classify.destructive import Deletion


def digest_changes(plan: ChangeSet) -> str:
    """``sha256:…`` over what the plan would do; unknowns, timestamps, reads and tool versions do not enter."""
    raise NotImplementedError


def digest_deletions(deletions: Sequence[Deletion]) -> str:
    """``sha256:…`` over stack, address, deposed key and action, in any order."""
    raise NotImplementedError
