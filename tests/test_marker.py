"""The hidden first line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.marker import Marker, read_marker, write_marker


@given(st.text(max_size=50), st.text(max_size=50))
def test_what_is_written_is_read_again(key: str, digest: str) -> None:
    marker = Marker(
        key=key.encode("utf-8", "replace").decode(), digest=digest.encode("utf-8", "replace").decode(), attempt=2
    )
    line = write_marker(marker)
    assert read_marker(line + "\n\nbody") == marker
    assert line.count("-->") == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "text",
        " <!-- plan-review:v1 e30 -->",
        "x\n<!-- plan-review:v1 e30 -->",
        "<!-- plan-review:v1 !!! -->",
        "<!-- plan-review:v1 AAAA -->",
        "<!-- plan-review:v2 e30 -->",
    ],
)
def test_anything_else_is_no_marker(body: str) -> None:
    assert read_marker(body) is None
