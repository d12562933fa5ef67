"""With which token and as whom, out of the environment of a job."""

import pytest

from bot.edge.access import connect_by_environment
from bot.errors import BadUsage, CannotWrite
from tests.edge.test_login import KEY
from tests.support.app_door import AppDoor, pem
from tests.support.loopback_github import loopback_github

SOME = "-".join(["no", "token"])


def author(environ: dict[str, str], address: str = "http://127.0.0.1:9") -> str:
    return connect_by_environment(environ, address, "o/r", lambda _: None).author


@pytest.mark.parametrize(
    ("environ", "login"),
    [
        ({"GITHUB_TOKEN": f"ghs_{SOME}"}, "github-actions[bot]"),
        ({"GH_TOKEN": f"ghs_{SOME}"}, "github-actions[bot]"),
        ({"GITHUB_TOKEN": f"ghs_{SOME}", "PLAN_REVIEW_AUTHOR": "reviewer[bot]"}, "reviewer[bot]"),
        ({"GITHUB_TOKEN": SOME}, ""),
    ],
    ids=["the workflow", "gh", "an App's token made before", "a person's: GitHub is asked where it matters"],
)
def test_as_whom(environ: dict[str, str], login: str) -> None:
    assert author(environ) == login


def test_as_an_app() -> None:
    with loopback_github() as (state, address):
        state.door = AppDoor(KEY)
        environ = {"PLAN_REVIEW_APP_ID": "12", "PLAN_REVIEW_APP_PRIVATE_KEY": pem(KEY), "GITHUB_TOKEN": SOME}
        assert author(environ, address) == "our-reviewer[bot]"


@pytest.mark.parametrize("environ", [{"PLAN_REVIEW_APP_ID": "12"}, {"PLAN_REVIEW_APP_PRIVATE_KEY": "x"}])
def test_half_an_app(environ: dict[str, str]) -> None:
    with pytest.raises(BadUsage, match="its number and its private key"):
        author({**environ, "GITHUB_TOKEN": SOME})


def test_no_token() -> None:
    with pytest.raises(CannotWrite, match="There is no token"):
        author({})
