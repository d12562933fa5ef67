"""What the pull request says it deletes."""

import pytest

from bot.intent import list_declared
from bot.pull_request import PullRequest
from tests.support.plans import plan, row, run


@pytest.mark.parametrize(
    ("description", "declared"),
    [
        ("", []),
        (
            "Deletes:\n- `aws_x.y`\n- aws_x.z – not used\n- aws_x.q (old)\n* aws_x.r",
            ["aws_x.y", "aws_x.z", "aws_x.q", "aws_x.r"],
        ),
        ("## Deletes\n\n- aws_x.y\n\nmore text\n- aws_x.no", ["aws_x.y"]),
        ("**Deletes:**\n1. aws_x.y", ["aws_x.y"]),
        ('Deletes:\n- `aws_x.y["a - b"]`', ['aws_x.y["a - b"]']),
        ("```plan-review\n- module.old.*\n```\n- aws_x.no", ["module.old.*"]),
        ("Deletes:\n- [x] `aws_x.y`", ["aws_x.y"]),
        # what reviewers cannot see, or what says nothing, declares nothing
        ("<!--\nDeletes:\n- aws_x.y\n-->", []),
        ("<!-- Deletes:\n- aws_x.y", []),
        ("Deletes:\n- *\n- `*.*`\n- everything", []),
        ("It deletes: `aws_x.y`", []),
        ("```\nDeletes:\n- aws_x.y\n```", []),
        ("```yaml\n- aws_x.y\n```", []),
        ("Deletes:\nnothing\n- aws_x.y", []),
    ],
)
def test_declared(description: str, declared: list[str]) -> None:
    assert list(list_declared(description)) == declared


@pytest.mark.parametrize(
    ("pull_request", "intent", "because"),
    [
        (None, "unexplained", "no pull request is known that could explain it"),
        (PullRequest(description="Deletes:\n- aws_x.*"), "declared", "the description lists it"),
        (PullRequest(explains=("aws_x.y",)), "explained", "this pull request's own change accounts for it"),
        (PullRequest(), "unexplained", "nothing in this pull request accounts for it"),
        (PullRequest(base_ahead_by=0), "unexplained", "nothing in this pull request accounts for it"),
        (
            PullRequest(base_ahead_by=1),
            "unexplained",
            "nothing here accounts for it, and the branch is 1 commit behind its base",
        ),
        (
            PullRequest(base_ahead_by=3),
            "unexplained",
            "nothing here accounts for it, and the branch is 3 commits behind its base",
        ),
    ],
)
def test_intent(pull_request: PullRequest | None, intent: str, because: str) -> None:
    (found,) = run(plan(row("aws_x.y", ["delete"], {})), pull_request=pull_request).facts.intents
    assert (found.intent, found.because) == (intent, because)
