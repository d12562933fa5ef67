"""Drift that the real Terraform reports, after somebody changed a cloud by hand: full plans, refresh-only ones, and none."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from bot.config import Config, SecretsConfig
from bot.drift import StackDrift, find_drift
from bot.review import build_stacks
from tests.support.plans import CATALOG
from tests.support.terraform import (
    Workspace,
    aws_environment,
    aws_provider_dir,
    moto_server,
    terraform_available,
    write_files,
)

pytestmark = pytest.mark.skipif(
    not (terraform_available() and aws_provider_dir()), reason="there is no terraform with the AWS provider here"
)
REGION = "eu-central-1"
MAIN = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
}
provider "aws" { region = "eu-central-1" }
resource "aws_s3_bucket" "logs" { bucket = "acme-logs" }
resource "aws_sqs_queue" "jobs" {
  name                       = "jobs"
  visibility_timeout_seconds = 30
}
resource "aws_sqs_queue" "idle" { name = "idle" }
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy" "app" {
  name   = "app"
  role   = aws_iam_role.app.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "*" }]
  })
}
resource "aws_security_group" "web" {
  name        = "web"
  description = "web"
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
}
"""
NEW = 'resource "aws_sqs_queue" "new" { name = "new" }\n'


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, str]]:
    """Everything applied, and then changed by hand."""
    folder = tmp_path_factory.mktemp("drift")
    plugin_dir = aws_provider_dir()
    assert plugin_dir is not None
    with moto_server() as url:
        workspace = Workspace(folder=folder, env=aws_environment(url))
        write_files(folder, {"main.tf": MAIN})
        workspace.init(plugin_dir)
        workspace.apply()
        yield workspace, url


def client(name: str, url: str) -> Any:
    known = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(name, endpoint_url=url, region_name=REGION, **known)


def change_by_hand(url: str) -> None:
    client("s3", url).delete_bucket(Bucket="acme-logs")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    client("iam", url).put_role_policy(RoleName="app", PolicyName="app", PolicyDocument=json.dumps(everything))
    ec2, sqs = client("ec2", url), client("sqs", url)
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["web"]}])["SecurityGroups"]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    queue = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "60"})


def look(plan: bytes) -> StackDrift:
    stacks = tuple(build_stacks("default", plan, SecretsConfig()))
    (only,) = find_drift(stacks, Config(), CATALOG, "prod", "2026-11-25").stacks
    return only


def test_drift_of_a_real_cloud(cloud: tuple[Workspace, str]) -> None:
    """One story, because each step takes seconds: clean, changed by hand, looked at twice, put back, clean again."""
    workspace, url = cloud
    clean = look(workspace.plan()[0])
    assert (clean.word, clean.items, clean.pending) == ("clean", (), ())

    change_by_hand(url)
    write_files(workspace.folder, {"main.tf": MAIN, "new.tf": NEW})
    whole = look(workspace.plan()[0])
    assert whole.word == "drifted"
    assert [(item.change.address, item.whats, item.planned) for item in whole.items] == [
        ("aws_s3_bucket.logs", ("deleted",), "restored"),
        ("aws_iam_role_policy.app", ("permission",), "restored"),
        ("aws_security_group.web", ("exposure",), "restored"),
        ("aws_sqs_queue.jobs", ("changed",), "restored"),
    ]
    assert [change.address for change in whole.pending] == ["aws_sqs_queue.new"]
    mirrored = next(item for item in whole.noise if item.change.address == "aws_iam_role.app")
    assert mirrored.change.mirrors == {"inline_policy": "aws_iam_role_policy.app"}

    workspace.run("plan", "-refresh-only", "-out=tfplan")
    refreshed = look(workspace.run("show", "-json", "tfplan").strip().encode())
    assert [(item.change.address, item.what, item.planned) for item in refreshed.items] == [
        ("aws_s3_bucket.logs", "deleted", "untold"),
        ("aws_iam_role_policy.app", "permission", "untold"),
        ("aws_security_group.web", "exposure", "untold"),
        ("aws_sqs_queue.jobs", "changed", "untold"),
    ]
    assert refreshed.pending == ()

    targeted = look(workspace.plan("-target=aws_sqs_queue.idle")[0])
    assert targeted.word == "unknown"

    workspace.apply()
    again = look(workspace.plan()[0])
    assert (again.word, again.items, again.pending) == ("clean", (), ())
