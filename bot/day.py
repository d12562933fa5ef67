"""Days of the calendar, UTC: is a text one, and how many lie between two moments?"""

from datetime import date


def is_day(text: str) -> bool:
    """``2027-01-31``, and a day that exists."""
    return _day(text) is not None


def count_days(since: str, until: str) -> int:
    """Midnights between two moments (RFC 3339 UTC, or days alone); 0 where one is not known or they are reversed."""
    first, last = _day(since[:10]), _day(until[:10])
    return max(0, (last - first).days) if first and last else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
