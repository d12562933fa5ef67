"""Texts line by line: right for any two texts, and never slow."""

import random
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text_lines import GAP, diff_lines, match_lines

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "}", "x = 1"]), max_size=30)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_difference(before: list[str], after: list[str]) -> None:
    lines = list(diff_lines([*before, "end"], [*after, "END"], context=1_000))
    assert [text for sign, text in lines if sign != "+"] == [*before, "end"]
    assert [text for sign, text in lines if sign != "-"] == [*after, "END"]


@given(TEXTS, TEXTS)
def test_lines_that_stay_keep_their_order(before: list[str], after: list[str]) -> None:
    pairs = match_lines(before, after)
    assert all(before[i] == after[j] for i, j in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


def test_context_and_what_is_skipped() -> None:
    before = [f"line {i}" for i in range(5_000)]
    after = [*before[:2_500], "new", *before[2_501:]]
    assert list(diff_lines(before, after)) == [
        (GAP, "… 2,498 lines …"),
        (" ", "line 2498"),
        (" ", "line 2499"),
        ("-", "line 2500"),
        ("+", "new"),
        (" ", "line 2501"),
        (" ", "line 2502"),
        (GAP, "… 2,497 lines …"),
    ]


def test_a_change_near_the_end_is_not_cut_off() -> None:
    before = ["same"] * 5_000
    assert list(diff_lines(before, [*before, "end"]))[-1] == ("+", "end")


def shuffled(lines: list[str]) -> list[str]:
    return random.Random(1).sample(lines, len(lines))


SLOW: dict[str, Callable[[int], tuple[list[str], list[str]]]] = {
    "shuffled": lambda n: ([f"{i}" for i in range(n)], shuffled([f"{i}" for i in range(n)])),
    "few kinds": lambda n: (shuffled([f"{i % 7}" for i in range(n)]), shuffled([f"{i % 7}" for i in range(1, n)])),
    "reversed": lambda n: ([f"{i}" for i in range(n)], [f"{i}" for i in range(n)][::-1]),
    "every second": lambda n: ([f"{i}" for i in range(n)], [f"{i if i % 2 else -i}" for i in range(n)]),
    "nested": lambda n: ([f"{i // 2}" for i in range(n)], [f"{i // 2}" for i in range(1, n)]),
}


@pytest.mark.parametrize("name", SLOW)
def test_time_grows_with_the_length(name: str) -> None:
    def seconds(number: int) -> float:
        before, after = SLOW[name](number)
        start = time.perf_counter()
        list(diff_lines(before, after))
        return time.perf_counter() - start

    seconds(100)
    assert seconds(50_000) < 40 * max(seconds(5_000), 0.02)
