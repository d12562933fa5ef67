"""GitHub through PyGithub: the connection, reading a pull request, and single writes.  No PyGithub object leaves here.

PyGithub's own retries send a POST again and so make a second comment; hence they are off, and ``_ask`` alone decides
what is asked again and how long it waits.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Protocol, TypeVar

import msgspec
import requests
from github import Auth, BadAttributeException, Github, GithubException, IncompletableObject
from github.PullRequest import PullRequest as Pull
from github.Repository import Repository
from msgspec import Struct

from bot.errors import CannotReach, TooLong
from bot.publication import Status
from bot.pull_request import Approval, File, Label, PullRequest

T = TypeVar("T")
BROKEN = (BadAttributeException, AssertionError, AttributeError, KeyError, TypeError, ValueError, msgspec.MsgspecError)
TROUBLE = (GithubException, requests.RequestException, *BROKEN)
MOST_ROWS = 2000  # twenty pages of a hundred
MOST_FILES = 3000  # GitHub lists no more
OPINIONS = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}
PERMISSIONS_ADVICE = "The job needs permissions: contents: read, pull-requests: write and statuses: write."


class Gone(CannotReach):
    """GitHub has no such thing (any more)."""


class Unsure(CannotReach):
    """No usable answer: a write may or may not have taken effect.  ``wait`` are seconds before asking again."""

    wait = 0.0


class Pace(Struct, frozen=True, kw_only=True):
    """How patient we are; all times in seconds.  None for ``between_…`` means no throttle."""

    timeout: int = 15
    attempts: int = 4
    first_wait: float = 1.0
    limit_wait: float = 60.0  # a rate limit that does not say how long
    longest_wait: float = 90.0
    between_requests: float | None = 0.25
    between_writes: float | None = 1.0


class Wanted(Struct, frozen=True, kw_only=True):
    """What costs further requests: events of ``labels`` (only if one is set), reviews, files, base against head."""

    labels: tuple[str, ...] = ()
    approvals: bool = False
    files: bool = False
    base: bool = False


class Comment(Struct, frozen=True, kw_only=True):
    """A comment; ``author`` is "" where the account is gone."""

    id: int
    author: str
    body: str


class _Person(Protocol):
    @property
    def login(self) -> str: ...

    @property
    def type(self) -> str: ...


class Hub:
    """One repository.  Every method raises CannotReach (or a child) with advice."""

    def __init__(self, repository: Repository, pace: Pace, sleep: Callable[[float], None]) -> None:
        self._repository = repository
        self._pace = pace
        self.sleep = sleep

    def fetch_pull_request(self, number: int, wanted: Wanted) -> PullRequest:
        """The pull request as it is now: one request, and those that ``wanted`` asks for."""
        what = f"read pull request {number}"
        pull = self._ask(what, lambda: _complete(self._repository.get_pull(number)))
        basis = self._ask(what, lambda: _basis(pull))
        files = self._ask("read its files", lambda: _files(pull)) if wanted.files else ()
        return msgspec.structs.replace(
            basis,
            labels=self._labels(number, tuple(label.name for label in basis.labels), wanted.labels),
            approvals=self._approvals(pull, basis.head) if wanted.approvals else (),
            base_ahead_by=self._base_ahead_by(basis) if wanted.base else None,
            files=files,
            files_complete=not wanted.files or len(files) == pull.changed_files,
        )

    def list_comments(self, number: int) -> tuple[Comment, ...]:
        """Every comment, oldest first.  Raises CannotReach where there are more than we page through."""
        issue = self._repository.get_issue(number)
        return self._ask(
            "list comments",
            lambda: tuple(_comment(row.id, row.user, row.body) for row in _rows(issue.get_comments())),
        )

    def add_comment(self, number: int, body: str) -> None:
        """Send once.  Raises Unsure where it may have arrived: look before sending again; TooLong; CannotReach."""

        def send() -> None:
            if self._repository.get_issue(number).create_comment(body).id is None:
                raise TypeError

        self._ask("write the comment", send, 1)

    def edit_comment(self, number: int, comment: int, body: str) -> None:
        """Replace a body.  Raises Gone where the comment was removed meanwhile, TooLong, CannotReach."""
        row = self._repository.get_issue(number).get_comment(comment)
        self._ask("update the comment", lambda: row.edit(body))

    def remove_comment(self, number: int, comment: int) -> None:
        """Delete a comment; one that is already gone is fine."""
        row = self._repository.get_issue(number).get_comment(comment)
        try:
            self._ask("remove a duplicate comment", row.delete)
        except Gone:
            return

    def set_status(self, head: str, status: Status, link: str) -> None:
        """Set a commit status; a longer description is cut at GitHub's 140 characters."""
        extra: dict[str, str] = {"target_url": link} if link else {}
        description = status.description if len(status.description) <= 140 else status.description[:139] + "…"
        commit = self._repository.get_commit(head)
        self._ask(
            "set the status",
            lambda: commit.create_status(status.state, description=description, context=status.context, **extra),
        )

    def _labels(self, number: int, names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[Label, ...]:
        overrides = {name.casefold() for name in wanted} & {name.casefold() for name in names}
        if not overrides:
            return tuple(Label(name=name) for name in names)
        given = self._ask("read who set the labels", lambda: _givers(self._repository, number))
        rights: dict[str, bool] = {}
        return tuple(
            self._given(name, given.get(name.casefold()), rights) if name.casefold() in overrides else Label(name=name)
            for name in names
        )

    def _given(self, name: str, event: tuple[str, bool, str] | None, rights: dict[str, bool]) -> Label:
        if event is None:
            return Label(name=name)
        login, robot, time = event
        if login not in rights:
            rights[login] = not robot and self._may_write(login)
        return Label(name=name, given_by=login, given_at=time, may_write=rights[login])

    def _may_write(self, login: str) -> bool:
        if not login:
            return False
        try:
            word = self._ask("read a permission", lambda: self._repository.get_collaborator_permission(login))
        except Gone:
            return False
        return word in ("admin", "write")

    def _approvals(self, pull: Pull, head: str) -> tuple[Approval, ...]:
        latest = self._ask("read the reviews", lambda: _latest_reviews(pull))
        people = [
            (login, robot) for login, (robot, state, commit) in latest.items() if (state, commit) == ("APPROVED", head)
        ]
        return tuple(Approval(person=login, may_write=not robot and self._may_write(login)) for login, robot in people)

    def _base_ahead_by(self, pull: PullRequest) -> int:
        call = self._repository.compare
        return self._ask("compare with the base", lambda: int(call(pull.target_branch, pull.head).behind_by))

    def _ask(self, what: str, call: Callable[[], T], attempts: int | None = None) -> T:
        """Ask, and ask again after trouble that passes; what remains is raised as CannotReach."""
        most = attempts or self._pace.attempts
        turn = 1
        while True:
            try:
                return call()
            except TROUBLE as error:
                wait = _wait(error, turn, self._pace)
                if wait is None or turn >= most:
                    raise _explain(what, error, wait) from None
                self.sleep(wait)
            turn += 1


def connect(token: str, api_url: str, repository: str, sleep: Callable[[float], None], pace: Pace) -> Hub:
    """A connection to ``owner/name``; nothing is sent yet."""
    client = Github(
        auth=Auth.Token(token),
        base_url=api_url,
        timeout=pace.timeout,
        user_agent="plan-review",
        per_page=100,
        retry=0,
        seconds_between_requests=pace.between_requests,
        seconds_between_writes=pace.between_writes,
        lazy=True,
        api_version="2022-11-28",
    )
    return Hub(client.get_repo(repository), pace, sleep)


def _complete(pull: Pull) -> Pull:
    pull.complete()
    return pull


def _rows(rows: Iterable[T]) -> list[T]:
    found = list(islice(rows, MOST_ROWS))
    if len(found) == MOST_ROWS:  # what lies beyond could be ours, or what decides
        raise CannotReach(f"GitHub lists {MOST_ROWS} entries or more.", "Open a fresh pull request for the branch.")
    return found


def _login(person: _Person | None) -> str:
    return "" if person is None else str(person.login)  # a deleted account


def _robot(person: _Person | None) -> bool:
    return person is None or person.type == "Bot" or person.login.endswith("[bot]")


def _comment(number: int, user: _Person | None, body: str | None) -> Comment:
    return msgspec.convert({"id": number, "author": _login(user), "body": body or ""}, Comment)


def _basis(pull: Pull) -> PullRequest:
    """Convert strictly: a broken answer leaves None where PyGithub's types promise text."""
    values: dict[str, Any] = {
        "number": pull.number,
        "title": pull.title,
        "description": pull.body or "",
        "author": _login(pull.user),
        "source_branch": pull.head.ref,
        "target_branch": pull.base.ref,
        "head": pull.head.sha,
        "labels": [{"name": label.name} for label in pull.labels],
    }
    return msgspec.convert(values, PullRequest)


def _files(pull: Pull) -> tuple[File, ...]:
    return tuple(
        msgspec.convert(
            {
                "path": row.filename,
                "status": row.status,
                "patch": row.patch,
                "previous_path": row.previous_filename or "",
            },
            File,
        )
        for row in islice(pull.get_files(), MOST_FILES)
    )


def _givers(repository: Repository, number: int) -> dict[str, tuple[str, bool, str]]:
    """Folded label name -> who set it last, whether that is a robot, when; taken off again means nobody."""
    given: dict[str, tuple[str, bool, str]] = {}
    for event in _rows(repository.get_issue(number).get_events()):
        if event.event == "labeled":
            time = event.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            robot = _robot(event.actor) or event.performed_via_github_app is not None
            given[event.label.name.casefold()] = (_login(event.actor), robot, time)
        elif event.event == "unlabeled":
            given.pop(event.label.name.casefold(), None)
    return given


def _latest_reviews(pull: Pull) -> dict[str, tuple[bool, str, str]]:
    """Login -> robot, state, commit of the last review with an opinion; a remark takes no approval back."""
    return {
        review.user.login: (_robot(review.user), review.state, review.commit_id)
        for review in _rows(pull.get_reviews())
        if review.state in OPINIONS and _login(review.user)
    }


def _wait(error: BaseException, turn: int, pace: Pace) -> float | None:
    """Seconds until it makes sense to ask again; None where it never does."""
    backoff = min(pace.first_wait * 2.0 ** (turn - 1), pace.longest_wait)
    if not isinstance(error, GithubException) or isinstance(error, IncompletableObject):
        return backoff  # no answer, or one that lacks what every answer has
    after = (error.headers or {}).get("retry-after")
    if error.status == 429 or (error.status == 403 and (after or "secondary rate limit" in _said(error))):
        wait = float(after) if after and after.isdecimal() else pace.limit_wait
        return wait if wait <= pace.longest_wait else None
    return backoff if error.status >= 500 else None


def _said(error: GithubException) -> str:
    """GitHub's words in lower case, for comparing only: they may echo what we sent."""
    return str(error.data).lower()


def _explain(what: str, error: BaseException, wait: float | None) -> CannotReach:
    if not isinstance(error, GithubException) or isinstance(error, IncompletableObject):
        reason = "gave no answer" if isinstance(error, requests.RequestException) else "gave a broken answer"
        return _unsure(f"Could not {what}: GitHub {reason}.", wait)
    message = f"Could not {what}: GitHub answered {error.status}."
    if wait is not None:
        return _unsure(message, wait)
    if error.status == 422 and "too long" in _said(error):
        return TooLong(message, "Show less in the comment.")
    if error.status == 404:
        return Gone(message, "Check the repository, the pull request and that the token may see them.")
    return CannotReach(message, _advice(error))


def _unsure(message: str, wait: float | None) -> Unsure:
    error = Unsure(message, "Run the job again; see whether GitHub has an incident.")
    error.wait = wait or 0.0
    return error


def _advice(error: GithubException) -> str:
    if error.status == 401:
        return "The token is wrong or has expired; pass the workflow's own token."
    if error.status in (403, 429):
        limited = error.status == 429 or "rate limit" in _said(error)
        return "A rate limit is used up; run the job again later." if limited else PERMISSIONS_ADVICE
    return "GitHub refused the request; run the job again, and report it if it stays."
