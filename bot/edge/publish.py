"""Write a publication in the safe order: what holds goes out first, success last, and never two comments."""

from collections.abc import Callable, Sequence
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct, structs

from bot.edge.hub import Gone, Hub, Unsure
from bot.edge.reading import Comment, Seen, find, list_own
from bot.edge.statuses import RUN, list_of_runs, read_runs, set_again, set_status
from bot.edge.writing import add_comment, add_labels, edit_comment, hide_comment, remove_comment, remove_label
from bot.errors import CannotReach, TooLong
from bot.marker import Marker, read_marker
from bot.publication import PLAN_LABELS, Publication, Status

ATTEMPTS = 4  # one and three more
SETTLING = 3.0  # seconds between the comment and the success of one run, at most
Ending = Literal["published", "superseded", "outdated", "closed"]
Mode = Literal["update", "hide-and-new", "delete-and-new"]
Smaller = Callable[[], Publication]


class Outcome(Struct, frozen=True, kw_only=True):
    """How it ended.  ``warnings`` are sentences about what failed without touching the verdict."""

    ending: Ending
    warnings: tuple[str, ...] = ()


class Target(Struct, frozen=True, kw_only=True):
    """Where to write.  ``head`` is the commit that was planned, ``author`` the login that our token writes under.

    ``link`` is the run's page, …/actions/runs/<run id>/attempts/<attempt>: by it a run proves that it exists.
    """

    number: int
    head: str
    link: str = ""
    author: str = "github-actions[bot]"
    mode: Mode = "update"
    plan_labels: bool = False


class _Job(Struct, frozen=True, kw_only=True):
    """One publishing: where, as which run."""

    hub: Hub
    target: Target
    marker: Marker
    context: str

    def list_own(self) -> tuple[Comment, ...]:
        return list_own(self.hub, self.target.number, self.target.author, self.marker.key)

    def read_runs(self) -> set[tuple[int, int]]:
        return read_runs(self.hub, self.target.head, self.context, self.target.author)


def announce(hub: Hub, target: Target, context: str) -> None:
    """Status pending.  For the start of a long job: it takes an older verdict on this commit out of force."""
    status = Status(context=context, state="pending", description="Being reviewed.")
    set_status(hub, target.head, status, target.link)


def publish(hub: Hub, publication: Publication, target: Target, seen: Seen, smaller: Smaller | None = None) -> Outcome:
    """Perform ``publication``.  Raises CannotReach, after the status was set to error if that was still possible.

    ``seen`` was fetched just before: that is the check that nobody pushed or merged meanwhile.  "outdated": somebody
    pushed; "closed": it is merged or closed; "superseded": a later run was here first.  All three write nothing.
    Runs that meet put right what an earlier one wrote last, see ``_confirm``.  An earlier one that sleeps between its
    reading and its writing until the later one has ended still leaves its text, though never its verdict.  The remedy
    is outside: a `concurrency` group lets one job for a pull request and environment run.
    ``smaller`` makes a shorter publication with the same verdict, for a GitHub that finds the comment too long.
    """
    if seen.pull_request.state != "open":
        return Outcome(ending="closed")
    if seen.pull_request.head != target.head:
        return Outcome(ending="outdated")
    if any(row.marker.applied for row in seen.comments) and find(hub, target.number).pull_request.state != "open":
        return Outcome(ending="closed")  # merged since it was read; on an open one somebody wrote the marker by hand
    link = target.link or seen.url
    try:
        return _perform(hub, publication, target, seen, link, smaller)
    except CannotReach:
        give_up(hub, structs.replace(target, link=link), publication.status.context)
        raise


def give_up(hub: Hub, target: Target, context: str) -> None:
    """Status error, if still possible.  Also for a caller whose reading failed: no older verdict may stand."""
    description = "The review could not be published; see the job."
    try:
        set_status(hub, target.head, Status(context=context, state="error", description=description), target.link)
    except CannotReach:
        return  # the first error is the one to tell


def _perform(
    hub: Hub, publication: Publication, target: Target, seen: Seen, link: str, smaller: Smaller | None
) -> Outcome:
    job = _Job(hub=hub, target=target, marker=_marker(publication), context=publication.status.context)
    if _later(job, seen.comments):
        return Outcome(ending="superseded")
    holds = publication.status.state != "success"
    if holds:
        set_status(hub, target.head, publication.status, link, publication.shown)
    for label in publication.voided:
        remove_label(hub, target.number, label.name)
    try:
        written = _place(job, publication.comment, seen.comments)
    except TooLong:
        if smaller is None:
            raise
        written = _place(job, smaller().comment, job.list_own())
    if not written:
        return Outcome(ending="superseded")
    warnings = _set_plan_labels(job, publication.plan_labels, seen) if target.plan_labels else ()
    if not holds:
        set_status(hub, target.head, publication.status, link, publication.shown)
    if RUN.fullmatch(urlsplit(link).path):
        _confirm(job, publication.comment)
    return Outcome(ending="published", warnings=warnings)


