"""Read a pull request as it is now, with our own comments on it: once, for the judging and for the writing."""

import base64
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from github.PullRequest import PullRequest as Pull
from msgspec import Struct

from bot.edge.hub import Gone, Hub
from bot.edge.login import WORKFLOW_AUTHOR, read_author
from bot.edge.people import fetch_approvals, fetch_labels
from bot.edge.statuses import read_proofs
from bot.errors import CannotReach
from bot.marker import Marker, read_marker
from bot.pull_request import Deployment, File, Label, PullRequest, Shown

MOST_FILES = 3000  # GitHub lists no more
MOST_DEPLOYMENTS = 3  # of one environment, newest first
APPLY_TASK = "plan-review-apply"  # by which we know the deployments that ``applied`` recorded
LARGEST_FILE = 1024 * 1024  # bytes


class Wanted(Struct, frozen=True, kw_only=True):
    """What costs further requests: events of ``labels`` (only if one is set), reviews, files, base against head.

    ``deployments`` are names of environments.
    """

    labels: tuple[str, ...] = ()
    approvals: bool = False
    files: bool = False
    base: bool = False
    deployments: tuple[str, ...] = ()


class Comment(Struct, frozen=True, kw_only=True):
    """A comment of our own; ``node`` is its id for GraphQL."""

    id: int
    node: str
    body: str
    marker: Marker


class Seen(Struct, frozen=True, kw_only=True):
    """A pull request, its page, and our own comments for one environment, oldest first, with the login they are by."""

    pull_request: PullRequest
    url: str = ""
    changed_files: int = 0
    author: str = ""
    comments: tuple[Comment, ...] = ()


class _User(Struct, frozen=True):
    login: str


class _Row(Struct, frozen=True, kw_only=True):
    id: int
    node_id: str = ""
    user: _User | None = None
    body: str | None = None


class _FileRow(Struct, frozen=True, kw_only=True):
    filename: str
    status: Literal["added", "removed", "modified", "renamed", "copied", "changed", "unchanged"]
    patch: str | None = None
    previous_filename: str | None = None


class _Content(Struct, frozen=True, kw_only=True):
    type: str
    size: int
    encoding: str = ""
    content: str = ""


class _Deployed(Struct, frozen=True, kw_only=True):
    id: int
    sha: str
    environment: str
    created_at: str


class _DeployStatus(Struct, frozen=True, kw_only=True):
    state: str
    created_at: str


def fetch(hub: Hub, number: int, environment_key: str, author: str, wanted: Wanted) -> Seen:
    """The pull request and our comments: two requests, and those that ``wanted`` asks for.  Raises CannotReach."""
    return complete(hub, find(hub, number), environment_key, author, wanted)


def find(hub: Hub, number: int) -> Seen:
    """The pull request alone, labels by their names: one request.  Raises CannotReach."""
    what = f"read pull request {number}"
    pull = hub.ask(what, lambda: _complete(hub.repository.get_pull(number)))
    basis = hub.ask(what, lambda: _basis(pull, hub.name, number))
    return Seen(pull_request=basis, url=str(pull.html_url or ""), changed_files=pull.changed_files)


def complete(hub: Hub, seen: Seen, environment_key: str, author: str, wanted: Wanted) -> Seen:
    """``seen`` with our comments and what ``wanted`` asks for.  ``author`` "": find out whose comments are ours."""
    basis = seen.pull_request
    number = basis.number or 0
    labels = fetch_labels(hub, number, tuple(label.name for label in basis.labels), wanted.labels)
    rows = _list_marked(hub, number, environment_key)
    author = author or _find_author(hub, {login for login, _ in rows})
    comments = tuple(comment for login, comment in rows if login == author)
    shown: tuple[Shown, ...] = ()
    if comments and _overridden(labels, wanted):
        shown = read_proofs(hub, comments[-1].marker.shown, f"plan-review/{environment_key}", author)
    full = msgspec.structs.replace(
        basis,
        labels=labels,
        approvals=fetch_approvals(hub, number, basis.head) if wanted.approvals else (),
        deployments=tuple(row for name in wanted.deployments for row in _deployments(hub, name, basis.head)),
        shown=shown,
    )
    full = add_files(hub, full, seen.changed_files) if wanted.files else full
    full = add_base(hub, full) if wanted.base else full
    return msgspec.structs.replace(seen, pull_request=full, author=author, comments=comments)


def add_files(hub: Hub, pull_request: PullRequest, changed_files: int) -> PullRequest:
    """With the files it changes: a request for each hundred."""
    path = f"pulls/{pull_request.number}/files"
    rows = hub.read_rows("read its files", path, _FileRow, most=MOST_FILES + 1)
    files = tuple(
        File(path=row.filename, status=row.status, patch=row.patch, previous_path=row.previous_filename or "")
        for row in rows
    )
    return msgspec.structs.replace(pull_request, files=files, files_complete=len(files) == changed_files)


