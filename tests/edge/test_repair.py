"""A run that dies, and runs that race: the next run, or the later one, leaves one comment and the right status."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
import requests

from bot.edge.hub import Hub
from bot.edge.login import connect
from bot.edge.publish import Outcome, announce, publish
from bot.edge.reading import Wanted, fetch
from bot.edge.runs import Mode, Target
from bot.publication import StatusWord
from tests.edge.test_hub import PACE, bodies, body, publication, words
from tests.support.loopback_github import BOT_LOGIN, HEAD, State, loopback_github

MODES: list[Mode] = ["update", "hide-and-new", "delete-and-new"]
NEW_MODES = MODES[1:]


class Died(BaseException):
    """The process is gone: nothing handles this."""


@pytest.fixture
def place() -> Iterator[tuple[State, str]]:
    with loopback_github() as (state, address):
        yield state, address


def connected(address: str) -> Hub:
    return connect("-".join(["no", "token"]), address, "o/r", lambda _: None, PACE)


def target(run: int, mode: Mode, attempt: int = 1) -> Target:
    link = f"https://github.com/o/r/actions/runs/{run}/attempts/{attempt}"
    return Target(number=7, head=HEAD, link=link, mode=mode)


def whole_run(hub: Hub, run: int, mode: Mode, word: StatusWord, attempt: int = 1) -> Outcome:
    """Announced, read, published."""
    where = target(run, mode, attempt)
    announce(hub, where, "plan-review/stage")
    seen = fetch(hub, 7, "stage", BOT_LOGIN, Wanted())
    return publish(hub, publication(body("text", run, attempt), word), where, seen)


def visible(state: State) -> list[str]:
    return [row["body"] for row in state.comments if row["node_id"] not in state.hidden]


@contextmanager
def dying_after(number: int) -> Iterator[None]:
    """GitHub has dealt with request ``number``; its answer reaches nobody."""
    true_send, sent = requests.Session.send, list[str]()

    def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = true_send(session, request, **options)
        sent.append(str(request.url))
        if len(sent) == number:
            raise Died
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", send)
        yield


def die(address: str, number: int, mode: Mode, word: StatusWord) -> None:
    with dying_after(number), pytest.raises(Died):
        whole_run(connected(address), 5, mode, word)


@pytest.mark.parametrize(("first", "then"), [("success", "failure"), ("failure", "success")])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("number", range(1, 7))
def test_the_next_run_repairs(
    place: tuple[State, str], number: int, mode: Mode, first: StatusWord, then: StatusWord
) -> None:
    state, address = place
    die(address, number, mode, first)
    assert len(state.log) == number
    assert whole_run(connected(address), 6, mode, then).ending == "published"
    assert visible(state) == [body("text", 6)]
    assert words(state)[-1] == then


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("number", range(1, 6))
def test_the_next_run_repairs_an_update(place: tuple[State, str], number: int, mode: Mode) -> None:
    state, address = place
    state.add_comment(BOT_LOGIN, body("old", 4))
    die(address, number, mode, "failure")
    assert whole_run(connected(address), 6, mode, "success").ending == "published"
    assert visible(state) == [body("text", 6)]
    assert words(state)[-1] == "success"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("number", range(1, 7))
def test_the_same_run_again_repairs(place: tuple[State, str], number: int, mode: Mode) -> None:
    state, address = place
    die(address, number, mode, "success")
    assert whole_run(connected(address), 5, mode, "success", attempt=2).ending == "published"
    assert visible(state) == [body("text", 5, attempt=2)]
    assert words(state)[-1] == "success"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("number", range(1, 6))
def test_a_dead_run_leaves_no_success(place: tuple[State, str], number: int, mode: Mode) -> None:
    """On a commit that an earlier run passed: its verdict is out of force until the new one is there."""
    state, address = place
    state.add_status("https://github.com/o/r/actions/runs/4/attempts/1", state="success")
    die(address, number, mode, "success")
    assert words(state)[-1] == "pending"


@pytest.mark.parametrize("before", [False, True], ids=["first", "another"])
@pytest.mark.parametrize("mode", NEW_MODES)
@pytest.mark.parametrize(("rival", "ending"), [(4, "published"), (6, "superseded")])
def test_two_new_comments_at_once_leave_the_later(
    place: tuple[State, str], rival: int, ending: str, mode: Mode, before: bool
) -> None:
    """The other run's comment arrives between our listing and our writing; ours then is the newer one."""
    state, address = place
    if before:
        state.add_comment(BOT_LOGIN, body("old", 3))
    announce(connected(address), target(rival, mode), "plan-review/stage")
    state.rival = (BOT_LOGIN, body("text", rival))
    assert whole_run(connected(address), 5, mode, "success").ending == ending
    assert visible(state) == [body("text", max(5, rival))]
    assert (mode == "hide-and-new") == (len(bodies(state)) > 1)
    assert words(state) == ["pending", "pending", "success" if ending == "published" else "pending"]
    assert state.statuses[-1]["target_url"] == target(max(5, rival), mode).link


@pytest.mark.parametrize("before", [False, True], ids=["first", "another"])
@pytest.mark.parametrize("runs", [2, 8])
@pytest.mark.parametrize("mode", NEW_MODES)
def test_runs_that_race_leave_the_latest(place: tuple[State, str], mode: Mode, runs: int, before: bool) -> None:
    state, address = place
    if before:
        state.add_comment(BOT_LOGIN, body("old", 0))
    together = Barrier(runs)

    def one(number: int) -> None:
        hub, where = connected(address), target(number, mode)
        announce(hub, where, "plan-review/stage")
        seen = fetch(hub, 7, "stage", BOT_LOGIN, Wanted())
        together.wait(30)
        publish(hub, publication(body("text", number)), where, seen)

    with ThreadPoolExecutor(runs) as pool:
        list(pool.map(one, range(1, runs + 1)))
    assert visible(state) == [body("text", runs)]
