"""The label that lets held deletions through, and whether it counts.

Labels are only signals: what counts is who set it.  What a label was given for, and when, is known on GitHub alone.
"""

from collections.abc import Sequence

from msgspec import Struct

from bot.classify.destructive import Deletion
from bot.compare import digest_deletions
from bot.pull_request import Label, PullRequest

LABEL = "allow-deletions"


class Override(Struct, frozen=True, kw_only=True):
    """``covers`` are the deletions it is about: addresses, "[stack] " before them where there are several stacks."""

    label: str = LABEL
    digest: str
    covers: tuple[str, ...]
    given_by: str | None = None
    given_at: str | None = None
    valid: bool = False
    because: str


def judge_override(held: Sequence[Deletion], pull_request: PullRequest | None, *, second_person: bool) -> Override:
    """Does a label let ``held`` through?  ``second_person``: the author's own label does not count."""
    label = next((label for label in pull_request.labels if label.name == LABEL), None) if pull_request else None
    refusal = _refusal(held, label, pull_request, second_person=second_person)
    several = len({deletion.stack for deletion in held}) > 1
    return Override(
        digest=digest_deletions(held),
        covers=tuple(f"[{d.stack}] {d.address}" if several else d.address for d in held),
        given_by=label.given_by if label else None,
        given_at=(label.given_at or None) if label else None,
        valid=not refusal,
        because=refusal or f"{label.given_by if label else ''} gave it and may.",
    )


def _refusal(
    held: Sequence[Deletion], label: Label | None, pull_request: PullRequest | None, *, second_person: bool
) -> str:
    """Why the label does not count, "" where it does."""
    if not held:
        return "Nothing needs it."
    if label is None or pull_request is None:
        return f"The label {LABEL} is not set."
    if not label.given_by or not label.may_write:
        return f"{label.given_by or 'Somebody unknown'} set it but may not write to this repository."
    if second_person and not pull_request.author and pull_request.number is not None:
        return "The author is not known, so nobody can tell whether a second person set it."
    if second_person and label.given_by == pull_request.author:
        return f"{label.given_by} is the author; a second person must set it."
    return ""
