"""`init` over folders on disk: what it finds, writes, shows and refuses."""

import subprocess
from pathlib import Path

import pytest

from bot.config import Config, decode_config
from bot.edge.checkout import read_checkout
from bot.edge.files import write_text
from bot.errors import BadUsage, CannotRead
from bot.init import SHARED, list_settings, write_config
from bot.kit_commands import InitOptions, run_doctor, run_init
from bot.workflows import Choice, StackFolder

ACTION = "example/plan-review@" + "0123456789" * 4
READS = "no branch rule, an identity that may only read"
TRUST = (
    "; variables GCP_WORKLOAD_IDENTITY_PROVIDER, GCP_SERVICE_ACCOUNT of an identity that trusts "
    "repo:acme/infra:environment:{}"
)
GATE = (
    "require a pull request with 1 approval, required status {}, branch up to date before the merge, dismiss stale "
    "approvals, no bypass, no force push, no deletion"
)
FILES = [
    ".github/plan-review.yml",
    ".github/workflows/plan-review-fork.yml",
    ".github/workflows/plan-review-judge.yml",
    ".github/workflows/plan-review-run.yml",
    ".github/workflows/terraform.yml",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "stacks/network").mkdir(parents=True)
    (root / "stacks/network/main.tf").write_text('terraform {\n  backend "gcs" {\n    bucket = "b"\n  }\n}\n')
    return root


def write(folder: Path) -> None:
    options = InitOptions(directory=str(folder), action=ACTION)
    for name, text in run_init(options).files.items():
        write_text(name, text)


def test_a_new_repository_gets_config_and_workflows(folder: Path) -> None:
    outcome = run_init(InitOptions(directory=str(folder), action=ACTION))
    assert sorted(outcome.files) == [f"{folder}/{name}" for name in FILES]
    assert outcome.exit_code == 0
    assert outcome.text.splitlines()[:7] == [
        "Written for terraform ~1, cloud google, STAGE develop, PROD main.",
        "  dev   network in stacks/network",
        "  stage network in stacks/network",
        "  prod  network in stacks/network",
        f"! DEV, STAGE, PROD have one state in stacks/network: {SHARED}",
        "",
        "new     .github/plan-review.yml",
    ]
    assert "required status plan-review/prod" in outcome.text


def test_a_state_for_each_environment_is_nothing_to_remark(folder: Path) -> None:
    for name in ("dev", "stage", "prod"):
        (folder / f"stacks/network/{name}.gcs.tfbackend").write_text('prefix = "x"\n')
    text = run_init(InitOptions(directory=str(folder), action=ACTION)).text
    assert "  prod  network in stacks/network (prod.gcs.tfbackend)\n\nnew " in text


def test_an_empty_repository_gets_a_folder_to_begin_with(tmp_path: Path) -> None:
    outcome = run_init(InitOptions(directory=str(tmp_path), action=ACTION))
    told = "! No Terraform code was found: put it into infra/, with a backend, or name its folder in terraform.yml."
    assert told in outcome.text.splitlines()
    text = outcome.files[f"{tmp_path}/{FILES[4]}"]
    assert '{"name": "infra", "directory": "infra", "var-file": "", "backend-file": ""}' in text


def test_the_second_time_nothing_changes_and_the_action_is_remembered(folder: Path) -> None:
    write(folder)
    outcome = run_init(InitOptions(directory=str(folder)))
    assert (outcome.files, outcome.exit_code) == ({}, 0)


def test_a_file_that_differs_is_shown_and_not_replaced(folder: Path) -> None:
    write(folder)
    path = folder / FILES[4]
    path.write_text(path.read_text().replace('cron: "17 1', 'cron: "23 2'))
    outcome = run_init(InitOptions(directory=str(folder)))
    assert (outcome.files, outcome.exit_code) == ({}, 1)
    assert '-    - cron: "23 2 * * *"' in outcome.text
    assert '+    - cron: "17 1 * * *"' in outcome.text
    assert "Nothing was written" in outcome.text
    assert list(run_init(InitOptions(directory=str(folder), yes=True)).files) == [str(path)]


