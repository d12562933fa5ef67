"""A shelf on disk: see ``bot.shelf``.  What lies on it is masked already, and it goes with the process."""

from collections.abc import Callable
from functools import partial
from tempfile import SpooledTemporaryFile

from bot.errors import CannotRead

IN_MEMORY = 16 * 1024**2  # bytes: less than that needs no file


class Spool(SpooledTemporaryFile[bytes]):
    """Bytes in the order in which they were put; the file has no name, so nobody else can open it."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        super().__init__(max_size=in_memory)
        self._end = 0

    def __del__(self) -> None:
        self.close()  # with the last change that lies on it

    def put(self, data: bytes) -> int:
        """Raises CannotRead where there is no room for it."""
        place = self._end
        try:
            self.seek(place)
            self.write(data)
        except OSError as error:
            advice = "Make room, or name another folder in the environment variable TMPDIR."
            raise CannotRead(f"The folder for temporary files cannot be used: {error.strerror}.", advice) from None
        self._end += len(data)
        return place

    def keep(self, data: bytes) -> Callable[[], bytes]:
        """What gives ``data`` back."""
        return partial(self.get, self.put(data), len(data))

    def get(self, place: int, size: int) -> bytes:
        self.seek(place)
        return self.read(size)
