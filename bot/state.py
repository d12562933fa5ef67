"""How a rule ends: pass < attention < hold < error."""

from enum import IntEnum


class State(IntEnum):
    """How a rule ends.  The worst child wins."""

    PASS = 0
    ATTENTION = 1
    HOLD = 2
    ERROR = 3

    @property
    def word(self) -> str:
        return self.name.lower()
