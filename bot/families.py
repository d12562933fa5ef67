"""Like changes put together: instances of one block as a group, and what one module brings as a fold.

Nothing is lost on the way: every block is in exactly one item, and every group and fold lists its blocks by address.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence

from msgspec import Struct, structs

from bot.address import split_address
from bot.blocks import Block
from bot.difference import AttributeChange
from bot.kind import Kind
from bot.text_lines import Line
from bot.value import canonical

LEAST = 4  # like blocks that become a group
DEEPEST = 8  # module calls that are looked into
MODULE = 6  # blocks of one module that become a fold
WHOLE: tuple[Kind, ...] = ("create", "import", "move", "read")  # harmless enough to hide behind their module's name


class Group(Struct, frozen=True, kw_only=True):
    """Blocks of one family that do the same to the same attributes; the common part of their diffs is said once."""

    members: tuple[Block, ...]  # at least one
    own: bool = True  # show what differs from member to member as well
    most: int = 0  # addresses to show besides those the report names elsewhere, 0 for all

    @property
    def first(self) -> Block:
        return self.members[0]

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self.members

    @property
    def listed(self) -> tuple[Block, ...]:
        if not self.most:
            return self.members
        some = {id(member) for member in [member for member in self.members if not member.named][: self.most]}
        return tuple(member for member in self.members if member.named or id(member) in some)

    @property
    def shared(self) -> tuple[Line, ...]:
        """The diff of what is the same in all members."""
        common = self._common()
        return structs.replace(
            self.first, attributes=tuple(a for a in self.first.attributes if _mark(a) in common)
        ).lines

    @property
    def apart(self) -> tuple[Line, ...]:
        """Each member's address and under it what only its diff has; empty where the diffs are all alike."""
        if not self.own or not self.differs:
            return ()
        common = self._common()
        lines: list[Line] = []
        for member in self.members:
            own = tuple(attribute for attribute in member.attributes if _mark(attribute) not in common)
            lines += [*([(" ", "")] if lines else []), (" ", _place(member))]
            lines += structs.replace(member, attributes=own).lines
        return tuple(lines)

    @property
    def differs(self) -> bool:
        """Is there anything that is not the same in all members?"""
        common = self._common()
        return any(_mark(attribute) not in common for member in self.members for attribute in member.attributes)

    def _common(self) -> set[Hashable]:
        marks = [{_mark(attribute) for attribute in member.attributes} for member in self.members]
        return set.intersection(*marks)


class Fold(Struct, frozen=True, kw_only=True):
    """What one module call brings: blocks and groups of one kind under the name of the module."""

    module: str  # without keys
    icon: str
    kind: Kind
    stack: str
    items: tuple[Block | Group, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(block for item in self.items for block in list_members(item))

    @property
    def types(self) -> tuple[tuple[str, int], ...]:
        """Which types of resources it brings and how many of each, the most frequent first."""
        types = Counter(split_address(block.family)[-2:][0] for block in self.blocks)
        return tuple(types.most_common())


Item = Block | Group | Fold


def list_members(item: Item) -> tuple[Block, ...]:
    return (item,) if isinstance(item, Block) else item.blocks


def group_blocks(blocks: Iterable[Block]) -> tuple[Item, ...]:
    """Groups and folds, each where its first block was.  One module that holds everything is looked into."""
    groups = list(_groups(list(blocks)))
    items: tuple[Item, ...] = ()
    for depth in range(1, DEEPEST):
        items = _fold_modules(groups, depth)
        if len(items) != 1 or not isinstance(items[0], Fold):
            break
    return items


def _fold_modules(groups: Sequence[Block | Group], depth: int) -> tuple[Item, ...]:
    sizes: Counter[Hashable] = Counter()
    for group in groups:
        sizes[_module(group, depth)] += len(list_members(group))
    folds: dict[Hashable, list[Block | Group]] = {}
    for group in groups:
        key = _module(group, depth)
        folds.setdefault(key if key and sizes[key] >= MODULE else id(group), []).append(group)
    return tuple(
        _fold(key[2], its) if isinstance(key, tuple) and len(its) > 1 else its[0] for key, its in folds.items()
    )


def _groups(blocks: Sequence[Block]) -> Iterator[Block | Group]:
    alike: dict[Hashable, list[Block]] = {}
    for block in blocks:
        alike.setdefault(_likeness(block), []).append(block)
    packs: dict[Hashable, list[Block]] = {}
    for key, members in alike.items():
        if len(members) >= LEAST:
            packs[key] = members
        else:
            packs |= {id(member): [member] for member in members}
    order = {id(block): number for number, block in enumerate(blocks)}
    for members in sorted(packs.values(), key=lambda members: order[id(members[0])]):
        yield members[0] if len(members) == 1 else Group(members=tuple(members))


def _likeness(block: Block) -> Hashable:
    """Creations and deletions list whatever is set, so their paths may differ a little; changes must fit exactly."""
    exact = block.kind not in ("create", "delete", "forget", "read")
    paths = frozenset(attribute.path for attribute in block.attributes) if exact else frozenset()
    told = (block.title, block.remarks, block.previous_address != "", block.import_id != "", block.generated_config)
    return (block.kind, block.stack, block.family, block.deposed is None, told, paths)


def _module(item: Block | Group, depth: int) -> tuple[str, str, str] | None:
    """Stack, kind and module, ``depth`` calls deep, of what may stand under its module."""
    block = list_members(item)[0]
    parts = split_address(block.family)[: 2 * depth + 1]
    if block.kind not in WHOLE or block.noise or len(parts) <= 2 * depth or set(parts[:-1:2]) != {"module"}:
        return None
    return (block.stack, block.kind, ".".join(parts[:-1]))


def _fold(module: str, items: Sequence[Block | Group]) -> Fold:
    block = list_members(items[0])[0]
    return Fold(module=module, icon=block.icon, kind=block.kind, stack=block.stack, items=tuple(items))


def _place(block: Block) -> str:
    deposed = f" (deposed {block.deposed})" if block.deposed else ""
    moved = f"  # moved from {block.previous_address}" if block.previous_address else ""
    imported = f"  # imported from {block.import_id}" if block.import_id else ""
    return f"{block.address}{deposed}{moved}{imported}"


def _mark(attribute: AttributeChange) -> Hashable:
    """Equal for attributes that read the same."""
    flags = (attribute.secret, attribute.unknown, attribute.forces_replacement, attribute.note, attribute.item)
    return (attribute.path, canonical(attribute.before), canonical(attribute.after), flags)
