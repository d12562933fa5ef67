"""A template of the user's own as a file: who reads it needs nothing of what renders it."""

from msgspec import Struct

MOST_FILES = 40
LARGEST = 32 * 1024  # bytes of one


class TemplateFile(Struct, frozen=True, kw_only=True):
    """A file below the folder of templates; ``data`` is None where it is no ordinary file or was not read."""

    name: str
    data: bytes | None
    size: int = 0
