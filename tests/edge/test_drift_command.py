"""``drift --publish`` as a workflow's step runs it: the issue through its whole life, and whose it is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec import structs

from bot.cli import main
from bot.drift_issue import DriftMarker, read_drift_marker, write_drift_marker
from tests.support.loopback_github import BOT_LOGIN, Fault, Json, State, loopback_github
from tests.support.loopback_issues import Issues
from tests.support.plans import plan, row

STAYS = row("a_b.stays", ["no-op"], {}, {})
TYPE = row("aws_instance.i", ["update"], {"instance_type": "a"}, {"instance_type": "b"})
GONE = row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}, None)
CLEAN, DRIFT, WORSE = plan(STAYS), plan(STAYS, resource_drift=[TYPE]), plan(STAYS, resource_drift=[TYPE, GONE])


@dataclass
class Step:
    """One job's step: what it may read, and what it leaves."""

    state: State
    issues: Issues
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    run_id: int = 100

    def run(self, data: bytes, *more: str, stack: str = "net", also: str = "") -> int:
        self.run_id += 1
        self.monkeypatch.setenv("GITHUB_RUN_ID", str(self.run_id))
        (self.folder / "plan.json").write_bytes(data)
        plans = [f"{stack}=plan.json", *([f"{also}=plan.json"] if also else [])]
        return main(["drift", *plans, "--publish", *more])

    @property
    def issue(self) -> Json:
        (only,) = self.issues.rows
        return only

    @property
    def outputs(self) -> dict[str, str]:
        lines = (self.folder / "outputs").read_text(encoding="utf-8").splitlines()
        return {lines[i].split("<<")[0]: lines[i + 1] for i in range(0, len(lines), 3)}


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Step]:
    with loopback_github() as (state, address):
        issues = Issues(state)
        state.also = issues.answer
        event = {"schedule": "17 1 * * *", "repository": {"full_name": "o/r"}}
        (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
        for name, value in {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "schedule",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": address,
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SHA": "c" * 40,
            "GITHUB_TOKEN": "ghs_" + "-".join(["no", "token"]),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        yield Step(state=state, issues=issues, folder=tmp_path, monkeypatch=monkeypatch)


def backdate(issue: Json, first: str) -> None:
    """As if it had been opened then."""
    line, rest = issue["body"].split("\n", 1)
    marker = read_drift_marker(line)
    assert marker is not None
    issue["body"] = write_drift_marker(structs.replace(marker, first_seen=first)) + "\n" + rest
    issue["created_at"] = first


def test_an_issue_is_opened_with_its_label(step: Step) -> None:
    assert step.run(DRIFT) == 0
    assert step.issue["title"] == "Drift in PROD, net: 1 object"
    assert step.issue["labels"] == [{"name": "drift"}]
    assert step.issues.labels == [
        {"name": "drift", "color": "d4c5f9", "description": "Something was changed outside Terraform"}
    ]
    lines = step.issue["body"].splitlines()
    marker = read_drift_marker(lines[0])
    assert marker is not None
    assert (marker.environment, marker.stack, marker.times) == ("prod", "net", 1)
    assert lines[1] == "## 🌊 Drift in PROD, stack `net`: 1 object changed outside Terraform"
    assert "[run 101](https://github.com/o/r/actions/runs/101/attempts/1)" in step.issue["body"]
    assert (step.outputs["drift"], step.outputs["exit-code"], step.outputs["environment"]) == ("true", "0", "prod")
    assert "aws_instance.i" in (step.folder / "summary.md").read_text(encoding="utf-8")


def test_what_opening_costs(step: Step) -> None:
    step.run(DRIFT)
    assert step.state.log == [
        "GET /repos/o/r/issues",
        "GET /repos/o/r/issues",
        "GET /repos/o/r/labels/drift",
        "POST /repos/o/r/labels",
        "POST /repos/o/r/issues",
    ]


def test_no_drift_opens_nothing(step: Step) -> None:
    assert step.run(CLEAN) == 0
    assert step.issues.rows == []
    assert step.issues.labels == []
    assert step.outputs["drift"] == "false"


def test_it_is_updated_in_place_and_ages(step: Step) -> None:
    step.run(DRIFT)
    backdate(step.issue, "2026-01-02T03:04:05Z")
    step.state.log.clear()
    assert step.run(WORSE) == 0
    assert step.state.log[-2:] == ["PATCH /repos/o/r/issues/100", "POST /repos/o/r/issues/100/comments"]
    assert step.issue["title"] == "Drift in PROD, net: 2 objects, 1 deleted"
    assert "First seen 2026-01-02, " in step.issue["body"]
    assert " days ago." in step.issue["body"]
    assert "run 102" in step.issue["body"]
    assert "run 101" not in step.issue["body"]


def test_dangerous_and_new_is_said_once(step: Step) -> None:
    step.run(DRIFT)
    step.run(WORSE)
    step.run(WORSE)
    assert step.issues.said == {100: ["New since the last run and dangerous (deleted): 1. The description says what."]}


def test_an_identical_text_is_not_sent(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.edge.clock.tell_time", lambda: "2026-11-25T01:17:00Z")
    step.run(DRIFT)
    step.run_id -= 1  # the same run again
    step.state.log.clear()
    step.run(DRIFT)
    assert step.state.log == ["GET /repos/o/r/issues", "GET /repos/o/r/issues"]


def test_it_is_closed_with_a_comment_when_clean(step: Step) -> None:
    step.run(DRIFT)
    step.state.log.clear()
    assert step.run(CLEAN) == 0
    assert step.issue["state"] == "closed"
    assert step.issues.said == {100: ["No drift any more: what is there is what Terraform's state says."]}
    assert step.state.log[-2:] == ["POST /repos/o/r/issues/100/comments", "PATCH /repos/o/r/issues/100"]
    step.state.log.clear()
    step.run(CLEAN)
    assert step.state.log == ["GET /repos/o/r/issues", "GET /repos/o/r/issues"]


def test_what_is_planned_and_no_drift_closes_too(step: Step) -> None:
    step.run(DRIFT)
    step.run(plan(row("a_b.new", ["create"], None, {"x": 1})))
    assert step.issues.said[100] == [
        "No drift any more: what is there is what Terraform's state says. Planned and not applied: 1; that is no drift."
    ]


def test_it_comes_back_as_the_same_issue(step: Step) -> None:
    step.run(DRIFT)
    backdate(step.issue, "2026-01-02T03:04:05Z")
    step.run(CLEAN)
    assert step.run(DRIFT) == 0
    assert step.issue["state"] == "open"
    assert "time 2 that it is there" in step.issue["body"]
    assert "today · time 2" in step.issue["body"]
    assert len(step.issues.said[100]) == 2


def test_closed_by_a_person_it_is_opened_again(step: Step) -> None:
    step.run(DRIFT)
    step.issue["state"] = "closed"
    step.run(DRIFT)
    assert step.issue["state"] == "open"
    assert "`drift.accepted`" in step.issues.said[100][0]


def test_a_plan_that_cannot_be_read_says_unknown_and_closes_nothing(step: Step) -> None:
    step.run(DRIFT)
    assert step.run(b'{"format_version": "1.2"') == 11
    assert step.issue["state"] == "open"
    assert step.issue["title"] == "Drift unknown in PROD, net"
    assert "**Whether there is drift is unknown.**" in step.issue["body"]
    assert "### As it was when it was last known" in step.issue["body"]
    assert "aws_instance.i" in step.issue["body"]
    assert step.outputs["drift"] == "unknown"
    first = step.issue["body"]
    assert step.run(b"{") == 11
    assert step.issue["body"].count("aws_instance.i") == first.count("aws_instance.i")
    assert step.issue["body"].count("last known") == 1
    step.run(DRIFT)
    assert step.issue["title"] == "Drift in PROD, net: 1 object"
    assert "last known" not in step.issue["body"]


def test_unknown_opens_an_issue_and_a_clean_run_closes_it(step: Step) -> None:
    assert step.run(plan(STAYS, complete=False)) == 11
    assert step.issue["title"] == "Drift unknown in PROD, net"
    assert step.run(CLEAN) == 0
    assert step.issue["state"] == "closed"


def test_a_stack_that_is_missing_is_unknown(step: Step) -> None:
    step.run(DRIFT, stack="app")
    assert step.run(CLEAN, "--expect", "net", "--expect", "app") == 11
    assert [(issue["title"], issue["state"]) for issue in step.issues.rows] == [
        ("Drift unknown in PROD, app", "open"),
    ]


def test_each_stack_and_environment_has_its_own(step: Step) -> None:
    step.run(DRIFT)
    step.run(DRIFT, "-e", "stage")
    step.run(DRIFT, stack="app")
    step.run(CLEAN)
    assert [(issue["title"], issue["state"]) for issue in step.issues.rows] == [
        ("Drift in PROD, net: 1 object", "closed"),
        ("Drift in STAGE, net: 1 object", "open"),
        ("Drift in PROD, app: 1 object", "open"),
    ]


def test_an_issue_of_a_stack_that_was_not_looked_at_is_named(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.run(DRIFT, stack="old")
    step.run(CLEAN)
    assert step.issue["state"] == "open"
    assert "issue 100 is about stack old, which this run did not look at" in capsys.readouterr().err


def test_no_record_at_all_is_unknown_where_stacks_are_expected(step: Step) -> None:
    assert main(["drift", "records", "--publish", "--expect", "net"]) == 11
    assert step.issue["title"] == "Drift unknown in PROD, net"
    assert main(["drift", "records", "--publish"]) == 1


def test_the_oldest_of_several_is_kept(step: Step) -> None:
    step.run(DRIFT)
    twin = step.issues.add(step.issue["body"])
    step.run(DRIFT)
    assert [issue["state"] for issue in step.issues.rows] == ["open", "closed"]
    assert step.issues.said[twin["number"]] == ["There are two issues for this stack; #100 is kept."]


def test_a_stranger_with_our_marker_is_not_us(step: Step) -> None:
    line = write_drift_marker(DriftMarker(environment="prod", stack="net"))
    theirs = dict(step.issues.add(f"{line}\nAll is well.", login="mallory"))
    step.run(DRIFT)
    assert step.issues.rows[0] == theirs
    assert step.issues.rows[1]["user"]["login"] == BOT_LOGIN
    step.run(CLEAN)
    assert step.issues.rows[0] == theirs
    assert step.issues.rows[1]["state"] == "closed"


def test_a_marker_below_the_first_line_is_none(step: Step) -> None:
    line = write_drift_marker(DriftMarker(environment="prod", stack="net"))
    step.issues.add(f"> {line}\n{line}\n")
    step.run(DRIFT)
    assert len(step.issues.rows) == 2


def test_a_pull_request_with_our_marker_is_no_issue(step: Step) -> None:
    line = write_drift_marker(DriftMarker(environment="prod", stack="net"))
    step.state.pull |= {"body": line, "user": {"login": BOT_LOGIN, "id": 1}, "labels": [{"name": "drift"}]}
    step.run(DRIFT)
    assert step.issue["number"] == 100


def test_all_pages_are_searched(step: Step) -> None:
    step.run(DRIFT)
    for number in range(150):
        marker = write_drift_marker(DriftMarker(environment="prod", stack=f"other-{number}"))
        step.issues.add(f"{marker}\n", state="closed" if number % 2 else "open")
    step.state.log.clear()
    step.run(WORSE)
    assert len(step.issues.rows) == 151
    assert step.issues.rows[0]["title"] == "Drift in PROD, net: 2 objects, 1 deleted"
    assert step.state.log.count("GET /repos/o/r/issues") == 3


def test_without_its_label_it_is_found_and_labelled_again(step: Step) -> None:
    step.run(DRIFT)
    step.issue["labels"] = []
    step.run(DRIFT)
    assert step.issue["labels"] == [{"name": "drift"}]


def test_another_label_by_the_settings(step: Step) -> None:
    (step.folder / "c.yml").write_text("version: 1\ndrift: {label: by hand}\n", encoding="utf-8")
    step.run(DRIFT, "--config", "c.yml")
    assert step.issue["labels"] == [{"name": "by hand"}]


def test_a_forged_day_is_not_believed(step: Step) -> None:
    step.run(DRIFT)
    marker = read_drift_marker(step.issue["body"])
    assert marker is not None
    rest = step.issue["body"].split("\n", 1)[1]
    for forged in ("2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "x"):
        step.issue["body"] = write_drift_marker(structs.replace(marker, first_seen=forged)) + "\n" + rest
        step.run(DRIFT)
        assert "First seen 2026-11-20, " in step.issue["body"]


def test_a_lost_answer_opens_no_second_one(step: Step) -> None:
    step.state.faults.append(Fault("POST", "/issues$", after=True))
    assert step.run(DRIFT) == 0
    assert step.issue["number"] == 100


def test_too_long_for_github_is_written_shorter(step: Step) -> None:
    rows = [row(f"aws_instance.i{n}", ["update"], {"type": "a"}, {"type": "b" * 200}) for n in range(300)]
    step.issues.longest = 40_000
    assert step.run(plan(STAYS, resource_drift=rows)) == 0
    assert 20_000 < len(step.issue["body"].encode()) <= 30_000


def test_a_github_that_keeps_the_old_text_is_noticed(step: Step) -> None:
    step.run(DRIFT)
    step.issues.longest, step.issues.keeps_old = 40_000, True
    rows = [row(f"aws_instance.i{n}", ["update"], {"type": "a"}, {"type": "b" * 200}) for n in range(300)]
    assert step.run(plan(STAYS, resource_drift=rows)) == 0
    assert 20_000 < len(step.issue["body"].encode()) <= 30_000
    step.issues.longest = 100
    assert step.run(DRIFT) == 1


def test_a_token_that_may_not_write_is_told(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.state.denied = ("POST", "PATCH")
    assert step.run(DRIFT) == 1
    assert "issues: write" in capsys.readouterr().err
    assert "aws_instance.i" in (step.folder / "summary.md").read_text(encoding="utf-8")


def test_issues_that_are_switched_off_are_told(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.issues.switched_off = True
    assert step.run(DRIFT) == 1
    assert "must have issues switched on" in capsys.readouterr().err


def test_one_stack_that_fails_does_not_keep_the_others_out(step: Step) -> None:
    step.run(DRIFT, stack="app")
    step.state.faults.append(Fault("PATCH", "/issues/100$", status=422, message="no"))
    assert step.run(DRIFT, stack="app", also="net") == 1
    assert [issue["title"] for issue in step.issues.rows] == [
        "Drift in PROD, app: 1 object",
        "Drift in PROD, net: 1 object",
    ]


def test_without_publish_nothing_leaves_the_machine(step: Step) -> None:
    (step.folder / "plan.json").write_bytes(DRIFT)
    assert main(["drift", "plan.json"]) == 0
    assert step.state.log == []
    assert not (step.folder / "outputs").exists()
