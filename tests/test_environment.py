"""The trigger matrix on GitHub's own payloads: every row and every trap, with what is decided in full."""

import json
from typing import Any

import pytest

from bot.config import decode_config
from bot.environment import MATRIX, Decision, decide, find_environment
from bot.errors import BadConfig
from bot.event import BadEvent, decode_event
from bot.flow_config import FlowConfig
from tests.support.webhooks import payload

HERE = "Codertocat/Hello-World"
ZERO, SHA = "0" * 40, "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
Case = tuple[str, dict[str, Any], dict[str, str], Decision]


def decided(name: str, document: dict[str, Any], flow: FlowConfig, **environ: str) -> Decision:
    variables = {"GITHUB_REPOSITORY": document.get("repository", {}).get("full_name", HERE), **environ}
    return decide(decode_event(name, json.dumps(document).encode(), variables), flow)


def push(ref: str, **changes: Any) -> dict[str, Any]:
    return payload("push", ref=ref, after=SHA, deleted=False, **changes)


def pull(action: str, base: str, **changes: Any) -> dict[str, Any]:
    found = payload("pull_request", action if action != "edited" else "opened", pull_request__base__ref=base, **changes)
    return {**found, "action": action}


def comment(body: str, sender: str = "Codertocat", action: str = "edited", on: bool = True) -> dict[str, Any]:
    document = payload("issue_comment", action, comment__body=body, sender__login=sender)
    document["comment"]["user"]["login"] = "github-actions[bot]"
    document["issue"].pop("pull_request", None)
    return document | {"issue": document["issue"] | ({"pull_request": {"url": "x"}} if on else {})}


def schedule(**changes: Any) -> dict[str, Any]:
    """What GitHub sends on schedule: the cron line and the repository, nothing else.  The examples have none."""
    return {"schedule": "0 1 * * *", "repository": payload("push")["repository"], **changes}


def by_hand(**inputs: str | bool | None) -> dict[str, Any]:
    return payload("workflow_dispatch", inputs=inputs)


def deploys(environment: Any, why: str, guarded: bool = True) -> Decision:
    return Decision(
        environment=environment,
        action="plan-and-apply",
        why=why,
        plan_target=f"{environment}-plan",
        apply_target=environment,
        guarded=guarded,
    )


def plans(environment: Any, why: str) -> Decision:
    return Decision(environment=environment, action="plan", why=why, plan_target=f"{environment}-plan")


def judges(environment: Any, why: str) -> Decision:
    return Decision(environment=environment, action="judge", why=why)


def nothing(why: str) -> Decision:
    return Decision(environment=None, action="none", why=why)


DEV = "A push to a branch of DEV: plan and apply."
STAGE = (
    "A push to the branch of STAGE: plan, guard, apply. The guard looks for the one merged pull request that made this "
    "commit, and refuses a direct push."
)
PROD = STAGE.replace("STAGE", "PROD")
NOWHERE = "A push to a branch that belongs to no environment."
GONE = "A branch or tag was deleted: there is nothing to deploy."
INTO_STAGE = "A pull request into the branch of STAGE: plan, comment, status."
INTO_PROD = "A pull request into the branch of PROD: plan, comment, status."
FORK = (
    "A fork's pull request into the branch of STAGE: planned without secrets, reported by another run, never applied."
)
ELSEWHERE = "The pull request goes into a branch of no environment."
MERGED = "The pull request is merged: the push it makes deploys."
CLOSED = "The pull request is closed without a merge: nothing is deployed."
AGAIN = "The pull request says something new, its code is the same: the latest record is judged again for STAGE."
STILL = "Nothing that is judged changed on the pull request."
TARGET = "pull_request_target has secrets even for forks: no plan. Use pull_request."
LATE = (
    "On schedule: the drift report alone. A schedule runs the workflow of the default branch, here not the branch of "
    "PROD, and nothing is applied by a workflow that PROD's reviewers have not seen."
)
NIGHTLY = "On schedule: the drift report; then plan, guard, apply, which refuses every destruction."
HAND_PROD = (
    "By hand on the branch of PROD: plan, guard, apply. The guard refuses a commit that no pull request brought."
)
REFUSED = "Refused: STAGE and PROD are applied by hand from their own branches alone."
QUIET = "A comment that changes nothing."
NOT_OURS = "Only the end of a run for a fork's pull request is reported from here."
UNKNOWN = "An event that is no part of the flow."
MARKED = "<!-- plan-review:v1 eyJrZXkiOiJwcm9kIn0 -->\ntext"
FORKED: dict[str, Any] = {"pull_request__head__repo__full_name": "somebody/Hello-World"}
NIGHT: dict[str, Any] = {"environment": "prod", "plan_target": "prod-plan", "scheduled": True}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (push("refs/heads/dev/login"), deploys("dev", DEV, guarded=False)),
        (push("refs/heads/dev/jane/login"), deploys("dev", DEV, guarded=False)),
        (push("refs/heads/dev/new", created=True, before=ZERO), deploys("dev", DEV, guarded=False)),
        (push("refs/heads/develop"), deploys("stage", STAGE)),
        (push("refs/heads/main"), deploys("prod", PROD)),
        (push("refs/heads/main", forced=True), deploys("prod", PROD)),
        (push("refs/heads/dev"), nothing(NOWHERE)),
        (push("refs/heads/devel/x"), nothing(NOWHERE)),
        (push("refs/heads/Main"), nothing(NOWHERE)),
        (push("refs/heads/mai"), nothing(NOWHERE)),
        (push("refs/heads/main/x"), nothing(NOWHERE)),
        (push("refs/heads/x/main"), nothing(NOWHERE)),
        (push("refs/heads/main\n"), nothing(NOWHERE)),
        (push("refs/heads/refs/heads/main"), nothing(NOWHERE)),
        (push("refs/tags/main"), nothing("A tag deploys nothing; branches do.")),
        (push("refs/tags/dev/x"), nothing("A tag deploys nothing; branches do.")),
        (payload("push", ref="refs/heads/dev/x", deleted=True, after=ZERO), nothing(GONE)),
        (payload("push", ref="refs/heads/main", deleted=False, after=ZERO), nothing(GONE)),
        (
            push("refs/heads/gh-readonly-queue/main/pr-1-abc"),
            nothing("A branch of the merge queue: the event merge_group reports on it."),
        ),
    ],
)
def test_a_push(document: dict[str, Any], expected: Decision) -> None:
    assert decided("push", document, FlowConfig()) == expected


