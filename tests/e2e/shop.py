"""The code of the repository that the walk goes through, and what somebody does to its cloud by hand."""

import json
from typing import Any

import boto3

from tests.support.project import REGION, Project

BRANCH = "dev/first"
ENVIRONMENTS = ("dev", "stage", "prod")
BACKEND = """
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
"""
BASE = f"""
terraform {{{BACKEND}}}
variable "environment" {{}}
resource "terraform_data" "release" {{ input = var.environment }}
"""
SHOP = f"""
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws", version = "~> 5.100" }}
  }}{BACKEND}}}
variable "environment" {{}}
provider "aws" {{ region = "{REGION}" }}
resource "aws_s3_bucket" "logs" {{ bucket = "acme-${{var.environment}}-logs" }}
resource "aws_iam_role" "app" {{
  name               = "${{var.environment}}-app"
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "ec2.amazonaws.com" }} }}]
  }})
}}
resource "aws_iam_role_policy" "app" {{
  name   = "app"
  role   = aws_iam_role.app.id
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "arn:aws:s3:::acme-logs/*" }}]
  }})
}}
"""
ARCHIVE = 'resource "aws_s3_bucket" "archive" { bucket = "acme-${var.environment}-archive" }\n'
ALARM = 'resource "aws_sns_topic" "alarm" { name = "${var.environment}-alarm" }\n'
SETTINGS = """\
version: 1
environments:
  prod:
    process:
      stage_tested: {state: hold}
"""


def files() -> dict[str, str | None]:
    """Two root modules, each with its files for the three environments."""
    found: dict[str, str | None] = {
        "stacks/base/main.tf": BASE,
        "stacks/shop/main.tf": SHOP,
        "stacks/shop/archive.tf": ARCHIVE,
    }
    for stack in ("base", "shop"):
        for name in ENVIRONMENTS:
            found[f"stacks/{stack}/env/{name}.tfvars"] = f'environment = "{name}"\n'
            backend = f'bucket = "state-{name}"\nkey    = "{stack}.tfstate"\nregion = "{REGION}"\n'
            found[f"stacks/{stack}/env/{name}.s3.tfbackend"] = backend
    return found


def client(project: Project, name: str) -> Any:
    known = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(name, endpoint_url=project.cloud, region_name=REGION, **known)


def make_states(project: Project) -> None:
    """A bucket for each environment's state, with versions."""
    s3 = client(project, "s3")
    for name in ENVIRONMENTS:
        s3.create_bucket(Bucket=f"state-{name}", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=f"state-{name}", VersioningConfiguration={"Status": "Enabled"})


def buckets(project: Project, environment: str = "") -> list[str]:
    """Those of the code, not of the states."""
    rows = client(project, "s3").list_buckets()["Buckets"]
    return sorted(row["Name"] for row in rows if row["Name"].startswith(f"acme-{environment}"))


def role_policy(project: Project, environment: str) -> list[str]:
    """What the role of an environment may do."""
    found = client(project, "iam").get_role_policy(RoleName=f"{environment}-app", PolicyName="app")
    return [action for row in found["PolicyDocument"]["Statement"] for action in row["Action"]]


def change_by_hand(project: Project) -> None:
    """In PROD: a bucket is deleted, and a role may do everything."""
    client(project, "s3").delete_bucket(Bucket="acme-prod-logs")
    _set_policy(project, ["*"], "*")


def mend_by_hand(project: Project) -> None:
    client(project, "s3").create_bucket(
        Bucket="acme-prod-logs", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    _set_policy(project, ["s3:GetObject"], "arn:aws:s3:::acme-logs/*")


def _set_policy(project: Project, actions: list[str], resource: str) -> None:
    statement = [{"Effect": "Allow", "Action": actions, "Resource": resource}]
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    client(project, "iam").put_role_policy(RoleName="prod-app", PolicyName="app", PolicyDocument=document)


def topics(project: Project) -> list[str]:
    return [row["TopicArn"].rpartition(":")[2] for row in client(project, "sns").list_topics()["Topics"]]


def add_to_state(project: Project, environment: str, name: str) -> None:
    """Somebody makes a bucket from code of their own, with the state of everybody: no code in the repository has it."""
    s3, bucket = client(project, "s3"), f"acme-{environment}-{name}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    state = _read_state(project, environment)
    (logs,) = [row for row in state["resources"] if (row["type"], row["name"]) == ("aws_s3_bucket", "logs")]
    copied = json.loads(json.dumps(logs).replace(f"acme-{environment}-logs", bucket))
    _write_state(project, environment, state, [*state["resources"], {**copied, "name": name}])


def take_from_state(project: Project, environment: str, name: str) -> None:
    """As `terraform state rm` does: the bucket stays."""
    state = _read_state(project, environment)
    _write_state(project, environment, state, [row for row in state["resources"] if row["name"] != name])


def _read_state(project: Project, environment: str) -> dict[str, Any]:
    found = client(project, "s3").get_object(Bucket=f"state-{environment}", Key="shop.tfstate")
    state: dict[str, Any] = json.loads(found["Body"].read())
    return state


def _write_state(project: Project, environment: str, state: dict[str, Any], resources: list[Any]) -> None:
    body = json.dumps({**state, "serial": state["serial"] + 1, "resources": resources}).encode()
    client(project, "s3").put_object(Bucket=f"state-{environment}", Key="shop.tfstate", Body=body)
