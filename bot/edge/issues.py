"""Issues of our own: list them, open one, keep it up to date, close it.

Listed by label and creator, every page: the search of GitHub lags behind.  A marker is text that anybody can write, so
it counts only together with our own author, whom GitHub names.
"""

from collections.abc import Callable
from urllib.parse import quote

from msgspec import Struct

from bot.drift_issue import Issue, Step, Text, read_drift_marker
from bot.edge.hub import PERMISSIONS_ADVICE, Gone, Hub, Unsure
from bot.errors import CannotReach, CannotWrite, TooLong

ATTEMPTS = 4  # one and three more
MOST_ISSUES = 10_000  # of one author
COLOUR, SAYS = "d4c5f9", "Something was changed outside Terraform"
ADVICE = "The job needs permissions: contents: read and issues: write; and the repository must have issues switched on."
Smaller = Callable[[], Text]


class _User(Struct, frozen=True):
    login: str


class _Label(Struct, frozen=True):
    name: str = ""


class _Row(Struct, frozen=True, kw_only=True):
    number: int
    state: str
    title: str
    created_at: str
    body: str | None = None
    user: _User | None = None
    labels: tuple[_Label | str, ...] = ()
    pull_request: object = None


def list_issues(hub: Hub, author: str, label: str) -> tuple[Issue, ...]:
    """Our issues, open and closed, oldest first; open ones without the label too.  Raises CannotReach."""
    labelled = _list(hub, {"labels": label, "creator": author, "state": "all"})
    others = _list(hub, {"creator": author, "state": "open"})
    rows = {row.number: row for row in (*labelled, *others)}
    found = (_issue(row, author) for _, row in sorted(rows.items()))
    return tuple(issue for issue in found if issue)


def _list(hub: Hub, query: dict[str, str]) -> tuple[_Row, ...]:
    try:
        return hub.read_rows("list the drift issues", "issues", _Row, query, most=MOST_ISSUES)
    except CannotReach as error:
        raise CannotReach(error.message, _advice(error)) from None


def _advice(error: CannotReach) -> str:
    """404 and 410: there are no issues here, or none that the token may see."""
    none = isinstance(error, Gone) or error.message.endswith("answered 410.")
    return ADVICE if none or error.advice == PERMISSIONS_ADVICE else error.advice


def _issue(row: _Row, author: str) -> Issue | None:
    """A pull request is listed as an issue as well, and is none."""
    marker = read_drift_marker(row.body or "")
    if marker is None or row.pull_request is not None or row.user is None or row.user.login != author:
        return None
    return Issue(
        number=row.number,
        open=row.state == "open",
        title=row.title,
        body=row.body or "",
        created_at=row.created_at,
        labels=tuple(label if isinstance(label, str) else label.name for label in row.labels),
        marker=marker,
    )


def perform(hub: Hub, step: Step, author: str, label: str, smaller: Smaller) -> int:
    """Do what ``step`` says; the number of the issue, 0 for none.  Raises CannotReach.

    ``smaller`` gives a shorter text, for a GitHub that finds the full one too long.
    """
    try:
        return _perform(hub, step, author, label, smaller)
    except CannotWrite as error:
        raise CannotWrite(error.message, ADVICE) from None


def _perform(hub: Hub, step: Step, author: str, label: str, smaller: Smaller) -> int:
    number = step.number
    if step.word == "open" and step.text:
        make_label(hub, label)
        number = _open(hub, step.text, author, label, smaller)
    elif step.word in ("update", "reopen") and step.text:
        _edit(hub, number, step.text, smaller, {"state": "open"} if step.word == "reopen" else {})
    if step.word in ("update", "reopen", "same") and label.casefold() not in [name.casefold() for name in step.labels]:
        make_label(hub, label)
        hub.write("set the label", "POST", f"issues/{number}/labels", {"labels": [label]})
    if step.said and step.word != "close":
        comment(hub, number, step.said)
    if step.word == "close":
        close(hub, number, step.said, "completed")
    for other in step.duplicates:
        close(hub, other, f"There are two issues for this stack; #{number} is kept.", "not_planned")
    return number


def make_label(hub: Hub, label: str) -> None:
    """Make the label where it is missing.  Two runs may do so at once: then it is there as well."""
    path = f"labels/{quote(label, safe='')}"
    try:
        hub.read("read the label", path, _Label)
    except Gone:
        try:
            hub.write("make the label", "POST", "labels", {"name": label, "color": COLOUR, "description": SAYS})
        except CannotWrite:
            raise
        except CannotReach:
            hub.read("read the label", path, _Label)


def _open(hub: Hub, text: Text, author: str, label: str, smaller: Smaller) -> int:
    """Open the issue.  Without a clear answer, look whether it arrived before it is sent again."""
    for turn in range(1, ATTEMPTS + 1):
        sent = {"title": text.title, "body": text.body, "labels": [label]}
        try:
            answer = hub.write("open the issue", "POST", "issues", sent, attempt=1)
            if isinstance(answer, dict) and isinstance(answer.get("number"), int):
                return int(answer["number"])
            raise Unsure("Could not open the issue: GitHub gave a broken answer.", "Run the job again.")
        except TooLong:
            text = smaller()
        except Unsure as error:
            hub.sleep(error.wait)
            arrived = [issue for issue in list_issues(hub, author, label) if _same(issue.body, text.body)]
            if arrived:
                return arrived[0].number
            if turn == ATTEMPTS:
                raise
    raise CannotReach("Could not open the issue: GitHub finds it too long.", "Report this, please.")


def _edit(hub: Hub, number: int, text: Text, smaller: Smaller, more: dict[str, str]) -> None:
    """Replace title and description.  GitHub may answer 200 to one that is too long and keep the old: so it is read."""
    try:
        if _sent(hub, number, text, more):
            return
    except TooLong:
        pass
    if not _sent(hub, number, smaller(), more):
        raise CannotReach("Could not update the issue: GitHub kept the old description.", "Run the job again.")


def _sent(hub: Hub, number: int, text: Text, more: dict[str, str]) -> bool:
    body = {"title": text.title, "body": text.body, **more}
    answer = hub.write("update the issue", "PATCH", f"issues/{number}", body)
    return isinstance(answer, dict) and _same(str(answer.get("body") or ""), text.body)


def comment(hub: Hub, number: int, text: str) -> None:
    hub.write("comment on the issue", "POST", f"issues/{number}/comments", {"body": text}, attempt=1)


def close(hub: Hub, number: int, said: str, reason: str) -> None:
    """Say why, then close: the other way round a failure would leave it closed without a word."""
    comment(hub, number, said)
    hub.write("close the issue", "PATCH", f"issues/{number}", {"state": "closed", "state_reason": reason})


def _same(theirs: str, ours: str) -> bool:
    return theirs.replace("\r\n", "\n").rstrip() == ours.rstrip()
