"""``applied`` as a workflow's step runs it: the comment, the deployment, the summary, and what is refused."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec import structs

from bot.cli import main
from bot.config import SecretsConfig
from bot.edge.hub import Hub, Pace
from bot.edge.login import connect
from bot.edge.reading import Wanted, fetch
from bot.environment import EnvironmentName
from bot.marker import Marker, read_marker, write_marker
from bot.process import judge_process
from bot.process_config import Process, StageTestedRule
from bot.record import Stack
from bot.review import build_stacks
from tests.edge.test_actions import read_outputs
from tests.support.loopback_github import BOT_LOGIN, HEAD, Fault, State, loopback_github
from tests.support.plans import plan, row

COMMIT = "f" * 40
MERGED = {
    "number": 7,
    "merged_at": "2026-01-02T03:04:05Z",
    "merge_commit_sha": COMMIT,
    "head": {"sha": HEAD, "ref": "dev/x"},
    "base": {"sha": "b" * 40, "ref": "develop"},
}
REVIEW = write_marker(Marker(key="stage", run_id="50", attempt=1)) + "\n## ✅ STAGE: fine\n\nbody\n"
DONE = "aws_s3_bucket.b: Creating...\naws_s3_bucket.b: Creation complete after 1s\n"
LOG = DONE + "\nApply complete! Resources: 1 added, 0 changed, 0 destroyed.\n"
PLAN = plan(row("aws_s3_bucket.b", ["create"], None, {"bucket": "b"}))


@dataclass
class Step:
    """A step of the run 100 for the merge of pull request 7."""

    state: State
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    address: str

    def run(self, outcome: str, *more: str, log: str | None = LOG, environment: str = "stage") -> int:
        (self.folder / "plan.json").write_bytes(PLAN)
        named = []
        if log is not None:
            (self.folder / "apply.log").write_text(log, encoding="utf-8")
            named = ["--apply-log", "apply.log", "net=plan.json"]
        self.state.log.clear()
        return main(["applied", "--outcome", outcome, "-e", environment, *named, *more])

    @property
    def comment(self) -> str:
        (only,) = self.state.comments
        return str(only["body"])

    @property
    def block(self) -> list[str]:
        """The first line of the block and, where it is there, what is left of the review."""
        return [line for line in self.comment.splitlines()[1:] if line.startswith(("#", "body"))]

    @property
    def deployed(self) -> list[tuple[str, str, list[str]]]:
        """Environment, commit and states, the oldest first."""
        return [
            (row["environment"], row["sha"], [status["state"] for status in reversed(row["statuses"])])
            for row in reversed(self.state.deployments)
        ]

    def by_github(self, number: int, *states: str, run: int = 100) -> None:
        """The record that GitHub makes of a job with `environment:`."""
        link = f"https://github.com/o/r/actions/runs/{run}/job/{number}"
        made = {"id": number, "sha": COMMIT, "task": "deploy", "environment": "stage"}
        statuses = [{"state": word, "log_url": link, "created_at": f"2026-01-02T03:04:{number:02}Z"} for word in states]
        self.state.deployments.insert(0, {**made, "created_at": "2026-01-02T03:04:05Z", "statuses": statuses[::-1]})

    @property
    def hub(self) -> Hub:
        pace = Pace(timeout=5, between_requests=None, between_writes=None)
        return connect("-".join(["no", "token"]), self.address, "o/r", lambda _: None, pace)


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Step]:
    with loopback_github() as (state, address):
        state.pull |= {"state": "closed", "merged": True}
        state.merged = [MERGED]
        state.add_comment(BOT_LOGIN, REVIEW)
        event = {"ref": "refs/heads/develop", "before": "a" * 40, "after": COMMIT, "repository": {"full_name": "o/r"}}
        (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
        (tmp_path / "summary.md").write_text("", encoding="utf-8")
        for name, value in {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": address,
            "GITHUB_REF": "refs/heads/develop",
            "GITHUB_REF_NAME": "develop",
            "GITHUB_SHA": COMMIT,
            "GITHUB_RUN_ID": "100",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_TOKEN": "ghs_" + "-".join(["no", "token"]),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        yield Step(state=state, folder=tmp_path, monkeypatch=monkeypatch, address=address)


def test_a_success_is_written_frozen_and_recorded(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    assert step.run("success") == 0
    assert step.block == ["## ✅ STAGE: fine", "### ✅ Applied to STAGE: 1 created", "body"]
    assert read_marker(step.comment) == Marker(key="stage", run_id="50", attempt=1, applied="success")
    assert step.deployed == [("stage", COMMIT, ["success"])]
    (status,) = step.state.deployments[0]["statuses"]
    assert status["log_url"] == "https://github.com/o/r/actions/runs/100/attempts/1"
    assert (step.folder / "summary.md").read_text(encoding="utf-8").startswith("### ✅ Applied to STAGE: 1 created\n")
    assert capsys.readouterr().out == "✅ Applied to STAGE: 1 created\n"


def test_it_takes_these_requests(step: Step) -> None:
    step.run("success")
    assert step.state.log == [
        "GET /repos/o/r/deployments",
        "GET /repos/o/r/deployments",
        "POST /repos/o/r/deployments",
        "POST /repos/o/r/deployments/1002/statuses",
        f"GET /repos/o/r/commits/{COMMIT}/pulls",
        "GET /repos/o/r/pulls/7",
        "GET /repos/o/r/issues/7/comments",
        "PATCH /repos/o/r/issues/comments/1001",
    ]


def test_the_same_again_writes_nothing(step: Step) -> None:
    step.run("success")
    before = step.comment
    assert step.run("success") == 0
    assert [line for line in step.state.log if not line.startswith("GET")] == []
    assert step.comment == before


def test_a_failure_says_so_and_exits_with_0(step: Step) -> None:
    """The apply's own step is red; this one would be red only if it could not tell."""
    assert step.run("failure", log=DONE + "Error: boom\n") == 0
    assert step.block == ["## ✅ STAGE: fine", "### ❌ The apply of STAGE failed half-way: 1 created", "body"]
    assert step.deployed == [("stage", COMMIT, ["failure"])]


