"""Before an apply: is the fresh plan what was reviewed?  Equal and smaller go on; what nobody saw stops.

What is equal to a reviewed change was reviewed, whatever it does.  Of the rest, a deletion, a permission gained, an
exposure and an action of a provider always stop; anything else does what the settings say.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from bot.catalog import Catalog
from bot.changes import Change, ChangeSet
from bot.classify.destructive import Deletion, list_deletions
from bot.classify.exposure import find as find_exposure
from bot.classify.iam import find as find_iam
from bot.classify.iam import find_access
from bot.compare import compare_with_reviewed
from bot.config import Config
from bot.findings import Finding
from bot.own_rows import add_own_rows
from bot.record import Record, Stack
from bot.severity import SEVERITIES
from bot.state import State
from bot.value import canonical

Word = Literal["equal", "subset", "different"]
What = Literal["trust", "deletion", "permission", "exposure", "action", "other"]
Key = tuple[str, str | None]
WORDS = {"delete": "is destroyed", "replace": "is destroyed and made again", "update": "loses data"}
OTHER = {"pass": State.PASS, "attention": State.ATTENTION, "hold": State.HOLD}


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that is not as reviewed; ``sentence`` says what, in words."""

    what: What
    state: State
    stack: str
    address: str = ""
    deposed: str | None = None
    sentence: str


class GuardedStack(Struct, frozen=True, kw_only=True):
    """How the fresh plan of one stack stands to the reviewed one."""

    name: str
    word: Word
    done: tuple[str, ...] = ()  # addresses that were reviewed and are not, or not wholly, in the fresh plan


class Guarded(Struct, frozen=True, kw_only=True):
    """The answer; ``differences`` have what stops first.  The apply goes on below HOLD."""

    state: State
    stacks: tuple[GuardedStack, ...]
    differences: tuple[Difference, ...]

    @property
    def goes_on(self) -> bool:
        return self.state < State.HOLD


class Apply(Struct, frozen=True, kw_only=True):
    """What is about to be applied: ``head`` is the reviewed commit, that is the head of the merged pull request."""

    environment: str
    head: str
    scheduled: bool = False


def compare_reviewed(
    reviewed: Sequence[Record], fresh: Sequence[Stack], apply: Apply, config: Config, catalog: Catalog
) -> Guarded:
    """Compare each stack with its record; a stack that only one side has stops."""
    differences = [*_distrust(reviewed, fresh, apply)]
    records = {record.stack.name: record.stack for record in reviewed}
    stacks = []
    for stack in fresh:
        before = records.get(stack.name)
        if before is None or before.problem or stack.problem:
            stacks.append(GuardedStack(name=stack.name, word="different"))
            continue
        found = tuple(_differences(before, stack, config, catalog))
        done = tuple(_done(before.plan, stack.plan))
        differences += found
        stacks.append(
            GuardedStack(name=stack.name, word="different" if found else "subset" if done else "equal", done=done)
        )
    if apply.scheduled:
        differences += _scheduled(fresh, config, catalog)
    ordered = sorted(differences, key=lambda difference: -difference.state)
    state = max((difference.state for difference in ordered), default=State.PASS)
    return Guarded(state=state, stacks=tuple(stacks), differences=tuple(ordered))


def _distrust(reviewed: Sequence[Record], fresh: Sequence[Stack], apply: Apply) -> Iterator[Difference]:
    """What makes a comparison worth nothing."""
    if not reviewed or not fresh:
        side = "No record of a review" if not reviewed else "No fresh plan"
        yield _stop("", f"{side} was given: nothing may be applied.")
    names = (Counter(record.stack.name for record in reviewed), Counter(stack.name for stack in fresh))
    for name in dict.fromkeys((*names[0], *names[1])):
        if not names[0][name]:
            yield _stop(name, "This stack was not reviewed: there is no record of it.")
        elif not names[1][name]:
            yield _stop(name, "This stack was reviewed and has no fresh plan.")
        elif names[0][name] > 1 or names[1][name] > 1:
            yield _stop(name, "Two records or two plans have this name: nobody can tell which was reviewed.")
    for record in reviewed:
        yield from _distrust_record(record, apply)
    for stack in fresh:
        yield from (_stop(stack.name, sentence, State.ERROR) for sentence in _doubts(stack, "fresh plan"))


