"""A repository through its whole life: the shipped workflows, the real Terraform, AWS and GitHub played on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from tests.e2e.shop import (
    ARCHIVE,
    BRANCH,
    QUEUE,
    SETTINGS,
    add_to_state,
    buckets,
    change_by_hand,
    files,
    make_states,
    mend_by_hand,
    role_policy,
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
    assert project.github.deployments(project.tip(BRANCH), "dev") == [("deploy", "success"), ("deploy", "success")]


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
    assert project.github.deployments(tip, "stage") == [("deploy", "success"), ("deploy", "success")]
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
    change_by_hand(project)
    runs = project.night()
    print(results(runs))
    issues = project.issues()
    print(issues)
    print(buckets(project, "prod"), role_policy(project, "prod"))
    mend_by_hand(project)
    print(results(project.dispatch(AUTHOR, "main", environment="prod", action="drift")))
    print(project.issues())


def hotfix(project: Project) -> None:
    project.commit(AUTHOR, "hotfix/queue", {"stacks/shop/queue.tf": QUEUE}, "Alarm", base="main")
    number, runs = project.open_pull(AUTHOR, "hotfix/queue", "main", "Alarm", "Now.")
    print(results(runs), status(project, number, PROD), comment(project, number))
    project.approve(SECOND, number)
    print(status(project, number, PROD), comment(project, number))
    project.label(SECOND, number, "urgent")
    print(status(project, number, PROD), comment(project, number))
    print(results(project.merge(AUTHOR, number)))
    print(comment(project, number))
    print(buckets(project, "prod"))


def deletion_in_stage(project: Project) -> None:
    project.merge_by_hand(AUTHOR, "dev/clean", "develop", "main")
    runs = project.push(AUTHOR, "dev/clean", {"stacks/shop/archive.tf": None}, "No archive")
    print(results(runs), buckets(project, "dev"))
    number, runs = project.open_pull(AUTHOR, "dev/clean", "develop", "No archive", "Nobody reads it.")
    print(results(runs), status(project, number, STAGE), comment(project, number))
    project.approve(SECOND, number)
    merge_is_refused(project, number, 'Required status check "plan-review/stage"')
    project.label(READER, number, "allow-deletions")
    print(status(project, number, STAGE))
    project.label(SECOND, number, "allow-deletions")
    print(status(project, number, STAGE), comment(project, number))
    print(results(project.merge(AUTHOR, number)))
    print(comment(project, number), buckets(project, "stage"))


def sabotage(project: Project) -> None:
    number, runs = project.open_pull(AUTHOR, "develop", "main", "Release", "Without the archive.")
    print(results(runs), status(project, number, PROD), comment(project, number))
    project.approve(SECOND, number)
    project.label(SECOND, number, "allow-deletions")
    print(status(project, number, PROD), comment(project, number))
    add_to_state(project, "prod", "ledger")
    print(buckets(project, "prod"))
    print(results(project.merge(AUTHOR, number)))
    print(comment(project, number), buckets(project, "prod"))
    assert ARCHIVE
