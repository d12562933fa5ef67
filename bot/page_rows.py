"""The single changes of the HTML page as data: what its script searches, filters and shows.

Everything is plain text that is already safe to see; the script puts it into the page as text and never as HTML.
"""

from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import quote

import msgspec
from markupsafe import Markup
from msgspec import Struct

from bot.blocks import Block
from bot.concerns import Concerns, Key
from bot.findings import Concern
from bot.kind import Kind
from bot.markdown import trusted, visible
from bot.report import Report

ListName = Literal["changes", "deferred", "outputs", "drift"]
NOTES = 20  # findings told beside one change


class PageNote(Struct, frozen=True, array_like=True):
    severity: str
    text: str


class PageRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change.  ``lines`` are those of its difference, each with its sign as the first letter."""

    id: str  # what a link to it says, see ``name_row``
    list: ListName
    kind: Kind
    stack: str
    address: str
    title: str
    deposed: str = ""
    concerns: tuple[Concern, ...] = ()
    notes: tuple[PageNote, ...] = ()
    more_notes: int = 0
    remarks: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    config: str = ""


class PageData(Struct, frozen=True, kw_only=True):
    several: bool
    rows: tuple[PageRow, ...]


def list_page_blocks(report: Report) -> tuple[tuple[ListName, Block], ...]:
    """Every single change in the order in which the page lists them."""
    lists: tuple[tuple[ListName, Sequence[Block]], ...] = (
        ("deferred", report.deferred),
        ("changes", report.blocks),
        ("outputs", report.outputs),
        ("drift", report.drift),
    )
    return tuple((name, block) for name, blocks in lists for block in blocks)


def build_row(name: ListName, block: Block, concerns: Concerns | None, *, several: bool) -> PageRow:
    notes = concerns.notes if concerns else ()
    return PageRow(
        id=name_row((block.stack, block.address, block.deposed), several=several, name=name),
        list=name,
        kind=block.kind,
        stack=visible(block.stack),
        address=visible(block.address),
        title=visible(block.title),
        deposed=visible(block.deposed or ""),
        concerns=concerns.concerns if concerns else (),
        notes=tuple(PageNote(note.severity, visible(note.text)) for note in notes[:NOTES]),
        more_notes=max(0, len(notes) - NOTES),
        remarks=tuple(_remarks(block)),
        lines=tuple(f"{sign}{visible(text)}" for sign, text in block.lines),
        config=visible(block.generated_config),
    )


def build_data(report: Report, blocks: Sequence[tuple[ListName, Block]]) -> Markup:
    """JSON that may stand inside of ``<script type="application/json">``: nothing in it can end that element.

    It is a PageData, written row by row: the lines of all rows together may be large.
    """
    frame = _encode(PageData(several=report.several, rows=())).removesuffix("]}")
    rows = (_encode(_row(report, name, block)) for name, block in blocks)
    return trusted(f"{frame}{','.join(rows)}]}}")


def _row(report: Report, name: ListName, block: Block) -> PageRow:
    key = (block.stack, block.address, block.deposed)
    concerns = report.concerns.get(key) if name in ("changes", "deferred") else None
    return build_row(name, block, concerns, several=report.several)


def _encode(value: PageData | PageRow) -> str:
    text = msgspec.json.encode(value).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def name_row(key: Key, *, several: bool, name: ListName = "changes") -> str:
    """``aws_s3_bucket.b``; with what else is needed to tell it from others before and behind it."""
    stack, address, deposed = key
    told = ([name] if name != "changes" else []) + ([stack] if several else []) + [address]
    return visible(" ".join([*told, *([f"deposed {deposed}"] if deposed else [])]))


def link_row(key: Key, *, several: bool) -> str:
    """The link to it inside of the page."""
    return f"#{quote(name_row(key, several=several), safe='')}"


def _remarks(block: Block) -> Iterator[str]:
    if block.previous_address:
        yield f"moved from {visible(block.previous_address)}"
    if block.import_id:
        yield f"imported from {visible(block.import_id)}"
    yield from (visible(remark) for remark in block.remarks)
