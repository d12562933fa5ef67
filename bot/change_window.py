"""When changes may go in: weekly windows and freezes, in local time.

The moment comes in as a text.  Windows are compared with what the clock on the wall shows, so that nine o'clock is nine
o'clock before and after the clocks change.  Time zones are the system's own (IANA).
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct, field

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = 400  # days in which the next opening is looked for


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time of the day on some days of the week.  One that ends before it starts goes on into the next day."""

    days: Annotated[tuple[Day, ...], Meta(description="Days on which it starts: mon, tue … sun.", min_length=1)]
    from_: Annotated[
        str, Meta(description="Start, local time, e.g. 09:00.", pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")
    ] = field(name="from")
    to: Annotated[
        str,
        Meta(
            description="End, not in it any more; earlier than the start means the next day. 24:00 is midnight.",
            pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        ),
    ]


class Freeze(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whole local days on which nothing goes in."""

    from_: Annotated[str, Meta(description="First day, e.g. 2026-12-20.", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] = (
        field(name="from")
    )
    to: Annotated[str, Meta(description="Last day, still in it.", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    because: Annotated[str, Meta(description="The reason, shown to the reviewer.")] = ""


class Calendar(Struct, frozen=True, kw_only=True):
    """When changes may go in.  Without windows: at any time outside of the freezes."""

    time_zone: str = "UTC"
    windows: tuple[Window, ...] = ()
    freezes: tuple[Freeze, ...] = ()


class Moment(Struct, frozen=True, kw_only=True):
    """Whether changes may go in now; ``opens`` is when they may next, "" where that is not soon."""

    is_open: bool
    because: str
    opens: str = ""


def find_mistake(calendar: Calendar) -> str:
    """Place and mistake, "" where the calendar is good."""
    if _zone(calendar.time_zone) is None:
        return f"time_zone: {calendar.time_zone} is no time zone that this machine knows, such as Europe/Berlin"
    for index, window in enumerate(calendar.windows):
        if window.from_ == window.to:
            return f"windows[{index}]: it ends when it starts; a whole day is from 00:00 to 24:00"
    for index, freeze in enumerate(calendar.freezes):
        first, last = _day(freeze.from_), _day(freeze.to)
        if first is None or last is None:
            return f"freezes[{index}]: there is no day {freeze.from_ if first is None else freeze.to}"
        if last < first:
            return f"freezes[{index}]: it ends before it starts"
    return ""


def look_at(calendar: Calendar, now: str) -> Moment | None:
    """``now`` is RFC 3339 with an offset; None where it is no such time."""
    local = _local(calendar, now)
    if local is None:
        return None
    day, minute = local.date(), local.hour * 60 + local.minute
    told = f"{_say(day, minute)} ({calendar.time_zone})"
    freeze = _freeze(calendar, day)
    if freeze is not None:
        reason = f": {freeze.because}" if freeze.because else ""
        because = f"{told} is in the freeze from {freeze.from_} to {freeze.to}{reason}"
    elif _is_open(calendar, day, minute):
        return Moment(is_open=True, because=f"{told} is inside the change window")
    else:
        because = f"{told} is outside of the change window"
    return Moment(is_open=False, because=because, opens=_opens(calendar, day, minute))


def _local(calendar: Calendar, now: str) -> datetime | None:
    zone = _zone(calendar.time_zone)
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        return None
    if zone is None or moment.tzinfo is None or not 1970 <= moment.year < 3000:
        return None
    return moment.astimezone(zone)


def _zone(name: str) -> tzinfo | None:
    """Also without any time zone data, as on Windows, UTC is known."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _freeze(calendar: Calendar, day: date) -> Freeze | None:
    """Days in this form sort as texts."""
    return next((freeze for freeze in calendar.freezes if freeze.from_ <= day.isoformat() <= freeze.to), None)


def _is_open(calendar: Calendar, day: date, minute: int) -> bool:
    if _freeze(calendar, day) is not None:
        return False
    return not calendar.windows or any(_covers(window, day, minute) for window in calendar.windows)


def _covers(window: Window, day: date, minute: int) -> bool:
    start, end = _minutes(window.from_), _minutes(window.to)
    today, yesterday = DAYS[day.weekday()], DAYS[day.weekday() - 1]
    if start < end:
        return today in window.days and start <= minute < end
    return (today in window.days and minute >= start) or (yesterday in window.days and minute < end)


def _opens(calendar: Calendar, day: date, minute: int) -> str:
    """At midnight too: a freeze may end in the middle of a window that crosses midnight."""
    starts = sorted({0, *(_minutes(window.from_) for window in calendar.windows)})
    for ahead in range(AHEAD):
        later = day + timedelta(days=ahead)
        for start in starts:
            if (ahead or start > minute) and _is_open(calendar, later, start):
                return f"{_say(later, start)} ({calendar.time_zone})"
    return ""


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _say(day: date, minute: int) -> str:
    return f"{DAYS[day.weekday()].capitalize()} {day.isoformat()} {minute // 60:02}:{minute % 60:02}"
