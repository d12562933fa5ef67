"""Everything to be written, as one value."""

from typing import Literal

from msgspec import Struct

from bot.state import State

EXIT_CODES = {State.PASS: 0, State.ATTENTION: 0, State.HOLD: 10, State.ERROR: 11}


StatusWord = Literal["success", "failure", "error", "pending"]
STATUS_WORDS: dict[State, StatusWord] = {
    State.PASS: "success",
    State.ATTENTION: "success",
    State.HOLD: "failure",
    State.ERROR: "error",
}


class Status(Struct, frozen=True, kw_only=True):
    """A commit status; ``description`` is at most 140 characters."""

    context: str
    state: StatusWord
    description: str


class Publication(Struct, frozen=True, kw_only=True):
    """Nothing here needs to be computed again before it is sent."""

    comment: str
    summary: str
    checklist: str
    status: Status
    status_line: str  # the status as text
    state: State
    exit_code: int
