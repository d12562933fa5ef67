"""The first screen: the worst of each concern in a line, and what was looked for and not found."""

import json
from typing import Any

from bot.environment import EnvironmentName
from tests.support.plans import plan, row, run

DATABASE = row("aws_db_instance.main", ["delete"], {"identifier": "orders", "engine": "postgres"})
OPEN = row(
    "aws_vpc_security_group_ingress_rule.ssh",
    ["create"],
    None,
    {"cidr_ipv4": "0.0.0.0/0", "from_port": 22, "to_port": 22, "ip_protocol": "tcp"},
)
POLICY = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ADMIN = row(
    "aws_iam_role_policy.admin", ["create"], None, {"role": "deploy", "name": "admin", "policy": json.dumps(POLICY)}
)
STAYS = row("aws_sqs_queue.stays", ["no-op"], {}, {})


def glance(*rows: dict[str, Any], environment: EnvironmentName = "prod", **more: Any) -> str:
    """What stands between the counts and the first section."""
    comment = run(plan(*rows, **more), environment=environment).publication.comment
    lines = comment.split("\n### ")[0].splitlines()
    return "\n".join(line for line in lines if line.startswith("- "))


def test_each_concern_has_a_line() -> None:
    assert glance(DATABASE, OPEN, ADMIN, STAYS) == (
        "- 🔑 **Permissions:** `role deploy` gains `*`\n"
        "- 🌐 **Opened to everybody:** `aws_vpc_security_group_ingress_rule.ssh` opens cidr_ipv4 to 0.0.0.0/0, ports 22\n"
        "- 🔎 Nothing found: cost"
    )


def test_deletions_that_do_not_hold_are_named_here() -> None:
    assert glance(DATABASE, OPEN, STAYS, environment="dev").splitlines()[0] == (
        "- 🗑️ **Deletions:** destroys db instance `orders`; data or identity is lost in 1 case"
    )


def test_a_single_concern_is_left_to_its_section() -> None:
    assert glance(DATABASE, STAYS) == "- 🔎 Nothing found: permissions, exposure, cost"


def test_more_than_two_are_counted() -> None:
    databases = [row(f"aws_db_instance.d{i}", ["delete"], {"identifier": f"db{i}"}) for i in range(5)]
    first = glance(*databases, OPEN, STAYS, environment="dev").splitlines()[0]
    assert first.endswith(
        "destroys db instance `db0`; destroys db instance `db1` and 3 more; data or identity is lost in 5 cases"
    )


def test_of_an_incomplete_plan_nothing_is_said_to_be_missing() -> None:
    assert "Nothing found" not in glance(DATABASE, STAYS, complete=False)


def test_what_is_worse_stands_first_even_where_no_grant_shows_it() -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}]}
    medium = [
        row(f"aws_iam_role_policy.{who}", ["create"], None, {"role": who, "name": "p", "policy": json.dumps(policy)})
        for who in ("one", "two")
    ]
    guard = row("aws_s3_bucket_public_access_block.a", ["delete"], {"bucket": "a", "block_public_acls": True})
    comment = run(plan(*medium, guard, STAYS), environment="dev").publication.comment
    line = next(line for line in comment.splitlines() if "**Permissions:**" in line)
    assert line == (
        "- 🔑 **Permissions:** `aws_s3_bucket_public_access_block.a` goes: access settings; "
        "`role one` gains `s3:*` and 1 more"
    )
    section = comment.split("### 🔑 Permissions")[1]
    assert section.index("🟠 **high:** `aws_s3_bucket_public_access_block.a`") < section.index("🟡 `role one`")
