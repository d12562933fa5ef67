"""The decision: a tree of reasons, each with a state, a sentence and what led to it."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from bot.classify.destructive import Deletion
from bot.config import Config
from bot.environment import EnvironmentName
from bot.findings import Finding
from bot.intent import Intent
from bot.pull_request import PullRequest
from bot.record import Stack
from bot.state import State


class Reason(Struct, frozen=True, kw_only=True):
    """A node.  ``sentence`` is plain text for people; ``address`` is shown beside it as code."""

    rule: str  # trust, trust/errored, deletions, deletions/stateful, protection, everything, override …
    state: State
    sentence: str
    stack: str = ""
    address: str = ""
    deposed: str | None = None
    children: tuple["Reason", ...] = ()


class Override(Struct, frozen=True, kw_only=True):
    """The label that lets these deletions through, and whether it counts."""

    label: str = "allow-deletions"
    digest: str
    covers: tuple[str, ...]  # addresses, "[stack] " before them where there are several stacks
    given_by: str | None = None
    given_at: str | None = None
    valid: bool = False
    because: str


class ChecklistItem(Struct, frozen=True, kw_only=True):
    id: str
    text: str
    state: Literal["pass", "fail", "human", "not_applicable"]
    evidence: str = ""


class Verdict(Struct, frozen=True, kw_only=True):
    state: State
    reasons: tuple[Reason, ...]


class Judgement(Struct, frozen=True, kw_only=True):
    """Everything the decision gives: readers of it decide nothing again."""

    verdict: Verdict
    override: Override
    checklist: tuple[ChecklistItem, ...]


def judge(
    stacks: Sequence[Stack],
    deletions: Sequence[Deletion],
    intents: Sequence[Intent],
    findings: Sequence[Finding],
    *,
    config: Config,
    environment: EnvironmentName,
    pull_request: PullRequest | None,
) -> Judgement:
    raise NotImplementedError
