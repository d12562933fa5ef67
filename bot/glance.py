"""What a reader gets before the first scroll: one line for each concern that has something, one for all that have not.

Where one concern alone has something, its section stands in the same place and a line of its own would say it twice.
"""

from collections.abc import Sequence

from msgspec import Struct

from bot.access_report import AccessReport, GrantRow
from bot.cost_report import CostReport, CostRow
from bot.deletion_rows import DeletionRow
from bot.severity import SEVERITIES
from bot.wording import plural

MOST = 2  # things named in a line; how many more there are is said
LONGEST = 60  # characters of a name or value here; its section has the whole


class GlanceItem(Struct, frozen=True, kw_only=True):
    """``lead`` *subject* ``says`` *object*: words of ours around names of theirs; "" is left out."""

    stack: str = ""
    lead: str = ""
    subject: str
    says: str = ""
    object: str = ""


class GlanceLine(Struct, frozen=True, kw_only=True):
    """One concern: the worst things of it, and how many ``more``."""

    icon: str
    title: str
    items: tuple[GlanceItem, ...]
    more: int
    tail: str = ""


class Glance(Struct, frozen=True, kw_only=True):
    """``quiet`` are the concerns where nothing was found, said because silence could mean that nobody looked."""

    lines: tuple[GlanceLine, ...] = ()
    quiet: tuple[str, ...] = ()


def build_glance(deletions: Sequence[DeletionRow], access: AccessReport, cost: CostReport, *, trusted: bool) -> Glance:
    """Held deletions are named where the verdict stands, so they have no line here.

    Of a plan that is not ``trusted`` or not complete nobody can say that something is not there.
    """
    permissions = _permissions(access)
    exposures = [_item(note.stack, note.address, note.title) for note in access.exposures]
    concerns = (
        ("deletions", bool(deletions), _deletions(deletions)),
        ("permissions", bool(permissions), _line("🔑", "Permissions", permissions)),
        ("exposure", bool(exposures), _line("🌐", "Opened to everybody", exposures)),
        ("cost", bool(cost.loud), _line("💰", "Cost", [_cost(row) for row in cost.loud])),
    )
    found = [line for _, there, line in concerns if there]
    return Glance(
        lines=tuple(line for line in found if line.items) if len(found) > 1 else (),
        quiet=tuple(name for name, there, _ in concerns if not there) if trusted else (),
    )


def _deletions(rows: Sequence[DeletionRow]) -> GlanceLine:
    open_ = [] if any(row.held for row in rows) else rows
    lost = sum(row.lasting for row in open_)
    items = [
        GlanceItem(stack=row.stack, lead=f"{row.does} {row.thing}", subject=_short(row.name or row.address))
        for row in open_
    ]
    line = _line("🗑️", "Deletions", items)
    tail = f"; data or identity is lost in {plural(lost, 'case')}" if lost else ""
    return GlanceLine(icon=line.icon, title=line.title, items=line.items, more=line.more, tail=tail)


def _permissions(access: AccessReport) -> list[GlanceItem]:
    """The worst first; of what is as bad, who gains something before who loses something, then what no grant shows."""
    grants = [(row.severity, _grant(row)) for row in sorted(access.loud, key=lambda row: row.verb == "loses")]
    notes = [(note.severity, _item(note.stack, note.address, note.title)) for note in access.notes]
    ranked = sorted([*grants, *notes], key=lambda one: SEVERITIES.index(one[0]), reverse=True)
    return [item for _, item in ranked]


def _grant(row: GrantRow) -> GlanceItem:
    return GlanceItem(
        stack=row.stack,
        subject=_short(row.principals[0]) if row.principals else _short(row.address),
        says=row.verb,
        object=_short(row.roles[0]) if row.roles else "",
    )


def _cost(row: CostRow) -> GlanceItem:
    return GlanceItem(
        stack=row.stack,
        lead=row.word,
        subject=_short(row.address),
        says=row.driver,
        object=_short(row.after or row.before),
    )


def _item(stack: str, address: str, says: str) -> GlanceItem:
    return GlanceItem(stack=stack, subject=_short(address), says=says)


def _line(icon: str, title: str, items: Sequence[GlanceItem]) -> GlanceLine:
    return GlanceLine(icon=icon, title=title, items=tuple(items[:MOST]), more=max(0, len(items) - MOST))


def _short(text: str) -> str:
    """Of a path the end tells what it is, of everything else the beginning."""
    if len(text) > LONGEST and text.startswith("/"):
        return f"…{text[1 - LONGEST :]}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
