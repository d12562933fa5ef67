"""Which lines of the checkout's Terraform code the held deletions come from.

Nothing is guessed: a block that is gone, that stands twice, or that a generated or unusual file holds, gets no
annotation.  Source for modules: Terraform's documentation, "Module Sources": local paths begin with ./ or ../ .
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct, structs

from bot.address import family
from bot.classify.destructive import Deletion
from bot.hcl_lines import FROM, list_lines
from bot.judge import LOSSES
from bot.markdown import one_line
from bot.wording import plural

AnnotationLevel = Literal["error", "warning", "notice"]
DOES = {"delete": "is destroyed", "replace": "is replaced", "update": "is updated"}
MOST_NAMED = 5
LONGEST_NAME = 300  # characters
_SOURCE = re.compile(r'\s*source\s*=\s*"(\.{1,2}/[^"$%\\]*|\.{1,2})"\s*')


class Annotation(Struct, frozen=True, kw_only=True):
    """A remark at a line of a file, the path relative to the repository; ``title`` and ``message`` are plain text."""

    level: AnnotationLevel
    file: str
    line: int
    title: str
    message: str


class _Block(Struct, frozen=True, kw_only=True):
    file: str
    line: int
    source: str = ""  # the local folder a module call names, "" for any other source


_Folder = Mapping[str, _Block]


def list_annotations(
    held: Sequence[Deletion], sources: Mapping[str, str], roots: Mapping[str, str] | None = None
) -> tuple[Annotation, ...]:
    """One annotation for each block that held deletions come from, in the order of ``held``.

    ``sources`` are the texts of the checkout's code by path, ``roots`` the folder of each stack that is not planned in
    the checkout's own top folder.  A resource in a module that is not local is annotated at the module's call, one that
    a removed block names at that block.
    """
    folders = _list_folders(sources)
    places: dict[tuple[str, int], list[Deletion]] = {}
    for deletion in held:
        root = posixpath.normpath((roots or {}).get(deletion.stack, "."))
        if block := _find(folders, root, deletion.address):
            places.setdefault((block.file, block.line), []).append(deletion)
    several = len({deletion.stack for deletion in held}) > 1
    return tuple(_annotation(file, line, of, several=several) for (file, line), of in places.items())


def _list_folders(sources: Mapping[str, str]) -> dict[str, _Folder]:
    """The blocks of each folder by name.  Override files change blocks that stand elsewhere, so they hold none."""
    folders: dict[str, dict[str, list[_Block]]] = {}
    for path, text in sources.items():
        if not _is_override(path):
            blocks = folders.setdefault(posixpath.dirname(path) or ".", {})
            for name, block in _list_blocks(path, text):
                blocks.setdefault(name, []).append(block)
    return {folder: {name: of[0] for name, of in blocks.items() if len(of) == 1} for folder, blocks in folders.items()}


def _is_override(path: str) -> bool:
    stem = posixpath.basename(path).rpartition(".")[0]
    return stem == "override" or stem.endswith("_override")


def _list_blocks(path: str, text: str) -> Iterator[tuple[str, _Block]]:
    """Resources and module calls by their name; removed blocks as "removed " and what they name."""
    found: list[tuple[str, _Block]] = []
    for line in list_lines(text):
        if line.depth == 0:
            found.append((line.block, _Block(file=path, line=line.number)))
        elif line.depth == 1 and line.block == "removed" and (origin := FROM.fullmatch(line.text)):
            found[-1] = (f"removed {origin[1]}", found[-1][1])
        elif line.depth == 1 and line.block.startswith("module.") and (source := _SOURCE.fullmatch(line.text)):
            found[-1] = (line.block, structs.replace(found[-1][1], source=source[1]))
    yield from (pair for pair in found if "." in pair[0])


def _find(folders: Mapping[str, _Folder], root: str, address: str) -> _Block | None:
    """The block of a resource, or what hides it: a removed block, the call of a module; None where neither is there."""
    folder, names = root, family(address).split(".")
    while True:
        blocks, name = folders.get(folder, {}), ".".join(names)
        if len(names) <= 2 or names[0] != "module":
            return blocks.get(name) or blocks.get(f"removed {name}")
        call = f"module.{names[1]}"
        found = blocks.get(f"removed {name}") or blocks.get(call) or blocks.get(f"removed {call}")
        if found is None or not found.source:
            return found
        folder, names = posixpath.normpath(posixpath.join(folder, found.source)), names[2:]


def _annotation(file: str, line: int, deletions: Sequence[Deletion], *, several: bool) -> Annotation:
    told = "; ".join(dict.fromkeys(f"{DOES[one.action]} ({LOSSES[one.loss]})" for one in deletions))
    what = _name(deletions[0], several=several) if len(deletions) == 1 else plural(len(deletions), "resource")
    named = "" if len(deletions) == 1 else f" {_names(deletions, several=several)}"
    return Annotation(
        level="error",
        file=file,
        line=line,
        title="Held by plan-review",
        message=f"{what}: {told}. The merge waits until this is explained or a person lets it through.{named}",
    )


def _names(deletions: Iterable[Deletion], *, several: bool) -> str:
    names = [_name(deletion, several=several) for deletion in deletions]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _name(deletion: Deletion, *, several: bool) -> str:
    name = one_line(f"[{deletion.stack}] {deletion.address}" if several else deletion.address)
    name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return f"{name} (deposed)" if deletion.deposed else name
