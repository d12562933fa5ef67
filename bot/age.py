"""How long ago something was, in the words of people."""

from datetime import UTC, datetime


def tell_age(then: str, now: str) -> str:
    """``2 h ago``; both are RFC 3339.  "" where one is no such time, or where it lies ahead."""
    start, end = _read(then), _read(now)
    minutes = int((end - start).total_seconds() // 60) if start and end else -1
    if minutes < 0:
        return ""
    if minutes < 60:
        return f"{minutes} min ago" if minutes else "just now"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
