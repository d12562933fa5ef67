"""Infracost's own JSON: what resources cost a month, before and after.

Two formats: version "0.2" of infracost/infracost (camelCase, money as texts, past and present in one file) and that of
infracost/cli 2 (snake_case, one side per file).  A null price means "by use", never "free".
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from msgspec import Struct

from bot.errors import CannotRead

HOW = "Make it with: infracost diff --path plan.json --format json --out-file infracost.json"

LONGEST_CURRENCY = 10  # characters: all have three; what is longer would take the room of deletions in the comment
LONGEST_NAME = 200


class Price(Struct, frozen=True, kw_only=True):
    """Money a month; None where Infracost has no price, because it depends on use or is not known."""

    before: Decimal | None = None
    after: Decimal | None = None

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None or self.after is None else self.after - self.before


class Prices(Struct, frozen=True, kw_only=True):
    """By resource address.  ``unpriced`` are addresses and, in the old format, types without any price."""

    currency: str
    by_address: Mapping[str, Price]
    unpriced: tuple[str, ...] = ()

    @property
    def increase(self) -> Decimal:
        """What the known prices add up to; see ``unpriced`` for what is not in it."""
        return sum((price.difference or Decimal(0) for price in self.by_address.values()), Decimal(0))


def decode_infracost(data: bytes, base: bytes | None, name: str) -> Prices:
    """``base`` is the same for the branch merged into, for format 2.  Raises CannotRead."""
    report = _decode(data, name)
    if "projects" not in report:
        raise CannotRead(f"{name}: this is not Infracost's JSON.", HOW)
    if "totalMonthlyCost" in report or "diffTotalMonthlyCost" in report:
        return _version_1(report)
    if base is None:
        raise CannotRead(
            f"{name}: Infracost 2 writes one side only.", "Give the other one with --infracost-base, made on the base."
        )
    return _version_2(report, _decode(base, name))


def _decode(data: bytes, name: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise CannotRead(f"{name}: this is not a JSON object.", HOW) from None


def _version_1(report: Mapping[str, Any]) -> Prices:
    before, after = (dict(_resources(report, side)) for side in ("pastBreakdown", "breakdown"))
    by_address = {
        address: Price(before=before.get(address, Decimal(0)), after=after.get(address, Decimal(0)))
        for address in {**before, **after}
    }
    summary = report.get("summary")
    counts = summary.get("unsupportedResourceCounts") if isinstance(summary, dict) else None
    types = (f"{count} x {type_}" for type_, count in (counts or {}).items()) if isinstance(counts, dict) else ()
    return _prices(report, by_address, tuple(types))


def _version_2(report: Mapping[str, Any], base: Mapping[str, Any]) -> Prices:
    before, after = dict(_scanned(base)), dict(_scanned(report))
    by_address = {
        address: Price(before=before.get(address, Decimal(0)), after=after.get(address, Decimal(0)))
        for address in {**before, **after}
    }
    return _prices(report, by_address, ())


def _prices(report: Mapping[str, Any], by_address: Mapping[str, Price], types: tuple[str, ...]) -> Prices:
    unpriced = sorted(address for address, price in by_address.items() if price.difference is None)
    named = tuple(name[:LONGEST_NAME] for name in (*unpriced, *types))
    currency = str(report.get("currency") or "USD")[:LONGEST_CURRENCY]
    return Prices(currency=currency, by_address=by_address, unpriced=named)


def _resources(report: Mapping[str, Any], side: str) -> Iterator[tuple[str, Decimal | None]]:
    for project in _objects(report.get("projects")):
        breakdown = project.get(side)
        for resource in _objects(breakdown.get("resources") if isinstance(breakdown, dict) else None):
            unknown = any(part.get("priceNotFound") for part in _objects(resource.get("costComponents")))
            yield str(resource.get("name")), None if unknown else _money(resource.get("monthlyCost"))


def _scanned(report: Mapping[str, Any]) -> Iterator[tuple[str, Decimal | None]]:
    for project in _objects(report.get("projects")):
        for resource in _objects(project.get("resources")):
            free, supported = resource.get("is_free") is True, resource.get("is_supported") is not False
            yield str(resource.get("name")), Decimal(0) if free else _sum(resource) if supported else None


def _sum(resource: Mapping[str, Any]) -> Decimal | None:
    """A resource of format 2 costs what its components and its parts cost; one unknown makes the sum unknown."""
    parts = [_money(part.get("total_monthly_cost")) for part in _objects(resource.get("cost_components"))]
    parts += [_sum(part) for part in _objects(resource.get("subresources"))]
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None


def _money(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        money = Decimal(str(value))
    except InvalidOperation:
        return None
    return money if money.is_finite() and abs(money) < Decimal(10) ** 12 else None


def _objects(node: Any) -> list[dict[str, Any]]:
    return [item for item in node if isinstance(item, dict)] if isinstance(node, list) else []


def say_money(amount: Decimal, currency: str, *, signed: bool = False) -> str:
    """``+1,234.50 USD``."""
    return f"{amount:{'+' if signed else ''},.2f} {currency}"
