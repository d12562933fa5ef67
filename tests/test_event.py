"""Events: decoded strictly, with advice for what is missing, whatever the payload."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.event import read_event
from bot.event import ADVICE, BadEvent, Event, MergeGroup, PullRequestEvent, Push, decode_event

A, B = "a" * 40, "b" * 40
ENVIRON = {
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REPOSITORY": "acme/infra",
    "GITHUB_SHA": A,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_NAME": "main",
    "GITHUB_ACTOR": "jane",
    "GITHUB_RUN_ID": "12345678901",
    "GITHUB_RUN_ATTEMPT": "3",
    "GITHUB_SERVER_URL": "https://git.acme.example/",
    "GITHUB_API_URL": "https://git.acme.example/api/v3",
}
PUSH: dict[str, Any] = {
    "ref": "refs/heads/main",
    "before": B,
    "after": A,
    "created": False,
    "deleted": False,
    "forced": True,
    "repository": {"full_name": "acme/infra", "default_branch": "develop"},
    "sender": {"login": "jane"},
}
PULL: dict[str, Any] = {
    "action": "edited",
    "changes": {"base": {"ref": {"from": "main"}}},
    "pull_request": {
        "number": 7,
        "state": "open",
        "draft": True,
        "user": {"login": "jane"},
        "head": {"ref": "dev/$(id)", "sha": A, "repo": {"full_name": "ACME/Infra"}},
        "base": {"ref": "develop", "sha": B},
    },
}


def test_a_push_in_full() -> None:
    assert decode_event("push", json.dumps(PUSH).encode(), ENVIRON) == Event(
        name="push",
        repository="acme/infra",
        default_branch="develop",
        sha=A,
        ref="refs/heads/main",
        ref_name="main",
        actor="jane",
        sender="jane",
        run_id="12345678901",
        run_attempt=3,
        run_url="https://git.acme.example/acme/infra/actions/runs/12345678901/attempts/3",
        api_url="https://git.acme.example/api/v3",
        server_url="https://git.acme.example",
        push=Push(ref="refs/heads/main", before=B, after=A, forced=True),
    )


def test_a_pull_request_in_full() -> None:
    found = decode_event("pull_request", json.dumps(PULL).encode(), ENVIRON)
    assert (found.action, found.push) == ("edited", None)
    assert found.pull_request == PullRequestEvent(
        number=7,
        head=A,
        head_branch="dev/$(id)",
        base_branch="develop",
        base=B,
        author="jane",
        draft=True,
        base_changed=True,
    )


def test_a_merge_group_in_full() -> None:
    group = {
        "head_sha": A,
        "base_sha": B,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-1",
        "base_ref": "refs/heads/main",
    }
    found = decode_event("merge_group", json.dumps({"merge_group": group}).encode(), ENVIRON)
    assert found.merge_group == MergeGroup(
        head=A, base=B, head_ref="refs/heads/gh-readonly-queue/main/pr-1", base_ref="refs/heads/main"
    )


def test_inputs_are_texts() -> None:
    document = {"inputs": {"environment": "dev", "debug": True, "number": 3, "nothing": None}}
    found = decode_event("workflow_dispatch", json.dumps(document).encode(), ENVIRON)
    assert found.inputs == {"environment": "dev", "debug": "true", "number": "3", "nothing": ""}


def test_a_repository_that_is_written_otherwise_is_no_fork_and_one_that_is_gone_is() -> None:
    gone = PULL["pull_request"] | {"head": {"ref": "x", "sha": A, "repo": None}}
    ours = decode_event("pull_request", json.dumps(PULL).encode(), ENVIRON).pull_request
    theirs = decode_event("pull_request", json.dumps({"pull_request": gone}).encode(), ENVIRON).pull_request
    assert (ours and ours.fork, theirs and theirs.fork) == (False, True)


@pytest.mark.parametrize(
    ("name", "document", "environ", "message"),
    [
        ("", {}, {}, "GITHUB_EVENT_NAME is not set or names no event."),
        ("push\n::error::", {}, {}, "GITHUB_EVENT_NAME is not set or names no event."),
        ("schedule", {}, {"GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY is not set or is not owner/name."),
        ("schedule", {}, {"GITHUB_REPOSITORY": "a/b/../c"}, "GITHUB_REPOSITORY is not set or is not owner/name."),
        ("schedule", {}, {"GITHUB_RUN_ID": "1\n2"}, "GITHUB_RUN_ID and GITHUB_RUN_ATTEMPT must be numbers."),
        ("schedule", {}, {"GITHUB_RUN_ATTEMPT": "0"}, "GITHUB_RUN_ID and GITHUB_RUN_ATTEMPT must be numbers."),
        ("schedule", {}, {"GITHUB_SHA": "main"}, "GITHUB_SHA is not a full commit hash."),
        (
            "schedule",
            {},
            {"GITHUB_SERVER_URL": "javascript:x"},
            "GITHUB_SERVER_URL is not an address such as https://github.com.",
        ),
        (
            "schedule",
            {},
            {"GITHUB_API_URL": "https://a b"},
            "GITHUB_API_URL is not an address such as https://api.github.com.",
        ),
        ("pull_request", {}, {}, "The payload of the event pull_request has no pull_request."),
        (
            "pull_request",
            {"pull_request": {"number": 1}},
            {},
            "The event's pull request has no number, head commit or base branch.",
        ),
        (
            "pull_request",
            {"pull_request": {"number": 1, "head": {"sha": "abc"}, "base": {"ref": "main"}}},
            {},
            "The pull request's head is not a full commit hash.",
        ),
        (
            "pull_request",
            {"pull_request": {"number": "1"}},
            {},
            "The event's payload has another shape than GitHub's: Expected `int`, got `str` - at `$.pull_request.number`.",
        ),
        ("merge_group", {"merge_group": {}}, {}, "The event's merge group has no head commit or base."),
        ("workflow_run", {}, {}, "The payload of the event workflow_run has no workflow_run."),
        ("push", {"before": B}, {}, "The payload of the event push has no ref."),
        ("issue_comment", {}, {}, "The payload of the event issue_comment has no issue."),
        ("issue_comment", {"issue": {"number": 1}}, {}, "The payload of the event issue_comment has no comment."),
        ("push", [], {}, "The event's payload has another shape than GitHub's: Expected `object`, got `array`."),
    ],
)
def test_what_is_missing_or_broken_is_named(name: str, document: Any, environ: dict[str, str], message: str) -> None:
    with pytest.raises(BadEvent) as caught:
        decode_event(name, json.dumps(document).encode(), ENVIRON | environ)
    assert (caught.value.message, caught.value.advice) == (message, ADVICE)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"ref": "\xff"}'])
def test_a_payload_that_is_no_json(data: bytes) -> None:
    with pytest.raises(BadEvent):
        decode_event("push", data, ENVIRON)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*PULL, *PUSH, "head", "base", "number", "merge_group", "issue"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(
    name=st.sampled_from(["push", "pull_request", "merge_group", "workflow_run", "issue_comment", "schedule"]),
    document=JSON,
)
def test_any_payload_gives_an_event_or_advice(name: str, document: Any) -> None:
    with suppress(BadEvent):
        assert decode_event(name, json.dumps(document).encode(), ENVIRON).name == name


def test_the_event_file(tmp_path: Any) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(PUSH))
    found = read_event(ENVIRON | {"GITHUB_EVENT_PATH": str(file)})
    assert found.push == Push(ref="refs/heads/main", before=B, after=A, forced=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "GITHUB_EVENT_PATH is not set."),
        ("gone.json", "The event file cannot be read: No such file or directory."),
        ("a\0b", "The event file cannot be read: not a file name."),
        ("large.json", "The event file is larger than 25 MiB; GitHub sends no such payload."),
        (".", "The event file cannot be read: Is a directory."),
    ],
)
def test_an_event_file_that_cannot_be_read(
    name: str, message: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(25 * 1024**2 + 1)
    with pytest.raises(BadEvent) as caught:
        read_event(ENVIRON | {"GITHUB_EVENT_PATH": name})
    assert caught.value.message == message
