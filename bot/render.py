"""Report + template texts -> the comment, the step summary and the status.

A comment has a budget.  Deletions, verdict and checklist are never cut; blocks of single changes are left out whole,
the least important first, and how many is said; a very long list of deletions becomes shorter per line, never fewer.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from markupsafe import Markup
from msgspec import Struct

from bot.count_table import build_count_table
from bot.deletion_groups import AddressList, DeletionGroups, group_by_block, group_by_type, list_addresses
from bot.deletion_rows import DeletionRow, DeletionSection, list_deletion_sections
from bot.filling import fill, list_empty
from bot.markdown import trusted
from bot.marker import Marker, write_marker
from bot.publication import EXIT_CODES, Publication, VoidedLabel
from bot.report import Report
from bot.sections import list_folded_sections
from bot.silent_parts import drop_silent
from bot.template_file import NONE, OwnTemplates
from bot.templating import Templates, build_markdown_environment, build_text_environment

SUMMARY_BUDGET = 1_000_000  # GitHub takes 1 MiB per step
BUDGET = 65_000  # bytes of UTF-8; GitHub refuses more than 65,536 characters

# How deletions are listed: the first form that fits is taken.  A full row each; a line each; a line for all instances
# of one block; a line for each type of resource; and for a plan so hostile that not even that fits, the bare verdict.
Form = Literal["table", "list", "blocks", "types", "bare"]
FORMS: tuple[Form, ...] = ("table", "list", "blocks", "types", "bare")


class Frame(Struct, frozen=True, kw_only=True):
    """What stands before and after whatever a template makes; no template can leave it out."""

    head: Markup = Markup()
    foot: Markup = Markup()

    @property
    def size(self) -> int:
        return len(self.around("").encode())

    def around(self, text: str) -> str:
        return f"{self.head}{text}\n{self.foot}\n" if self.foot else f"{self.head}{text}"


def render(
    report: Report,
    templates: Mapping[str, str],
    own: OwnTemplates = NONE,
    *,
    budget: int = BUDGET,
    summary_budget: int = SUMMARY_BUDGET,
) -> Publication:
    """Render what gets written.  ``templates`` is file name -> text; budgets are bytes of UTF-8, 0: not at all.

    ``own`` are templates of the user's, in the place of those of the same name.  With them everything is rendered:
    each is measured by all that it shows.
    """
    if own != NONE:
        budget, summary_budget = budget or BUDGET, summary_budget or SUMMARY_BUDGET

    def make(environment: Templates, notices: Markup) -> Publication:
        return _render(environment, report, templates, (budget, summary_budget), notices)

    ours = build_markdown_environment(drop_silent(report, templates))
    plain = _render(ours, report, templates, (budget, summary_budget), Markup(), lists_all=True)
    if own == NONE:
        return plain
    from bot.fallback import Rendering, render_own  # here, because few have templates of their own

    return render_own(own, Rendering(report=report, builtin=templates, plain=plain, make=make))


def _render(
    environment: Templates,
    report: Report,
    templates: Mapping[str, str],
    budgets: tuple[int, int],
    notices: Markup,
    *,
    lists_all: bool = False,
) -> Publication:
    """``lists_all``: the templates are ours, which name every deletion where the form has a row or a line for each."""
    marker = trusted(f"{write_marker(_marker(report))}\n")
    head, foot = Frame(head=marker, foot=notices), Frame(foot=notices)
    return Publication(
        comment=_fit(environment, "comment.md.j2", report, budgets[0], head, lists_all) if budgets[0] else "",
        summary=_fit(environment, "summary.md.j2", report, budgets[1], foot, lists_all) if budgets[1] else "",
        checklist=environment.get_template("checklist.md.j2").render(report=report).strip() + "\n",
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


def _fit(environment: Templates, name: str, report: Report, budget: int, frame: Frame, lists_all: bool) -> str:
    """Fill the room that the fixed parts leave with blocks, the most important first."""
    sections = [(title, items) for title, items in list_folded_sections(report) if items]
    empty = list_empty(sections)
    for form in FORMS:
        template = environment.get_template("bare.md.j2" if form == "bare" else name)
        values = {"report": report, **_fixed_values(report, form)}
        if lists_all and _measure_least(values["deletion_sections"], values["listed"]) > budget:
            continue  # what cannot fit is not rendered to find out
        room = budget - frame.size - len(template.render(**values, sections=empty).encode())
        if room >= 0:
            break
    if form in ("blocks", "types", "bare"):
        values["addresses"] = list_addresses(report.deletions, room, several=report.several)
        room = budget - frame.size - len(template.render(**values, sections=empty).encode())
    filled = fill(environment, sections, room, several=report.several)
    text = template.render(**values, sections=filled).strip()
    text = re.sub(r"\n{3,}", "\n\n", text) + "\n"  # parts that had nothing to say leave blank lines
    return frame.around(text)


def _measure_least(sections: Sequence[DeletionSection], listed: Sequence[DeletionRow]) -> int:
    """Bytes that a list of every deletion takes at least: its texts without what the template puts around them."""
    families = [family for section in sections for family in section.families]
    rows = [row for family in families for row in family.members] + list(listed)
    told = [family.first for family in families] + list(listed)
    return sum(len(row.address) for row in rows) + sum(len(row.thing) + len(row.loses) for row in told)


def list_values(report: Report) -> tuple[str, ...]:
    """Names of what templates are given besides report and sections."""
    return tuple(_fixed_values(report, "table"))


def _fixed_values(report: Report, form: Form) -> dict[str, Any]:
    rows = report.deletions
    return {
        "counts": build_count_table(report.stacks),
        "detail": form,
        "deletion_sections": list_deletion_sections(rows) if form == "table" else (),
        "listed": rows if form == "list" else (),
        "groups": _groups(rows, form),
        "addresses": AddressList(),
        "most_covers": 50 if form == "table" else 0,
    }


def _groups(rows: Sequence[DeletionRow], form: Form) -> DeletionGroups | None:
    """None where each has a line.  Blocks that are nearly as many as their instances tell less than types do."""
    if form in ("table", "list"):
        return None
    groups = group_by_block(rows) if form == "blocks" else group_by_type(rows)
    return group_by_type(rows) if groups.more else groups


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
