"""The judge itself: every kind of request we send is judged, and what GitHub would not know is found."""

import json
from urllib.parse import urlsplit

import pytest

from bot.edge.hub import Pace
from bot.edge.login import connect
from bot.edge.publish import announce, publish
from bot.edge.reading import Wanted, fetch, read_file
from bot.edge.runs import Target
from bot.edge.writing import add_labels, edit_comment, remove_label
from bot.marker import Marker, write_marker
from bot.publication import Publication, Status
from bot.state import State as Verdict
from tests.support.loopback_github import BOT_LOGIN, HEAD, loopback_github, person
from tests.support.openapi import READ, description
from tests.support.recording import Exchange

COMMENTS = "/repos/o/r/issues/7/comments"
STATUS = f"/repos/o/r/statuses/{HEAD}"


def test_every_kind_of_request_we_send_is_judged(exchanges: list[Exchange]) -> None:
    pace = Pace(timeout=5, between_requests=None, between_writes=None)
    comment = write_marker(Marker(key="stage", run_id="5", attempt=1)) + "\nnew"
    status = Status(context="plan-review/stage", state="success", description="Two changes.")
    publication = Publication(
        comment=comment, summary="", checklist="", status=status, status_line="", state=Verdict.PASS, exit_code=0
    )
    with loopback_github() as (state, address):
        hub = connect("-".join(["no", "token"]), address, "o/r", lambda _: None, pace)
        announce(hub, Target(number=7, head=HEAD, link="https://ci.example/1"), status.context)
        state.add_label("allow-deletions", "bea")
        state.reviews.append({"id": 1, "user": person("bea"), "state": "APPROVED", "commit_id": HEAD})
        state.files.append({"filename": "a.tf", "status": "renamed", "patch": "@@", "previous_filename": "b.tf"})
        state.permissions["bea"] = "write"
        everything = Wanted(labels=("allow-deletions",), approvals=True, files=True, base=True, deployments=("stage",))
        seen = fetch(hub, 7, "stage", BOT_LOGIN, everything)
        read_file(hub, ".github/plan-review.yml", "refs/heads/develop")
        add_labels(hub, 7, ["plan:delete"])
        remove_label(hub, 7, "plan:delete")
        for number in range(120):
            state.add_comment("ann", f"remark {number}")
        publish(hub, publication, Target(number=7, head=HEAD), seen)
        for run in (3, 4):
            state.add_comment(BOT_LOGIN, comment.replace("5", str(run)))
        publish(hub, publication, Target(number=7, head=HEAD), fetch(hub, 7, "stage", BOT_LOGIN, Wanted()))
        edit_comment(hub, state.comments[-1]["id"], comment)
    found = [description().find(row.verb, urlsplit(row.url).path) for row in exchanges]
    assert {operation.name for operation, _ in (pair for pair in found if pair)} == {
        "issues/add-labels",
        "issues/create-comment",
        "issues/delete-comment",
        "issues/list-comments",
        "issues/list-events",
        "issues/remove-label",
        "issues/update-comment",
        "pulls/get",
        "pulls/list-files",
        "pulls/list-reviews",
        "repos/compare-commits-with-basehead",
        "repos/create-commit-status",
        "repos/get-collaborator-permission-level",
        "repos/get-content",
        "repos/list-deployments",
    }


@pytest.mark.parametrize(
    ("verb", "path", "sent", "finding"),
    [
        ("POST", COMMENTS, {"bodyy": "x"}, "body: $: 'body' is a required property"),
        ("POST", COMMENTS, {"body": "x", "more": 1}, "body: unknown field .more"),
        ("POST", COMMENTS, {"body": 1}, "body: $.body: 1 is not of type 'string'"),
        ("POST", COMMENTS, None, "lacks a body"),
        ("POST", STATUS, {"state": "sucess"}, "body: $.state: 'sucess' is not one of"),
        ("GET", f"{COMMENTS}?per_page=abc", None, "query per_page: $: 'abc' is not of type 'integer'"),
        ("GET", f"{COMMENTS}?order=asc", None, "unknown query parameter order"),
        ("GET", "/repos/o/r/issues/x/comments", None, "path issue_number: $: 'x' is not of type 'integer'"),
        ("GET", "/repos/o/r/nothing", None, "GitHub describes no such request"),
    ],
)
def test_a_wrong_request_is_found(verb: str, path: str, sent: object, finding: str) -> None:
    body = b"" if sent is None else json.dumps(sent).encode()
    lines = description().judge(Exchange(verb=verb, url=f"http://127.0.0.1{path}", sent=body))
    assert any(finding in line for line in lines), lines


@pytest.mark.parametrize(
    ("status", "answer", "finding"),
    [
        (200, [{"id": "1", "user": None, "body": ""}], "200: $[0].id: '1' is not of type 'integer'"),
        (200, [{"id": 1, "user": None, "body": "", "text": ""}], "200: unknown field [].text"),
        (200, [{"id": 1, "user": {"login": 5}, "body": ""}], "$[0].user"),
        (200, [{"id": 1, "user": None}], "200: lacks body, which we read"),
        (200, {}, "is not of type 'array'"),
        (299, [], "GitHub does not answer 299"),
        (404, {"error": "x"}, "an error 404 without a message"),
    ],
)
def test_a_wrong_answer_is_found(status: int, answer: object, finding: str) -> None:
    row = Exchange(
        verb="GET", url=f"http://127.0.0.1{COMMENTS}", sent=b"", status=status, answer=json.dumps(answer).encode()
    )
    lines = description().judge(row)
    assert any(finding in line for line in lines), lines


def test_part_of_an_answer_and_trouble_are_no_findings() -> None:
    for status, answer in ((200, b'[{"id": 1, "user": null, "body": "x"}]'), (502, b"<html>"), (0, b""), (200, b"{")):
        row = Exchange(verb="GET", url=f"http://127.0.0.1{COMMENTS}", sent=b"", status=status, answer=answer)
        assert description().judge(row) == []


def test_what_we_read_is_listed_by_the_names_that_github_uses() -> None:
    assert READ.keys() - description().operations() == set()
