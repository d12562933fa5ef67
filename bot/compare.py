"""Digests of what a plan would do, and what changed between two plans."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from deepdiff import DeepDiff
from msgspec import Struct

from bot.changes import Change, ChangeSet
from bot.classify.destructive import Deletion
from bot.difference import AttributeChange, Path
from bot.mask import UNKNOWN
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


Likeness = Literal["same", "part", "different"]


def compare_with_reviewed(reviewed: Change, fresh: Change) -> Likeness:
    """Is a change that is about to be made the one that was reviewed?  "part": some of it is done already.

    What was shown as known after apply may have any value now.  Hidden values are compared by nobody.
    """
    if _identity(reviewed) != _identity(fresh):
        return "part" if _is_rest_of(reviewed, fresh) else "different"
    if fresh.actions in (("delete",), ("forget",)):
        return "same" if _object_id(reviewed) == _object_id(fresh) else "different"
    seen = {attribute.path: attribute for attribute in reviewed.attributes}
    open_ = [path for path, attribute in seen.items() if attribute.unknown]
    left = {attribute.path: attribute for attribute in fresh.attributes if not _below(attribute.path, open_)}
    if any(path not in seen or not _equal(seen[path], attribute) for path, attribute in left.items()):
        return "different"
    gone = [path for path in seen if path not in left and not _below(path, open_)]
    return "same" if not gone else "part" if fresh.kind == "update" else "different"


def _identity(change: Change) -> tuple[object, ...]:
    return (change.type, change.provider, change.actions, change.previous_address, change.import_id)


def _object_id(change: Change) -> object:
    """What tells the object that goes from another one that took its place; the rest of it may have changed."""
    return change.before.get("id") if isinstance(change.before, dict) else None


def _is_rest_of(reviewed: Change, fresh: Change) -> bool:
    """A replacement whose old object is gone already: what is left is to make the new one, as it was shown."""
    if reviewed.actions != ("delete", "create") or fresh.actions != ("create",):
        return False
    shown = reviewed.after if isinstance(reviewed.after, dict) else {}
    now = fresh.after if isinstance(fresh.after, dict) else {}
    return reviewed.type == fresh.type and all(
        value == UNKNOWN or canonical(value) == canonical(now.get(key))
        for key, value in {**_nulls(now), **shown}.items()
    )


def _nulls(values: Mapping[str, Any]) -> dict[str, None]:
    return dict.fromkeys(values)


def _below(path: Path, roots: Sequence[Path]) -> bool:
    return any(path[: len(root)] == root for root in roots)


def _equal(left: AttributeChange, right: AttributeChange) -> bool:
    return canonical(msgspec.to_builtins(left)) == canonical(msgspec.to_builtins(right))


def _differs(old: Change, new: Change) -> bool:
    left, right = _essence(old), _essence(new)
    # Most changes are the same: deepdiff, which knows lists whose order alone differs, is asked about the rest.
    return canonical(left) != canonical(right) and bool(DeepDiff(left, right, ignore_order=True, max_passes=2))


def _by_key(plan: ChangeSet) -> dict[tuple[str, str | None], Change]:
    return {(change.address, change.deposed): change for change in plan.changes if change.kind != "read"}


def _essence(change: Change) -> dict[str, Any]:
    attributes = [msgspec.to_builtins(attribute) for attribute in change.attributes]
    for attribute in attributes:
        del attribute["item"]  # how an element is called is for people
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