@pytest.mark.parametrize(
    ("event", "document", "expected"),
    [
        ("pull_request", pull("opened", "develop"), plans("stage", INTO_STAGE)),
        ("pull_request", pull("synchronize", "develop"), plans("stage", INTO_STAGE)),
        ("pull_request", pull("reopened", "develop"), plans("stage", INTO_STAGE)),
        ("pull_request", pull("ready_for_review", "main"), plans("prod", INTO_PROD)),
        ("pull_request", pull("opened", "main"), plans("prod", INTO_PROD)),
        ("pull_request", pull("opened", "main", pull_request__draft=True), plans("prod", INTO_PROD)),
        ("pull_request", pull("opened", "main", pull_request__head__ref="develop"), plans("prod", INTO_PROD)),
        ("pull_request", pull("opened", "dev/x"), nothing(ELSEWHERE)),
        ("pull_request", pull("opened", "master"), nothing(ELSEWHERE)),
        ("pull_request", pull("labeled", "Develop"), nothing(ELSEWHERE)),
        (
            "pull_request",
            pull("opened", "develop", **FORKED),
            Decision(environment="stage", action="plan", why=FORK, trusted=False),
        ),
        (
            "pull_request",
            pull("synchronize", "main", pull_request__head__repo=None),
            Decision(environment="prod", action="plan", why=FORK.replace("STAGE", "PROD"), trusted=False),
        ),
        (
            "pull_request",
            pull("labeled", "develop", **FORKED),
            Decision(environment="stage", action="judge", why=AGAIN, trusted=False),
        ),
        ("pull_request", pull("labeled", "develop"), judges("stage", AGAIN)),
        ("pull_request", pull("unlabeled", "main"), judges("prod", AGAIN.replace("STAGE", "PROD"))),
        ("pull_request", pull("edited", "develop", changes__body={"from": ""}), judges("stage", AGAIN)),
        (
            "pull_request",
            pull("edited", "main", changes__base={"ref": {"from": "develop"}}),
            plans("prod", "The pull request goes into the branch of PROD now: plan, comment, status."),
        ),
        (
            "pull_request",
            pull("edited", "develop", changes__base={"ref": {"from": "main"}}),
            plans("stage", "The pull request goes into the branch of STAGE now: plan, comment, status."),
        ),
        ("pull_request", pull("edited", "x", changes__base={"ref": {"from": "main"}}), nothing(ELSEWHERE)),
        ("pull_request", pull("assigned", "develop"), nothing(STILL)),
        ("pull_request", pull("converted_to_draft", "main"), nothing(STILL)),
        ("pull_request", pull("closed", "main", pull_request__merged=True), nothing(MERGED)),
        ("pull_request", pull("closed", "develop", pull_request__merged=True), nothing(MERGED)),
        ("pull_request", pull("closed", "main", pull_request__merged=False), nothing(CLOSED)),
        ("pull_request", pull("labeled", "main", pull_request__state="closed"), nothing(CLOSED)),
        ("pull_request_target", pull("opened", "main"), nothing(TARGET)),
        ("pull_request_target", pull("labeled", "develop"), judges("stage", AGAIN)),
        (
            "pull_request_review",
            payload("pull_request_review", "submitted", pull_request__base__ref="develop"),
            judges("stage", AGAIN),
        ),
        (
            "pull_request_review",
            payload("pull_request_review", "dismissed", pull_request__base__ref="main"),
            judges("prod", AGAIN.replace("STAGE", "PROD")),
        ),
        ("pull_request_review", payload("pull_request_review", "submitted"), nothing(ELSEWHERE)),
    ],
)
def test_a_pull_request(event: str, document: dict[str, Any], expected: Decision) -> None:
    assert decided(event, document, FlowConfig()) == expected


