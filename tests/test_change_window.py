"""Change windows: daylight saving, midnight, freezes, and settings that mean nothing."""

import pytest

from bot.change_window import Calendar, Freeze, Moment, Window, look_at
from bot.config import decode_config
from bot.errors import BadConfig

WORKDAYS = Window(days=("mon", "tue", "wed", "thu"), from_="09:00", to="16:00")
NIGHT = Window(days=("thu",), from_="22:00", to="04:00")
BERLIN = Calendar(time_zone="Europe/Berlin", windows=(WORKDAYS,))
NIGHTS = Calendar(time_zone="Europe/Berlin", windows=(NIGHT,), freezes=(Freeze(from_="2026-12-20", to="2026-12-31"),))
NEW_YORK = Calendar(
    time_zone="America/New_York", freezes=(Freeze(from_="2026-11-26", to="2026-11-26", because="Thanksgiving"),)
)


@pytest.mark.parametrize(
    ("calendar", "now", "is_open"),
    [
        (BERLIN, "2026-03-26T08:00:00Z", True),  # Thursday before the clocks change: 09:00
        (BERLIN, "2026-03-26T07:59:59Z", False),
        (BERLIN, "2026-03-30T07:00:00Z", True),  # Monday after: nine o'clock is an hour earlier in UTC
        (BERLIN, "2026-03-30T06:59:59Z", False),
        (BERLIN, "2026-03-30T14:00:00Z", False),  # 16:00 is not in it any more
        (BERLIN, "2026-10-26T08:00:00Z", True),
        (BERLIN, "2026-10-26T07:30:00Z", False),
        (BERLIN, "2026-11-27T10:00:00Z", False),  # a Friday
        (NIGHTS, "2026-11-26T21:00:00Z", True),  # Thursday 22:00
        (NIGHTS, "2026-11-27T02:59:00Z", True),  # Friday 03:59, the window of Thursday
        (NIGHTS, "2026-11-27T03:00:00Z", False),
        (NIGHTS, "2026-11-26T02:00:00Z", False),  # Thursday 03:00: Wednesday has no window
        (NIGHTS, "2026-12-31T22:00:00Z", False),  # still the last day of the freeze
        (NIGHTS, "2026-12-31T23:00:00Z", True),  # Friday, 1 January, 00:00, in the window of Thursday
        (NEW_YORK, "2026-11-26T04:59:59Z", True),  # still Wednesday over there
        (NEW_YORK, "2026-11-26T05:00:00Z", False),
        (NEW_YORK, "2026-11-27T04:59:59Z", False),
        (NEW_YORK, "2026-11-27T05:00:00Z", True),
        (Calendar(windows=(Window(days=("sat",), from_="00:00", to="24:00"),)), "2026-11-28T23:59:59Z", True),
    ],
)
def test_a_moment(calendar: Calendar, now: str, is_open: bool) -> None:
    moment = look_at(calendar, now)
    assert moment is not None
    assert moment.is_open is is_open


def test_what_is_said() -> None:
    assert look_at(BERLIN, "2026-11-27T10:02:00Z") == Moment(
        is_open=False,
        because="Fri 2026-11-27 11:02 (Europe/Berlin) is outside of the change window",
        opens="Mon 2026-11-30 09:00 (Europe/Berlin)",
    )
    assert look_at(NEW_YORK, "2026-11-26T12:00:00-05:00") == Moment(
        is_open=False,
        because="Thu 2026-11-26 12:00 (America/New_York) is in the freeze from 2026-11-26 to 2026-11-26: Thanksgiving",
        opens="Fri 2026-11-27 00:00 (America/New_York)",
    )
    frozen = look_at(NIGHTS, "2026-12-31T22:00:00Z")
    assert frozen is not None
    assert frozen.opens == "Fri 2027-01-01 00:00 (Europe/Berlin)"


@pytest.mark.parametrize("now", ["", "soon", "2026-11-27T10:02:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_that_is_none(now: str) -> None:
    assert look_at(BERLIN, now) is None


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "time_zone: Europe/Berln",
            "change_window.time_zone: Europe/Berln is no time zone that this machine knows, such as Europe/Berlin",
        ),
        (
            "time_zone: ../etc/passwd",
            "change_window.time_zone: ../etc/passwd is no time zone that this machine knows, such as Europe/Berlin",
        ),
        (
            "time_zone: Europe",
            "change_window.time_zone: Europe is no time zone that this machine knows, such as Europe/Berlin",
        ),
        (
            "windows: [{days: [mon], from: 10:00, to: 10:00}]",
            "change_window.windows[0]: it ends when it starts; a whole day is from 00:00 to 24:00",
        ),
        ("freezes: [{from: 2026-12-24, to: 2026-12-20}]", "change_window.freezes[0]: it ends before it starts"),
        ("freezes: [{from: 2026-02-30, to: 2026-03-02}]", "change_window.freezes[0]: there is no day 2026-02-30"),
        ("state: hold", "change_window: it is on, but has neither windows nor freezes"),
    ],
)
def test_a_mistake_says_where_it_is(rule: str, message: str) -> None:
    with pytest.raises(BadConfig) as caught:
        decode_config(f"environments: {{prod: {{process: {{change_window: {{{rule}}}}}}}}}".encode(), "x.yml")
    assert caught.value.message == f"x.yml: environments.prod.process.{message}."


@pytest.mark.parametrize("rule", ["days: [], from: 09:00, to: 10:00", "days: [mon], from: 25:00, to: 10:00"])
def test_a_window_of_another_shape_is_refused(rule: str) -> None:
    text = f"environments: {{prod: {{process: {{change_window: {{windows: [{{{rule}}}]}}}}}}}}"
    with pytest.raises(BadConfig):
        decode_config(text.encode(), "x.yml")
