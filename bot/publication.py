"""Everything to be written, as one value."""

from msgspec import Struct

from bot.report import Status
from bot.state import State


class Publication(Struct, frozen=True, kw_only=True):
    comment: str
    summary: str
    checklist: str
    status: Status
    state: State
    exit_code: int
