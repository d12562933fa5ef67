"""What is destroyed or replaced, as people read it: a line each, reasons that repeat said once, families together."""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.address import family
from bot.attribute_lines import format_path
from bot.classify.destructive import FORCES, Deletion
from bot.intent import INTENTS, Intent, IntentWord
from bot.state import State
from bot.verdict import Reason, Verdict
from bot.wording import LOST, STATE_ICONS, call_type, explain_reason

Key = tuple[str, str, str | None]
VERBS = {"destroy": "destroys", "replace": "replaces", "update": "takes data from"}
LOSSES = {
    "data": "data is lost",
    "identity": "its identity is lost",
    "outage": "an outage",
    "none": "can be made again",
    "unknown": "what is lost is not known",
}
FAMILY = 3  # deletions that share a line when nothing but their names differs


class DeletionRow(Struct, frozen=True, kw_only=True):
    """One line of "destroys and replaces"."""

    icon: str
    stack: str
    address: str
    deposed: str | None
    verb: str  # destroy | replace | update
    does: str  # the verb in a sentence
    thing: str  # the type as people call it, e.g. S3 bucket
    name: str  # what people call it, "" where nothing tells
    places: tuple[str, ...]
    lost: str
    loses: str  # ``lost`` in a sentence
    lasting: bool  # data or identity is lost
    because: str
    facts: tuple[str, ...]
    why: str
    why_paths: tuple[str, ...]
    intent: IntentWord
    intent_because: str
    held: bool


class DeletionFamily(Struct, frozen=True, kw_only=True):
    """Deletions that are alike but for their names: of one block, or of one type where all can be made again."""

    first: DeletionRow
    members: tuple[DeletionRow, ...]
    block: str  # the address without keys, "" where they are of several blocks


class DeletionSection(Struct, frozen=True, kw_only=True):
    """Deletions of one intent.  ``because`` is said once for all of them; where it is "", each has its own."""

    icon: str
    intent: IntentWord
    because: str
    number: int
    passes: bool  # others hold the merge, these do not
    families: tuple[DeletionFamily, ...]


def list_deletion_rows(
    deletions: Sequence[Deletion], intents: Sequence[Intent], verdict: Verdict
) -> tuple[DeletionRow, ...]:
    """What is held first, then what nobody explained, then the most dangerous."""
    states = _states(verdict.rule("deletions"))
    rows = zip(deletions, intents, strict=True)
    made = [_row(d, intent, states[(d.stack, d.address, d.deposed)]) for d, intent in rows]
    return tuple(sorted(made, key=lambda row: (not row.held, INTENTS.index(row.intent), not row.lasting)))


def list_deletion_sections(rows: Sequence[DeletionRow]) -> tuple[DeletionSection, ...]:
    """The rows in their order, under the intent they share."""
    some_held = any(row.held for row in rows)
    times = Counter((row.held, row.intent, row.intent_because) for row in rows)
    sections: dict[tuple[bool, str, str], list[DeletionRow]] = {}
    for row in rows:
        key = (row.held, row.intent, row.intent_because)
        shared = row.intent_because if times[key] > 1 else ""
        sections.setdefault((row.held, row.intent, shared), []).append(row)
    return tuple(
        DeletionSection(
            icon=members[0].icon,
            intent=members[0].intent,
            because=because,
            number=len(members),
            passes=some_held and not held,
            families=_families(members),
        )
        for (held, _, because), members in sections.items()
    )


def _families(rows: Sequence[DeletionRow]) -> tuple[DeletionFamily, ...]:
    alike: dict[tuple[object, ...], list[DeletionRow]] = {}
    for row in rows:
        said = (row.verb, row.lost, row.because, row.facts, row.why, row.why_paths, row.intent_because, row.places)
        block = family(row.address) if row.held or row.lasting else ""  # what can be made again need not be apart
        alike.setdefault((row.stack, block, row.thing, row.deposed is None, *said), []).append(row)
    made = []
    for members in alike.values():
        packs = [members] if len(members) >= FAMILY else [[row] for row in members]
        made += [DeletionFamily(first=pack[0], members=tuple(pack), block=_block(pack)) for pack in packs]
    return tuple(made)


def _block(rows: Sequence[DeletionRow]) -> str:
    blocks = {family(row.address) for row in rows}
    return blocks.pop() if len(blocks) == 1 else ""


def _states(rule: Reason | None) -> Mapping[Key, State]:
    return {(child.stack, child.address, child.deposed): child.state for child in rule.children} if rule else {}


def _row(deletion: Deletion, intent: Intent, state: State) -> DeletionRow:
    effect = {"abandons": ("left behind, not destroyed",), "blocked": ("protected: the apply fails",)}
    window = () if deletion.window is None else (_window(deletion.window),)
    later = ("put off to a later plan",) if deletion.deferred else ()
    forces = tuple(f"{name} is on: {FORCES[name]}" for name in deletion.forces)
    verb = "destroy" if deletion.action == "delete" else deletion.action
    return DeletionRow(
        icon=STATE_ICONS[state],
        stack=deletion.stack,
        address=deletion.address,
        deposed=deletion.deposed,
        verb=verb,
        does=VERBS[verb],
        thing=call_type(deletion.type),
        name=deletion.names[0] if deletion.names else "",
        places=deletion.names[1:],
        lost=LOST[deletion.loss],
        loses=LOSSES[deletion.loss],
        lasting=deletion.loss in ("data", "identity"),
        because=deletion.because,
        facts=(*effect.get(deletion.effect, ()), *forces, *deletion.reach, *window, *later),
        why=explain_reason(deletion.reason, deposed=deletion.deposed is not None),
        why_paths=tuple(format_path(path)[:100] for path in deletion.replace_paths[:3]),
        intent=intent.intent,
        intent_because=intent.because,
        held=state >= State.HOLD,
    )


def _window(days: int) -> str:
    return f"can be brought back for {days} days" if days else "cannot be brought back: its recovery window is 0 days"
