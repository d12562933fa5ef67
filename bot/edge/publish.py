"""Write a publication in the safe order: what holds goes out first, success last, and never two comments."""

from typing import Literal

from msgspec import Struct

from bot.edge.hub import Comment, Gone, Hub, Unsure
from bot.errors import CannotReach
from bot.marker import Marker, read_marker
from bot.publication import Publication, Status

ATTEMPTS = 4  # one and three more
Outcome = Literal["published", "superseded", "outdated"]


class Target(Struct, frozen=True, kw_only=True):
    """Where to write.  ``head`` is the commit that was planned, ``author`` the login that our token writes under."""

    number: int
    head: str
    link: str = ""
    author: str = "github-actions[bot]"


def announce(hub: Hub, target: Target, context: str) -> None:
    """Status pending.  For the start of a long job: it takes an older verdict on this commit out of force."""
    hub.set_status(target.head, Status(context=context, state="pending", description="Being reviewed."), target.link)


def publish(hub: Hub, publication: Publication, target: Target, head_now: str) -> Outcome:
    """Perform ``publication``.  Raises CannotReach, after the status was set to error if that was still possible.

    ``head_now`` is the head of the pull request as fetched just before: that request is the check that nobody pushed
    meanwhile, and a second one would say no more.  "outdated": somebody pushed; "superseded": a later run was here
    first.  Both write nothing at all.
    """
    if head_now != target.head:
        return "outdated"
    try:
        return _perform(hub, publication, target)
    except CannotReach:
        _give_up(hub, publication.status, target)
        raise


def _perform(hub: Hub, publication: Publication, target: Target) -> Outcome:
    marker = read_marker(publication.comment)
    if marker is None:
        raise ValueError("a comment of ours begins with a marker")
    own = _own(hub, target, marker.key)
    if any(_run(theirs) > _run(marker) for _, theirs in own):
        return "superseded"
    holds = publication.status.state != "success"
    if holds:
        hub.set_status(target.head, publication.status, target.link)
    _write(hub, target, publication.comment, marker, own)
    if not own and not _settle(hub, target, publication.comment, marker):
        return "superseded"
    if not holds:
        hub.set_status(target.head, publication.status, target.link)
    return "published"


def _give_up(hub: Hub, status: Status, target: Target) -> None:
    try:
        error = Status(
            context=status.context, state="error", description="The review could not be published; see the job."
        )
        hub.set_status(target.head, error, target.link)
    except CannotReach:
        return  # the first error is the one to tell


def _own(hub: Hub, target: Target, key: str) -> list[tuple[Comment, Marker]]:
    """Comments with our marker for this key and by our author, oldest first."""
    rows = [(row, read_marker(row.body)) for row in hub.list_comments(target.number)]
    own = [(row, marker) for row, marker in rows if marker and marker.key == key and row.author == target.author]
    return sorted(own, key=lambda pair: pair[0].id)


def _run(marker: Marker) -> tuple[int, int]:
    return (int(marker.run_id) if marker.run_id.isdecimal() else 0, marker.attempt)


def _write(hub: Hub, target: Target, body: str, marker: Marker, own: list[tuple[Comment, Marker]]) -> None:
    if not own:
        _create(hub, target, body, marker)
        return
    oldest, *newer = [row for row, _ in own]
    if not _same(oldest.body, body):
        try:
            hub.edit_comment(target.number, oldest.id, body)
        except Gone:  # removed by a person since we listed it
            _write(hub, target, body, marker, own[1:])
            return
    for row in newer:
        hub.remove_comment(target.number, row.id)


def _settle(hub: Hub, target: Target, body: str, marker: Marker) -> bool:
    """After a first comment: did another run write its first one at the same time?  False: it is later than ours.

    Whoever comes second in the list sees both.  The earlier run removes only a comment of its own that is not the
    oldest, the later run moves into the oldest: one is left, with the later text, whichever of them is faster.
    """
    own = _own(hub, target, marker.key)
    if any(_run(theirs) > _run(marker) for _, theirs in own):
        for row, theirs in own[1:]:
            if _run(theirs) == _run(marker):
                hub.remove_comment(target.number, row.id)
        return False
    if len(own) > 1:
        _write(hub, target, body, marker, own)
    return True


def _create(hub: Hub, target: Target, body: str, marker: Marker) -> None:
    """Add the comment.  Without a clear answer, look whether it arrived before it is sent again."""
    for turn in range(1, ATTEMPTS + 1):
        try:
            hub.add_comment(target.number, body)
            return
        except Unsure as error:
            hub.sleep(error.wait)
            if any(_same(row.body, body) for row, _ in _own(hub, target, marker.key)):
                return
            if turn == ATTEMPTS:
                raise


def _same(theirs: str, ours: str) -> bool:
    return theirs.replace("\r\n", "\n").rstrip() == ours.rstrip()
