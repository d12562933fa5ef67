"""Proofs, modes, labels and forgeries: PyGithub itself against a GitHub on this machine."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from msgspec import structs

from bot.edge.hub import Hub, Pace
from bot.edge.login import connect
from bot.edge.merge_queue import list_queued
from bot.edge.publish import publish
from bot.edge.reading import Wanted, read_file
from bot.edge.runs import Mode, Target
from bot.edge.statuses import close_pending, set_status
from bot.errors import CannotReach, CannotWrite, TooLong
from bot.marker import Marker, ShownAt, write_marker
from bot.publication import Publication, Status, VoidedLabel
from bot.pull_request import Deployment, Shown
from tests.edge.test_hub import (
    GET_COMMENTS,
    GET_PULL,
    PACE,
    PATCH_1001,
    POST_STATUS,
    bodies,
    body,
    publication,
    run,
    seen_by,
    words,
)
from tests.support.loopback_github import BOT_LOGIN, HEAD, Fault, State, loopback_github

OLD = "c" * 40
RUN = "https://github.com/o/r/actions/runs/4/attempts/1"
GET_STATUSES = f"GET /repos/o/r/commits/{OLD}/statuses"


@pytest.fixture
def hub_and_state() -> Iterator[tuple[State, Hub]]:
    with loopback_github() as (state, address):
        yield state, connect("-".join(["no", "token"]), address, "o/r", lambda _: None, PACE)


def shown_body(*entries: ShownAt) -> str:
    return write_marker(Marker(key="stage", run_id="4", attempt=1, shown=entries)) + "\nold"


def send(hub: Hub, wanted: Publication, mode: Mode = "update", *, labels: bool = False) -> tuple[str, tuple[str, ...]]:
    outcome = publish(hub, wanted, Target(number=7, head=HEAD, mode=mode, plan_labels=labels), seen_by(hub))
    return outcome.ending, outcome.warnings


def test_a_proof_makes_seven_requests_and_counts_from_the_first_time(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.add_comment(BOT_LOGIN, shown_body(ShownAt(head=OLD, digest="d1", tokens=("t1",))))
    state.add_label("allow-deletions", "bea")
    state.permissions["bea"] = "write"
    for day in ("03", "02"):
        state.add_status(f"{RUN}#plan-review-shown=d1", head=OLD, time=f"2026-01-{day}T00:00:00Z")
    seen = seen_by(hub)
    publish(hub, publication(body("new")), Target(number=7, head=HEAD), seen)
    assert seen.pull_request.shown == (Shown(head=OLD, digest="d1", tokens=("t1",), at="2026-01-02T00:00:00Z"),)
    events, permission = "GET /repos/o/r/issues/7/events", "GET /repos/o/r/collaborators/bea/permission"
    assert state.log == [GET_PULL, events, permission, GET_COMMENTS, GET_STATUSES, PATCH_1001, POST_STATUS]


@pytest.mark.parametrize(
    ("url", "login", "context", "head"),
    [
        (f"{RUN}#plan-review-shown=d2", BOT_LOGIN, "plan-review/stage", OLD),
        (f"{RUN}#plan-review-shown=d1", "mallory", "plan-review/stage", OLD),
        (f"{RUN}#plan-review-shown=d1", BOT_LOGIN, "plan-review/prod", OLD),
        (f"{RUN}#plan-review-shown=d1", BOT_LOGIN, "plan-review/stage", "e" * 40),
        (f"{RUN}?plan-review-shown=d1", BOT_LOGIN, "plan-review/stage", OLD),
    ],
    ids=["digest", "author", "context", "commit", "no fragment"],
)
def test_what_is_no_proof(hub_and_state: tuple[State, Hub], url: str, login: str, context: str, head: str) -> None:
    state, hub = hub_and_state
    bad_head = ShownAt(head="../../pulls/7", digest="d1")
    state.add_comment(BOT_LOGIN, shown_body(bad_head, ShownAt(head=OLD, digest="d1")))
    state.add_label("allow-deletions", "bea")
    state.permissions["bea"] = "write"
    state.add_status(url, head=head, login=login, context=context)
    assert seen_by(hub).pull_request.shown == ()


def test_a_label_of_somebody_who_may_not_write_costs_no_proof(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.add_comment(BOT_LOGIN, shown_body(ShownAt(head=OLD, digest="d1")))
    state.add_label("allow-deletions", "bea")
    state.permissions["bea"] = "read"
    assert seen_by(hub).pull_request.shown == ()
    assert GET_STATUSES not in state.log


def test_the_digest_goes_into_the_link(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    send(hub, structs.replace(publication(body("new"), "failure"), shown="d9"))
    assert state.statuses[0]["target_url"] == "https://github.com/o/r/pull/7#plan-review-shown=d9"


def test_facts_of_the_pull_request(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.pull |= {"merged": True, "state": "closed", "draft": True}
    state.pull["head"]["repo"] = {"full_name": "mallory/r"}
    pull = seen_by(hub).pull_request
    assert (pull.state, pull.draft, pull.fork, pull.head_repository) == ("merged", True, True, "mallory/r")
    assert (pull.base, pull.live) == ("b" * 40, True)
    state.pull["head"]["repo"] = None
    assert seen_by(hub).pull_request.fork


@pytest.mark.parametrize("merged", [True, False])
def test_a_closed_pull_request_is_left_alone(hub_and_state: tuple[State, Hub], merged: bool) -> None:
    state, hub = hub_and_state
    state.pull |= {"merged": merged, "state": "closed"}
    assert run(hub, body("late"), "failure") == "closed"
    assert (bodies(state), words(state)) == ([], [])


def test_deployments_with_their_present_state(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    status = {"state": "success", "created_at": "2026-01-02T00:00:00Z"}
    row = {"id": 5, "sha": HEAD, "environment": "stage", "created_at": "2026-01-01T00:00:00Z", "statuses": [status]}
    state.deployments += [row, {**row, "id": 6, "statuses": []}, {**row, "id": 7, "sha": OLD}]
    assert seen_by(hub, Wanted(deployments=("stage",))).pull_request.deployments == (
        Deployment(environment="stage", commit=HEAD, state="success", at="2026-01-02T00:00:00Z"),
        Deployment(environment="stage", commit=HEAD, state="", at="2026-01-01T00:00:00Z"),
    )


def test_settings_come_from_the_base_branch(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.contents["b1:.github/plan-review.yml"] = b"rules: {}\n"
    state.contents["b2:.github/plan-review.yml"] = b"x" * (1024 * 1024 + 1)
    assert read_file(hub, ".github/plan-review.yml", "b1") == b"rules: {}\n"
    assert read_file(hub, ".github/plan-review.yml", "none") is None
    with pytest.raises(CannotReach, match="1 MiB"):
        read_file(hub, ".github/plan-review.yml", "b2")


@pytest.mark.parametrize(("mode", "left"), [("hide-and-new", ["old", "new"]), ("delete-and-new", ["new"])])
def test_a_new_comment_each_time(hub_and_state: tuple[State, Hub], mode: Mode, left: list[str]) -> None:
    state, hub = hub_and_state
    state.add_comment(BOT_LOGIN, body("old", run=4))
    for _ in range(2):  # the second time it is the same and not sent
        assert send(hub, publication(body("new")), mode) == ("published", ())
    assert [text.split("\n")[1] for text in bodies(state)] == left
    assert state.hidden == (["IC_1001"] if mode == "hide-and-new" else [])
    assert [line[:4] for line in state.log if "comments" in line].count("POST") == 1


def test_a_forged_run_number_does_not_silence_us(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.add_comment(BOT_LOGIN, body("forged", run=10**30))
    state.add_status("https://github.com/o/r/actions/runs/" + "1" + "0" * 30, login="mallory")
    assert run(hub, body("true")) == "published"
    assert bodies(state) == [body("true")]


def test_a_later_run_between_its_comment_and_its_success_is_waited_for() -> None:
    with loopback_github() as (state, address):

        def sleep(_: float) -> None:
            state.add_status("https://github.com/o/r/actions/runs/6/attempts/1")

        hub = connect("-".join(["no", "token"]), address, "o/r", sleep, PACE)
        state.add_comment(BOT_LOGIN, body("later", run=6))
        assert run(hub, body("earlier")) == "superseded"
        assert bodies(state) == [body("later", run=6)]


def test_a_forged_attempt_of_our_own_run_does_not_either(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.add_comment(BOT_LOGIN, body("forged", run=5, attempt=99))
    state.add_status("https://github.com/o/r/actions/runs/5/attempts/1")
    assert run(hub, body("true")) == "published"


def test_voided_labels_come_off_after_the_hold(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.pull["labels"] += [{"name": "allow iam/x"}]
    voided = (VoidedLabel(name="allow iam/x", reason="New."), VoidedLabel(name="gone", reason="New."))
    send(hub, structs.replace(publication(body("new"), "failure"), voided=voided))
    assert state.pull["labels"] == []
    first = state.log.index(POST_STATUS)
    assert state.log[first + 1 : first + 3] == [
        "DELETE /repos/o/r/issues/7/labels/allow%20iam%2Fx",
        "DELETE /repos/o/r/issues/7/labels/gone",
    ]


def test_plan_labels_only_when_asked(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.pull["labels"] += [{"name": "plan:cost"}, {"name": "bug"}]
    wanted = structs.replace(publication(body("new")), plan_labels=("plan:delete",))
    send(hub, wanted)
    assert state.pull["labels"] == [{"name": "plan:cost"}, {"name": "bug"}]
    send(hub, wanted, labels=True)
    assert state.pull["labels"] == [{"name": "bug"}, {"name": "plan:delete"}]


def test_trouble_with_plan_labels_is_a_warning(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.faults.append(Fault("POST", "labels", 403, "Resource not accessible by integration"))
    wanted = structs.replace(publication(body("new")), plan_labels=("plan:delete",))
    ending, warnings = send(hub, wanted, labels=True)
    assert (ending, words(state)) == ("published", ["success"])
    advice = "The job needs permissions: contents: read, pull-requests: write and statuses: write."
    assert warnings == (f"Could not set the labels: GitHub answered 403. {advice}",)


def test_too_long_is_sent_once_more_and_smaller(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    big, small = publication(body("x" * 65537)), publication(body("small"))
    publish(hub, big, Target(number=7, head=HEAD), seen_by(hub), lambda: small)
    assert (bodies(state), words(state)) == ([body("small")], ["success"])
    with pytest.raises(TooLong):
        publish(hub, big, Target(number=7, head=HEAD), seen_by(hub), lambda: big)
    assert words(state)[-1] == "error"


def test_a_read_only_token_is_an_error_of_its_own(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.denied = ("POST", "PATCH", "DELETE")
    with pytest.raises(CannotWrite, match="403"):
        run(hub, body("new"), "failure")
    assert (bodies(state), words(state)) == ([], [])


@pytest.mark.parametrize(("status", "message"), [(403, "Unable to create comment because issue is locked."), (410, "")])
def test_a_locked_conversation_still_gets_a_status(hub_and_state: tuple[State, Hub], status: int, message: str) -> None:
    state, hub = hub_and_state
    state.faults.append(Fault("POST", "comments", status, message))
    with pytest.raises(CannotReach) as caught:
        run(hub, body("new"))
    assert ("locked" in caught.value.advice) == bool(message)
    assert words(state) == ["error"]


@pytest.mark.parametrize(
    ("before", "after"),
    [([], ["error"]), (["pending"], ["pending", "error"]), (["success"], ["success"]), (["failure"], ["failure"])],
)
def test_no_status_stays_pending(hub_and_state: tuple[State, Hub], before: list[str], after: list[str]) -> None:
    state, hub = hub_and_state
    for word in before:
        state.add_status(RUN, state=word)
    assert close_pending(hub, HEAD, "plan-review/stage", RUN) == (before != after)
    assert words(state) == after


@pytest.mark.parametrize("verb", ["PATCH", "POST"])
@pytest.mark.parametrize("status", [302, 307])
def test_a_redirected_write_is_no_success(hub_and_state: tuple[State, Hub], verb: str, status: int) -> None:
    state, hub = hub_and_state
    if verb == "PATCH":
        state.add_comment(BOT_LOGIN, body("old", run=4))
    state.faults.append(Fault(verb, "comments", status, headers={"Location": "/elsewhere"}))
    with pytest.raises(CannotReach):
        run(hub, body("new"))
    assert words(state) == ["error"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("verb", ["POST", "PATCH"])
def test_a_real_time_out_makes_no_second_comment(verb: str, after: bool) -> None:
    pace = Pace(timeout=1, first_wait=0, between_requests=None, between_writes=None)
    with loopback_github() as (state, address):
        hub = connect("-".join(["no", "token"]), address, "o/r", lambda _: None, pace)
        if verb == "PATCH":
            state.add_comment(BOT_LOGIN, body("old", run=4))
        state.faults.append(Fault(verb, "comments", delay=1.3, after=after))
        assert run(hub, body("new")) == "published"
        assert (bodies(state), words(state)) == ([body("new")], ["success"])


@pytest.mark.parametrize("word", ["primary", "message"])
def test_a_used_up_limit_says_so(hub_and_state: tuple[State, Hub], word: str) -> None:
    state, hub = hub_and_state
    headers = {"X-RateLimit-Remaining": "0"} if word == "primary" else {}
    message = "API rate limit exceeded" if word == "message" else "Forbidden"
    state.faults.append(Fault("POST", "comments", 403, message, headers))
    with pytest.raises(CannotReach) as caught:
        run(hub, body("new"))
    assert not isinstance(caught.value, CannotWrite)
    assert caught.value.advice == "A rate limit is used up; run the job again later."


def test_twenty_at_once_leave_one_comment_with_the_newest_content() -> None:
    together = Barrier(20)
    with loopback_github() as (state, address):

        def one(number: int) -> None:
            hub = connect("-".join(["no", "token"]), address, "o/r", lambda _: None, PACE)
            link = f"https://github.com/o/r/actions/runs/{number}/attempts/1"
            pending = Status(context="plan-review/stage", state="pending", description="Being reviewed.")
            set_status(hub, HEAD, pending, link)
            seen = seen_by(hub)
            together.wait(30)
            publish(hub, publication(body("text", run=number)), Target(number=7, head=HEAD, link=link), seen)

        with ThreadPoolExecutor(20) as pool:
            list(pool.map(one, range(1, 21)))
        assert bodies(state) == [body("text", run=20)]


def queue(*rows: tuple[str, str, int]) -> dict[str, object]:
    nodes = [{"headCommit": {"oid": h}, "baseCommit": {"oid": b}, "pullRequest": {"number": n}} for b, h, n in rows]
    return {"entries": {"pageInfo": {"hasNextPage": False}, "nodes": nodes}}


def test_the_pull_requests_of_a_merge_group(hub_and_state: tuple[State, Hub]) -> None:
    state, hub = hub_and_state
    state.queue = queue(("b0", "b1", 5), ("b1", "b2", 6), ("b2", "b3", 7), ("b3", "b4", 8))
    ref = "refs/heads/gh-readonly-queue/develop/pr-7-b3"
    assert list_queued(hub, "develop", "b1", "b3", ref) == (6, 7)


@pytest.mark.parametrize(
    ("branch", "base", "head", "ref"),
    [
        ("develop", "b0", "b9", ""),
        ("develop", "b7", "b2", ""),
        ("develop", "b1", "b1", ""),
        ("main", "b0", "b2", ""),
        ("develop", "b0", "b2", "refs/heads/gh-readonly-queue/develop/pr-5-b2"),
        ("develop", "b7", "c1", ""),
    ],
    ids=["unknown head", "unknown base", "empty", "no queue", "another pull request in the ref", "a circle"],
)
def test_an_unclear_merge_group_is_refused(
    hub_and_state: tuple[State, Hub], branch: str, base: str, head: str, ref: str
) -> None:
    state, hub = hub_and_state
    state.queue = queue(("b0", "b1", 5), ("b1", "b2", 6), ("c2", "c1", 1), ("c1", "c2", 2))
    with pytest.raises(CannotReach, match="merge queue"):
        list_queued(hub, branch, base, head, ref)
