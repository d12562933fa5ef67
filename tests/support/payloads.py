"""Real webhook payloads: GitHub's own examples, from the npm package @octokit/webhooks-examples."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

FILE = "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
FOLDERS = (Path(__file__).parents[1] / "node", Path(os.environ.get("WEBHOOKS_NODE", "tests/node")))


def available() -> bool:
    return any((folder / FILE).is_file() for folder in FOLDERS)


@cache
def _examples() -> dict[str, list[dict[str, Any]]]:
    folder = next(folder for folder in FOLDERS if (folder / FILE).is_file())
    return {row["name"]: row["examples"] for row in json.loads((folder / FILE).read_text(encoding="utf-8"))}


def payload(event: str, action: str = "", **changes: Any) -> dict[str, Any]:
    """A copy of GitHub's first example of an event; ``changes`` are dotted paths with __ for the dot, and values."""
    found = next(row for row in _examples()[event] if not action or row.get("action") == action)
    copy: dict[str, Any] = json.loads(json.dumps(found))
    for path, value in changes.items():
        *way, last = path.split("__")
        place = copy
        for key in way:
            place = place.setdefault(key, {})
        place[last] = value
    return copy
