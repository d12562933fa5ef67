"""Each rule of the doctor: the workflows of the kit, with one thing broken."""

from collections.abc import Mapping

import pytest
from msgspec import structs

from bot.doctor import Facts, examine
from bot.edge.files import read_kit
from bot.root_modules import Backend, RootModule
from bot.workflows import Choice, StackFolder, build_workflows

INFRA = (StackFolder(name="infra", directory="infra"),)
CHOICE = Choice(action="example/plan-review@" + "0123456789" * 4, stacks={"dev": INFRA, "stage": INFRA, "prod": INFRA})
GOOD = build_workflows(read_kit(), CHOICE)
CALLER, RUN = ".github/workflows/terraform.yml", ".github/workflows/plan-review-run.yml"
JUDGE = ".github/workflows/plan-review-judge.yml"


def tell(workflows: Mapping[str, str], **more: object) -> list[tuple[str, str]]:
    facts = structs.replace(Facts(workflows=workflows, default_branch="main"), **more)
    return [(trouble.weight, trouble.what) for trouble in examine(facts)]


def broken(path: str, old: str, new: str) -> dict[str, str]:
    assert old in GOOD[path]
    return {**GOOD, path: GOOD[path].replace(old, new)}


def test_the_kit_is_healthy() -> None:
    assert tell(GOOD) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (CALLER, "    types: [opened, synch", "    paths: [infra]\n    types: [opened, synch", ("stop", "pull_request has the filter paths.")),
        (CALLER, "[opened, synchronize, reopened, ready_for_review, edited]", "[opened, reopened, ready_for_review]", ("stop", "pull_request misses synchronize.")),
        (CALLER, "  pull_request:\n", "  pull_request_target:\n", ("stop", "It runs on pull_request_target.")),
        (CALLER, "permissions: {}\n", "", ("warn", "No `permissions: {}` at the top.")),
        (CALLER, "  schedule:\n    - cron: \"17 1 * * *\" #", "  #", ("warn", "No workflow runs on schedule.")),
        (CALLER, "jobs:\n", "jobs: [\n", ("stop", "It cannot be read.")),
        (RUN, "terraform_wrapper: false", "terraform_wrapper: true", ("stop", "terraform_wrapper is on.")),
        (RUN, "            close\n", "            show\n", ("stop", "`status pending` has no `status close` with `if: always()`.")),
        (RUN, "setup-python@0b93645e9fea7318ecaed2b359559ac225c90a2b # v5.3.0", "setup-python@v5", ("warn", "actions/setup-python@v5 is not pinned to a commit.")),
        (RUN, "      contents: read\n      id-token: write\n    env", "      contents: write\n    env", ("warn", "It may write contents.")),
        (RUN, "            guard\n", "            show\n", ("stop", "It applies without guard.")),
        (RUN, "      cancel-in-progress: false\n", "      cancel-in-progress: true\n", ("stop", "An apply may be cancelled or run beside another one.")),
        (RUN, "runner.temp }}/report\n", "runner.temp }}/plan-review-work/tfplan\n", ("stop", "It uploads a plan or a state.")),
        (JUDGE, "labeled, unlabeled, ", "", ("warn", "pull_request misses labeled, unlabeled.")),
    ],
)  # fmt: skip
def test_each_break_is_found(path: str, old: str, new: str, expected: tuple[str, str]) -> None:
    assert expected in tell(broken(path, old, new))


def test_another_workflow_that_applies_is_a_second_way_in() -> None:
    other = "on: push\njobs:\n  a:\n    steps:\n      - run: terraform -chdir=x apply -auto-approve\n"
    assert tell({**GOOD, ".github/workflows/other.yml": other}) == [
        ("stop", "It applies without guard."),
        ("stop", "An apply may be cancelled or run beside another one."),
    ]


@pytest.mark.parametrize(
    "text", ["", "a", "[]", "jobs: 1", "on: push\njobs: {a: 1}", "on: [1]\njobs: {a: {steps: [1, {with: 2, uses: 3}]}}"]
)
def test_an_odd_workflow_stops_nobody(text: str) -> None:
    examine(Facts(workflows={"x.yml": text, "y.yml": f"{text}\n"}))


def test_nothing_of_ours() -> None:
    assert tell({}) == [("stop", "No workflow uses plan-review.")]


def test_a_schedule_on_another_default_branch() -> None:
    said = [("warn", "The default branch is develop, PROD is deployed from main.")]
    assert tell(GOOD, default_branch="develop") == said


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        (Backend(kind="local"), [("stop", "The state is on the disk of the runner.")]),
        (Backend(kind="s3"), [("stop", "The state is not locked."), ("warn", "encrypt is not set.")]),
        (Backend(kind="s3", settings={"use_lockfile": "true", "encrypt": "true"}), []),
        (Backend(kind="s3", settings={"dynamodb_table": "locks", "encrypt": "true"}), []),
        (Backend(kind="gcs"), []),
        (Backend(kind="azurerm"), []),
    ],
)
def test_the_state(backend: Backend, expected: list[tuple[str, str]]) -> None:
    look = ("warn", "Whether the bucket keeps versions and who may read it is not in the code.")
    found = tell(GOOD, modules=[RootModule(folder="infra", backend=backend)])
    assert [one for one in found if one != look] == expected
    assert (look in found) == (backend.kind != "local")


def test_what_github_says() -> None:
    contexts = {"develop": ["Plan-Review/stage"], "main": ["plan-review/stage"]}
    assert tell(GOOD, contexts=contexts) == [("stop", "The status plan-review/prod is not required.")]
    rules = {"stage": ["develop"], "prod": ["main"]}
    assert tell(GOOD, environments=rules) == []
    assert tell(GOOD, environments={**rules, "prod": ["*"]}) == [("stop", "It has no rule for the branch main.")]
