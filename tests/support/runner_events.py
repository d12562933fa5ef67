"""Events of GitHub, and which workflows they start."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

Json = dict[str, Any]
USUAL = ("opened", "synchronize", "reopened")  # of pull_request, where no types are named


class Event(Struct, frozen=True, kw_only=True):
    """``sha`` and ``ref`` are what the job gets, ``files`` the commit whose workflows are run, ``head`` what the run is
    listed under.
    """

    name: str
    payload: Json
    sha: str
    ref: str
    files: str
    head: str
    branch: str
    actor: str
    cron: str = ""


def starts(on: Mapping[str, Any], event: Event) -> bool:
    """Do these triggers start on this event?  Of the filters only ``branches`` and ``types`` are known."""
    if event.name not in on:
        return False
    filters = on[event.name] or {}
    if event.name == "schedule":
        return event.cron in [row["cron"] for row in filters]
    types = filters.get("types") or (USUAL if event.name == "pull_request" else ())
    if types and event.payload.get("action") not in types:
        return False
    branches = filters.get("branches")
    return not branches or any(_fits(glob, _target(event)) for glob in branches)


def _target(event: Event) -> str:
    pull = event.payload.get("pull_request")
    return str(pull["base"]["ref"]) if pull else event.ref.removeprefix("refs/heads/")


def _fits(glob: str, branch: str) -> bool:
    words = {"**": ".*", "*": "[^/]*"}
    parts = re.split(r"(\*\*|\*)", glob)
    return re.fullmatch("".join(words.get(part, re.escape(part)) for part in parts), branch) is not None
