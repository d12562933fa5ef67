"""Events as GitHub would send them, from its own examples (npm @octokit/webhooks-examples)."""

from typing import Any

from tests.support.triggers import GitHubEvent, Json
from tests.support.webhooks import payload
from tests.support.workflow_runs import HERE

ZERO, SHA = "0" * 40, "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
FORK = {"pull_request__head__repo__full_name": "somebody/Hello-World"}
GONE = {"pull_request__head__repo": None}
MARKED = "<!-- plan-review:v1 eyJrZXkiOiJwcm9kIn0 -->\ntext"
BOT = "github-actions[bot]"


def push(branch: str, **changes: Any) -> GitHubEvent:
    ref = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    document = _change(payload("push", ref=ref, after=SHA, deleted=False), changes)
    return GitHubEvent(name="push", payload=document, ref=ref)


def pull(action: str, base: str, **changes: Any) -> GitHubEvent:
    """The example of this action, in this repository unless ``changes`` say otherwise."""
    here = _here(base)
    if action not in ("edited", "auto_merge_enabled"):
        document = payload("pull_request", action, **here)
    else:
        document = payload("pull_request", "opened", **here) | {"action": action}
    document = _change(document, changes)
    return GitHubEvent(name="pull_request", payload=document, ref=f"refs/pull/{document['number']}/merge")


def _here(base: str) -> dict[str, str]:
    return {
        "pull_request__head__repo__full_name": HERE,
        "pull_request__base__ref": base,
        "repository__full_name": HERE,
    }


def review(action: str, base: str, **changes: Any) -> GitHubEvent:
    here = _here(base)
    document = _change(payload("pull_request_review", action, **here), changes)
    return GitHubEvent(name="pull_request_review", payload=document, ref="refs/pull/2/merge")


def comment(action: str, body: str, sender: str, *, on_pull: bool = True) -> GitHubEvent:
    document = payload("issue_comment", action, comment__body=body, sender__login=sender)
    document["comment"]["user"]["login"] = BOT
    document["issue"].pop("pull_request", None)
    document["issue"] |= {"pull_request": {"url": "x"}} if on_pull else {}
    return GitHubEvent(name="issue_comment", payload=document, ref="refs/heads/main")


def group(action: str, base: str) -> GitHubEvent:
    ref = f"refs/heads/gh-readonly-queue/{base}/pr-2-{SHA}"
    document = payload("merge_group", merge_group__base_ref=f"refs/heads/{base}", merge_group__head_ref=ref)
    return GitHubEvent(name="merge_group", payload=document | {"action": action}, ref=ref)


def by_hand(branch: str, **inputs: str) -> GitHubEvent:
    """GitHub fills in the defaults of the form."""
    given = {"environment": "dev", "action": "plan-and-apply"} | inputs
    ref = f"refs/heads/{branch}"
    return GitHubEvent(name="workflow_dispatch", payload=payload("workflow_dispatch", inputs=given, ref=ref), ref=ref)


def night(branch: str, default: str, line: str = "17 1 * * *") -> GitHubEvent:
    """What GitHub sends on schedule: the cron line and the repository.  The examples have none."""
    document = {"schedule": line, "repository": payload("push")["repository"]}
    return GitHubEvent(name="schedule", payload=document, ref=f"refs/heads/{branch}", default_branch=default)


def run_of(event: str, owner: str, conclusion: str, name: str = "terraform", action: str = "completed") -> GitHubEvent:
    document = payload(
        "workflow_run",
        action,
        workflow_run__name=name,
        workflow_run__event=event,
        workflow_run__conclusion=conclusion,
        workflow_run__head_repository={"full_name": f"{owner}/Hello-World"} if owner else None,
    )
    return GitHubEvent(name="workflow_run", payload=document, ref="refs/heads/main")


def other(name: str, action: str = "") -> GitHubEvent:
    return GitHubEvent(name=name, payload=payload(name, action), ref="refs/heads/main")


def again(event: GitHubEvent) -> GitHubEvent:
    return GitHubEvent(name=event.name, payload=event.payload, ref=event.ref, attempt=2)


def _change(document: Json, changes: Json) -> Json:
    for path, value in changes.items():
        *way, last = path.split("__")
        place = document
        for key in way:
            place = place.setdefault(key, {})
        place[last] = value
    return document
