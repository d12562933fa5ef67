"""The recipe of docs/encrypted-plans.md: its very steps, with the real Terraform and GnuPG."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from tests.support.terraform import terraform_available, write_files

pytestmark = pytest.mark.skipif(
    not terraform_available() or not shutil.which("gpg"), reason="there is no terraform or no gpg here"
)
DOC = (Path(__file__).parents[2] / "docs/encrypted-plans.md").read_text(encoding="utf-8")
SECRET = "correct-horse-battery"
CODE = f"""\
variable "password" {{
  default   = "{SECRET}"
  sensitive = true
}}
resource "terraform_data" "a" {{
  input = var.password
}}
"""


def steps() -> dict[str, str]:
    """Name -> script, as GitHub would run it: bash stops at the first error."""
    blocks: list[dict[str, Any]] = [
        step
        for text in re.findall(r"^```yaml\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)
        for step in yaml.safe_load(text)
    ]
    return {step["name"]: step["run"] for step in blocks if "run" in step}


@pytest.fixture
def surroundings(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A runner, and the keys of the document.  GnuPG's socket takes only a short path."""
    (tmp_path / "infra").mkdir()
    write_files(tmp_path / "infra", {"main.tf": CODE})
    with tempfile.TemporaryDirectory(prefix="r") as temp, tempfile.TemporaryDirectory(prefix="g") as keys:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "CHECKPOINT_DISABLE": "1",
            "RUNNER_TEMP": temp,
            "FOLDER": "infra",
        }
        made = next(text for text in re.findall(r"^```sh\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL))
        run(tmp_path, made.replace("$(mktemp -d)", keys), environment)
        environment["PLAN_PUBLIC_KEY"] = (tmp_path / "plan-key.pub.asc").read_text(encoding="utf-8")
        environment["PLAN_PRIVATE_KEY"] = (tmp_path / "plan-key.asc").read_text(encoding="utf-8")
        run(tmp_path, "terraform -chdir=infra init", environment)
        yield environment
        run(tmp_path, f"gpgconf --homedir {keys} --kill all", environment)


def run(folder: Path, script: str, environment: dict[str, str], code: int = 0) -> str:
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode == 0) is (code == 0), f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_the_very_plan_is_applied_after_the_guard(tmp_path: Path, surroundings: dict[str, str]) -> None:
    plan, decrypt = steps()["Plan, and keep it encrypted"], steps()["Decrypt"]
    temp = Path(surroundings["RUNNER_TEMP"])
    public = {name: value for name, value in surroundings.items() if name != "PLAN_PRIVATE_KEY"}
    said = run(tmp_path, plan, public)
    assert [path.name for path in temp.rglob("*") if path.is_file()] == ["tfplan.gpg"]
    assert SECRET.encode() not in (temp / "kept/tfplan.gpg").read_bytes()
    said += run(tmp_path, decrypt, surroundings)
    assert SECRET not in said
    fresh = f"net={temp}/plan-review-work/plan.json"
    assert main(["record", fresh, "-o", "reviewed.json", "--commit", "a" * 40, "-e", "prod"]) == 0
    assert main(["guard", fresh, "-e", "prod", "--reviewed", "reviewed.json"]) == 0
    run(tmp_path, 'terraform -chdir=infra apply -input=false "$RUNNER_TEMP/plan-review-work/tfplan"', surroundings)
    assert "terraform_data.a" in run(tmp_path, "terraform -chdir=infra state list", surroundings)
    stale = 'terraform -chdir=infra apply -input=false -no-color "$RUNNER_TEMP/plan-review-work/tfplan"'
    assert "Saved plan is stale" in run(tmp_path, stale, surroundings, code=1)


def test_a_file_that_was_changed_does_not_decrypt(tmp_path: Path, surroundings: dict[str, str]) -> None:
    run(tmp_path, steps()["Plan, and keep it encrypted"], surroundings)
    kept = Path(surroundings["RUNNER_TEMP"]) / "kept/tfplan.gpg"
    data = bytearray(kept.read_bytes())
    data[-20] ^= 1
    kept.write_bytes(data)
    run(tmp_path, steps()["Decrypt"], surroundings, code=1)


def test_without_the_private_key_nothing_is_read(tmp_path: Path, surroundings: dict[str, str]) -> None:
    run(tmp_path, steps()["Plan, and keep it encrypted"], surroundings)
    run(tmp_path, steps()["Decrypt"], {**surroundings, "PLAN_PRIVATE_KEY": ""}, code=1)


def test_a_plan_that_fails_leaves_nothing_to_apply(tmp_path: Path, surroundings: dict[str, str]) -> None:
    write_files(tmp_path / "infra", {"main.tf": "resource {\n"})
    run(tmp_path, steps()["Plan, and keep it encrypted"], surroundings, code=1)
    assert not (Path(surroundings["RUNNER_TEMP"]) / "kept/tfplan.gpg").exists()
