"""The results as docs/performance.md, its plot as a picture, and a table for the terminal."""

import math
from collections.abc import Iterable, Iterator, Sequence

from tests.benchmarks.bounds import Bound
from tests.benchmarks.measure import Cost, Measured
from tests.benchmarks.records import Merged

HEAD = """\
# Performance

Made by `make bench`; do not edit. All tools run in turn, each in a fresh process, and medians of CPU time are compared:
so other work on the machine enters little. A ratio says more than a time, and still moves by a tenth or two from run to
run. The plans are generated as Terraform writes them (planned values, prior state, configuration, marks), with twelve types of AWS and
Google, or are plans of other people's projects. The configuration of a generated plan has a block for each type, with
`for_each`; one plan has a block for each row, with its arguments written out, which must be searched for secrets.

The **bare scan** is the least a tool in Python can do: read the file and let msgspec decode, of every row, its address,
type, actions, and both sides undecoded; everything else is skipped. **Syntax only** decodes nothing at all.
**Decoding** is what plan-review does before any rule: secrets hidden, every row told by kind, every change compared.
**Review** is the whole of `plan-review review --format markdown`, its start included.

## What must hold

"""
COST = """
## What a review costs

CPU seconds on the machine that made this page, for orientation; small plans are nothing but the start.

"""
PLOT = """
## Cost follows what changes

CPU seconds of a whole review beyond its start, by the number of rows that change. The line is what it would be if twice
the changes took exactly twice as long. Rows that stay cost what the scan of their bytes costs.

![CPU time of a review by the number of changing rows](performance.svg)
"""
MERGING = """
## Many stacks, one report

Each leg of a matrix writes a record, and one job judges all of them together. Every record here is of 2,000 rows. Of
twenty stacks two change nothing, ten change 1 % of their rows, four 5 %, three 10 %, and one changes all of them.

One record is read at a time. What is found in it stays in memory: deletions, permissions, costs, findings, and a line
for each change. The values of its rows wait in a temporary file without a name, and come back for what is shown, and
one stack at a time for the JSON, which holds everything. So the peak is the largest record, and what is said about all.

"""
WIDTH, HEIGHT, MARGIN = 640, 360, 56
COLOURS = {1: "#0969da", 10: "#8250df", 100: "#cf222e"}


def make_page(measured: Sequence[Measured], bounds: Sequence[Bound], merged: Sequence[Merged] = ()) -> str:
    pieces = [HEAD, *_lines(_bound_rows(bounds)), COST, *_lines(_cost_rows(measured)), PLOT]
    return "".join([*pieces, MERGING, *_lines(_merged_rows(merged))] if merged else pieces)


def make_text(measured: Sequence[Measured], bounds: Sequence[Bound], merged: Sequence[Merged] = ()) -> str:
    return "\n".join((*_cost_rows(measured), "", *_merged_rows(merged), "", *_bound_rows(bounds))) + "\n"


def _lines(rows: Iterable[str]) -> Iterator[str]:
    return (f"{row}\n" for row in rows)


def _bound_rows(bounds: Sequence[Bound]) -> Iterator[str]:
    yield "| | measured | bound | |"
    yield "|---|---:|---:|---|"
    for one in bounds:
        side = "at least" if one.least else "at most"
        told = "holds" if one.holds else "**does not hold**"
        yield f"| {one.what} | {one.found:.2f}{one.unit} | {side} {one.bound:g}{one.unit} | {told} |"


def _cost_rows(measured: Sequence[Measured]) -> Iterator[str]:
    yield "| plan | rows | changing | MB | syntax only | bare scan | decoding | review | json | jq | review's peak MB |"
    yield "|---|" + "---:|" * 10
    for one in measured:
        seconds = [
            _inner(one.skip),
            _inner(one.scan),
            _inner(one.decode),
            f"{one.review.seconds:.2f}",
            _inner(one.load),
        ]
        jq = "–" if one.jq is None else f"{one.jq.seconds:.2f}"
        cells = [one.name, f"{one.rows:,}", f"{one.changes:,}", f"{one.size / 1e6:.1f}", *seconds, jq]
        yield f"| {' | '.join(cells)} | {one.review.peak / 1e6:.0f} |"


def _merged_rows(merged: Sequence[Merged]) -> Iterator[str]:
    yield "| records | rows | changing | MB | review, seconds | peak MB | as JSON, seconds | peak MB |"
    yield "|---:|" + "---:|" * 7
    for one in merged:
        costs = [f"{cost.seconds:.1f} | {cost.peak / 1e6:.0f}" for cost in (one.markdown, one.json)]
        cells = [f"{one.records:,}", f"{one.rows:,}", f"{one.changes:,}", f"{one.size / 1e6:.0f}", *costs]
        yield f"| {' | '.join(cells)} |"


def _inner(cost: Cost) -> str:
    return f"{cost.inner:.3f}"


def make_plot(measured: Sequence[Measured]) -> str:
    """Both axes logarithmic."""
    base = min(one.review.seconds for one in measured)
    points = [(one.changes, one.review.seconds - base, one) for one in measured if one.changes and one.rows >= 1000]
    shown = [point for point in points if point[1] > 0.01]
    most = max(shown)
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_grid(),
        _line(most[0], most[1]),
        *(
            f'<circle cx="{_across(changes):.1f}" cy="{_up(seconds):.1f}" r="4" fill="{COLOURS[one.changes * 100 // one.rows]}">'
            f"<title>{one.name}: {seconds:.2f} s</title></circle>"
            for changes, seconds, one in shown
        ),
        *(
            f'<text x="{MARGIN + 12}" y="{MARGIN + 18 * number}" fill="{colour}">● {share} % of the rows change</text>'
            for number, (share, colour) in enumerate(COLOURS.items())
        ),
        "</svg>",
    ]
    return "\n".join(pieces) + "\n"


def _line(changes: float, seconds: float) -> str:
    """Through the plan with most changes, as if the cost were their number."""
    ends = f"M{_across(changes / 1000):.1f} {_up(seconds / 1000):.1f}L{_across(changes):.1f} {_up(seconds):.1f}"
    return f'<path d="{ends}" stroke="#8c959f" stroke-dasharray="4 4" fill="none"/>'


def _grid() -> Iterator[str]:
    for power in range(6):
        x, y = _across(10**power), _up(10 ** (power - 2))
        bottom = HEIGHT - MARGIN + 20
        yield f'<path d="M{x:.1f} 20V{HEIGHT - MARGIN}M{MARGIN} {y:.1f}H{WIDTH - 20}" stroke="#eaeef2" fill="none"/>'
        yield f'<text x="{x:.1f}" y="{bottom}" text-anchor="middle" fill="#57606a">{10**power:,}</text>'
        yield f'<text x="{MARGIN - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#57606a">{10 ** (power - 2):g} s</text>'
    yield f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle" fill="#57606a">rows that change</text>'


def _across(changes: float) -> float:
    return MARGIN + math.log10(changes) / 5 * (WIDTH - MARGIN - 20)


def _up(seconds: float) -> float:
    return HEIGHT - MARGIN - (math.log10(seconds) + 2) / 5 * (HEIGHT - MARGIN - 20)
