"""A repository through its whole life: the shipped workflows, the real Terraform, AWS and GitHub played on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from tests.e2e.shop import (
    ALARM,
    BRANCH,
    SETTINGS,
    add_to_state,
    buckets,
    change_by_hand,
    files,
    make_states,
    mend_by_hand,
    role_policy,
    take_from_state,
    topics,
)
from tests.support.project import AUTHOR, READER, ROOT, SECOND, Project, new_project
from tests.support.runner import Run
from tests.support.terraform import aws_provider_dir, terraform_available

pytestmark = pytest.mark.skipif(
    not (terraform_available() and aws_provider_dir()), reason="there is no terraform with the AWS provider here"
)
ACTION = f"acme/plan-review@{'a' * 40}"
STAGE, PROD = "plan-review/stage", "plan-review/prod"
APPLIES = {
    "decide": "success",
    "run": "success",
    "run / begin": "success",
    "run / apply": "success",
    "run / apply / base": "success",
    "run / apply / shop": "success",
    "run / applied": "success",
}
REVIEWS = {
    "decide": "success",
    "run": "success",
    "run / pending": "success",
    "run / plan": "success",
    "run / plan / base": "success",
    "run / plan / shop": "success",
    "run / report": "success",
}
NIGHT = {
    "decide": "success",
    "run": "failure",
    "run / plan": "success",
    "run / plan / base": "success",
    "run / plan / shop": "success",
    "run / drift": "success",
    "run / begin": "success",
    "run / apply": "failure",
    "run / apply / base": "success",
    "run / apply / shop": "failure",
    "run / applied": "success",
}
DRIFT = dict.fromkeys(list(NIGHT)[:6], "success")
STOPPED = {**APPLIES, "run": "failure", "run / apply": "failure", "run / apply / shop": "failure"}
HELD = {**REVIEWS, "run": "failure", "run / report": "failure"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with new_project(tmp_path_factory.mktemp("walk")) as project:
        make_states(project)
        yield project


def test_the_whole_life(project: Project) -> None:
    """One story: each step stands on what the one before left in GitHub and in the cloud."""
    begin(project)
    first = to_stage(project)
    to_prod(project, first)
    at_night(project)
    hotfix(project)
    deletion_in_stage(project)
    sabotage(project)


def init(project: Project) -> None:
    """`plan-review init` in the checkout, as a person types it."""
    command = [sys.executable, "-m", "bot", "init", "--action", ACTION]
    environ = {"PATH": os.environ["PATH"], "HOME": str(project.clone), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=project.clone, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "required status plan-review/stage" in done.stdout


def results(runs: list[Run], workflow: str = "terraform") -> dict[str, str]:
    """The jobs that ran, of the only run of this workflow."""
    (run,) = [run for run in runs if run.workflow == workflow]
    return run.results()


def status(project: Project, number: int, context: str) -> str:
    """What the branch's rule sees."""
    return project.github.statuses(project.pull(number)["head"]["sha"], context)[-1]


def deployed(project: Project, sha: str, environment: str) -> set[str]:
    """The states of its deployments: those of GitHub, one for each stack, and ours."""
    return {state for _, state in project.github.deployments(sha, environment)}


def comment(project: Project, number: int) -> str:
    (only,) = project.comments(number)
    return only


def merge_is_refused(project: Project, number: int, why: str) -> None:
    with pytest.raises(requests.HTTPError) as refused:
        project.merge(AUTHOR, number)
    response = refused.value.response
    assert response is not None
    assert (response.status_code, why in response.json()["message"]) == (405, True), response.json()


def begin(project: Project) -> None:
    """An empty repository, `init`, and a first push to a branch of DEV."""
    project.commit(AUTHOR, "main", {"README.md": "Shop\n", ".gitignore": ".terraform/\n"}, "Begin")
    assert project.push(AUTHOR, "develop", {}, "Branch", base="main") == []
    project.commit(AUTHOR, BRANCH, files(), "Code", base="develop")
    init(project)
    runs = project.push(AUTHOR, BRANCH, {".github/plan-review.yml": SETTINGS}, "plan-review")
    assert results(runs) == APPLIES
    assert "Applied to DEV: 5 created" in runs[0].summary()
    assert buckets(project) == ["acme-dev-archive", "acme-dev-logs"]
    assert deployed(project, project.tip(BRANCH), "dev") == {"success"}


def to_stage(project: Project) -> int:
    """The pull request creates only: its status is green, somebody else approves, the merge is applied."""
    number, runs = project.open_pull(AUTHOR, BRANCH, "develop", "The shop", "First.")
    assert results(runs) == REVIEWS
    assert status(project, number, STAGE) == "success"
    assert "acme-dev" not in comment(project, number)
    merge_is_refused(project, number, "At least 1 approving review")
    project.approve(SECOND, number)
    assert results(project.merge(AUTHOR, number)) == APPLIES
    assert buckets(project, "stage") == ["acme-stage-archive", "acme-stage-logs"]
    assert "Applied to STAGE: 5 created" in comment(project, number)
    tip = project.pull(number)["merge_commit_sha"]
    assert deployed(project, tip, "stage") == {"success"}
    return number


