"""Drift that only repeats another object is noise; what merely looks like it is not."""

import json
from typing import Any

import pytest

from bot.config import Config, SecretsConfig
from bot.drift import StackDrift, find_drift
from bot.review import build_stacks
from tests.support.plans import CATALOG, plan, row


def look(drift: dict[str, Any], *others: dict[str, Any], more: tuple[dict[str, Any], ...] = ()) -> StackDrift:
    stacks = tuple(build_stacks("net", plan(*others, resource_drift=[drift, *more]), SecretsConfig()))
    (only,) = find_drift(stacks, Config(), CATALOG, "prod", "2026-11-25").stacks
    return only


def steady(address: str, values: dict[str, Any]) -> dict[str, Any]:
    return row(address, ["no-op"], values, values)


def policy(action: str, space: str = "") -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}) + space


def rule(low: int, high: int, cidr: str = "0.0.0.0/0") -> dict[str, Any]:
    return {
        "from_port": low,
        "to_port": high,
        "protocol": "tcp",
        "cidr_blocks": [cidr],
        "description": "",
        "self": False,
    }


ROLE = {"id": "app-role", "name": "app-role", "inline_policy": []}
GROUP = {"id": "sg-1", "name": "web", "ingress": []}
BUCKET = {"id": "logs-1", "bucket": "logs-1", "policy": ""}
VNET = {"id": "/net/v", "name": "v", "subnet": []}
SAYS = {
    "an inline policy": (
        row(
            "aws_iam_role.r", ["update"], ROLE, {**ROLE, "inline_policy": [{"name": "p", "policy": policy("s3:Get*")}]}
        ),
        steady("aws_iam_role_policy.p", {"role": "app-role", "name": "p", "policy": policy("s3:Get*", " ")}),
    ),
    "a rule of a group": (
        row("aws_security_group.g", ["update"], GROUP, {**GROUP, "ingress": [rule(22, 22)]}),
        steady("aws_security_group_rule.r", {"security_group_id": "sg-1", **rule(22, 22)}),
    ),
    "a bucket's policy": (
        row("aws_s3_bucket.b", ["update"], BUCKET, {**BUCKET, "policy": policy("s3:Get*")}),
        steady("aws_s3_bucket_policy.p", {"bucket": "logs-1", "policy": policy("s3:Get*")}),
    ),
    "an attachment": (
        row("aws_iam_role.r", ["update"], ROLE, {**ROLE, "managed_policy_arns": ["arn:aws:iam::aws:policy/X"]}),
        steady("aws_iam_role_policy_attachment.a", {"role": "app-role", "policy_arn": "arn:aws:iam::aws:policy/X"}),
    ),
    "a subnet": (
        row("azurerm_virtual_network.v", ["update"], VNET, {**VNET, "subnet": [{"id": "/s", "address_prefix": "a"}]}),
        steady("azurerm_subnet.s", {"id": "/s", "virtual_network_name": "v", "address_prefixes": ["a"]}),
    ),
}


@pytest.mark.parametrize("name", SAYS)
def test_what_another_object_says_is_noise(name: str) -> None:
    drift, other = SAYS[name]
    found = look(drift, other)
    assert (found.word, found.items) == ("clean", ())
    assert list(found.noise[0].change.mirrors.values()) == [other["address"]]


@pytest.mark.parametrize("name", SAYS)
def test_without_the_other_object_it_is_drift(name: str) -> None:
    assert look(SAYS[name][0]).word == "drifted"


ROLE_DRIFT, ROLE_POLICY = SAYS["an inline policy"]
GROUP_DRIFT, GROUP_RULE = SAYS["a rule of a group"]
INSIDE = GROUP_RULE["change"]["after"]
OTHERWISE = {
    "another name": (ROLE_DRIFT, {"role": "app-role", "name": "q", "policy": policy("s3:Get*")}),
    "another policy": (ROLE_DRIFT, {"role": "app-role", "name": "p", "policy": policy("*")}),
    "another role": (ROLE_DRIFT, {"role": "other", "name": "p", "policy": policy("s3:Get*")}),
    "another attachment": (
        row("aws_iam_role.r", ["update"], ROLE, {**ROLE, "managed_policy_arns": ["arn:aws:iam::aws:policy/Y"]}),
        {"role": "app-role", "policy_arn": "arn:aws:iam::aws:policy/X"},
    ),
    "named alike": (ROLE_DRIFT, {"role": "x", "name": "app-role", "policy": policy("s3:Get*")}),
    "another group": (GROUP_DRIFT, {**INSIDE, "security_group_id": "sg-2"}),
    "wider": (GROUP_DRIFT, {**INSIDE, "from_port": 22, "to_port": 443}),
    "from port zero": (
        row("aws_security_group.g", ["update"], GROUP, {**GROUP, "ingress": [rule(0, 22)]}),
        {**INSIDE, "from_port": 22},
    ),
    "one of two": (
        row("aws_security_group.g", ["update"], GROUP, {**GROUP, "ingress": [rule(22, 22), rule(23, 23)]}),
        INSIDE,
    ),
    "one goes as well": (
        row(
            "aws_security_group.g",
            ["update"],
            {**GROUP, "ingress": [rule(1, 1)]},
            {**GROUP, "ingress": [rule(22, 22)]},
        ),
        INSIDE,
    ),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_is_not_the_same_is_drift(name: str) -> None:
    drift, values = OTHERWISE[name]
    (item,) = look(drift, steady("a_b.other", values)).items
    assert item.dangers


def test_an_object_that_the_plan_changes_vouches_for_nothing() -> None:
    changing = row("aws_iam_role_policy.p", ["update"], ROLE_POLICY["change"]["after"], {"policy": policy("x")})
    assert look(ROLE_DRIFT, changing).word == "drifted"


def test_an_object_that_drifted_itself_is_shown_and_its_mirror_is_not() -> None:
    real = ROLE_POLICY["change"]["after"]
    drifted = row("aws_iam_role_policy.p", ["update"], {**real, "policy": policy("s3:List*")}, real)
    found = look(ROLE_DRIFT, more=(drifted,))
    assert [item.change.address for item in found.items] == ["aws_iam_role_policy.p"]
    assert [item.change.address for item in found.noise] == ["aws_iam_role.r"]


def test_an_object_that_was_deleted_vouches_for_nothing() -> None:
    gone = row("aws_iam_role_policy.p", ["delete"], ROLE_POLICY["change"]["after"], None)
    assert "aws_iam_role.r" in [item.change.address for item in look(ROLE_DRIFT, more=(gone,)).items]


def test_other_attributes_of_a_mirror_still_count() -> None:
    after = {**ROLE_DRIFT["change"]["after"], "path": "/new/"}
    both = row("aws_iam_role.r", ["update"], {**ROLE, "path": "/"}, after)
    (item,) = look(both, ROLE_POLICY).items
    assert (item.whats, item.change.mirrors) == (("changed",), {"inline_policy": "aws_iam_role_policy.p"})
