"""What a plan opens to everybody."""

from typing import Any

import pytest

from bot.state import State
from tests.support.plans import CATALOG, plan, row, run

WORLD = "0.0.0.0/0"
ANY = WORLD.removesuffix("/0")


def opens(type_: str, before: Any, after: Any) -> list[tuple[str, str]]:
    actions = ["create"] if before is None else ["update"]
    found = run(plan(row(f"{type_}.x", actions, before, after))).facts.findings
    return [(finding.title, finding.severity) for finding in found if finding.concern == "exposure"]


def rule(port: int, cidr: str, **more: Any) -> dict[str, Any]:
    return {"type": "ingress", "from_port": port, "to_port": port, "cidr_blocks": [cidr], **more}


@pytest.mark.parametrize(
    ("type_", "before", "after", "result"),
    [
        ("aws_security_group_rule", None, rule(22, WORLD), [("opens cidr_blocks to 0.0.0.0/0, ports 22", "critical")]),
        ("aws_security_group_rule", None, rule(443, WORLD), [("opens cidr_blocks to 0.0.0.0/0, ports 443", "medium")]),
        ("aws_security_group_rule", None, rule(8080, WORLD), [("opens cidr_blocks to 0.0.0.0/0, ports 8080", "high")]),
        (
            "aws_security_group_rule",
            None,
            {**rule(0, WORLD), "to_port": 65535},
            [("opens cidr_blocks to 0.0.0.0/0, ports 0 to 65535", "critical")],
        ),
        ("aws_security_group_rule", None, rule(-1, WORLD), [("opens cidr_blocks to 0.0.0.0/0, ports -1", "critical")]),
        ("aws_security_group_rule", None, rule(0, WORLD), [("opens cidr_blocks to 0.0.0.0/0, ports 0", "critical")]),
        ("aws_security_group_rule", None, rule(22, "10.0.0.0/8"), []),
        ("aws_security_group_rule", None, rule(22, WORLD, type="egress"), []),
        ("aws_security_group_rule", rule(22, WORLD), rule(22, WORLD, description="x"), []),
        (
            "aws_security_group_rule",
            rule(443, WORLD),
            rule(22, WORLD),
            [("opens cidr_blocks to 0.0.0.0/0, ports 22", "critical")],
        ),
        (
            "aws_security_group",
            {"ingress": [], "egress": [rule(0, WORLD)]},
            {"ingress": [rule(3389, WORLD)], "egress": [rule(0, WORLD)]},
            [("opens ingress.cidr_blocks to 0.0.0.0/0, ports 3389", "critical")],
        ),
        (
            "google_compute_firewall",
            None,
            {"source_ranges": [WORLD], "direction": "INGRESS", "allow": [{"protocol": "tcp", "ports": ["22"]}]},
            [("opens source_ranges to 0.0.0.0/0, ports tcp 22", "critical")],
        ),
        ("google_compute_firewall", None, {"source_ranges": [WORLD], "direction": "EGRESS"}, []),
        (
            "azurerm_network_security_rule",
            None,
            {"direction": "Inbound", "access": "Allow", "source_address_prefix": "*", "destination_port_range": "*"},
            [("opens source_address_prefix to *, ports *", "critical")],
        ),
        (
            "azurerm_network_security_rule",
            None,
            {"direction": "Inbound", "access": "Deny", "source_address_prefix": "*"},
            [],
        ),
        (
            "aws_db_instance",
            {"publicly_accessible": False},
            {"publicly_accessible": True},
            [("opens publicly_accessible to true", "high")],
        ),
        ("aws_db_instance", {"publicly_accessible": True}, {"publicly_accessible": False}, []),
        (
            "aws_s3_bucket_public_access_block",
            {"block_public_policy": True},
            {"block_public_policy": False},
            [("opens block_public_policy to false", "high")],
        ),
        (
            "google_sql_database_instance",
            {"settings": [{"ip_configuration": [{"authorized_networks": []}]}]},
            {"settings": [{"ip_configuration": [{"authorized_networks": [{"name": "all", "value": WORLD}]}]}]},
            [("opens authorized_networks.value to 0.0.0.0/0", "high")],
        ),
        (
            "aws_security_group_rule",
            None,
            rule(22, "0.0.0.0/1"),
            [("opens cidr_blocks to 0.0.0.0/1, ports 22", "critical")],
        ),
        ("aws_security_group_rule", None, rule(22, "no network"), []),
        (
            "google_compute_instance",
            {"network_interface": [{"network": "n", "access_config": []}]},
            {"network_interface": [{"network": "n", "access_config": [{"nat_ip": None}]}]},
            [("opens network_interface.access_config to a public address", "high")],
        ),
        (
            "azurerm_mssql_firewall_rule",
            None,
            {"start_ip_address": ANY, "end_ip_address": "255.255.255.255"},
            [("opens end_ip_address to 255.255.255.255", "high")],
        ),
        (
            "aws_lambda_function_url",
            {"authorization_type": "AWS_IAM"},
            {"authorization_type": "NONE"},
            [("opens authorization_type to NONE", "high")],
        ),
        (
            "kubernetes_service",
            {"spec": [{"type": "ClusterIP"}]},
            {"spec": [{"type": "LoadBalancer"}]},
            [("opens spec.type to LoadBalancer", "high")],
        ),
    ],
)
def test_only_what_is_new_counts(type_: str, before: Any, after: Any, result: list[tuple[str, str]]) -> None:
    assert opens(type_, before, after) == result


