"""The drift of one stack as people read it: title, sections, rows, each in the order of its weight."""

from collections.abc import Iterator

from msgspec import Struct

from bot.attribute_lines import list_lines
from bot.changes import Change
from bot.day import count_days
from bot.drift import Drift, Item, Planned, StackDrift, What, is_volatile
from bot.drift_config import Accepted
from bot.drift_issue import Seen
from bot.markdown import one_line
from bot.report import Origin
from bot.text_lines import Line
from bot.wording import KIND_ICONS, plural

LONGEST_TITLE = 200  # characters; GitHub takes 256
TITLES: dict[What, str] = {
    "unknown": "❓ An action that is not known",
    "deleted": "🗑️ Deleted outside Terraform",
    "permission": "🔑 Permissions changed outside Terraform",
    "exposure": "🌐 Opened to everybody outside Terraform",
    "protection": "🛡️ Protection weakened outside Terraform",
    "changed": "📝 Changed outside Terraform",
}
SHORT: dict[What, str] = {
    "unknown": "unknown",
    "deleted": "deleted",
    "permission": "with permissions",
    "exposure": "opened to everybody",
    "protection": "less protected",
}
# What the plan says; whether there will be such an apply is for the guard to say, which lets through what was reviewed.
PLANNED: dict[Planned, str] = {
    "restored": "an apply would put it back",
    "partly": "an apply would put back a part of it",
    "left": "it stays like this: the configuration does not set it",
    "untold": "",
}
_REMADE: dict[Planned, str] = {
    "restored": "an apply would make a new one",
    "left": "it stays gone",
    "partly": "",
    "untold": "",
}


class Row(Struct, frozen=True, kw_only=True):
    """One line, and what unfolds below it."""

    icon: str
    address: str
    deposed: str | None = None
    text: str = ""
    notes: tuple[tuple[str, str], ...] = ()  # a word in bold, "" for none, and a sentence
    change: Change | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The diff, made when it is shown: "-" is the state, "+" what is really there; without the noise in it."""
        change = self.change
        if change is None or change.kind != "update":
            return ()
        telling = [attribute for attribute in change.attributes if not is_volatile(attribute, change)]
        return tuple(line for attribute in telling or change.attributes for line in list_lines(attribute))


class DriftSection(Struct, frozen=True, kw_only=True):
    """``loud`` has room before everything else and hides no sentence; ``folded`` opens on a click."""

    title: str
    rows: tuple[Row, ...]
    loud: bool = False
    folded: bool = True
    intro: str = ""


class DriftReport(Struct, frozen=True, kw_only=True):
    """One stack.  ``settings`` are sentences about entries of the settings that do not do what their owner thinks."""

    environment: str
    drift: StackDrift
    title: str
    age: str
    seen: Seen
    origin: Origin
    sections: tuple[DriftSection, ...]
    over: tuple[Accepted, ...] = ()
    unused: tuple[Accepted, ...] = ()
    today: str = ""


def build_drift_report(drift: StackDrift, whole: Drift, seen: Seen, origin: Origin) -> DriftReport:
    environment = whole.environment.upper()
    return DriftReport(
        environment=environment,
        drift=drift,
        title=tell_title(drift, environment),
        age=_tell_age(seen.first, origin.now),
        seen=seen,
        origin=origin,
        sections=tuple(section for section in _sections(drift) if section.rows),
        over=tuple({entry: None for item in drift.items for entry in item.expired}),
        unused=whole.unused,
        today=whole.today,
    )


def tell_title(drift: StackDrift, environment: str) -> str:
    """Plain text of one line, for the issue and for the terminal."""
    start = "Drift unknown" if drift.doubt else "Drift" if drift.items else "No drift"
    told = [plural(len(drift.items), "object")] if drift.items else []
    for what, word in SHORT.items():
        if number := sum(item.what == what for item in drift.items):
            told.append(f"{number:,} {word}")
    text = one_line(f"{start} in {environment}, {drift.name}{': ' if told else ''}{', '.join(told)}")
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1]}…"


def _tell_age(first: str, now: str) -> str:
    days = count_days(first, now)
    return f"{plural(days, 'day')} ago" if days else "today"


def _sections(drift: StackDrift) -> Iterator[DriftSection]:
    """In the order in which they stand; room is given to what is loud first."""
    for what, title in TITLES.items():
        items = [item for item in drift.items if item.what == what]
        yield DriftSection(
            title=f"{title}: {plural(len(items), 'object')}",
            rows=tuple(_row(item) for item in items),
            loud=what != "changed",
            folded=False,
        )
    pending = (*(_pending(change) for change in drift.pending), *(_output(name) for name in drift.outputs))
    yield DriftSection(
        title=f"⏳ Not applied yet, and no drift: {plural(len(pending), 'planned change')}",
        rows=pending,
        intro="Merged and not applied, or a change that an earlier run took into the state.",
    )
    yield DriftSection(
        title=f"🤝 Accepted in the settings: {plural(len(drift.accepted), 'object')}",
        rows=tuple(_accepted(item) for item in drift.accepted),
    )
    yield DriftSection(
        title=f"🔇 Noise: {plural(len(drift.noise), 'object')}",
        rows=tuple(_noise(item) for item in drift.noise),
        intro="Only what the provider computes differs, what another object says anyway, order or form.",
    )


def _row(item: Item) -> Row:
    change = item.change
    words = _REMADE if change.kind == "delete" else PLANNED
    return Row(
        icon=KIND_ICONS[change.kind],
        address=change.address,
        deposed=change.deposed,
        text=words[item.planned],
        notes=tuple(_notes(item)),
        change=change,
    )


def _notes(item: Item) -> Iterator[tuple[str, str]]:
    ranked = sorted(item.notes, key=lambda note: note.severity != item.severity)
    yield from ((note.severity, f"{note.title}. {note.because}") for note in ranked)
    for entry in item.expired:
        yield "no longer accepted", f"{entry.owner} answered for it until {entry.until}: {entry.reason}"
    for entry in item.partly:
        yield "not accepted", f"The entry of {entry.owner} covers a part of it, not all."
    for entry in item.refused:
        missing = ", ".join(sorted(item.dangers - set(entry.allows)))
        yield "not accepted", f"The entry of {entry.owner} fits it, but does not allow {missing}."


def _pending(change: Change) -> Row:
    return Row(icon=KIND_ICONS[change.kind], address=change.address, deposed=change.deposed, text=_word(change.kind))


def _word(kind: str) -> str:
    return kind.replace("_", " ")


def _output(name: str) -> Row:
    return Row(icon="📤", address=f"output.{name}", text="output")


def _accepted(item: Item) -> Row:
    entry = item.accepted[0]
    return Row(
        icon=KIND_ICONS[item.change.kind],
        address=item.change.address,
        deposed=item.change.deposed,
        text=f"{entry.owner}, until {entry.until}: {entry.reason}",
    )


def _noise(item: Item) -> Row:
    change = item.change
    names = dict.fromkeys(str(a.path[-1]) for a in change.attributes if a.path and a.path[0] not in change.mirrors)
    told = [*list(names)[:5], *(f"{name} as {address} says" for name, address in list(change.mirrors.items())[:5])]
    return Row(icon="·", address=change.address, deposed=change.deposed, text=", ".join(told))
