"""Twenty jobs at once on one pull request: processes of their own, PyGithub, a GitHub that somebody else wrote."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.marker import read_marker
from tests.support.emulate import BOT, OWNER, REPOSITORY, Emulated, emulated_github, token
from tests.support.front import front
from tests.support.loopback_github import State
from tests.support.plans import plan, row

pytestmark = pytest.mark.foreign_answers
ROOT = Path(__file__).parents[2]
JOBS, HOLDS = 20, 10
# Every job waits for the file and begins at the same moment; what it imports is imported before.
CHILD = """
import sys, time
from pathlib import Path
import bot.dispatch, bot.publishing, github
from bot.cli import main
Path("ready-" + sys.argv[1]).touch()
while not Path("go").exists():
    time.sleep(0.005)
sys.exit(main(["review", sys.argv[1] + ".json", "--publish", "--pull-request", sys.argv[2], "-e", "stage", *sys.argv[3:]]))
"""


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[tuple[Emulated, State, str]]:
    with emulated_github(tmp_path) as emulated, front(emulated) as (address, state):
        yield emulated, state, address


def start(folder: Path, address: str, number: int, run: int, *more: str) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_API_URL": address,
        "GITHUB_TOKEN": token(BOT),
        "GITHUB_RUN_ID": str(run),
        "GITHUB_RUN_ATTEMPT": "1",
        "PLAN_REVIEW_AUTHOR": BOT,
    }
    command = [sys.executable, "-c", CHILD, str(run), str(number), *more]
    with (folder / f"err-{run}").open("wb") as errors:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=errors)


def race(folder: Path, address: str, number: int, runs: range, *more: str) -> dict[int, int]:
    """Exit codes by run.  The plan of run n makes n resources; that of the last one destroys something as well."""
    (folder / "event.json").write_text(json.dumps({"repository": {"full_name": REPOSITORY}}), encoding="utf-8")
    for run in runs:
        rows = [row(f"a_b.x{index}", ["create"], None, {"n": index}) for index in range(run)]
        if run == runs[-1]:
            rows.append(row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}))
        (folder / f"{run}.json").write_bytes(plan(*rows, row("a_b.stays", ["no-op"], {}, {})))
    jobs = {run: start(folder, address, number, run, *more) for run in runs}
    try:
        while len(list(folder.glob("ready-*"))) < len(runs):
            assert all(job.poll() is None for job in jobs.values())
        (folder / "go").touch()
        return {run: job.wait(180) for run, job in jobs.items()}
    finally:
        for job in jobs.values():
            job.kill()


def text(emulated: Emulated) -> tuple[str, str]:
    """Run and text of the one comment of ours."""
    (body,) = [row["body"] for row in emulated.comments() if row["user"]["login"] == BOT]
    marker = read_marker(body)
    return (marker.run_id if marker else ""), body


def latest_status(state: State) -> tuple[str, str]:
    """State and run of the newest status; a hold's link carries what was shown."""
    newest = state.statuses[-1]
    return newest["state"], newest["target_url"].partition("/actions/runs/")[2].split("/")[0].split("#")[0]


@pytest.mark.parametrize("before", [False, True], ids=["first", "another"])
def test_twenty_jobs_at_once_leave_one_comment_and_the_verdict_of_the_latest(
    whole: tuple[Emulated, State, str], tmp_path: Path, before: bool
) -> None:
    """The latest holds, the others pass: a success of theirs would let through what the latest would destroy."""
    emulated, state, address = whole
    first = 1
    if before:
        assert race(tmp_path, address, emulated.number, range(1, 2)) == {1: HOLDS}
        (tmp_path / "go").unlink()
        (tmp_path / "ready-1").unlink()
        first = 2
    for number in range(30):
        emulated.comment(OWNER, f"remark {number}")
    runs = range(first, first + JOBS)
    codes = race(tmp_path, address, emulated.number, runs)
    assert codes == {run: HOLDS if run == runs[-1] else 0 for run in runs}
    run, body = text(emulated)
    assert run == str(runs[-1])
    assert "aws_s3_bucket.b" in body
    assert latest_status(state) == ("failure", str(runs[-1]))
    for mine in runs:
        assert "Traceback" not in (tmp_path / f"err-{mine}").read_text(encoding="utf-8")
