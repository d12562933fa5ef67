"""Templates of the user's own as values: who reads them and hands them on needs nothing of what renders them."""

from collections.abc import Mapping

from msgspec import Struct

FOLDER = ".github/plan-review/templates"
VERSION = 1  # of what templates may use: docs/templates.md
MOST_FILES = 40
LARGEST = 32 * 1024  # bytes of one


class TemplateFile(Struct, frozen=True, kw_only=True):
    """A file below the folder of templates; ``data`` is None where it is no ordinary file or was not read."""

    name: str
    data: bytes | None
    size: int = 0


class Mistake(Struct, frozen=True, kw_only=True):
    """Why one template, or with the name "" all of them, cannot be used; ``line`` is 0 where nobody knows."""

    name: str = ""
    text: str
    line: int = 0


class OwnTemplates(Struct, frozen=True, kw_only=True):
    """Texts by name, and what was wrong when they were collected."""

    texts: Mapping[str, str] = {}
    mistakes: tuple[Mistake, ...] = ()


NONE = OwnTemplates()
