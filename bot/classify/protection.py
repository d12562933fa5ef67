"""Protection that this plan weakens: harmless today, and the next deletion meets no resistance."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import structs

from bot.catalog import Catalog, ProtectionRow
from bot.changes import Change
from bot.difference import AttributeChange
from bot.findings import Finding
from bot.record import Stack

EMPTY: tuple[Any, ...] = (None, "", [], {})
Rows: TypeAlias = dict[str, list[ProtectionRow]]  # last name of the path -> rows that it may end with


def find(stacks: Sequence[Stack], catalog: Catalog) -> tuple[Finding, ...]:
    """A finding for each attribute that weakens; its severity is that of losing the resource."""
    rows: Rows = {}
    for row in catalog.protection:
        rows.setdefault(row.attribute.split(".")[-1], []).append(row)
    return tuple(
        _finding(stack.name, change, row, attribute, catalog)
        for stack in stacks
        for change in stack.plan.changes
        if change.kind == "update"
        for row, attribute in _weakened(change, rows)
    )


def _weakened(change: Change, rows: Rows) -> Iterator[tuple[ProtectionRow, AttributeChange]]:
    for attribute in (leaf for whole in change.attributes for leaf in _leaves(whole)):
        names = [step for step in attribute.path if isinstance(step, str)]
        for row in rows.get(names[-1], ()) if names and not attribute.secret else ():
            if _ends_with(names, row) and _is_weaker(attribute, row):
                yield row, attribute


def _leaves(attribute: AttributeChange) -> Iterator[AttributeChange]:
    """A block that comes or goes as a whole is one change; what protects stands inside it."""
    yield attribute
    before, after = _inside(attribute.before), _inside(attribute.after)
    if attribute.before and attribute.after and isinstance(attribute.before, list):
        return  # blocks of two lists have no order to compare them by
    for steps in {**before, **after}:
        path = (*attribute.path, *steps)
        yield from _leaves(structs.replace(attribute, path=path, before=before.get(steps), after=after.get(steps)))


def _inside(side: Any) -> dict[tuple[str | int, ...], Any]:
    """What stands inside a block, or a list of blocks, by its path from there."""
    if isinstance(side, dict):
        return {(key,): value for key, value in side.items()}
    blocks = enumerate(side) if isinstance(side, list) else ()
    return {(index, *steps): value for index, block in blocks for steps, value in _inside(block).items()}


def _ends_with(names: Sequence[str], row: ProtectionRow) -> bool:
    wanted = row.attribute.split(".")
    return list(names[-len(wanted) :]) == wanted


def _is_weaker(attribute: AttributeChange, row: ProtectionRow) -> bool:
    """A value that only the apply will tell counts as weaker where the present one protects."""
    before, after = attribute.before, attribute.after
    if row.weaker == "off":
        return before is True
    if row.weaker == "on":
        return after is True or (attribute.unknown and before is not True)
    if row.weaker == "cleared":
        return before not in EMPTY and after in EMPTY
    if row.weaker == "from":
        return before in row.from_ and after not in row.from_
    if row.weaker == "into":
        return after in row.from_ and before not in row.from_
    if row.weaker == "earlier":
        return before in row.from_ and (after not in row.from_ or row.from_.index(after) < row.from_.index(before))
    if row.weaker == "limited":
        return _is_number(after) and (not _is_number(before) or after < before)
    return _is_number(before) and (not _is_number(after) or after < before)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal | float) and not isinstance(value, bool)


def _finding(stack: str, change: Change, row: ProtectionRow, attribute: AttributeChange, catalog: Catalog) -> Finding:
    return Finding(
        id="protection/weakened",
        concern="protection",
        severity=catalog.row_for(change.type).severity,
        confidence="low" if attribute.unknown else "high",
        stack=stack,
        address=change.address,
        deposed=change.deposed,
        title=f"weakens {row.attribute}",
        because=row.because,
        source=row.source,
    )
