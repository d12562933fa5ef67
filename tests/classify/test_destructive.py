"""Deletions: tier, effect of protection, names, findings."""

from typing import Any

import pytest

from bot.catalog import UNKNOWN_TYPE, DestructiveRow
from bot.classify.destructive import MOVED, Deletion
from bot.config import Config, DestructiveConfig, Rules, TierRule
from tests.support.plans import CATALOG, plan, row, run


def delete(address: str, before: Any, *, config: Config | None = None, **more: Any) -> Deletion:
    (deletion,) = run(plan(row(address, ["delete"], before, **more)), config=config).facts.deletions
    return deletion


@pytest.mark.parametrize(
    ("type_", "tier", "loss"),
    [
        ("aws_s3_bucket", "stateful", "data"),
        ("google_bigquery_dataset", "stateful", "data"),
        ("google_service_account", "stateful", "identity"),
        ("azurerm_key_vault", "stateful", "data"),
        ("kubernetes_namespace", "stateful", "data"),
        ("google_container_node_pool", "guarded", "outage"),
        ("google_project_iam_member", "guarded", "none"),
        ("null_resource", "free", "none"),
        ("random_password", "free", "none"),
        ("aws_volume_attachment", "free", "none"),
        ("acme_database", "stateful", "data"),
        ("acme_widget", "guarded", "unknown"),
    ],
)
def test_the_catalog_gives_tier_and_loss(type_: str, tier: str, loss: str) -> None:
    found = CATALOG.row_for(type_)
    assert (found.tier, found.loss) == (tier, loss)


def test_every_row_says_why_and_who_says_so() -> None:
    rows = [*CATALOG.exact.values(), *CATALOG.globs, UNKNOWN_TYPE]
    assert [row.type for row in rows if not row.because.endswith(".") or not row.source] == []
    assert len(CATALOG.exact) >= 884


@pytest.mark.parametrize(
    ("address", "before", "effect"),
    [
        ("google_storage_bucket.b", {"deletion_policy": "ABANDON"}, "abandons"),
        ("google_storage_bucket.b", {"deletion_policy": "PREVENT"}, "blocked"),
        ("google_storage_bucket.b", {"deletion_policy": "DELETE"}, "destroys"),
        ("google_project.p", {"deletion_policy": None}, "blocked"),
        ("aws_thing.b", {"deletion_policy": "ABANDON"}, "destroys"),  # a word of the google provider alone
        ("google_sql_database_instance.d", {"deletion_protection": True}, "blocked"),
        ("google_sql_database_instance.d", {"deletion_protection": False}, "destroys"),
        ("google_sql_database_instance.d", {"deletion_protection": None}, "blocked"),  # the provider's default
        ("google_compute_instance.d", {"deletion_protection": None}, "destroys"),
        ("aws_db_instance.d", {"deletion_protection": True}, "blocked"),
        ("aws_lb.d", {"enable_deletion_protection": True}, "blocked"),
        ("aws_dynamodb_table.d", {"deletion_protection_enabled": True}, "blocked"),
        ("aws_instance.d", {"disable_api_termination": True}, "blocked"),
    ],
)
def test_protection_is_read_from_the_prior_state(address: str, before: Any, effect: str) -> None:
    assert delete(address, before).effect == effect


def test_hidden_protection_cannot_be_told() -> None:
    hidden = delete("aws_db_instance.d", {"deletion_protection": True}, before_sensitive={"deletion_protection": True})
    assert hidden.effect == "unknown"


def test_names_and_forces() -> None:
    before = {"name": "n", "id": "i", "project": "p", "region": "r", "force_destroy": True}
    deletion = delete("google_storage_bucket.b", before)
    assert (deletion.names, deletion.forces) == (("n", "p", "r"), ("force_destroy",))
    kubernetes = delete("kubernetes_namespace.k", {"metadata": [{"name": "prod"}], "id": "x"})
    assert kubernetes.names == ("prod",)


def test_the_last_matching_tier_wins() -> None:
    tiers = (
        TierRule(match="aws_*", tier="free"),
        TierRule(match="aws_s3_bucket.keep*", tier="never", because="Kept."),
        TierRule(match="nothing.at.all", tier="free"),
    )
    config = Config(rules=Rules(destructive=DestructiveConfig(tiers=tiers)))
    assert delete("aws_s3_bucket.other", {}, config=config).tier == "free"
    kept = delete("aws_s3_bucket.keep_me", {}, config=config)
    assert (kept.tier, kept.because) == ("never", "Kept.")


