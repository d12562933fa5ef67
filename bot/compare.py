"""Digests of what a plan would do, and what changed between two plans."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct, structs

from bot.attribute_lines import format_path
from bot.changes import Change, ChangeSet
from bot.classify.destructive import Deletion
from bot.config import VolatileRule
from bot.difference import AttributeChange, Path
from bot.essence import list_rows, output_essence
from bot.mask import UNKNOWN
from bot.record import Stack
from bot.value import canonical


class Delta(Struct, frozen=True, kw_only=True):
    """What a plan would do that an earlier one would not, by address; ``changed`` does it differently."""

    new: tuple[Change, ...] = ()
    gone: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    differing: tuple[tuple[str, ...], ...] = ()  # for each of ``changed``, what of it is another than it was
    others: tuple[str, ...] = ()  # outputs and provider actions that are new, gone or different, by name

    @property
    def empty(self) -> bool:
        return not (self.new or self.gone or self.changed or self.others)


def digest_changes(plan: ChangeSet, volatile: Sequence[VolatileRule] = ()) -> str:
    """``sha256:…`` over what the plan would do.

    Timestamps, reads, drift, tool versions, the order of anything, values known only after apply and ``volatile``
    ones do not enter; every row, its action and what goes away always do.
    """
    rows = sorted(canonical(row.essence) for row in list_rows(plan, volatile))
    outputs = sorted(canonical(output_essence(output)) for output in plan.outputs)
    actions = sorted(canonical(msgspec.to_builtins(action)) for action in plan.actions)
    return _digest((*rows, b"outputs", *outputs, b"actions", *actions))


def digest_stacks(stacks: Sequence[Stack], volatile: Sequence[VolatileRule] = ()) -> str:
    """``sha256:…`` over the names of the stacks and what each would do; "" where one of them cannot be read or told."""
    if any(stack.problem for stack in stacks):
        return ""
    try:
        return join_digests([structs.replace(one, digest=digest_changes(one.plan, volatile)) for one in stacks])
    except RecursionError:  # a record of a fork's may nest as it likes
        return ""


def join_digests(stacks: Sequence[Stack]) -> str:
    """The same, of stacks from ``review.build_stacks``: their digests are of our own making."""
    if not stacks or any(stack.problem for stack in stacks):
        return ""
    return _digest(sorted(canonical([stack.name, stack.digest]) for stack in stacks))


def digest_deletions(deletions: Sequence[Deletion]) -> str:
    """``sha256:…`` over stack, address, deposed key and action, in any order."""
    return _digest(sorted(canonical([d.stack, d.address, d.deposed, d.action]) for d in deletions))


def compare_plans(earlier: ChangeSet, later: ChangeSet, volatile: Sequence[VolatileRule] = ()) -> Delta:
    """What ``later`` would do that ``earlier`` would not, and the other way round."""
    old = {row.key: row for row in list_rows(earlier, volatile)}
    new = {row.key: row for row in list_rows(later, volatile)}
    both = [key for key in new if key in old]
    other = [key for key in both if canonical(old[key].essence) != canonical(new[key].essence)]
    return Delta(
        new=tuple(new[key].change for key in new if key not in old),
        gone=tuple(old[key].change for key in old if key not in new),
        changed=tuple(new[key].change for key in other),
        differing=tuple(_list_differing(old[key].essence, new[key].essence) for key in other),
        others=tuple(_list_others(earlier, later)),
    )


def _list_others(earlier: ChangeSet, later: ChangeSet) -> Iterator[str]:
    old, new = _others(earlier), _others(later)
    yield from (name for name in {**old, **new} if old.get(name) != new.get(name))


def _others(plan: ChangeSet) -> dict[str, bytes]:
    outputs = {f"output.{output.name}": canonical(output_essence(output)) for output in plan.outputs}
    actions: dict[str, list[bytes]] = {}
    for action in plan.actions:  # one address may be invoked by several triggers
        actions.setdefault(action.address, []).append(canonical(msgspec.to_builtins(action)))
    return {**outputs, **{address: b"".join(sorted(found)) for address, found in actions.items()}}


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


def _list_differing(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    """Attributes by their path, and in words what else of a change is another: its actions, where it moved from …"""
    from deepdiff import DeepDiff  # here, because it takes a tenth of a second and few reviews compare plans

    found = DeepDiff(_by_path(old), _by_path(new))  # an essence has its lists in order already
    return tuple(sorted(map(str, found.affected_root_keys)))


def _by_path(essence: dict[str, Any]) -> dict[str, Any]:
    rest = {name.replace("_", " "): value for name, value in essence.items() if name != "attributes"}
    return rest | {format_path(tuple(one["path"])) or "value": one for one in essence["attributes"]}


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{digest.hexdigest()}"
