"""The view model: what to show, in which order, how much of it.  Decides nothing; reads the judgement."""

from typing import Literal

from msgspec import Struct

from bot.classify.destructive import Deletion
from bot.environment import EnvironmentName
from bot.findings import Finding
from bot.intent import Intent
from bot.judge import Judgement
from bot.record import Stack


class Origin(Struct, frozen=True, kw_only=True):
    """Where and when a review was made; "" where nobody knows."""

    version: str
    now: str = ""  # RFC 3339 UTC
    commit: str = ""
    run_url: str = ""
    run_id: str = ""


class Status(Struct, frozen=True, kw_only=True):
    """A commit status; ``description`` is at most 140 characters."""

    context: str
    state: Literal["success", "failure", "error", "pending"]
    description: str


class Facts(Struct, frozen=True, kw_only=True):
    """All that is known when rendering starts."""

    environment: EnvironmentName
    stacks: tuple[Stack, ...]
    deletions: tuple[Deletion, ...]
    intents: tuple[Intent, ...]
    findings: tuple[Finding, ...]
    judgement: Judgement
    origin: Origin
