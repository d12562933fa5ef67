"""All traffic of these tests is held against GitHub's own description of its API."""

from collections.abc import Iterator

import pytest

from tests.support.openapi import description
from tests.support.recording import Exchange, recording


@pytest.fixture(autouse=True)
def exchanges(request: pytest.FixtureRequest) -> Iterator[list[Exchange]]:
    """What went over the wire so far.  With ``@pytest.mark.foreign_answers`` only requests are judged."""
    with recording() as seen:
        yield seen
    answers = request.node.get_closest_marker("foreign_answers") is None
    assert [line for exchange in seen for line in description().judge(exchange, answers=answers)] == []
