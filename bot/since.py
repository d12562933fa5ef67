"""What changed since the plan that a reviewer saw last: new, gone and different rows, and the verdict then and now."""

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from bot.age import tell_age
from bot.changes import Change, ChangeSet
from bot.compare import Delta, compare_plans
from bot.config import VolatileRule
from bot.kind import Kind
from bot.record import Stack
from bot.state import StateWord
from bot.wording import KIND_ICONS, KIND_WORDS

MOST = 10  # addresses of one kind and word; of what is destroyed five times as many
FEW = 3  # attributes named of a change that differs
VERDICTS: dict[StateWord, str] = {
    "pass": "pass",
    "attention": "look before you merge",
    "hold": "do not merge",
    "error": "cannot be trusted",
}
ORDER: tuple[Kind, ...] = ("delete", "replace", "forget", "unknown", "update", "create", "import", "move")


class Earlier(Struct, frozen=True, kw_only=True):
    """The plans that were shown before, as far as they are known; "" and 0 where nobody knows."""

    stacks: tuple[Stack, ...] = ()
    same: bool = False  # they do what the plans at hand do: there is nothing to compare
    because: str = ""  # why there is nothing to compare with
    run_id: str = ""
    attempt: int = 0
    commit: str = ""
    at: str = ""  # RFC 3339 UTC
    verdict: StateWord | Literal[""] = ""


class StackSince(Struct, frozen=True, kw_only=True):
    """One stack: compared, new, gone, or unread because one of its two plans cannot be read."""

    stack: str
    state: Literal["compared", "new", "gone", "unread"] = "compared"
    delta: Delta = Delta()


class Since(Struct, frozen=True, kw_only=True):
    """The plans at hand beside the earlier ones.  Where ``earlier.because`` is set nothing was compared."""

    earlier: Earlier
    verdict: StateWord
    stacks: tuple[StackSince, ...] = ()

    @property
    def same(self) -> bool:
        changed = any(one.state != "compared" or not one.delta.empty for one in self.stacks)
        return not self.earlier.because and not changed


class SincePlace(Struct, frozen=True, kw_only=True):
    """One object; ``differs`` is what of its change is another than it was, where it was there before."""

    stack: str
    address: str
    deposed: str | None
    differs: tuple[str, ...] = ()
    more: int = 0  # that differ as well


class SinceGroup(Struct, frozen=True, kw_only=True):
    """What is done to some objects, and how many more there are."""

    icon: str
    does: str
    places: tuple[SincePlace, ...]
    more: str = ""


class SinceRow(Struct, frozen=True, kw_only=True):
    """What is new, gone or different, what destroys first."""

    word: str  # New | Gone | Changed
    number: int
    groups: tuple[SinceGroup, ...]


class SinceReport(Struct, frozen=True, kw_only=True):
    """What a reviewer reads."""

    because: str
    same: bool
    run: str  # run 8123, attempt 2
    commit: str  # 1234567; "" where nobody knows
    age: str  # 2 h ago; the same
    before: str  # the verdicts in words; the same
    now: str
    rows: tuple[SinceRow, ...]
    stacks: tuple[tuple[str, str], ...]  # sentence, stack
    others: tuple[str, ...]  # outputs and provider actions


def compare_since(
    earlier: Earlier | None, stacks: Sequence[Stack], verdict: StateWord, volatile: Sequence[VolatileRule]
) -> Since | None:
    """None where nobody asked.  ``verdict`` is that of ``stacks``.

    Plans that were given as files are of the same stack where there is one on each side.
    """
    if earlier is None:
        return None
    if earlier.because or earlier.same:
        return Since(earlier=earlier, verdict=verdict)
    known = {stack.name: stack for stack in earlier.stacks}
    if not earlier.run_id and len(stacks) == len(known) == 1:
        known = {stacks[0].name: earlier.stacks[0]}
    names = {stack.name for stack in stacks}
    compared = [_compare(stack, known.get(stack.name), volatile) for stack in stacks]
    gone = [StackSince(stack=name, state="gone") for name in known if name not in names]
    return Since(earlier=earlier, verdict=verdict, stacks=(*compared, *gone))


def _compare(stack: Stack, old: Stack | None, volatile: Sequence[VolatileRule]) -> StackSince:
    if stack.problem or (old and old.problem):
        return StackSince(stack=stack.name, state="unread")
    try:
        delta = compare_plans(old.plan if old else ChangeSet(), stack.plan, volatile)
        return StackSince(stack=stack.name, state="compared" if old else "new", delta=delta)
    except RecursionError:
        return StackSince(stack=stack.name, state="unread")


def build_since(since: Since, now: str) -> SinceReport:
    """``now`` is RFC 3339 UTC."""
    earlier = since.earlier
    sentences = {"new": "New stack", "gone": "Stack that is gone", "unread": "Cannot be compared, for want of a plan"}
    return SinceReport(
        because=earlier.because,
        same=since.same,
        run=_tell_run(earlier),
        commit=earlier.commit[:7],
        age=tell_age(earlier.at, now),
        before=VERDICTS[earlier.verdict] if earlier.verdict else "",
        now=VERDICTS[since.verdict],
        rows=tuple(_rows(since.stacks)),
        stacks=tuple((sentences[one.state], one.stack) for one in since.stacks if one.state != "compared"),
        others=tuple(dict.fromkeys(name for one in since.stacks for name in one.delta.others)),
    )


def _tell_run(earlier: Earlier) -> str:
    attempt = f", attempt {earlier.attempt}" if earlier.attempt > 1 else ""
    return f"run {earlier.run_id}{attempt}" if earlier.run_id else "the earlier one"


def _rows(stacks: Sequence[StackSince]) -> Iterator[SinceRow]:
    for word, name in (("New", "new"), ("Gone", "gone"), ("Changed", "changed")):
        changes = [pair for one in stacks for pair in _places(one, name)]
        if changes:
            yield SinceRow(word=word, number=len(changes), groups=tuple(_groups(changes)))


def _places(one: StackSince, name: str) -> Iterator[tuple[Kind, SincePlace]]:
    changes: tuple[Change, ...] = getattr(one.delta, name)
    differing = one.delta.differing if name == "changed" else ((),) * len(changes)
    for change, differs in zip(changes, differing, strict=True):
        told = tuple(path[:100] for path in differs[:FEW])
        more = max(0, len(differs) - FEW)
        yield (
            change.kind,
            SincePlace(stack=one.stack, address=change.address, deposed=change.deposed, differs=told, more=more),
        )


def _groups(changes: Sequence[tuple[Kind, SincePlace]]) -> Iterator[SinceGroup]:
    for kind in sorted({kind for kind, _ in changes}, key=_importance):
        found = [place for one, place in changes if one == kind]
        most = MOST * 5 if kind in ("delete", "replace") else MOST
        more = f"and {len(found) - most:,} more" if len(found) > most else ""
        yield SinceGroup(icon=KIND_ICONS[kind], does=KIND_WORDS.get(kind, kind), places=tuple(found[:most]), more=more)


def _importance(kind: Kind) -> int:
    return ORDER.index(kind) if kind in ORDER else len(ORDER)
