"""Protection that a plan weakens."""

from typing import Any

import pytest

from bot.state import State
from tests.support.plans import CATALOG, plan, row, run


@pytest.mark.parametrize(
    ("type_", "before", "after", "title"),
    [
        (
            "aws_db_instance",
            {"deletion_protection": True},
            {"deletion_protection": False},
            "weakens deletion_protection",
        ),
        (
            "aws_db_instance",
            {"deletion_protection": True},
            {"deletion_protection": None},
            "weakens deletion_protection",
        ),
        ("aws_db_instance", {"deletion_protection": False}, {"deletion_protection": True}, None),
        ("aws_s3_bucket", {"force_destroy": False}, {"force_destroy": True}, "weakens force_destroy"),
        ("aws_s3_bucket", {"force_destroy": True}, {"force_destroy": False}, None),
        (
            "aws_db_instance",
            {"backup_retention_period": 7},
            {"backup_retention_period": 0},
            "weakens backup_retention_period",
        ),
        ("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 14}, None),
        (
            "aws_db_instance",
            {"final_snapshot_identifier": "a"},
            {"final_snapshot_identifier": None},
            "weakens final_snapshot_identifier",
        ),
        ("aws_db_instance", {"final_snapshot_identifier": "a"}, {"final_snapshot_identifier": "b"}, None),
        (
            "google_storage_bucket",
            {"deletion_policy": "PREVENT"},
            {"deletion_policy": "DELETE"},
            "weakens deletion_policy",
        ),
        ("google_storage_bucket", {"deletion_policy": "DELETE"}, {"deletion_policy": "PREVENT"}, None),
        (
            "google_storage_bucket",
            {"versioning": [{"enabled": True}]},
            {"versioning": [{"enabled": False}]},
            "weakens versioning.enabled",
        ),
        (
            "aws_s3_bucket_versioning",
            {"versioning_configuration": [{"status": "Enabled"}]},
            {"versioning_configuration": [{"status": "Suspended"}]},
            "weakens versioning_configuration.status",
        ),
        (
            "google_sql_database_instance",
            {"settings": [{"deletion_protection_enabled": True}]},
            {"settings": [{"deletion_protection_enabled": False}]},
            "weakens deletion_protection_enabled",
        ),
        ("aws_rds_cluster", {"storage_encrypted": True}, {"storage_encrypted": False}, "weakens storage_encrypted"),
        ("aws_kms_key", {"is_enabled": True}, {"is_enabled": False}, "weakens is_enabled"),
        (
            "azurerm_storage_account",
            {"min_tls_version": "TLS1_2"},
            {"min_tls_version": "TLS1_0"},
            "weakens min_tls_version",
        ),
        ("azurerm_storage_account", {"min_tls_version": "TLS1_0"}, {"min_tls_version": "TLS1_2"}, None),
        (
            "google_container_cluster",
            {"master_authorized_networks_config": [{"cidr_blocks": [{"cidr_block": "10.0.0.0/8"}]}]},
            {"master_authorized_networks_config": []},
            "weakens master_authorized_networks_config.cidr_blocks",
        ),
        (
            "google_storage_bucket",
            {"lifecycle_rule": []},
            {"lifecycle_rule": [{"action": [{"type": "Delete"}], "condition": [{"age": 30}]}]},
            "weakens lifecycle_rule.action.type",
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"id": "a", "expiration": [{"days": 90}]}]},
            {"rule": [{"id": "a", "expiration": [{"days": 30}]}]},
            "weakens rule.expiration.days",
        ),
        (
            "aws_lb_listener",
            {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            {"ssl_policy": "ELBSecurityPolicy-2016-08"},
            "weakens ssl_policy",
        ),
        (
            "aws_cloudfront_distribution",
            {"default_cache_behavior": [{"viewer_protocol_policy": "https-only"}]},
            {"default_cache_behavior": [{"viewer_protocol_policy": "allow-all"}]},
            "weakens viewer_protocol_policy",
        ),
        (
            "aws_eks_cluster",
            {"enabled_cluster_log_types": ["api", "audit"]},
            {"enabled_cluster_log_types": []},
            "weakens enabled_cluster_log_types",
        ),
        (
            "google_compute_subnetwork",
            {"log_config": [{"aggregation_interval": "INTERVAL_5_SEC"}]},
            {"log_config": []},
            "weakens log_config.aggregation_interval",
        ),
        ("google_notebooks_instance", {"no_public_ip": True}, {"no_public_ip": False}, "weakens no_public_ip"),
        (
            "azurerm_redis_cache",
            {"non_ssl_port_enabled": False},
            {"non_ssl_port_enabled": True},
            "weakens non_ssl_port_enabled",
        ),
        (
            "google_container_cluster",
            {"private_cluster_config": [{"enable_private_endpoint": True}]},
            {"private_cluster_config": [{"enable_private_endpoint": False}]},
            "weakens enable_private_endpoint",
        ),
        (
            "google_bigquery_dataset",
            {"default_table_expiration_ms": None},
            {"default_table_expiration_ms": 3600000},
            "weakens default_table_expiration_ms",
        ),
        (
            "google_bigquery_dataset",
            {"default_table_expiration_ms": 3600000},
            {"default_table_expiration_ms": 7200000},
            None,
        ),
        (
            "google_sql_database_instance",
            {"settings": [{"availability_type": "REGIONAL", "tier": "x"}]},
            {"settings": [{"availability_type": "ZONAL", "tier": "x"}]},
            "weakens availability_type",
        ),
    ],
)
def test_the_weaker_direction_is_attention(type_: str, before: Any, after: Any, title: str | None) -> None:
    made = run(plan(row(f"{type_}.x", ["update"], before, after)))
    told = [finding.title for finding in made.facts.findings if finding.concern == "protection"]
    assert told == ([title] if title else [])
    assert made.report.state == (State.ATTENTION if title else State.PASS)
    assert title is None or title in made.publication.comment


def test_a_block_that_goes_takes_its_protection_along() -> None:
    made = run(
        plan(row("google_storage_bucket.x", ["update"], {"versioning": [{"enabled": True}]}, {"versioning": []}))
    )
    assert [finding.title for finding in made.facts.findings] == ["weakens versioning.enabled"]


def test_protection_off_speaks_of_the_next_pull_request() -> None:
    off = plan(row("aws_db_instance.x", ["update"], {"deletion_protection": True}, {"deletion_protection": False}))
    (finding,) = run(off).facts.findings
    assert finding.because == (
        "Protection is off from this apply on: the next pull request can delete it and meets no resistance."
    )


def test_unknown_until_apply_is_said() -> None:
    document = plan(
        row("aws_db_instance.x", ["update"], {"deletion_protection": True}, {}, unknown={"deletion_protection": True})
    )
    assert [(finding.title, finding.confidence) for finding in run(document).facts.findings] == [
        ("weakens deletion_protection", "low")
    ]


def test_severity_is_that_of_the_loss() -> None:
    for type_ in ("aws_s3_bucket", "aws_ecr_repository"):
        (finding,) = run(
            plan(row(f"{type_}.x", ["update"], {"force_destroy": False}, {"force_destroy": True}))
        ).facts.findings
        assert finding.severity == CATALOG.row_for(type_).severity


def test_every_row_says_why_and_who_says_so() -> None:
    assert [row.attribute for row in CATALOG.protection if not row.because.endswith(".") or not row.source] == []
    assert [
        row.attribute for row in CATALOG.protection if (row.weaker in ("from", "into", "earlier")) != bool(row.from_)
    ] == []