@pytest.mark.parametrize(
    ("type_", "before", "after", "result"),
    [
        ("aws_eip", None, {"domain": "vpc"}, [("is a public address", "medium")]),
        ("aws_eip", {"domain": "vpc"}, {"domain": "vpc", "tags": {}}, []),
        ("aws_lb", None, {"internal": False}, [("is a load balancer on the internet", "medium")]),
        ("aws_lb", None, {"internal": True}, []),
        ("google_compute_address", None, {"address_type": "INTERNAL"}, []),
        (
            "aws_network_acl",
            None,
            {"ingress": [{"action": "allow", "cidr_block": WORLD, "from_port": 0, "to_port": 0}]},
            [("opens ingress.cidr_block to 0.0.0.0/0", "low")],
        ),
        (
            "aws_default_network_acl",  # it is open as AWS makes it
            None,
            {"ingress": [{"action": "allow", "cidr_block": WORLD, "from_port": 0, "to_port": 0}]},
            [],
        ),
        (
            "google_bigquery_dataset",
            {"access": []},
            {"access": [{"special_group": "allAuthenticatedUsers", "role": "READER"}]},
            [("opens access.special_group to allAuthenticatedUsers", "high")],
        ),
        (
            "google_storage_bucket_access_control",
            None,
            {"entity": "allUsers", "role": "READER"},
            [("opens entity to allUsers", "high")],
        ),
        (
            "azurerm_storage_account",
            {"public_network_access_enabled": False},
            {"public_network_access_enabled": True},
            [("opens public_network_access_enabled to true", "medium")],
        ),
        (
            "github_repository",
            {"visibility": "private"},
            {"visibility": "public"},
            [("opens visibility to public", "high")],
        ),
    ],
)
def test_public_addresses_and_public_data(type_: str, before: Any, after: Any, result: list[tuple[str, str]]) -> None:
    assert opens(type_, before, after) == result


def cluster(*networks: str) -> dict[str, Any]:
    return {"master_authorized_networks_config": [{"cidr_blocks": [{"cidr_block": network} for network in networks]}]}


WIDENS = "widens master_authorized_networks_config.cidr_blocks.cidr_block by "


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        (["10.0.0.0/24"], ["10.0.0.0/8"], [(f"{WIDENS}10.0.0.0/8", "medium")]),
        (["10.0.0.0/24"], ["10.0.0.0/24", "192.0.2.7/32"], [(f"{WIDENS}192.0.2.7/32", "medium")]),
        (["10.0.0.0/8"], ["10.1.0.0/16", "10.2.0.0/16"], []),
        (["10.0.0.0/8", "192.0.2.0/24"], ["192.0.2.0/24"], []),
        ([], ["10.0.0.0/8"], []),  # without a list everybody may connect
    ],
)
def test_networks_that_may_connect(before: list[str], after: list[str], result: list[tuple[str, str]]) -> None:
    assert opens("google_container_cluster", cluster(*before), cluster(*after)) == result


def test_a_guard_that_goes_leaves_its_bucket_open() -> None:
    guard = row("aws_s3_bucket_public_access_block.b", ["delete"], {"bucket": "models"})
    bucket = row("aws_s3_bucket.b", ["delete"], {"bucket": "models", "id": "models"})
    stays = row("aws_s3_bucket.b", ["no-op"], {"bucket": "models"}, {"bucket": "models"})
    found = [one for one in run(plan(guard, stays)).facts.findings if one.concern == "exposure"]
    assert [(one.title, one.severity) for one in found] == [("no longer keeps the public out", "high")]
    assert [one for one in run(plan(guard, bucket)).facts.findings if one.concern == "exposure"] == []


def test_who_may_connect_is_known_only_after_apply() -> None:
    after = {"type": "ingress", "from_port": 22, "to_port": 22}
    made = row("aws_security_group_rule.x", ["create"], None, after, unknown={"cidr_blocks": [True]})
    (finding,) = (one for one in run(plan(made)).facts.findings if one.concern == "exposure")
    assert (finding.title, finding.severity) == ("opens cidr_blocks to (known after apply), ports 22", "medium")
    assert finding.because == "Who that will be is known only after apply."


def test_a_direction_that_the_provider_fills_in_counts_as_ingress() -> None:
    after = {"source_ranges": [WORLD], "allow": [{"protocol": "tcp", "ports": ["22"]}]}
    made = row("google_compute_firewall.x", ["create"], None, after, unknown={"direction": True})
    assert [one.severity for one in run(plan(made)).facts.findings if one.concern == "exposure"] == ["critical"]


def test_an_exposure_is_attention_and_is_shown() -> None:
    made = run(plan(row("aws_security_group_rule.ssh", ["create"], None, rule(22, WORLD))))
    assert made.report.state == State.ATTENTION
    assert (
        "- 🔴 **critical:** `aws_security_group_rule.ssh` opens cidr_blocks to 0.0.0.0/0, ports 22"
        in made.publication.comment
    )


def test_the_worst_comes_first() -> None:
    rows = [row(f"aws_security_group_rule.p{port}", ["create"], None, rule(port, WORLD)) for port in (443, 22)]
    assert [row.address for row in run(plan(*rows)).report.access.exposures] == [
        "aws_security_group_rule.p22",
        "aws_security_group_rule.p443",
    ]


def test_every_row_says_why_and_who_says_so() -> None:
    assert [row.attribute for row in CATALOG.exposure if not row.because.endswith(".") or not row.source] == []