def test_rows_of_ones_own() -> None:
    own = DestructiveRow(type="acme_*", tier="stateful", severity="critical", loss="data", because="Ours.")
    config = Config(rules=Rules(destructive=DestructiveConfig(types=(own,))))
    assert delete("acme_widget.w", {}, config=config).because == "Ours."


def test_the_most_dangerous_comes_first() -> None:
    rows = [
        row(f"{type_}.x", ["delete"], {})
        for type_ in ("null_resource", "acme_widget", "aws_sqs_queue", "aws_s3_bucket")
    ]
    assert [deletion.type for deletion in run(plan(*rows)).facts.deletions] == [
        "aws_s3_bucket",
        "aws_sqs_queue",
        "acme_widget",
        "null_resource",
    ]


def test_deferred_deletions_count() -> None:
    inner = {"reason": "unknown", "resource_change": row("aws_s3_bucket.b", ["delete"], {})}
    (deletion,) = run(plan(deferred_changes=[inner])).facts.deletions
    assert deletion.deferred


def test_findings() -> None:
    rows = (
        row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}),
        row("google_storage_bucket.g", ["delete"], {"deletion_policy": "ABANDON"}),
        row("aws_sqs_queue.q", ["forget"], {}),
        row("a_b.stays", ["no-op"], {}, {}),
    )
    assert [(finding.id, finding.address, finding.severity) for finding in run(plan(*rows)).facts.findings] == [
        ("destructive/data-loss", "aws_s3_bucket.b", "critical"),
        ("destructive/data-loss", "google_storage_bucket.g", "medium"),
        ("destructive/forget", "aws_sqs_queue.q", "medium"),
    ]


def test_a_whole_root() -> None:
    made = run(plan(row("null_resource.a", ["delete"], {}), row("data.x.y", ["read"], None, {}, mode="data")))
    assert [finding.id for finding in made.facts.findings] == ["destructive/everything", "destructive/deletion"]
    stays = run(plan(row("null_resource.a", ["delete"], {}), row("null_resource.b", ["no-op"], {}, {})))
    assert [finding.id for finding in stays.facts.findings] == ["destructive/deletion"]


def test_an_update_that_cannot_be_told_counts_as_losing() -> None:
    update = row("google_spanner_database.x", ["update"], {"ddl": ["a"]}, {}, unknown={"ddl": True})
    assert [deletion.action for deletion in run(plan(update)).facts.deletions] == ["update"]


@pytest.mark.parametrize(
    ("type_", "before", "after", "loses"),
    [
        (
            "aws_dynamodb_table",
            {"replica": [{"region_name": "a"}, {"region_name": "b"}]},
            {"replica": [{"region_name": "b"}]},
            True,
        ),
        ("aws_dynamodb_table", {"replica": [{"region_name": "a"}]}, {"replica": [{"region_name": "a", "x": 1}]}, False),
        (
            "google_bigquery_table",
            {"schema": '[{"name":"a"},{"name":"b"}]'},
            {"schema": '[{"name":"b"},{"name":"c"}]'},
            True,
        ),
        ("google_bigquery_table", {"schema": '[{"name":"a"}]'}, {"schema": '[{"name":"a"},{"name":"b"}]'}, False),
        ("google_bigquery_table", {"schema": "x"}, {"schema": "y"}, False),
        ("google_spanner_database", {"ddl": ["a"]}, {"ddl": ["a", "b"]}, False),
        (
            "azurerm_cosmosdb_account",
            {"geo_location": [{"location": "a"}, {"location": "b"}]},
            {"geo_location": [{"location": "a"}]},
            True,
        ),
        (
            "google_bigtable_instance",
            {"cluster": [{"cluster_id": "a", "num_nodes": 1}, {"cluster_id": "b"}]},
            {"cluster": [{"cluster_id": "a", "num_nodes": 3}]},
            True,
        ),
        (
            "google_bigtable_instance",
            {"cluster": [{"cluster_id": "a"}]},
            {"cluster": [{"cluster_id": "a", "x": 1}]},
            False,
        ),
        (
            "google_compute_instance",
            {"attached_disk": [{"source": "a", "mode": "READ_WRITE"}, {"source": "b"}]},
            {"attached_disk": [{"source": "a", "mode": "READ_ONLY"}]},
            True,
        ),
        (
            "aws_security_group",
            {"ingress": [{"from_port": 1}, {"from_port": 2}]},
            {"ingress": [{"from_port": 3}]},
            True,
        ),
        ("aws_security_group", {"ingress": [{"from_port": 1}]}, {"ingress": None}, True),
        ("aws_security_group", {"ingress": [{"from_port": 1}]}, {"ingress": [{"from_port": 2}]}, False),
        ("acme_widget", {"ddl": ["a"]}, {"ddl": []}, False),
    ],
)
def test_updates_that_lose_data(type_: str, before: Any, after: Any, loses: bool) -> None:
    deletions = run(plan(row(f"{type_}.x", ["update"], before, after))).facts.deletions
    assert [deletion.action for deletion in deletions] == (["update"] if loses else [])


