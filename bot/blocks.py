"""One change as a reader meets it: a line that unfolds into its attributes."""

from collections.abc import Iterator, Mapping, Sequence
from sys import intern

from msgspec import Struct

from bot.address import family, sort_key
from bot.attribute_lines import list_lines
from bot.changes import Change, OutputChange
from bot.difference import AttributeChange, list_differences
from bot.kind import Kind
from bot.noise import Key, Named, Noise, is_named, list_names
from bot.record import Stack
from bot.shelf import list_attributes
from bot.text_lines import Line
from bot.wording import BADGES, KIND_ICONS, KIND_WORDS, plural

# Full blocks come in this order, and are left out from the end where the room is short.
ORDER: tuple[Kind, ...] = ("unknown", "delete", "replace", "forget", "update", "import", "move", "create", "read")


class Block(Struct, frozen=True, kw_only=True):
    """One change with its attributes, folded."""

    icon: str
    kind: Kind
    stack: str
    address: str
    family: str  # the address without keys
    deposed: str | None
    title: str  # "2 attributes, 1 forces replacement"
    remarks: tuple[str, ...]
    previous_address: str
    import_id: str
    attributes: Sequence[AttributeChange]
    generated_config: str = ""
    noise: Noise = ""  # read | tags | computed: shown in the one line that counts such changes
    named: bool = False  # another part of the report is about it: its address is never left out of a group

    @property
    def names(self) -> tuple[str, ...]:
        """What changes in a block that is noise: keys of tags, or attributes; of a read nothing."""
        return () if self.noise == "read" else list_names(self.attributes)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The diff; made when it is shown, because most blocks of a large plan never are."""
        created, deleted = self.kind in ("create", "read"), self.kind == "delete"
        if not created and not deleted:
            return tuple(line for attribute in self.attributes for line in list_lines(attribute))
        shown = [a for a in self.attributes if _says_something(a)]
        unknown = sum(a.unknown and not a.secret for a in self.attributes)
        lines = [line for a in shown for line in list_lines(a, created=created, deleted=deleted)]
        return (*lines, *([(" ", f"({unknown} more known after apply)")] if unknown else []))


def list_blocks(stacks: Sequence[Stack], noise: Mapping[Key, Noise], named: Named) -> Iterator[Block]:
    """Every change of every stack, the most dangerous kind first."""
    changes = [(stack.name, change) for stack in stacks for change in stack.plan.changes]
    changes.sort(key=lambda row: (ORDER.index(row[1].kind), row[0], sort_key(row[1].address), row[1].deposed or ""))
    for stack, change in changes:
        sort = noise.get((stack, change.address, change.deposed), "")
        yield build_block(stack, change, noise=sort, named=is_named(stack, change.address, named))


def build_block(stack: str, change: Change, *, noise: Noise = "", named: bool = False) -> Block:
    return Block(
        icon=KIND_ICONS[change.kind],
        kind=change.kind,
        stack=stack,
        address=change.address,
        family=intern(family(change.address)),
        deposed=change.deposed,
        title=_title(change),
        remarks=tuple(remark for badge in change.badges if (remark := BADGES.get(badge, ""))),
        previous_address=change.previous_address or "",
        import_id=change.import_id or "",
        attributes=list_attributes(change),
        generated_config=change.generated_config,
        noise=noise,
        named=named,
    )


def _says_something(attribute: AttributeChange) -> bool:
    """Creations and deletions list every attribute; the empty and unknown ones only take room."""
    sides = (attribute.before, attribute.after)
    return attribute.secret or any(side not in (None, "", [], {}) for side in sides)


def _title(change: Change) -> str:
    if change.kind == "unknown":
        return f"unknown action {'+'.join(change.actions)}"
    if change.kind in ("create", "delete", "forget", "read"):
        return KIND_WORDS.get(change.kind, change.kind)
    told = [plural(len(change.attributes), "attribute")] if change.attributes else []
    if forcing := sum(attribute.forces_replacement for attribute in change.attributes):
        told.append(f"{forcing} {'forces' if forcing == 1 else 'force'} replacement")
    return ", ".join([change.kind, *told])


def build_output(stack: str, output: OutputChange) -> Block:
    return Block(
        icon=KIND_ICONS[output.kind],
        kind=output.kind,
        stack=stack,
        address=output.name,
        family=output.name,
        deposed=None,
        title=output.kind,
        remarks=(),
        previous_address="",
        import_id="",
        attributes=_output_attributes(output),
    )


def _output_attributes(output: OutputChange) -> tuple[AttributeChange, ...]:
    """What differs inside an output; as a whole where nothing is to be seen inside, or where one side is not there."""
    whole = AttributeChange(
        path=(output.name,), before=output.before, after=output.after, secret=output.secret, unknown=output.unknown
    )
    if output.secret or output.unknown or output.kind != "update":
        return (whole,)
    return tuple(list_differences({output.name: output.before}, {output.name: output.after}, ())) or (whole,)
