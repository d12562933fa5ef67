"""Who we are: a GitHub App with a key made here, a personal token, and an Enterprise Server."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.edge.hub import Hub, Pace
from bot.edge.login import App, connect, connect_app, read_author
from bot.edge.publish import publish
from bot.edge.reading import Wanted, fetch
from bot.edge.runs import Target
from bot.errors import CannotReach
from tests.edge.test_hub import GET_COMMENTS, GET_PULL, PACE, POST_COMMENT, POST_STATUS, bodies, body, publication
from tests.support.app_door import AppDoor, a_key, pem
from tests.support.loopback_github import BOT_LOGIN, HEAD, Fault, State, loopback_github

GET_APP, GET_INSTALLATION = "GET /app", "GET /repos/o/r/installation"
POST_TOKEN = "POST /app/installations/34/access_tokens"
KEY = a_key()


@pytest.fixture
def place() -> Iterator[tuple[State, str]]:
    with loopback_github() as (state, address):
        yield state, address


def ask_nothing(_: float) -> None:
    return


def as_app(address: str, key: str, *, number: int = 12, installation: int | None = None) -> tuple[Hub, str]:
    app = App(id=number, private_key=key, installation=installation)
    return connect_app(app, address, "o/r", ask_nothing, PACE)


def publish_as(hub: Hub, author: str) -> str:
    seen = fetch(hub, 7, "stage", author, Wanted())
    return publish(hub, publication(body("new")), Target(number=7, head=HEAD, author=author), seen).ending


def test_an_app_signs_for_its_token_and_works_with_that(place: tuple[State, str]) -> None:
    state, address = place
    state.door = AppDoor(KEY)
    hub, author = as_app(address, pem(KEY))
    assert author == "our-reviewer[bot]"
    assert state.log == [GET_APP, GET_INSTALLATION]
    assert publish_as(hub, author) == "published"
    assert state.log[2:] == [POST_TOKEN, GET_PULL, GET_COMMENTS, POST_COMMENT, GET_COMMENTS, POST_STATUS]
    assert bodies(state) == [body("new")]


def test_a_known_installation_is_not_looked_up(place: tuple[State, str]) -> None:
    state, address = place
    state.door = AppDoor(KEY)
    as_app(address, pem(KEY), installation=34)
    assert state.log == [GET_APP]


def test_an_expired_token_is_replaced(place: tuple[State, str]) -> None:
    state, address = place
    state.door = door = AppDoor(KEY, expires="2020-01-01T00:00:00Z")
    hub, author = as_app(address, pem(KEY))
    fetch(hub, 7, "stage", author, Wanted())
    assert len(door.given) > 1
    assert state.log[-2:] == [POST_TOKEN, GET_COMMENTS]


@pytest.mark.parametrize("key", ["", "no key", pem(KEY)[:400], pem(KEY).replace("RSA", "EC")], ids=range(4))
def test_a_key_that_cannot_be_read(place: tuple[State, str], key: str) -> None:
    state, address = place
    with pytest.raises(CannotReach) as caught:
        as_app(address, key)
    assert caught.value.message == "The private key of the GitHub App cannot be used."
    assert caught.value.advice == "Pass the whole PEM file that GitHub made for the App."
    assert (caught.value.__suppress_context__, state.log) == (True, [])


@pytest.mark.parametrize(("key", "number"), [(a_key(), 12), (KEY, 13)], ids=["key", "App"])
def test_the_key_of_another_app(place: tuple[State, str], key: RSAPrivateKey, number: int) -> None:
    state, address = place
    state.door = AppDoor(KEY)
    with pytest.raises(CannotReach) as caught:
        as_app(address, pem(key), number=number)
    assert caught.value.message == "Could not read the App: GitHub answered 401."
    assert "the App's private key is wrong" in caught.value.advice
    assert state.log == [GET_APP]


def test_an_app_that_is_not_installed(place: tuple[State, str]) -> None:
    state, address = place
    state.door = AppDoor(KEY, installed=False)
    with pytest.raises(CannotReach) as caught:
        as_app(address, pem(KEY))
    assert caught.value.message == "Could not find the App's installation: GitHub answered 404."
    assert caught.value.advice == "Install the GitHub App on this repository."


def test_a_wrong_installation_writes_nothing(place: tuple[State, str]) -> None:
    state, address = place
    state.door = AppDoor(KEY)
    hub, author = as_app(address, pem(KEY), installation=35)
    with pytest.raises(CannotReach, match="Could not read pull request 7: GitHub answered 404"):
        publish_as(hub, author)
    assert (state.comments, state.statuses) == ([], [])


@pytest.mark.foreign_answers
@pytest.mark.parametrize(
    ("path", "status"),
    [("^/app$", 502), ("^/app$", 302), ("^/app$", 0), ("installation$", 302), ("access_tokens", 502), ("tokens", 0)],
)
def test_trouble_at_the_door_passes(place: tuple[State, str], path: str, status: int) -> None:
    state, address = place
    state.door = AppDoor(KEY)
    state.faults += [Fault("GET", path, status), Fault("POST", path, status)]
    assert publish_as(*as_app(address, pem(KEY))) == "published"
    assert bodies(state) == [body("new")]


@pytest.mark.foreign_answers
def test_a_redirect_instead_of_a_token_opens_nothing(place: tuple[State, str]) -> None:
    state, address = place
    state.door = AppDoor(KEY)
    state.faults.append(Fault("POST", "access_tokens", 307))
    with pytest.raises(CannotReach, match="answered 401"):
        publish_as(*as_app(address, pem(KEY)))
    assert (state.comments, state.statuses) == ([], [])


def test_who_a_personal_token_is(place: tuple[State, str]) -> None:
    state, address = place
    hub = connect("-".join(["no", "token"]), address, "o/r", ask_nothing, PACE)
    state.user = "ann"
    assert read_author(hub) == "ann"
    assert state.log == ["GET /user"]


def test_the_workflows_token_may_not_ask_who_it_is(place: tuple[State, str]) -> None:
    _, address = place
    hub = connect("-".join(["no", "token"]), address, "o/r", ask_nothing, PACE)
    with pytest.raises(CannotReach) as caught:
        read_author(hub)
    assert caught.value.message == "Could not read who we are: GitHub answered 403."


@pytest.mark.parametrize("end", ["", "/"])
def test_an_enterprise_server_is_asked_below_its_own_paths(place: tuple[State, str], end: str) -> None:
    state, address = place
    state.enterprise = True
    state.add_comment(BOT_LOGIN, body("old", run=4))
    hub = connect("-".join(["no", "token"]), f"{address}/api/v3{end}", "o/r", ask_nothing, PACE)
    state.add_label("allow-deletions", "bea")
    state.permissions["bea"] = "write"
    state.files += [{"filename": f"{number}.tf", "status": "added"} for number in range(120)]
    wanted = Wanted(labels=("allow-deletions",), approvals=True, files=True, base=True)
    seen = fetch(hub, 7, "stage", BOT_LOGIN, wanted)
    target = Target(number=7, head=HEAD, mode="hide-and-new")
    assert publish(hub, publication(body("new")), target, seen).ending == "published"
    assert len(seen.pull_request.files) == 120
    assert state.hidden == ["IC_1001"]
    assert [line for line in state.log if " /api/v3/repos/o/r/" not in line] == ["POST /api/graphql"]


def test_an_app_on_an_enterprise_server(place: tuple[State, str]) -> None:
    state, address = place
    state.enterprise, state.door = True, AppDoor(KEY)
    assert publish_as(*as_app(f"{address}/api/v3", pem(KEY))) == "published"
    assert [line.split(" ")[1] for line in state.log][:3] == [
        "/api/v3/app",
        "/api/v3/repos/o/r/installation",
        "/api/v3/app/installations/34/access_tokens",
    ]


def test_a_server_without_the_path_is_named(place: tuple[State, str]) -> None:
    state, address = place
    state.enterprise = True
    hub = connect("-".join(["no", "token"]), address, "o/r", ask_nothing, Pace(attempts=1, between_requests=None))
    with pytest.raises(CannotReach, match="answered 404"):
        fetch(hub, 7, "stage", BOT_LOGIN, Wanted())