def test_a_second_attempt_takes_the_place_of_the_first(step: Step) -> None:
    step.run("failure", log="Error: boom\n")
    step.monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    assert step.run("success") == 0
    assert step.block == ["## ✅ STAGE: fine", "### ✅ Applied to STAGE: 1 created", "body"]
    assert "[run](https://github.com/o/r/actions/runs/100/attempts/2), attempt 2, commit `fffffff`" in step.comment
    assert step.deployed == [("stage", COMMIT, ["failure", "success"])]


def test_an_apply_that_finds_nothing_left_keeps_what_the_comment_says(step: Step) -> None:
    step.run("success")
    before = step.comment
    nothing = "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.\n"
    assert step.run("success", log=nothing) == 0
    assert step.comment == before
    assert step.run("failure", log="Error: boom\n") == 0
    assert step.run("success", log=nothing) == 0
    assert "### ✅ Applied to STAGE: nothing had to change" in step.block


def test_a_comment_that_is_gone_is_made(step: Step) -> None:
    step.state.comments.clear()
    step.state.add_comment("mallory", REVIEW)
    assert step.run("success") == 0
    theirs, ours = step.state.comments
    assert theirs["body"] == REVIEW
    assert read_marker(ours["body"]) == Marker(key="stage", applied="success")


def test_the_comment_of_another_environment_is_left_alone(step: Step) -> None:
    other = write_marker(Marker(key="prod")) + "\n## ✅ PROD\n"
    step.state.add_comment(BOT_LOGIN, other)
    step.run("success")
    assert step.state.comments[1]["body"] == other


