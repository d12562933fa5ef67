"""The masked change set of one plan as a file: what one run hands to the next.  It holds no secret."""

from msgspec import Struct

from bot.changes import ChangeSet
from bot.errors import UntrustedPlan


class Problem(Struct, frozen=True):
    """Why a document cannot be judged."""

    message: str
    advice: str

    @classmethod
    def of(cls, error: UntrustedPlan) -> "Problem":
        return cls(error.message, error.advice)


class Stack(Struct, frozen=True, kw_only=True):
    """One plan under its name.  Where ``problem`` is set nothing may be concluded from ``plan``."""

    name: str
    plan: ChangeSet = ChangeSet()
    problem: Problem | None = None
    digest: str = ""  # of what the plan would do, see compare.digest_changes


class Record(Struct, frozen=True, kw_only=True):
    """A stack with where it came from."""

    version: int = 1
    tool: str  # plan-review's own version
    stack: Stack
    head: str = ""  # commit the plan was made of
    run_id: str = ""
    run_attempt: int = 0


def encode_record(record: Record) -> bytes:
    raise NotImplementedError


def decode_record(data: bytes) -> Record:
    """Raises UntrustedPlan for an unknown version, a truncated file or anything that is no record."""
    raise NotImplementedError
