"""The masked change set of one plan as a file: what one run hands to the next.  It holds no secret."""

import re
from decimal import Decimal
from mmap import mmap

import msgspec
from msgspec import Struct

from bot.changes import ChangeSet
from bot.diagnostics import Failures
from bot.errors import UntrustedPlan

VERSION = 1
FOREIGN = "The record has another shape than plan-review writes."
LONGEST, MOST = 8_000, 5_000  # characters of a text that says what is wrong, and how many such texts; we write less
AGAIN = "Make it again: plan-review record PLAN -o FILE"


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why a document cannot be judged.  ``failures`` only where Terraform failed and wrote no plan."""

    message: str
    advice: str
    failures: Failures | None = None

    @classmethod
    def of(cls, error: UntrustedPlan) -> "Problem":
        return cls(error.message, error.advice)


class Stack(Struct, frozen=True, kw_only=True):
    """One plan under its name.  Where ``problem`` is set nothing may be concluded from ``plan``."""

    name: str
    plan: ChangeSet = ChangeSet()
    problem: Problem | None = None
    digest: str = ""  # of what the plan would do, see compare.digest_changes
    head: str = ""  # the commit it was planned of, where its record tells
    unproven: bool = False  # handed in by a fork's run, which may write what it likes


class Record(Struct, frozen=True, kw_only=True, tag_field="plan_review", tag="record"):
    """A stack with where it came from.  The tag ``"plan_review": "record"`` tells a record from a plan."""

    version: int = VERSION
    tool: str  # plan-review's own version
    stack: Stack
    head: str = ""  # commit the plan was made of
    run_id: str = ""
    run_attempt: int = 0
    environment: str = ""  # whose plan it is; "" where nobody said


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(Record, float_hook=Decimal)


class _Head(Struct):
    plan_review: str = ""
    version: int = 0


def is_record(data: bytes | mmap) -> bool:
    """Does this look like a record rather than a plan?  Only the first bytes count: we write the tag first."""
    return re.match(rb'\s*\{\s*"plan_review":\s*"record"', data[:200]) is not None


def encode_record(record: Record) -> bytes:
    return msgspec.json.format(_ENCODER.encode(record), indent=1) + b"\n"


def decode_record(data: bytes | mmap) -> Record:
    """Raises UntrustedPlan for an unknown version, a truncated file or anything that is no record."""
    try:
        record = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        record = None
    if record is None or record.version != VERSION:
        raise _mistake(data)
    if record.stack.problem and not _is_ours(record.stack.problem):
        raise UntrustedPlan(FOREIGN, AGAIN)
    return record


def _mistake(data: bytes | mmap) -> UntrustedPlan:
    """Why it is none of ours, the most basic reason first."""
    try:
        head = msgspec.json.decode(data, type=_Head)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return UntrustedPlan("The record is cut off or is not valid JSON.", AGAIN)
    if head.plan_review != "record":
        return UntrustedPlan("The file is not a record of plan-review.", AGAIN)
    if head.version != VERSION:
        return UntrustedPlan(f"The record has version {head.version}; this plan-review reads version {VERSION}.", AGAIN)
    return UntrustedPlan(FOREIGN, AGAIN)


def _is_ours(problem: Problem) -> bool:
    """What is wrong is always told, so a stranger's must not fill the comment."""
    texts, nodes = 0, [msgspec.to_builtins(problem)]
    while nodes and texts <= MOST:
        node = nodes.pop()
        nodes += node.values() if isinstance(node, dict) else node if isinstance(node, list | tuple) else ()
        texts += 1 if not isinstance(node, str) or len(node) <= LONGEST else MOST + 1
    return texts <= MOST
