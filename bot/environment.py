"""The environments of the GitFlow, and the trigger matrix: GitHub event -> environment and action.

Actions: ``plan`` plan, record, comment, status · ``plan-and-apply`` plan, guard where ``guarded``, apply · ``drift``
report what was changed by hand · ``drift-and-apply`` that, then a scheduled apply, which destroys nothing · ``judge``
judge the latest record again without a plan · ``queue`` plan a merge group's commit and set the status there ·
``report`` publish what a fork's run recorded, as hostile data · ``none``.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from bot.event import BadEvent, Event
from bot.flow_config import FlowConfig

EnvironmentName = Literal["dev", "stage", "prod"]
ENVIRONMENTS: tuple[EnvironmentName, ...] = ("dev", "stage", "prod")

Action = Literal["plan", "plan-and-apply", "drift", "drift-and-apply", "judge", "queue", "report", "none"]


class Row(Struct, frozen=True):
    """One row of the matrix; the first that matches decides.

    ``activities`` are GitHub's activity types, empty for all.  ``condition`` is a word of ``list_conditions``.
    ``environment`` "asked" is the one that the inputs of a dispatch name.
    """

    events: tuple[str, ...]
    activities: tuple[str, ...]
    condition: str
    environment: EnvironmentName | Literal["asked"] | None
    action: Action
    why: str


class Decision(Struct, frozen=True, kw_only=True):
    """What to do.  ``environment`` is None for ``none``, and where the pull request must be fetched to know it.

    ``ref`` is the branch to check out, "" for the event's own commit.  ``plan_target`` and ``apply_target`` are the
    GitHub Environments, that is the cloud identities, "" for none.  ``guarded``: only what was reviewed is applied.
    ``trusted`` is False for a fork: its plan is made without secrets and its record is hostile data.
    """

    environment: EnvironmentName | None
    action: Action
    why: str
    ref: str = ""
    plan_target: str = ""
    apply_target: str = ""
    guarded: bool = False
    scheduled: bool = False
    trusted: bool = True


_PULL, _TARGET, _REVIEW = ("pull_request",), ("pull_request_target",), ("pull_request_review",)
_ANY_PULL = (*_PULL, *_TARGET, *_REVIEW)
_NEW = ("opened", "synchronize", "reopened", "ready_for_review")
_SAYS = ("labeled", "unlabeled", "edited", "submitted", "dismissed")
_PUSH, _BY_HAND, _SCHEDULE, _QUEUE = ("push",), ("workflow_dispatch",), ("schedule",), ("merge_group",)
_COMMENT, _RUN = ("issue_comment",), ("workflow_run",)
_PUSHED = (
    "A push to the branch of {}: plan, guard, apply. The guard looks for the one merged pull request that made this "
    "commit, and refuses a direct push."
)
_OPENED = "A pull request into the branch of {}: plan, comment, status."
_FORK = "A fork's pull request into the branch of {}: planned without secrets, reported by another run, never applied."
_MOVED = "The pull request goes into the branch of {} now: plan, comment, status."
_AGAIN = "The pull request says something new, its code is the same: the latest record is judged again for {}."
_HAND = "By hand on the branch of {}: plan, guard, apply. The guard refuses a commit that no pull request brought."

MATRIX = (
    Row(_PUSH, (), "branch deleted", None, "none", "A branch or tag was deleted: there is nothing to deploy."),
    Row(_PUSH, (), "tag", None, "none", "A tag deploys nothing; branches do."),
    Row(_PUSH, (), "queue branch", None, "none", "A branch of the merge queue: the event merge_group reports on it."),
    Row(_PUSH, (), "stage branch", "stage", "plan-and-apply", _PUSHED.format("STAGE")),
    Row(_PUSH, (), "prod branch", "prod", "plan-and-apply", _PUSHED.format("PROD")),
    Row(_PUSH, (), "dev branch", "dev", "plan-and-apply", "A push to a branch of DEV: plan and apply."),
    Row(_PUSH, (), "", None, "none", "A push to a branch that belongs to no environment."),
    Row(_ANY_PULL, (), "merged", None, "none", "The pull request is merged: the push it makes deploys."),
    Row(_ANY_PULL, (), "closed", None, "none", "The pull request is closed without a merge: nothing is deployed."),
    Row(_ANY_PULL, (), "into another", None, "none", "The pull request goes into a branch of no environment."),
    Row(_PULL, _NEW, "fork into stage", "stage", "plan", _FORK.format("STAGE")),
    Row(_PULL, _NEW, "fork into prod", "prod", "plan", _FORK.format("PROD")),
    Row(_PULL, _NEW, "into stage", "stage", "plan", _OPENED.format("STAGE")),
    Row(_PULL, _NEW, "into prod", "prod", "plan", _OPENED.format("PROD")),
    Row(_PULL, ("edited",), "moved into stage", "stage", "plan", _MOVED.format("STAGE")),
    Row(_PULL, ("edited",), "moved into prod", "prod", "plan", _MOVED.format("PROD")),
    Row(_TARGET, _NEW, "", None, "none", "pull_request_target has secrets even for forks: no plan. Use pull_request."),
    Row(_ANY_PULL, _SAYS, "into stage", "stage", "judge", _AGAIN.format("STAGE")),
    Row(_ANY_PULL, _SAYS, "into prod", "prod", "judge", _AGAIN.format("PROD")),
    Row(_ANY_PULL, (), "", None, "none", "Nothing that is judged changed on the pull request."),
    Row(_QUEUE, ("checks_requested",), "group for stage", "stage", "queue", "A merge group for STAGE: plan, status."),
    Row(_QUEUE, ("checks_requested",), "group for prod", "prod", "queue", "A merge group for PROD: plan, status."),
    Row(_QUEUE, (), "", None, "none", "A merge group that is gone, or for a branch of no environment."),
    Row(
        _SCHEDULE,
        (),
        "may apply on schedule",
        "prod",
        "drift-and-apply",
        "On schedule: the drift report; then plan, guard, apply, which refuses every destruction.",
    ),
    Row(
        _SCHEDULE,
        (),
        "schedule of another branch",
        "prod",
        "drift",
        "On schedule: the drift report alone. A schedule runs the workflow of the default branch, here not the branch "
        "of PROD, and nothing is applied by a workflow that PROD's reviewers have not seen.",
    ),
    Row(_SCHEDULE, (), "reports on schedule", "prod", "drift", "On schedule: the drift report, as the settings say."),
    Row(_SCHEDULE, (), "", None, "none", "The settings say that nothing happens on schedule."),
    Row(_BY_HAND, (), "asks for a plan", "asked", "plan", "By hand: a plan; nothing is applied."),
    Row(_BY_HAND, (), "asks for drift", "asked", "drift", "By hand: the drift report; nothing is applied."),
    Row(_BY_HAND, (), "asks for dev", "dev", "plan-and-apply", "By hand: plan and apply to DEV."),
    Row(_BY_HAND, (), "asks for stage there", "stage", "plan-and-apply", _HAND.format("STAGE")),
    Row(_BY_HAND, (), "asks for prod there", "prod", "plan-and-apply", _HAND.format("PROD")),
    Row(_BY_HAND, (), "", None, "none", "Refused: STAGE and PROD are applied by hand from their own branches alone."),
    Row(_COMMENT, ("edited",), "own edit", None, "none", "The comment was edited by the one who wrote it."),
    Row(
        _COMMENT, ("edited",), "box", None, "judge", "A box of our comment changed: the latest record is judged again."
    ),
    Row(_COMMENT, (), "", None, "none", "A comment that changes nothing."),
    Row(_RUN, ("completed",), "run of a fork", None, "report", "A fork's run ended: its record is reported from here."),
    Row(_RUN, (), "", None, "none", "Only the end of a run for a fork's pull request is reported from here."),
)
_UNKNOWN = Row((), (), "", None, "none", "An event that is no part of the flow.")


def decide(event: Event, flow: FlowConfig) -> Decision:
    """Which environment and action ``event`` means.  Raises BadEvent for inputs that a dispatch may not have."""
    asked = _asked(event)
    conditions = {"", *list_conditions(event, flow)}
    row = next((row for row in MATRIX if _fits(row, event) and row.condition in conditions), _UNKNOWN)
    environment = asked if row.environment == "asked" else row.environment
    applies = row.action in ("plan-and-apply", "drift-and-apply")
    trusted = event.name != "workflow_run" and not (event.pull_request and event.pull_request.fork)
    plans = environment is not None and trusted and row.action not in ("judge", "report")
    return Decision(
        environment=environment,
        action=row.action,
        why=f"{row.why} {_again(event, row.action)}".rstrip(),
        ref=_ref(event, flow, environment) if "drift" in row.action else "",
        plan_target=f"{environment}-plan" if plans else "",
        apply_target=environment if environment and applies else "",
        guarded=applies and environment != "dev",
        scheduled=event.name == "schedule",
        trusted=trusted or row.action == "none",
    )


def find_environment(branch: str, flow: FlowConfig) -> EnvironmentName | None:
    """The environment a branch deploys to; PROD and STAGE are compared as a whole, before the globs of DEV."""
    if branch == flow.prod:
        return "prod"
    if branch == flow.stage:
        return "stage"
    return "dev" if any(_matches(glob, branch) for glob in flow.dev) else None


def list_conditions(event: Event, flow: FlowConfig) -> Iterator[str]:
    """Words for what is true of an event, as the rows of the matrix use them."""
    yield from _push_conditions(event, flow)
    yield from _pull_conditions(event, flow)
    if group := event.merge_group:
        yield f"group for {find_environment(group.base_ref.removeprefix('refs/heads/'), flow)}"
    if event.name == "schedule":
        yield from _schedule_conditions(event, flow)
    if event.name == "workflow_dispatch":
        yield from _dispatch_conditions(event, flow)
    if (comment := event.comment) and comment.on_pull_request and comment.marked:
        yield "own edit" if event.sender == comment.author else "box"
    if (run := event.workflow_run) and run.event == "pull_request":
        yield "run of a fork" if run.head_repository.casefold() != event.repository.casefold() else "run of ours"


def _fits(row: Row, event: Event) -> bool:
    return event.name in row.events and (not row.activities or event.action in row.activities)


def _push_conditions(event: Event, flow: FlowConfig) -> Iterator[str]:
    if not (push := event.push):
        return
    branch = push.ref.removeprefix("refs/heads/")
    if push.deleted or (push.after and not push.after.strip("0")):
        yield "branch deleted"
    if branch == push.ref:
        yield "tag"
    elif branch.startswith("gh-readonly-queue/"):
        yield "queue branch"
    else:
        yield f"{find_environment(branch, flow)} branch"


def _pull_conditions(event: Event, flow: FlowConfig) -> Iterator[str]:
    if not (pull := event.pull_request):
        return
    environment = find_environment(pull.base_branch, flow)
    if pull.merged:
        yield "merged"
    if not pull.open:
        yield "closed"
    if environment in (None, "dev"):
        yield "into another"
    yield f"into {environment}"
    if pull.fork:
        yield f"fork into {environment}"
    if pull.base_changed:
        yield f"moved into {environment}"


def _schedule_conditions(event: Event, flow: FlowConfig) -> Iterator[str]:
    if flow.schedule == "drift":
        yield "reports on schedule"
    if flow.schedule == "drift-and-apply":
        yield "may apply on schedule" if event.ref == f"refs/heads/{flow.prod}" else "schedule of another branch"


def _dispatch_conditions(event: Event, flow: FlowConfig) -> Iterator[str]:
    asked, action = _asked(event), event.inputs.get("action", "")
    if action in ("plan", "drift"):
        yield "asks for a plan" if action == "plan" else "asks for drift"
    elif asked == "dev":
        yield "asks for dev"
    elif event.ref == f"refs/heads/{_home(flow, asked)}":
        yield f"asks for {asked} there"


def _asked(event: Event) -> EnvironmentName:
    """The environment that a dispatch names; DEV where it names none."""
    word, action = event.inputs.get("environment", "").strip().casefold() or "dev", event.inputs.get("action", "")
    if action not in ("", "plan", "drift", "plan-and-apply"):
        raise BadEvent(
            "The input action is none of plan, drift, plan-and-apply.", "Start the workflow with one of them."
        )
    for name in ENVIRONMENTS:
        if name == word:
            return name
    raise BadEvent("The input environment is none of dev, stage, prod.", "Start the workflow with one of them.")


def _home(flow: FlowConfig, environment: EnvironmentName | None) -> str:
    return {"stage": flow.stage, "prod": flow.prod}.get(environment or "", "")


def _ref(event: Event, flow: FlowConfig, environment: EnvironmentName | None) -> str:
    """Drift is measured against the environment's own branch; a schedule runs on the default one."""
    home = _home(flow, environment)
    return home if event.ref != f"refs/heads/{home}" else ""


def _again(event: Event, action: Action) -> str:
    if event.run_attempt == 1 or action == "none":
        return ""
    number = f"This is attempt {event.run_attempt} with the event of the first"
    if "apply" in action:
        return f"{number}: nothing is applied unless its commit is still the latest of its branch."
    return f"{number}: what is published must fit the pull request as it is now."


def _matches(glob: str, branch: str) -> bool:
    parts: Sequence[str] = re.split(r"(\*\*|\*)", glob)
    words = {"**": ".*", "*": "[^/]*"}
    return re.fullmatch("".join(words.get(part, re.escape(part)) for part in parts), branch, re.DOTALL) is not None
