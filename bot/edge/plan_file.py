"""The file of a plan or record as it was at one moment: a copy of our own, which nobody cuts short while we work on it.

A mapped file would cost less, but its bytes are gone once somebody shortens it, and the process with them.
"""

import os
import sys
from io import FileIO
from mmap import mmap
from pathlib import Path

from bot.edge.files import cannot_read, read_bytes, refuse_large
from bot.errors import UntrustedPlan

LARGE = 16 * 1024**2  # bytes: below that it is no matter how memory is asked for
PIECE = 1024**2  # bytes
CHANGED = "The file changed while it was read."
ADVICE = "Wait until terraform show has ended, and let every run write to a file of its own."


def read_plan(name: str) -> bytes | mmap:
    """A file or standard input, whole.

    Raises CannotRead; UntrustedPlan where the file changed while it was read.
    """
    if name == "-" or not Path(name).is_file():
        return read_bytes(name)
    try:
        with FileIO(name) as file:
            return read_unchanged(file)
    except OSError as error:
        raise cannot_read(name, error) from None


def read_unchanged(file: FileIO) -> bytes | mmap:
    """All of an ordinary file that was just opened.  Raises CannotRead, UntrustedPlan and OSError."""
    before = os.fstat(file.fileno())
    refuse_large(str(file.name), before.st_size)
    room = _ask_for_room(before.st_size) if before.st_size > LARGE else None
    data = file.readall() if room is None else room
    size = len(data) if room is None else _fill(room, file)
    after = os.fstat(file.fileno())
    if not size == before.st_size == after.st_size or before.st_mtime_ns != after.st_mtime_ns:
        raise UntrustedPlan(CHANGED, ADVICE)
    return data


def _ask_for_room(size: int) -> mmap | None:
    """Memory that is there at once: to be given it page by page while ``readall`` fills it takes a third longer."""
    if sys.platform != "linux":
        return None
    from mmap import MAP_ANONYMOUS, MAP_POPULATE, MAP_PRIVATE

    try:
        return mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE)
    except OSError:
        return None


def _fill(room: mmap, file: FileIO) -> int:
    """How many bytes there were."""
    size = 0
    with memoryview(room) as view:
        while count := file.readinto(view[size : size + PIECE]):
            size += count
    return size + len(file.read(1) or b"")
