"""After a run's last write: which of the runs that met is the latest, and does its verdict and text stand?"""

from msgspec import Struct

from bot.edge.one_comment import write
from bot.edge.progress import tell
from bot.edge.reading import Comment
from bot.edge.runs import SETTLING, Run, may_still_write, order_of
from bot.edge.statuses import SetStatus, set_again
from bot.errors import CannotReach

LOOKS = 8  # at most
STAYS = "The status is the verdict of the later run {run}, the comment still shows this run's. Run that job again."


class _Look(Struct, frozen=True, kw_only=True):
    """What stands now: statuses of runs, newest first; the newest of the latest run; our comments, oldest first."""

    statuses: tuple[SetStatus, ...]
    latest: SetStatus | None
    own: tuple[Comment, ...]


def confirm(run: Run, body: str) -> tuple[str, ...]:
    """Put right what an earlier run wrote last, and say what cannot be put right.

    Every run looks after its own last write, so whoever was last of all sees the others.  An earlier one that is still
    under way may have read before we wrote: it is given time, and looked after once more.  Where that cannot be read
    everything is written all the same.  A run without a link proves nothing to others, so it does not look.
    """
    waited = False
    for _ in range(LOOKS if run.linked else 0):
        try:
            look = _look(run)
        except CannotReach:
            return ()
        if _mend(run, body, look):
            waited = False
            continue
        lost = _lost(run, look)
        if waited or not (lost or may_still_write(run, look.statuses)):
            return lost
        tell("GitHub: another run is writing, look again")
        run.hub.sleep(SETTLING)
        waited = True
    return ()


def _look(run: Run) -> _Look:
    statuses = run.list_statuses()
    own = run.list_own() if run.target.mode == "update" else ()
    return _Look(statuses=statuses, latest=max(statuses, key=lambda row: row.run, default=None), own=own)


def _mend(run: Run, body: str, look: _Look) -> bool:
    """True: something was written, so look again."""
    latest = look.latest
    stale = latest is not None and look.statuses[0].run != latest.run
    replaced = bool(look.own) and order_of(look.own[0].marker) < run.order
    ours = replaced and (latest is None or latest.run <= run.order)
    if latest is not None and stale:
        set_again(run.hub, run.target.head, latest)
    if ours:
        write(run, body, look.own)
    return stale or ours


def _lost(run: Run, look: _Look) -> tuple[str, ...]:
    """Our text where that of a later run should be: it wrote between our last reading and our writing."""
    latest = look.latest
    if latest is None or latest.run <= run.order or latest.state == "pending":
        return ()
    ours = bool(look.own) and order_of(look.own[0].marker) == run.order
    return (STAYS.format(run=latest.run[0]),) if ours else ()
