"""A line for whoever waits at a terminal: seen through a real pseudo-terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.measure import ROOT
from tests.benchmarks.plans import write_plan

NO_CI = {"CI": "", "GITHUB_ACTIONS": "", "TERM": "xterm"}


def _at_terminal(environ: dict[str, str], *arguments: str) -> str:
    """What a terminal at standard error shows."""
    leader, follower = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | environ
    command = [sys.executable, "-m", "bot", "review", *arguments, "--output", os.devnull]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=follower, env=environment, cwd=ROOT) as child:
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
    assert child.returncode == 10
    return shown.decode()


@pytest.fixture
def large(tmp_path: Path) -> str:
    file = tmp_path / "large.json"
    write_plan(file, 6_000, 1)
    assert file.stat().st_size > 30_000_000
    return str(file)


def test_a_large_plan_says_what_is_done_and_wipes_it(large: str) -> None:
    assert "\r\x1b[Kreading default …\r\x1b[K" in _at_terminal(NO_CI, large)


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"GITHUB_ACTIONS": "true"}, {"TERM": "dumb"}])
def test_it_is_quiet_in_ci(environ: dict[str, str], large: str) -> None:
    assert "reading" not in _at_terminal(NO_CI | environ, large)


def test_a_small_plan_shows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "small.json"
    write_plan(file, 100, 10)
    assert "reading" not in _at_terminal(NO_CI, str(file))


def test_the_name_of_a_file_commands_no_terminal(large: str, tmp_path: Path) -> None:
    hostile = tmp_path / "red\x1b[31m.json"
    os.link(large, hostile)
    shown = _at_terminal(NO_CI, str(hostile), large)
    assert "\r\x1b[Kreading red?[31m …" in shown
    assert "\x1b[31m" not in shown.split("wrote")[0]
