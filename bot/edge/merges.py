"""Which pull requests a commit belongs to."""

from msgspec import Struct

from bot.edge.hub import Hub
from bot.merged import MergedPullRequest


class _Side(Struct, frozen=True):
    sha: str = ""
    ref: str = ""


class _Row(Struct, frozen=True, kw_only=True):
    number: int
    head: _Side
    base: _Side
    merged_at: str | None = None
    merge_commit_sha: str | None = None


def list_pull_requests(hub: Hub, commit: str) -> tuple[MergedPullRequest, ...]:
    """Raises CannotReach."""
    rows = hub.read_rows("find the pull request of the commit", f"commits/{commit}/pulls", _Row)
    return tuple(
        MergedPullRequest(
            number=row.number,
            head=row.head.sha,
            base_branch=row.base.ref,
            merge_commit=row.merge_commit_sha or "",
            merged=row.merged_at is not None,
        )
        for row in rows
    )
