"""Our edge against a GitHub that somebody else wrote: the comment, its pages, its rivals, and what that GitHub lacks."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.cli import main
from bot.edge.hub import Gone, Hub, Pace
from bot.edge.login import connect
from bot.edge.publish import announce, publish
from bot.edge.reading import Wanted, fetch
from bot.edge.runs import Target
from bot.edge.statuses import set_status
from bot.edge.writing import edit_comment
from bot.errors import CannotReach
from bot.marker import Marker, write_marker
from bot.publication import Publication, Status, StatusWord
from bot.pull_request import Approval, Label
from bot.state import State as Verdict
from tests.support.emulate import BOT, OTHER_BOT, OWNER, REPOSITORY, STRANGER, Emulated, emulated_github, token
from tests.support.front import front
from tests.support.loopback_github import State
from tests.support.plans import plan, row

pytestmark = pytest.mark.foreign_answers
PACE = Pace(timeout=10, between_requests=None, between_writes=None)


def connected(address: str) -> Hub:
    return connect(token(BOT), address, REPOSITORY, lambda _: None, PACE)


@pytest.fixture
def emulated(tmp_path: Path) -> Iterator[Emulated]:
    with emulated_github(tmp_path) as emulated:
        yield emulated


@pytest.fixture
def whole(emulated: Emulated) -> Iterator[tuple[Emulated, State, str]]:
    with front(emulated) as (address, state):
        yield emulated, state, address


Whole = tuple[Emulated, State, str]


def body(text: str, run: int = 5) -> str:
    return write_marker(Marker(key="stage", run_id=str(run), attempt=1)) + "\n" + text


def target(emulated: Emulated, run: int) -> Target:
    link = f"https://example.com/o/r/actions/runs/{run}/attempts/1"
    return Target(number=emulated.number, head=emulated.head, author=BOT, link=link)


def run(hub: Hub, emulated: Emulated, comment: str, word: StatusWord = "success", run: int = 5) -> str:
    status = Status(context="plan-review/stage", state=word, description="Two changes.")
    publication = Publication(
        comment=comment, summary="", checklist="", status=status, status_line="", state=Verdict.PASS, exit_code=0
    )
    seen = fetch(hub, emulated.number, "stage", BOT, Wanted())
    return publish(hub, publication, target(emulated, run), seen).ending


def bodies(emulated: Emulated) -> list[tuple[str, str]]:
    return [(row["user"]["login"], row["body"]) for row in emulated.comments()]


def words(state: State) -> list[str]:
    return [row["state"] for row in state.statuses]


def test_the_pull_request_is_read(emulated: Emulated) -> None:
    pull = fetch(connected(emulated.address), emulated.number, "stage", BOT, Wanted(base=True)).pull_request
    assert (pull.title, pull.description, pull.author) == ("Change", "Why", OWNER)
    assert (pull.source_branch, pull.target_branch, pull.head) == ("dev/x", "develop", emulated.head)
    assert pull.base_ahead_by == 0


def test_a_first_comment_an_update_and_the_same_again(whole: Whole) -> None:
    emulated, state, address = whole
    hub = connected(address)
    assert run(hub, emulated, body("first"), "failure") == "published"
    assert bodies(emulated) == [(BOT, body("first"))]
    assert run(hub, emulated, body("second", run=6)) == "published"
    assert bodies(emulated) == [(BOT, body("second", run=6))]
    before = emulated.comments()
    assert run(hub, emulated, body("second", run=6)) == "published"
    assert emulated.comments() == before
    assert words(state) == ["failure", "success", "success"]


def test_our_comment_on_the_second_page_and_its_duplicates(whole: Whole) -> None:
    emulated, state, address = whole
    people = [(OWNER, f"remark {number}") for number in range(150)]
    for login, text in people:
        emulated.comment(login, text)
    for text in ("one", "two", "three"):
        emulated.comment(BOT, body(text, run=4))
    assert run(connected(address), emulated, body("new")) == "published"
    assert bodies(emulated) == [*people, (BOT, body("new"))]
    assert words(state) == ["success"]


@pytest.mark.parametrize("author", [STRANGER, OTHER_BOT])
def test_our_marker_from_somebody_else_is_left_alone(whole: Whole, author: str) -> None:
    emulated, state, address = whole
    emulated.comment(author, body("fake", run=99))
    assert run(connected(address), emulated, body("new")) == "published"
    assert bodies(emulated) == [(author, body("fake", run=99)), (BOT, body("new"))]
    assert words(state) == ["success"]


def test_an_older_run_that_arrives_late_writes_nothing(whole: Whole) -> None:
    emulated, state, address = whole
    emulated.comment(BOT, body("newer", run=6))
    announce(connected(address), target(emulated, 6), "plan-review/stage")
    assert run(connected(address), emulated, body("late")) == "superseded"
    assert (bodies(emulated), words(state)) == ([(BOT, body("newer", run=6))], ["pending"])


def test_two_runs_at_once_leave_one_comment_with_the_later_text(whole: Whole) -> None:
    emulated, _, address = whole
    for turn in range(10):
        numbers = (10 * turn + 1, 10 * turn + 2)
        texts = [body(word, run=number) for word, number in zip(("earlier", "later"), numbers, strict=True)]
        for number in numbers:
            announce(connected(address), target(emulated, number), "plan-review/stage")
        with ThreadPoolExecutor(2) as pool:
            jobs = [
                pool.submit(run, connected(address), emulated, text, run=number)
                for text, number in zip(texts, numbers, strict=True)
            ]
        assert jobs[1].result() == "published"
        assert bodies(emulated) == [(BOT, texts[1])], f"turn {turn}: {jobs[0].result()}"
        for comment in emulated.comments():
            emulated.call(BOT, "DELETE", f"/issues/comments/{comment['id']}")


def test_a_label_and_a_review_by_people_who_may_write(whole: Whole) -> None:
    emulated, state, address = whole
    emulated.call(OWNER, "POST", "/labels", {"name": "allow-deletions", "color": "ff0000"})
    emulated.call(OWNER, "POST", f"/issues/{emulated.number}/labels", {"labels": ["allow-deletions"]})
    emulated.call(STRANGER, "POST", f"/pulls/{emulated.number}/reviews", {"event": "APPROVE", "body": "Good."})
    emulated.call(OTHER_BOT, "POST", f"/pulls/{emulated.number}/reviews", {"event": "REQUEST_CHANGES", "body": "No."})
    state.add_label("allow-deletions", OWNER)
    state.permissions |= {OWNER: "admin", STRANGER: "read"}
    wanted = Wanted(labels=("allow-deletions",), approvals=True)
    pull = fetch(connected(address), emulated.number, "stage", BOT, wanted).pull_request
    assert pull.labels == (
        Label(name="allow-deletions", given_by=OWNER, given_at="2026-01-02T03:04:05Z", may_write=True),
    )
    assert pull.approvals == (Approval(person=STRANGER, may_write=False),)


def test_a_github_without_statuses_gets_the_comment_and_we_end_in_error(emulated: Emulated) -> None:
    with pytest.raises(CannotReach, match="Could not set the status: GitHub answered 404"):
        run(connected(emulated.address), emulated, body("new"))
    assert bodies(emulated) == [(BOT, body("new"))]


def test_what_holds_is_not_written_where_the_status_cannot_be_set(emulated: Emulated) -> None:
    with pytest.raises(CannotReach, match="Could not set the status: GitHub answered 404"):
        run(connected(emulated.address), emulated, body("held"), "failure")
    assert bodies(emulated) == []


LACKING: list[tuple[str, Callable[[Hub, Emulated], object]]] = [
    ("status", lambda hub, at: set_status(hub, at.head, Status(context="c", state="success", description="d"), "")),
    ("comment", lambda hub, at: edit_comment(hub, 999_999, "x")),
]


@pytest.mark.parametrize(("what", "call"), LACKING, ids=[what for what, _ in LACKING])
def test_what_is_not_there_is_gone(emulated: Emulated, what: str, call: Callable[[Hub, Emulated], object]) -> None:
    with pytest.raises(Gone, match=what):
        call(connected(emulated.address), emulated)


def test_one_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.emulate._seed", lambda: {"github": 5})
    with pytest.raises(RuntimeError, match=r"emulate (ended|does not answer)"), emulated_github(tmp_path):
        pass


def test_the_command_from_first_comment_to_override(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a workflow's step: held, a label by somebody who may not, one by somebody who may, one more deletion."""
    emulated, state, address = whole
    event = {"repository": {"full_name": REPOSITORY}}
    (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
    bucket, stays = row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}), row("a_b.stays", ["no-op"], {}, {})
    (tmp_path / "one.json").write_bytes(plan(bucket, stays))
    (tmp_path / "two.json").write_bytes(plan(bucket, row("aws_s3_bucket.c", ["delete"], {"bucket": "c"}), stays))
    for name, value in {
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_API_URL": address,
        "GITHUB_TOKEN": token(BOT),
        "PLAN_REVIEW_AUTHOR": BOT,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def review(run: int, file: str) -> int:
        monkeypatch.setenv("GITHUB_RUN_ID", str(run))
        return main(["review", file, "--publish", "--pull-request", str(emulated.number), "-e", "stage"])

    for number in range(120):
        emulated.comment(OWNER, f"remark {number}")
    assert review(1, "one.json") == 10
    emulated.call(OWNER, "POST", "/labels", {"name": "allow-deletions", "color": "ff0000"})
    emulated.call(OWNER, "POST", f"/issues/{emulated.number}/labels", {"labels": ["allow-deletions"]})
    state.permissions |= {OWNER: "admin", STRANGER: "read"}
    state.add_event("labeled", "allow-deletions", STRANGER, "2099-01-01T00:00:00Z")
    assert review(2, "one.json") == 10
    state.add_event("labeled", "allow-deletions", OWNER, "2099-01-01T00:00:01Z")
    assert review(3, "one.json") == 0
    assert review(4, "two.json") == 10
    assert emulated.call(OWNER, "GET", f"/issues/{emulated.number}/labels") == []
    ours = [text for login, text in bodies(emulated) if login == BOT]
    assert len(ours) == 1
    assert "was taken off" in ours[0]
    assert words(state) == ["failure", "failure", "success", "failure"]
