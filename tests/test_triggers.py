"""The trigger matrix as GitHub runs it: for each event, in full, which jobs and steps of which workflow run.

Workflows are what `init` writes, read by GitHub's own parser; conditions are decided by GitHub's own evaluator; payloads
are GitHub's own examples.  A row that changes is a change of who may touch which cloud, or of who hears about it.
"""

from collections.abc import Mapping

import pytest

from bot.edge.files import read_kit
from bot.workflows import build_workflows
from tests.support.actions import parse_workflow
from tests.support.github_events import (
    BOT,
    FORK,
    GONE,
    MARKED,
    ZERO,
    again,
    by_hand,
    comment,
    group,
    night,
    other,
    pull,
    push,
    review,
    run_of,
)
from tests.support.triggers import GitHubEvent, Json, matches
from tests.support.workflow_runs import run_event
from tests.test_workflows import CHOICE

TEXTS = build_workflows(read_kit(), CHOICE)
FILES = {name: parse_workflow(text, name) for name, text in TEXTS.items()}
Ran = dict[str, list[str]]

DECIDE = "decide: environment"
BEGIN = "run/begin: applied started"
APPLIED = "run/applied: download, applied success"
KEPT = "applied success, upload, Plan files end here"
NOTHING: Ran = {}
ONLY_DECIDES = {"terraform": [DECIDE]}
DEV = {
    "terraform": [
        DECIDE,
        BEGIN,
        f"run/apply network in dev: Cloud login, Plan again, Apply exactly this plan, {KEPT}",
        f"run/apply cluster in dev: Cloud login, Plan again, Apply exactly this plan, {KEPT}",
        APPLIED,
    ]
}
STAGE = {
    "terraform": [
        DECIDE,
        BEGIN,
        f"run/apply network in stage: Cloud login, Plan again, guard, Apply exactly this plan, {KEPT}",
        APPLIED,
    ]
}
PROD = {
    "terraform": [
        DECIDE,
        BEGIN,
        f"run/apply network in prod: Cloud login, Plan again, guard, Apply exactly this plan, {KEPT}",
        APPLIED,
    ]
}
BASE = "f95f852"  # the pull request's base in the examples
INTO_STAGE = {
    "terraform": [
        DECIDE,
        "run/pending: status pending",
        "run/plan network in stage-plan: Cloud login, Plan, record, upload, Plan files end here",
        f"run/report: checkout {BASE}, download, review, upload, status close",
    ]
}
INTO_PROD = {
    "terraform": [
        DECIDE,
        "run/pending: status pending",
        "run/plan network in prod-plan: Cloud login, Plan, record, upload, Plan files end here",
        f"run/report: checkout {BASE}, download, review, upload, status close",
    ]
}
# No login, no pending, no report: a fork's run writes nothing.
FORK_INTO_STAGE = {
    "terraform": [DECIDE, "run/plan network in stage-plan: Plan, record, upload, Plan files end here"],
}
FORK_INTO_PROD = {
    "terraform": [DECIDE, "run/plan network in prod-plan: Plan, record, upload, Plan files end here"],
}
JUDGED = {"plan-review judge": [f"judge: checkout {BASE}, environment, review --from-latest-run, upload"]}
NOT_JUDGED = {"plan-review judge": [f"judge: checkout {BASE}, environment"]}
NO_JUDGE: Ran = {"plan-review judge": []}
TICKED = {"plan-review judge": ["judge: environment, review --from-latest-run, upload"]}
NOT_TICKED = {"plan-review judge": ["judge: environment"]}
FORK_REPORTED = {"plan-review fork": ["report: review --from-run, upload"]}
NO_FORK: Ran = {"plan-review fork": []}
NIGHT = {
    "terraform": [
        DECIDE,
        "run/plan network in prod-plan: Cloud login, Plan, record, upload, Plan files end here",
        "run/drift: download, drift",
        BEGIN,
        f"run/apply network in prod: Cloud login, Plan again, guard --scheduled, Apply exactly this plan, {KEPT}",
        APPLIED,
    ]
}
DRIFT_DEV = {
    "terraform": [
        DECIDE,
        "run/plan network in dev-plan: Cloud login, Plan, record, upload, Plan files end here",
        "run/plan cluster in dev-plan: Cloud login, Plan, record, upload, Plan files end here",
        "run/drift: download, drift",
    ]
}
NIGHT_ELSEWHERE = {
    "terraform": [
        DECIDE,
        "run/plan network in prod-plan: checkout main, Cloud login, Plan, record, upload, Plan files end here",
        "run/drift: checkout main, download, drift",
    ]
}


