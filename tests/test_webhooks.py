"""The loader of event payloads."""

import pytest

from tests.support.webhooks import example


def test_an_example_of_an_event_and_action() -> None:
    payload = example("pull_request", "labeled")
    assert (payload["action"], set(payload) >= {"label", "pull_request", "repository"}) == ("labeled", True)
    payload.clear()
    assert example("pull_request", "labeled")["action"] == "labeled"
    assert "ref" in example("push")


def test_what_has_no_example_says_so() -> None:
    with pytest.raises(LookupError, match="no example of pull_request eaten"):
        example("pull_request", "eaten")