def test_a_rule_that_leaves_is_an_outage_of_its_own_tier() -> None:
    rules = [{"name": "a", "priority": 1}, {"name": "b", "priority": 2}]
    gone = row("azurerm_network_security_group.x", ["update"], {"security_rule": rules}, {"security_rule": rules[:1]})
    (deletion,) = run(plan(gone)).facts.deletions
    assert (deletion.tier, deletion.loss) == ("free", "outage")
    assert deletion.because == "A rule leaves: traffic that it let through stops, or traffic that it blocked passes."


PURGED = "the provider purges it at once: it cannot be brought back"
KEPT = "it is only marked as deleted and can be brought back for a while"


def azurerm(**features: Any) -> dict[str, Any]:
    provider = {"name": "azurerm", "expressions": {"features": [features] if features else [{}]}}
    return {"configuration": {"provider_config": {"azurerm": provider}, "root_module": {}}}


@pytest.mark.parametrize(
    ("type_", "features", "reach"),
    [
        ("azurerm_key_vault", {}, (PURGED,)),
        ("azurerm_key_vault", {"key_vault": [{"purge_soft_delete_on_destroy": {"constant_value": False}}]}, (KEPT,)),
        ("azurerm_key_vault", {"key_vault": [{"purge_soft_delete_on_destroy": {"references": ["var.x"]}}]}, (PURGED,)),
        (
            "azurerm_key_vault_secret",
            {"key_vault": [{"purge_soft_delete_on_destroy": {"constant_value": False}}]},
            (PURGED,),
        ),
        ("azurerm_log_analytics_workspace", {}, (KEPT,)),
        (
            "azurerm_log_analytics_workspace",
            {"log_analytics_workspace": [{"permanently_delete_on_destroy": {"constant_value": True}}]},
            (PURGED,),
        ),
        (
            "azurerm_resource_group",
            {"resource_group": [{"prevent_deletion_if_contains_resources": {"constant_value": False}}]},
            ("everything inside goes too, also what Terraform does not know",),
        ),
        ("azurerm_virtual_network", {}, ()),
    ],
)
def test_switches_of_the_provider(type_: str, features: dict[str, Any], reach: tuple[str, ...]) -> None:
    made = run(plan(row(f"{type_}.x", ["delete"], {"name": "x"}), **azurerm(**features)))
    assert [deletion.reach for deletion in made.facts.deletions] == [reach]
    assert [row.facts for row in made.report.deletions] == [reach]


def test_an_edit_that_replaces_the_whole_table() -> None:
    table = row(
        "google_bigquery_table.t",
        ["delete", "create"],
        {"schema": '[{"name":"a"}]', "deletion_protection": False},
        {"schema": '[{"name":"b"}]', "deletion_protection": False},
        change={"replace_paths": [["schema"]]},
    )
    (deletion,) = run(plan(table)).facts.deletions
    assert deletion.reach == (
        "a column that is dropped, renamed or of another type replaces the whole table: copy its rows first",
    )


@pytest.mark.parametrize(("created", "hinted"), [('aws_sqs_queue.q["new"]', True), ("aws_sqs_queue.other", False)])
def test_another_key_may_be_the_same_object(created: str, hinted: bool) -> None:
    gone = row('aws_sqs_queue.q["old"]', ["delete"], {"name": "q"}, action_reason="delete_because_each_key")
    (deletion,) = run(plan(gone, row(created, ["create"], None, {"name": "q"}))).facts.deletions
    assert deletion.reach == ((MOVED,) if hinted else ())


@pytest.mark.parametrize(
    ("type_", "before", "days"),
    [
        ("aws_kms_key", {"deletion_window_in_days": 7}, 7),
        ("aws_kms_key", {"deletion_window_in_days": None}, 30),
        ("aws_secretsmanager_secret", {"recovery_window_in_days": 0}, 0),
        ("google_kms_crypto_key", {"destroy_scheduled_duration": "86400s"}, 1),
        ("google_kms_crypto_key", {}, 30),
        ("azurerm_key_vault", {"soft_delete_retention_days": 90}, None),  # the provider purges it
        ("aws_s3_bucket", {}, None),
    ],
)
def test_days_in_which_it_can_be_brought_back(type_: str, before: Any, days: int | None) -> None:
    (deletion,) = run(plan(row(f"{type_}.x", ["delete"], before))).facts.deletions
    assert deletion.window == days