def drifts(environment: str, checkout: str) -> Ran:
    plan = f"run/plan network in {environment}-plan: {checkout}Cloud login, Plan, record, upload, Plan files end here"
    return {"terraform": [DECIDE, plan, f"run/drift: {checkout}download, drift"]}


def queued(environment: str) -> Ran:
    plan = f"run/plan network in {environment}-plan: Cloud login, Plan, record, upload, Plan files end here"
    report = "run/report: checkout 380387f, download, review, upload, status close"
    return {"terraform": [DECIDE, "run/pending: status pending", plan, report]}


MOVED: Json = {"changes__base": {"ref": {"from": "main"}}}
EVENTS: dict[str, tuple[GitHubEvent, Ran]] = {
    # The seven rows of the matrix.
    "push to dev/**": (push("dev/login"), DEV),
    "pull request into develop": (pull("opened", "develop"), INTO_STAGE),
    "merged into develop": (push("develop"), STAGE),
    "pull request into main": (pull("opened", "main"), INTO_PROD),
    "merged into main": (push("main"), PROD),
    "schedule": (night("main", "main"), NIGHT),
    "by hand": (by_hand("any/branch"), DEV),
    # Pushes.
    "push to a branch below dev/": (push("dev/jane/login"), DEV),
    "first push of a branch": (push("dev/new", created=True, before=ZERO), DEV),
    "force push": (push("main", forced=True), PROD),
    "push to dev itself": (push("dev"), NOTHING),
    "push to a feature branch": (push("feature/x"), NOTHING),
    "push to a branch with main in its name": (push("main/x"), NOTHING),
    "push to Main": (push("Main"), NOTHING),
    "push to the queue's branch": (push("gh-readonly-queue/main/pr-2-abc"), NOTHING),
    "push of a tag": (push("refs/tags/v1"), NOTHING),
    "push of a tag with the name of a branch": (push("refs/tags/main"), NOTHING),
    "branch of dev deleted": (push("dev/login", deleted=True, after=ZERO), ONLY_DECIDES),
    "main deleted": (push("main", deleted=True, after=ZERO), ONLY_DECIDES),
    "push that wants no run": (push("main", head_commit__message="Text [skip ci]"), NOTHING),
    "merge run again": (again(push("main")), PROD),
    # Pull requests.
    "new commit into develop": (pull("synchronize", "develop"), INTO_STAGE),
    "new commit into main": (pull("synchronize", "main"), INTO_PROD),
    "reopened": (pull("reopened", "develop"), INTO_STAGE),
    "draft opened": (pull("opened", "main", pull_request__draft=True), INTO_PROD),
    "draft made ready": (pull("ready_for_review", "main"), INTO_PROD | NOT_JUDGED),
    "made a draft": (pull("converted_to_draft", "main"), NOTHING),
    "pull request into dev": (pull("opened", "dev/login"), NOTHING),
    "pull request into another branch": (pull("opened", "master"), NOTHING),
    "label set": (pull("labeled", "develop"), JUDGED),
    "label set on one into main": (pull("labeled", "main"), JUDGED),
    "label taken off": (pull("unlabeled", "main"), JUDGED),
    "label set on one into another branch": (pull("labeled", "feature"), NOTHING),
    "label set on a closed one": (pull("labeled", "main", pull_request__state="closed"), NOT_JUDGED),
    "title edited": (pull("edited", "develop", changes__title={"from": "x"}), ONLY_DECIDES | JUDGED),
    "description edited": (pull("edited", "main", changes__body={"from": "x"}), ONLY_DECIDES | JUDGED),
    "moved to develop": (pull("edited", "develop", **MOVED), INTO_STAGE | NOT_JUDGED),
    "moved to main": (pull("edited", "main", **MOVED), INTO_PROD | NOT_JUDGED),
    "moved to another branch": (pull("edited", "feature", **MOVED), NOTHING),
    "closed and merged": (pull("closed", "main", pull_request__merged=True), NOTHING),
    "closed, not merged": (pull("closed", "develop", pull_request__merged=False), NOTHING),
    "assigned": (pull("assigned", "develop"), NOTHING),
    "review asked for": (pull("review_requested", "main"), NOTHING),
    "pull request run again": (again(pull("opened", "main")), INTO_PROD),
    # Forks.
    "fork into develop": (pull("opened", "develop", **FORK), FORK_INTO_STAGE),
    "fork into main": (pull("synchronize", "main", **FORK), FORK_INTO_PROD),
    "fork that is gone": (pull("reopened", "main", **GONE), FORK_INTO_PROD),
    "label set on a fork's": (pull("labeled", "develop", **FORK), NO_JUDGE),
    "label set on one of a fork that is gone": (pull("labeled", "develop", **GONE), NO_JUDGE),
    "title of a fork's edited": (pull("edited", "develop", changes__title={}, **FORK), ONLY_DECIDES | NO_JUDGE),
    "fork's draft made ready": (pull("ready_for_review", "develop", **FORK), FORK_INTO_STAGE | NO_JUDGE),
    "review of a fork's": (review("submitted", "main", **FORK), NO_JUDGE),
    "fork's run succeeded": (run_of("pull_request", "somebody", "success"), FORK_REPORTED),
    "fork's run failed": (run_of("pull_request", "somebody", "failure"), FORK_REPORTED),
    "fork's run cancelled": (run_of("pull_request", "somebody", "cancelled"), FORK_REPORTED),
    "run of a fork that is gone": (run_of("pull_request", "", "success"), FORK_REPORTED),
    "our own run ended": (run_of("pull_request", "Codertocat", "success"), NO_FORK),
    "run of a push ended": (run_of("push", "Codertocat", "success"), NO_FORK),
    "run of a fork's push ended": (run_of("push", "somebody", "success"), NO_FORK),
    "another workflow's run ended": (run_of("pull_request", "somebody", "success", name="lint"), NOTHING),
    "fork's run begins": (run_of("pull_request", "somebody", "", action="requested"), NOTHING),
    # Reviews and comments.
    "review submitted": (review("submitted", "develop"), JUDGED),
    "review dismissed": (review("dismissed", "main"), JUDGED),
    "review of one into another branch": (review("submitted", "feature"), NOT_JUDGED),
    "box ticked by a person": (comment("edited", MARKED, "jane"), TICKED),
    "our comment written by us": (comment("edited", MARKED, BOT), NOT_TICKED),
    "comment without a marker edited": (comment("edited", "text", "jane"), NOT_TICKED),
    "comment written": (comment("created", MARKED, "jane"), NOTHING),
    "comment on an issue edited": (comment("edited", MARKED, "jane", on_pull=False), NO_JUDGE),
    "comment on a pull request deleted": (comment("deleted", MARKED, "jane"), NOTHING),
    "review run again": (again(review("submitted", "develop")), JUDGED),
    # Merge queue.
    "merge group for main": (group("checks_requested", "main"), queued("prod")),
    "merge group for develop": (group("checks_requested", "develop"), queued("stage")),
    "merge group gone": (group("destroyed", "main"), NOTHING),
    # Schedule.
    "schedule, default branch develop": (night("develop", "develop"), NIGHT_ELSEWHERE),
    "schedule, not the default branch": (night("main", "develop"), NOTHING),
    "schedule of another line": (night("main", "main", "0 0 * * *"), NOTHING),
    "schedule run again": (again(night("main", "main")), NIGHT),
    # By hand.
    "by hand on main, for dev": (by_hand("main"), DEV),
    "by hand for stage on develop": (by_hand("develop", environment="stage"), STAGE),
    "by hand for prod on main": (by_hand("main", environment="prod"), PROD),
    "by hand for prod on develop": (by_hand("develop", environment="prod"), ONLY_DECIDES),
    "by hand for stage on main": (by_hand("main", environment="stage"), ONLY_DECIDES),
    "drift of dev by hand": (by_hand("dev/x", action="drift"), DRIFT_DEV),
    "drift of stage by hand": (
        by_hand("main", environment="stage", action="drift"),
        drifts("stage", "checkout develop, "),
    ),
    "drift of prod by hand": (by_hand("main", environment="prod", action="drift"), drifts("prod", "")),
    "by hand with an environment that is none": (by_hand("main", environment="production"), NOTHING),
    "by hand with an action that is none": (by_hand("main", action="destroy"), NOTHING),
    # Events that no workflow has.
    "branch created": (other("create"), NOTHING),
    "branch or tag deleted": (other("delete"), NOTHING),
    "release published": (other("release", "published"), NOTHING),
    "dispatch by another system": (other("repository_dispatch"), NOTHING),
    "issue opened": (other("issues", "opened"), NOTHING),
    "commit status": (other("status"), NOTHING),
}


