"""All traffic of these tests is held against GitHub's own description of its API."""

from collections.abc import Iterator

import pytest

from tests.support.openapi import description
from tests.support.recording import Exchange, recording


@pytest.fixture(autouse=True)
def exchanges(request: pytest.FixtureRequest) -> Iterator[list[Exchange]]:
    """What went over the wire so far.  ``@pytest.mark.not_described`` is for traffic that GitHub does not have."""
    with recording() as seen:
        yield seen
    if request.node.get_closest_marker("not_described") is None:
        assert [line for exchange in seen for line in description().judge(exchange)] == []
