"""Redirects, limits and time-outs on every kind of request: no second comment, no stale success, the right words."""

from collections.abc import Iterator

import pytest
from msgspec import structs

from bot.edge.hub import Hub, Pace
from bot.edge.login import connect
from bot.edge.publish import Outcome, give_up, publish
from bot.edge.reading import Wanted, fetch
from bot.edge.runs import Mode, Target
from bot.errors import BotError, CannotReach
from bot.publication import Publication, StatusWord, VoidedLabel
from tests.edge.test_hub import PACE, Setting, bodies, body, publication, words
from tests.support.loopback_github import BOT_LOGIN, HEAD, PULL, Fault, State, loopback_github, person

pytestmark = pytest.mark.foreign_answers  # the answers are wrong on purpose
ELSEWHERE = {"Location": "http://github.invalid/elsewhere"}
EARLIER = "https://github.com/o/r/actions/runs/4/attempts/1"
EVERYTHING = Wanted(labels=("allow-deletions",), approvals=True, files=True, base=True)
MOVED = "GitHub is elsewhere."
LIMITED = "A rate limit is used up; run the job again later."
READS = [
    ("pulls/7$", "read pull request 7"),
    ("issues/7/comments", "list comments"),
    ("events", "read who set the labels"),
    ("permission", "read a permission"),
    ("reviews", "read the reviews"),
    ("files", "read its files"),
    ("compare", "compare with the base"),
]
WRITES: list[tuple[Mode, str, str, str]] = [
    ("update", "PATCH", "comments", "update the comment"),
    ("update", "DELETE", "labels", "take a label off"),
    ("update", "POST", "statuses", "set the status"),
    ("hide-and-new", "POST", "comments", "write the comment"),
    ("hide-and-new", "POST", "graphql", "hide an old comment"),
    ("delete-and-new", "DELETE", "comments", "remove an old comment"),
]


@pytest.fixture
def setting() -> Iterator[Setting]:
    waits: list[float] = []
    with loopback_github() as (state, address):
        prepare(state)
        yield state, connect("-".join(["no", "token"]), address, "o/r", waits.append, PACE), waits


def prepare(state: State) -> None:
    """An earlier run's comment and its success on the same commit; everything that is read is there."""
    state.add_comment(BOT_LOGIN, body("old", run=4))
    state.add_status(EARLIER, state="success")
    state.add_label("allow-deletions", "bea")
    state.permissions["bea"] = "write"
    state.reviews.append({"id": 1, "user": person("bea"), "state": "APPROVED", "commit_id": HEAD})
    state.files.append({"filename": "a.tf", "status": "added"})


def send(hub: Hub, mode: Mode = "update", word: StatusWord = "success", *, labels: bool = False) -> Outcome:
    """A whole run that voids a label, gives up where it cannot read, and shows plan labels if asked."""
    target = Target(number=7, head=HEAD, mode=mode, plan_labels=labels)
    wanted: Publication = publication(body("new"), word)
    voided = (VoidedLabel(name="allow-deletions", reason="New."),)
    wanted = structs.replace(wanted, voided=voided, plan_labels=("plan:delete",))
    try:
        seen = fetch(hub, 7, "stage", BOT_LOGIN, EVERYTHING)
    except CannotReach:
        give_up(hub, target, "plan-review/stage")
        raise
    return publish(hub, wanted, target, seen)


def fails(hub: Hub, mode: Mode = "update") -> BotError:
    with pytest.raises(CannotReach) as caught:
        send(hub, mode)
    return caught.value


@pytest.mark.parametrize("said", ["Moved", ""], ids=["with a message", "empty"])
@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize(("path", "what"), READS)
def test_a_redirect_is_no_empty_answer(setting: Setting, path: str, what: str, status: int, said: str) -> None:
    state, hub, _ = setting
    state.faults.append(Fault("GET", path, status, said, ELSEWHERE, times=9))
    assert fails(hub).message.startswith(f"Could not {what}: GitHub ")
    assert (bodies(state), words(state)) == ([body("old", run=4)], ["success", "error"])


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize(("mode", "verb", "path", "what"), WRITES)
def test_a_redirected_write_is_not_done(
    setting: Setting, mode: Mode, verb: str, path: str, what: str, status: int
) -> None:
    state, hub, _ = setting
    state.faults.append(Fault(verb, path, status, headers=ELSEWHERE, times=4 if path == "graphql" else 1))
    answer = "gave a broken answer" if path == "graphql" else f"answered {status}"
    assert fails(hub, mode).message == f"Could not {what}: GitHub {answer}."
    assert words(state) == ["success", "error"]
    assert bodies(state).count(body("new")) <= 1


@pytest.mark.parametrize("place", ["http://github.invalid/x", "https://127.0.0.1/x"])
@pytest.mark.parametrize(
    ("verb", "path", "what"), [*(("GET", *row) for row in READS), *(row[1:] for row in WRITES[:3])]
)
def test_a_permanent_redirect_elsewhere_says_so(setting: Setting, verb: str, path: str, what: str, place: str) -> None:
    state, hub, waits = setting
    state.faults.append(Fault(verb, path, 301, headers={"Location": place}))
    error = fails(hub)
    assert error.message == f"Could not {what}: {MOVED}"
    assert error.advice == "Check the address of the API (GITHUB_API_URL)."
    assert waits == []
    assert words(state) == ["success", "error"]
    assert len(bodies(state)) == 1