def _distrust_record(record: Record, apply: Apply) -> Iterator[Difference]:
    name = record.stack.name
    if record.environment != apply.environment:
        whose = f"is of the environment {record.environment}" if record.environment else "names no environment"
        yield _stop(name, f"The record {whose}; the apply is for {apply.environment}.")
    if record.head != apply.head or not record.head:
        yield _stop(
            name, f"The record is of commit {record.head[:7] or 'unknown'}; reviewed was {apply.head[:7] or 'unknown'}."
        )
    for sentence in _doubts(record.stack, "record"):
        yield _stop(name, sentence)


def _doubts(stack: Stack, what: str) -> Iterator[str]:
    plan = stack.plan
    if stack.problem:
        yield f"The {what} cannot be trusted: {stack.problem.message}"
    if plan.errored:
        yield f"The {what} is of a plan that failed half-way."
    if plan.complete is False or plan.deferred:
        yield f"The {what} is incomplete: Terraform puts changes off to a later plan."
    if any(change.kind == "unknown" for change in plan.changes):
        yield f"The {what} holds an action that is not known."


def _differences(reviewed: Stack, fresh: Stack, config: Config, catalog: Catalog) -> Iterator[Difference]:
    seen = {_key(change): change for change in reviewed.plan.changes}
    other = {_key(change): change for change in _unseen(seen, fresh.plan)}
    loud: set[Key] = set()
    for difference in _dangers(reviewed, fresh, other, config, catalog):
        loud.add((difference.address, difference.deposed))
        yield difference
    for key, change in other.items():
        if key not in loud:
            yield _other(
                fresh.name, change, config, "was reviewed as another change" if key in seen else "was not reviewed"
            )
    yield from _outputs(reviewed, fresh, config)


def _unseen(seen: dict[Key, Change], fresh: ChangeSet) -> Iterator[Change]:
    for change in fresh.changes:
        before = seen.get(_key(change))
        if change.kind == "read" or (before and compare_with_reviewed(before, change) != "different"):
            continue
        if not _is_leftover(seen, change):
            yield change


def _is_leftover(seen: dict[Key, Change], change: Change) -> bool:
    """The old object of a reviewed replacement that made the new one first and stopped then."""
    before = seen.get((change.address, None))
    return bool(change.deposed and before and before.actions == ("create", "delete") and change.actions == ("delete",))


def _dangers(
    reviewed: Stack, fresh: Stack, other: dict[Key, Change], config: Config, catalog: Catalog
) -> Iterator[Difference]:
    rules, rows = config.rules, add_own_rows(catalog, config.rules)
    known = {_deletion_key(deletion) for deletion in list_deletions([reviewed], rows, rules.destructive)}
    for deletion in list_deletions([fresh], rows, rules.destructive):
        if (deletion.address, deletion.deposed) in other and _deletion_key(deletion) not in known:
            sentence = f"{WORDS[deletion.action]}, and nobody reviewed that. {deletion.because}"
            yield _danger("deletion", fresh.name, deletion.address, deletion.deposed, sentence)
    shown, now = (find_iam(find_access([stack], rows, rules.iam)) for stack in (reviewed, fresh))
    yield from _found("permission", _gained(reviewed, shown, now, set(other)))
    yield from _found("exposure", _worse(find_exposure([reviewed], rows), find_exposure([fresh], rows)))
    invoked = {
        canonical([action.address, action.type, action.trigger, action.config]) for action in reviewed.plan.actions
    }
    for action in fresh.plan.actions:
        if canonical([action.address, action.type, action.trigger, action.config]) not in invoked:
            yield _danger(
                "action", fresh.name, action.address, None, "runs an action of the provider that nobody reviewed."
            )


