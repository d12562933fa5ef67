"""Which pull requests a commit belongs to, and which commit a branch is at."""

from urllib.parse import quote

from msgspec import Struct

from bot.edge.hub import Gone, Hub
from bot.merged import MergedPullRequest


class _Side(Struct, frozen=True):
    sha: str = ""
    ref: str = ""


class _Object(Struct, frozen=True):
    sha: str


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


class _Reference(Struct, frozen=True):
    object: _Object


def fetch_tip(hub: Hub, branch: str) -> str:
    """The commit that ``branch`` is at; "" where the branch is gone.  Raises CannotReach."""
    try:
        return hub.read("read the branch", f"git/ref/heads/{quote(branch)}", _Reference).object.sha
    except Gone:
        return ""
