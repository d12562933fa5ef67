"""``make bench``: measures plan-review against the bare scan, the json module and jq, and writes docs/performance.md."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from tests.benchmarks.bounds import Bound, bound_merging, list_bounds
from tests.benchmarks.measure import ROOT, Measured, measure, measure_start
from tests.benchmarks.page import make_page, make_plot, make_text
from tests.benchmarks.plans import write_plan
from tests.benchmarks.records import measure_merging
from tests.support.corpus import OWN

SHARES = (1, 10, 100)  # per cent of the rows that change
SIZES = {100: 5, 1_000: 5, 10_000: 3, 100_000: 1}  # rows -> rounds
SMALL = {100: 3, 1_000: 3, 10_000: 1}
RECORDS = (20, 100, 200)  # judged together
FEW_RECORDS = (20, 40)
MEDIAN_OF_LARGEST = 3  # of the plan the bounds are about


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--small", action="store_true", help="up to 10,000 rows, and docs/performance.md stays as it is"
    )
    parser.add_argument("--json", type=Path, help="write the measurements to this file")
    given = parser.parse_args(arguments)
    measured, bounds = run(SMALL if given.small else SIZES)
    merged = list(measure_merging(FEW_RECORDS if given.small else RECORDS))
    bounds.append(bound_merging(merged[0], merged[-1]))
    print(make_text(measured, bounds, merged))
    if given.json:
        found = {"plans": measured, "bounds": bounds, "merged": merged}
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    if not given.small:
        (ROOT / "docs" / "performance.md").write_text(make_page(measured, bounds, merged), encoding="utf-8")
        (ROOT / "docs" / "performance.svg").write_text(
            make_plot([m for m in measured if m.rows in SIZES]), encoding="utf-8"
        )
    return 0


def run(sizes: dict[int, int]) -> tuple[list[Measured], list[Bound]]:
    """Rows -> rounds."""
    with tempfile.TemporaryDirectory() as folder:
        measured = [*_generated(Path(folder, "plan.json"), sizes), *_real()]
    return measured, list(list_bounds(measured, measure_start(15)))


def _generated(file: Path, sizes: dict[int, int]) -> Iterator[Measured]:
    for rows, times in sizes.items():
        for share in SHARES:
            _say(f"{rows:,} rows, {share} % changing")
            write_plan(file, rows, share)
            rounds = MEDIAN_OF_LARGEST if share == 1 and rows == max(sizes) else times
            yield measure(f"generated, {share} %", file, rows, rows * share // 100, rounds)
    largest = max(sizes)
    _say(f"{largest:,} rows, 1 % changing, a block for each")
    write_plan(file, largest, 1, blocks=True)
    yield measure("generated, a block for each row", file, largest, largest // 100, MEDIAN_OF_LARGEST)


def _real() -> Iterator[Measured]:
    """The three largest of the corpus."""
    files = sorted(OWN.glob("*/*.json"), key=lambda path: path.stat().st_size)[-3:]
    for file in files:
        _say(file.name)
        rows = msgspec.json.decode(file.read_bytes()).get("resource_changes", ())
        changes = sum(row["change"]["actions"] != ["no-op"] for row in rows)
        yield measure(file.parent.name + "/" + file.stem.split("--")[0], file, len(rows), changes, 3)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
