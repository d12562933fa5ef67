"""Digests of the facts under each item of the checklist that a person ticks: a tick stays while they stay.

What may differ for no reason does not enter: the order of rows, versions, times.  What is digested is masked already.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from bot.classify.cost import CostChange
from bot.classify.destructive import Deletion
from bot.classify.naming import LABELS, NAMES, is_named_now
from bot.description import find_rollback
from bot.environment import EnvironmentName
from bot.findings import Concern, Finding
from bot.grant_change import GrantChange
from bot.infracost import Prices
from bot.intent import Intent
from bot.pull_request import PullRequest
from bot.record import Stack
from bot.value import canonical

_TEXTS = msgspec.json.Encoder(order="sorted", decimal_format="string")
SECURITY: tuple[Concern, ...] = ("iam", "exposure", "protection", "scanners")


def list_facts(
    stacks: Sequence[Stack],
    findings: Sequence[Finding],
    *,
    environment: EnvironmentName,
    pull_request: PullRequest | None,
    now: str = "",
    deletions: Sequence[Deletion] = (),
    intents: Sequence[Intent] = (),
    grants: Sequence[GrantChange] = (),
    costs: Sequence[CostChange] = (),
    names: Sequence[str] = (),
    prices: Prices | None = None,
) -> dict[str, str]:
    """Item -> 16 hexadecimal digits.  An item whose facts nobody knows is missing: it cannot stay ticked.

    ``names`` are those of every stack, from ``list_names``.
    """
    plan = _rows([s.name, s.digest, s.problem, [d.change.address for d in s.plan.deferred]] for s in stacks)
    facts: dict[str, Any] = {
        "expected": plan,
        "business-approval": plan,
        "deletions": [_rows(deletions), _rows([i.stack, i.address, i.deposed, i.intent] for i in intents)],
        "cost": [_found(findings, "cost"), _rows(costs), _prices(prices)],
        "security": [_found(findings, *SECURITY), _rows(grants)],
        "naming": [_found(findings, "naming"), sorted(names)],
        "stage-tested": pull_request.head if pull_request else "",
        "change-window": now[:10],
        "rollback": [find_rollback(pull_request.description)] if pull_request else "",
    }
    return {item: _digest([environment, item, fact]) for item, fact in facts.items() if fact != ""}


def _found(findings: Sequence[Finding], *concerns: Concern) -> list[str]:
    return _rows(finding for finding in findings if finding.concern in concerns)


def _prices(prices: Prices | None) -> list[str]:
    if prices is None:
        return []
    return _rows([prices.currency, address, price] for address, price in prices.by_address.items())


def list_names(stack: Stack) -> Iterator[str]:
    """What the objects of one stack that get their name now are called, and their labels."""
    for change in stack.plan.changes:
        if is_named_now(change):
            yield _row([stack.name, change.address, _pick(_known(change.after), (*NAMES, *LABELS))])


def _known(values: Any) -> Mapping[str, Any]:
    return values if isinstance(values, dict) else {}


def _pick(values: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: values.get(key) for key in keys}


def _rows(rows: Iterable[Any]) -> list[str]:
    """Texts in an order of their own."""
    return sorted(map(_row, rows))


def _row(row: Any) -> str:
    return _TEXTS.encode(row).decode()


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()[:16]
