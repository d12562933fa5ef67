"""What is measured inside of one fresh process: ``python -m tests.benchmarks.steps STEP FILE`` prints CPU seconds.

Each step opens the file and works on it; imports are not counted.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct


class Change(Struct):
    actions: list[str]
    before: Raw
    after: Raw


class Row(Struct):
    address: str
    type: str
    change: Change


class Skeleton(Struct):
    """The bare scan: of every row its address, type, actions, and both sides undecoded; the rest is only skipped."""

    resource_changes: list[Row]


def scan(file: Path) -> Any:
    return msgspec.json.decode(file.read_bytes(), type=Skeleton)


def skip(file: Path) -> Any:
    """Nothing but the syntax: no tool could know less."""
    return msgspec.json.decode(file.read_bytes(), type=Raw)


def load(file: Path) -> Any:
    with file.open(encoding="utf-8") as opened:
        return json.load(opened)


def decode(file: Path) -> Any:
    """Decoding, hiding secrets, and the kind of every row, as ``plan-review`` does it."""
    from bot.changes import list_changes
    from bot.edge.plan_file import open_plan
    from bot.plan import decode_whole

    started = time.process_time()
    with open_plan(str(file)) as data:
        plan = decode_whole(data)
        assert plan is not None
        list_changes(plan)
    return time.process_time() - started


STEPS: dict[str, Callable[[Path], Any]] = {step.__name__: step for step in (scan, skip, load, decode)}


def main() -> None:
    step, file = STEPS[sys.argv[1]], Path(sys.argv[2])
    started = time.process_time()
    result = step(file)
    print(result if isinstance(result, float) else time.process_time() - started)


if __name__ == "__main__":
    main()
