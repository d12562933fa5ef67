"""With which token, as whom and how patiently GitHub is asked: from the environment of the job."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from bot.edge.hub import Hub, Pace
from bot.edge.login import WORKFLOW_AUTHOR, App, connect, connect_app
from bot.errors import BadUsage, CannotWrite

ADVICE = (
    "Pass the workflow's token as GITHUB_TOKEN, or PLAN_REVIEW_APP_ID and PLAN_REVIEW_APP_PRIVATE_KEY of a GitHub App."
)


class Access(Struct, frozen=True, kw_only=True):
    """A connection, and the login it writes under; "" where only GitHub knows."""

    hub: Hub
    author: str


def connect_by_environment(
    environ: Mapping[str, str], api_url: str, repository: str, sleep: Callable[[float], None]
) -> Access:
    """Raises BadUsage for half an App, CannotWrite without a token, CannotReach."""
    app, key = environ.get("PLAN_REVIEW_APP_ID", ""), environ.get("PLAN_REVIEW_APP_PRIVATE_KEY", "")
    pace = _pace(api_url)
    if app or key:
        if not app.isdecimal() or not key:
            raise BadUsage("A GitHub App needs its number and its private key.", ADVICE)
        hub, author = connect_app(App(id=int(app), private_key=key), api_url, repository, sleep, pace)
        return Access(hub=hub, author=author)
    token = environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN") or ""
    if not token:
        raise CannotWrite("There is no token, so nothing can be published.", ADVICE)
    author = environ.get("PLAN_REVIEW_AUTHOR", "")
    return Access(hub=connect(token, api_url, repository, sleep, pace), author=author or _author(token))


def _author(token: str) -> str:
    """The workflow's own token may not ask who it is; its prefix is GitHub's for tokens of installations."""
    return WORKFLOW_AUTHOR if token.startswith("ghs_") else ""


def _pace(api_url: str) -> Pace:
    """A GitHub on this machine is nobody's to be spared."""
    if api_url.startswith("http://127.0.0.1:"):
        return Pace(between_requests=None, between_writes=None, first_wait=0.05)
    return Pace()
