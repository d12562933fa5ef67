"""A run that publishes, among others for the same commit: where it writes, which is later, who may still write."""

from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from bot.age import count_seconds
from bot.edge.hub import Hub
from bot.edge.reading import Comment, list_own
from bot.edge.statuses import RUN, SetStatus, list_of_runs
from bot.marker import Marker

SETTLING = 3.0  # seconds between two writes of one run, at most
RECENT = 60  # seconds after its status in which a run may still write its comment
Mode = Literal["update", "hide-and-new", "delete-and-new"]


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


class Run(Struct, frozen=True, kw_only=True):
    """One publishing: where, and as which run."""

    hub: Hub
    target: Target
    marker: Marker
    context: str

    @property
    def order(self) -> tuple[int, int]:
        """Id and attempt: what is greater is later."""
        return order_of(self.marker)

    @property
    def linked(self) -> bool:
        """Do its statuses prove to others that it exists?"""
        return RUN.fullmatch(urlsplit(self.target.link).path) is not None

    def list_own(self) -> tuple[Comment, ...]:
        return list_own(self.hub, self.target.number, self.target.author, self.marker.key)

    def list_statuses(self) -> tuple[SetStatus, ...]:
        return list_of_runs(self.hub, self.target.head, self.context, self.target.author)

    def list_runs(self) -> set[tuple[int, int]]:
        """Every run that set a status of ours on this commit."""
        return {row.run for row in self.list_statuses()}


def order_of(marker: Marker) -> tuple[int, int]:
    """Run id and attempt; zeros where the id is no number."""
    return (int(marker.run_id) if marker.run_id.isdecimal() else 0, marker.attempt)


def is_late(run: Run, own: Sequence[Comment]) -> bool:
    """Did a later run write here?  Its status on this commit proves it: markers are text that writers can edit."""
    claimed = {order_of(row.marker) for row in own if order_of(row.marker) > run.order}
    if not claimed or claimed & run.list_runs():
        return bool(claimed)
    run.hub.sleep(SETTLING)  # a run that lets merge writes its comment first: its status may be on the way
    return bool(claimed & run.list_runs())


def may_still_write(run: Run, statuses: Sequence[SetStatus]) -> bool:
    """Is an earlier run under way, which may have read before we wrote?  It is pending, or has hardly set its status.

    ``statuses`` newest first; all times are of GitHub's clock.
    """
    newest: dict[tuple[int, int], SetStatus] = {}
    for row in statuses:
        newest.setdefault(row.run, row)
    return any(
        row.state == "pending" or (count_seconds(row.created_at, statuses[0].created_at) or 0) < RECENT
        for row in newest.values()
        if row.run < run.order
    )
