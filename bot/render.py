"""Report + template texts -> the comment, the step summary and the status.

A comment has a budget.  Deletions, verdict and checklist are never cut; blocks of single changes are left out whole,
the least important first, and how many is said; a very long list of deletions becomes shorter per line, never fewer.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from markupsafe import Markup
from msgspec import Struct

from bot.address import family
from bot.blocks import Block
from bot.deletion_rows import DeletionRow, list_deletion_sections
from bot.kind import Kind
from bot.markdown import cell_code, markdown_table, trusted
from bot.marker import Marker, write_marker
from bot.publication import EXIT_CODES, Publication, VoidedLabel
from bot.report import Report
from bot.sections import list_sections, tell_left_out
from bot.templating import Templates, build_markdown_environment, build_text_environment

SUMMARY_BUDGET = 1_000_000  # GitHub takes 1 MiB per step
BUDGET = 65_000  # bytes of UTF-8; GitHub refuses more than 65,536 characters
MISSES = 50  # blocks that did not fit, after which no more are tried

# How deletions are listed: the first form that fits is taken.  A full row each; a line each; a line for all instances
# of one block; the numbers alone, for a plan so large or so hostile that not even that fits.
Form = Literal["table", "list", "groups", "bare"]
FORMS: tuple[Form, ...] = ("table", "list", "groups", "bare")


class Section(Struct, frozen=True, kw_only=True):
    """A folded list of blocks: what there was room for, and what was left out, in words."""

    title: str
    shown: tuple[Markup, ...] = ()
    left_out: str = ""


class Group(Struct, frozen=True, kw_only=True):
    """Deletions of the instances of one block, where there are too many for a line each."""

    icon: str
    verb: str
    stack: str
    family: str
    number: int
    example: str


def render(
    report: Report, templates: Mapping[str, str], *, budget: int = BUDGET, summary_budget: int = SUMMARY_BUDGET
) -> Publication:
    """Render everything that gets written.  ``templates`` is file name -> text; budgets are bytes of UTF-8."""
    markdown_env = build_markdown_environment(templates)
    return Publication(
        comment=_fit(markdown_env, "comment.md.j2", report, budget),
        summary=_fit(markdown_env, "summary.md.j2", report, summary_budget),
        checklist=markdown_env.get_template("checklist.md.j2").render(report=report).strip() + "\n",
        status=report.status,
        status_line=render_status(report, templates),
        state=report.state,
        exit_code=EXIT_CODES[report.state],
        shown=report.overrides.digest,
        voided=tuple(
            VoidedLabel(name=lift.set_as, reason=lift.taken_off) for lift in report.overrides.lifts if lift.taken_off
        ),
        plan_labels=report.plan_labels,
    )


def render_status(report: Report, templates: Mapping[str, str]) -> str:
    """One line: context, state, description."""
    return build_text_environment(templates).get_template("status.txt.j2").render(status=report.status).strip()


def _fit(environment: Templates, name: str, report: Report, budget: int) -> str:
    """Fill the room that the fixed parts leave with blocks, the most important first."""
    sections = [(title, blocks) for title, blocks in list_sections(report) if blocks]
    empty = [Section(title=title, left_out=tell_left_out(blocks)) for title, blocks in sections]
    for form in FORMS:
        template = environment.get_template("bare.md.j2" if form == "bare" else name)
        values = {"report": report, **_fixed_values(report, form)}
        room = budget - len(template.render(**values, sections=empty).encode())
        if room >= 0:
            break
    filled = _fill(environment, report, sections, room)
    text = template.render(**values, sections=filled).strip()
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"  # parts that had nothing to say leave blank lines


def _fill(
    environment: Templates, report: Report, sections: Sequence[tuple[str, Sequence[Block]]], room: int
) -> list[Section]:
    """Whole blocks, as many as there is room for; one that is too large does not keep smaller ones out."""
    template = environment.get_template("parts/block.md.j2")
    filled, misses = [], 0
    for title, blocks in sections:
        shown: list[Markup] = []
        rest: list[Block] = []
        for block in blocks:
            text = trusted(template.render(block=block, several=report.several).strip()) if misses < MISSES else None
            if text is not None and len(text.encode()) + 2 <= room:
                room -= len(text.encode()) + 2
                shown.append(text)
            else:
                misses += 1
                rest.append(block)
        filled.append(Section(title=title, shown=tuple(shown), left_out=tell_left_out(rest)))
    return filled


def _fixed_values(report: Report, form: Form) -> dict[str, Any]:
    rows = report.deletions
    return {
        "marker": trusted(write_marker(_marker(report))),
        "counts": _counts_table(report),
        "detail": form,
        "deletion_sections": list_deletion_sections(rows) if form == "table" else (),
        "listed": rows if form == "list" else (),
        "groups": _groups(rows) if form == "groups" else (),
        "types": Counter(row.address.split("[", 1)[0][:80] for row in rows).most_common(50) if form == "bare" else (),
        "most_covers": 50 if form == "table" else 0,
    }


def _marker(report: Report) -> Marker:
    return Marker(
        key=report.environment,
        digest=report.digest,
        run_id=report.origin.run_id,
        attempt=report.origin.attempt,
        shown=report.overrides.list_entries(report.origin.head),
        plan=report.plan,
        verdict=report.state.word,
        commit=report.origin.head,
        at=report.origin.now,
        records=report.origin.records,
        fork=report.unproven,
    )


def _groups(rows: Sequence[DeletionRow]) -> tuple[Group, ...]:
    groups: dict[tuple[str, str, str, str], list[DeletionRow]] = {}
    for row in rows:
        groups.setdefault((row.icon, row.verb, row.stack, family(row.address)), []).append(row)
    made = [
        Group(icon=icon, verb=verb, stack=stack, family=name, number=len(members), example=members[0].address)
        for (icon, verb, stack, name), members in groups.items()
    ]
    return tuple(made)


def _counts_table(report: Report) -> Markup:
    columns: tuple[tuple[Kind, str], ...] = (
        ("create", "create"),
        ("update", "update"),
        ("replace", "replace"),
        ("delete", "destroy"),
        ("forget", "forget"),
        ("move", "move"),
        ("import", "import"),
    )
    if not report.several and not any(stack.problem for stack in report.stacks):
        return _counts_line(report, columns)
    rows = []
    for stack in report.stacks:
        numbers = [_count_cell(stack.counts[kind], loud=kind in ("replace", "delete")) for kind, _ in columns]
        cells = ["cannot be read", *[""] * (len(columns) - 1)] if stack.problem else numbers
        rows.append([cell_code(stack.name), *(trusted(cell) for cell in cells)])
    headers = [trusted("stack"), *(trusted(word) for _, word in columns)]
    if not report.several:
        rows, headers = [row[1:] for row in rows], headers[1:]
    return markdown_table(rows, headers, ["left"] * report.several + ["center"] * len(columns))


def _counts_line(report: Report, columns: Sequence[tuple[Kind, str]]) -> Markup:
    """One stack needs no table, which a phone would cut: ``**2 destroy** · 7 create``, the dangerous first."""
    order: tuple[Kind, ...] = ("delete", "replace", "forget", "update", "create", "move", "import")
    words = dict(columns)
    numbers = [(kind, sum(stack.counts[kind] for stack in report.stacks)) for kind in order]
    loud = ("replace", "delete")
    told = [f"**{n:,} {words[kind]}**" if kind in loud else f"{n:,} {words[kind]}" for kind, n in numbers if n]
    return trusted(" · ".join(told) or "nothing to create, update or destroy")


def _count_cell(count: int, *, loud: bool) -> str:
    if not count:
        return "–"
    return f"**{count:,}**" if loud else f"{count:,}"
