"""Fresh processes and what they cost: CPU time, because other work on the machine does not enter it, and peak memory."""

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[2]
SCRIPT = Path(sys.executable).with_name("plan-review")
PLAN_REVIEW = (str(SCRIPT),) if SCRIPT.exists() else (sys.executable, "-m", "bot")
EXITS = (0, 10)  # pass or attention, held


class Cost(Struct, frozen=True):
    seconds: float  # CPU time of the whole process
    inner: float  # what the process itself says that its step took; 0 where it says nothing
    peak: int  # bytes


class Measured(Struct, frozen=True, kw_only=True):
    """One plan.  Seconds are medians of CPU time; ``None``: jq is not installed."""

    name: str
    rows: int
    changes: int
    size: int  # bytes
    scan: Cost
    skip: Cost
    load: Cost
    jq: Cost | None
    decode: Cost
    review: Cost

    @property
    def decode_to_scan(self) -> float:
        return self.decode.inner / self.scan.inner

    @property
    def review_to_scan(self) -> float:
        return self.review.seconds / self.scan.seconds

    @property
    def review_to_load(self) -> float:
        return self.review.seconds / self.load.seconds

    @property
    def jq_to_decode(self) -> float | None:
        return None if self.jq is None else self.jq.seconds / self.decode.seconds

    @property
    def above_file(self) -> float:
        """MB of memory beyond the size of the file, while decoding and classifying."""
        return (self.decode.peak - self.size) / 1e6


# A process counts as its peak what its parent held when it started it, so a small one stands between.
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"\\n{code} {used.ru_utime + used.ru_stime} {used.ru_maxrss}")
"""


def run_once(command: Sequence[str]) -> Cost:
    """Run a command to its end; raises AssertionError where it fails."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its byte code
    launched = (sys.executable, "-c", LAUNCHER, *command)
    done = subprocess.run(launched, capture_output=True, check=True, env=environment, cwd=ROOT)
    printed, _, told = done.stdout.strip().rpartition(b"\n")
    code, seconds, peak = told.split()
    assert int(code) in EXITS, f"{command[0]} gave exit code {int(code)}"
    return Cost(float(seconds), _number(printed), int(peak) * (1 if sys.platform == "darwin" else 1024))


def measure(name: str, file: Path, rows: int, changes: int, times: int) -> Measured:
    """Every tool in turn, ``times`` rounds: what slows the machine down for a while slows them all."""
    commands = _commands(file)
    rounds = [{tool: run_once(command) for tool, command in commands.items()} for _ in range(times)]
    costs = {tool: median([one[tool] for one in rounds]) for tool in commands}
    return Measured(
        name=name,
        rows=rows,
        changes=changes,
        size=file.stat().st_size,
        jq=costs.pop("jq", None),
        **costs,
    )


def measure_start(times: int) -> float:
    """How many times ``python -c pass`` the start of ``plan-review --version`` takes."""
    rounds = [(run_once((*PLAN_REVIEW, "--version")), run_once((sys.executable, "-c", "pass"))) for _ in range(times)]
    return median([ours for ours, _ in rounds]).seconds / median([bare for _, bare in rounds]).seconds


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.inner for cost in costs),
        max(cost.peak for cost in costs),
    )


def _commands(file: Path) -> dict[str, tuple[str, ...]]:
    steps = {
        step: (sys.executable, "-m", "tests.benchmarks.steps", step, str(file))
        for step in ("skip", "scan", "load", "decode")
    }
    jq = {"jq": ("jq", "-c", ".resource_changes|length", str(file))} if shutil.which("jq") else {}
    return {**steps, **jq, "review": (*PLAN_REVIEW, "review", str(file), "--format", "markdown")}


def _number(printed: bytes) -> float:
    try:
        return float(printed)
    except ValueError:
        return 0.0