@pytest.mark.parametrize(("verb", "path"), [("GET", PULL), ("POST", f"/repos/o/r/statuses/{HEAD}")])
def test_a_redirect_to_itself_ends(setting: Setting, verb: str, path: str) -> None:
    state, hub, _ = setting
    place = hub.repository.requester.base_url + path
    state.faults.append(Fault(verb, path, 301, headers={"Location": place}))
    assert MOVED in fails(hub).message
    assert words(state) == ["success", "error"]


@pytest.mark.parametrize(("name", "number"), [("o/renamed", 7), ("o/r", 8)])
def test_another_pull_request_than_the_one_asked_for(setting: Setting, name: str, number: int) -> None:
    state, hub, _ = setting
    state.pull["base"]["repo"]["full_name"] = name
    state.pull["number"] = number
    message = "Could not read pull request 7: GitHub gave another one, or the repository has moved."
    assert fails(hub).message == message
    assert words(state) == ["success", "error"]


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_of_plan_labels_is_a_warning(setting: Setting, status: int) -> None:
    state, hub, _ = setting
    state.faults.append(Fault("POST", "labels", status, headers=ELSEWHERE))
    outcome = send(hub, labels=True)
    answer = MOVED if status == 301 else f"GitHub answered {status}."
    assert [line.startswith(f"Could not set the labels: {answer} ") for line in outcome.warnings] == [True]
    assert (bodies(state), words(state)) == ([body("new")], ["success", "success"])


@pytest.mark.parametrize(("mode", "verb", "path", "what"), WRITES)
def test_a_limit_that_does_not_say_how_long_passes(
    setting: Setting, mode: Mode, verb: str, path: str, what: str
) -> None:
    state, hub, waits = setting
    state.faults.append(Fault(verb, path, 429))
    assert send(hub, mode).ending == "published"
    assert waits == [60.0]
    assert bodies(state).count(body("new")) == 1
    assert words(state) == ["success", "success"]


@pytest.mark.parametrize(("mode", "verb", "path", "what"), WRITES)
def test_a_limit_that_stays_says_so(setting: Setting, mode: Mode, verb: str, path: str, what: str) -> None:
    state, hub, waits = setting
    state.faults.append(Fault(verb, path, 429, times=4))
    error = fails(hub, mode)
    assert error.message == f"Could not {what}: GitHub answered 429."
    assert error.advice == LIMITED
    assert set(waits) == {60.0}
    assert words(state) == ["success", "error"]
    assert bodies(state).count(body("new")) <= 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("word", ["success", "failure"])
def test_a_status_that_times_out_is_set_all_the_same(word: StatusWord, after: bool) -> None:
    pace = Pace(timeout=1, first_wait=0, between_requests=None, between_writes=None)
    with loopback_github() as (state, address):
        prepare(state)
        hub = connect("-".join(["no", "token"]), address, "o/r", lambda _: None, pace)
        state.faults.append(Fault("POST", "statuses", delay=1.3, after=after))
        assert send(hub, "update", word).ending == "published"
        assert words(state) == ["success", *[word] * (2 if after else 1)]
        assert bodies(state) == [body("new")]


def test_a_status_that_always_times_out_is_no_success() -> None:
    pace = Pace(timeout=1, attempts=1, first_wait=0, between_requests=None, between_writes=None)
    with loopback_github() as (state, address):
        prepare(state)
        hub = connect("-".join(["no", "token"]), address, "o/r", lambda _: None, pace)
        state.faults.append(Fault("POST", "statuses", delay=1.3))
        assert fails(hub).message == "Could not set the status: GitHub gave no answer."
        assert words(state) == ["success", "error"]


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("RATE_LIMITED", LIMITED),
        ("FORBIDDEN", "The job needs permissions: contents: read, pull-requests: write and statuses: write."),
        ("OTHER", "GitHub refused the request; run the job again, and report it if it stays."),
    ],
)
def test_a_refused_query_is_made_good_by_the_next_run(setting: Setting, kind: str, advice: str) -> None:
    state, hub, waits = setting
    answer = f'{{"data": null, "errors": [{{"type": "{kind}", "message": "No."}}]}}'
    state.faults.append(Fault("POST", "graphql", raw=answer.encode()))
    error = fails(hub, "hide-and-new")
    assert error.message == "Could not hide an old comment: GitHub refused the query."
    assert (error.advice, waits) == (advice, [])
    assert words(state) == ["success", "error"]
    state.hidden.clear()  # refused is not done
    again = Target(number=7, head=HEAD, mode="hide-and-new")
    seen = fetch(hub, 7, "stage", BOT_LOGIN, Wanted())
    publish(hub, publication(body("newest", run=6)), again, seen)
    assert [row["body"] for row in state.comments if row["node_id"] not in state.hidden] == [body("newest", run=6)]
    assert words(state)[-1] == "success"
