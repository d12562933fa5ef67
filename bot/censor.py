"""The second net: copies of marked values, and what looks secret although nobody marked it.

``build_censor`` walks every place of a plan where Terraform says, or a name says, that a value is secret: rows that
change and rows that do not, drift, deferred changes, outputs, actions, data sources in the prior state, sensitive
variables, write-only arguments and provider credentials written into the configuration.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

from msgspec import UNSET, Raw, UnsetType

from bot.address import map_keys
from bot.mask import Path, Secret, any_true, prune
from bot.plan import NULL, Plan, WireAction, WireChange, WireRow, decode_members, decode_value
from bot.prior_state import list_resources, read_state
from bot.secret_scan import SHORT, SecretScan
from bot.sieve import Sieve
from bot.vault import Vault

# Where Terraform writes no masks (before 0.15) only these attributes are shown: they name things.
NAMING = frozenset(
    "address arn bucket bucket_name cluster_identifier cluster_name database_name dataset_id display_name domain "
    "function_name group_name id identifier instance_type kind location machine_type name namespace project "
    "project_id region role_name self_link size table_id table_name topic type vpc_id zone".split()
)

SHORT_MASK = 4096  # bytes: longer ones are rarely seen twice
_TRUE = re.compile(b"true").search  # without a copy of the bytes


class PlanCensor:
    """Hides in values, map keys, addresses and free text of one plan what its masks do not cover."""

    def __init__(self, vault: Vault, scan: SecretScan, *, names_only: bool = False) -> None:
        self._vault = vault
        self._scan = scan
        self._names_only = names_only
        self._sieve = Sieve(vault, scan)
        self._text_again = lru_cache(maxsize=65_536)(self._text)  # names and short values come again and again

    @cached_property
    def _for_names(self) -> "PlanCensor":
        return PlanCensor(self._vault, self._scan, names_only=True)

    def names_only(self) -> "PlanCensor":
        """The same censor for a row without masks: sensitivity is unknown there, so only names are shown."""
        return self._for_names

    def sift(
        self, before: Mapping[str, Any], after: Mapping[str, Any], same: Set[str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        return ({}, {}) if self._names_only else self._sieve.sift(before, after, same)

    def leaf(self, value: Any, path: Path) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if self._names_only and not (path and path[-1] in NAMING):
            return Secret(value)
        if not isinstance(value, str):
            told = str(value)
            return value if self._vault.scrub(told) == told else Secret(value)
        if value and self._scan.is_secret_value(path, value):
            return Secret(value)
        shown = self.text(value)
        return value if shown == value else Secret(value, shown)

    def key(self, text: str) -> str:
        return self.text(text)

    def text(self, text: str) -> str:
        return self._text_again(text) if len(text) <= SHORT else self._text(text)

    def _text(self, text: str) -> str:
        return self._scan.scrub(self._vault.scrub(text))

    def scrub(self, text: str) -> str:
        """``text``, under the name that a secret scan has for it."""
        return self.text(text)

    def address(self, address: str) -> str:
        """Names in an address are source code; only the keys hold data."""
        return map_keys(address, self.text)


def build_censor(plan: Plan, written: Iterable[Any], scan: SecretScan) -> PlanCensor:
    """``written`` are the secrets in the configuration (see source.read_source).

    Raises UntrustedPlan for values no Terraform writes.
    """
    return PlanCensor(Vault(chain(_list_secrets(plan), written)), scan)


def _list_secrets(plan: Plan) -> Iterator[Any]:
    # A hundred thousand times: no generator stands between, and no call that is not needed.
    for row in _rows(plan):
        change = row.change
        before, after = change.before_sensitive, change.after_sensitive
        if (before is not UNSET and _TRUE(before)) or (after is not UNSET and after != before and _TRUE(after)):
            yield from _marked_in_change(change)
    for change in (plan.output_changes or {}).values():
        yield from _marked_in_change(change)
    for action in _actions(plan):
        yield from _marked_in_raw(action.config_values, action.config_sensitive)
    state = read_state(plan.prior_state)
    yield from (decode_value(output.value) for output in state.outputs if output.sensitive)
    for resource in list_resources(state.root):
        if _TRUE(resource.sensitive_values):
            yield from _marked_in_raw(resource.values, resource.sensitive_values)


def _rows(plan: Plan) -> Iterator[WireRow]:
    deferred = (deferred.resource_change for deferred in plan.deferred_changes or ())
    return chain(plan.resource_changes or (), plan.resource_drift or (), deferred)


def _actions(plan: Plan) -> Iterator[WireAction]:
    yield from plan.action_invocations or ()
    yield from (deferred.action_invocation for deferred in plan.deferred_action_invocations or ())


def _marked_in_change(change: WireChange) -> Iterator[Any]:
    """Either side's mark makes the value of both sides secret, so each mask is laid on each side."""
    first, second = change.before_sensitive, change.after_sensitive
    sides = (change.before,) if change.before == change.after else (change.before, change.after)
    for marks in (first,) if first == second else (first, second):
        if _marks_something(marks):
            for side in sides:
                yield from _marked_in_raw(side, marks)


def _marks_something(marks: Raw | UnsetType) -> bool:
    return marks is not UNSET and _TRUE(marks) is not None


def _marked_in_raw(value: Raw, marks: Raw | UnsetType) -> Iterator[Any]:
    """Only what is marked is decoded: of the fifty arguments of a database that is the password."""
    if isinstance(marks, UnsetType) or not _marks_something(marks) or value == NULL:
        return
    mask = decode_mask(marks)
    members = decode_members(value) if isinstance(mask, dict) else None
    if members is None:
        yield from _marked(decode_value(value), mask)
        return
    for key, mark in mask.items():
        if key in members and any_true(mark):
            yield from _marked(decode_value(members[key]), mark)


def decode_mask(marks: Raw | UnsetType) -> Any:
    """Pruned; False for one that is absent.  Raises UntrustedPlan as ``decode_value`` does."""
    if isinstance(marks, UnsetType):
        return False
    data = bytes(marks)
    return _decode_again(data) if len(data) <= SHORT_MASK else _decode_mask(data)


def _decode_mask(data: bytes) -> Any:
    return prune(decode_value(Raw(data)) or False)


_decode_again = lru_cache(maxsize=4096)(_decode_mask)  # objects of one kind have the same marks


def _marked(value: Any, marks: Any) -> Iterator[Any]:
    if marks is True:
        yield value
    elif isinstance(marks, dict) and isinstance(value, dict):
        for key, mark in marks.items():
            yield from _marked(value.get(key), mark)
    elif isinstance(marks, list) and isinstance(value, list) and len(marks) == len(value):
        for child, mark in zip(value, marks, strict=True):
            yield from _marked(child, mark)
    elif any_true(marks):
        yield value
