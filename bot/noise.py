"""Noise: changes that nobody needs to look at one by one.  It is folded into one counted line, never left out.

A change is noise because of what it does, and stays noise only while nothing else in the report names its address:
whatever a finding, a grant, a cost, a deletion, an intent, a reason of the verdict or an invoked action is about is
shown as every other change.  Where the plan cannot be trusted, nothing is noise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from typing import Any, Literal, Protocol

from bot.address import family
from bot.changes import NO_MASKS, Change
from bot.classify.cost import CostChange
from bot.classify.destructive import Deletion
from bot.difference import AttributeChange
from bot.findings import Finding
from bot.grant_change import GrantChange
from bot.infracost import Prices
from bot.intent import Intent
from bot.mask import UNKNOWN
from bot.record import Stack
from bot.verdict import Reason

Noise = Literal["", "read", "tags", "computed"]  # "" is no noise
Key = tuple[str, str, str | None]  # stack, address, deposed
Named = Set[tuple[str, str]]  # stack ("" is any) and address
TAGS = ("tags", "tags_all", "labels", "effective_labels", "terraform_labels")


class _Named(Protocol):
    """Whatever says something about an address."""

    @property
    def stack(self) -> str: ...

    @property
    def address(self) -> str: ...


def list_noise(stack: Stack) -> dict[Key, Noise]:
    """Which changes of one stack are noise while nothing names them, and of which sort; what is none is not in it."""
    return {
        (stack.name, change.address, change.deposed): sort
        for change in (stack.plan.changes if _is_trusted(stack) else ())
        if (sort := sort_noise(change))
    }


def leave_out_named(noise: Mapping[Key, Noise], named: Named) -> dict[Key, Noise]:
    """What is noise after all."""
    return {key: sort for key, sort in noise.items() if not is_named(key[0], key[1], named)}


def list_named(
    stacks: Sequence[Stack],
    *,
    findings: Iterable[Finding],
    grants: Iterable[GrantChange],
    costs: Iterable[CostChange],
    deletions: Iterable[Deletion],
    intents: Iterable[Intent],
    reasons: Sequence[Reason],
    prices: Prices | None,
) -> Named:
    """The addresses something is said about, whatever it is; failing checks name whole blocks, without keys."""
    told: tuple[Iterable[_Named], ...] = (findings, grants, costs, deletions, intents, _walk(reasons))
    rows = chain.from_iterable(told)
    named = {(row.stack, row.address) for row in rows if row.address}
    for stack in stacks:
        plan = stack.plan
        named |= {(stack.name, deferred.change.address) for deferred in plan.deferred}
        named |= {(stack.name, family(check.address)) for check in plan.checks if check.status != "pass"}
        for action in plan.actions:
            named |= {(stack.name, action.address), (stack.name, action.trigger.partition(" of ")[2])}
    by_address = prices.by_address if prices else {}
    return frozenset(named | {("", address) for address, price in by_address.items() if price.difference})


def _walk(reasons: Sequence[Reason]) -> Iterator[Reason]:
    for reason in reasons:
        yield reason
        yield from _walk(reason.children)


def _is_trusted(stack: Stack) -> bool:
    """Where values are hidden because nobody knows which are secret, what changes is not known either."""
    whole = stack.problem is None and not stack.unproven
    return whole and not stack.plan.errored and NO_MASKS not in stack.plan.notes


def is_named(stack: str, address: str, named: Named) -> bool:
    """Is anything said about a change, whichever of the objects under its address is meant?"""
    addresses = (address, family(address))
    return any((name, address) in named for name in (stack, "") for address in addresses)


def sort_noise(change: Change) -> Noise:
    """What sort of noise the change alone is.  A badge or a secret that changes always means something."""
    if change.badges or change.deposed or change.generated_config:
        return ""
    if change.kind == "read":
        return "" if "_iam_" in change.type else "read"  # a policy document that is put off is a permission's text
    if change.kind != "update" or not change.attributes or change.replace_paths:
        return ""
    if any(attribute.secret or attribute.note == "sensitivity" for attribute in change.attributes):
        return ""
    if _is_tagging(change):
        return "tags"
    return "computed" if all(_is_computed(attribute, change) for attribute in change.attributes) else ""


def _is_tagging(change: Change) -> bool:
    """Tags of an identity may be what a policy asks for, and some types are nothing but their labels."""
    if "_iam_" in change.type or change.type.endswith(("_tags", "_labels")):
        return False
    names = {attribute.path[0] if attribute.path else "" for attribute in change.attributes}
    return all(name in TAGS and _is_map(change, str(name)) for name in names)


def _is_map(change: Change, name: str) -> bool:
    """``tags`` of a google_compute_instance are a list, and what firewalls go by."""
    sides = [_get(change.before, name), _get(change.after, name)]
    maps = [side for side in sides if isinstance(side, dict)]
    return bool(maps) and all(isinstance(side, dict) or side is None or side == UNKNOWN for side in sides)


def _get(values: Any, name: str) -> Any:
    return values.get(name) if isinstance(values, Mapping) else values


def _is_computed(attribute: AttributeChange, change: Change) -> bool:
    """It is known only after apply, and the configuration does not set it.

    Dynamic blocks are missing in Terraform's configuration, so whatever may be a block (objects, nothing at all, an
    empty list) could be set after all.
    """
    if change.references is None or not attribute.unknown or len(attribute.path) != 1:
        return False
    is_set = any(path.split(".", 1)[0] == attribute.path[0] for path in change.references)
    return not is_set and _is_no_block(attribute.before)


def _is_no_block(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and not any(isinstance(item, dict | list) for item in value)
    return value is not None and not isinstance(value, dict)


def list_names(attributes: Sequence[AttributeChange]) -> tuple[str, ...]:
    """What changes in a change that is noise: the keys of its tags, or else its attributes, each once."""
    keys = [path[1] for path in (a.path for a in attributes) if len(path) > 1]
    whole = [key for a in attributes if len(a.path) == 1 for key in _differing(a.before, a.after)]
    names = [a.path[0] for a in attributes if a.path]
    return tuple(dict.fromkeys(str(name) for name in (*keys, *whole) or names))


def _differing(before: Any, after: Any) -> Iterator[str]:
    """Keys of a map that comes or goes as a whole."""
    for side in (before, after):
        yield from side if isinstance(side, dict) else ()
