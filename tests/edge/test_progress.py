"""A line for whoever waits at a terminal: seen through a real pseudo-terminal."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.edge.progress import WIPE
from tests.benchmarks.measure import ROOT
from tests.benchmarks.plans import write_plan
from tests.support.loopback_github import Fault, a_pull, loopback_github
from tests.support.plans import plan, row

NO_CI = {"CI": "", "GITHUB_ACTIONS": "", "TERM": "xterm"}


def _at_terminal(environ: dict[str, str], *arguments: str, code: int = 10) -> str:
    """What a terminal at standard error shows."""
    return _seen(environ, [sys.executable, "-m", "bot", *arguments], ROOT, code)


def _review(environ: dict[str, str], *arguments: str) -> str:
    return _at_terminal(environ, "review", *arguments, "--output", os.devnull)


def _seen(environ: dict[str, str], command: list[str], folder: Path, code: int) -> str:
    leader, follower = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | environ
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=follower, env=environment, cwd=folder) as child:
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # Linux says so where the other side is closed
                break
            if not piece:
                break
            shown += piece
    os.close(leader)
    assert (child.returncode, shown) == (code, shown)
    return shown.decode()


def _lines(shown: str) -> list[str]:
    """One after another, as they took each other's place; last what came after it was wiped."""
    return [piece.partition("…")[0].strip() for piece in shown.split(WIPE)[1:]]


@pytest.fixture
def large(tmp_path: Path) -> str:
    file = tmp_path / "large.json"
    write_plan(file, 6_000, 1)
    assert file.stat().st_size > 30_000_000
    return str(file)


def test_a_large_plan_says_what_is_done_and_wipes_it(large: str) -> None:
    shown = _review(NO_CI, large)
    told = [line for line in _lines(shown) if not re.fullmatch(r"comparing default: [1-9]\d* of 60", line)]
    assert told == [
        "reading default",
        "comparing default: 0 of 60",
        "judging 60 changes",
        "writing the report",
        f"wrote {os.devnull}",  # where the line was
    ]
    assert shown.endswith(f"{WIPE}wrote {os.devnull}\r\n")


def test_what_takes_long_is_told_as_it_goes_on(tmp_path: Path) -> None:
    code = """
import time
from bot.edge import progress
progress.tell("a moment")
for row in progress.watch("comparing {x} default", range(24)):
    time.sleep(0.1)
progress.end()
"""
    shown = _seen(NO_CI, [sys.executable, "-c", code], tmp_path, 0)
    *told, last = _lines(shown)
    assert all(re.fullmatch(r"comparing \{x\} default: \d+ of 24", line) for line in told)
    done = [int(line.split()[-3]) for line in told]
    assert (len(done) > 2, done[0] >= 5, done == sorted(set(done)), last) == (True, True, True, "")


def _hosted(address: str) -> dict[str, str]:
    return {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "-".join(["no", "token"])}


def test_a_slow_github_says_what_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(plan(row("a_b.c", ["create"], None, {"x": 1})))
    event = {"action": "synchronize", "pull_request": a_pull(), "repository": {"full_name": "o/r"}}
    (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
    with loopback_github() as (state, address):
        state.faults.append(Fault("GET", "/repos/o/r/pulls/7", delay=2.0))
        environ = _hosted(address) | {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "event.json"}
        environ |= {"GITHUB_TOKEN": "ghs_" + "-".join(["no", "token"]), "GITHUB_OUTPUT": "", "GITHUB_STEP_SUMMARY": ""}
        command = [sys.executable, "-m", "bot", "review", "plan.json", "--publish"]
        shown = _seen(NO_CI | environ, command, tmp_path, 0)
    assert _lines(shown)[0] == "GitHub: read pull request 7"
    assert "judging 1 change" in _lines(shown)


def test_a_slow_github_says_what_the_doctor_asks(tmp_path: Path) -> None:
    with loopback_github() as (state, address):
        state.faults.append(Fault("GET", "/repos/o/r", delay=2.0))
        environ = _hosted(address)
        shown = _seen(NO_CI | environ, [sys.executable, "-m", "bot", "doctor"], tmp_path, 1)
    assert _lines(shown)[:1] == ["GitHub: read the repository"]


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"GITHUB_ACTIONS": "true"}, {"TERM": "dumb"}])
def test_it_is_quiet_in_ci(environ: dict[str, str], large: str) -> None:
    assert WIPE not in _review(NO_CI | environ, large)


def test_a_small_plan_shows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "small.json"
    write_plan(file, 100, 10)
    assert WIPE not in _review(NO_CI, str(file))


def test_the_name_of_a_file_commands_no_terminal(large: str, tmp_path: Path) -> None:
    hostile = tmp_path / "red\x1b[31m.json"
    os.link(large, hostile)
    shown = _review(NO_CI, str(hostile), large)
    assert "\r\x1b[Kreading red?[31m …" in shown
    assert "\x1b[31m" not in shown.split("wrote")[0]
