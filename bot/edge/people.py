"""Who did what on a pull request, and whether they may write: only that gives a label or an approval its weight."""

from typing import Annotated

from msgspec import Meta, Struct

from bot.edge.hub import Gone, Hub
from bot.pull_request import Approval, Label

OPINIONS = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}


class _Person(Struct, frozen=True):
    login: str
    type: str = ""


class _Named(Struct, frozen=True):
    name: str


class _Event(Struct, frozen=True, kw_only=True):
    event: str
    created_at: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
    actor: _Person | None = None
    label: _Named | None = None
    performed_via_github_app: object = None


class _Review(Struct, frozen=True, kw_only=True):
    state: str
    user: _Person | None = None
    commit_id: str | None = None


def fetch_labels(hub: Hub, number: int, names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[Label, ...]:
    """Labels; for the ``wanted`` ones that are set also who gave them (issue events) and whether they may write."""
    overrides = {name.casefold() for name in wanted} & {name.casefold() for name in names}
    if not overrides:
        return tuple(Label(name=name) for name in names)
    given = _givers(hub, number)
    rights: dict[str, bool] = {}
    return tuple(
        _given(hub, name, given.get(name.casefold()), rights) if name.casefold() in overrides else Label(name=name)
        for name in names
    )


def fetch_approvals(hub: Hub, number: int, head: str) -> tuple[Approval, ...]:
    """Who approves ``head``: the last opinion of each person counts."""
    latest = _latest_reviews(hub, number)
    people = [
        (login, robot) for login, (robot, state, commit) in latest.items() if (state, commit) == ("APPROVED", head)
    ]
    return tuple(Approval(person=login, may_write=not robot and _may_write(hub, login)) for login, robot in people)


def _given(hub: Hub, name: str, event: tuple[str, bool, str] | None, rights: dict[str, bool]) -> Label:
    if event is None:
        return Label(name=name)
    login, robot, time = event
    if login not in rights:
        rights[login] = not robot and _may_write(hub, login)
    return Label(name=name, given_by=login, given_at=time, may_write=rights[login])


def _may_write(hub: Hub, login: str) -> bool:
    if not login:
        return False
    try:
        word = hub.ask("read a permission", lambda: hub.repository.get_collaborator_permission(login))
    except Gone:
        return False
    return word in ("admin", "write")


def _login_of(person: _Person | None) -> str:
    return "" if person is None else person.login  # a deleted account


def _robot(person: _Person | None) -> bool:
    return person is None or person.type == "Bot" or person.login.endswith("[bot]")


def _givers(hub: Hub, number: int) -> dict[str, tuple[str, bool, str]]:
    """Folded label name -> who set it last, whether that is a robot, when; taken off again means nobody."""
    given: dict[str, tuple[str, bool, str]] = {}
    for event in hub.read_rows("read who set the labels", f"issues/{number}/events", _Event):
        name = event.label.name.casefold() if event.label else ""
        if event.event == "labeled":
            robot = _robot(event.actor) or event.performed_via_github_app is not None
            given[name] = (_login_of(event.actor), robot, event.created_at[:19] + "Z")
        elif event.event == "unlabeled":
            given.pop(name, None)
    return given


def _latest_reviews(hub: Hub, number: int) -> dict[str, tuple[bool, str, str | None]]:
    """Login -> robot, state, commit of the last review with an opinion; a remark takes no approval back."""
    return {
        review.user.login: (_robot(review.user), review.state, review.commit_id)
        for review in hub.read_rows("read the reviews", f"pulls/{number}/reviews", _Review)
        if review.user and review.state in OPINIONS
    }
