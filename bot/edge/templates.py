"""The templates of a repository at a commit, in one request."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from bot.edge.hub import Hub
from bot.errors import CannotReach
from bot.template_file import FOLDER, TemplateFile

WHAT = "read the templates of the base branch"
FILE = 0o100000  # the mode of Git for an ordinary file, without its rights; a link has another
_ENTRY = "name type mode object { ... on Blob { byteSize isBinary isTruncated text } %s }"
_INNER = "... on Tree { entries { " + _ENTRY % "" + " } }"
QUERY = (
    "query($owner: String!, $name: String!, $expression: String!) { repository(owner: $owner, name: $name) {"
    " object(expression: $expression) { ... on Tree { entries { " + _ENTRY % _INNER + " } } } } }"
)


class _Content(Struct, frozen=True, rename="camel", kw_only=True):
    """A blob or, with ``entries``, a folder; neither for what the query did not ask for."""

    byte_size: int = 0
    is_binary: bool | None = None
    is_truncated: bool = False
    text: str | None = None
    entries: tuple["_Entry", ...] = ()


class _Entry(Struct, frozen=True, kw_only=True):
    name: str
    type: str
    mode: int
    object: _Content | None = None


class _Repository(Struct, frozen=True, kw_only=True):
    object: _Content | None


class _Answer(Struct, frozen=True, kw_only=True):
    repository: _Repository


def fetch_templates(hub: Hub, ref: str) -> list[TemplateFile]:
    """Those of the folder at ``ref`` and of the folders in it; empty where there is no such folder.

    Raises CannotReach.
    """
    owner, _, name = hub.name.partition("/")
    variables = {"owner": owner, "name": name, "expression": f"{ref}:{FOLDER}"}
    answer: Any = hub.query(WHAT, QUERY, variables)
    try:
        folder = msgspec.convert(answer, _Answer).repository.object
    except msgspec.ValidationError:
        raise CannotReach(f"Could not {WHAT}: GitHub gave a broken answer.", "Run the job again.") from None
    return [] if folder is None else list(_list_files(folder, ""))


def _list_files(folder: _Content, path: str) -> Iterator[TemplateFile]:
    for entry in folder.entries:
        content = entry.object or _Content()
        if entry.type == "tree" and not path:
            yield from _list_files(content, f"{entry.name}/")
        elif entry.type == "blob":
            whole = entry.mode & ~0o777 == FILE and not content.is_truncated and not content.is_binary
            data = content.text.encode() if whole and content.text is not None else None
            yield TemplateFile(name=f"{path}{entry.name}", data=data, size=content.byte_size)