def _deletion_key(deletion: Deletion) -> tuple[object, ...]:
    """A deletion that goes further than the one that was shown is another one."""
    return (deletion.address, deletion.deposed, deletion.action, deletion.effect, deletion.loss, deletion.forces)


def _worse(reviewed: Sequence[Finding], fresh: Sequence[Finding]) -> Iterator[Finding]:
    """Findings that the review did not show like this, or not as severe."""
    shown = {(f.id, f.address, f.deposed, f.title): SEVERITIES.index(f.severity) for f in reviewed}
    for finding in fresh:
        if SEVERITIES.index(finding.severity) > shown.get(
            (finding.id, finding.address, finding.deposed, finding.title), -1
        ):
            yield finding


def _gained(reviewed: Stack, shown: Sequence[Finding], now: Sequence[Finding], other: set[Key]) -> Iterator[Finding]:
    """Permissions nobody saw: of unseen changes, and of seen ones that turned out worse once they were known."""
    prints = {(f.address, text) for f in shown for text in f.fingerprints or (f.title,)}
    worst: dict[str, int] = {}
    for finding in shown:
        worst[finding.address] = max(worst.get(finding.address, 0), SEVERITIES.index(finding.severity))
    guessed = {_key(c) for c in reviewed.plan.changes if any(attribute.unknown for attribute in c.attributes)}
    for finding in now:
        seen = all((finding.address, text) in prints for text in finding.fingerprints or (finding.title,))
        worse = SEVERITIES.index(finding.severity) > worst.get(finding.address, -1)
        key = (finding.address, finding.deposed)
        if not seen and finding.id != "iam/lose" and (key in other or (key in guessed and worse)):
            yield finding


def _found(what: What, findings: Iterator[Finding]) -> Iterator[Difference]:
    for finding in findings:
        yield _danger(
            what, finding.stack, finding.address, finding.deposed, f"{finding.title}, and nobody reviewed that."
        )


def _outputs(reviewed: Stack, fresh: Stack, config: Config) -> Iterator[Difference]:
    seen = {output.name: output for output in reviewed.plan.outputs}
    for output in fresh.plan.outputs:
        before = seen.get(output.name)
        if output.kind == "no_op" or (before and (before.unknown or before == output)):
            continue
        state = OTHER[config.guard.other]
        sentence = f"The output {output.name} was not reviewed like this."
        yield Difference(what="other", state=state, stack=fresh.name, sentence=sentence)


def _scheduled(fresh: Sequence[Stack], config: Config, catalog: Catalog) -> Iterator[Difference]:
    for deletion in list_deletions(fresh, catalog, config.rules.destructive):
        sentence = "would be destroyed, replaced or lose data: an apply on schedule destroys nothing, reviewed or not."
        yield _danger("deletion", deletion.stack, deletion.address, deletion.deposed, sentence)


def _done(reviewed: ChangeSet, fresh: ChangeSet) -> Iterator[str]:
    now = {_key(change): change for change in fresh.changes}
    for change in reviewed.changes:
        after = now.get(_key(change))
        if change.kind != "read" and (after is None or compare_with_reviewed(change, after) == "part"):
            yield change.address


def _key(change: Change) -> Key:
    return (change.address, change.deposed)


def _other(stack: str, change: Change, config: Config, why: str) -> Difference:
    return Difference(
        what="other",
        state=OTHER[config.guard.other],
        stack=stack,
        address=change.address,
        deposed=change.deposed,
        sentence=f"{why}: {change.kind.replace('_', ' ')}.",
    )


def _danger(what: What, stack: str, address: str, deposed: str | None, sentence: str) -> Difference:
    return Difference(what=what, state=State.HOLD, stack=stack, address=address, deposed=deposed, sentence=sentence)


def _stop(stack: str, sentence: str, state: State = State.HOLD) -> Difference:
    return Difference(what="trust", state=state, stack=stack, sentence=sentence)
