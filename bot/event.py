"""The GitHub event that started a workflow run, decoded from its name, payload and environment variables.

Branch names and the like in it are attacker text: they are compared, never shown.
"""

import re
from collections.abc import Mapping
from typing import NoReturn

import msgspec
from msgspec import Struct

from bot import event_wire as wire
from bot.errors import BotError
from bot.marker import read_marker

ADVICE = "Run this in a job of GitHub Actions; it sets GITHUB_EVENT_NAME, GITHUB_EVENT_PATH and GITHUB_REPOSITORY."
REQUIRED = {
    "pull_request": "pull_request",
    "pull_request_target": "pull_request",
    "pull_request_review": "pull_request",
    "merge_group": "merge_group",
    "workflow_run": "workflow_run",
    "issue_comment": "issue",
}


class BadEvent(BotError):
    """What GitHub Actions says about its event is missing or broken."""


class PullRequestEvent(Struct, frozen=True, kw_only=True):
    """A pull request as its event saw it: on a re-run that is how it was then, not how it is now."""

    number: int
    head: str  # commit
    head_branch: str
    base_branch: str
    base: str  # commit
    author: str = ""
    open: bool = True
    merged: bool = False
    fork: bool = False  # the head is in another repository, or in one that is gone
    draft: bool = False
    base_changed: bool = False  # this very edit moved it to another base


class MergeGroup(Struct, frozen=True, kw_only=True):
    """A group of the merge queue.  Refs are full: refs/heads/…"""

    head: str
    base: str
    head_ref: str
    base_ref: str


class WorkflowRun(Struct, frozen=True, kw_only=True):
    """The run whose end or start is the event; ``event`` is what had started it."""

    id: str
    head: str
    head_branch: str
    head_repository: str
    event: str
    conclusion: str = ""


class Push(Struct, frozen=True, kw_only=True):
    """A push to a branch or tag; ``ref`` is full, commits that do not exist are forty zeros."""

    ref: str
    before: str = ""
    after: str = ""
    created: bool = False
    deleted: bool = False
    forced: bool = False


class CommentEvent(Struct, frozen=True, kw_only=True):
    """A comment; ``marked``: its first line is our hidden marker, which anybody can forge."""

    id: int
    number: int  # of the issue or pull request
    on_pull_request: bool = False
    author: str = ""
    marked: bool = False


class Event(Struct, frozen=True, kw_only=True):
    """What started the run.  ``action`` is GitHub's activity type, "" where the event has none."""

    name: str
    action: str = ""
    repository: str  # "owner/name"
    default_branch: str = ""
    sha: str = ""
    ref: str = ""
    ref_name: str = ""
    base_ref: str = ""
    head_ref: str = ""
    actor: str = ""
    sender: str = ""
    run_id: str = ""
    run_attempt: int = 1
    run_url: str = ""
    api_url: str = "https://api.github.com"
    server_url: str = "https://github.com"
    pull_request: PullRequestEvent | None = None
    merge_group: MergeGroup | None = None
    workflow_run: WorkflowRun | None = None
    push: Push | None = None
    comment: CommentEvent | None = None
    inputs: dict[str, str] = {}
    schedule: str = ""


def decode_event(name: str, payload: bytes, environ: Mapping[str, str]) -> Event:
    """Decode an event.  Raises BadEvent for parts that are missing or broken; an unknown event's name is no trouble."""
    if not re.fullmatch(r"[a-z_]{1,100}", name):
        _refuse("GITHUB_EVENT_NAME is not set or names no event.")
    document = _decode(payload)
    event = _about_run(name, document, environ)
    part = REQUIRED.get(name, "")
    if part and getattr(document, part) is None:
        _refuse(f"The payload of the event {name} has no {part}.")
    repository = event.repository.casefold()
    return msgspec.structs.replace(
        event,
        pull_request=_pull_request(document, repository) if document.pull_request else None,
        merge_group=_merge_group(document.merge_group) if document.merge_group else None,
        workflow_run=_workflow_run(document.workflow_run) if document.workflow_run else None,
        push=_push(document) if name == "push" else None,
        comment=_comment(document) if name == "issue_comment" else None,
        inputs={key: _text(value) for key, value in (document.inputs or {}).items()},
        schedule=document.schedule or "",
    )


def _decode(payload: bytes) -> wire.Payload:
    try:
        return msgspec.json.decode(payload, type=wire.Payload)
    except msgspec.ValidationError as error:
        _refuse(f"The event's payload has another shape than GitHub's: {error}.")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        _refuse("The event's payload is cut off or is not valid JSON.")


