"""What a change of permissions says, one line for each grant: ``+ who: what @ where [if condition]``."""

import json
from collections.abc import Mapping
from typing import Any

from bot.access_report import is_loud
from bot.classify.iam import Access, find_access
from bot.config import Config, IamConfig, SecretsConfig
from bot.review import build_stacks
from tests.support.plans import CATALOG, plan, row


def access(*rows: Mapping[str, Any], rules: IamConfig | None = None, **more: Any) -> Access:
    """What a plan of these rows does to permissions."""
    stacks = list(build_stacks("default", plan(*rows, **more), SecretsConfig()))
    assert [stack.problem for stack in stacks] == [None]
    return find_access(stacks, CATALOG, rules or Config().rules.iam)


def lines(found: Access) -> list[str]:
    """``-`` for what is lost, ``!`` before what is denied."""
    return sorted(
        f"{'+' if change.effect == 'gain' else '-'} {'!' if change.denied else ''}{principal}: {role} @ {resource}"
        + (f" if {change.condition}" if change.condition else "")
        for change in found.changes
        for principal in change.principals
        for role in change.roles
        for resource in change.resources
    )


def change(type_: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
    """One row; None is a side that is not there."""
    actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    return row(f"{type_}.x", actions, before, after, **more)


def moved(type_: str, before: Any, after: Any, **more: Any) -> list[str]:
    return lines(access(change(type_, before, after, **more)))


def severities(found: Access) -> list[str]:
    return [found_change.severity for found_change in found.changes]


def remarks(found: Access) -> list[str]:
    """Ids of findings that speak up, then those that only note."""
    return sorted(finding.id for finding in found.findings if is_loud(finding.severity))


def document(*statements: Mapping[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})
