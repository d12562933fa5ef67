"""PyGithub itself against a GitHub on this machine: what is sent, how often, and what stands afterwards."""

from collections.abc import Iterator

import pytest

from bot.edge.hub import Hub, Pace
from bot.edge.login import WORKFLOW_AUTHOR, connect
from bot.edge.publish import Ending, announce, give_up, publish
from bot.edge.reading import Seen, Wanted, fetch
from bot.edge.runs import Target
from bot.edge.statuses import set_status
from bot.errors import BotError, CannotReach, TooLong
from bot.marker import Marker, write_marker
from bot.publication import Publication, Status, StatusWord
from bot.pull_request import Approval, File, Label
from bot.state import State as Verdict
from tests.support.loopback_github import BOT_LOGIN, COMMENTS, HEAD, PULL, Fault, State, loopback_github, person

GET_PULL, GET_COMMENTS = f"GET {PULL}", f"GET {COMMENTS}"
POST_COMMENT, POST_STATUS = f"POST {COMMENTS}", f"POST /repos/o/r/statuses/{HEAD}"
PATCH_1001 = "PATCH /repos/o/r/issues/comments/1001"
PACE = Pace(timeout=5, first_wait=1, between_requests=None, between_writes=None)
Setting = tuple[State, Hub, list[float]]


@pytest.fixture
def setting() -> Iterator[Setting]:
    waits: list[float] = []
    with loopback_github() as (state, address):
        yield state, connect("-".join(["no", "token"]), address, "o/r", waits.append, PACE), waits


def body(text: str, run: int = 5, attempt: int = 1, key: str = "stage") -> str:
    return write_marker(Marker(key=key, run_id=str(run), attempt=attempt)) + "\n" + text


def publication(comment: str, word: StatusWord = "success") -> Publication:
    status = Status(context="plan-review/stage", state=word, description="Two changes.")
    return Publication(
        comment=comment, summary="", checklist="", status=status, status_line="", state=Verdict.PASS, exit_code=0
    )


LABELS = Wanted(labels=("allow-deletions",))


def seen_by(hub: Hub, wanted: Wanted = LABELS) -> Seen:
    return fetch(hub, 7, "stage", WORKFLOW_AUTHOR, wanted)


def run(hub: Hub, comment: str, word: StatusWord = "success") -> Ending:
    target = Target(number=7, head=HEAD)
    try:
        seen = seen_by(hub)
    except CannotReach:
        give_up(hub, target, "plan-review/stage")
        raise
    return publish(hub, publication(comment, word), target, seen).ending


def bodies(state: State) -> list[str]:
    return [row["body"] for row in state.comments]


def words(state: State) -> list[str]:
    return [row["state"] for row in state.statuses]


def test_the_first_comment(setting: Setting) -> None:
    state, hub, _ = setting
    assert run(hub, body("new")) == "published"
    assert bodies(state) == [body("new")]
    assert state.log == [GET_PULL, GET_COMMENTS, POST_COMMENT, GET_COMMENTS, POST_STATUS]


def test_an_update_takes_four_requests(setting: Setting) -> None:
    state, hub, _ = setting
    state.add_comment(BOT_LOGIN, body("old", run=4))
    run(hub, body("new"))
    assert bodies(state) == [body("new")]
    assert state.log == [GET_PULL, GET_COMMENTS, PATCH_1001, POST_STATUS]
    assert words(state) == ["success"]


def test_an_override_takes_six(setting: Setting) -> None:
    state, hub, _ = setting
    state.add_comment(BOT_LOGIN, body("old", run=4))
    state.add_label("Allow-Deletions", "bea")
    state.permissions["bea"] = "write"
    run(hub, body("new"))
    assert state.log == [
        GET_PULL,
        "GET /repos/o/r/issues/7/events",
        "GET /repos/o/r/collaborators/bea/permission",
        GET_COMMENTS,
        PATCH_1001,
        POST_STATUS,
    ]


