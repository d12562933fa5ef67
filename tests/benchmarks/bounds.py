"""What must hold, as ratios of one run; never as times, which belong to a machine."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from tests.benchmarks.measure import Measured
from tests.benchmarks.records import Merged

START = "start of `plan-review --version` to `python -c pass`"


class Bound(Struct, frozen=True, kw_only=True):
    what: str
    found: float
    bound: float
    least: bool = False  # the bound is the least that must be reached, not the most
    unit: str = "×"

    @property
    def holds(self) -> bool:
        return self.misses <= 1

    @property
    def misses(self) -> float:
        """1 is just at the bound; 3 is three times beyond it."""
        return self.bound / self.found if self.least else self.found / self.bound


def list_bounds(measured: Sequence[Measured], start: float) -> Iterator[Bound]:
    """Those of the largest plan of which 1 % changes, of 10,000 rows that all change, and of the start."""
    few = max((one for one in measured if one.changes * 100 == one.rows), key=lambda one: one.rows)
    name = f"{few.rows:,} rows, 1 % changing: "
    yield Bound(what=name + "decoding and classifying to the bare scan", found=few.decode_to_scan, bound=1.5)
    if few.jq_to_decode is not None:
        what = name + "jq to decoding and classifying"
        yield Bound(what=what, found=few.jq_to_decode, bound=10, least=True)
    what = name + "peak memory beyond the size of the file"
    yield Bound(what=what, found=few.above_file, bound=150, unit=" MB")
    yield Bound(what=name + "whole review to the bare scan", found=few.review_to_scan, bound=3)
    every = max((one for one in measured if one.changes == one.rows <= 10_000), key=lambda one: one.rows)
    what = f"{every.rows:,} rows, all changing: whole review to json.load"
    yield Bound(what=what, found=every.review_to_load, bound=3)
    yield Bound(what=START, found=start, bound=2.5)


def bound_merging(few: Merged, many: Merged) -> Bound:
    """Memory must not grow as what is read does."""
    what = f"{many.records:,} records of {many.rows // many.records:,} rows instead of {few.records:,}: "
    what += "memory that comes on top, to the size of the records that come on top"
    found = (many.markdown.peak - few.markdown.peak) / (many.size - few.size)
    return Bound(what=what, found=found, bound=1)
