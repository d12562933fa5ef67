"""What a comment says about the bill: drivers in words, money where Infracost told it."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property

from msgspec import Struct

from bot.access_report import SEVERITY_ICONS, NoteRow, is_loud
from bot.address import family
from bot.classify.cost import CostChange, Direction
from bot.findings import Concern, Finding
from bot.infracost import Prices, say_money
from bot.severity import SEVERITIES, Severity

ARROWS: dict[Direction, str] = {"up": "↗", "down": "↘", "new": "＋", "gone": "−", "changed": "↔", "unknown": "?"}
WORDS: dict[Direction, str] = {
    "up": "dearer",
    "down": "cheaper",
    "new": "new",
    "gone": "gone",
    "changed": "changed",
    "unknown": "unknown",
}


class CostRow(Struct, frozen=True, kw_only=True):
    """One line about the bill; ``number`` instances of one block that change alike share it."""

    icon: str
    severity: Severity
    arrow: str
    word: str
    stack: str
    address: str
    deposed: str | None = None
    number: int
    driver: str
    before: str
    after: str
    because: str
    money: str  # "" without Infracost, "no price" where it has none
    loud: bool


class CostReport(Struct, frozen=True, kw_only=True, dict=True):
    """``total`` says what Infracost adds up to, ``unpriced`` what it has no price for; "" without it."""

    rows: tuple[CostRow, ...] = ()
    total: str = ""
    unpriced: str = ""

    @cached_property
    def loud(self) -> tuple[CostRow, ...]:
        return tuple(row for row in self.rows if row.loud)

    @cached_property
    def quiet(self) -> tuple[CostRow, ...]:
        return tuple(row for row in self.rows if not row.loud)


def build_cost_report(costs: Sequence[CostChange], prices: Prices | None) -> CostReport:
    groups: dict[tuple[str, ...], list[CostChange]] = {}
    for cost in costs:
        alike = (cost.stack, family(cost.address), cost.direction, cost.driver, cost.before, cost.after, cost.because)
        groups.setdefault(alike, []).append(cost)
    return CostReport(
        rows=tuple(_row(members, prices) for members in groups.values()),
        total=_total(prices) if prices else "",
        unpriced=_unpriced(prices.unpriced) if prices else "",
    )


def _row(members: Sequence[CostChange], prices: Prices | None) -> CostRow:
    first = members[0]
    return CostRow(
        icon=SEVERITY_ICONS[first.severity],
        severity=first.severity,
        arrow=ARROWS[first.direction],
        word=WORDS[first.direction],
        stack=first.stack,
        address=first.address,
        number=len(members),
        driver=first.driver,
        before=first.before,
        after=first.after,
        because=first.because,
        money=_money(members, prices) if prices else "",
        loud=is_loud(first.severity),
    )


def _money(members: Sequence[CostChange], prices: Prices) -> str:
    known = [prices.by_address[cost.address].difference for cost in members if cost.address in prices.by_address]
    if not known or None in known or len(known) < len(members):
        return "no price"
    return say_money(sum((amount for amount in known if amount), Decimal(0)), prices.currency, signed=True)


def _total(prices: Prices) -> str:
    return f"{say_money(prices.increase, prices.currency, signed=True)} a month, says Infracost"


def _unpriced(missing: Sequence[str]) -> str:
    """Blocks, because the keys of Infracost's addresses went past no censor."""
    numbers = Counter(map(family, missing))
    names = [name if number == 1 else f"{name} ({number})" for name, number in numbers.items()]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{len(missing)} without a price: {', '.join(names[:5])}{more}" if missing else ""


def list_notes(findings: Sequence[Finding], concern: Concern) -> tuple[NoteRow, ...]:
    """Findings of a concern that has a line for each, the worst first."""
    told = [finding for finding in findings if finding.concern == concern]
    return tuple(
        NoteRow(
            icon=SEVERITY_ICONS[finding.severity],
            severity=finding.severity,
            stack=finding.stack,
            address=finding.address,
            deposed=finding.deposed,
            title=finding.title,
            text=f"{finding.title}. {finding.because}",
        )
        for finding in sorted(told, key=lambda finding: -SEVERITIES.index(finding.severity))
    )
