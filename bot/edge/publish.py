"""Write a publication in the safe order: what holds goes out first, success last, and never two comments."""

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct, structs

from bot.edge.hub import Hub
from bot.edge.meeting import confirm
from bot.edge.one_comment import place
from bot.edge.reading import Seen, find
from bot.edge.runs import Run, Target, is_late
from bot.edge.statuses import set_status
from bot.edge.writing import add_labels, remove_label
from bot.errors import CannotReach, TooLong
from bot.marker import Marker, read_marker
from bot.publication import PLAN_LABELS, Publication, Status

Ending = Literal["published", "superseded", "outdated", "closed"]
Smaller = Callable[[], Publication]


class Outcome(Struct, frozen=True, kw_only=True):
    """How it ended.  ``warnings`` are sentences about what failed without touching the verdict."""

    ending: Ending
    warnings: tuple[str, ...] = ()


def announce(hub: Hub, target: Target, context: str) -> None:
    """Status pending.  For the start of a long job: it takes an older verdict on this commit out of force."""
    status = Status(context=context, state="pending", description="Being reviewed.")
    set_status(hub, target.head, status, target.link)


def publish(hub: Hub, publication: Publication, target: Target, seen: Seen, smaller: Smaller | None = None) -> Outcome:
    """Perform ``publication``.  Raises CannotReach, after the status was set to error if that was still possible.

    ``seen`` was fetched just before: that is the check that nobody pushed or merged meanwhile.  "outdated": somebody
    pushed; "closed": it is merged or closed; "superseded": a later run was here first.  None of them leaves
    text or verdict.
    Runs that meet put right what an earlier one wrote last, see ``confirm``.  One gap is left: an earlier run stands
    still between reading the comments and its next request, until a later one has ended: that one waits ``SETTLING``
    seconds for those that have announced themselves by a status.  The earlier text stays then, though never the
    earlier verdict, and its run says so.  A `concurrency` group closes the gap.
    ``smaller`` makes a shorter publication with the same verdict, for a GitHub that finds the comment too long.
    """
    if seen.pull_request.state != "open":
        return Outcome(ending="closed")
    if seen.pull_request.head != target.head:
        return Outcome(ending="outdated")
    if any(row.marker.applied for row in seen.comments) and find(hub, target.number).pull_request.state != "open":
        return Outcome(ending="closed")  # merged since it was read; on an open one somebody wrote the marker by hand
    target = structs.replace(target, link=target.link or seen.url)
    try:
        return _perform(hub, publication, target, seen, smaller)
    except CannotReach:
        give_up(hub, target, publication.status.context)
        raise


def give_up(hub: Hub, target: Target, context: str) -> None:
    """Status error, if still possible.  Also for a caller whose reading failed: no older verdict may stand."""
    description = "The review could not be published; see the job."
    try:
        set_status(hub, target.head, Status(context=context, state="error", description=description), target.link)
    except CannotReach:
        return  # the first error is the one to tell


def _perform(hub: Hub, publication: Publication, target: Target, seen: Seen, smaller: Smaller | None) -> Outcome:
    status = publication.status
    run = Run(hub=hub, target=target, marker=_marker(publication), context=status.context)
    if is_late(run, seen.comments):
        return _give_way(run, publication.comment)
    holds = status.state != "success"
    if holds:
        set_status(hub, target.head, status, target.link, publication.shown)
    for label in publication.voided:
        remove_label(hub, target.number, label.name)
    placed, body = _place(run, publication, seen, smaller)
    if not placed:
        return _give_way(run, body)
    warnings = _set_plan_labels(run, publication.plan_labels, seen) if target.plan_labels else ()
    if not holds:
        set_status(hub, target.head, status, target.link, publication.shown)
    return Outcome(ending="published", warnings=(*warnings, *confirm(run, body)))


def _give_way(run: Run, body: str) -> Outcome:
    """A later run was here: its verdict is to be the newest status, and not what this one has set on the way."""
    return Outcome(ending="superseded", warnings=confirm(run, body))


def _place(run: Run, publication: Publication, seen: Seen, smaller: Smaller | None) -> tuple[bool, str]:
    """Was it placed, and which text: the full one, or a smaller one where GitHub finds that too long."""
    try:
        return place(run, publication.comment, seen.comments), publication.comment
    except TooLong:
        if smaller is None:
            raise
        body = smaller().comment
        return place(run, body, run.list_own()), body


def _marker(publication: Publication) -> Marker:
    marker = read_marker(publication.comment)
    if marker is None:
        raise ValueError("a comment of ours begins with a marker")
    return marker


def _set_plan_labels(run: Run, names: Sequence[str], seen: Seen) -> tuple[str, ...]:
    """Labels are a convenience: trouble with them is a warning."""
    present = {label.name.casefold() for label in seen.pull_request.labels}
    missing = [name for name in names if name.casefold() not in present]
    try:
        if missing:
            add_labels(run.hub, run.target.number, missing)
        for name in PLAN_LABELS:
            if name in present and name not in names:
                remove_label(run.hub, run.target.number, name)
    except CannotReach as error:
        return (f"{error.message} {error.advice}",)
    return ()
