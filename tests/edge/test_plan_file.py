"""A plan's file that others write to while we read it: one moment of it is judged, or nothing is."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import FileIO
from mmap import mmap
from pathlib import Path

import pytest

from bot.app import read_stacks, run_record
from bot.cli import main
from bot.config import Config
from bot.edge import files
from bot.edge.plan_file import open_plan
from bot.errors import CannotRead, UntrustedPlan
from bot.record import Problem, Record, Stack, encode_record
from tests.benchmarks.measure import ROOT
from tests.benchmarks.plans import write_plan
from tests.support.plans import plan, row

CHANGED = Problem(
    "The file changed while it was read.",
    "Wait until terraform show has ended, and let every run write to a file of its own.",
)
# Cuts the file right after it was read, when the first line of progress is told.
CUTS_LATER = """
import os, sys
import bot.app, bot.cli
bot.app.progress.tell = lambda *_: os.truncate(sys.argv[1], 4096)
sys.exit(bot.cli.main(["review", sys.argv[1], "--format", "json", "-o", sys.argv[2]]))
"""


class Meddled(FileIO):
    """A file to which something is done once its first bytes were read."""

    def __init__(self, path: Path, do: Callable[[Path], object]) -> None:
        super().__init__(path)
        self._path, self._do = path, do

    def readall(self) -> bytes:
        start = self.read(100) or b""
        self._do(self._path)
        return start + super().readall()


def cut(path: Path) -> None:
    os.truncate(path, 4096)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b" ")


def write_inside(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(50)
        file.write(b"x")
    os.utime(path, ns=(0, 0))


def replace(path: Path) -> None:
    path.with_suffix(".new").write_bytes(b"{}")
    path.with_suffix(".new").replace(path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    write_plan(path, 100, 1)
    return path


@pytest.mark.parametrize("do", [cut, empty, grow, write_inside])
def test_a_file_that_changes_while_it_is_read_is_refused(
    do: Callable[[Path], object], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.edge.plan_file.FileIO", lambda name: Meddled(Path(name), do))
    with pytest.raises(UntrustedPlan) as caught, open_plan(str(file)):
        pytest.fail("its bytes are of two moments")
    assert Problem.of(caught.value) == CHANGED


@pytest.mark.parametrize("do", [lambda _: None, replace], ids=["stays", "is replaced"])
def test_a_file_that_stays_or_is_replaced_is_read_as_it_was(
    do: Callable[[Path], object], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = file.read_bytes()
    monkeypatch.setattr("bot.edge.plan_file.FileIO", lambda name: Meddled(Path(name), do))
    with open_plan(str(file)) as data:
        assert data == written


@pytest.mark.parametrize("do", [grow, write_inside])
def test_a_huge_file_that_changes_while_it_is_open_is_refused_at_the_end(
    do: Callable[[Path], object], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.edge.plan_file.HUGE", 1024)
    opened = open_plan(str(file))
    assert isinstance(opened.__enter__(), mmap)
    do(file)
    with pytest.raises(UntrustedPlan) as caught:
        opened.__exit__(None, None, None)
    assert Problem.of(caught.value) == CHANGED


def test_a_huge_file_that_is_replaced_is_read_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.edge.plan_file.HUGE", 1024)
    written = file.read_bytes()
    with open_plan(str(file)) as data:
        replace(file)
        assert bytes(data) == written


def test_what_was_found_in_a_huge_file_that_changed_is_not_trusted(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.edge.plan_file.HUGE", 1024)
    monkeypatch.setattr("bot.app.progress.tell", lambda *_: grow(file))
    assert main(["review", str(file)]) == 11
    assert CHANGED.message in capsys.readouterr().out


def test_a_large_file_that_is_cut_after_it_was_read_is_judged_as_it_was(tmp_path: Path) -> None:
    """It is copied, because the bytes of a mapped one would be gone, and the process with them."""
    file, report = tmp_path / "plan.json", tmp_path / "report.json"
    write_plan(file, 4_000, 1)
    command = [sys.executable, "-c", CUTS_LATER, str(file), str(report)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (10, f"wrote {report}\n")
    assert file.stat().st_size == 4096
    assert json.loads(report.read_bytes())["stacks"][0]["counts"]["create"] == 14


def test_a_file_that_changes_is_a_stack_that_cannot_be_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are still looked at."""
    monkeypatch.chdir(tmp_path)
    for name in ("grows", "stays"):
        Path(f"{name}.json").write_bytes(plan(row("a_b.c", ["create"], None, {"x": 1})))

    def meddle(name: str) -> FileIO:
        return Meddled(Path(name), grow if name.startswith("grows") else lambda _: None)

    monkeypatch.setattr("bot.edge.plan_file.FileIO", meddle)
    stacks = read_stacks(("grows.json", "stays.json"), Config())
    assert [(stack.name, stack.problem, len(stack.plan.changes)) for stack in stacks] == [
        ("grows", CHANGED, 0),
        ("stays", None, 1),
    ]
    assert run_record("grows.json", None, "").exit_code == 11
    assert main(["review", "stays.json", "grows.json"]) == 11
    assert CHANGED.message in capsys.readouterr().out


def test_a_record_of_stage_that_changes_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plan.json").write_bytes(plan())
    Path("stage.json").write_bytes(encode_record(Record(tool="0", stack=Stack(name="net"), environment="stage")))
    monkeypatch.setattr(
        "bot.edge.plan_file.FileIO", lambda name: Meddled(Path(name), grow if name == "stage.json" else lambda _: None)
    )
    assert main(["review", "plan.json", "--promoted-from", "stage.json"]) == 0
    assert "stage cannot be read: The file changed while it was read" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["/dev/zero", "sparse.json"])
def test_what_has_no_end_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "LARGEST", 1024**2)
    with Path("sparse.json").open("wb") as sparse:
        sparse.truncate(2 * 1024**2)
    with pytest.raises(CannotRead, match=rf"{name} is larger than"), open_plan(name):
        pytest.fail("it has no end")
