"""Event payloads that GitHub really sent (npm @octokit/webhooks-examples)."""

import copy
import json
from functools import cache
from typing import Any

from tests.support.node import module_file

Json = dict[str, Any]


@cache
def _events() -> dict[str, list[Json]]:
    text = module_file("@octokit/webhooks-examples/api.github.com/index.json").read_text(encoding="utf-8")
    return {row["name"]: row["examples"] for row in json.loads(text)}


def example(event: str, action: str | None = None) -> Json:
    """The first example of an event (with that action); a copy of its own.  Raises LookupError."""
    rows = [row for row in _events().get(event, []) if action is None or row.get("action") == action]
    if not rows:
        raise LookupError(f"no example of {event} {action or ''}".rstrip())
    return copy.deepcopy(rows[0])


def payload(event: str, action: str = "", **changes: Any) -> Json:
    """``example`` with changes: dotted paths, ``__`` for the dot, and their values."""
    copied = example(event, action or None)
    for path, value in changes.items():
        *way, last = path.split("__")
        place = copied
        for key in way:
            place = place.setdefault(key, {})
        place[last] = value
    return copied
