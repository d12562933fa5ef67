"""Looking for a few letters first must never make a shape be missed."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import BadConfig
from bot.secret_scan import _ASSIGNED, _ASSIGNMENT, _OPTION, _SHAPES, build_secret_scan

ASCII = st.characters(max_codepoint=127)


@pytest.mark.parametrize("pattern", sorted({row[1] for row in _SHAPES}, key=repr), ids=lambda value: str(value)[:40])
def test_a_text_that_fits_holds_a_needle_and_fits_among_others(pattern: re.Pattern[str]) -> None:
    needles = [needle for needle, other in _SHAPES if other is pattern]

    @settings(max_examples=5, database=None, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.from_regex(pattern, alphabet=ASCII))
    def holds(text: str) -> None:
        assert any(needle in text.lower() for needle in needles)
        assert pattern.search("\n".join(["key=", text, "after"]))

    holds()


@settings(max_examples=20, database=None, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.from_regex(_ASSIGNMENT, alphabet=ASCII) | st.from_regex(_OPTION, alphabet=ASCII))
def test_an_assignment_holds_one_of_the_words(text: str) -> None:
    assert any(word in text.lower() for word in _ASSIGNED)


def test_the_pieces_of_the_library_are_known() -> None:
    """A new shape of the library is looked for in every text until its needle is known: right, and slow."""
    assert [pattern.pattern for needle, pattern in _SHAPES if not needle] == []
    assert len({pattern for _, pattern in _SHAPES}) == 41


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "(" * 5_000 + ")" * 5_000])
def test_a_pattern_that_cannot_be_made_says_so(pattern: str) -> None:
    with pytest.raises(BadConfig, match="is no regular expression"):
        build_secret_scan((), [pattern], ())
