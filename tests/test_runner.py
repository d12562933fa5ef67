"""The runner of the tests against what GitHub documents of its own: a green walk must not rest on a runner that is too kind."""

from pathlib import Path

import pytest

from tests.support.git_objects import ask, git
from tests.support.job_token import check_token
from tests.support.loopback_github import Refusal
from tests.support.runner import Run, start
from tests.support.runner_events import Event
from tests.support.runner_machine import Home, Machine, RunnerError
from tests.support.runner_shell import read_outputs
from tests.support.whole_github import WholeGitHub

PEOPLE = {"GIT_AUTHOR_NAME": "ann", "GIT_AUTHOR_EMAIL": "ann@example.com"}
PEOPLE |= {"GIT_COMMITTER_NAME": "ann", "GIT_COMMITTER_EMAIL": "ann@example.com"}
HEAD = "on: {push: {branches: [main]}}\npermissions: {}\njobs:\n"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "jobs").mkdir()
    github = WholeGitHub(emulated="http://127.0.0.1:9", origin=origin, permissions={}, rules={})
    return Machine(
        github=github,
        origin=origin,
        action=tmp_path,
        action_name="acme/plan-review",
        root=tmp_path / "jobs",
        homes={"prod": Home(branches=("release",))},
        cloud={},
    )


def play(machine: Machine, *jobs: str, **more: str) -> Run:
    files = {"main.yml": HEAD + "".join(jobs), **{f"{name}.yml": text for name, text in more.items()}}
    for name, text in files.items():
        path = machine.origin / ".github/workflows" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(machine.origin, "add", "--all")
    git(machine.origin, "commit", "--quiet", "-m", "Flow", env=PEOPLE)
    tip = ask(machine.origin, "rev-parse", "HEAD")
    event = Event(
        name="push",
        payload={"ref": "refs/heads/main"},
        sha=tip,
        ref="refs/heads/main",
        files=tip,
        head=tip,
        branch="main",
        actor="ann",
    )
    (run,) = start(machine, event)
    return run


def job(name: str, *steps: str, **more: str) -> str:
    keys = "".join(f"    {key.replace('_', '-')}: {value}\n" for key, value in more.items())
    return f"  {name}:\n    runs-on: ubuntu-latest\n{keys}    steps:\n" + "".join(f"      - {step}\n" for step in steps)


def test_after_a_failure_only_what_asks_for_it_runs(machine: Machine) -> None:
    run = play(
        machine,
        job("bad", "run: exit 3", "run: echo never", "{run: echo closes, if: always()}"),
        job("after", "run: echo no", needs="bad"),
        job("later", "run: echo no", needs="after"),
        job("always", "run: echo yes", needs="later", **{"if": "always()"}),
        job("failed", "run: echo yes", needs="later", **{"if": "failure()"}),
    )
    assert {name: ended.result for name, ended in run.jobs.items()} == {
        "bad": "failure",
        "after": "skipped",
        "later": "skipped",
        "always": "success",
        "failed": "success",
    }
    assert [step.outcome for step in run.jobs["bad"].steps] == ["failure", "skipped", "success"]
    assert run.result == "failure"


def test_what_may_fail_turns_nothing_red_and_says_so(machine: Machine) -> None:
    run = play(
        machine, job("a", "{id: x, run: exit 1, continue-on-error: true}", "run: test ${{ steps.x.outcome }} = failure")
    )
    assert [(step.outcome, step.conclusion) for step in run.jobs["a"].steps] == [
        ("failure", "success"),
        ("success", "success"),
    ]
    assert run.results() == {"a": "success"}


def test_bash_is_strict_where_it_is_named_only(machine: Machine) -> None:
    run = play(machine, job("named", "{run: false | true, shell: bash}"), job("bare", "run: false | true"))
    assert run.results() == {"named": "failure", "bare": "success"}


def test_the_rest_of_a_matrix_does_not_start_after_a_failure(machine: Machine) -> None:
    axis = "{matrix: {n: [a, b]}, fail-fast: FAST}"
    step = "run: test ${{ matrix.n }} = b"
    run = play(
        machine,
        job("fast", step, strategy=axis.replace("FAST", "true")),
        job("slow", step, strategy=axis.replace("FAST", "false")),
    )
    assert run.results() == {
        "fast": "failure",
        "fast / a": "failure",
        "slow": "failure",
        "slow / a": "failure",
        "slow / b": "success",
    }


def test_outputs_go_from_job_to_job(machine: Machine) -> None:
    run = play(
        machine,
        job("a", "{id: x, run: echo word=hello >> $GITHUB_OUTPUT}", outputs="{word: '${{ steps.x.outputs.word }}'}"),
        job("b", "run: test ${{ needs.a.outputs.word }} = hello", needs="a"),
    )
    assert run.results() == {"a": "success", "b": "success"}
    assert read_outputs("a=1\nb<<END\ntwo\nlines\nEND\n") == {"a": "1", "b": "two\nlines"}
    with pytest.raises(RunnerError, match="has no end"):
        read_outputs("b<<END\ntwo\n")


def test_an_environment_of_another_branch_refuses_the_job(machine: Machine) -> None:
    run = play(machine, job("a", "run: echo no", environment="prod"))
    assert run.results() == {"a": "failure"}
    assert run.jobs["a"].steps[0].text == "refs/heads/main may not deploy to prod"


def test_a_called_job_may_not_ask_for_more_than_its_caller(machine: Machine) -> None:
    called = "on: {workflow_call: {}}\njobs:\n" + job("x", "run: echo no", permissions="{statuses: write}")
    caller = "  a:\n    uses: ./.github/workflows/called.yml\n    permissions: {statuses: read}\n"
    with pytest.raises(RunnerError, match="job x asks for statuses: write"):
        play(machine, caller, called=called)


def test_a_token_may_do_what_its_job_asks_for() -> None:
    tokens = {"ghs_x": {"statuses": "read"}}
    sha = "a" * 40
    assert check_token(tokens, "ghs_x", "GET", f"commits/{sha}/statuses") == "github-actions[bot]"
    for verb, path in (("POST", f"statuses/{sha}"), ("GET", "issues/1/comments"), ("GET", "anything")):
        with pytest.raises(Refusal):
            check_token(tokens, "ghs_x", verb, path)
    for word in ("ghs_old", "", "ann"):
        with pytest.raises(Refusal):
            check_token(tokens, word, "GET", "pulls/1")
    assert check_token(tokens, "ann-token", "PUT", "pulls/1/merge") == "ann"
