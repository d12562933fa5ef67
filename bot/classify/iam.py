"""Permissions this plan gives and takes, as grants gained and lost.

Both sides of every change are read as sets of grants, and the sets of the whole plan are compared: what moves from one
resource to another is neither gained nor lost.  What the plan cannot show is said in words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import product

from msgspec import Struct, structs

from bot.access import crossing, lockout, silent
from bot.access.danger import call_role, goes_whole, judge_gain, judge_loss
from bot.access.escalation import list_escalations
from bot.access.gather import Gathered, Touched, gather
from bot.catalog import Catalog
from bot.catalog.iam import AccessCatalog, AccessRow
from bot.config import IamConfig
from bot.findings import Finding
from bot.grant import Effect, Grant, effective, subtract
from bot.grant_change import GrantChange, group
from bot.record import Stack
from bot.severity import Severity
from bot.value import fingerprint

MOST_FINGERPRINTS = 12  # grants of one finding that are told apart
Origins = Mapping[Grant, Touched]


class Access(Struct, frozen=True):
    """Grants gained and lost; findings about what grants alone do not tell."""

    changes: tuple[GrantChange, ...] = ()
    findings: tuple[Finding, ...] = ()


def find_access(stacks: Sequence[Stack], catalog: Catalog, rules: IamConfig) -> Access:
    """What all stacks do to permissions, the most dangerous first."""
    return join_access([find_stack_access(stack, catalog, rules) for stack in stacks])


def find_stack_access(stack: Stack, catalog: Catalog, rules: IamConfig) -> Access:
    """What one stack does to permissions, grant by grant, for ``join_access``."""
    return _of_stack(stack, catalog.access, rules)


def join_access(found: Sequence[Access]) -> Access:
    """What stacks do together, the most dangerous first."""
    changes = group(change for access in found for change in access.changes)
    return Access(changes, tuple(finding for access in found for finding in access.findings))


def find(access: Access) -> tuple[Finding, ...]:
    """Findings of this concern: a group of grants each, then what goes beyond grants."""
    return (*(_finding(change) for change in access.changes), *access.findings)


def _of_stack(stack: Stack, catalog: AccessCatalog, rules: IamConfig) -> Access:
    gathered = gather(stack.plan, catalog)
    before, after = _origins(gathered, "before"), _origins(gathered, "after")
    gained, lost = _compare(list(before), list(after))
    gained = [grant for grant in gained if not (grant.deny and _frees_nobody(before[grant]))]
    accounts = {*rules.accounts, *_own_accounts(stack)}
    changes = [
        *_changes(stack.name, "gain", gained, {**before, **after}, gathered, catalog, accounts),
        *_changes(stack.name, "lose", lost, {**after, **before}, gathered, catalog, accounts),
    ]
    moving = {*gained, *lost}
    movers = {touched.change.address for touched in gathered.touched if not moving.isdisjoint(_all(touched))}
    crossings = tuple(crossing.find(stack.name, gathered.touched, moving, catalog, accounts))
    told = {*(change.address for change in changes), *(finding.address for finding in crossings)}
    findings = (
        *list_escalations(stack.name, before, after, catalog),
        *lockout.find(stack.name, [(grant, before[grant]) for grant in lost if grant in before], after, rules),
        *crossings,
        *silent.find(stack.name, stack.plan, gathered, movers, told),
    )
    return Access(tuple(changes), findings)


def _origins(gathered: Gathered, side: str) -> dict[Grant, Touched]:
    """Every grant of a side with the change it stands in; the first one where several give the same."""
    found: dict[Grant, Touched] = {}
    for touched in gathered.touched:
        for grant in _grants(touched, side):
            own = structs.replace(grant, holder=touched.change.address) if grant.unknown else grant
            found.setdefault(own, touched)  # two unknown values are two, however alike they look
    return found


def _grants(touched: Touched, side: str) -> tuple[Grant, ...]:
    """Where the other side cannot be read at all, nothing is known to come or to go."""
    own, other = (touched.before, touched.after) if side == "before" else (touched.after, touched.before)
    blind = side == "before" and not other.grants and (other.problems or other.unknown)
    return () if blind else own.grants


def _all(touched: Touched) -> tuple[Grant, ...]:
    return (*touched.before.grants, *touched.after.grants)


def _compare(before: Sequence[Grant], after: Sequence[Grant]) -> tuple[list[Grant], list[Grant]]:
    """Gained and lost.  A denial that goes is a gain, one that comes is a loss."""
    sides = [[grant for grant in side if not grant.hidden] for side in (effective(before), effective(after))]
    (allowed, denied), (allowed_now, denied_now) = (_split(side) for side in sides)
    gained = [*subtract(allowed_now, allowed), *subtract(denied, denied_now)]
    lost = [*subtract(allowed, allowed_now), *subtract(denied_now, denied)]
    return gained, lost


def _split(grants: Iterable[Grant]) -> tuple[list[Grant], list[Grant]]:
    grants = list(grants)
    return [grant for grant in grants if not grant.deny], [grant for grant in grants if grant.deny]


def _frees_nobody(touched: Touched) -> bool:
    """What is gone is freed from nothing, and what was taken once does not come back."""
    return touched.row.once or goes_whole(touched.change, touched.row)


def _changes(
    stack: str,
    effect: Effect,
    grants: Sequence[Grant],
    origins: Origins,
    gathered: Gathered,
    catalog: AccessCatalog,
    accounts: Set[str],
) -> Iterator[GrantChange]:
    for grant in grants:
        touched = origins[grant]
        change = touched.change
        gain = effect == "gain"
        danger = (
            judge_gain(grant, touched.row, change.type, catalog, accounts)
            if gain
            else judge_loss(grant, touched.row, change, catalog)
        )
        yield GrantChange(
            effect=effect,
            verb=_verb(effect, grant, touched.row),
            principals=(str(grant.principal),),
            roles=(_spelled(grant, gathered.spelling, catalog),),
            resources=(str(grant.resource),),
            condition=str(grant.condition),
            denied=grant.deny,
            unknown=grant.unknown,
            stack=stack,
            address=change.address,
            deposed=change.deposed,
            severity=danger.severity,
            because=danger.because,
        )


def _verb(effect: Effect, grant: Grant, row: AccessRow) -> str:
    if not grant.deny:
        return "gains" if effect == "gain" else "loses"
    if row.guardrail:
        return "is freed from" if effect == "gain" else "is bound by"
    return "is no longer denied" if effect == "gain" else "is denied"


def _spelled(grant: Grant, spelling: Mapping[str, str], catalog: AccessCatalog) -> str:
    texts = ", ".join(call_role(spelling.get(text, text), catalog) for text in grant.role.globs)
    return f"everything but {texts}" if grant.role.negated else texts


def _own_accounts(stack: Stack) -> Iterator[str]:
    """AWS accounts that the plan's own objects live in."""
    for change in stack.plan.changes:
        for values in (change.before, change.after):
            arn = values.get("arn") if isinstance(values, dict) else None
            parts = arn.split(":") if isinstance(arn, str) else []
            if len(parts) > 5 and parts[4].isdecimal():
                yield parts[4]


def _finding(change: GrantChange) -> Finding:
    severity: Severity = change.severity
    told = f"{_some(change.principals)} {change.verb} {_some(change.roles)} on {_some(change.resources)}"
    return Finding(
        id=f"iam/{change.effect}",
        concern="iam",
        severity=severity,
        confidence="low" if change.unknown else "high",
        stack=change.stack,
        address=change.address,
        deposed=change.deposed,
        title=told + (f" if {change.condition}" if change.condition else ""),
        because=change.because,
        source="the plan itself",
        fingerprints=_fingerprints(change),
    )


def _fingerprints(change: GrantChange) -> tuple[str, ...]:
    """One for each grant; of very many, one for all of them."""
    rest = (change.verb, change.condition, change.denied, change.unknown)
    if len(change.principals) * len(change.roles) * len(change.resources) > MOST_FINGERPRINTS:
        return (fingerprint(change.principals, change.roles, change.resources, *rest),)
    grants = product(change.principals, change.roles, change.resources)
    return tuple(fingerprint(*grant, *rest) for grant in grants)


def _some(texts: Sequence[str]) -> str:
    return ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