@pytest.mark.parametrize(("rival", "outcome", "left"), [(4, "published", 5), (6, "superseded", 6)])
def test_two_first_comments_at_once_leave_the_later(setting: Setting, rival: int, outcome: str, left: int) -> None:
    state, hub, _ = setting
    state.rival = (BOT_LOGIN, body("first", run=rival))
    state.add_status(f"https://github.com/o/r/actions/runs/{rival}/attempts/1", state="pending")
    assert run(hub, body("first")) == outcome
    assert bodies(state) == [body("first", run=left)]
    assert words(state) == (["pending", "success"] if outcome == "published" else ["pending"])


def test_what_holds_goes_out_before_the_comment(setting: Setting) -> None:
    state, hub, _ = setting
    announce(hub, Target(number=7, head=HEAD), "plan-review/stage")
    run(hub, body("held"), "failure")
    assert state.log == [POST_STATUS, GET_PULL, GET_COMMENTS, POST_STATUS, POST_COMMENT, GET_COMMENTS]
    assert words(state) == ["pending", "failure"]


@pytest.mark.parametrize("sent", [body("same"), body("same").replace("\n", "\r\n")], ids=["as sent", "with CRLF"])
def test_an_identical_body_is_not_sent(setting: Setting, sent: str) -> None:
    state, hub, _ = setting
    state.add_comment(BOT_LOGIN, sent)
    run(hub, body("same"))
    assert state.log == [GET_PULL, GET_COMMENTS, POST_STATUS]


def test_the_oldest_of_several_is_kept(setting: Setting) -> None:
    state, hub, _ = setting
    for text in ("one", "two", "three"):
        state.add_comment(BOT_LOGIN, body(text, run=3))
    run(hub, body("new"))
    assert [(row["id"], row["body"]) for row in state.comments] == [(1001, body("new"))]


@pytest.mark.parametrize(
    ("author", "text"),
    [
        ("mallory", body("fake", run=99)),
        ("other-app[bot]", body("theirs", run=99)),
        (BOT_LOGIN, body("another environment", run=99, key="prod")),
        (BOT_LOGIN, "A quote:\n" + body("not on the first line", run=99)),
    ],
)
def test_what_is_not_ours_is_left_alone(setting: Setting, author: str, text: str) -> None:
    state, hub, _ = setting
    state.add_comment(author, text)
    run(hub, body("new"))
    assert bodies(state) == [text, body("new")]


def test_our_comment_is_found_on_the_second_page(setting: Setting) -> None:
    state, hub, _ = setting
    for number in range(150):
        state.add_comment("ann", f"remark {number}")
    ours = state.add_comment(BOT_LOGIN, body("old", run=4))
    run(hub, body("new"))
    assert ours["body"] == body("new")
    assert state.log == [
        GET_PULL,
        GET_COMMENTS,
        GET_COMMENTS,
        f"PATCH /repos/o/r/issues/comments/{ours['id']}",
        POST_STATUS,
    ]


def test_more_pages_than_we_read_are_no_pass(setting: Setting) -> None:
    state, hub, _ = setting
    for number in range(2000):
        state.add_comment("ann", f"remark {number}")
    with pytest.raises(CannotReach, match="2000 entries"):
        run(hub, body("new"))
    assert words(state) == ["error"]


@pytest.mark.parametrize(("number", "attempt"), [(6, 1), (5, 2), (10, 1)])
def test_an_older_run_writes_nothing(setting: Setting, number: int, attempt: int) -> None:
    state, hub, _ = setting
    state.add_comment(BOT_LOGIN, body("newer", run=number, attempt=attempt))
    state.add_status(f"https://github.com/o/r/actions/runs/{number}/attempts/{attempt}#plan-review-shown=x")
    assert run(hub, body("late")) == "superseded"
    assert bodies(state) == [body("newer", run=number, attempt=attempt)]
    assert words(state) == ["failure"]


def test_a_push_meanwhile_stops_us(setting: Setting) -> None:
    state, hub, _ = setting
    state.pull["head"]["sha"] = "c" * 40
    assert run(hub, body("late")) == "outdated"
    assert state.log == [GET_PULL, GET_COMMENTS]


