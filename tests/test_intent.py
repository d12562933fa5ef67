"""What the pull request says it deletes."""

import pytest

from bot.intent import list_declared
from bot.pull_request import File, PullRequest
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


NO_BLOCK, NO_MODULE = "delete_because_no_resource_config", "delete_because_no_module"
INDEX, CANNOT = "delete_because_count_index", "replace_because_cannot_update"
RESOURCE = '@@ -1,3 +0,0 @@\n-resource "aws_x" "y" {\n-  a = 1\n-}'
MODULE = '@@ -1,3 +0,0 @@\n-module "m" {\n-  source = "./m"\n-}'
COUNT = '@@ -1 +1 @@\n resource "aws_x" "y" {\n-  count = 3\n+  count = 2\n }'
CALL = '@@ -1 +1 @@\n module "m" {\n-  source = "./m"\n+  source = "./n"\n }'
CALLS = '@@ -1 +1 @@\n module "m" {\n-  count = 3\n+  count = 2\n }'
ARGUMENT = '@@ -1 +1 @@\n resource "aws_x" "y" {\n-  name = "a"\n+  name = "b"\n }'
RENAMED = '@@ -1 +1 @@\n-resource "aws_x" "y" {\n+resource "aws_x" "z" {\n   a = 1\n }'
REMOVED = "@@ -0,0 +1,3 @@\n+removed {\n+  from = aws_x.y\n+}"


@pytest.mark.parametrize(
    ("path", "patch", "address", "reason", "because"),
    [
        ("a.tf", RESOURCE, "aws_x.y", NO_BLOCK, "its block is removed in a.tf"),
        ("prod/a.tf", RESOURCE, 'aws_x.y["k.[0]"]', NO_BLOCK, "its block is removed in prod/a.tf"),
        ("a.tf", RESOURCE, "aws_x.y", None, "its block is removed in a.tf"),
        ("a.tf", RESOURCE, "aws_x.y", INDEX, ""),
        ("a.tf", RESOURCE, "aws_x.yy", NO_BLOCK, ""),
        ("a.tf", RESOURCE, "module.m.aws_x.y", NO_BLOCK, ""),
        ("m/a.tf", RESOURCE, "module.m[0].aws_x.y", NO_BLOCK, "its block is removed in m/a.tf"),
        ("a.tf", RENAMED, "aws_x.y", NO_BLOCK, "its block is renamed to aws_x.z in a.tf"),
        ("a.tf", RENAMED, "aws_x.z", NO_BLOCK, ""),
        ("a.tf", REMOVED, "aws_x.y", NO_BLOCK, "a removed block in a.tf names it"),
        ("a.tf", REMOVED, "aws_x.y", INDEX, ""),
        ("a.tf", COUNT, "aws_x.y[2]", INDEX, "the count of its block is changed in a.tf"),
        ("a.tf", COUNT, "aws_x.y[2]", NO_BLOCK, ""),
        ("a.tf", COUNT, "aws_x.y[2]", None, ""),
        ("a.tf", MODULE, "module.m.aws_q.r", NO_BLOCK, "the call of module m is removed in a.tf"),
        ("a.tf", MODULE, "module.m[1].module.k.aws_q.r", NO_MODULE, "the call of module m is removed in a.tf"),
        ("a.tf", MODULE, "module.k.module.m.aws_q.r", NO_MODULE, ""),
        ("k/a.tf", MODULE, "module.k.module.m.aws_q.r", NO_MODULE, "the call of module m is removed in k/a.tf"),
        ("a.tf", MODULE, "module.mm.aws_q.r", NO_MODULE, ""),
        ("a.tf", CALL, "module.m.aws_q.r", NO_BLOCK, "the call of module m changed in a.tf"),
        ("a.tf", CALL, "module.m.aws_q.r", NO_MODULE, ""),
        ("a.tf", CALL, "aws_q.r", NO_BLOCK, ""),
        ("a.tf", CALLS, "module.m[2].aws_q.r", NO_MODULE, "the count of module m is changed in a.tf"),
        ("a.tf", ARGUMENT, "aws_x.y", NO_BLOCK, ""),
    ],
)
def test_a_diff_explains_what_fits_the_reason(
    path: str, patch: str, address: str, reason: str | None, because: str
) -> None:
    pull_request = PullRequest(files=(File(path=path, status="modified", patch=patch),))
    gone = row(address, ["delete"], {}, action_reason=reason)
    (found,) = run(plan(gone), pull_request=pull_request).facts.intents
    expected = ("explained", because) if because else ("unexplained", "nothing in this pull request accounts for it")
    assert (found.intent, found.because) == expected


@pytest.mark.parametrize(
    ("patch", "paths", "reason", "because"),
    [
        (ARGUMENT, [["name"]], CANNOT, "its argument name is changed in a.tf"),
        (ARGUMENT, [["name", 0, "x"]], CANNOT, "its argument name is changed in a.tf"),
        (ARGUMENT, [["zone"], ["x", "name"]], CANNOT, ""),
        (ARGUMENT, [["name"]], "replace_because_tainted", ""),
        (ARGUMENT, [], CANNOT, ""),
        (COUNT, [["name"]], CANNOT, ""),
        (RESOURCE, [["name"]], CANNOT, ""),
    ],
)
def test_a_diff_explains_a_replacement(patch: str, paths: list[list[str]], reason: str, because: str) -> None:
    pull_request = PullRequest(files=(File(path="a.tf", status="modified", patch=patch),))
    replaced = row("aws_x.y", ["delete", "create"], {}, {}, change={"replace_paths": paths}, action_reason=reason)
    (found,) = run(plan(replaced), pull_request=pull_request).facts.intents
    assert (found.intent, found.because if because else "") == ("explained" if because else "unexplained", because)


def test_what_github_leaves_out_explains_nothing_and_is_named() -> None:
    big = File(path="modules/x/main.tf", status="removed")
    pull_request = PullRequest(base_ahead_by=2, files=(big, big), files_complete=False)
    (found,) = run(plan(row("aws_x.y", ["delete"], {})), pull_request=pull_request).facts.intents
    assert found.because == (
        "nothing here accounts for it, and the branch is 2 commits behind its base"
        "; GitHub shows no diff of modules/x/main.tf and 1 more, so it explains nothing"
        "; GitHub's list of changed files is cut off, and what it leaves out explains nothing"
    )
