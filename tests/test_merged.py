"""The merged pull request behind a commit: exactly one, or nothing is applied."""

import pytest

from bot.merged import MergedPullRequest, NotReviewed, find_merged

SHA, OTHER, HEAD = "a" * 40, "b" * 40, "c" * 40
GOOD = MergedPullRequest(number=7, head=HEAD, base_branch="main", merge_commit=SHA, merged=True)
OPEN = MergedPullRequest(number=8, head=SHA, base_branch="main", merge_commit=SHA)
ELSEWHERE = MergedPullRequest(number=9, head=HEAD, base_branch="develop", merge_commit=SHA, merged=True)
EARLIER = MergedPullRequest(number=6, head=HEAD, base_branch="main", merge_commit=OTHER, merged=True)


def test_the_one_that_was_merged_as_this_commit() -> None:
    assert find_merged([EARLIER, OPEN, GOOD, ELSEWHERE], SHA, "main") == GOOD


@pytest.mark.parametrize("listed", [(), (OPEN,), (ELSEWHERE,), (EARLIER,)])
def test_a_direct_push_is_refused(listed: tuple[MergedPullRequest, ...]) -> None:
    with pytest.raises(NotReviewed) as caught:
        find_merged(listed, SHA, "main")
    assert caught.value.message == (
        "No merged pull request made the commit aaaaaaa: it was pushed directly, without a review."
    )
    assert caught.value.exit_code == 10


def test_two_that_claim_it_are_refused() -> None:
    second = MergedPullRequest(number=10, head=OTHER, base_branch="main", merge_commit=SHA, merged=True)
    with pytest.raises(NotReviewed, match="2 merged pull requests claim the commit aaaaaaa"):
        find_merged([GOOD, second], SHA, "main")


def test_no_commit_is_nobodys() -> None:
    with pytest.raises(NotReviewed):
        find_merged([MergedPullRequest(number=1, head=HEAD, base_branch="main", merged=True)], "", "main")
