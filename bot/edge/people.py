"""Who did what on a pull request, and whether they may write: only that gives a label or an approval its weight."""

from typing import Protocol

from github.PullRequest import PullRequest as Pull

from bot.edge.hub import Gone, Hub, list_rows
from bot.pull_request import Approval, Label

OPINIONS = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}


class _Person(Protocol):
    @property
    def login(self) -> str: ...

    @property
    def type(self) -> str: ...


def login_of(person: _Person | None) -> str:
    return "" if person is None else str(person.login)  # a deleted account


def fetch_labels(hub: Hub, number: int, names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[Label, ...]:
    """Labels; for the ``wanted`` ones that are set also who gave them (issue events) and whether they may write."""
    overrides = {name.casefold() for name in wanted} & {name.casefold() for name in names}
    if not overrides:
        return tuple(Label(name=name) for name in names)
    given = hub.ask("read who set the labels", lambda: _givers(hub, number))
    rights: dict[str, bool] = {}
    return tuple(
        _given(hub, name, given.get(name.casefold()), rights) if name.casefold() in overrides else Label(name=name)
        for name in names
    )


def fetch_approvals(hub: Hub, pull: Pull, head: str) -> tuple[Approval, ...]:
    """Who approves ``head``: the last opinion of each person counts."""
    latest = hub.ask("read the reviews", lambda: _latest_reviews(pull))
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


def _robot(person: _Person | None) -> bool:
    return person is None or person.type == "Bot" or person.login.endswith("[bot]")


def _givers(hub: Hub, number: int) -> dict[str, tuple[str, bool, str]]:
    """Folded label name -> who set it last, whether that is a robot, when; taken off again means nobody."""
    given: dict[str, tuple[str, bool, str]] = {}
    for event in list_rows(hub.repository.get_issue(number).get_events()):
        if event.event == "labeled":
            time = event.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            robot = _robot(event.actor) or event.performed_via_github_app is not None
            given[event.label.name.casefold()] = (login_of(event.actor), robot, time)
        elif event.event == "unlabeled":
            given.pop(event.label.name.casefold(), None)
    return given


def _latest_reviews(pull: Pull) -> dict[str, tuple[bool, str, str]]:
    """Login -> robot, state, commit of the last review with an opinion; a remark takes no approval back."""
    return {
        review.user.login: (_robot(review.user), review.state, review.commit_id)
        for review in list_rows(pull.get_reviews())
        if review.state in OPINIONS and login_of(review.user)
    }
