"""How a rule ends: pass < attention < hold < error."""

from enum import IntEnum
from typing import Literal

StateWord = Literal["pass", "attention", "hold", "error"]
_WORDS: tuple[StateWord, ...] = ("pass", "attention", "hold", "error")


class State(IntEnum):
    """How a rule ends.  The worst child wins."""

    PASS = 0
    ATTENTION = 1
    HOLD = 2
    ERROR = 3

    @property
    def word(self) -> StateWord:
        return _WORDS[self]
