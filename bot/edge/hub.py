"""How GitHub is asked: one connection through PyGithub, and the policy of retries.  No PyGithub object leaves the edge.

PyGithub's own retries send a POST again and so make a second comment; hence they are off, and ``Hub.ask`` alone decides
what is asked again and how long it waits.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec
import requests
from github import BadAttributeException, GithubException, IncompletableObject
from github.Repository import Repository
from msgspec import Struct, structs

from bot.edge.progress import tell
from bot.errors import CannotReach, CannotWrite, TooLong

T = TypeVar("T")
BROKEN = (BadAttributeException, AssertionError, AttributeError, KeyError, TypeError, ValueError, msgspec.MsgspecError)
MOVED = RuntimeError  # what PyGithub raises for a 301 to another host or scheme, or in a circle
TROUBLE = (GithubException, requests.RequestException, MOVED, *BROKEN)
MOST_ROWS = 2000  # twenty pages of a hundred
INCIDENT_ADVICE = "Run the job again; see whether GitHub has an incident."
PERMISSIONS_ADVICE = "The job needs permissions: contents: read, pull-requests: write and statuses: write."


class Gone(CannotReach):
    """GitHub has no such thing (any more)."""


class Denied(CannotReach):
    """This token may not read that."""


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


class Hub:
    """One repository.  Every method raises CannotReach (or a child) with advice."""

    def __init__(self, repository: Repository, pace: Pace, sleep: Callable[[float], None]) -> None:
        self.repository = repository
        self.name: str = repository.full_name
        self.sleep = sleep
        self._pace = pace

    def ask(self, what: str, call: Callable[[], T], attempt: int = 0, *, writes: bool = False) -> T:
        """Ask, and ask again after trouble that passes; what remains is raised as CannotReach.

        With an ``attempt``, counted from 1, it asks once: the caller looks around before it asks again.
        """
        most = attempt or self._pace.attempts
        turn = attempt or 1
        tell(f"GitHub: {what}")
        while True:
            try:
                return call()
            except TROUBLE as error:
                wait = _wait(error, turn, self._pace)
                if wait is None or turn >= most:
                    raise _explain(what, error, wait, writes) from None
                self.sleep(wait)
            turn += 1

    def impatient(self) -> "Hub":
        """The same, for what can be done without: nothing is asked twice."""
        return Hub(self.repository, structs.replace(self._pace, attempts=1), self.sleep)

    def read(self, what: str, path: str, kind: type[T], query: Mapping[str, str] | None = None) -> T:
        """GET ``path`` below the repository, converted strictly to ``kind``."""
        return self.ask(what, lambda: msgspec.convert(self._send("GET", self._url(path), dict(query or {}))[0], kind))

    def read_rows(
        self,
        what: str,
        path: str,
        kind: type[T],
        query: Mapping[str, str] | None = None,
        inside: str = "",
        most: int = MOST_ROWS,
    ) -> tuple[T, ...]:
        """Every row of a paged list, which stands under the key ``inside`` of each page if there is one.

        ``most`` rows or more are refused.
        """

        rows: list[T] = []
        number, more = 1, True
        while more:
            sent = {**(query or {}), "per_page": "100", "page": str(number)}
            found, more = self.ask(what, partial(self._page, path, kind, sent, inside))
            rows += found
            number += 1
            check_count(len(rows), most)
        return tuple(rows)

    def _page(self, path: str, kind: type[T], query: dict[str, str], inside: str) -> tuple[list[T], bool]:
        data, headers = self._send("GET", self._url(path), query)
        rows = [msgspec.convert(row, kind) for row in _list(data[inside] if inside else data)]
        return rows, 'rel="next"' in headers.get("link", "")

    def write(self, what: str, verb: str, path: str, body: Mapping[str, object] | None, attempt: int = 0) -> Any:
        """Send a write, once if it is an ``attempt`` of the caller.  The answer as JSON, None where it is empty."""
        url = self._url(path)
        return self.ask(what, lambda: self._send(verb, url, None, body)[0], attempt, writes=True)

    def query(self, what: str, text: str, variables: Mapping[str, object], *, writes: bool = False) -> Any:
        """The ``data`` of a GraphQL answer; any error in it refuses the whole."""
        call = self.repository.requester.graphql_query
        return self.ask(what, lambda: call(text, dict(variables))[1]["data"], writes=writes)

    def _url(self, path: str) -> str:
        return f"/repos/{self.name}/{path}"

    def _send(
        self, verb: str, url: str, query: dict[str, str] | None = None, body: Mapping[str, object] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """One request.  PyGithub takes a redirect it does not follow for a success: here it is refused."""
        status, headers, text = self.repository.requester.requestJson(verb, url, query, None, body)
        if not 200 <= status < 300:
            raise GithubException(status, _decoded(text), headers)
        return (msgspec.json.decode(text) if text else None), headers


def check_count(number: int, most: int) -> None:
    """Raises CannotReach: what lies beyond could be ours, or what decides."""
    if number >= most:
        raise CannotReach(f"GitHub lists {most} entries or more.", "Open a fresh pull request for the branch.")


def _list(data: object) -> list[object]:
    if not isinstance(data, list):
        raise TypeError
    return data


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError):
        return text[:500]


def _wait(error: BaseException, turn: int, pace: Pace) -> float | None:
    """Seconds until it makes sense to ask again; None where it never does."""
    backoff = min(pace.first_wait * 2.0 ** (turn - 1), pace.longest_wait)
    if isinstance(error, MOVED):
        return None
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


def _explain(what: str, error: BaseException, wait: float | None, writes: bool) -> CannotReach:
    if isinstance(error, MOVED):
        return CannotReach(f"Could not {what}: GitHub is elsewhere.", "Check the address of the API (GITHUB_API_URL).")
    if not isinstance(error, GithubException) or isinstance(error, IncompletableObject):
        reason = "gave no answer" if isinstance(error, requests.RequestException) else "gave a broken answer"
        return _unsure(f"Could not {what}: GitHub {reason}.", wait)
    message = f"Could not {what}: GitHub {'refused the query' if _types(error) else f'answered {error.status}'}."
    if wait is not None:
        return _unsure(message, wait, _advice(error) if _limited(error) else INCIDENT_ADVICE)
    if error.status == 422 and "too long" in _said(error):
        return TooLong(message, "Show less in the comment.")
    if error.status == 404:
        return Gone(message, "Check the repository, the pull request and that the token may see them.")
    if error.status == 403 and not _limited(error):
        return (CannotWrite if writes else Denied)(message, _advice(error))
    return CannotReach(message, _advice(error))


def _unsure(message: str, wait: float | None, advice: str = INCIDENT_ADVICE) -> Unsure:
    error = Unsure(message, advice)
    error.wait = wait or 0.0
    return error


def _limited(error: GithubException) -> bool:
    used_up = (error.headers or {}).get("x-ratelimit-remaining") == "0"
    if "RATE_LIMITED" in _types(error):
        return True
    return error.status == 429 or (error.status == 403 and (used_up or "rate limit" in _said(error)))


def _types(error: GithubException) -> set[str]:
    """The types of a GraphQL answer's errors, which PyGithub reports as a 400."""
    rows = error.data.get("errors") if error.status == 400 and isinstance(error.data, dict) else None
    return {str(row["type"]) for row in rows if isinstance(row, dict) and "type" in row} if rows else set()


def _advice(error: GithubException) -> str:
    if error.status == 401:
        return "The token or the App's private key is wrong or has expired; a workflow passes its own token."
    if _limited(error):
        return "A rate limit is used up; run the job again later."
    if error.status in (403, 410) and "locked" in _said(error):
        return "The conversation is locked: unlock it, and run the job again."
    if error.status == 403 or "FORBIDDEN" in _types(error):
        return PERMISSIONS_ADVICE
    return "GitHub refused the request; run the job again, and report it if it stays."
