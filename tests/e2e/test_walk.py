"""A repository through its whole life: the shipped workflows, the real Terraform, AWS and GitHub played on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.support.project import AUTHOR, REGION, ROOT, Project, new_project
from tests.support.runner import Run
from tests.support.terraform import aws_provider_dir, terraform_available

pytestmark = pytest.mark.skipif(
    not (terraform_available() and aws_provider_dir()), reason="there is no terraform with the AWS provider here"
)
ACTION = f"acme/plan-review@{'a' * 40}"
MAIN = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
variable "environment" {}
provider "aws" { region = "eu-central-1" }
resource "aws_s3_bucket" "logs" { bucket = "acme-${var.environment}-logs" }
resource "aws_iam_role" "app" {
  name               = "${var.environment}-app"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
"""
ARCHIVE = 'resource "aws_s3_bucket" "archive" { bucket = "acme-${var.environment}-archive" }\n'


def files() -> dict[str, str | None]:
    found: dict[str, str | None] = {"stacks/shop/main.tf": MAIN, "stacks/shop/archive.tf": ARCHIVE}
    for name in ("dev", "stage", "prod"):
        found[f"stacks/shop/env/{name}.tfvars"] = f'environment = "{name}"\n'
        backend = f'bucket = "state-{name}"\nkey    = "shop.tfstate"\nregion = "{REGION}"\n'
        found[f"stacks/shop/env/{name}.s3.tfbackend"] = backend
    return found


def client(project: Project, name: str) -> Any:
    known = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(name, endpoint_url=project.cloud, region_name=REGION, **known)


def buckets(project: Project) -> list[str]:
    """Those of the code, not of the states."""
    rows = client(project, "s3").list_buckets()["Buckets"]
    return sorted(row["Name"] for row in rows if not row["Name"].startswith("state-"))


def results(runs: list[Run]) -> dict[str, dict[str, str]]:
    return {run.workflow: run.results() for run in runs}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with new_project(tmp_path_factory.mktemp("walk")) as project:
        yield project


def init(project: Project) -> None:
    """`plan-review init` in the checkout, as a person types it."""
    command = [sys.executable, "-m", "bot", "init", "--action", ACTION]
    environ = {"PATH": os.environ["PATH"], "HOME": str(project.clone), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=project.clone, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_dev(project: Project) -> None:
    for name in ("dev", "stage", "prod"):
        client(project, "s3").create_bucket(
            Bucket=f"state-{name}", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    project.commit(AUTHOR, "main", {"README.md": "Shop\n", ".gitignore": ".terraform/\n"}, "Begin")
    project.commit(AUTHOR, "develop", files(), "Code", base="main")
    init(project)
    (direct,) = project.push(AUTHOR, "develop", {}, "plan-review")
    print(direct.log())
    assert direct.results()["run / apply / shop"] == "failure"  # nobody reviewed it
    (run,) = project.push(AUTHOR, "dev/first", {}, "First", base="develop")
    print(run.log())
    assert run.results() == {
        "decide": "success",
        "run": "success",
        "run / begin": "success",
        "run / apply": "success",
        "run / apply / shop": "success",
        "run / applied": "success",
    }
    assert "Applied to DEV: 3 created" in run.summary()
    assert buckets(project) == ["acme-dev-archive", "acme-dev-logs"]
    assert project.github.deployments(project.tip("dev/first"), "dev") == [("deploy", "success")]
