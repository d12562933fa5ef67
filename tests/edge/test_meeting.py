"""An earlier run that stands still, at each of its requests, until a later one has ended: the later one's text stays.

The later one does not wait for the earlier; where it pauses on its own, the earlier goes on meanwhile.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from msgspec import Struct, field

from bot.edge.hub import Hub
from bot.edge.login import connect
from bot.edge.publish import Outcome, announce, publish
from bot.edge.reading import Wanted, fetch
from bot.edge.runs import Target
from bot.publication import StatusWord
from tests.edge.test_hub import PACE, bodies, body, publication
from tests.support.loopback_github import BOT_LOGIN, HEAD, Fault, State, loopback_github

EARLIER, LATER = 5, 6
MOST = 20  # requests of one run: more than it makes
WORDS: list[StatusWord] = ["success", "failure"]


class Meeting(Struct):
    """Who waits for whom, and what came of it: where the earlier stood still ("": it ended before), what it said."""

    paused: threading.Event = field(default_factory=threading.Event)  # the later run pauses, or has ended
    ended: threading.Event = field(default_factory=threading.Event)  # the earlier one has, or pauses
    over: threading.Event = field(default_factory=threading.Event)  # the later one has ended
    pauses: int = 0
    request: str = ""
    told: tuple[str, ...] = ()

    def sleep_of_the_earlier(self, _: float) -> None:
        """Time for the later one to end, if it has begun."""
        self.ended.set()
        if self.paused.is_set():
            assert self.over.wait(30)

    def sleep_of_the_later(self, _: float) -> None:
        self.pauses += 1
        self.paused.set()
        assert self.ended.wait(30)


def connected(address: str, sleep: Any = lambda _: None) -> Hub:
    return connect("-".join(["no", "token"]), address, "o/r", sleep, PACE)


def target(run: int) -> Target:
    return Target(number=7, head=HEAD, link=f"https://github.com/o/r/actions/runs/{run}/attempts/1")


def whole_run(hub: Hub, run: int, word: StatusWord, *, announced: bool) -> Outcome:
    if announced:
        announce(hub, target(run), "plan-review/stage")
    seen = fetch(hub, 7, "stage", BOT_LOGIN, Wanted())
    return publish(hub, publication(body("text", run), word), target(run), seen)


@contextmanager
def standing_still_before(number: int, other: threading.Thread, meeting: Meeting) -> Iterator[list[str]]:
    """This thread's request ``number`` leaves once ``other`` pauses or has ended.  Yields this thread's requests."""
    true_send, sent, mine = requests.Session.send, list[str](), threading.get_ident()

    def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if threading.get_ident() == mine:
            sent.append(f"{request.method} {request.url}")
            if len(sent) == number:
                other.start()
                assert meeting.paused.wait(30)
        return true_send(session, request, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", send)
        yield sent


def meet(
    state: State, address: str, number: int, words: tuple[StatusWord, StatusWord], *, announced: bool = True
) -> Meeting:
    meeting = Meeting()
    state.comments.clear()
    state.statuses.clear()
    state.between_statuses = 600 if words[0] == "success" else 1  # who is pending is so for long, while others plan
    state.add_comment(BOT_LOGIN, body("old", 4))

    def later() -> None:
        whole_run(connected(address, meeting.sleep_of_the_later), LATER, words[1], announced=True)
        meeting.paused.set()
        meeting.over.set()

    other = threading.Thread(target=later)
    with standing_still_before(number, other, meeting) as sent:
        earlier = connected(address, meeting.sleep_of_the_earlier)
        meeting.told = whole_run(earlier, EARLIER, words[0], announced=announced).warnings
    meeting.ended.set()
    if len(sent) >= number:
        meeting.request = sent[number - 1].split(" ")[0]
        other.join(30)
    return meeting


@pytest.mark.parametrize("later", WORDS)
@pytest.mark.parametrize("earlier", WORDS)
def test_an_earlier_run_that_stands_still_leaves_the_later_text(earlier: StatusWord, later: StatusWord) -> None:
    with loopback_github() as (state, address):
        for number in range(1, MOST):
            meeting = meet(state, address, number, (earlier, later))
            if not meeting.request:
                break
            where = f"the earlier one stands still before its request {number}"
            assert bodies(state) == [body("text", LATER)], where
            newest = state.statuses[-1]
            assert (newest["state"], newest["target_url"]) == (later, target(LATER).link), where
            assert (meeting.pauses <= 2, meeting.told) == (True, ()), where
        else:
            pytest.fail("the run makes more requests than are tried")
        assert number > 6


@pytest.mark.parametrize("later", WORDS)
def test_one_that_nobody_knows_of_says_where_its_text_stays(later: StatusWord) -> None:
    """It has set no status yet.  Between its last reading and its write nothing can tell it, or the later one."""
    stays = "The status is the verdict of the later run 6, the comment still shows this run's. Run that job again."
    with loopback_github() as (state, address):
        for number in range(1, MOST):
            meeting = meet(state, address, number, ("success", later), announced=False)
            if not meeting.request:
                break
            gap = meeting.request == "PATCH"
            where = f"the earlier one stands still before its request {number}"
            assert bodies(state) == [body("text", EARLIER if gap else LATER)], where
            assert meeting.told == ((stays,) if gap else ()), where
            newest = state.statuses[-1]
            assert (newest["state"], newest["target_url"]) == (later, target(LATER).link), where
        else:
            pytest.fail("the run makes more requests than are tried")
        assert number > 5


def test_after_each_text_that_was_put_right_it_waits_again() -> None:
    """Two earlier ones, the second of which read what the first had written."""
    texts = [body("text", 4), body("text", EARLIER)]
    with loopback_github() as (state, address):
        for run in (4, EARLIER):
            announce(connected(address), target(run), "plan-review/stage")
        state.add_comment(BOT_LOGIN, body("old", 3))

        def sleep(_: float) -> None:
            if texts:
                state.comments[0]["body"] = texts.pop(0)

        outcome = whole_run(connected(address, sleep), LATER, "success", announced=True)
        assert (outcome.ending, outcome.warnings, texts) == ("published", (), [])
        assert bodies(state) == [body("text", LATER)]


def test_an_earlier_run_does_not_wait_for_a_later_one_that_plans() -> None:
    waits: list[float] = []
    with loopback_github() as (state, address):
        announce(connected(address), target(LATER), "plan-review/stage")
        outcome = whole_run(connected(address, waits.append), EARLIER, "success", announced=False)
        assert (outcome.ending, outcome.warnings, waits) == ("published", (), [])
        assert bodies(state) == [body("text", EARLIER)]
        assert (state.statuses[-1]["state"], state.statuses[-1]["target_url"]) == ("pending", target(LATER).link)


def test_what_was_written_while_it_judged_stays() -> None:
    with loopback_github() as (state, address):
        state.add_comment(BOT_LOGIN, body("old", 4))
        hub = connected(address)
        seen = fetch(hub, 7, "stage", BOT_LOGIN, Wanted())
        whole_run(connected(address), LATER, "failure", announced=False)
        outcome = publish(hub, publication(body("text", EARLIER)), target(EARLIER), seen)
        assert (outcome.ending, bodies(state)) == ("superseded", [body("text", LATER)])
        assert [line[:5] for line in state.log].count("PATCH") == 1


@pytest.mark.foreign_answers
@pytest.mark.parametrize("status", [429, 502])
@pytest.mark.parametrize("later", WORDS)
def test_an_edit_that_has_to_wait_looks_before_it_is_sent_again(status: int, later: StatusWord) -> None:
    """A limit lasts a minute: the later run begins and ends meanwhile."""
    with loopback_github() as (state, address):
        state.add_comment(BOT_LOGIN, body("old", 4))
        state.faults.append(Fault("PATCH", "comments", status))

        def sleep(_: float) -> None:
            if bodies(state) == [body("old", 4)]:
                whole_run(connected(address), LATER, later, announced=False)

        outcome = whole_run(connected(address, sleep), EARLIER, "success", announced=False)
        assert (outcome.ending, outcome.warnings) == ("superseded", ())
        assert bodies(state) == [body("text", LATER)]
        assert (state.statuses[-1]["state"], state.statuses[-1]["target_url"]) == (later, target(LATER).link)
