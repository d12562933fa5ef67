"""Updates that lose data although the plan shows no deletion: a column, a replica, a column family leaves a list."""

import json
from collections.abc import Iterable
from typing import Any

from bot.catalog import LossyUpdate
from bot.changes import Change
from bot.mask import UNKNOWN

IDENTITIES = ("name", "family", "region_name", "location", "cluster_id", "device_name", "source", "label", "priority")


def find_lossy_update(change: Change, rows: Iterable[LossyUpdate]) -> LossyUpdate | None:
    """The row of the catalog that this update falls under; None for every other change."""
    if change.kind != "update" or not isinstance(change.before, dict) or not isinstance(change.after, dict):
        return None
    return next((row for row in rows if row.type == change.type and _loses(change, row)), None)


def _loses(change: Change, row: LossyUpdate) -> bool:
    """Does an element leave?  A list that only the apply will tell may lose any of them, so it counts."""
    old, new = change.before.get(row.attribute), change.after.get(row.attribute)
    before, after = _items(old), _items(new)
    if new == UNKNOWN:
        return bool(before)
    if row.fewer:
        return isinstance(old, list) and (new is None or isinstance(new, list)) and len(old) > len(new or ())
    return before is not None and after is not None and not before <= after


def _items(value: Any) -> frozenset[str] | None:
    """What names the elements of a list, or of JSON text that holds one; None where that cannot be told."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if value is None:
        return frozenset()
    if not isinstance(value, list):
        return None
    return frozenset(_name(item) for item in value)


def _name(item: Any) -> str:
    if isinstance(item, dict):
        named = next((str(item[key]) for key in IDENTITIES if item.get(key)), "")
        return named or json.dumps(item, sort_keys=True, default=str)
    return str(item)
