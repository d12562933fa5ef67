"""Connecting to GitHub, and the login that we then write under."""

from collections.abc import Callable

from github import Auth, Github, GithubIntegration
from msgspec import Struct

from bot.edge.hub import Gone, Hub, Pace
from bot.errors import CannotReach

WORKFLOW_AUTHOR = "github-actions[bot]"


class App(Struct, frozen=True, kw_only=True):
    """A GitHub App.  Without an ``installation`` (id) that of the repository is looked up."""

    id: int
    private_key: str
    installation: int | None = None


def connect(token: str, api_url: str, repository: str, sleep: Callable[[float], None], pace: Pace) -> Hub:
    """A connection to ``owner/name`` with a token; nothing is sent yet.

    ``api_url`` is https://api.github.com or, for an Enterprise Server, https://host/api/v3.
    """
    return _hub(Auth.Token(token), api_url, repository, sleep, pace)


def connect_app(app: App, api_url: str, repository: str, sleep: Callable[[float], None], pace: Pace) -> tuple[Hub, str]:
    """A connection as the installation of a GitHub App, and the login it writes under.  Raises CannotReach.

    Two requests (one with a known installation); a third, for the installation's token, goes before the first use.
    """
    auth = _sign(app)
    integration = GithubIntegration(
        auth=auth,
        base_url=api_url,
        timeout=pace.timeout,
        user_agent="plan-review",
        retry=None,
        seconds_between_requests=pace.between_requests,
        seconds_between_writes=pace.between_writes,
    )
    plain = _hub(auth, api_url, repository, sleep, pace)  # only its retries are used
    owner, _, name = repository.partition("/")
    slug = plain.ask("read the App", lambda: str(integration.get_app().slug))
    try:
        number = app.installation or plain.ask(
            "find the App's installation", lambda: int(integration.get_repo_installation(owner, name).id)
        )
    except Gone as error:
        raise CannotReach(error.message, "Install the GitHub App on this repository.") from None
    return _hub(auth.get_installation_auth(number), api_url, repository, sleep, pace), f"{slug}[bot]"


def _sign(app: App) -> Auth.AppAuth:
    """Sign once to see whether the key can be read: what the libraries below raise for it differs, and may quote it."""
    try:
        auth = Auth.AppAuth(app.id, app.private_key)
        auth.create_jwt()
    except Exception:
        message = "The private key of the GitHub App cannot be used."
        raise CannotReach(message, "Pass the whole PEM file that GitHub made for the App.") from None
    return auth


def read_author(hub: Hub) -> str:
    """The login behind a personal token: one request, which the workflow's own token may not make."""
    return hub.ask(
        "read who we are", lambda: str(hub.repository.requester.requestJsonAndCheck("GET", "/user")[1]["login"])
    )


def _hub(auth: Auth.Auth, api_url: str, repository: str, sleep: Callable[[float], None], pace: Pace) -> Hub:
    client = Github(
        auth=auth,
        base_url=api_url,
        timeout=pace.timeout,
        user_agent="plan-review",
        per_page=100,
        retry=0,
        seconds_between_requests=pace.between_requests,
        seconds_between_writes=pace.between_writes,
        lazy=True,
        api_version="2022-11-28",
    )
    return Hub(client.get_repo(repository), pace, sleep)
