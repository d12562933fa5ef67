"""Fill a room of so many bytes with whole items: blocks, groups of like blocks, folds of a module.

An item that is too large does not keep smaller ones out.  A group may be shown shorter, a fold with fewer items; what
is not shown by address is counted.
"""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct, structs

from bot.blocks import Block
from bot.families import Fold, Group, Item, list_members
from bot.markdown import trusted
from bot.sections import tell_left_out
from bot.templating import Templates

MISSES = 50  # items that did not fit, after which no more are tried
SHORT = 10  # addresses of a group there is not more room for
BETWEEN = 2  # bytes between two items


class Section(Struct, frozen=True, kw_only=True):
    """A folded list of blocks: what there was room for, and what was left out, in words."""

    title: str
    shown: tuple[Markup, ...] = ()
    left_out: str = ""


def list_empty(sections: Sequence[tuple[str, Sequence[Item]]]) -> list[Section]:
    """The sections with nothing shown: what they take at the least."""
    return [Section(title=title, left_out=tell_left_out(_members(items))) for title, items in sections]


def fill(
    environment: Templates, sections: Sequence[tuple[str, Sequence[Item]]], room: int, *, several: bool
) -> list[Section]:
    """As many items as there is room for, in the order of the sections; ``several`` names the stack beside each."""
    filler = _Filler(environment, room, several=several)
    filled = []
    for title, items in sections:
        shown, rest = filler.take(items)
        filled.append(Section(title=title, shown=_tighten(items, shown), left_out=tell_left_out(rest)))
    return filled


def _tighten(items: Sequence[Item], shown: Sequence[Markup]) -> tuple[Markup, ...]:
    """Lines of one list stand without blank lines between them."""
    quiet = bool(shown) and all(isinstance(item, Block) and item.noise for item in items)
    return (trusted("\n".join(shown)),) if quiet else tuple(shown)


class _Filler:
    def __init__(self, environment: Templates, room: int, *, several: bool) -> None:
        self._environment = environment
        self._several = several
        self._room = room
        self._misses = 0

    def take(self, items: Sequence[Item]) -> tuple[list[Markup], list[Block]]:
        """The texts of what fits, and the blocks whose addresses are in none of them."""
        shown: list[Markup] = []
        rest: list[Block] = []
        for item in items:
            text, missing = self._fold(item) if isinstance(item, Fold) else self._whole(item)
            rest += missing
            if text is not None:
                shown.append(text)
        return shown, rest

    def _whole(self, item: Block | Group) -> tuple[Markup | None, tuple[Block, ...]]:
        for form in _forms(item) if self._misses < MISSES else ():
            if _least(form) > self._room:
                continue
            text = self._render(form)
            if self._spend(text):
                return text, _unlisted(form)
        self._misses += 1
        return None, list_members(item)

    def _fold(self, fold: Fold) -> tuple[Markup | None, tuple[Block, ...]]:
        """Its frame first, at its largest; then what fits inside, which tells what is missing itself."""
        frame = self._render(fold, left_out=tell_left_out(fold.blocks))
        if self._misses >= MISSES or not self._spend(frame):
            self._misses += 1
            return None, fold.blocks
        shown, rest = self.take(fold.items)
        if not shown:
            self._room += _size(frame)
            return None, fold.blocks
        return self._render(fold, shown=tuple(shown), left_out=tell_left_out(rest)), ()

    def _render(self, item: Item, shown: Sequence[Markup] = (), left_out: str = "") -> Markup:
        name = "quiet" if isinstance(item, Block) and item.noise else type(item).__name__.lower()
        template = self._environment.get_template(f"parts/{name}.md.j2")
        values = {name if name != "quiet" else "block": item, "several": self._several}
        return trusted(template.render(**values, shown=shown, left_out=left_out).strip())

    def _spend(self, text: Markup) -> bool:
        fits = _size(text) <= self._room
        self._room -= _size(text) if fits else 0
        return fits


def _forms(item: Block | Group) -> Iterator[Block | Group]:
    """A group whole, without the diffs that differ, with its first addresses alone.  What is destroyed is never cut."""
    yield item
    if isinstance(item, Group):
        yield structs.replace(item, own=False)
        if item.first.kind not in ("delete", "replace", "forget", "unknown"):
            yield structs.replace(item, own=False, most=SHORT)


def _least(item: Block | Group) -> int:
    """Bytes that its addresses alone take: what cannot fit is not rendered to find out."""
    listed = [item] if isinstance(item, Block) else item.listed
    return sum(len(block.address) for block in listed)


def _unlisted(item: Block | Group) -> tuple[Block, ...]:
    listed = {id(block) for block in ([item] if isinstance(item, Block) else item.listed)}
    return tuple(block for block in list_members(item) if id(block) not in listed)


def _size(text: Markup) -> int:
    return len(text.encode()) + BETWEEN


def _members(items: Sequence[Item]) -> list[Block]:
    return [block for item in items for block in list_members(item)]
