"""One comment of ours on a pull request: new text goes into the oldest, or a new one takes the place of the old."""

from collections.abc import Sequence

from bot.edge.hub import Gone, Unsure
from bot.edge.reading import Comment
from bot.edge.runs import Run, is_late, order_of
from bot.edge.writing import add_comment, edit_comment, hide_comment, remove_comment

ATTEMPTS = 4  # one and three more


def place(run: Run, body: str, seen: Sequence[Comment]) -> bool:
    """Bring the comment to where it belongs; False: a later run was faster.  Raises CannotReach, TooLong.

    ``seen`` was read before the plans were judged, so what is there now is read once more where it would be replaced.
    """
    if run.target.mode != "update":
        return _replace(run, body, seen)
    own = run.list_own() if seen and run.linked else seen
    if own != seen and is_late(run, own):
        return False
    return write(run, body, own) and (bool(own) or _settle(run, body))


def write(run: Run, body: str, own: Sequence[Comment], attempt: int = 1) -> bool:
    """Into the oldest of ``own``, and the others away; a first one where there is none.  False: a later run was faster.

    Where an edit has to wait, the comments are read once more before it is sent again.
    """
    if not own:
        _create(run, body)
        return True
    try:
        if not _same(own[0].body, body):
            edit_comment(run.hub, own[0].id, body, attempt)
    except Gone:  # removed by a person since we listed it
        return write(run, body, own[1:], attempt)
    except Unsure as error:
        if attempt == ATTEMPTS:
            raise
        run.hub.sleep(error.wait)
        now = run.list_own()
        return not is_late(run, now) and write(run, body, now, attempt + 1)
    for row in own[1:]:
        remove_comment(run.hub, row.id)
    return True


def _settle(run: Run, body: str) -> bool:
    """After a first comment: did another run write its first one at the same time?  False: it is later than ours.

    Whoever comes second in the list sees both.  The earlier run (a later one has announced itself by a status) removes
    only a comment of its own that is not the oldest, the later run moves into the oldest: one is left, with the later
    text, whichever of them is faster.
    """
    own = run.list_own()
    if len(own) > 1 and max(run.list_runs(), default=(0, 0)) > run.order:
        for row in own[1:]:
            if order_of(row.marker) == run.order:
                remove_comment(run.hub, row.id)
        return False
    if len(own) > 1:
        write(run, body, own)
    return True


def _replace(run: Run, body: str, own: Sequence[Comment]) -> bool:
    """A new comment, then the old ones away: if we die between the two, nothing is lost."""
    if own and _same(own[-1].body, body):
        return True
    _create(run, body)
    known = {row.id for row in own}
    rows = run.list_own()
    later = is_late(run, rows)
    for row in rows:
        mine = _same(row.body, body) and row.id not in known
        if (mine and later) or (not mine and (row.id in known or order_of(row.marker) < run.order)):
            _put_away(run, row)
    return not later


def _put_away(run: Run, row: Comment) -> None:
    if run.target.mode == "delete-and-new":
        remove_comment(run.hub, row.id)
    else:
        hide_comment(run.hub, row.node)


def _create(run: Run, body: str) -> None:
    """Add the comment.  Without a clear answer, look whether it arrived before it is sent again."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            add_comment(run.hub, run.target.number, body, attempt)
            return
        except Unsure as error:
            run.hub.sleep(error.wait)
            if any(_same(row.body, body) for row in run.list_own()):
                return
            if attempt == ATTEMPTS:
                raise


def _same(theirs: str, ours: str) -> bool:
    return theirs.replace("\r\n", "\n").rstrip() == ours.rstrip()