def _confirm(job: _Job, body: str) -> None:
    """Runs that meet: the verdict of the latest of them is the newest, and no earlier one's text has replaced ours.

    Every run looks after its own last write, so whoever was last of all sees the others.  Where that cannot be read
    everything is written all the same.
    """
    for _ in range(ATTEMPTS):
        try:
            statuses = list_of_runs(job.hub, job.target.head, job.context, job.target.author)
            own = job.list_own() if job.target.mode == "update" else ()
        except CannotReach:
            return
        latest = max(statuses, key=lambda row: row.run, default=None)  # the newest of its own
        stale = latest is not None and statuses[0].run != latest.run
        replaced = bool(own) and _run(own[0].marker) < _run(job.marker)
        first = latest is None or latest.run <= _run(job.marker)
        if latest is not None and stale:
            set_again(job.hub, job.target.head, latest)
        if replaced and first:
            _write(job, body, own)
        if not stale and not (replaced and first):
            return


def _marker(publication: Publication) -> Marker:
    marker = read_marker(publication.comment)
    if marker is None:
        raise ValueError("a comment of ours begins with a marker")
    return marker


def _set_plan_labels(job: _Job, names: Sequence[str], seen: Seen) -> tuple[str, ...]:
    """Labels are a convenience: trouble with them is a warning."""
    present = {label.name.casefold() for label in seen.pull_request.labels}
    missing = [name for name in names if name.casefold() not in present]
    try:
        if missing:
            add_labels(job.hub, job.target.number, missing)
        for name in PLAN_LABELS:
            if name in present and name not in names:
                remove_label(job.hub, job.target.number, name)
    except CannotReach as error:
        return (f"{error.message} {error.advice}",)
    return ()


def _run(marker: Marker) -> tuple[int, int]:
    return (int(marker.run_id) if marker.run_id.isdecimal() else 0, marker.attempt)


def _later(job: _Job, own: Sequence[Comment]) -> bool:
    """Did a later run write here?  Its status on this commit proves it: markers are text that writers can edit."""
    claimed = {_run(row.marker) for row in own if _run(row.marker) > _run(job.marker)}
    if not claimed or claimed & job.read_runs():
        return bool(claimed)
    job.hub.sleep(SETTLING)  # a run that lets merge writes its comment first: its status may be on the way
    return bool(claimed & job.read_runs())


def _place(job: _Job, body: str, own: Sequence[Comment]) -> bool:
    """Bring the comment to where it belongs; False: a later run was faster."""
    if job.target.mode != "update":
        return _replace(job, body, own)
    _write(job, body, own)
    return bool(own) or _settle(job, body)


def _write(job: _Job, body: str, own: Sequence[Comment]) -> None:
    if not own:
        _create(job, body)
        return
    oldest, *newer = own
    if not _same(oldest.body, body):
        try:
            edit_comment(job.hub, oldest.id, body)
        except Gone:  # removed by a person since we listed it
            _write(job, body, newer)
            return
    for row in newer:
        remove_comment(job.hub, row.id)


def _settle(job: _Job, body: str) -> bool:
    """After a first comment: did another run write its first one at the same time?  False: it is later than ours.

    Whoever comes second in the list sees both.  The earlier run (a later one has announced itself by a status) removes
    only a comment of its own that is not the oldest, the later run moves into the oldest: one is left, with the later
    text, whichever of them is faster.
    """
    own = job.list_own()
    if len(own) > 1 and max(job.read_runs(), default=(0, 0)) > _run(job.marker):
        for row in own[1:]:
            if _run(row.marker) == _run(job.marker):
                remove_comment(job.hub, row.id)
        return False
    if len(own) > 1:
        _write(job, body, own)
    return True


def _replace(job: _Job, body: str, own: Sequence[Comment]) -> bool:
    """A new comment, then the old ones away: if we die between the two, nothing is lost."""
    if own and _same(own[-1].body, body):
        return True
    _create(job, body)
    known = {row.id for row in own}
    rows = job.list_own()
    later = _later(job, rows)
    for row in rows:
        mine = _same(row.body, body) and row.id not in known
        if (mine and later) or (not mine and (row.id in known or _run(row.marker) < _run(job.marker))):
            _put_away(job, row)
    return not later


def _put_away(job: _Job, row: Comment) -> None:
    if job.target.mode == "delete-and-new":
        remove_comment(job.hub, row.id)
    else:
        hide_comment(job.hub, row.node)


def _create(job: _Job, body: str) -> None:
    """Add the comment.  Without a clear answer, look whether it arrived before it is sent again."""
    for turn in range(1, ATTEMPTS + 1):
        try:
            add_comment(job.hub, job.target.number, body)
            return
        except Unsure as error:
            job.hub.sleep(error.wait)
            if any(_same(row.body, body) for row in job.list_own()):
                return
            if turn == ATTEMPTS:
                raise


def _same(theirs: str, ours: str) -> bool:
    return theirs.replace("\r\n", "\n").rstrip() == ours.rstrip()
