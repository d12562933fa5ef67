"""How many changes of each kind: one line for all stacks, and where there are several a table, the dangerous first."""

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from bot.kind import Kind
from bot.markdown import cell_code, markdown_table, trusted
from bot.report import StackRow

ORDER: tuple[tuple[Kind, str], ...] = (
    ("delete", "destroy"),
    ("replace", "replace"),
    ("forget", "forget"),
    ("update", "update"),
    ("create", "create"),
    ("import", "import"),
    ("move", "move"),
)
LOUD = ("delete", "replace")
OPEN = 10  # rows that show without unfolding
MOST = 300  # rows in all; how many more there are is said
LONGEST = 60  # characters of a stack's name: the table gives every row the width of the longest


class CountTable(Struct, frozen=True, kw_only=True):
    """``total`` is one line.  ``rows`` and ``folded`` are tables, "" where there is nothing to put in."""

    total: Markup
    rows: Markup = Markup()
    folded: Markup = Markup()
    more: int = 0  # stacks in the folded table
    left_out: int = 0  # stacks that are in no table
    idle: int = 0  # stacks that change nothing


def build_count_table(stacks: Sequence[StackRow]) -> CountTable:
    total = _total(stacks)
    if len(stacks) == 1:
        return CountTable(total=total)
    busy = sorted((stack for stack in stacks if stack.problem or _changes(stack)), key=_danger)
    columns = [(kind, word) for kind, word in ORDER if any(stack.counts[kind] for stack in busy)]
    if not columns:  # none can be read: each is named where it says why
        return CountTable(total=total, idle=len(stacks) - len(busy))
    shown, folded = busy[:OPEN], busy[OPEN:MOST]
    return CountTable(
        total=total,
        rows=_table(shown, columns),
        folded=_table(folded, columns),
        more=len(folded),
        left_out=len(busy) - len(shown) - len(folded),
        idle=len(stacks) - len(busy),
    )


def _total(stacks: Sequence[StackRow]) -> Markup:
    """``**2 destroy** · 7 create``: over all stacks that can be read."""
    numbers = [(kind, word, sum(stack.counts[kind] for stack in stacks)) for kind, word in ORDER]
    told = [_loud(kind, f"{number:,} {word}") for kind, word, number in numbers if number]
    unread = sum(bool(stack.problem) for stack in stacks)
    if unread and not told:
        return trusted("what would change is not known")
    unknown = [f"**{unread:,} of {len(stacks):,} stacks cannot be read**"] if unread else []
    return trusted(" · ".join([*unknown, *told]) or "nothing to create, update or destroy")


def _changes(stack: StackRow) -> int:
    return sum(stack.counts[kind] for kind, _ in ORDER)


def _danger(stack: StackRow) -> tuple[bool, int, int, int, str]:
    counts = stack.counts
    return (not stack.problem, -counts.delete, -counts.replace, -_changes(stack), stack.name)


def _table(stacks: Sequence[StackRow], columns: Sequence[tuple[Kind, str]]) -> Markup:
    if not stacks:
        return Markup()
    headers = [trusted("stack"), *(trusted(word) for _, word in columns)]
    rows = [[cell_code(_short(stack.name)), *_cells(stack, columns)] for stack in stacks]
    return markdown_table(rows, headers, ["left", *["center"] * len(columns)])


def _cells(stack: StackRow, columns: Sequence[tuple[Kind, str]]) -> list[Markup]:
    if stack.problem:
        return [trusted("cannot be read"), *[trusted("")] * (len(columns) - 1)] if columns else []
    return [trusted(_loud(kind, f"{number:,}") if (number := stack.counts[kind]) else "–") for kind, _ in columns]


def _loud(kind: Kind, text: str) -> str:
    return f"**{text}**" if kind in LOUD else text


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
