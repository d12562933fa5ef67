"""Failed plans of the real Terraform, in both of its languages: the stream of JSON and the text for people."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from bot.catalog.failures import decode_failures
from bot.diagnostics import Failure, explain_failure
from bot.edge.files import read_catalog
from bot.secret_scan import build_secret_scan
from tests.support.terraform import terraform_available, write_files

pytestmark = pytest.mark.skipif(not terraform_available(), reason="there is no terraform here")

CAUSES = decode_failures(read_catalog()["failures.toml"])
SLOW = 'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "sleep 20"\n  }\n}\n'
PROVIDER = 'terraform {\n  required_providers {\n    acme = {\n      source  = "hashicorp/acme"\n      version = "9.9.9"\n    }\n  }\n}\n'


def environment(folder: Path) -> dict[str, str]:
    nowhere = "http://127.0.0.1:9"
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1", "HTTPS_PROXY": nowhere}


def run(folder: Path, *command: str) -> bytes:
    done = subprocess.run(
        ["terraform", *command, "-input=false"], cwd=folder, env=environment(folder), capture_output=True, check=False
    )
    return done.stdout + done.stderr


def explain(log: bytes) -> tuple[Failure, ...]:
    return explain_failure(log, CAUSES, build_secret_scan((), (), ())).failures


@pytest.mark.parametrize("language", ["-json", "-no-color", "-compact-warnings"])
@pytest.mark.parametrize(
    ("main", "summary", "line", "cause"),
    [
        ('resource "terraform_data" "a" {\n  input = \n}\n', "Invalid expression", 2, "syntax"),
        ('resource "terraform_data" "a" {\n  nope = 1\n}\n', "Unsupported argument", 2, "syntax"),
        ('output "a" {\n  value = terraform_data.b\n}\n', "Reference to undeclared resource", 2, "syntax"),
        ('variable "region" {\n  type = string\n}\n', "No value for required variable", 1, "variable"),
        ('terraform {\n  required_version = ">= 99"\n}\n', "Unsupported Terraform Core version", 2, "version"),
    ],
)
def test_a_plan_that_fails(main: str, summary: str, line: int, cause: str, language: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"main.tf": main})
    (found,) = explain(run(tmp_path, "plan", language))
    assert (found.summary, found.file, found.line, found.cause) == (summary, "main.tf", line, cause)


def test_a_provider_that_does_not_come(tmp_path: Path) -> None:
    write_files(tmp_path, {"main.tf": PROVIDER})
    assert [found.cause for found in explain(run(tmp_path, "init"))] == ["provider"]
    assert [found.cause for found in explain(run(tmp_path, "plan", "-json"))] == ["provider"]


@pytest.mark.parametrize("language", ["-json", "-no-color"])
def test_a_state_that_is_locked(language: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"main.tf": SLOW})
    run(tmp_path, "init")
    command = ["terraform", "apply", "-auto-approve", "-input=false"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.DEVNULL) as apply:
        try:
            wait_for(tmp_path / ".terraform.tfstate.lock.info")
            (found,) = explain(run(tmp_path, "plan", language))
        finally:
            apply.terminate()
    assert (found.cause, found.lock and found.lock.operation, found.lock and found.lock.path) == (
        "lock",
        "apply",
        "terraform.tfstate",
    )
    assert found.lock
    assert "@" in found.lock.who
    assert found.lock.since.endswith(" UTC")
    assert found.commands == (f"terraform force-unlock {found.lock.id}",)


def wait_for(file: Path) -> None:
    for _ in range(200):
        if file.exists():
            return
        time.sleep(0.1)
    raise TimeoutError(file)


SEVERAL = """\
resource "terraform_data" "a" {
  input = local.nowhere
}

output "b" {
  value = terraform_data.missing.id
}

data "terraform_remote_state" "c" {
  backend = "gcs"
}
"""


@pytest.mark.parametrize("language", ["-json", "-no-color"])
def test_every_error_of_a_plan_is_told(language: str, tmp_path: Path) -> None:
    """Terraform's own order differs from run to run."""
    write_files(tmp_path, {"main.tf": SEVERAL})
    found = {(each.summary, each.place, each.address, each.cause) for each in explain(run(tmp_path, "plan", language))}
    assert found == {
        ("Reference to undeclared local value", "main.tf:2", "", "syntax"),
        ("Reference to undeclared resource", "main.tf:6", "", "syntax"),
        ("Invalid backend configuration", "main.tf:9", "data.terraform_remote_state.c", "backend"),
    }


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = subprocess.run(
        ["terraform", "-chdir=infra", "init"], cwd=tmp_path, env=environment(tmp_path), capture_output=True, check=False
    )
    assert [(each.summary, each.cause) for each in explain(done.stdout + done.stderr)] == [
        ("Error handling -chdir option: chdir infra: no such file or directory", "folder")
    ]
