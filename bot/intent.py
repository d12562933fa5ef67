"""Which deletions the pull request meant."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from bot.classify.destructive import Deletion
from bot.pull_request import PullRequest

IntentWord = Literal["declared", "explained", "unexplained"]


class Intent(Struct, frozen=True, kw_only=True):
    stack: str
    address: str
    deposed: str | None = None
    intent: IntentWord
    because: str


def find_intents(deletions: Sequence[Deletion], pull_request: PullRequest | None) -> tuple[Intent, ...]:
    """One intent per deletion, in the same order."""
    raise NotImplementedError
