"""What time it is, and waiting: the core gets both as values."""

import time
from datetime import UTC, datetime


def tell_time() -> str:
    """RFC 3339 UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def count_seconds() -> float:
    """Seconds since some moment: for how long something takes."""
    return time.monotonic()