@pytest.mark.parametrize(
    ("event", "merged", "said"),
    [
        ("push", [], "it was pushed directly, without a review."),
        ("schedule", [MERGED], "An apply on schedule belongs to no pull request"),
    ],
)
def test_without_a_pull_request_there_is_a_deployment_and_a_summary(
    step: Step, event: str, merged: list[dict[str, object]], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    step.state.merged = merged
    step.monkeypatch.setenv("GITHUB_EVENT_NAME", event)
    assert step.run("success") == 0
    assert step.comment == REVIEW
    assert step.deployed == [("stage", COMMIT, ["success"])]
    assert said in capsys.readouterr().err


def test_dev_has_a_deployment_and_a_summary(step: Step) -> None:
    assert step.run("success", environment="dev") == 0
    assert step.comment == REVIEW
    assert step.deployed == [("dev", COMMIT, ["success"])]
    assert "Applied to DEV" in (step.folder / "summary.md").read_text(encoding="utf-8")


# --- deployments -----------------------------------------------------------------------------------------------------


def test_what_github_recorded_by_itself_is_not_doubled(step: Step) -> None:
    step.by_github(1, "in_progress", "success")
    step.by_github(2, "in_progress", "success")
    step.run("success")
    assert [states for _, _, states in step.deployed] == [["in_progress", "success"], ["in_progress", "success"]]


def test_a_stack_that_went_well_does_not_stand_for_all(step: Step) -> None:
    """GitHub records each job: where the second never began, only the success of the first is there."""
    step.by_github(1, "in_progress", "success")
    step.run("failure", "--stack", "app=skipped")
    assert [states for _, _, states in step.deployed] == [["in_progress", "success"], ["failure"]]


def test_a_failure_that_github_shows_is_enough(step: Step) -> None:
    step.by_github(1, "success")
    step.by_github(2, "in_progress", "failure")
    step.run("failure", log="Error: boom\n")
    assert len(step.deployed) == 2


def test_the_record_of_another_run_is_not_this_one(step: Step) -> None:
    step.by_github(1, "success", run=1001)
    step.run("success")
    assert [states for _, _, states in step.deployed] == [["success"], ["success"]]


def test_no_deployment_where_none_is_wanted(step: Step) -> None:
    step.run("success", "--no-deployment")
    assert step.deployed == []
    assert "### ✅ Applied to STAGE: 1 created" in step.block


@pytest.mark.parametrize(
    ("outcome", "state"), [("success", "PASS"), ("failure", "HOLD"), ("cancelled", "HOLD"), ("skipped", "HOLD")]
)
def test_the_rule_of_stage_takes_it_for_evidence(step: Step, outcome: str, state: str) -> None:
    """The next pull request, into main, has the merge commit as its head."""
    step.run(outcome, log=None)
    step.state.pull |= {"state": "open", "merged": False}
    step.state.pull["head"]["sha"] = COMMIT
    seen = fetch(step.hub, 7, "prod", BOT_LOGIN, Wanted(deployments=("stage",)))
    rules = Process(stage_tested=StageTestedRule(state="hold"))
    stacks: list[Stack] = list(build_stacks("net", PLAN, SecretsConfig()))
    environment: EnvironmentName = "prod"
    judged = judge_process(stacks, rules, environment, seen.pull_request)
    assert judged is not None
    assert {child.rule: child.state.name for child in judged.children}["process/stage-tested"] == state


def stage_tested(step: Step) -> str:
    seen = fetch(step.hub, 7, "prod", BOT_LOGIN, Wanted(deployments=("stage",)))
    pull = structs.replace(seen.pull_request, head=COMMIT)
    stacks: list[Stack] = list(build_stacks("net", PLAN, SecretsConfig()))
    judged = judge_process(stacks, Process(stage_tested=StageTestedRule(state="hold")), "prod", pull)
    assert judged is not None
    return next(child.state.name for child in judged.children if child.rule == "process/stage-tested")


def test_a_run_whose_last_job_was_lost_is_no_evidence_though_its_stacks_went_well(step: Step) -> None:
    """It was begun; GitHub's own records say that each stack that ran went well, and nothing of the others."""
    begin(step, 1, COMMIT)
    for number in range(2001, 2013):
        step.by_github(number, "in_progress", "success")
    step.state.pull["head"]["sha"] = COMMIT
    assert stage_tested(step) == "HOLD"
    step.run("success")
    assert stage_tested(step) == "PASS"


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_a_comment_that_cannot_be_written_makes_it_1(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.state.faults.append(Fault("PATCH", "/repos/o/r/issues/comments/1001", 403, "Resource not accessible"))
    assert step.run("success") == 1
    assert step.deployed == [("stage", COMMIT, ["success"])]
    assert "Could not update the comment: GitHub answered 403." in capsys.readouterr().err


def test_a_deployment_that_cannot_be_recorded_keeps_no_comment_back(step: Step) -> None:
    step.state.faults.append(Fault("POST", "/repos/o/r/deployments", 403, "Resource not accessible"))
    assert step.run("success") == 1
    assert "### ✅ Applied to STAGE: 1 created" in step.block


def test_without_a_token_the_summary_is_there(step: Step) -> None:
    step.monkeypatch.delenv("GITHUB_TOKEN")
    assert step.run("success") == 1
    assert "Applied to STAGE" in (step.folder / "summary.md").read_text(encoding="utf-8")


def test_outcomes_are_kept_and_read_again(step: Step) -> None:
    assert step.run("failure", "-o", "net.json", log=DONE + "Error: boom\n") == 0
    assert step.state.log == []
    (step.folder / "outcomes").mkdir()
    (step.folder / "net.json").rename(step.folder / "outcomes/net.json")
    assert step.run("failure", "outcomes", "--expect", "net", "--expect", "app", log=None) == 0
    assert "### ❌ The apply of STAGE failed half-way" in step.comment
    assert "**`app`** ⛔ it did not begin, or its job was lost" in step.comment


# --- the frozen comment ----------------------------------------------------------------------------------------------


def judge_again(step: Step) -> int:
    """A label's run: it was started while the pull request was open."""
    event = {"action": "labeled", "pull_request": step.state.pull, "repository": {"full_name": "o/r"}}
    (step.folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
    step.monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    return main(["review", "plan.json", "--publish"])


def test_a_later_judging_leaves_it_alone(step: Step) -> None:
    step.run("success")
    before = step.comment
    assert judge_again(step) == 0
    assert step.comment == before
    assert step.state.statuses == []


def test_a_judging_that_read_the_pull_request_before_the_merge_leaves_it_alone(step: Step) -> None:
    """It looks again where the comment says that the apply is over."""
    step.run("success")
    before = step.comment
    merged = dict(step.state.pull)
    step.state.pull |= {"state": "open", "merged": False}
    asked = []

    def door(verb: str, path: str, _: str) -> None:
        if (verb, path) == ("GET", "/repos/o/r/pulls/7"):
            asked.append(path)
            if len(asked) == 2:
                step.state.pull |= merged

    step.state.door = door
    assert judge_again(step) == 0
    assert step.comment == before


def test_a_marker_that_somebody_wrote_into_an_open_one_freezes_nothing(step: Step) -> None:
    step.run("success")
    step.state.pull |= {"state": "open", "merged": False}
    assert judge_again(step) == 0
    assert "Applied to STAGE" not in step.comment
    marker = read_marker(step.comment)
    assert marker is not None
    assert marker.applied == ""
    assert [row["state"] for row in step.state.statuses] == ["success"]


# --- before the apply ------------------------------------------------------------------------------------------------


def begin(step: Step, attempt: int, tip: str, *more: str) -> int:
    step.state.branches = {"develop": tip} if tip else {}
    step.monkeypatch.setenv("GITHUB_RUN_ATTEMPT", str(attempt))
    return step.run("started", *more, log=None)


def test_the_first_attempt_may_be_behind_its_branch(step: Step) -> None:
    """Applies queue: each brings what its own merge brought."""
    assert begin(step, 1, "e" * 40) == 0
    assert read_outputs(step.folder / "outputs") == {"pull-request": "7"}
    assert step.comment == REVIEW
    assert step.deployed == [("stage", COMMIT, ["in_progress"])]


def test_it_ends_in_the_same_deployment(step: Step) -> None:
    begin(step, 1, COMMIT)
    step.run("success")
    assert step.deployed == [("stage", COMMIT, ["in_progress", "success"])]


def test_a_later_attempt_of_the_latest_commit_goes_on(step: Step) -> None:
    assert begin(step, 2, COMMIT, "--no-deployment") == 0
    assert step.deployed == []


@pytest.mark.parametrize(("tip", "now"), [("e" * 40, "is at eeeeeee by now"), ("", "is gone")])
def test_a_later_attempt_of_an_old_commit_is_refused(
    step: Step, tip: str, now: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert begin(step, 2, tip) == 10
    said = capsys.readouterr().err
    assert f"This is attempt 2 for the commit fffffff, but develop {now}: it is not applied again." in said
    assert step.deployed == []


def test_the_guard_refuses_it_as_well_and_keeps_why(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.state.branches = {"develop": "e" * 40}
    step.monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    (step.folder / "plan.json").write_bytes(PLAN)
    assert main(["guard", "net=plan.json", "-e", "stage", "--keep", "guard.txt"]) == 10
    kept = (step.folder / "guard.txt").read_text(encoding="utf-8")
    assert kept == capsys.readouterr().out
    assert kept.startswith("⛔ Stopped: This is attempt 2 for the commit fffffff, but develop is at eeeeeee by now")
    assert step.run("skipped", "--guard", "guard.txt") == 0
    assert "### ⛔ Not applied to STAGE: the guard stopped it" in step.block
    assert "⛔ Stopped: This is attempt 2 for the commit fffffff" in step.comment


def test_a_commit_without_a_pull_request_is_told_by_the_guard(step: Step) -> None:
    step.state.merged = []
    assert begin(step, 1, COMMIT) == 0
    assert read_outputs(step.folder / "outputs") == {"pull-request": ""}
