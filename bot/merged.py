"""Which merged pull request made a commit: the one whose review an apply leans on."""

from collections.abc import Sequence

from msgspec import Struct

from bot.errors import BotError

AGAIN = (
    "Open a pull request with one more commit, an empty one will do (git commit --allow-empty): its plan shows all "
    "that is not applied yet. Merge it when its status is green."
)


class NotReviewed(BotError):
    """The commit that is about to be applied is not what exactly one merged pull request made."""

    exit_code = 10


class MergedPullRequest(Struct, frozen=True, kw_only=True):
    """A pull request as ``GET /repos/{owner}/{repo}/commits/{sha}/pulls`` lists it."""

    number: int
    head: str  # commit: what was planned and reviewed
    base_branch: str
    merge_commit: str = ""
    merged: bool = False


def find_merged(pull_requests: Sequence[MergedPullRequest], commit: str, branch: str) -> MergedPullRequest:
    """The one that was merged into ``branch`` as ``commit``.  Raises NotReviewed where it is not exactly one.

    Open ones that hold the commit are listed by GitHub as well and say nothing; neither do merges elsewhere.
    """
    found = [
        pull
        for pull in pull_requests
        if pull.merged and pull.base_branch == branch and commit and pull.merge_commit == commit
    ]
    if not found:
        raise NotReviewed(
            f"No merged pull request made the commit {commit[:7]}: it was pushed directly, without a review.",
            f"{AGAIN} And protect {branch} against direct pushes.",
        )
    if len(found) > 1:
        raise NotReviewed(
            f"{len(found)} merged pull requests claim the commit {commit[:7]}: nobody can tell whose review counts.",
            AGAIN,
        )
    return found[0]


class Superseded(BotError):
    """A run is started again whose commit is no longer the latest of its branch."""

    exit_code = 10


def check_latest(commit: str, tip: str, branch: str, attempt: int) -> None:
    """Raises Superseded where a later attempt would take the environment back to an old commit.

    The first attempt may be behind: applies queue, and each applies what its own merge brought.
    """
    if attempt > 1 and tip != commit:
        now = f"is at {tip[:7]} by now" if tip else "is gone"
        raise Superseded(
            f"This is attempt {attempt} for the commit {commit[:7]}, but {branch} {now}: it is not applied again.",
            "Run the latest run of the branch again, or open a pull request with what should happen.",
        )