def add_base(hub: Hub, pull_request: PullRequest) -> PullRequest:
    """With how far its base is ahead: one request."""
    return msgspec.structs.replace(pull_request, base_ahead_by=_base_ahead_by(hub, pull_request))


def list_own(hub: Hub, number: int, author: str, key: str) -> tuple[Comment, ...]:
    """Comments by our author with our marker for this key, oldest first.  An author that is gone is not ours."""
    return tuple(comment for login, comment in _list_marked(hub, number, key) if login == author)


def _list_marked(hub: Hub, number: int, key: str) -> tuple[tuple[str, Comment], ...]:
    """Login and comment of whatever begins with our marker for this key, oldest first."""
    rows = hub.read_rows("list comments", f"issues/{number}/comments", _Row)
    marked = [
        (row.user.login, Comment(id=row.id, node=row.node_id, body=row.body or "", marker=marker))
        for row in rows
        if row.user and (marker := read_marker(row.body or "")) and marker.key == key
    ]
    return tuple(sorted(marked, key=lambda pair: pair[1].id))


def _find_author(hub: Hub, logins: set[str]) -> str:
    """Who we are only matters where somebody else than the workflow's own identity wrote our marker."""
    if logins <= {WORKFLOW_AUTHOR}:
        return WORKFLOW_AUTHOR
    try:
        return read_author(hub)
    except CannotReach:
        return WORKFLOW_AUTHOR  # whose token may not ask


def read_file(hub: Hub, path: str, ref: str) -> bytes | None:
    """A file of the repository at a commit; None where there is none.  Raises CannotReach above 1 MiB."""
    what = "read the settings of the base branch"
    try:
        row = hub.read(what, f"contents/{quote(path)}", _Content, {"ref": ref})
    except Gone:
        return None
    if row.type != "file" or row.size > LARGEST_FILE or row.encoding != "base64":
        raise CannotReach(f"Could not {what}: it is no file below 1 MiB.", "Put an ordinary file there.")
    try:
        return base64.b64decode(row.content)
    except ValueError:
        raise CannotReach(f"Could not {what}: GitHub gave a broken answer.", "Run the job again.") from None


def _complete(pull: Pull) -> Pull:
    pull.complete()
    return pull


def _overridden(labels: tuple[Label, ...], wanted: Wanted) -> bool:
    names = {name.casefold() for name in wanted.labels}
    return any(label.may_write and label.name.casefold() in names for label in labels)


def _basis(pull: Pull, repository: str, number: int) -> PullRequest:
    """Convert strictly: a broken answer leaves None where PyGithub's types promise text.

    PyGithub follows a 301 and drops the query on the way, so that a file would come from the wrong commit: a repository
    that has moved is refused.
    """
    head, base = pull.head.repo, pull.base.repo
    if (base.full_name.casefold(), pull.number) != (repository.casefold(), number):
        message = f"Could not read pull request {number}: GitHub gave another one, or the repository has moved."
        raise CannotReach(message, "Run the job under the repository's present name.")
    values: dict[str, Any] = {
        "number": pull.number,
        "title": pull.title,
        "description": pull.body or "",
        "author": pull.user.login if pull.user else "",
        "source_branch": pull.head.ref,
        "target_branch": pull.base.ref,
        "head": pull.head.sha,
        "base": pull.base.sha,
        "head_repository": "" if head is None else head.full_name,
        "fork": head is None or head.full_name.casefold() != base.full_name.casefold(),
        "state": "merged" if pull.merged else pull.state,
        "draft": pull.draft,
        "labels": [{"name": label.name} for label in pull.labels],
        "live": True,
    }
    return msgspec.convert(values, PullRequest)


def _base_ahead_by(hub: Hub, pull: PullRequest) -> int:
    call = hub.repository.compare
    return hub.ask("compare with the base", lambda: int(call(pull.target_branch, pull.head).behind_by))


def _deployments(hub: Hub, environment: str, head: str) -> tuple[Deployment, ...]:
    """The newest deployments of ``head``, each with the state it has now; "" where it has none yet.

    Ours alone where there are any: they stand for all stacks of a run, and one whose run was lost stays unfinished.
    Those that GitHub makes of each job say no more than that this one stack went well.
    """
    query = {"sha": head, "environment": environment, "per_page": str(MOST_DEPLOYMENTS)}
    what = "read the deployments"
    rows = hub.read(what, "deployments", list[_Deployed], {**query, "task": APPLY_TASK})
    rows = rows or hub.read(what, "deployments", list[_Deployed], query)
    found = []
    for row in rows[:MOST_DEPLOYMENTS]:
        latest = hub.read(what, f"deployments/{row.id}/statuses", list[_DeployStatus], {"per_page": "1"})[:1]
        state, time = (latest[0].state, latest[0].created_at) if latest else ("", row.created_at)
        found.append(Deployment(environment=row.environment, commit=row.sha, state=state, at=time))
    return tuple(row for row in found if (row.environment, row.commit) == (environment, head))
