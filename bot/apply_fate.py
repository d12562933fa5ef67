"""What became of each planned change, and how many objects an apply touched.

Where nothing proves that a change was made or was not, its fate is "unknown".
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from bot.apply_log import ApplyLog, Step
from bot.changes import Change
from bot.kind import Kind
from bot.mask import HIDDEN

Fate = Literal["done", "half", "failed", "cut off", "not begun", "unknown"]
NEEDS: Mapping[Kind, tuple[str, ...]] = {
    "create": ("create",),
    "update": ("update",),
    "delete": ("delete",),
    "replace": ("delete", "create"),
}
_OF_ACTION: Mapping[str, Kind] = {"create": "create", "update": "update"}


class Item(Struct, frozen=True, kw_only=True):
    """A planned change and what became of it.  ``made`` are the actions that came to their end."""

    address: str
    deposed: str | None = None
    kind: Kind
    fate: Fate
    made: tuple[str, ...] = ()


class Numbers(Struct, frozen=True, kw_only=True):
    """Objects that an apply really touched; a replacement counts once."""

    created: int = 0
    changed: int = 0
    replaced: int = 0
    destroyed: int = 0
    imported: int = 0


def list_fates(
    changes: Sequence[Change], steps: Sequence[Step], failed: Collection[str], *, ended: bool
) -> Iterator[Item]:
    """Each planned change with its fate.  ``failed`` are addresses; ``ended``: the log is there from begin to end.

    Rows of one address share the actions that the log shows for it, the current object before a deposed one.
    """
    left = Counter((step.address, step.action) for step in steps if step.progress == "done")
    began = {step.address for step in steps}
    for change in sorted(changes, key=lambda change: change.deposed or ""):
        if change.kind in ("no_op", "read"):
            continue
        needs = NEEDS.get(change.kind, ())
        made = tuple(action for action in needs if left[change.address, action])
        left.subtract((change.address, action) for action in made)
        fate: Fate = "unknown"
        if needs and len(made) == len(needs):
            fate = "done"
        elif made:
            fate = "half"
        elif change.address in began:
            fate = "failed" if change.address in failed else "cut off"
        elif ended and needs and HIDDEN not in change.address:  # of a move or a forget Terraform's log says nothing
            fate = "not begun"
        yield Item(address=change.address, deposed=change.deposed, kind=change.kind, fate=fate, made=made)


def list_all(changes: Sequence[Change], fate: Fate) -> Iterator[Item]:
    """Every planned change with the same fate."""
    for change in changes:
        if change.kind not in ("no_op", "read"):
            yield Item(address=change.address, deposed=change.deposed, kind=change.kind, fate=fate)


def list_seen(steps: Sequence[Step], failed: Collection[str]) -> Iterator[Item]:
    """What a log alone shows, where nobody says what was planned."""
    by_object: dict[tuple[str, str | None], list[Step]] = {}
    for step in steps:
        by_object.setdefault((step.address, step.deposed), []).append(step)
    for (address, deposed), own in by_object.items():
        actions = {step.action for step in own}
        made = tuple(action for action in NEEDS["replace"] + NEEDS["update"] if _ended(own, action))
        kind: Kind = "replace" if {"create", "delete"} <= actions else _OF_ACTION.get(own[0].action, "delete")
        fate: Fate = "failed" if address in failed else "cut off"
        if made:
            fate = "done" if actions == set(made) else "half"
        yield Item(address=address, deposed=deposed, kind=kind, fate=fate, made=made)


def count_touched(log: ApplyLog | None, steps: Sequence[Step]) -> Numbers | None:
    """From Terraform's own sums, else from the actions that ended; None where the log shows nothing."""
    done = Counter((step.address, step.action) for step in steps if step.progress == "done")
    replaced = sum(
        min(done[address, "delete"], done[address, "create"]) for address in {step.address for step in steps}
    )
    if log is not None and log.totals is not None:
        added, changed, removed = log.totals.added, log.totals.changed, log.totals.removed
    elif steps:
        added, changed, removed = (
            sum(number for (_, word), number in done.items() if word == action)
            for action in ("create", "update", "delete")
        )
    else:
        return None
    return Numbers(
        created=max(0, added - replaced),
        changed=changed,
        replaced=replaced,
        destroyed=max(0, removed - replaced),
        imported=log.totals.imported if log and log.totals else 0,
    )


def count_planned(changes: Sequence[Change]) -> Numbers:
    """What a plan does when all of it is applied."""
    kinds = Counter(change.kind for change in changes)
    return Numbers(
        created=kinds["create"],
        changed=kinds["update"],
        replaced=kinds["replace"],
        destroyed=kinds["delete"],
        imported=kinds["import"],
    )


def _ended(steps: Sequence[Step], action: str) -> bool:
    return any(step.action == action and step.progress == "done" for step in steps)
