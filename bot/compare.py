"""Digests of what a plan would do, and what changed between two plans."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from deepdiff import DeepDiff
from msgspec import Struct

from bot.changes import Change, ChangeSet
from bot.classify.destructive import Deletion
from bot.value import canonical


class Delta(Struct, frozen=True, kw_only=True):
    """What a plan would do that an earlier one would not, by address; ``changed`` does it differently."""

    new: tuple[Change, ...] = ()
    gone: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.new or self.gone or self.changed)


def digest_changes(plan: ChangeSet) -> str:
    """``sha256:…`` over what the plan would do; timestamps, reads, drift and tool versions do not enter."""
    rows = sorted(canonical(_essence(change)) for change in plan.changes if change.kind != "read")
    outputs = sorted(canonical(msgspec.to_builtins(output)) for output in plan.outputs)
    actions = sorted(canonical(msgspec.to_builtins(action)) for action in plan.actions)
    return _digest((*rows, b"outputs", *outputs, b"actions", *actions))


def digest_deletions(deletions: Sequence[Deletion]) -> str:
    """``sha256:…`` over stack, address, deposed key and action, in any order."""
    return _digest(sorted(canonical([d.stack, d.address, d.deposed, d.action]) for d in deletions))


def compare_plans(earlier: ChangeSet, later: ChangeSet) -> Delta:
    """What ``later`` would do that ``earlier`` would not, and the other way round."""
    old, new = _by_key(earlier), _by_key(later)
    both = [key for key in new if key in old]
    return Delta(
        new=tuple(new[key] for key in new if key not in old),
        gone=tuple(old[key] for key in old if key not in new),
        changed=tuple(new[key] for key in both if _differs(old[key], new[key])),
    )


def _differs(old: Change, new: Change) -> bool:
    left, right = _essence(old), _essence(new)
    # Most changes are the same: deepdiff, which knows lists whose order alone differs, is asked about the rest.
    return canonical(left) != canonical(right) and bool(DeepDiff(left, right, ignore_order=True, max_passes=2))


def _by_key(plan: ChangeSet) -> dict[tuple[str, str | None], Change]:
    return {(change.address, change.deposed): change for change in plan.changes if change.kind != "read"}


def _essence(change: Change) -> dict[str, Any]:
    attributes = [msgspec.to_builtins(attribute) for attribute in change.attributes]
    return {
        "address": change.address,
        "deposed": change.deposed,
        "actions": list(change.actions),
        "badges": list(change.badges),
        "previous_address": change.previous_address,
        "import_id": change.import_id,
        "attributes": attributes,
    }


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{digest.hexdigest()}"
