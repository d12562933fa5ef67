"""The plans that were shown before on a pull request: found through the marker of our comment.

What is found here is shown beside the plans at hand and decides nothing, so trouble is a reason in words, never an
error.  Equal digests cost no request; else it is one for the list of artifacts and one for each of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, structs

from bot.compare import digest_stacks, join_digests
from bot.config import VolatileRule
from bot.edge.forks import Artifact, download, list_artifacts
from bot.edge.hub import Denied, Gone, Hub
from bot.edge.spool import Spool
from bot.environment import EnvironmentName
from bot.errors import CannotReach, CannotRead, UntrustedPlan
from bot.marker import Marker
from bot.record import Record, Stack, decode_record
from bot.shelf import shelve
from bot.since import VERDICTS, Earlier

_RUN = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


class Here(Struct, frozen=True, kw_only=True):
    """The run at hand: what it judges, and under which settings."""

    run_id: str
    attempt: int
    environment: EnvironmentName
    stacks: tuple[Stack, ...]  # with digests of our own making, under the same settings
    volatile: tuple[VolatileRule, ...] = ()

    @property
    def digest(self) -> str:
        return join_digests(self.stacks)


class _NoBasisError(Exception):
    """There is nothing to compare with, and why."""


def find_earlier(hub: Hub, markers: Sequence[Marker], here: Here) -> Earlier:
    """``markers`` are those of our own comments for this environment.  Never raises."""
    others = [marker for marker in markers if (marker.run_id, marker.attempt) != (here.run_id, here.attempt)]
    if not others:
        return Earlier(because="this is the first plan shown on this pull request")
    marker = max(others, key=lambda one: (int(one.run_id) if _RUN.fullmatch(one.run_id) else 0, one.attempt))
    known = _read(marker)
    try:
        digest = here.digest
        same = bool(digest) and marker.plan == digest and not marker.fork
        return structs.replace(known, same=same, stacks=() if same else _fetch(hub.impatient(), marker, here))
    except _NoBasisError as reason:
        return structs.replace(known, because=str(reason))
    except Gone:
        return structs.replace(known, because="the record of the earlier run has expired")
    except Denied:
        return structs.replace(known, because="this token may not read records; the job needs actions: read")
    except CannotReach:
        return structs.replace(known, because="the record of the earlier run cannot be fetched")


def _read(marker: Marker) -> Earlier:
    """What the marker says, where it can be what we wrote: people with write access may edit it."""
    return Earlier(
        run_id=marker.run_id if _RUN.fullmatch(marker.run_id) else "",
        attempt=max(marker.attempt, 0),
        commit=marker.commit if _COMMIT.fullmatch(marker.commit) else "",
        at=marker.at if _TIME.fullmatch(marker.at) else "",
        verdict=next((word for word in VERDICTS if word == marker.verdict), ""),
    )


def _fetch(hub: Hub, marker: Marker, here: Here) -> tuple[Stack, ...]:
    """The earlier plans.  Raises _NoBasisError and CannotReach."""
    run_id = marker.records or marker.run_id
    if marker.fork:
        raise _NoBasisError("the earlier plan came from a fork's run")
    if not marker.plan:
        old = "the earlier comment is from before plans were compared"
        raise _NoBasisError("the earlier plan could not be read" if marker.verdict else old)
    if not _RUN.fullmatch(run_id):
        raise _NoBasisError("nobody knows which run the earlier plan is of")
    rows = list_artifacts(hub, int(run_id))
    _check(rows)
    records = _decode(download(hub, int(run_id), rows))
    stacks = tuple(_choose(records, marker, here))
    if not stacks:
        raise _NoBasisError("the earlier run left no record")
    if run_id == here.run_id and digest_stacks(stacks, here.volatile) != marker.plan:
        raise _NoBasisError("this attempt has replaced the records of the earlier one")
    return stacks


def _check(rows: Sequence[Artifact]) -> None:
    if not rows:
        raise _NoBasisError("the earlier run left no record")
    if any(row.expired for row in rows):
        raise _NoBasisError("the record of the earlier run has expired")
    if any(row.fork for row in rows):
        raise _NoBasisError("the earlier plan came from a fork's run")


def _decode(files: Iterable[tuple[str, bytes]]) -> list[Record]:
    """One file is in memory at a time; the values of the rows wait on disk."""
    spool = Spool()

    def read(file: tuple[str, bytes]) -> Record:
        record = decode_record(file[1])
        return structs.replace(record, stack=shelve(record.stack, spool))

    try:
        return list(map(read, files))
    except (UntrustedPlan, CannotRead):
        raise _NoBasisError("the record of the earlier run cannot be read") from None


def _choose(records: Sequence[Record], marker: Marker, here: Here) -> Iterator[Stack]:
    """One for each stack: a run that was started again keeps the artifacts of its earlier attempts."""
    last: dict[str, Record] = {}
    for record in records:
        own = marker.records or marker.run_id
        here_too = own == here.run_id and record.run_attempt in (0, here.attempt)
        late = not marker.records and record.run_attempt > marker.attempt
        if here_too or late or record.environment not in ("", here.environment):
            continue
        name = record.stack.name
        if name not in last or last[name].run_attempt <= record.run_attempt:
            last[name] = record
    yield from (structs.replace(record.stack, head=record.head) for record in last.values())
