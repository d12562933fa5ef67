"""What is being done, in one line on standard error, for whoever waits at a terminal; nothing in CI and in pipes.

There is one standard error, so there is one line: whoever works tells it what is done, and the command line ends it
before anything else is written.  A thread shows what was told where it takes longer than a second.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from bot.edge.clock import count_seconds
from bot.edge.files import read_environment

if TYPE_CHECKING:
    from threading import Event, Thread

T = TypeVar("T")
SOON = 1.0  # seconds: what is done by then is not worth a line
OFTEN = 0.2  # seconds between two looks at what was told
LARGE = 30_000_000  # bytes: to decode so many takes about a second, in which no thread gets to run
LONGEST = 70  # characters, so that the line is one
WIPE = "\r\x1b[K"


class Line:
    """``environ`` are the environment variables."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        plain = environ.get("CI") or environ.get("GITHUB_ACTIONS") or environ.get("TERM") in (None, "", "dumb")
        self._on = not plain and sys.stderr.isatty()
        self._started = count_seconds()
        self._told = self._written = ""
        self._thread: Thread | None = None
        self._ended: Event | None = None

    def tell(self, text: str, size: int = 0) -> None:
        """``size``: bytes of what is about to be worked on."""
        if not self._on:
            return
        self._told = text
        if self._written or size > LARGE or count_seconds() - self._started > SOON:
            self._write()
        if self._thread is None:
            self._start()

    def watch(self, text: str, rows: Sequence[T]) -> Iterator[T]:
        self.tell(f"{text}: 0 of {len(rows):,}")
        for number, row in enumerate(rows):
            if self._on:
                self._told = f"{text}: {number:,} of {len(rows):,}"
            yield row

    def end(self) -> None:
        """Remove the line, and show nothing more."""
        self._on = False
        if self._thread is not None and self._ended is not None:
            self._ended.set()
            self._thread.join()
        if self._written:
            sys.stderr.write(WIPE)
            sys.stderr.flush()

    def _start(self) -> None:
        from threading import Event, Thread  # only where somebody waits

        self._ended = Event()
        self._thread = Thread(target=self._look, args=(self._ended,), daemon=True)
        self._thread.start()

    def _look(self, ended: "Event") -> None:
        wait = SOON
        while not ended.wait(wait):
            self._write()
            wait = OFTEN

    def _write(self) -> None:
        # Names of files are other people's text: no control characters of theirs reach the terminal.
        shown = "".join(letter if letter.isprintable() else "?" for letter in self._told)[:LONGEST]
        if shown != self._written:
            self._written = shown
            sys.stderr.write(f"{WIPE}{shown} …")
            sys.stderr.flush()


@cache
def _line() -> Line:
    return Line(read_environment())


def tell(text: str, size: int = 0) -> None:
    """What is done now.  ``size``: bytes of what is about to be worked on."""
    _line().tell(text, size)


def watch(text: str, rows: Sequence[T]) -> Iterator[T]:
    """The rows, one after another; how many are done is told behind ``text``."""
    return _line().watch(text, rows)


def end() -> None:
    """Before anything else is written."""
    _line().end()
    _line.cache_clear()
