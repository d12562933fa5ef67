"""Records as the legs of a matrix write them, for one job to merge: every stack has names and values of its own.

``write_records(folder, number)`` makes so many.  Of twenty stacks two change nothing, ten change 1 % of their rows, four
5 %, three 10 %, and one all of them, as one does whose provider or whose tags changed.
"""

import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

from bot.changes import list_changes
from bot.plan import decode_plan
from bot.record import Record, Stack, encode_record
from tests.benchmarks.measure import PLAN_REVIEW, Cost, run_once
from tests.benchmarks.plans import plan_parts

ROWS = 2_000  # of each stack
SHARES = (1, 5, 1, 10, 0, 1, 5, 1, 10, 1, 100, 1, 5, 1, 10, 0, 1, 5, 1, 1)  # per cent of the rows that change
# What the generator gives objects as names: these become those of the stack.
NAMES = (b"team-", b"worker-", b"n-", b"210987654321")


class Merged(Struct, frozen=True, kw_only=True):
    """So many records, judged together by one process."""

    records: int
    rows: int  # of all
    changes: int
    size: int  # bytes of all
    markdown: Cost
    json: Cost


def measure_merging(numbers: Sequence[int]) -> Iterator[Merged]:
    for number in numbers:
        with tempfile.TemporaryDirectory() as folder:
            changes = write_records(Path(folder), number)
            yield Merged(
                records=number,
                rows=number * ROWS,
                changes=changes,
                size=sum(file.stat().st_size for file in Path(folder).iterdir()),
                markdown=merge(Path(folder), "markdown"),
                json=merge(Path(folder), "json"),
            )


def merge(folder: Path, form: str, *more: str) -> Cost:
    """What it takes to judge every record of a folder and write the report; raises AssertionError where it fails.

    ``more`` are arguments of the command.
    """
    with tempfile.TemporaryDirectory() as written:
        return run_once((*PLAN_REVIEW, "review", str(folder), "--format", form, "-o", f"{written}/report", *more))


def write_records(
    folder: Path, number: int, *, rows: int = ROWS, shares: tuple[int, ...] = SHARES, environment: str = ""
) -> int:
    """Returns how many rows change in all."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in range(number):
        name = f"stack-{one:03}"
        data = _own(_record(rows, shares[one % len(shares)], environment), one)
        (folder / f"{name}.json").write_bytes(data.replace(b'"name": "a-stack"', b'"name": "%s"' % name.encode(), 1))
    return sum(rows * shares[one % len(shares)] // 100 for one in range(number))


@cache
def _record(rows: int, percent: int, environment: str) -> bytes:
    plan = list_changes(decode_plan(b"".join(plan_parts(rows, percent))))
    stack = Stack(name="a-stack", plan=plan)
    return encode_record(Record(tool="0", stack=stack, head="5f3c" * 10, environment=environment))


def _own(data: bytes, number: int) -> bytes:
    team, worker, key, account = NAMES
    data = data.replace(team, b"team-%03d-" % number).replace(worker, b"worker-%03d-" % number)
    return data.replace(b'\\"' + key, b'\\"n-%03d-' % number).replace(account, b"%012d" % (210987654321 + number))
