"""What was changed outside Terraform: dangerous first; noise, what is accepted and what is only not applied apart.

A row of ``resource_drift`` compares the state with what is really there: ``before`` is the state, ``after`` reality.
So a grant that is gained there was given by hand.  Source: hashicorp/terraform internal/command/jsonplan.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct, structs

from bot.address import match_glob, sort_key
from bot.attribute_lines import format_path
from bot.catalog import Catalog
from bot.changes import Change, ChangeSet
from bot.classify import exposure, iam, protection
from bot.config import Config
from bot.difference import AttributeChange
from bot.drift_config import Accepted, Danger
from bot.environment import EnvironmentName
from bot.findings import Finding
from bot.inside import read_json
from bot.mask import HIDDEN
from bot.own_rows import add_own_rows
from bot.record import Stack
from bot.severity import SEVERITIES, Severity
from bot.value import canonical, same

What = Literal["unknown", "deleted", "permission", "exposure", "protection", "changed"]
Planned = Literal["restored", "partly", "left", "untold"]
Word = Literal["clean", "drifted", "unknown"]
ORDER: tuple[What, ...] = ("unknown", "deleted", "permission", "exposure", "protection", "changed")
DANGERS: Mapping[What, Danger] = {
    "deleted": "deleted",
    "permission": "permission",
    "exposure": "exposure",
    "protection": "protection",
}
CONCERNS: Mapping[str, What] = {"iam": "permission", "exposure": "exposure", "protection": "protection"}
# Of a drift row these say nothing: that no permission changed, and what a plan would do besides.
_OF_PLANS = ("iam/none", "iam/conflict", "iam/crossing", "iam/hidden-effect")
# What providers count and stamp by themselves.  Not here: when a thing was created and its id, by which one sees that
# it was made again by hand, and tags_all, where alone it shows that a default tag was taken off.
_VOLATILE = frozenset(
    "etag fingerprint generation label_fingerprint last_modified last_modified_time last_update_time last_updated "
    "latest_restorable_time metadata_fingerprint metageneration resource_version tags_fingerprint update_time "
    "updated_at updated_on".split()
)
_EMPTY_NOTES = ("order", "formatting", "line-ends", "empty", "sensitivity")


class Note(Struct, frozen=True, kw_only=True):
    """What a classifier says about an object."""

    severity: Severity
    title: str
    because: str


class Item(Struct, frozen=True, kw_only=True):
    """One object that is not as the state says.  ``what`` is the worst, ``whats`` has all that it is."""

    change: Change
    whats: tuple[What, ...]
    notes: tuple[Note, ...] = ()
    planned: Planned = "untold"
    accepted: tuple[Accepted, ...] = ()  # the entries that cover all of it; empty where it is not accepted
    partly: tuple[Accepted, ...] = ()  # entries that cover some of its attributes, and together not all
    expired: tuple[Accepted, ...] = ()
    refused: tuple[Accepted, ...] = ()  # entries that fit it and do not allow what it is

    @property
    def what(self) -> What:
        return self.whats[0]

    @property
    def severity(self) -> Severity:
        return max((note.severity for note in self.notes), key=SEVERITIES.index, default="info")

    @property
    def dangers(self) -> set[Danger]:
        return {DANGERS[what] for what in self.whats if what in DANGERS}


class StackDrift(Struct, frozen=True, kw_only=True):
    """One stack.  Where ``doubt`` is set the rest is what is known all the same, and never all of it."""

    name: str
    doubt: str = ""
    advice: str = ""
    items: tuple[Item, ...] = ()
    accepted: tuple[Item, ...] = ()
    noise: tuple[Item, ...] = ()
    pending: tuple[Change, ...] = ()  # planned, and no drift accounts for it
    outputs: tuple[str, ...] = ()  # names of outputs that the plan changes

    @property
    def word(self) -> Word:
        return "unknown" if self.doubt else "drifted" if self.items else "clean"


class Drift(Struct, frozen=True, kw_only=True):
    """All stacks of one environment; ``unused`` are entries of the settings that matched nothing anywhere."""

    environment: EnvironmentName
    stacks: tuple[StackDrift, ...]
    unused: tuple[Accepted, ...] = ()
    today: str = ""


def find_drift(
    stacks: Sequence[Stack], config: Config, catalog: Catalog, environment: EnvironmentName, today: str
) -> Drift:
    """``today`` is a day, UTC: it decides which entries of the settings are over."""
    entries = [e for e in config.drift.accepted if not e.environments or environment in e.environments]
    found = tuple(_of_stack(stack, config, catalog, entries, today) for stack in stacks)
    used = {id(entry) for drift in found for entry in _used(drift)}
    known = bool(found) and all(drift.word != "unknown" for drift in found)
    unused = tuple(entry for entry in entries if known and id(entry) not in used)
    return Drift(environment=environment, stacks=found, unused=unused, today=today)


def _used(drift: StackDrift) -> Iterator[Accepted]:
    for item in (*drift.items, *drift.accepted, *drift.noise):
        yield from (*item.accepted, *item.partly, *item.expired, *item.refused)


def _of_stack(stack: Stack, config: Config, catalog: Catalog, entries: Sequence[Accepted], today: str) -> StackDrift:
    doubt, advice = find_doubt(stack)
    if stack.problem:
        return StackDrift(name=stack.name, doubt=doubt, advice=advice)
    rows = [change for change in stack.plan.drift if change.kind != "move"]
    noted = _classify(stack, rows, config, catalog)
    planned = {(change.address, change.deposed): change for change in stack.plan.changes}
    items = [_item(row, noted, planned, stack.plan, catalog) for row in rows]
    items = [_accept(item, entries, today) for item in items]
    items.sort(key=_rank)
    noise = tuple(item for item in items if is_noise(item))
    rest = [item for item in items if not is_noise(item)]
    return StackDrift(
        name=stack.name,
        doubt=doubt,
        advice=advice,
        items=tuple(item for item in rest if not item.accepted),
        accepted=tuple(item for item in rest if item.accepted),
        noise=noise,
        pending=tuple(_pending(stack.plan, {(row.address, row.deposed): row for row in rows})),
        outputs=tuple(output.name for output in stack.plan.outputs),
    )


def find_doubt(stack: Stack) -> tuple[str, str]:
    """Why the drift of a stack is not, or not wholly, known, and what to do; "" twice where it is."""
    plan = stack.plan
    again = "See the job's plan, and run it again."
    if stack.problem:
        return stack.problem.message, stack.problem.advice
    if stack.unproven:
        return "The plan was handed in by a fork, which may write what it likes.", "Plan it in a run of your own."
    if plan.errored:
        return "The plan failed half-way, so not every object was looked at.", again
    if plan.complete is False or plan.deferred:
        return (
            "The plan is incomplete: targeted, or Terraform puts changes off.",
            "Plan the whole stack, without -target.",
        )
    if _before_drift(plan.terraform_version):
        return "Terraform before 0.15.4 does not say what was changed outside of it.", "Plan with a newer Terraform."
    if any(change.kind == "unknown" for change in (*plan.drift, *plan.changes)):
        return "The plan holds an action that is not known.", "Update plan-review."
    return "", ""


def _before_drift(version: str) -> bool:
    numbers = re.match(r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})", version)
    return numbers is not None and tuple(int(text) for text in numbers.groups()) < (0, 15, 4)


def _classify(
    stack: Stack, rows: Sequence[Change], config: Config, catalog: Catalog
) -> dict[tuple[str, str | None], list[Finding]]:
    """The classifiers of a review, asked about reality instead of a plan."""
    rules, own = config.rules, add_own_rows(catalog, config.rules)
    own_changes = tuple(_without_mirrors(row) for row in rows)
    real = structs.replace(stack, plan=ChangeSet(changes=own_changes, features=stack.plan.features))
    findings = (
        *iam.find(iam.find_access([real], own, rules.iam)),
        *exposure.find([real], own),
        *protection.find([real], own),
    )
    noted: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in findings:
        if finding.id not in _OF_PLANS:
            noted.setdefault((finding.address, finding.deposed), []).append(finding)
    return noted


def _without_mirrors(row: Change) -> Change:
    """What another object says is judged there, once."""
    if not row.mirrors or not isinstance(row.before, dict) or not isinstance(row.after, dict):
        return row
    as_before = {name: row.before.get(name) for name in row.mirrors}
    attributes = tuple(a for a in row.attributes if a.path[:1] not in [(name,) for name in row.mirrors])
    return structs.replace(row, after={**row.after, **as_before}, attributes=attributes)


def _item(
    row: Change,
    noted: Mapping[tuple[str, str | None], Sequence[Finding]],
    planned: Mapping[tuple[str, str | None], Change],
    plan: ChangeSet,
    catalog: Catalog,
) -> Item:
    key = (row.address, row.deposed)
    found = noted.get(key, ())
    whats = {CONCERNS[finding.concern] for finding in found} | set(_of_kind(row))
    notes = [Note(severity=f.severity, title=f.title, because=f.because) for f in found]
    if row.kind == "delete":
        known = catalog.row_for(row.type)
        notes.insert(0, Note(severity=known.severity, title="is gone", because=known.because))
    return Item(
        change=row,
        whats=tuple(what for what in ORDER if what in whats) or ("changed",),
        notes=tuple(notes),
        planned=_planned(row, planned.get(key), plan),
    )


def _of_kind(row: Change) -> Iterator[What]:
    if row.kind == "unknown":
        yield "unknown"
    if row.kind in ("delete", "replace", "forget"):
        yield "deleted"


def _planned(row: Change, change: Change | None, plan: ChangeSet) -> Planned:
    """What this very plan does about it.  A refresh-only plan lists no resources, so it tells nothing."""
    if not plan.changes and not plan.counts.no_op:
        return "untold"
    if change is None or change.kind not in ("create", "update", "replace"):
        return "left"
    if row.kind == "delete":
        return "restored" if change.kind == "create" else "left"
    tops = {attribute.path[:1] for attribute in row.attributes if not is_volatile(attribute, row)}
    if any(_is_hidden(row, change, top) for top in tops):
        return "untold"
    back = [top for top in tops if _is_back(row, change, top)]
    return "restored" if len(back) == len(tops) else "partly" if back else "left"


def _is_back(row: Change, change: Change, top: Sequence[Any]) -> bool:
    return same(_meaning(_top(row.before, top)), _meaning(_top(change.after, top)))


def _meaning(value: Any) -> Any:
    """Without what providers write one way or the other: nothing, order, and the form of JSON."""
    if isinstance(value, dict):
        return {key: told for key, child in value.items() if (told := _meaning(child)) is not None}
    if isinstance(value, list):
        return sorted((_meaning(child) for child in value), key=canonical) or None
    if isinstance(value, str):
        document = read_json(value)
        return (value or None) if document is None else _meaning(document)
    return value


def _is_hidden(row: Change, change: Change, top: Sequence[Any]) -> bool:
    """Two hidden values look alike whatever they are."""
    return HIDDEN in canonical([_top(row.before, top), _top(change.after, top)]).decode()


def _top(values: Any, top: Sequence[Any]) -> Any:
    return values.get(top[0]) if top and isinstance(values, dict) else values


def is_volatile(attribute: AttributeChange, row: Change) -> bool:
    """Does only what the provider computes differ, what another object says anyway, or nothing that means anything?"""
    if attribute.note in _EMPTY_NOTES or attribute.path[:1] in [(name,) for name in row.mirrors]:
        return True
    if attribute.secret or row.type.endswith("_object"):  # the etag of an object is its content
        return False
    names = [step for step in attribute.path if isinstance(step, str)]
    return bool(names) and names[-1] in _VOLATILE


def is_noise(item: Item) -> bool:
    """Never what was deleted, permits, exposes or weakens."""
    row = item.change
    return item.whats == ("changed",) and row.kind == "update" and all(is_volatile(a, row) for a in row.attributes)


def _accept(item: Item, entries: Iterable[Accepted], today: str) -> Item:
    fitting = [entry for entry in entries if _fits(entry, item)]
    current = [entry for entry in fitting if entry.until >= today]
    usable = [entry for entry in current if item.dangers <= set(entry.allows) and item.what != "unknown"]
    names = [format_path(a.path) for a in item.change.attributes if not is_volatile(a, item.change)]
    if item.change.kind != "update":
        names = []
    covered = any(not entry.attributes for entry in usable) or (
        bool(names) and all(any(_covers(entry, name) for entry in usable) for name in names)
    )
    return structs.replace(
        item,
        accepted=tuple(usable) if covered else (),
        partly=() if covered else tuple(usable),
        expired=tuple(entry for entry in fitting if entry not in current),
        refused=() if covered else tuple(entry for entry in current if entry not in usable),
    )


def _fits(entry: Accepted, item: Item) -> bool:
    change = item.change
    if not match_glob(entry.match, change.address if "." in entry.match else change.type):
        return False
    return not entry.attributes or any(_covers(entry, format_path(a.path)) for a in change.attributes)


def _covers(entry: Accepted, name: str) -> bool:
    """``tags`` covers what is inside of it as well; a star does what stars do."""
    return not entry.attributes or any(
        match_glob(glob, name) or name.startswith((f"{glob}.", f"{glob}[")) for glob in entry.attributes
    )


def _pending(plan: ChangeSet, drifted: Mapping[tuple[str, str | None], Change]) -> Iterator[Change]:
    yield from (change for change in plan.drift if change.kind == "move")
    for change in plan.changes:
        row = drifted.get((change.address, change.deposed))
        if change.kind != "read" and not (row and _accounts_for(row, change)):
            yield change


def _accounts_for(row: Change, change: Change) -> bool:
    """Would the change only put back what drifted?  What the apply will tell follows from the rest."""
    if row.kind == "delete":
        return change.kind == "create"
    if change.kind not in ("update", "replace") or set(change.badges) & {"moved", "imported"}:
        return False
    drifted = {attribute.path[:1] for attribute in row.attributes}
    own = {a.path[:1] for a in change.attributes if not a.unknown and a.note not in _EMPTY_NOTES}
    return bool(own) and all(
        top in drifted and _is_back(row, change, top) and not _is_hidden(row, change, top) for top in own
    )


def _rank(item: Item) -> tuple[Any, ...]:
    worst = -SEVERITIES.index(item.severity)
    return (ORDER.index(item.what), worst, sort_key(item.change.address), item.change.deposed or "")
