"""The command as a workflow's step runs it: environment variables, an event file, summary, outputs, GitHub itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main
from bot.marker import read_marker
from tests.edge.test_forks import ARTIFACT, RUN, packed
from tests.edge.test_publish import queue
from tests.support.loopback_github import BOT_LOGIN, HEAD, Fault, State, a_pull, loopback_github, person
from tests.support.plans import plan, row
from tests.support.webhooks import example

CREATE = plan(row("a_b.c", ["create"], None, {"x": 1}))
BUCKET = row("aws_s3_bucket.b", ["delete"], {"bucket": "b"})
STAYS = row("a_b.stays", ["no-op"], {}, {})
DELETE = plan(BUCKET, STAYS)
MORE = plan(BUCKET, row("aws_s3_bucket.c", ["delete"], {"bucket": "c"}), STAYS)
CONFIG = "GET /repos/o/r/contents/.github/plan-review.yml"
PULL, COMMENTS = "GET /repos/o/r/pulls/7", "GET /repos/o/r/issues/7/comments"
POST, STATUS = "POST /repos/o/r/issues/7/comments", f"POST /repos/o/r/statuses/{HEAD}"
UPDATE = [COMMENTS, "PATCH /repos/o/r/issues/comments/1001"]  # what it says by now, then the new text
CONFIRM = [f"GET /repos/o/r/commits/{HEAD}/statuses", COMMENTS]  # did another run write meanwhile?


@dataclass
class Step:
    """One job's step: what it may read, and what it leaves."""

    state: State
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    run_id: int = 100

    def run(self, data: bytes, *more: str) -> int:
        self.run_id += 1
        self.monkeypatch.setenv("GITHUB_RUN_ID", str(self.run_id))
        (self.folder / "plan.json").write_bytes(data)
        return main(["review", "plan.json", "--publish", *more])

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text(encoding="utf-8")

    @property
    def comment(self) -> str:
        (only,) = self.state.comments
        return str(only["body"])

    @property
    def words(self) -> list[str]:
        return [status["state"] for status in self.state.statuses]


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Step]:
    with loopback_github() as (state, address):
        event = {"action": "synchronize", "pull_request": pull_of_the_event(), "repository": {"full_name": "o/r"}}
        (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
        (tmp_path / "summary.md").write_text("", encoding="utf-8")
        for name, value in {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": address,
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_TOKEN": "ghs_" + "-".join(["no", "token"]),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        yield Step(state=state, folder=tmp_path, monkeypatch=monkeypatch)


def pull_of_the_event() -> dict[str, object]:
    """A snapshot that is out of date in everything but the head."""
    pull = a_pull()
    return {**pull, "title": "Old", "state": "open", "labels": [{"name": "allow-deletions"}]}


def test_a_plain_review(step: Step) -> None:
    assert step.run(CREATE) == 0
    assert step.state.log == [PULL, CONFIG, COMMENTS, POST, COMMENTS, STATUS, *CONFIRM]
    assert step.comment.splitlines()[1].startswith("## ✅")
    assert [(row["context"], row["state"]) for row in step.state.statuses] == [("plan-review/stage", "success")]
    assert step.summary.count("STAGE") > 0
    assert json.loads((step.folder / "decision.json").read_bytes())["pull_request"]["number"] == 7


def test_the_comment_links_the_page_where_one_is_written(step: Step) -> None:
    assert step.run(CREATE, "--html", "report/report.html") == 0
    link = '<a href="https://github.com/o/r/actions/runs/101/attempts/1#artifacts">full report</a></sub>'
    assert step.comment.rstrip().endswith(link)
    assert "\nreport/report.html\n" in (step.folder / "outputs").read_text(encoding="utf-8")
    page = (step.folder / "report" / "report.html").read_text(encoding="utf-8")
    assert '<a href="https://github.com/o/r/actions/runs/101/attempts/1">run 101</a>' in page
    assert step.run(CREATE) == 0
    assert "full report</a>" not in step.comment


def test_an_update_takes_seven_requests_and_one_for_the_settings(step: Step) -> None:
    step.run(CREATE)
    step.state.log.clear()
    assert step.run(CREATE) == 0
    assert step.state.log == [PULL, CONFIG, COMMENTS, *UPDATE, STATUS, *CONFIRM]


def test_settings_that_the_workflow_vouches_for_cost_no_request(step: Step) -> None:
    (step.folder / "base.yml").write_text("version: 1\n", encoding="utf-8")
    step.run(CREATE, "--config", "base.yml")
    step.state.log.clear()
    step.run(CREATE, "--config", "base.yml")
    assert step.state.log == [PULL, COMMENTS, *UPDATE, STATUS, *CONFIRM]


def test_the_settings_of_the_checkout_do_not_count(step: Step) -> None:
    """A pull request that loosens the rules is judged by those of its base branch."""
    (step.folder / ".github").mkdir()
    loose = "version: 1\nenvironments: {stage: {deletions: {unexplained: {stateful: pass}}}}\n"
    (step.folder / ".github" / "plan-review.yml").write_text(loose, encoding="utf-8")
    assert step.run(DELETE) == 10
    assert step.words == ["failure"]
    step.state.contents["refs/heads/develop:.github/plan-review.yml"] = loose.encode()
    assert step.run(DELETE) == 0


def test_a_label_counts_after_the_deletions_were_shown_and_falls_off_when_one_more_comes(step: Step) -> None:
    step.state.permissions["bea"] = "write"
    assert step.run(DELETE) == 10
    step.state.add_label("allow-deletions", "bea", "2099-01-01T00:00:00Z")
    step.state.log.clear()
    assert step.run(DELETE) == 0
    assert [line for line in step.state.log if line != CONFIG] == [
        PULL,
        "GET /repos/o/r/issues/7/events",
        "GET /repos/o/r/collaborators/bea/permission",
        COMMENTS,
        f"GET /repos/o/r/commits/{HEAD}/statuses",
        "GET /repos/o/r/pulls/7/files",
        f"GET /repos/o/r/compare/develop...{HEAD}",
        *UPDATE,
        STATUS,
        *CONFIRM,
    ]
    assert "bea" in step.comment
    assert step.run(DELETE) == 0
    assert step.run(MORE) == 10
    assert step.state.pull["labels"] == []
    assert "was taken off" in step.comment
    assert step.words == ["failure", "success", "success", "failure"]


def test_a_label_from_before_the_first_showing_comes_off(step: Step) -> None:
    step.state.permissions["bea"] = "write"
    step.state.add_label("allow-deletions", "bea", "2020-01-01T00:00:00Z")
    assert step.run(DELETE) == 10
    assert step.state.pull["labels"] == []
    assert "set before these deletions were first shown" in step.comment


@pytest.mark.parametrize(("giver", "right"), [("cy", "read"), ("cy", "none"), ("helper[bot]", "write")])
def test_a_label_by_somebody_who_may_not(step: Step, giver: str, right: str) -> None:
    step.state.permissions[giver] = right
    step.run(DELETE)
    step.state.add_label("allow-deletions", giver, "2099-01-01T00:00:00Z")
    assert step.run(DELETE) == 10
    assert step.words == ["failure", "failure"]


def test_a_marker_that_somebody_edited_lifts_nothing(step: Step) -> None:
    """A writer puts tokens of the new deletion into our comment; no status of ours proves them."""
    step.state.permissions["bea"] = "write"
    step.run(DELETE)
    honest = read_marker(step.comment)
    step.state.add_label("allow-deletions", "bea", "2099-01-01T00:00:00Z")
    step.run(MORE)
    forged = read_marker(step.comment)
    assert honest
    assert forged
    assert forged.shown[-1].digest != honest.shown[0].digest
    step.state.statuses.pop()  # the run of MORE never set a status
    step.state.add_label("allow-deletions", "bea", "2099-01-01T00:00:00Z")
    assert step.run(MORE) == 10


def test_two_people_in_prod(step: Step) -> None:
    step.state.pull["base"]["ref"], step.state.pull["head"]["ref"] = "main", "develop"
    assert step.run(CREATE) == 10
    assert "Nobody with write access" in step.comment
    step.state.permissions["bea"] = "write"
    step.state.reviews.append({"id": 1, "user": person("bea"), "state": "APPROVED", "commit_id": HEAD})
    assert step.run(CREATE) == 0
    assert [row["context"] for row in step.state.statuses] == ["plan-review/prod"] * 2


def test_a_tick_survives_while_its_facts_stay(step: Step) -> None:
    step.run(CREATE)
    (comment,) = step.state.comments
    comment["body"] = comment["body"].replace("- [ ] Cost is", "- [x] Cost is")
    step.run(CREATE)
    assert "- [x] Cost is acceptable" in step.comment
    assert "- [ ] Names follow" in step.comment


def test_a_push_in_between_and_a_closed_pull_request_write_nothing(
    step: Step, capsys: pytest.CaptureFixture[str]
) -> None:
    step.state.pull["head"]["sha"] = "c" * 40
    assert step.run(CREATE) == 0
    assert "has a newer commit" in capsys.readouterr().err
    step.state.pull["head"]["sha"], step.state.pull["state"] = HEAD, "closed"
    step.run(CREATE)
    assert "is closed" in capsys.readouterr().err
    assert (step.state.comments, step.state.statuses) == ([], [])


def test_without_a_token_nothing_is_lost(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.monkeypatch.delenv("GITHUB_TOKEN")
    assert step.run(DELETE) == 1
    assert "There is no token" in capsys.readouterr().err
    assert "aws_s3_bucket.b" in step.summary
    assert step.state.log == []


def test_a_read_only_token_leaves_the_report_in_the_summary(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.state.denied = ("POST", "PATCH", "DELETE")
    assert step.run(DELETE) == 1
    assert "pull-requests: write" in capsys.readouterr().err
    assert "aws_s3_bucket.b" in step.summary


def test_github_down_is_an_error_and_no_success(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.state.faults.append(Fault("GET", "/pulls/7$", 500, times=9))
    assert step.run(CREATE) == 1
    assert step.words == ["error"]
    said = capsys.readouterr()
    assert "GitHub answered 500" in said.err
    assert said.out.startswith("Not published: the status below was not set.\n")
    assert "a_b.c" in step.summary


def test_a_stack_that_did_not_report_is_an_error(step: Step) -> None:
    step.state.contents["refs/heads/develop:.github/plan-review.yml"] = b"github: {stacks: [net]}\n"
    assert step.run(CREATE) == 11
    assert step.words == ["error"]
    assert "This stack should have reported and did not." in step.comment


def test_bad_settings_on_the_base_branch_are_an_error_status(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.state.contents["refs/heads/develop:.github/plan-review.yml"] = b"nonsense: true\n"
    assert step.run(CREATE) == 1
    assert step.words == ["error"]
    assert "nonsense" in capsys.readouterr().err


def test_a_comment_that_is_too_long_is_sent_smaller(step: Step) -> None:
    step.state.faults.append(Fault("POST", "/comments$", 422, "Body is too long (maximum is 65536 characters)"))
    assert step.run(plan(*(row(f"a_b.c[{n}]", ["create"], None, {"x": "y" * 200}) for n in range(400)))) == 0
    assert len(step.comment.encode()) <= 30_000


def test_pending_then_close(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    step.monkeypatch.setenv("GITHUB_RUN_ID", "5")
    assert main(["status", "pending"]) == 0
    assert main(["status", "close"]) == 0
    assert step.words == ["pending", "error"]
    step.run(CREATE)
    assert main(["status", "close"]) == 0
    assert step.words == ["pending", "error", "success"]
    assert step.state.statuses[0]["context"] == "plan-review/stage"
    assert [row["body"].count(BOT_LOGIN) for row in step.state.comments] == [0]


def test_the_environment_command(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["environment"]) == 0
    assert capsys.readouterr().out == (
        "environment: stage\naction: plan\nref: \nplan-target: stage-plan\napply-target: \nguarded: false\n"
        "why: A pull request into the branch of STAGE: plan, comment, status.\n"
    )
    assert step.summary == "**STAGE: plan.** A pull request into the branch of STAGE: plan, comment, status.\n"


def test_where_nothing_is_done_the_environment_command_says_which_branches_do_something(
    step: Step, capsys: pytest.CaptureFixture[str]
) -> None:
    the_event(step, "push", ref="refs/heads/release/1", after="f" * 40)
    step.monkeypatch.setenv("GITHUB_REF", "refs/heads/release/1")
    (step.folder / ".github").mkdir()
    (step.folder / ".github" / "plan-review.yml").write_text("version: 1\nflow: {stage: next}\n", encoding="utf-8")
    assert main(["environment"]) == 0
    told = "Branches: DEV dev/**, STAGE next, PROD main (flow in .github/plan-review.yml)."
    assert capsys.readouterr().out.endswith(
        f"why: A push to a branch that belongs to no environment.\nbranches: {told.removeprefix('Branches: ')}\n"
    )
    assert (
        step.summary
        == f"**Nothing to do.** A push to a branch that belongs to no environment. {told.replace('*', '&#42;')}\n"
    )


def the_event(step: Step, name: str, **parts: object) -> None:
    step.monkeypatch.setenv("GITHUB_EVENT_NAME", name)
    (step.folder / "event.json").write_text(json.dumps({"repository": {"full_name": "o/r"}, **parts}), encoding="utf-8")


RUN_EVENT = {
    "id": 9,
    "event": "pull_request",
    "head_sha": HEAD,
    "head_branch": "dev/x",
    "head_repository": {"full_name": "mallory/r"},
}
GROUP = {
    "head_sha": "d" * 40,
    "base_sha": "b" * 40,
    "head_ref": f"refs/heads/gh-readonly-queue/develop/pr-7-{'b' * 40}",
    "base_ref": "refs/heads/develop",
}


@pytest.mark.parametrize(("data", "code", "word"), [(CREATE, 0, "success"), (DELETE, 10, "failure")])
def test_a_merge_group_has_the_worst_verdict_of_its_pull_requests(
    step: Step, data: bytes, code: int, word: str
) -> None:
    the_event(step, "merge_group", action="checks_requested", merge_group=GROUP)
    step.state.queue = queue(("b" * 40, "d" * 40, 7))
    assert step.run(data) == code
    assert [(row["sha"], row["state"]) for row in step.state.statuses] == [("d" * 40, word)]
    assert step.state.comments == []


def test_a_merge_group_that_is_unclear_is_an_error(step: Step) -> None:
    the_event(step, "merge_group", action="checks_requested", merge_group=GROUP)
    assert step.run(CREATE) == 1
    assert [(row["sha"], row["state"]) for row in step.state.statuses] == [("d" * 40, "error")]


def recorded(step: Step, data: bytes, head: str = HEAD) -> bytes:
    (step.folder / "recorded.json").write_bytes(data)
    assert main(["record", "net=recorded.json", "-o", "record.json", "--commit", head]) == 0
    return (step.folder / "record.json").read_bytes()


def test_a_forks_record_is_shown_and_never_turns_the_gate_green(step: Step) -> None:
    step.state.run = {**RUN, "head_repository": {"full_name": "mallory/r"}}
    step.state.pull["head"]["repo"] = {"full_name": "mallory/r"}
    step.state.artifacts.append((ARTIFACT, packed(("net.json", recorded(step, CREATE)))))
    the_event(step, "workflow_run", action="completed", workflow_run=RUN_EVENT)
    assert main(["review", "--publish", "--from-run", "9"]) == 10
    assert step.words == ["failure"]
    assert "a maintainer must plan this commit" in step.comment.casefold()
    assert "a_b.c" in step.comment


@pytest.mark.parametrize(("conclusion", "code", "words"), [("success", 0, []), ("failure", 11, ["error"])])
def test_a_forks_run_that_planned_nothing_overwrites_no_report(
    step: Step, conclusion: str, code: int, words: list[str]
) -> None:
    """A new title starts a run too: it ends well and leaves no record.  One that failed should have left one."""
    step.state.run = {**RUN, "head_repository": {"full_name": "mallory/r"}, "conclusion": conclusion}
    step.state.pull["head"]["repo"] = {"full_name": "mallory/r"}
    the_event(step, "workflow_run", action="completed", workflow_run=RUN_EVENT)
    assert main(["review", "--publish", "--from-run", "9"]) == code
    assert step.words == words
    assert len(step.state.comments) == len(words)


@pytest.mark.parametrize(("head", "code"), [(HEAD, 0), ("e" * 40, 11)], ids=["of this commit", "of another"])
def test_labels_are_judged_again_from_the_latest_record(step: Step, head: str, code: int) -> None:
    step.state.run = {**RUN, "head_repository": {"full_name": "o/r"}}
    step.state.artifacts.append((ARTIFACT, packed(("net.json", recorded(step, CREATE, head)))))
    assert main(["review", "--publish", "--from-latest-run"]) == code
    assert step.words == [{0: "success", 11: "error"}[code]]


def test_no_record_is_no_pass(step: Step) -> None:
    assert main(["review", "--publish", "--from-latest-run"]) == 1
    assert step.words == ["error"]
    assert "verdict<<" in (step.folder / "outputs").read_text(encoding="utf-8")
    assert "\npass\n" not in (step.folder / "outputs").read_text(encoding="utf-8")


def test_a_label_by_the_author_does_not_count_where_two_are_needed(step: Step) -> None:
    step.state.pull["base"]["ref"], step.state.pull["head"]["ref"] = "main", "develop"
    step.state.permissions |= {"ann": "admin", "bea": "write"}
    step.state.reviews.append({"id": 1, "user": person("bea"), "state": "APPROVED", "commit_id": HEAD})
    step.run(DELETE)
    step.state.add_label("allow-deletions", "ann", "2099-01-01T00:00:00Z")
    assert step.run(DELETE) == 10
    assert "ann is the author; a second person must set it." in step.comment
    step.state.add_event("unlabeled", "allow-deletions", "bea", "2099-01-01T00:00:01Z")
    step.state.add_event("labeled", "allow-deletions", "bea", "2099-01-01T00:00:02Z")
    assert step.run(DELETE) == 0


def test_a_dismissed_approval_is_none(step: Step) -> None:
    step.state.pull["base"]["ref"], step.state.pull["head"]["ref"] = "main", "develop"
    step.state.permissions["bea"] = "write"
    step.state.reviews.append({"id": 1, "user": person("bea"), "state": "APPROVED", "commit_id": HEAD})
    assert step.run(CREATE) == 0
    step.state.reviews.append({"id": 2, "user": person("bea"), "state": "DISMISSED", "commit_id": HEAD})
    assert step.run(CREATE) == 10


def test_tested_in_stage(step: Step) -> None:
    step.state.pull["base"]["ref"], step.state.pull["head"]["ref"] = "main", "develop"
    settings = b"environments: {prod: {two_people: false, process: {stage_tested: {state: hold}}}}\n"
    step.state.contents["refs/heads/main:.github/plan-review.yml"] = settings
    assert step.run(CREATE) == 10
    deployed = {"id": 1, "sha": HEAD, "environment": "stage", "created_at": "2026-01-02T03:04:05Z"}
    statuses = [{"state": "success", "created_at": "2026-01-02T03:04:05Z"}]
    step.state.deployments.append({**deployed, "statuses": statuses})
    assert step.run(CREATE) == 0


def test_held_deletions_are_marked_at_their_block(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    replaced = row("aws_s3_bucket.b", ["delete", "create"], {"bucket": "b"}, {"bucket": "c"})
    (step.folder / "main.tf").write_text('\nresource "aws_s3_bucket" "b" {\n  bucket = "c"\n}\n', encoding="utf-8")
    assert step.run(plan(replaced, STAYS)) == 10
    said = capsys.readouterr().out.splitlines()
    expected = (
        "::error file=main.tf,line=2,title=Held by plan-review::aws_s3_bucket.b: is replaced (data is lost). "
        "The merge waits until this is explained or a person lets it through."
    )
    assert [line for line in said if line.startswith("::")] == [expected]


def test_the_log_of_a_run_obeys_no_plan(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    evil = row('a_b.c["\\n::add-mask::x ##[error]y"]', ["create"], None, {"x": "\n::set-output name=a::b"})
    step.run(plan(evil))
    said = capsys.readouterr()
    assert "##[" not in said.out + said.err
    assert [line for line in said.out.splitlines() if line.lstrip().startswith("::")] == []


@pytest.mark.parametrize("action", ["opened", "synchronize", "labeled"])
def test_githubs_own_example_of_an_event(step: Step, action: str) -> None:
    (step.folder / "event.json").write_text(json.dumps(example("pull_request", action)), encoding="utf-8")
    assert step.run(CREATE, "--pull-request", "7", "--commit", HEAD) == 0
    assert step.words == ["success"]


def test_plan_labels_say_what_the_plan_does(step: Step) -> None:
    step.state.contents["refs/heads/develop:.github/plan-review.yml"] = b"github: {plan_labels: true}\n"
    step.run(DELETE)
    assert [label["name"] for label in step.state.pull["labels"]] == ["plan:delete"]
    step.run(plan(STAYS))
    assert [label["name"] for label in step.state.pull["labels"]] == ["plan:no-changes"]


@pytest.mark.parametrize("mode", ["hide-and-new", "delete-and-new"])
def test_a_new_comment_for_each_review(step: Step, mode: str) -> None:
    settings = f"github: {{comment: {mode}}}\n".encode()
    step.state.contents["refs/heads/develop:.github/plan-review.yml"] = settings
    step.run(CREATE)
    step.run(DELETE)
    assert len(step.state.comments) == {"hide-and-new": 2, "delete-and-new": 1}[mode]
    assert step.state.hidden == {"hide-and-new": ["IC_1001"], "delete-and-new": []}[mode]


MERGED = {
    "number": 7,
    "merged_at": "2026-01-02T03:04:05Z",
    "merge_commit_sha": "f" * 40,
    "head": {"sha": HEAD, "ref": "dev/x"},
    "base": {"sha": "b" * 40, "ref": "develop"},
}


def guarded(step: Step, reviewed: bytes, fresh: bytes, verdict: str = "success", owner: str = "o") -> int:
    if verdict:
        step.state.add_status("", state=verdict)
    step.state.run = {**RUN, "head_repository": {"full_name": f"{owner}/r"}}
    (step.folder / "reviewed.json").write_bytes(reviewed)
    main(["record", "net=reviewed.json", "-o", "r.json", "--commit", HEAD, "-e", "stage"])
    step.state.artifacts.append((ARTIFACT, packed(("net.json", (step.folder / "r.json").read_bytes()))))
    the_event(step, "push", ref="refs/heads/develop", before="a" * 40, after="f" * 40)
    step.monkeypatch.setenv("GITHUB_SHA", "f" * 40)
    (step.folder / "fresh.json").write_bytes(fresh)
    return main(["guard", "net=fresh.json", "-e", "stage"])


@pytest.mark.parametrize(("fresh", "code"), [(DELETE, 0), (plan(STAYS), 0), (MORE, 10)], ids=["equal", "less", "more"])
def test_an_apply_goes_on_with_what_was_reviewed(
    step: Step, fresh: bytes, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    step.state.merged = [MERGED]
    assert guarded(step, DELETE, fresh) == code
    assert ("aws_s3_bucket.c" in capsys.readouterr().out) is (code == 10)


def test_the_record_of_a_fork_is_no_review(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever wrote the fork's code may have written its record: it must not say what was reviewed."""
    step.state.merged = [MERGED]
    assert guarded(step, DELETE, DELETE, owner="mallory") == 1
    assert f"No run of this repository on {HEAD[:7]} has left records." in capsys.readouterr().err


def test_the_run_of_a_fork_on_the_same_commit_is_not_judged_for_ours(step: Step) -> None:
    step.state.run = {**RUN, "head_repository": {"full_name": "mallory/r"}}
    step.state.artifacts.append((ARTIFACT, packed(("net.json", recorded(step, CREATE, HEAD)))))
    assert main(["review", "--publish", "--from-latest-run"]) == 1
    assert step.words == ["error"]


@pytest.mark.parametrize(
    ("verdict", "said"), [("failure", "is failure"), ("pending", "is pending"), ("", "was never set")]
)
def test_a_merge_past_the_verdict_is_not_applied(
    step: Step, verdict: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    step.state.merged = [MERGED]
    assert guarded(step, DELETE, DELETE, verdict) == 10
    assert capsys.readouterr().err == (
        "wrote r.json\n"
        f"plan-review: Pull request 7 was merged although plan-review/stage {said} at aaaaaaa: nothing let it through.\n"
        "  Open a pull request with one more commit, an empty one will do (git commit --allow-empty): its plan shows all "
        "that is not applied yet. Merge it when its status is green. And require plan-review/stage for the branch, so "
        "that nobody can merge past it.\n"
    )


def test_a_direct_push_is_not_applied(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(step, DELETE, DELETE) == 10
    assert "it was pushed directly, without a review" in capsys.readouterr().err


def test_a_merge_past_the_branch_rules_is_not_applied(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    """An administrator can merge without an approval; where two people are needed that is no apply."""
    settings = b"environments: {stage: {two_people: true}}\n"
    (step.folder / ".github").mkdir(exist_ok=True)
    (step.folder / ".github" / "plan-review.yml").write_bytes(settings)
    step.state.merged = [MERGED]
    assert guarded(step, DELETE, DELETE) == 10
    said = f"Nobody with write access, besides the author, approved pull request 7 at {HEAD[:7]}."
    assert said in capsys.readouterr().err
    step.state.permissions |= {"ann": "write", "bea": "write"}
    step.state.reviews.append({"id": 1, "user": person("ann"), "state": "APPROVED", "commit_id": HEAD})
    step.state.artifacts.clear()
    assert guarded(step, DELETE, DELETE) == 10
    assert said in capsys.readouterr().err
    step.state.reviews.append({"id": 2, "user": person("bea"), "state": "APPROVED", "commit_id": HEAD})
    step.state.artifacts.clear()
    assert guarded(step, DELETE, DELETE) == 0


def test_a_persons_token_finds_its_own_comment(step: Step) -> None:
    """Whose comments are ours is only asked where somebody else than the workflow wrote our marker."""
    step.monkeypatch.setenv("GITHUB_TOKEN", "-".join(["no", "token"]))
    step.state.author = step.state.user = "robo"
    step.run(CREATE)
    step.state.log.clear()
    assert step.run(CREATE) == 0
    assert step.state.log == [
        PULL,
        CONFIG,
        COMMENTS,
        "GET /user",
        *UPDATE,
        STATUS,
        *CONFIRM,
    ]
