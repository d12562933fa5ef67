"""The small benchmark: fails only where a ratio is so far beyond its bound that it cannot be noise.

Bounds are for large plans: where the file is small, the start of Python is most of what a whole review takes, so what is
compared here is what a plan of 10,000 rows takes beyond one of 100.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.changes import list_changes
from bot.plan import decode_plan
from bot.record import decode_record
from tests.benchmarks.bounds import Bound, bound_merging
from tests.benchmarks.measure import PLAN_REVIEW, ROOT, Cost, measure, measure_start, run_once
from tests.benchmarks.page import make_page, make_plot, make_text
from tests.benchmarks.plans import plan_parts, write_plan
from tests.benchmarks.records import SHARES, Merged, merge, write_records
from tests.support.plans import plan

NOISE = 3  # times the bound


@pytest.mark.parametrize("blocks", [False, True], ids=["for_each", "a block for each"])
@pytest.mark.parametrize(("percent", "changes"), [(0, 0), (1, 10), (10, 100), (100, 1000)])
def test_a_generated_plan_is_one_and_changes_as_much_as_it_should(percent: int, changes: int, blocks: bool) -> None:
    plan = decode_plan(b"".join(plan_parts(1000, percent, blocks=blocks)))
    rows = plan.resource_changes or ()
    kinds = Counter(row.change.actions for row in rows)
    assert len({row.address for row in rows}) == 1000
    assert 1000 - kinds[("no-op",)] == changes
    if percent == 100:
        assert kinds == {("update",): 450, ("create",): 350, ("delete",): 100, ("delete", "create"): 100}
        assert len({row.type for row in rows}) == 12


def test_each_row_of_a_generated_plan_has_a_block() -> None:
    for blocks in (False, True):
        plan = decode_plan(b"".join(plan_parts(1000, 100, blocks=blocks)))
        assert all(change.references is not None for change in list_changes(plan).changes)


def test_no_ratio_is_three_times_its_bound(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    write_plan(file, 100, 1)
    base = measure("100", file, 100, 1, 3)
    write_plan(file, 10_000, 1)
    few = measure("10,000", file, 10_000, 100, 3)
    write_plan(file, 10_000, 100)
    every = measure("10,000, all", file, 10_000, 10_000, 1)
    scan = few.scan.inner - base.scan.inner
    bounds = [
        Bound(what="decoding to scan", found=few.decode_to_scan, bound=1.5),
        Bound(what="memory", found=few.above_file, bound=150),
        Bound(what="review to scan", found=(few.review.seconds - base.review.seconds) / scan, bound=3),
        Bound(what="review to json.load", found=every.review_to_load, bound=3),
        Bound(what="start", found=measure_start(9), bound=2.5),
    ]
    assert [(one.what, one.found) for one in bounds if one.misses > NOISE] == []
    assert "![" in make_page([base, few, every], bounds)
    assert make_plot([base, few, every]).startswith("<svg")


def test_four_times_the_records_take_nowhere_near_four_times_the_memory(tmp_path: Path) -> None:
    for number in (10, 40):
        write_records(tmp_path / str(number), number, rows=1000, shares=(20,))
    few, many = (merge(tmp_path / str(number), "markdown") for number in (10, 40))
    assert many.peak < 1.7 * few.peak  # 1.3; with all of their values in memory it is 2.2


def test_what_stage_got_takes_no_memory_for_its_values(tmp_path: Path) -> None:
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod" / "plan.json").write_bytes(plan())
    for number in (10, 40):
        write_records(tmp_path / str(number), number, rows=1000, shares=(20,), environment="stage")
    few, many = (
        merge(tmp_path / "prod", "markdown", "--promoted-from", str(tmp_path / str(number))) for number in (10, 40)
    )
    assert many.peak < 1.3 * few.peak  # 1.0; with all of their values in memory it is 2.2


@pytest.mark.parametrize("glue", [b"\n", b""])
def test_of_many_plans_in_one_file_one_is_looked_at_at_a_time(glue: bytes, tmp_path: Path) -> None:
    """The file itself is in memory, and what is said about all of them."""
    one = b"".join(plan_parts(1000, 20)).strip()
    few, many = tmp_path / "few.json", tmp_path / "many.json"
    few.write_bytes(glue.join([one] * 4))
    many.write_bytes(glue.join([one] * 16))
    command = (*PLAN_REVIEW, "review", "--format", "markdown", "-o", str(tmp_path / "report"))
    grown = run_once((*command, str(many))).peak - run_once((*command, str(few))).peak
    assert grown < 1.8 * 12 * len(one)  # 1.4; with all of them cut out, and their values, it is 3 and 4


def test_records_of_a_matrix_differ_and_say_how_much_changes(tmp_path: Path) -> None:
    assert write_records(tmp_path, 20, rows=100) == 160
    records = [decode_record(file.read_bytes()).stack for file in sorted(tmp_path.iterdir())]
    assert [len(stack.plan.changes) for stack in records] == list(SHARES)
    addresses = [change.address for stack in records for change in stack.plan.changes]
    assert len(set(addresses)) == len(addresses) == 160


def test_the_page_has_a_row_for_each_number_of_records() -> None:
    merged = [
        Merged(records=n, rows=2000 * n, changes=160 * n, size=n * 10**6, markdown=cost, json=cost)
        for n, cost in ((20, Cost(3.14, 0, 100_000_000)), (200, Cost(25.0, 0, 210_000_000)))
    ]
    assert make_text([], [], merged).splitlines()[3:7] == [
        "| records | rows | changing | MB | review, seconds | peak MB | as JSON, seconds | peak MB |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
        "| 20 | 40,000 | 3,200 | 20 | 3.1 | 100 | 3.1 | 100 |",
        "| 200 | 400,000 | 32,000 | 200 | 25.0 | 210 | 25.0 | 210 |",
    ]
    bound = bound_merging(*merged)
    assert (round(bound.found, 2), bound.holds) == (0.61, True)


def _loaded(code: str, *arguments: str) -> set[str]:
    """Modules in memory after the command, in a fresh process."""
    script = f"import sys\nfrom bot.cli import main\n{code}\nprint(*sys.modules, file=sys.stderr)"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, check=True, env=environment, cwd=ROOT
    )
    return set(done.stderr.decode().splitlines()[-1].split())


def test_a_review_of_a_small_plan_loads_no_library_it_does_not_need(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    write_plan(file, 24, 50)
    loaded = _loaded("main()", "review", str(file), "--format", "markdown")
    assert "jinja2" in loaded
    unneeded = {"github", "deepdiff", "nacl", "cryptography", "jwt", "requests", "urllib3", "http.client", "ssl"}
    assert unneeded & loaded == set()


def test_a_record_loads_nothing_that_renders(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    write_plan(file, 24, 50)
    loaded = _loaded("main()", "record", str(file))
    assert "bot.changes" in loaded
    assert {"jinja2", "tabulate", "requests", "github", "bot.render", "bot.sandbox"} & loaded == set()


def test_a_comparison_loads_deepdiff(tmp_path: Path) -> None:
    file, earlier = tmp_path / "plan.json", tmp_path / "earlier.json"
    write_plan(file, 24, 50)
    earlier.write_bytes(
        file.read_bytes().replace(b'visibility_timeout_seconds":120', b'visibility_timeout_seconds":90')
    )
    assert "deepdiff" in _loaded("main()", "review", str(file), "--since", str(earlier), "--format", "markdown")


def test_the_version_needs_nothing_at_all() -> None:
    assert {"argparse", "msgspec", "jinja2", "yaml", "traceback"} & _loaded("main()", "--version") == set()
