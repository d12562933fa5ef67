"""What the diff of a pull request does to blocks of Terraform code.

Only ``.tf`` and ``.tofu`` files are read.  JSON configuration and ``.tfvars`` explain nothing: a hunk of JSON does not
show which block it is in, and a variable may feed anything.  A hunk that lies wholly inside a heredoc or a comment
cannot be told from code; what it seems to remove still needs Terraform's own reason to explain a deletion.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from bot.hcl_lines import Place, list_places
from bot.pull_request import File

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@ ?(.*)", re.ASCII)
REPEATS = ("count", "for_each")


class Edit(Struct, frozen=True, kw_only=True):
    """One thing a file's diff does to a block."""

    path: str
    block: str  # "aws_x.y" or "module.m"; for ``forgotten`` what a removed block names
    what: str  # "gone", "renamed", "removed block" or "argument"
    name: str = ""  # of the argument, or the new name of the block


def is_code(path: str) -> bool:
    return path.endswith((".tf", ".tofu"))


def list_edits(files: Sequence[File]) -> tuple[Edit, ...]:
    """Every edit of every file whose diff is known.  A block that turns up again anywhere is not gone."""
    edits = [edit for file in files if is_code(file.path) or is_code(file.previous_path) for edit in _of_file(file)]
    added = {edit.block for edit in edits if edit.what == "new"}
    return tuple(
        edit for edit in edits if edit.what != "new" and not (edit.what in ("gone", "renamed") and edit.block in added)
    )


def list_unknown(files: Sequence[File]) -> tuple[str, ...]:
    """Files of code whose diff GitHub leaves out; a file that only moves has none."""
    same = ("renamed", "copied", "unchanged")
    return tuple(file.path for file in files if file.patch is None and is_code(file.path) and file.status not in same)


def _of_file(file: File) -> Iterator[Edit]:
    path = file.previous_path if file.status == "renamed" and file.previous_path else file.path
    for heading, lines in _hunks(file.patch or ""):
        old = list_places([(line[0] == "-", line[1:]) for line in lines if line[0] in " -"], heading)
        new = list_places([(line[0] == "+", line[1:]) for line in lines if line[0] in " +"], heading)
        yield from _of_hunk(path, old, new)


def _hunks(patch: str) -> Iterator[tuple[str, list[str]]]:
    """Heading and lines of each hunk; what is before the first one does not count."""
    heading: str | None = None
    lines: list[str] = []
    for line in patch.split("\n"):
        if found := _HUNK.match(line):
            if heading is not None:
                yield heading, lines
            heading, lines = found[1], []
        elif line:
            lines.append(line.rstrip("\r"))
    if heading is not None:
        yield heading, lines


def _of_hunk(path: str, old: Sequence[Place], new: Sequence[Place]) -> Iterator[Edit]:
    gone = [place.block for place in old if place.changed and not place.argument and "." in place.block]
    come = [place.block for place in new if place.changed and not place.argument and "." in place.block]
    for block in dict.fromkeys(gone):
        others = [other for other in come if other not in gone and _type(other) == _type(block)]
        renamed = len(others) == 1 and sum(_type(one) == _type(block) for one in gone) == 1
        yield Edit(path=path, block=block, what="renamed" if renamed else "gone", name=others[0] if renamed else "")
    yield from (Edit(path=path, block=block, what="new") for block in dict.fromkeys(come))
    changed = [place for place in (*old, *new) if place.changed and place.argument and "." in place.block]
    for block, name in dict.fromkeys((place.block, place.argument) for place in changed):
        if block not in gone and block not in come:
            yield Edit(path=path, block=block, what="argument", name=name)
    for place in new:
        if place.changed and place.block == "removed" and "." in place.origin:
            yield Edit(path=path, block=place.origin, what="removed block")


def _type(block: str) -> str:
    return block.partition(".")[0]
