"""What is being done, in one line on standard error, for whoever waits at a terminal; nothing in CI and in pipes."""

import sys
from collections.abc import Mapping

from bot.edge.clock import count_seconds

SOON = 1.0  # seconds: what is done by then is not worth a line
LARGE = 30_000_000  # bytes: to decode so many takes about that long
WIPE = "\r\x1b[K"


class Progress:
    """``tell`` replaces the line, ``end`` removes it.  ``environ`` are the environment variables."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        plain = environ.get("CI") or environ.get("GITHUB_ACTIONS") or environ.get("TERM") in (None, "", "dumb")
        self._on = not plain and sys.stderr.isatty()
        self._started = count_seconds()
        self._written = False

    def tell(self, text: str, size: int = 0) -> None:
        """``size``: bytes of what is about to be worked on."""
        if self._on and (size > LARGE or self._written or count_seconds() - self._started > SOON):
            # Names of files are other people's text: no control characters of theirs reach the terminal.
            shown = "".join(letter if letter.isprintable() else "?" for letter in text)[:70]
            sys.stderr.write(f"{WIPE}{shown} …")
            sys.stderr.flush()
            self._written = True

    def end(self) -> None:
        if self._written:
            sys.stderr.write(WIPE)
            sys.stderr.flush()
            self._written = False