def ran(files: Mapping[str, Json], event: GitHubEvent, fates: Mapping[str, str]) -> Ran:
    return {name: run.ran for name, run in run_event(files, event, fates).items()}


@pytest.mark.parametrize("title", EVENTS)
def test_exactly_the_right_jobs_run(title: str) -> None:
    event, expected = EVENTS[title]
    assert ran(FILES, event, {}) == expected


@pytest.mark.parametrize(
    ("patterns", "name", "expected"),
    [
        (["dev/**"], "dev/a/b", True),
        (["dev/*"], "dev/a/b", False),
        (["dev/**"], "dev", False),
        (["main"], "main", True),
        (["main"], "main2", False),
        (["a.b"], "aXb", False),
        (["v[12].[0-9]+.[0-9]+"], "v1.10.1", True),
        (["v[12].[0-9]+.[0-9]+"], "v3.0.0", False),
        (["mains?"], "main", True),
        (["**", "!dev/**"], "dev/a", False),
        (["**", "!dev/**", "dev/keep"], "dev/keep", True),
        (["!dev/**"], "main", False),
        ([], "main", False),
    ],
)
def test_filter_patterns_are_github_s(patterns: list[str], name: str, expected: bool) -> None:
    assert matches(patterns, name) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        # A newer commit supersedes the plan of the older one; text alone supersedes nothing.
        (
            "new commit into develop",
            {"terraform": "terraform-2, cancels", "run/report": "plan-review-publish-2, all wait"},
        ),
        (
            "moved to main",
            {
                "terraform": "terraform-2, cancels",
                "run/report": "plan-review-publish-2, all wait",
                "plan-review judge": "plan-review-judge-2",
                "judge": "plan-review-publish-2, all wait",
            },
        ),
        (
            "title edited",
            {
                "terraform": "terraform-4711, cancels",
                "plan-review judge": "plan-review-judge-2",
                "judge": "plan-review-publish-2, all wait",
            },
        ),
        # What may judge nothing must not push one that will out of its queue.
        (
            "box ticked by a person",
            {"plan-review judge": "plan-review-judge-4711", "judge": "plan-review-publish-1, all wait"},
        ),
        (
            "comment without a marker edited",
            {"plan-review judge": "plan-review-judge-4711", "judge": "plan-review-publish-1, all wait"},
        ),
        ("review dismissed", {"plan-review judge": "plan-review-judge-2", "judge": "plan-review-publish-2, all wait"}),
        # One apply at a time for each stack, whoever asks for it; the comment is that of the merged pull request.
        (
            "merged into main",
            {
                "terraform": "terraform-4711",
                "run/apply network in prod": "apply-prod-network, all wait",
                "run/applied": "plan-review-publish-17, all wait",
            },
        ),
        (
            "schedule",
            {
                "terraform": "terraform-4711",
                "run/drift": "drift-prod, all wait",
                "run/apply network in prod": "apply-prod-network, all wait",
                "run/applied": "plan-review-publish-4711, all wait",
            },
        ),
        (
            "by hand",
            {
                "terraform": "terraform-4711",
                "run/apply network in dev": "apply-dev-network, all wait",
                "run/apply cluster in dev": "apply-dev-cluster, all wait",
                "run/applied": "plan-review-publish-4711, all wait",
            },
        ),
        ("merge group for main", {"terraform": "terraform-4711", "run/report": "plan-review-publish-4711, all wait"}),
        ("fork's run succeeded", {"plan-review fork": "plan-review-fork-somebody/Hello-World-main"}),
    ],
)
def test_who_waits_for_whom(title: str, expected: dict[str, str]) -> None:
    runs = run_event(FILES, EVENTS[title][0], {})
    assert {name: group for run in runs.values() for name, group in run.groups.items()} == expected
