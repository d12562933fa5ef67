"""Which workflows an event starts: the filters under ``on:``, as GitHub documents them.

Sources: GitHub's documentation, "Events that trigger workflows" and "Workflow syntax" (filter pattern cheat sheet);
the filters are read by GitHub's own parser.
"""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

Json = dict[str, Any]
# Activity types where a workflow names none; every other event here starts for all of its types.
DEFAULT_TYPES = {"pull_request": ("opened", "synchronize", "reopened")}
PULLS = ("pull_request", "pull_request_target")
SKIP = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
_PIECE = re.compile(r"\*\*|\*|\[[^\]]+\]|\\.|.", re.DOTALL)


class GitHubEvent(Struct, frozen=True, kw_only=True):
    """An event as GitHub has it when it looks for workflows.  ``ref`` is GITHUB_REF, full."""

    name: str
    payload: Json
    ref: str
    default_branch: str = "main"
    attempt: int = 1


def matches(patterns: Sequence[str], name: str) -> bool:
    """GitHub's filter patterns, in their order: the last that fits decides, ``!`` takes out again."""
    found = False
    for pattern in patterns:
        if re.fullmatch(_translate(pattern.removeprefix("!")), name):
            found = not pattern.startswith("!")
    return found


def starts(workflow: Json, event: GitHubEvent) -> bool:
    """Does this event start this workflow?  Every branch is taken to have the same files."""
    if event.name not in workflow["on"]:
        return False
    given = workflow["on"][event.name]
    if event.name == "workflow_dispatch":
        return _are_inputs(given["inputs"], event.payload["inputs"])
    if event.name == "schedule":
        lines = [line["cron"] for line in given]
        return event.payload["schedule"] in lines and event.ref == f"refs/heads/{event.default_branch}"
    if event.name == "workflow_run" and event.payload["workflow_run"]["name"] not in given["workflows"]:
        return False
    return _fits_types(given, event) and _fits_ref(given, event) and not _skipped(event)


def _are_inputs(known: Json, inputs: Json) -> bool:
    """GitHub answers 422 to an input that is unknown or none of the options, and nothing starts."""
    return all(name in known and value in known[name]["options"] for name, value in inputs.items())


def _fits_types(given: Json, event: GitHubEvent) -> bool:
    types = given.get("types") or DEFAULT_TYPES.get(event.name)
    return types is None or event.payload.get("action") in types


def _fits_ref(given: Json, event: GitHubEvent) -> bool:
    """Branches of a push are its own, of a pull request its base, of another workflow's run that one's head."""
    filters = {"branches", "branches-ignore", "tags", "tags-ignore"} & set(given)
    if not filters:
        return True
    assert not filters & {"branches-ignore", "tags-ignore"}, "the workflows here do not use these"
    if event.name == "push":
        kind = "tags" if event.ref.startswith("refs/tags/") else "branches"
        return matches(given.get(kind, ()), event.payload["ref"].split("/", 2)[2])
    if event.name in PULLS:
        return matches(given["branches"], event.payload["pull_request"]["base"]["ref"])
    if event.name == "merge_group":
        return matches(given["branches"], event.payload["merge_group"]["base_ref"].removeprefix("refs/heads/"))
    return matches(given["branches"], event.payload["workflow_run"]["head_branch"])


def _skipped(event: GitHubEvent) -> bool:
    """A push whose last commit says so starts nothing, whatever the filters are."""
    message = ((event.payload.get("head_commit") or {}).get("message") or "") if event.name == "push" else ""
    return any(word in message for word in SKIP)


def _translate(pattern: str) -> str:
    words = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    return "".join(words.get(p) or (p if p.startswith(("[", "\\")) else re.escape(p)) for p in _PIECE.findall(pattern))
