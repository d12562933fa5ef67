"""The drift of one stack -> the text of its issue, within the budget of bytes.

Room is given by importance, a whole row at a time: first a line for everything dangerous, then what differs there, then
the rest.  What found no room is counted exactly.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from markupsafe import Markup
from msgspec import Struct, structs

from bot.drift import Drift, StackDrift
from bot.drift_issue import END_LINE, SEEN_LINE, DriftMarker, Seen, Text, list_loud, write_drift_marker
from bot.drift_report import DriftReport, DriftSection, Row, build_drift_report
from bot.markdown import code, escape_text, trusted
from bot.report import Origin
from bot.templating import Templates, build_markdown_environment
from bot.wording import plural

BUDGET = 65_000  # bytes of UTF-8; GitHub keeps the old text where one is longer than 65,536 characters
MISSES = 50  # rows that did not fit, after which no more of a section are tried
MOST_NOTES = 6  # sentences below one row
Form = Literal["line", "more"]


class Filled(Struct, frozen=True, kw_only=True):
    """A section with the rows there was room for; ``left_out`` is the number of the others."""

    title: str
    folded: bool
    intro: str = ""
    texts: tuple[Markup, ...] = ()
    left_out: int = 0


class _Room:
    """Bytes that are left."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, text: str) -> bool:
        size = len(text.encode()) + 2
        fits = size <= self.left
        self.left -= size if fits else 0
        return fits


def write_issue(
    drift: StackDrift,
    whole: Drift,
    seen: Seen,
    origin: Origin,
    templates: Mapping[str, str],
    budget: int = BUDGET,
) -> Text:
    """Title and description.  ``budget`` is in bytes of UTF-8."""
    report = build_drift_report(drift, whole, seen, origin)
    marker = DriftMarker(
        environment=whole.environment,
        stack=drift.name,
        first_seen=seen.first,
        times=seen.times,
        loud=list_loud(drift),
    )
    body = f"{write_drift_marker(marker)}\n"
    return Text(title=report.title, body=body + render_drift(report, templates, budget - len(body.encode())))


def render_drift(report: DriftReport, templates: Mapping[str, str], budget: int = BUDGET) -> str:
    """The description without its marker, as the step summary shows it."""
    environment = build_markdown_environment(templates)
    template = environment.get_template("drift.md.j2")
    values = {
        "report": report,
        "headline": _headline(report),
        "run": _run(report.origin),
        "seen_line": trusted(SEEN_LINE),
        "end_line": trusted(END_LINE),
        "kept": _kept(report),
    }
    empty = [_filled(section, (), len(section.rows)) for section in report.sections]
    room = budget - len(template.render(**values, sections=empty).encode())
    if room < 0 and values["kept"]:
        values["kept"] = trusted("It is too long to stand here; the history of this description has it.")
        room = budget - len(template.render(**values, sections=empty).encode())
    filled = _fill(environment, report.sections, _Room(room))
    text = template.render(**values, sections=filled).strip()
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"


def _kept(report: DriftReport) -> Markup:
    """Our own text of an earlier run, where this one knows nothing; it may have been edited by who may write here."""
    return trusted(report.seen.kept if report.drift.doubt and not report.drift.items else "")


def _headline(report: DriftReport) -> Markup:
    where = f"{report.environment}, stack "
    number = len(report.drift.items)
    if report.drift.doubt:
        start, end = f"Drift unknown in {where}", f": {plural(number, 'object')} known to differ" if number else ""
    else:
        start, end = f"Drift in {where}", f": {plural(number, 'object')} changed outside Terraform"
        start, end = (start, end) if number else (f"No drift in {where}", "")
    return trusted(f"{escape_text(start)}{code(report.drift.name)}{escape_text(end)}")


def _run(origin: Origin) -> Markup:
    if not origin.run_url:
        return trusted("")
    return trusted(
        f"[run {escape_text(origin.run_id)}]({origin.run_url})"
    )  # an address that the event's reader checked


def _fill(environment: Templates, sections: Sequence[DriftSection], room: _Room) -> list[Filled]:
    lines = {id(s): _lines(environment, s, room) for s in sections if s.loud}
    filled = []
    for section in sections:
        if section.loud:
            shown = lines[id(section)]
            texts = [_unfold(environment, row, text, room) for row, text in zip(section.rows, shown, strict=False)]
        else:
            texts = _blocks(environment, section, room)
        filled.append(_filled(section, texts, len(section.rows) - len(texts)))
    return filled


def _filled(section: DriftSection, texts: Sequence[Markup], left_out: int) -> Filled:
    return Filled(
        title=section.title, folded=section.folded, intro=section.intro, texts=tuple(texts), left_out=left_out
    )


def _lines(environment: Templates, section: DriftSection, room: _Room) -> list[Markup]:
    """A line for each row, from the first to the last that fits: what is worst is never the one left out."""
    texts = []
    for row in section.rows:
        text = _render(environment, row, "line", loud=True)
        if not room.take(text):
            text = _render(environment, structs.replace(row, notes=()), "line", loud=True)
            if not room.take(text):
                break
        texts.append(text)
    return texts


def _unfold(environment: Templates, row: Row, text: Markup, room: _Room) -> Markup:
    if not row.lines:
        return text
    more = _render(environment, row, "more", loud=True)
    return trusted(f"{text}\n\n{more}") if room.take(more) else text


def _blocks(environment: Templates, section: DriftSection, room: _Room) -> list[Markup]:
    """Each row with what differs or, where that has no room, as a line."""
    texts: list[Markup] = []
    misses = 0
    for row in section.rows:
        if misses >= MISSES:
            break
        forms: tuple[Form, ...] = ("more", "line") if row.lines else ("line",)
        text = next((t for form in forms if room.take(t := _render(environment, row, form, loud=False))), None)
        if text is None:
            misses += 1
        else:
            texts.append(text)
    return texts


def _render(environment: Templates, row: Row, form: Form, *, loud: bool) -> Markup:
    template = environment.get_template("parts/drift_row.md.j2")
    text = template.render(row=row, form=form, loud=loud, most=MOST_NOTES)
    return trusted(re.sub(r"\n{3,}", "\n\n", text.strip()))