@pytest.mark.parametrize(
    ("giver", "permission", "may_write"),
    [
        ("bea", "write", True),
        ("bea", "admin", True),
        ("bea", "read", False),
        ("bea", "", False),
        ("x[bot]", "admin", False),
    ],
)
def test_who_gave_a_label(setting: Setting, giver: str, permission: str, may_write: bool) -> None:
    state, hub, _ = setting
    state.add_label("allow-deletions", "early")
    state.add_event("unlabeled", "allow-deletions", "early")
    state.add_label("allow-deletions", giver)
    state.permissions |= {giver: permission} if permission else {}
    label = Label(name="allow-deletions", given_by=giver, given_at="2026-01-02T03:04:05Z", may_write=may_write)
    assert seen_by(hub).pull_request.labels == (label,)


def test_reviews_files_and_the_base_when_asked(setting: Setting) -> None:
    state, hub, _ = setting
    opinions = [("bea", "APPROVED", HEAD), ("bea", "COMMENTED", HEAD), ("cy", "APPROVED", "d" * 40)]
    opinions += [("dee", "APPROVED", HEAD), ("dee", "DISMISSED", HEAD)]
    state.reviews += [{"id": 1, "user": person(who), "state": word, "commit_id": at} for who, word, at in opinions]
    state.files.append({"filename": "a.tf", "status": "renamed", "patch": "@@", "previous_filename": "b.tf"})
    state.files.append({"filename": "x.bin", "status": "added"})
    state.permissions["bea"], state.behind_by, state.pull["changed_files"] = "write", 3, 3
    pull = seen_by(hub, Wanted(approvals=True, files=True, base=True)).pull_request
    assert pull.approvals == (Approval(person="bea", may_write=True),)
    assert pull.base_ahead_by == 3
    assert pull.files == (
        File(path="a.tf", status="renamed", patch="@@", previous_path="b.tf"),
        File(path="x.bin", status="added"),
    )
    assert not pull.files_complete


@pytest.mark.parametrize(("changed", "complete"), [(3000, True), (3001, False)])
def test_all_three_thousand_files_are_read(setting: Setting, changed: int, complete: bool) -> None:
    state, hub, _ = setting
    state.files += [{"filename": f"{number}.tf", "status": "added"} for number in range(3000)]
    state.pull["changed_files"] = changed
    pull = seen_by(hub, Wanted(files=True)).pull_request
    assert (len(pull.files), pull.files_complete) == (3000, complete)


@pytest.mark.foreign_answers
@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ("events", {"event": "labeled", "created_at": "yesterday"}),
        ("events", {"event": "labeled"}),
        ("events", {"event": None, "created_at": "2026-01-02T03:04:05Z"}),
        ("reviews", {"state": "APPROVED", "user": {"login": 5}}),
        ("files", {"filename": "a.tf", "status": "unheard of"}),
        ("files", {"status": "added"}),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_read_refuses_the_whole(setting: Setting, rows: str, what: dict[str, object]) -> None:
    state, hub, _ = setting
    state.add_label("allow-deletions", "bea")
    state.permissions["bea"] = "write"
    getattr(state, rows).append(what)
    wanted = Wanted(labels=("allow-deletions",), approvals=True, files=True)
    with pytest.raises(CannotReach, match="gave a broken answer"):
        seen_by(hub, wanted)


def test_the_time_of_a_label_is_in_whole_seconds(setting: Setting) -> None:
    state, hub, _ = setting
    state.add_label("allow-deletions", "bea", "2026-01-02T03:04:05.678Z")
    state.permissions["bea"] = "write"
    assert seen_by(hub).pull_request.labels[0].given_at == "2026-01-02T03:04:05Z"


