"""Looking for a few letters first must never make a shape be missed."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.secret_scan import _ASSIGNED, _ASSIGNMENT, _OPTION, _SHAPES

ASCII = st.characters(max_codepoint=127)


@pytest.mark.parametrize(("needle", "pattern"), [row for row in _SHAPES if row[0]], ids=lambda value: str(value)[:30])
def test_a_text_that_fits_holds_the_needle(needle: str, pattern: re.Pattern[str]) -> None:
    @settings(max_examples=5, database=None, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.from_regex(pattern, alphabet=ASCII))
    def holds(text: str) -> None:
        assert needle in text.lower()

    holds()


@settings(max_examples=20, database=None, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.from_regex(_ASSIGNMENT, alphabet=ASCII) | st.from_regex(_OPTION, alphabet=ASCII))
def test_an_assignment_holds_one_of_the_words(text: str) -> None:
    assert any(word in text.lower() for word in _ASSIGNED)


def test_the_pieces_of_the_library_are_known() -> None:
    """A new shape of the library is looked for in every text until its needle is known: right, and slow."""
    assert [pattern.pattern[:11] for needle, pattern in _SHAPES if not needle] == ["(?:A3T[A-Z0"]
    assert len(_SHAPES) == 41
