"""What STAGE got beside what PROD will get: matched by stack and address, with the environment's name left out.

Values are not compared: they differ between environments by nature.  What is done to which object is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from mmap import mmap

from msgspec import Struct

from bot.changes import Change, ChangeSet
from bot.config import Config
from bot.environment import EnvironmentName
from bot.errors import UntrustedPlan
from bot.kind import Kind
from bot.record import Record, Stack, decode_record, is_record

WORDS: dict[EnvironmentName, tuple[str, ...]] = {
    "dev": ("dev", "development"),
    "stage": ("stage", "staging", "stg"),
    "prod": ("prod", "production", "prd"),
}
# Branches that are called what half of all resources are called say nothing about an environment.
COMMON = ("main", "master", "trunk", "default", "develop")
ORDER: tuple[Kind, ...] = ("delete", "replace", "forget", "unknown", "update", "create", "import", "move")
Words = Mapping[EnvironmentName, tuple[str, ...]]


class Step(Struct, frozen=True, kw_only=True):
    """What is done to one object in one environment."""

    stack: str
    address: str
    deposed: str | None
    kind: Kind
    destroys: bool


class Source(Struct, frozen=True, kw_only=True):
    """One file that should be a record of STAGE; without ``steps`` it is none, and ``because`` says why.

    Of the record no more is kept: there may be hundreds, and values are not compared.
    """

    name: str
    steps: tuple[Step, ...] | None = None
    because: str = ""


class Pair(Struct, frozen=True, kw_only=True):
    """The same object in both environments, to which other things are done."""

    here: Step
    there: Step


class Promotion(Struct, frozen=True, kw_only=True):
    """``here``: STAGE never saw it; ``there``: STAGE got it and it is missing here; ``same``: how many agree."""

    sources: tuple[Source, ...]  # that could not be used
    here: tuple[Step, ...] = ()
    there: tuple[Step, ...] = ()
    different: tuple[Pair, ...] = ()
    same: int = 0
    compared: bool = False

    @property
    def agrees(self) -> bool:
        return self.compared and not (self.here or self.there or self.different or self.sources)

    @property
    def destroys(self) -> tuple[Step, ...]:
        """What is destroyed here and never was in STAGE."""
        return (
            *(step for step in self.here if step.destroys),
            *(pair.here for pair in self.different if pair.here.destroys and not pair.there.destroys),
        )


def read_source(name: str, data: bytes | mmap, given: str = "") -> Source:
    """A file as ``record --environment stage`` writes it; ``given`` is another name for its stack."""
    if not is_record(data):
        return Source(name=name, because="is no record; make it with: plan-review record --environment stage")
    try:
        record = decode_record(data)
    except UntrustedPlan as error:
        return unreadable(name, error)
    because = _mistake(record)
    if because:
        return Source(name=name, because=because)
    return Source(name=name, steps=tuple(list_steps(given or record.stack.name, record.stack.plan)))


def unreadable(name: str, error: UntrustedPlan) -> Source:
    return Source(name=name, because=f"cannot be read: {error.message.removesuffix('.')}")


def _mistake(record: Record) -> str:
    if record.environment == "":
        return "does not say which environment it is of; record it with --environment stage"
    if record.environment != "stage":
        known = record.environment if record.environment in WORDS else "another environment"
        return f"is of {known.upper() if known in WORDS else known}, not of STAGE"
    return f"holds no plan: {record.stack.problem.message.removesuffix('.')}" if record.stack.problem else ""


def list_words(config: Config) -> Words:
    """The words that name an environment: its own, those of the settings, and its branch."""
    flow = {"stage": config.flow.stage, "prod": config.flow.prod}
    own = config.rules.naming.environment_words
    return {
        name: (*words, *own.get(name, ()), *([flow[name]] if flow.get(name, COMMON[0]) not in COMMON else []))
        for name, words in WORDS.items()
    }


def compare_promotion(
    sources: Sequence[Source] | None, stacks: Sequence[Stack], environment: EnvironmentName, config: Config
) -> Promotion | None:
    """None where nobody asked.  ``stacks`` are those of PROD."""
    if sources is None:
        return None
    if environment != "prod":
        return Promotion(sources=(Source(name="", because="only a plan of PROD is compared with what STAGE got"),))
    broken = [source for source in sources if source.steps is None]
    broken += [Source(name=stack.name, because="has no plan that can be read") for stack in stacks if stack.problem]
    theirs = [source.steps for source in sources if source.steps is not None]
    ours = [stack for stack in stacks if stack.problem is None]
    if not theirs or not ours:
        return Promotion(sources=tuple(broken))
    words = list_words(config)
    single = len(theirs) == len(ours) == 1
    here = _by_key([list_steps(stack.name, stack.plan) for stack in ours], words["prod"], one_name=single)
    there = _by_key(theirs, words["stage"], one_name=single)
    pairs, left, missing = _pair(here, there)
    different = tuple(Pair(here=one, there=other) for one, other in pairs if one.kind != other.kind)
    return Promotion(
        sources=tuple(broken),
        here=tuple(sorted(left, key=_importance)),
        there=tuple(sorted(missing, key=_importance)),
        different=tuple(sorted(different, key=lambda pair: _importance(pair.here))),
        same=len(pairs) - len(different),
        compared=True,
    )


Keyed = dict[tuple[str, str, bool], list[Step]]


def list_steps(stack: str, plan: ChangeSet) -> Iterator[Step]:
    """What a plan does; what it only reads is not among it."""
    for change in plan.changes:
        if change.kind not in ("read", "no_op"):
            yield _step(stack, change)


def _by_key(stacks: Sequence[Iterable[Step]], words: Sequence[str], *, one_name: bool) -> Keyed:
    """Steps by stack and address without the environment's words; what is deposed has a random key of its own."""
    pattern = _pattern(words)
    found: Keyed = {}
    for step in chain.from_iterable(stacks):
        name = "" if one_name else pattern.sub("\0", step.stack)
        key = (name, pattern.sub("\0", step.address), step.deposed is not None)
        found.setdefault(key, []).append(step)
    return found


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Whole words, the longest first; an underscore parts words as a hyphen does."""
    options = "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{options})(?![^\W_])", re.IGNORECASE)


def _step(stack: str, change: Change) -> Step:
    return Step(stack=stack, address=change.address, deposed=change.deposed, kind=change.kind, destroys=change.destroys)


def _pair(here: Keyed, there: Keyed) -> tuple[list[tuple[Step, Step]], list[Step], list[Step]]:
    """Pairs, and what is left of either side: by normalised address first, then by the very same one."""
    pairs: list[tuple[Step, Step]] = []
    left: list[tuple[str, Step]] = []
    missing: dict[tuple[str, str, str | None], Step] = {}
    for key in {**here, **there}:
        ours, theirs = here.get(key, []), there.get(key, [])
        both = min(len(ours), len(theirs))
        pairs += zip(ours[:both], theirs[:both], strict=True)
        left += [(key[0], step) for step in ours[both:]]
        missing |= {(key[0], step.address, step.deposed): step for step in theirs[both:]}
    alone: list[Step] = []
    for stack, step in left:
        other = missing.pop((stack, step.address, step.deposed), None)
        if other is None:
            alone.append(step)
        else:
            pairs.append((step, other))
    return pairs, alone, list(missing.values())


def _importance(step: Step) -> int:
    return ORDER.index(step.kind) if step.kind in ORDER else len(ORDER)
