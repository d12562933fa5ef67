"""Each rule of the doctor: the workflows of the kit, with one thing broken."""

from collections.abc import Mapping

import pytest
from msgspec import structs

from bot.doctor import Facts, examine, format_troubles
from bot.doctor_github import Branch, Hosted, Person, PrivateForks, examine_github
from bot.doctor_kit import compare_kit
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


def test_another_workflow_for_strangers_is_named() -> None:
    other = "on: pull_request_target\njobs: {a: {steps: []}}\n"
    assert tell({**GOOD, ".github/workflows/other.yml": other}) == [("warn", "It runs on pull_request_target.")]


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
    found = tell(GOOD, modules=[RootModule(folder="environments/prod", backend=backend)])
    assert [one for one in found if one != look] == expected
    assert (look in found) == (backend.kind != "local")


WANTED = ("allow-deletions", "urgent")
STAGE = Branch(name="develop", context="plan-review/stage", contexts=("Plan-Review/stage",), approvals=1)
PROD = Branch(name="main", context="plan-review/prod", contexts=("plan-review/prod",), approvals=2)
HOSTED = Hosted(
    branches=(STAGE, PROD),
    environments={"stage": ["develop"], "prod": ["main"]},
    homes={"stage": "develop", "prod": "main"},
    default_branch="main",
    public=True,
    deletes_heads=False,
    fork_approval="all_external_contributors",
    may_approve=False,
    labels=frozenset(WANTED),
    people=(Person("ann", True, True), Person("bob", True, True), Person("eve", False, False)),
)
FORKS = PrivateForks(run=True, write=False, secrets=False)


def ask(**more: object) -> list[tuple[str, str]]:
    return [(trouble.weight, trouble.what) for trouble in examine_github(structs.replace(HOSTED, **more), WANTED)]


def test_what_github_is_set_to_can_be_well() -> None:
    assert ask() == []
    assert ask(public=False, fork_approval=None, private_forks=FORKS) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"branches": (STAGE, structs.replace(PROD, contexts=("plan-review/stage",)))}, ("stop", "The status plan-review/prod is not required.")),
        ({"branches": (STAGE, structs.replace(PROD, approvals=0))}, ("warn", "No approval is required.")),
        ({"branches": (STAGE, structs.replace(PROD, contexts=(), seen=False))}, ("unknown", "Not known: whether the status plan-review/prod is required.")),
        ({"environments": {"stage": ["develop"], "prod": ["*"]}}, ("stop", "It has no rule for the branch main.")),
        ({"environments": {"stage": ["develop"], "prod": None}}, ("unknown", "Not known: whether main alone may use it.")),
        ({"fork_approval": "first_time_contributors"}, ("warn", "Not every pull request of a fork needs an approval to run.")),
        ({"fork_approval": None}, ("unknown", "Not known: which pull requests of forks run without an approval.")),
        ({"public": False, "private_forks": structs.replace(FORKS, secrets=True)}, ("stop", "Runs of forks get secrets.")),
        ({"public": False, "private_forks": structs.replace(FORKS, run=False)}, ("note", "A pull request of a fork starts no run.")),
        ({"public": False}, ("unknown", "Not known: whether runs of forks get secrets or a token that writes.")),
        ({"labels": frozenset(("urgent",))}, ("warn", "There is no label allow-deletions.")),
        ({"labels": None}, ("unknown", "Not known: whether allow-deletions, urgent are there.")),
        ({"people": (Person("ann", True, True),)}, ("warn", "Fewer than two people may write.")),
        ({"people": (*(HOSTED.people or ()), Person("tim", True, False))}, ("note", "May set labels and may not write: tim.")),
        ({"people": None}, ("unknown", "Not known: who may set labels and who may approve.")),
        ({"may_approve": True}, ("warn", "They may approve pull requests.")),
        ({"may_approve": None}, ("unknown", "Not known: whether they may approve pull requests.")),
        ({"deletes_heads": True}, ("warn", "Head branches are deleted after a merge.")),
    ],
)  # fmt: skip
def test_each_setting_of_github(more: dict[str, object], expected: tuple[str, str]) -> None:
    assert ask(**more) == [expected]


def test_what_is_not_known_is_counted_apart() -> None:
    found = examine_github(structs.replace(HOSTED, labels=None), WANTED)
    assert format_troubles(found, asked=True) == (
        "unknown  labels: Not known: whether allow-deletions, urgent are there.\n"
        "      why   Without them nothing is let through.\n"
        "      mend  Ask with a token that may read it (fine-grained: Administration, read), or look at the page by hand.\n"
        "\n0 that stop, 0 to mend, 1 not known.\n"
    )


def differ(path: str, old: str, new: str) -> list[str]:
    return [trouble.what for trouble in compare_kit(broken(path, old, new), GOOD)]


def test_the_kit_does_not_differ_from_itself() -> None:
    assert compare_kit(GOOD, GOOD) == []
    assert (
        compare_kit({path: text for path, text in GOOD.items() if path != JUDGE}, GOOD)[0].what
        == "The file is missing."
    )


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (CALLER, ", ready_for_review, edited]", "]", "pull_request misses ready_for_review, edited in `types`."),
        (CALLER, '["dev/**", "develop", "main"]', '["main"]', "push misses dev/**, develop in `branches`."),
        (CALLER, "  merge_group:\n    types: [checks_requested]\n", "", "It does not run on merge_group."),
        (RUN, "      statuses: read #", "      #", "The job apply lacks the permission statuses: read."),
        (RUN, "\n  drift:\n", "\n  other:\n", "The job drift is missing."),
    ],
)
def test_what_differs_from_the_kit_is_named(path: str, old: str, new: str, expected: str) -> None:
    assert expected in differ(path, old, new)


def test_what_a_repository_adds_is_its_own() -> None:
    assert differ(CALLER, "  merge_group:\n", "  workflow_call:\n  merge_group:\n") == []
    assert differ(CALLER, '["dev/**", "develop", "main"]', '["dev/**", "develop", "main", "feature/**"]') == []


@pytest.mark.parametrize(
    ("folder", "files", "said"),
    [
        ("infra", (), ["DEV, STAGE, PROD have one state."]),
        ("infra", ("prod.gcs.tfbackend",), ["DEV, STAGE have one state."]),
        ("infra", ("dev.gcs.tfbackend", "stage.gcs.tfbackend", "prod.gcs.tfbackend"), []),
        ("environments/prod", (), []),
    ],
)
def test_environments_that_share_a_state(folder: str, files: tuple[str, ...], said: list[str]) -> None:
    module = RootModule(folder=folder, backend=Backend(kind="gcs"), backend_files=files)
    assert [what for _, what in tell(GOOD, modules=[module]) if "one state" in what] == said
