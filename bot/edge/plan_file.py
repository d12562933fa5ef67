"""The file of a plan or record, which others may write to while we read it: one moment of it is judged, or nothing is.

What plans take in life is copied at once.  A copy of a huge file would cost half as much as to decode it, so that is
mapped, and looked at again at the end.  Who cuts a mapped file short ends the process, which is no verdict either.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from mmap import ACCESS_READ, mmap
from pathlib import Path

from bot.edge.files import cannot_read, read_bytes, refuse_large
from bot.errors import UntrustedPlan

HUGE = 128 * 1024**2  # bytes
CHANGED = "The file changed while it was read."
ADVICE = "Wait until terraform show has ended, and let every run write to a file of its own."


@contextmanager
def open_plan(name: str) -> Iterator[bytes | mmap]:
    """A file or standard input, whole; its bytes are good for the time it is open.

    Raises CannotRead; UntrustedPlan where the file changed, of a huge file when it is closed.
    """
    if name == "-" or not Path(name).is_file():
        yield read_bytes(name)
        return
    with _open(name) as file:
        before = os.fstat(file.fileno())
        refuse_large(name, before.st_size)
        data = _take(file, before.st_size)
        if isinstance(data, bytes):
            _check_unchanged(file, before, len(data))
        yield data
        if isinstance(data, mmap):
            _check_unchanged(file, before, len(data))


def _open(name: str) -> FileIO:
    try:
        return FileIO(name)
    except OSError as error:
        raise cannot_read(name, error) from None


def _take(file: FileIO, size: int) -> bytes | mmap:
    if size > HUGE:
        with suppress(OSError, ValueError):  # a file system that maps nothing; a file that is empty by now
            return mmap(file.fileno(), 0, access=ACCESS_READ)
    try:
        return file.readall()
    except OSError as error:
        raise cannot_read(str(file.name), error) from None


def _check_unchanged(file: FileIO, before: os.stat_result, size: int) -> None:
    after = os.fstat(file.fileno())
    if not size == before.st_size == after.st_size or before.st_mtime_ns != after.st_mtime_ns:
        raise UntrustedPlan(CHANGED, ADVICE)
