"""The shell steps of the written workflows, run by bash with a real Terraform, as the runner would."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.edge.files import read_kit
from bot.workflows import build_workflows
from tests.test_workflows import CHOICE

TERRAFORM = shutil.which("terraform")
pytestmark = pytest.mark.skipif(TERRAFORM is None, reason="terraform is not installed")
CODE = 'variable "word" {}\nresource "terraform_data" "a" {\n  input = var.word\n}\n'


def script(job: str, name: str) -> str:
    jobs = yaml.safe_load(build_workflows(read_kit(), CHOICE)[".github/workflows/plan-review-run.yml"])["jobs"]
    (found,) = [step["run"] for step in jobs[job]["steps"] if step.get("name") == name]
    return str(found)


def run(root: Path, text: str, var_file: str = "env/dev.tfvars") -> subprocess.CompletedProcess[str]:
    """`shell: bash` of the runner."""
    environment = {"PATH": f"{Path(str(TERRAFORM)).parent}:/usr/bin:/bin", "HOME": str(root)}
    environment |= {"RUNNER_TEMP": str(root / "temp"), "FOLDER": "a folder", "VAR_FILE": var_file, "BACKEND_FILE": ""}
    environment |= {"TF_INPUT": "0", "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a folder/env").mkdir(parents=True)
    (tmp_path / "temp").mkdir()
    (tmp_path / "a folder/main.tf").write_text(CODE)
    (tmp_path / "a folder/env/dev.tfvars").write_text('word = "::error::hello"\n')
    return tmp_path


def test_a_plan_is_made_and_says_nothing(root: Path) -> None:
    done = run(root, script("plan", "Plan"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    work = root / "temp/plan-review-work"
    plan = json.loads((work / "plan.json").read_text())
    assert [change["address"] for change in plan["resource_changes"]] == ["terraform_data.a"]
    assert oct((work / "tfplan").stat().st_mode & 0o077) == "0o0"
    assert run(root, script("plan", "Plan files end here")).returncode == 0
    assert not work.exists()


def test_a_plan_that_fails_leaves_its_log(root: Path) -> None:
    done = run(root, script("plan", "Plan"), var_file="")
    assert (done.returncode, done.stdout) == (1, "")
    work = root / "temp/plan-review-work"
    assert "No value for required variable" in (work / "plan.log").read_text()
    assert not (work / "plan.json").exists()


def test_exactly_the_plan_that_was_guarded_is_applied(root: Path) -> None:
    assert run(root, script("apply", "Plan again")).returncode == 0
    (root / "a folder/env/dev.tfvars").write_text('word = "changed after the guard"\n')
    done = run(root, script("apply", "Apply exactly this plan"))
    assert (done.returncode, done.stdout) == (0, "")
    state = json.loads((root / "a folder/terraform.tfstate").read_text())
    assert state["resources"][0]["instances"][0]["attributes"]["output"]["value"] == "::error::hello"


def test_an_apply_does_not_go_on_without_a_plan(root: Path) -> None:
    assert run(root, script("apply", "Plan again"), var_file="").returncode == 1
    assert run(root, script("apply", "Apply exactly this plan")).returncode == 1
    assert not (root / "a folder/terraform.tfstate").exists()
