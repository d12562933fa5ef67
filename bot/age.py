"""How long ago something was, in seconds and in the words of people."""

from datetime import UTC, datetime


def tell_age(then: str, now: str) -> str:
    """``2 h ago``; both are RFC 3339.  "" where one is no such time, or where it lies ahead."""
    seconds = count_seconds(then, now)
    if seconds is None or seconds < 0:
        return ""
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min ago" if minutes else "just now"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


def count_seconds(then: str, now: str) -> float | None:
    """Seconds from one RFC 3339 time to another, negative where it lies ahead; None where one is no such time."""
    start, end = _read(then), _read(now)
    return (end - start).total_seconds() if start and end else None


def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
