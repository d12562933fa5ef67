"""All access a plan touches: what each change says before and after."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from bot.access import read_access
from bot.access.reading import NOTHING, Reading
from bot.access.side import Side
from bot.address import family
from bot.catalog.iam import AccessCatalog, AccessRow
from bot.changes import Change, ChangeSet
from bot.kind import Kind

TOUCHING: tuple[Kind, ...] = ("create", "update", "replace", "delete")
# A type that is newer than the catalog shows by what stands in it.
POLICY_ARGUMENTS = (
    "policy",
    "policy_data",
    "policy_json",
    "policy_document",
    "resource_policy",
    "access_policy",
    "access_policies",
    "assume_role_policy",
    "inline_policy",
)


class Touched(Struct, frozen=True, kw_only=True):
    """One aspect of one change: ``before`` and ``after`` as ``row`` reads them."""

    change: Change
    row: AccessRow
    before: Reading
    after: Reading


class Gathered(Struct, frozen=True, kw_only=True):
    """``spelling`` gives an action of AWS back as people write it."""

    touched: tuple[Touched, ...]
    spelling: Mapping[str, str]


def gather(plan: ChangeSet, catalog: AccessCatalog) -> Gathered:
    """Read both sides of every change that is about access."""
    spelling: dict[str, str] = {}
    data = _data_sources(plan.changes)
    touched = tuple(
        found
        for change in plan.changes
        if change.kind in TOUCHING and change.mode == "managed"
        for row in rows_for(change, catalog)
        for found in _touched(change, row, data, spelling, catalog)
    )
    return Gathered(touched=touched, spelling=spelling)


def rows_for(change: Change, catalog: AccessCatalog) -> tuple[AccessRow, ...]:
    """The catalog's rows, else one for an argument that is plainly a policy."""
    return catalog.rows_for(change.type) or tuple(_guess(change))


def _data_sources(changes: Sequence[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        if change.mode == "data":
            found.setdefault(family(change.address), []).append(change)
    return found


def _touched(
    change: Change,
    row: AccessRow,
    data: Mapping[str, Sequence[Change]],
    spelling: dict[str, str],
    catalog: AccessCatalog,
) -> Iterator[Touched]:
    if row.updates and change.kind != "update":
        return

    def read(values: Any, *, after: bool) -> Reading:
        if not isinstance(values, dict):
            return _unread(change, values)
        return read_access(Side(change, values, after, data, spelling), row, catalog)

    before = read(change.before, after=False)
    after = before if stays(change, row) else read(change.after, after=True)
    if before != NOTHING or after != NOTHING or row.always or row.form == "settings":
        yield Touched(change=change, row=row, before=before, after=after)


def stays(change: Change, row: AccessRow) -> bool:
    """Is all that the row reads one object on both sides (see mask.conceal_sides)?  Then both say the same."""
    old, new = change.before, change.after
    if row.reads is None or not isinstance(old, dict) or not isinstance(new, dict):
        return False
    return all(old.get(name) is new.get(name) for name in row.reads & (old.keys() | new.keys()))


def _unread(change: Change, values: Any) -> Reading:
    """A side that is not there, or of which nothing is shown."""
    text = f"{change.address} is hidden as sensitive as a whole, so its access was not compared."
    return NOTHING if values is None else Reading(problems=(text,))


def _guess(change: Change) -> Iterator[AccessRow]:
    for values in (change.after, change.before):
        for name in POLICY_ARGUMENTS if isinstance(values, dict) else ():
            text = values.get(name)
            form = _form(text) if isinstance(text, str) else None
            if form is not None:
                yield AccessRow(
                    types=(change.type,),
                    form="aws_policy" if form == "Statement" else "google_policy",
                    documents=(name,),
                    resource=("{@address}",),
                    because="Its type is unknown to plan-review, but it holds a policy.",
                    source="the plan itself",
                )
                return


def _form(text: str) -> str | None:
    """Which of the two grammars a text is of."""
    if not text.lstrip().startswith("{") or len(text) > 1_000_000:
        return None
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return next((key for key in ("Statement", "bindings") if key in policy), None)
