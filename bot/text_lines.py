"""Two texts line by line, in time that grows with their length: patience diff.

Lines that occur once on both sides are anchors; what lies between two anchors is looked at again, a few levels deep.
Source: Bram Cohen's patience diff.
"""

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

Line = tuple[str, str]
GAP = "…"  # the sign of a line of ours, which counts what is skipped
CONTEXT = 2  # unchanged lines around a change
LEVELS = 12
CELLS = 40_000  # a block without anchors is compared in full up to this many pairs of lines
Span = tuple[int, int, int, int]  # from and to before, from and to after


def diff_lines(before: Sequence[str], after: Sequence[str], context: int = CONTEXT) -> Iterator[Line]:
    """What goes ("-"), comes ("+") and stays near it (" "); a line with the sign GAP counts what is skipped."""
    lines = list(_all_lines(before, after))
    near = {at for n, (sign, _) in enumerate(lines) if sign != " " for at in range(n - context, n + context + 1)}
    skipped: list[Line] = []
    for number, line in enumerate(lines):
        if number not in near:
            skipped.append(line)
            continue
        yield from _gap(skipped)
        skipped = []
        yield line
    yield from _gap(skipped)


def _gap(skipped: Sequence[Line]) -> Iterator[Line]:
    """A single line takes no more room than its count."""
    if len(skipped) > 1:
        yield (GAP, f"… {len(skipped):,} lines …")
    else:
        yield from skipped


def _all_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    i = j = 0
    for old, new in (*match_lines(before, after), (len(before), len(after))):
        yield from (("-", line) for line in before[i:old])
        yield from (("+", line) for line in after[j:new])
        if old < len(before):
            yield (" ", before[old])
        i, j = old + 1, new + 1


def match_lines(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Indexes of lines that stay, in order on both sides."""
    matched: list[tuple[int, int]] = []
    open_: list[tuple[Span, int]] = [((0, len(before), 0, len(after)), 0)]
    while open_:
        span, level = open_.pop()
        ends, (a, b, c, d) = _trim(before, after, span)
        matched += ends
        if a == b or c == d:
            continue
        anchors = _anchors(before, after, (a, b, c, d)) if level < LEVELS else []
        if anchors:
            matched += anchors
            edges = [(a - 1, c - 1), *anchors, (b, d)]
            open_ += [((i + 1, k, j + 1, m), level + 1) for (i, j), (k, m) in pairwise(edges)]
        elif (b - a) * (d - c) <= CELLS:
            matched += _full(before[a:b], after[c:d], a, c)
    return sorted(matched)


def _trim(before: Sequence[str], after: Sequence[str], span: Span) -> tuple[list[tuple[int, int]], Span]:
    """Equal lines at both ends, and what is left between them."""
    a, b, c, d = span
    ends = []
    while a < b and c < d and before[a] == after[c]:
        ends.append((a, c))
        a, c = a + 1, c + 1
    while a < b and c < d and before[b - 1] == after[d - 1]:
        b, d = b - 1, d - 1
        ends.append((b, d))
    return ends, (a, b, c, d)


def _anchors(before: Sequence[str], after: Sequence[str], span: Span) -> list[tuple[int, int]]:
    """Lines that are there once on both sides, as many as keep their order: the longest rising row."""
    a, b, c, d = span
    old, new = Counter(before[a:b]), Counter(after[c:d])
    places = {line: j for j, line in enumerate(after[c:d], c) if new[line] == 1}
    pairs = [(i, places[line]) for i, line in enumerate(before[a:b], a) if old[line] == 1 and line in places]
    tops: list[int] = []  # the smallest end of a rising row of each length
    rows: list[int] = []  # its pair
    earlier: list[int] = []
    for number, (_, j) in enumerate(pairs):
        at = bisect_left(tops, j)
        tops[at : at + 1] = [j]
        rows[at : at + 1] = [number]
        earlier.append(rows[at - 1] if at else -1)
    found, number = [], rows[-1] if rows else -1
    while number >= 0:
        found.append(pairs[number])
        number = earlier[number]
    return found[::-1]


def _full(before: Sequence[str], after: Sequence[str], a: int, c: int) -> list[tuple[int, int]]:
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return [(a + block.a + n, c + block.b + n) for block in blocks for n in range(block.size)]