def _about_run(name: str, document: wire.Payload, environ: Mapping[str, str]) -> Event:
    repository = environ.get("GITHUB_REPOSITORY") or document.repository.full_name
    run_id, attempt = environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_RUN_ATTEMPT") or "1"
    server = _url(environ, "GITHUB_SERVER_URL", "https://github.com")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}", repository):
        _refuse("GITHUB_REPOSITORY is not set or is not owner/name.")
    if not re.fullmatch(r"[0-9]{0,20}", run_id) or not re.fullmatch(r"[1-9][0-9]{0,5}", attempt):
        _refuse("GITHUB_RUN_ID and GITHUB_RUN_ATTEMPT must be numbers.")
    return Event(
        name=name,
        action=document.action or "",
        repository=repository,
        default_branch=document.repository.default_branch or "",
        sha=_commit(environ.get("GITHUB_SHA", ""), "GITHUB_SHA"),
        ref=environ.get("GITHUB_REF") or document.ref or "",
        ref_name=environ.get("GITHUB_REF_NAME", ""),
        base_ref=environ.get("GITHUB_BASE_REF", ""),
        head_ref=environ.get("GITHUB_HEAD_REF", ""),
        actor=environ.get("GITHUB_ACTOR", ""),
        sender=_login(document.sender),
        run_id=run_id,
        run_attempt=int(attempt),
        run_url=f"{server}/{repository}/actions/runs/{run_id}/attempts/{attempt}" if run_id else "",
        api_url=_url(environ, "GITHUB_API_URL", "https://api.github.com"),
        server_url=server,
    )


def _pull_request(document: wire.Payload, repository: str) -> PullRequestEvent:
    pull = document.pull_request
    if pull is None or pull.number < 1 or not pull.head.sha or not pull.base.ref:
        _refuse("The event's pull request has no number, head commit or base branch.")
    home = pull.head.repo.full_name.casefold() if pull.head.repo else ""
    return PullRequestEvent(
        number=pull.number,
        head=_commit(pull.head.sha, "The pull request's head"),
        head_branch=pull.head.ref,
        base_branch=pull.base.ref,
        base=_commit(pull.base.sha, "The pull request's base"),
        author=_login(pull.user),
        open=pull.state == "open",
        merged=bool(pull.merged or pull.merged_at),
        fork=home != repository,
        draft=bool(pull.draft),
        base_changed=document.changes is not None and document.changes.base is not None,
    )


def _merge_group(group: wire.Group) -> MergeGroup:
    if not group.head_sha or not group.base_ref:
        _refuse("The event's merge group has no head commit or base.")
    return MergeGroup(
        head=_commit(group.head_sha, "The merge group's head"),
        base=_commit(group.base_sha, "The merge group's base"),
        head_ref=group.head_ref,
        base_ref=group.base_ref,
    )


def _workflow_run(run: wire.Run) -> WorkflowRun:
    return WorkflowRun(
        id=str(run.id),
        head=_commit(run.head_sha, "The workflow run's head"),
        head_branch=run.head_branch or "",
        head_repository=run.head_repository.full_name if run.head_repository else "",
        event=run.event,
        conclusion=run.conclusion or "",
    )


def _push(document: wire.Payload) -> Push:
    if not document.ref:
        _refuse("The payload of the event push has no ref.")
    return Push(
        ref=document.ref,
        before=_commit(document.before or "", "The push's earlier commit"),
        after=_commit(document.after or "", "The push's commit"),
        created=bool(document.created),
        deleted=bool(document.deleted),
        forced=bool(document.forced),
    )


def _comment(document: wire.Payload) -> CommentEvent:
    comment, issue = document.comment, document.issue
    if comment is None or issue is None:
        _refuse("The payload of the event issue_comment has no comment.")
    return CommentEvent(
        id=comment.id,
        number=issue.number,
        on_pull_request=issue.pull_request is not None,
        author=_login(comment.user),
        marked=read_marker(comment.body or "") is not None,
    )


def _login(person: wire.Person | None) -> str:
    return person.login if person else ""


def _text(value: str | bool | int | float | None) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _commit(text: str, what: str) -> str:
    """A full hash, SHA-1 or SHA-256, or "" where nobody told one."""
    if text and not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text):
        _refuse(f"{what} is not a full commit hash.")
    return text


def _url(environ: Mapping[str, str], name: str, default: str) -> str:
    url = (environ.get(name) or default).rstrip("/")
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-:\[\]]{1,300}(/[A-Za-z0-9._~/-]{0,300})?", url):
        _refuse(f"{name} is not an address such as {default}.")
    return url


def _refuse(message: str) -> NoReturn:
    raise BadEvent(message, ADVICE)
