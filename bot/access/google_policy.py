"""An allow policy of Google as JSON: bindings of roles to members, and audit settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import structs

from bot.access.plain import normal_member
from bot.access.policy_text import BadPolicy, decode_policy
from bot.access.reading import Reading, join
from bot.access.side import Side, fill_all
from bot.catalog.iam import AccessRow
from bot.condition import expression
from bot.grant import Grant
from bot.mask import HIDDEN, UNKNOWN
from bot.pattern import only


def read_google_policy(side: Side, row: AccessRow) -> Reading:
    """Rows of the form ``google_policy``: who has which role."""
    return _part(side, row, deny=False)


def read_google_audit(side: Side, row: AccessRow) -> Reading:
    """Rows of the form ``google_audit``: what a policy says about logging."""
    return _part(side, row, deny=True)


def _part(side: Side, row: AccessRow, *, deny: bool) -> Reading:
    whole = _whole(side, row)
    return structs.replace(whole, grants=tuple(grant for grant in whole.grants if grant.deny is deny))


def _whole(side: Side, row: AccessRow) -> Reading:
    scopes = fill_all(row.resource, side, side.values, row) or [side.change.address]
    return join(_read(side, path, scopes[0]) for path in row.documents)


def _read(side: Side, path: str, scope: str) -> Reading:
    text = side.values.get(path)
    if text == HIDDEN:
        return Reading(problems=(f"The policy of {scope} is hidden as sensitive, so its grants were not compared.",))
    if text in (None, ""):
        return Reading()
    try:
        if text == UNKNOWN:
            return _read_source(side, path, scope)
        return Reading(tuple(_grants(decode_policy(text), scope)))
    except BadPolicy as error:
        return Reading(problems=(f"The policy of {scope} cannot be read: {error}.",))


def _read_source(side: Side, path: str, scope: str) -> Reading:
    """What the data source google_iam_policy will write, as far as the plan knows.  Raises BadPolicy."""
    source = side.read_by(path)
    told = f"The policy of {scope} is known only after apply"
    if source is None or source.type != "google_iam_policy" or not isinstance(source.after, dict):
        by = ", ".join(side.refers_to(path)[:3])
        return Reading(unknown=(f"{told}{f' (from {by})' if by else ''}: it may give and take any role.",))
    block = source.after
    policy = {
        "bindings": block.get("binding"),
        "auditConfigs": [
            {
                "service": audit.get("service"),
                "auditLogConfigs": [
                    {"logType": log.get("log_type"), "exemptedMembers": log.get("exempted_members")}
                    for log in _objects(audit.get("audit_log_configs"))
                ],
            }
            for audit in _objects(block.get("audit_config"))
        ],
    }
    grants = tuple(_grants(policy, scope))
    return Reading(grants, unknown=() if grants else (f"{told}: it may give and take any role.",))


def _grants(policy: Mapping[str, Any], scope: str) -> Iterator[Grant]:
    for binding in _objects(policy.get("bindings")):
        role, members, condition = binding.get("role"), binding.get("members"), binding.get("condition")
        if not isinstance(role, str) or not isinstance(members, list | str | None):
            raise BadPolicy("a binding has no role, or members that are no list")
        if isinstance(condition, list):
            condition = condition[0] if condition else None
        text = condition.get("expression") if isinstance(condition, dict) else None
        for member in members if isinstance(members, list) else [members or ""]:
            yield Grant(
                principal=only(normal_member(str(member))),
                role=only(role),
                resource=only(scope),
                condition=expression(str(text or "")),
            )
    for audit in _objects(policy.get("auditConfigs")):
        for log in _objects(audit.get("auditLogConfigs")):
            members = log.get("exemptedMembers") or []
            if not isinstance(members, list):
                raise BadPolicy("exempted members are no list")
            exempted = ", ".join(sorted(map(str, members)))
            yield Grant(
                principal=only(f"everybody but {exempted}" if exempted else "everybody"),
                role=only(f"audit log {log.get('logType')} of {audit.get('service')}"),
                resource=only(scope),
                deny=True,
            )


def _objects(node: Any) -> list[dict[str, Any]]:
    if node is None:
        return []
    if not isinstance(node, list) or not all(isinstance(item, dict) for item in node):
        raise BadPolicy("a list of objects is something else")
    return node