SECONDARY = "You have exceeded a secondary rate limit"
PASSING = [
    Fault("GET", "comments", 502),
    Fault("GET", "pulls", 500, times=3),
    Fault("GET", "comments", 429),
    Fault("GET", "comments", raw=b'[{"id": 10', cut=40),
    Fault("GET", "comments", raw=b"<html>"),
    Fault("POST", "comments", 502),
    Fault("POST", "comments", 504, after=True),
    Fault("POST", "comments"),
    Fault("POST", "comments", after=True),
    Fault("POST", "comments", raw=b'{"id": 10', cut=40),
    Fault("POST", "comments", raw=b"<html>"),
    Fault("POST", "comments", 403, SECONDARY, {"Retry-After": "7"}),
    Fault("POST", "statuses", 500),
    Fault("POST", "statuses", after=True),
    Fault("POST", "statuses", 429, headers={"Retry-After": "7"}),
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_trouble_that_passes_leaves_one_comment_and_the_right_status(setting: Setting, fault: Fault) -> None:
    state, hub, waits = setting
    state.faults.append(fault)
    assert run(hub, body("new")) == "published"
    assert bodies(state) == [body("new")]
    assert words(state)[-1] == "success"
    assert (7.0 in waits) == ("Retry-After" in fault.headers)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("PATCH", "comments", 502),
        Fault("PATCH", "comments"),
        Fault("PATCH", "comments", after=True),
        Fault("PATCH", "comments", 404),
        Fault("PATCH", "comments", 403, SECONDARY, {"Retry-After": "7"}),
    ],
    ids=str,
)
def test_trouble_with_an_update_passes_too(setting: Setting, fault: Fault) -> None:
    state, hub, _ = setting
    state.add_comment(BOT_LOGIN, body("old", run=4))
    state.faults.append(fault)
    assert run(hub, body("new")) == "published"
    assert bodies(state).count(body("new")) == 1
    assert words(state) == ["success"]


LASTING = [
    (Fault("POST", "comments", 401, "Bad credentials"), "answered 401", "expired"),
    (Fault("POST", "comments", 403, "Resource not accessible by integration"), "answered 403", "pull-requests: write"),
    (Fault("POST", "comments", 403, SECONDARY, {"Retry-After": "900"}), "answered 403", "rate limit"),
    (Fault("POST", "comments", 409), "answered 409", "run the job again"),
    (Fault("POST", "comments", 422, "Validation Failed"), "answered 422", "run the job again"),
    (Fault("POST", "comments", 500, times=9), "answered 500", "Run the job again"),
    (Fault("POST", "comments", times=9), "gave no answer", "Run the job again"),
    (Fault("GET", "comments", 504, times=9), "answered 504", "Run the job again"),
    (Fault("GET", "comments", 404), "answered 404", "token may see"),
]


@pytest.mark.parametrize(("fault", "message", "advice"), LASTING, ids=str)
def test_trouble_that_stays_ends_in_error(setting: Setting, fault: Fault, message: str, advice: str) -> None:
    state, hub, _ = setting
    state.faults.append(fault)
    with pytest.raises(BotError, match=message) as caught:
        run(hub, body("new"))
    assert (caught.value.exit_code, advice in caught.value.advice) == (1, True)
    assert bodies(state) == []
    assert words(state) == ["error"]
    assert state.log.count(POST_COMMENT) <= 4


def test_no_status_at_all_is_an_error_too(setting: Setting) -> None:
    state, hub, _ = setting
    state.faults.append(Fault("POST", "statuses", 403, "Resource not accessible by integration", times=9))
    with pytest.raises(CannotReach, match="set the status"):
        run(hub, body("new"))
    assert words(state) == []


def test_too_long_says_so(setting: Setting) -> None:
    state, hub, _ = setting
    with pytest.raises(TooLong):
        run(hub, body("x" * 65537))
    assert (bodies(state), words(state)) == ([], ["error"])


def test_a_long_description_is_cut(setting: Setting) -> None:
    state, hub, _ = setting
    set_status(hub, HEAD, Status(context="c", state="success", description="x" * 150), "")
    assert state.statuses[0]["description"] == "x" * 139 + "…"