@pytest.mark.parametrize(
    ("event", "document", "environ", "expected"),
    [
        (
            "merge_group",
            payload("merge_group"),
            {},
            Decision(
                environment="prod",
                action="queue",
                why="A merge group for PROD: plan, status.",
                plan_target="prod-plan",
            ),
        ),
        (
            "merge_group",
            payload("merge_group", merge_group__base_ref="refs/heads/develop"),
            {},
            Decision(
                environment="stage",
                action="queue",
                why="A merge group for STAGE: plan, status.",
                plan_target="stage-plan",
            ),
        ),
        (
            "merge_group",
            payload("merge_group") | {"action": "destroyed"},
            {},
            nothing("A merge group that is gone, or for a branch of no environment."),
        ),
        (
            "merge_group",
            payload("merge_group", merge_group__base_ref="refs/heads/x"),
            {},
            nothing("A merge group that is gone, or for a branch of no environment."),
        ),
        (
            "schedule",
            schedule(),
            {"GITHUB_REF": "refs/heads/main"},
            Decision(action="drift-and-apply", why=NIGHTLY, apply_target="prod", guarded=True, **NIGHT),
        ),
        (
            "schedule",
            schedule(),
            {"GITHUB_REF": "refs/heads/develop"},
            Decision(action="drift", why=LATE, ref="main", **NIGHT),
        ),
        ("workflow_dispatch", by_hand(), {}, deploys("dev", "By hand: plan and apply to DEV.", guarded=False)),
        (
            "workflow_dispatch",
            by_hand(environment="DEV"),
            {"GITHUB_REF": "refs/heads/any/branch"},
            deploys("dev", "By hand: plan and apply to DEV.", guarded=False),
        ),
        (
            "workflow_dispatch",
            by_hand(environment="prod"),
            {"GITHUB_REF": "refs/heads/main"},
            deploys("prod", HAND_PROD),
        ),
        (
            "workflow_dispatch",
            by_hand(environment="stage", action="plan-and-apply"),
            {"GITHUB_REF": "refs/heads/develop"},
            deploys("stage", HAND_PROD.replace("PROD", "STAGE")),
        ),
        ("workflow_dispatch", by_hand(environment="prod"), {"GITHUB_REF": "refs/heads/develop"}, nothing(REFUSED)),
        ("workflow_dispatch", by_hand(environment="stage"), {"GITHUB_REF": "refs/heads/main"}, nothing(REFUSED)),
        ("workflow_dispatch", by_hand(environment="prod"), {"GITHUB_REF": "refs/tags/main"}, nothing(REFUSED)),
        (
            "workflow_dispatch",
            by_hand(environment="prod", action="plan", debug=True, nothing=None),
            {"GITHUB_REF": "refs/heads/dev/x"},
            plans("prod", "By hand: a plan; nothing is applied."),
        ),
        (
            "workflow_dispatch",
            by_hand(environment="prod", action="drift"),
            {"GITHUB_REF": "refs/heads/dev/x"},
            Decision(
                environment="prod",
                action="drift",
                why="By hand: the drift report; nothing is applied.",
                ref="main",
                plan_target="prod-plan",
            ),
        ),
        (
            "workflow_run",
            payload(
                "workflow_run",
                "completed",
                workflow_run__event="pull_request",
                workflow_run__head_repository__full_name="somebody/x",
            ),
            {},
            Decision(
                environment=None,
                action="report",
                why="A fork's run ended: its record is reported from here.",
                trusted=False,
            ),
        ),
        (
            "workflow_run",
            payload(
                "workflow_run",
                "completed",
                workflow_run__event="pull_request",
                workflow_run__head_repository__full_name=HERE,  # the example mixes two repositories
            ),
            {},
            nothing(NOT_OURS),
        ),
        ("workflow_run", payload("workflow_run", "completed", workflow_run__event="push"), {}, nothing(NOT_OURS)),
        ("workflow_run", payload("workflow_run", "requested"), {}, nothing(NOT_OURS)),
        (
            "issue_comment",
            comment(MARKED),
            {},
            judges(None, "A box of our comment changed: the latest record is judged again."),
        ),
        (
            "issue_comment",
            comment(MARKED, sender="github-actions[bot]"),
            {},
            nothing("The comment was edited by the one who wrote it."),
        ),
        ("issue_comment", comment("text"), {}, nothing(QUIET)),
        ("issue_comment", comment(MARKED, on=False), {}, nothing(QUIET)),
        ("issue_comment", comment(MARKED, action="created"), {}, nothing(QUIET)),
        ("delete", payload("delete"), {}, nothing(UNKNOWN)),
        ("create", payload("create"), {}, nothing(UNKNOWN)),
        ("repository_dispatch", payload("repository_dispatch"), {}, nothing(UNKNOWN)),
        ("event_of_the_future", {}, {}, nothing(UNKNOWN)),
    ],
)
def test_other_events(event: str, document: dict[str, Any], environ: dict[str, str], expected: Decision) -> None:
    assert decided(event, document, FlowConfig(), **environ) == expected