def to_prod(project: Project, first: int) -> None:
    """PROD wants a second person, and a commit that was tested in STAGE."""
    before = comment(project, first)
    number, runs = project.open_pull(AUTHOR, "develop", "main", "Release", "The shop.")
    assert results(runs) == HELD
    assert "second person must approve" in comment(project, number)
    assert status(project, number, PROD) == "failure"
    assert buckets(project, "prod") == []
    merge_is_refused(project, number, 'Required status check "plan-review/prod"')
    project.approve(READER, number)
    assert status(project, number, PROD) == "failure"
    project.approve(AUTHOR, number)
    assert status(project, number, PROD) == "failure"
    assert results(project.approve(SECOND, number), "plan-review judge") == {"judge": "success"}
    assert status(project, number, PROD) == "success"
    assert results(project.merge(AUTHOR, number)) == APPLIES
    assert buckets(project, "prod") == ["acme-prod-archive", "acme-prod-logs"]
    assert "Applied to PROD: 5 created" in comment(project, number)
    assert comment(project, first) == before


def at_night(project: Project) -> None:
    """Somebody changed PROD by hand: one issue says what; nothing that nobody reviewed is applied; mended, it closes."""
    change_by_hand(project)
    assert results(project.night()) == NIGHT
    (issue,) = project.issues()
    assert (issue["state"], issue["title"]) == ("open", "Drift in PROD, shop: 2 objects, 1 deleted, 1 with permissions")
    assert "`aws_s3_bucket.logs`" in issue["body"]
    assert "role prod-app gains &#42; on &#42;" in issue["body"]
    assert (buckets(project, "prod"), role_policy(project, "prod")) == (["acme-prod-archive"], ["*"])
    mend_by_hand(project)
    assert results(project.dispatch(AUTHOR, "main", environment="prod", action="drift")) == DRIFT
    (issue,) = project.issues()
    assert issue["state"] == "closed"


def hotfix(project: Project) -> None:
    """Straight to PROD: a second person is not enough for what STAGE never saw, `urgent` lets it through."""
    project.commit(AUTHOR, "hotfix/alarm", {"stacks/shop/alarm.tf": ALARM}, "Alarm", base="main")
    number, runs = project.open_pull(AUTHOR, "hotfix/alarm", "main", "Alarm", "Now.")
    assert results(runs) == HELD
    project.approve(SECOND, number)
    assert status(project, number, PROD) == "failure"
    assert "STAGE" in comment(project, number)
    merge_is_refused(project, number, 'Required status check "plan-review/prod"')
    assert results(project.label(SECOND, number, "urgent"), "plan-review judge") == {"judge": "success"}
    assert status(project, number, PROD) == "success"
    assert "urgent" in comment(project, number)
    assert results(project.merge(AUTHOR, number)) == APPLIES
    assert topics(project) == ["prod-alarm"]
    assert "Applied to PROD: 1 created" in comment(project, number)


def deletion_in_stage(project: Project) -> None:
    """DEV deletes at once; STAGE is held until somebody who may write says that the bucket may go."""
    project.merge_by_hand(AUTHOR, "dev/clean", "develop", "main")
    runs = project.push(AUTHOR, "dev/clean", {"stacks/shop/archive.tf": None}, "No archive")
    assert results(runs) == APPLIES
    assert buckets(project, "dev") == ["acme-dev-logs"]
    number, runs = project.open_pull(AUTHOR, "dev/clean", "develop", "No archive", "Nobody reads it.")
    assert results(runs) == HELD
    assert status(project, number, STAGE) == "failure"
    assert "do not merge yet – 1 deletion must be let through" in comment(project, number)
    assert "destroys S3 bucket **`acme-stage-archive`**" in comment(project, number)
    project.approve(SECOND, number)
    merge_is_refused(project, number, 'Required status check "plan-review/stage"')
    project.label(READER, number, "allow-deletions")
    assert status(project, number, STAGE) == "failure"
    assert buckets(project, "stage") == ["acme-stage-archive", "acme-stage-logs"]
    assert results(project.label(SECOND, number, "allow-deletions"), "plan-review judge") == {"judge": "success"}
    assert status(project, number, STAGE) == "success"
    assert results(project.merge(AUTHOR, number)) == APPLIES
    assert buckets(project, "stage") == ["acme-stage-logs"]
    assert "### ✅ Applied to STAGE: 1 created, 1 destroyed" in comment(project, number)  # created: the hotfix's topic
    frozen = comment(project, number)
    project.label(AUTHOR, number, "urgent")
    assert comment(project, number) == frozen


def sabotage(project: Project) -> None:
    """Between review and apply a bucket comes into PROD's state that no code has: an apply would delete it."""
    number, runs = project.open_pull(AUTHOR, "develop", "main", "Release", "Without the archive.")
    assert results(runs) == HELD
    project.approve(SECOND, number)
    assert status(project, number, PROD) == "failure"
    project.label(SECOND, number, "allow-deletions")
    assert status(project, number, PROD) == "success"
    assert "aws_s3_bucket.ledger" not in comment(project, number)
    add_to_state(project, "prod", "ledger")
    assert results(project.merge(AUTHOR, number)) == STOPPED
    assert buckets(project, "prod") == ["acme-prod-archive", "acme-prod-ledger", "acme-prod-logs"]
    said = comment(project, number)
    assert "The apply of PROD was stopped by the guard; nothing was finished" in said
    assert "aws_s3_bucket.ledger" in said
    tip = project.pull(number)["merge_commit_sha"]
    assert "failure" in deployed(project, tip, "prod")
    take_from_state(project, "prod", "ledger")
    assert results(project.dispatch(AUTHOR, "main", environment="prod", action="plan-and-apply")) == APPLIES
    assert buckets(project, "prod") == ["acme-prod-ledger", "acme-prod-logs"]
    assert "### ✅ Applied to PROD: 1 destroyed" in comment(project, number)
