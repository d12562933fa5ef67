"""One issue for each stack and environment: by what we know it again, and what becomes of it.

Open while there is drift, closed when there is none, and the same issue opened again when it comes back: one place with
its whole history, and whoever watches it hears of it.  Closed by a person while there still is drift, it is opened
again as well: what may stay is accepted in the settings, by name and until a day.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from msgspec import Struct, structs

from bot.drift import Item, StackDrift
from bot.environment import EnvironmentName
from bot.value import fingerprint

_LINE = re.compile(r"<!-- plan-review:drift:v1 ([A-Za-z0-9_-]{1,30000}) -->")
SEEN_LINE, END_LINE = "<!-- plan-review:drift:seen -->", "<!-- plan-review:drift:end -->"  # around what was found
MOST_LOUD = 200  # dangerous objects that the marker tells apart
StepWord = Literal["open", "reopen", "update", "close", "same", "none"]


class DriftMarker(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The hidden first line: whose issue this is, when this drift was first seen (RFC 3339 UTC), and how often."""

    environment: str
    stack: str
    first_seen: str = ""
    times: int = 1
    loud: tuple[str, ...] = ()  # a fingerprint for each dangerous object


class Issue(Struct, frozen=True, kw_only=True):
    """An issue of our own."""

    number: int
    open: bool
    title: str
    body: str
    created_at: str
    labels: tuple[str, ...] = ()
    marker: DriftMarker


class Seen(Struct, frozen=True, kw_only=True):
    """What the issue tells of the past.  ``kept`` is what its description said when drift was last known."""

    first: str
    times: int = 1
    kept: str = ""


class Text(Struct, frozen=True, kw_only=True):
    title: str
    body: str


class Step(Struct, frozen=True, kw_only=True):
    """What is to be done with the issues of one stack.  ``said`` is a comment that goes with it."""

    word: StepWord
    number: int = 0
    text: Text | None = None
    seen: Seen = Seen(first="")  # what the text was made with
    said: str = ""
    labels: tuple[str, ...] = ()  # what it has
    duplicates: tuple[int, ...] = ()


def write_drift_marker(marker: DriftMarker) -> str:
    """The line; its payload is base64url, because ``-->`` would end a comment."""
    payload = base64.urlsafe_b64encode(msgspec.json.encode(marker)).decode().rstrip("=")
    return f"<!-- plan-review:drift:v1 {payload} -->"


def read_drift_marker(body: str) -> DriftMarker | None:
    """The marker on the first line of a description; None for any other text."""
    match = _LINE.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    if match is None:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)), type=DriftMarker)
    except (binascii.Error, ValueError, RecursionError):
        return None


def plan_step(
    drift: StackDrift,
    environment: EnvironmentName,
    own: Sequence[Issue],
    now: str,
    write: Callable[[Seen], Text],
) -> Step:
    """``own`` are all issues of ours, of any stack; ``write`` makes title and description."""
    rows = [i for i in own if (i.marker.environment, i.marker.stack) == (environment, drift.name)]
    rows.sort(key=lambda issue: (not issue.open, issue.number))
    kept = rows[0] if rows else None
    step = Step(
        word="none",
        number=kept.number if kept else 0,
        labels=kept.labels if kept else (),
        duplicates=tuple(issue.number for issue in rows[1:] if issue.open),
    )
    if drift.word == "clean":
        return structs.replace(step, word="close", said=_say_clean(drift)) if kept and kept.open else step
    if kept is None:
        first = Seen(first=now)
        return structs.replace(step, word="open", text=write(first), seen=first)
    if not kept.open:
        again = Seen(first=now, times=_times(kept) + 1)
        return structs.replace(step, word="reopen", text=write(again), seen=again, said=_say_back(drift))
    seen = Seen(first=_first_seen(kept, now), times=_times(kept), kept=_kept(kept))
    text = write(seen)
    if _same(kept.title, text.title) and _same(kept.body, text.body):
        return structs.replace(step, word="same")
    return structs.replace(step, word="update", text=text, seen=seen, said=_say_worse(drift, kept.marker))


def list_loud(drift: StackDrift) -> tuple[str, ...]:
    """A fingerprint for each dangerous object, by which the next run knows what is new."""
    return tuple(_loud(item) for item in drift.items if item.dangers)[:MOST_LOUD]


def _loud(item: Item) -> str:
    titles = sorted(note.title for note in item.notes)
    return fingerprint(item.change.address, item.change.deposed, item.whats, titles)[:12]


def _first_seen(issue: Issue, now: str) -> str:
    """Whoever may edit the description can forge the day; it cannot be before the issue, nor in the future."""
    first = issue.marker.first_seen
    return first if issue.created_at <= first <= now else issue.created_at


def _times(issue: Issue) -> int:
    return min(max(issue.marker.times, 1), 9_999)


def _kept(issue: Issue) -> str:
    found = issue.body.replace("\r\n", "\n").partition(f"{SEEN_LINE}\n")[2]
    return found.partition(END_LINE)[0].strip()


def _same(theirs: str, ours: str) -> bool:
    return theirs.replace("\r\n", "\n").rstrip() == ours.rstrip()


def _say_clean(drift: StackDrift) -> str:
    told = ["No drift any more: what is there is what Terraform's state says."]
    if drift.accepted:
        told.append(f"Accepted in the settings and still there: {len(drift.accepted):,}.")
    if drift.pending or drift.outputs:
        told.append(f"Planned and not applied: {len(drift.pending) + len(drift.outputs):,}; that is no drift.")
    return " ".join(told)


def _say_back(drift: StackDrift) -> str:
    if drift.word == "unknown":
        return "Whether there is drift is unknown again; the description says why."
    return (
        "There is drift; the description says what. It closes by itself when the drift is gone. "
        "What may stay belongs into the settings: `drift.accepted`."
    )


def _say_worse(drift: StackDrift, before: DriftMarker) -> str:
    """Editing a description tells nobody; what is dangerous and new must reach people."""
    new = [item for item in drift.items if item.dangers and _loud(item) not in before.loud]
    if not new or len(before.loud) >= MOST_LOUD:
        return ""
    whats = dict.fromkeys(item.what for item in new)
    return f"New since the last run and dangerous ({', '.join(whats)}): {len(new):,}. The description says what."
