"""Deployments of a commit: the evidence that it was applied to an environment.

A job with ``environment:`` makes GitHub record one by itself, one for each job, that is for each stack.  Those are left
alone.  Ours stands for the whole run: it is begun before the first stack is, so that a run that is lost leaves it
unfinished.  Where nobody began it, only what GitHub's do not show gets one of ours beside them.
"""

import re
from typing import Literal

from msgspec import Struct

from bot.edge.hub import Hub
from bot.edge.reading import APPLY_TASK

MOST = 10  # of one commit and environment, newest first
State = Literal["in_progress", "success", "failure", "error"]
Recorded = Literal["recorded", "there already"]
BAD = ("failure", "error")


class Deploying(Struct, frozen=True, kw_only=True):
    """What is deployed, and by which run; ``link`` is the run's page."""

    commit: str
    environment: str
    run_id: str = ""
    link: str = ""


class _Row(Struct, frozen=True, kw_only=True):
    id: int
    sha: str
    task: str = ""


class _Made(Struct, frozen=True):
    id: int


class _Status(Struct, frozen=True, kw_only=True):
    state: str
    log_url: str | None = None
    target_url: str | None = None


def record_deployment(hub: Hub, deploying: Deploying, state: State, description: str) -> Recorded:
    """Bring the deployment of this run to ``state``, and make one where there is none.  Raises CannotReach."""
    own = _list_of_run(hub, deploying, APPLY_TASK)
    if own:
        row, word = own[0]
        if word == state:
            return "there already"
        _set(hub, row.id, deploying, state, description)
        return "recorded"
    known = _list_of_run(hub, deploying) if state != "in_progress" else []
    if known and (state not in BAD or known[0][1] in BAD):
        return "there already"
    _set(hub, _create(hub, deploying, description), deploying, state, description)
    return "recorded"


def _list_of_run(hub: Hub, deploying: Deploying, task: str = "") -> list[tuple[_Row, str]]:
    """Deployments of this commit and environment that a job of this run made, newest first, each with its state."""
    query = {"sha": deploying.commit, "environment": deploying.environment, "per_page": str(MOST)}
    rows = hub.read("read the deployments", "deployments", list[_Row], {**query, "task": task} if task else query)
    found = []
    for row in sorted(rows, key=lambda row: -row.id):
        statuses = hub.read("read the deployments", f"deployments/{row.id}/statuses", list[_Status], {"per_page": "5"})
        if row.sha == deploying.commit and any(_is_of_run(status, deploying.run_id) for status in statuses):
            found.append((row, statuses[0].state))
    return found


def _is_of_run(status: _Status, run_id: str) -> bool:
    link = status.log_url or status.target_url or ""
    return bool(run_id) and re.search(rf"/runs/{re.escape(run_id)}(?![0-9])", link) is not None


def _create(hub: Hub, deploying: Deploying, description: str) -> int:
    """Without ``auto_merge`` and contexts: GitHub would merge the default branch into it, or refuse."""
    body = {
        "ref": deploying.commit,
        "task": APPLY_TASK,
        "auto_merge": False,
        "required_contexts": [],
        "environment": deploying.environment,
        "description": description[:140],
        "production_environment": deploying.environment == "prod",
    }
    answer = hub.write("record the deployment", "POST", "deployments", body)
    return hub.ask("record the deployment", lambda: _made(answer), 1)


def _made(answer: object) -> int:
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), int):
        raise TypeError
    return int(answer["id"])


def _set(hub: Hub, number: int, deploying: Deploying, state: State, description: str) -> None:
    """``auto_inactive`` off: that a later commit was deployed does not undo that this one was tested."""
    body: dict[str, object] = {"state": state, "description": description[:140], "auto_inactive": False}
    if deploying.link:
        body["log_url"] = deploying.link
    hub.write("record the deployment", "POST", f"deployments/{number}/statuses", body)