@pytest.mark.parametrize(
    ("event", "document", "expected"),
    [
        (
            "push",
            push("refs/heads/main"),
            f"{PROD} This is attempt 2 with the event of the first: nothing is applied unless its commit is still the latest of its branch.",
        ),
        (
            "pull_request",
            pull("opened", "main"),
            f"{INTO_PROD} This is attempt 2 with the event of the first: what is published must fit the pull request as it is now.",
        ),
        ("push", push("refs/heads/x"), NOWHERE),
    ],
)
def test_a_run_started_again_says_so(event: str, document: dict[str, Any], expected: str) -> None:
    assert decided(event, document, FlowConfig(), GITHUB_RUN_ATTEMPT="2").why == expected


@pytest.mark.parametrize(
    ("word", "environ", "expected"),
    [
        (
            "drift",
            {"GITHUB_REF": "refs/heads/main"},
            Decision(action="drift", why="On schedule: the drift report, as the settings say.", **NIGHT),
        ),
        (
            "none",
            {"GITHUB_REF": "refs/heads/main"},
            Decision(
                environment=None,
                action="none",
                why="The settings say that nothing happens on schedule.",
                scheduled=True,
            ),
        ),
    ],
)
def test_the_settings_say_what_the_schedule_does(word: Any, environ: dict[str, str], expected: Decision) -> None:
    assert decided("schedule", schedule(), FlowConfig(schedule=word), **environ) == expected


@pytest.mark.parametrize(
    ("branch", "environment"),
    [
        ("trunk", "prod"),
        ("next", "stage"),
        ("feature/a", "dev"),
        ("feature/a/b", None),
        ("x/y/z", "dev"),
        ("main", None),
        ("feature/", "dev"),
        ("featureXa", None),
    ],
)
def test_branches_of_ones_own(branch: str, environment: str | None) -> None:
    flow = FlowConfig(dev=("feature/*", "x/**", "next", "a.b"), stage="next", prod="trunk")
    assert find_environment(branch, flow) == environment


def test_the_branches_of_stage_and_prod_are_never_dev() -> None:
    flow = FlowConfig(dev=("**",))
    assert decided("push", push("refs/heads/main"), flow) == deploys("prod", PROD)
    assert decided("push", push("refs/heads/gh-readonly-queue/main/pr-1"), flow).action == "none"


def test_a_glob_is_no_regular_expression() -> None:
    assert find_environment("aXb", FlowConfig(dev=("a.b",))) is None


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"environment": "production"}, "The input environment is none of dev, stage, prod."),
        ({"action": "destroy"}, "The input action is none of plan, drift, plan-and-apply."),
    ],
)
def test_inputs_that_do_not_exist(inputs: dict[str, str], message: str) -> None:
    with pytest.raises(BadEvent) as caught:
        decided("workflow_dispatch", by_hand(**inputs), FlowConfig())
    assert (caught.value.message, caught.value.advice) == (message, "Start the workflow with one of them.")


def test_one_branch_is_one_environment() -> None:
    with pytest.raises(BadConfig) as caught:
        decode_config(b"flow: {stage: main}", "x.yml")
    assert caught.value.message == "x.yml: flow: stage and prod name the same branch."


def test_every_row_says_something_of_its_own() -> None:
    keys = [(row.events, row.activities, row.condition) for row in MATRIX]
    assert len(set(keys)) == len(keys)
    assert [row for row in MATRIX if not row.why.endswith(".")] == []
