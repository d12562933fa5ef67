"""Everything to be written, as one value."""

from typing import Literal

from msgspec import Struct

from bot.state import State

EXIT_CODES = {State.PASS: 0, State.ATTENTION: 0, State.HOLD: 10, State.ERROR: 11}

PLAN_LABELS = ("plan:delete", "plan:replace", "plan:iam", "plan:exposure", "plan:cost", "plan:no-changes")

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


class VoidedLabel(Struct, frozen=True, kw_only=True):
    """An override label that no longer counts and comes off; ``reason`` is a sentence of the comment."""

    name: str
    reason: str


class Publication(Struct, frozen=True, kw_only=True):
    """Nothing here needs to be computed again before it is sent."""

    comment: str
    summary: str
    checklist: str
    status: Status
    status_line: str  # the status as text
    state: State
    exit_code: int
    shown: str = (
        ""  # digest of the held items this comment shows, "" where nothing is held; goes into the status's link
    )
    voided: tuple[VoidedLabel, ...] = ()
    plan_labels: tuple[str, ...] = ()  # labels that say what the plan does (plan:delete …), of PLAN_LABELS
    notices: tuple[str, ...] = ()  # sentences about templates of the user's own that could not be used