def test_settings_that_are_there_are_kept(folder: Path) -> None:
    (folder / ".github").mkdir()
    (folder / FILES[0]).write_text("version: 1\n# ours\n")
    assert f"{folder}/{FILES[0]}" not in run_init(InitOptions(directory=str(folder), action=ACTION, yes=True)).files


def test_without_an_action_it_asks_for_one(folder: Path) -> None:
    with pytest.raises(BadUsage, match="Which commit"):
        run_init(InitOptions(directory=str(folder)))


def test_tofu_and_cloud_are_found(folder: Path) -> None:
    (folder / ".opentofu-version").write_text("1.10.6\n")
    (folder / "stacks/network/main.tf").write_text('terraform {\n  backend "s3" {\n  }\n}\n')
    text = run_init(InitOptions(directory=str(folder), action=ACTION)).files[f"{folder}/{FILES[3]}"]
    assert 'tofu_version: "1.10.6"' in text
    assert "role-to-assume: ${{ vars.AWS_ROLE_TO_ASSUME }}" in text
    assert 'tofu -chdir="$FOLDER" apply' in text
    assert "terraform -chdir" not in text


def test_remote_and_default_branch_are_read_from_git(folder: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    subprocess.run(["git", "remote", "add", "origin", "git@github.com:acme/infra.git"], cwd=folder, check=True)
    checkout = read_checkout(str(folder))
    assert (checkout.repository, checkout.default_branch) == ("acme/infra", "main")
    origin = folder / ".git/refs/remotes/origin"
    origin.mkdir(parents=True)
    (origin / "HEAD").write_text("ref: refs/remotes/origin/develop\n")
    assert read_checkout(str(folder)).default_branch == "develop"


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="is no folder"):
        read_checkout(str(tmp_path / "nothing"))


def test_doctor_is_content_with_what_init_writes(folder: Path) -> None:
    write(folder)
    outcome = run_doctor(str(folder))
    assert outcome.exit_code == 0
    assert "0 that stop, 2 to mend." in outcome.text


def test_the_settings_to_begin_with_are_good_and_name_other_branches() -> None:
    assert decode_config(write_config("develop", "main").encode(), "x.yml") == Config()
    assert write_config("staging", "release").splitlines()[-3:] == ["flow:", '  stage: "staging"', '  prod: "release"']


def test_the_checklist_names_exact_values() -> None:
    infra = (StackFolder(name="infra", directory="infra"),)
    choice = Choice(action=ACTION, stacks={"dev": infra, "stage": infra, "prod": infra})
    said = {setting.place: setting.value for setting in list_settings(choice, "acme/infra")}
    assert said == {
        "Settings > Branches > rule for develop": GATE.format("plan-review/stage"),
        "Settings > Branches > rule for main": GATE.format("plan-review/prod"),
        "Settings > Environments > dev": "branch rule: dev/** only" + TRUST.format("dev"),
        "Settings > Environments > stage": "branch rule: develop only" + TRUST.format("stage"),
        "Settings > Environments > prod": "branch rule: main only; required reviewer, prevent self-review"
        + TRUST.format("prod"),
        "Settings > Environments > dev-plan": READS + TRUST.format("dev-plan"),
        "Settings > Environments > stage-plan": READS + TRUST.format("stage-plan"),
        "Settings > Environments > prod-plan": READS + TRUST.format("prod-plan"),
        "Issues > Labels": (
            "make allow-deletions, allow-iam, allow-exposure, allow-cost, urgent: what is held is let through by them"
        ),
        "Settings > Actions > General": "workflow permissions: read repository contents",
        "Settings > General > Pull Requests": "automatically delete head branches: off, it would delete develop",
        "Settings > General > Default branch": "main: a schedule runs there alone",
    }
