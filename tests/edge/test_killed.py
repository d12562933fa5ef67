"""The process killed at each request of a publish; the next run repairs everything.

Killed once GitHub has dealt with a request, and before the next one: for GitHub that is the same moment.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import Struct

from bot.marker import read_marker
from tests.edge.test_publish_command import CREATE, DELETE, MORE, Step, step
from tests.support.loopback_github import HEAD, Json

__all__ = ["step"]
ROOT = Path(__file__).parents[2]
MOST = 20  # requests of one run: more than any of these makes
REFUSED = (503, {"message": "Nobody is there to hear this."})
LABEL = "allow-deletions"


class Story(Struct, frozen=True):
    """What an earlier run judged (None: there was none), what the killed one, what the next one, and its verdict."""

    earlier: bytes | None
    killed: bytes
    then: bytes
    word: str
    label: bool = False  # somebody let the earlier one through


STORIES = {
    "a first pass": Story(None, CREATE, CREATE, "success"),
    "a first hold": Story(None, DELETE, DELETE, "failure"),
    "a pass after a hold": Story(DELETE, CREATE, CREATE, "success"),
    "a hold after a pass": Story(CREATE, DELETE, DELETE, "failure"),
    "a label that is void": Story(DELETE, MORE, MORE, "failure", label=True),
}


def killed_at(step: Step, data: bytes, number: int) -> bool:
    """Run the command in a process that is killed at a request.  False where it had ended by then."""
    step.run_id += 1
    (step.folder / "plan.json").write_bytes(data)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GITHUB_RUN_ID": str(step.run_id)}
    seen: list[str] = []

    def door(verb: str, path: str, known: str) -> tuple[int, Json] | None:
        seen.append(f"{verb} {path}")
        if len(seen) < number:
            return None
        os.kill(process.pid, signal.SIGKILL)
        return None if len(seen) == number else REFUSED

    step.state.door = door
    command = [sys.executable, "-m", "bot", "review", "plan.json", "--publish"]
    with subprocess.Popen(command, env=environment, cwd=step.folder, stderr=subprocess.DEVNULL) as process:
        code = process.wait(60)
    step.state.door = None
    assert (code == -signal.SIGKILL) == (len(seen) >= number)
    return code == -signal.SIGKILL


@pytest.mark.foreign_answers
@pytest.mark.parametrize("name", STORIES)
def test_the_next_run_repairs_everything(step: Step, name: str) -> None:
    story = STORIES[name]
    for number in range(1, MOST + 1):
        begin_again(step, story)
        if not killed_at(step, story.killed, number):
            break
        no_success_for_a_hold(step, story)
        step.run(story.then)
        where = f"killed at request {number}"
        marker = read_marker(step.comment)
        assert marker is not None, where
        assert marker.run_id == str(step.run_id), where
        assert step.words[-1] == story.word, where
        assert f"/runs/{step.run_id}/" in step.state.statuses[-1]["target_url"] or story.word == "failure", where
        assert step.state.pull["labels"] == [], where
        assert step.state.statuses[-1]["sha"] == HEAD
    else:
        pytest.fail("the run makes more requests than are tried")
    assert number > 5


def begin_again(step: Step, story: Story) -> None:
    step.state.comments.clear()
    step.state.statuses.clear()
    step.state.events.clear()
    step.state.pull["labels"] = []
    if story.earlier is not None:
        step.run(story.earlier)
    if story.label:
        step.state.permissions["bea"] = "write"
        step.state.add_label(LABEL, "bea", "2099-01-01T00:00:00Z")
        assert step.run(story.earlier or b"") == 0


def no_success_for_a_hold(step: Step, story: Story) -> None:
    """Where the comment of the killed run is there already, its hold is in force."""
    own = [read_marker(row["body"]) for row in step.state.comments]
    arrived = any(marker is not None and marker.run_id == str(step.run_id) for marker in own)
    if arrived and story.killed in (DELETE, MORE):
        assert step.words[-1] == "failure"
