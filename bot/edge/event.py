"""The event file of GitHub Actions."""

from collections.abc import Mapping
from pathlib import Path

from bot.event import ADVICE, BadEvent, Event, decode_event

LARGEST = 25 * 1024**2  # bytes: GitHub sends no payload that is larger


def read_event(environ: Mapping[str, str]) -> Event:
    """The event that ``environ`` (GITHUB_EVENT_NAME, GITHUB_EVENT_PATH …) names.  Raises BadEvent."""
    name = environ.get("GITHUB_EVENT_PATH", "")
    if not name:
        raise BadEvent("GITHUB_EVENT_PATH is not set.", ADVICE)
    try:
        with Path(name).open("rb") as file:
            payload = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or "not a file name"
        raise BadEvent(f"The event file cannot be read: {what}.", ADVICE) from None
    if len(payload) > LARGEST:
        raise BadEvent("The event file is larger than 25 MiB; GitHub sends no such payload.", ADVICE)
    return decode_event(environ.get("GITHUB_EVENT_NAME", ""), payload, environ)
