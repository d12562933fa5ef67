"""The hidden first line of a comment, by which we know our own again.

Markers are text that anybody can write: they count only together with our own author.
"""

import base64
import binascii
import re

import msgspec
from msgspec import Struct

_LINE = re.compile(r"<!-- plan-review:v1 ([A-Za-z0-9_-]{1,30000}) -->")


class ShownAt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was held when the plan of commit ``head`` was shown; a status on that commit must prove ``digest``."""

    head: str
    digest: str
    tokens: tuple[str, ...] = ()


class Marker(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``key`` is the environment; ``digest`` what was shown; ``run_id`` and ``attempt`` which run wrote it.

    The rest is for the next run, to say what changed since: shown to people, never used for a decision.
    ``applied`` is the outcome of the apply, "" before: the comment is frozen then, where the pull request is merged.
    """

    key: str
    digest: str = ""
    run_id: str = ""
    attempt: int = 0
    shown: tuple[ShownAt, ...] = ()
    plan: str = ""  # compare.digest_stacks of what was judged
    verdict: str = ""  # pass, attention, hold or error
    commit: str = ""  # that was planned
    at: str = ""  # RFC 3339 UTC
    records: str = ""  # id of the run that left the records, where it is another one
    fork: bool = False  # a fork's run planned it
    applied: str = ""


def write_marker(marker: Marker) -> str:
    """The line; its payload is base64url, because ``-->`` would end a comment."""
    payload = base64.urlsafe_b64encode(msgspec.json.encode(marker)).decode().rstrip("=")
    return f"<!-- plan-review:v1 {payload} -->"


def read_marker(body: str) -> Marker | None:
    """The marker on the first line of a comment's body; None for any other text."""
    match = _LINE.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    if match is None:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)), type=Marker)
    except (binascii.Error, ValueError, RecursionError):
        return None
