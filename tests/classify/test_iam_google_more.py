"""Google: arguments that give access without looking like it, lists in two shapes, conditions that let everybody in."""

import json
from typing import Any

import pytest

from tests.support.access import access, change, lines, moved, remarks, severities
from tests.support.plans import row

ANN = "user:ann@example.com"
BOB = "user:bob@example.com"
AGENT = "serviceAccount:service-1@gcp-sa-aiplatform.iam.gserviceaccount.com"
LOGGED = "audit log DATA_READ of allServices @ project acme"
DATASET = "bigquery dataset d in acme"


def dataset(**entry: Any) -> Any:
    return {"dataset_id": "d", "project": "acme", "access": [{"role": None, **entry}] if entry else []}


def logs(*exempted: str) -> Any:
    kinds = [{"logType": "DATA_READ", "exemptedMembers": list(exempted)}]
    audit = [{"service": "allServices", "auditLogConfigs": kinds}]
    return {"project": "acme", "policy_data": json.dumps({"bindings": [], "auditConfigs": audit})}


def acl(default: str) -> Any:
    return {"bucket": "b", "default_acl": default}


REMOVED = {"project": "acme", "role": "roles/editor", "member": ANN}
VIEW = {"project_id": "q", "dataset_id": "e", "table_id": "v"}
CUSTOM = {"role_id": "r", "project": "acme", "permissions": ["a.b.get"], "stage": "GA"}

CASES: dict[str, tuple[str, Any, Any, list[str]]] = {
    "an authorised view": (
        "google_bigquery_dataset",
        dataset(),
        dataset(view=[VIEW]),
        [f"+ view q.e.v: reads everything in it @ {DATASET}"],
    ),
    "an authorised dataset": (
        "google_bigquery_dataset",
        dataset(),
        dataset(dataset=[{"dataset": [{"project_id": "q", "dataset_id": "e"}], "target_types": ["VIEWS"]}]),
        [f"+ dataset q.e: reads everything in it @ {DATASET}"],
    ),
    "an authorised routine goes": (
        "google_bigquery_dataset",
        dataset(routine=[{"project_id": "q", "dataset_id": "e", "routine_id": "r"}]),
        dataset(),
        [f"- routine q.e.r: reads everything in it @ {DATASET}"],
    ),
    "the view of another project": (
        "google_bigquery_dataset_access",
        {"dataset_id": "d", "project": "acme", "view": [VIEW]},
        {"dataset_id": "d", "project": "acme", "view": [{**VIEW, "project_id": "z"}]},
        [f"+ view z.e.v: reads everything in it @ {DATASET}", f"- view q.e.v: reads everything in it @ {DATASET}"],
    ),
    "a policy stops logging": (
        "google_project_iam_policy",
        logs(),
        {"project": "acme", "policy_data": '{"bindings": []}'},
        [f"+ !everybody: {LOGGED}"],
    ),
    "a policy leaves somebody out of the log": (
        "google_project_iam_policy",
        logs(),
        logs(ANN),
        [f"+ !everybody: {LOGGED}", f"- !everybody but {ANN}: {LOGGED}"],
    ),
    "a disabled role comes back": (
        "google_project_iam_custom_role",
        {**CUSTOM, "stage": "DISABLED"},
        CUSTOM,
        ["+ holders of r: a.b.get @ wherever the role is granted"],
    ),
    "what was taken once does not come back": ("google_project_iam_member_remove", REMOVED, None, []),
    "a constraint is switched off below what enforces it": (
        "google_org_policy_policy",
        None,
        {"parent": "projects/acme", "name": "c", "spec": [{"rules": [{"enforce": "FALSE"}]}]},
        ["+ everybody under projects/acme: constraint c: enforce FALSE, whatever the parent says @ projects/acme"],
    ),
    "new objects become public": (
        "google_storage_bucket_acl",
        acl("private"),
        acl("publicRead"),
        [
            "+ publicRead: default access list of new objects @ bucket b",
            "- private: default access list of new objects @ bucket b",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_gained_and_lost(case: str) -> None:
    type_, before, after, expected = CASES[case]
    assert moved(type_, before, after) == expected


def test_less_logging_is_as_bad_in_a_policy_as_in_a_resource_of_its_own() -> None:
    found = access(change("google_project_iam_policy", logs(), {"project": "acme", "policy_data": "{}"}))
    assert [(one.verb, one.severity) for one in found.changes] == [("is freed from", "high")]


MOVES: dict[str, tuple[tuple[str, Any], tuple[str, Any]]] = {
    "out of the dataset's own list": (
        (
            "google_bigquery_dataset_access",
            {"dataset_id": "d", "project": "acme", "role": "READER", "user_by_email": "ann@example.com"},
        ),
        (
            "google_bigquery_dataset_iam_member",
            {"dataset_id": "d", "project": "acme", "role": "roles/bigquery.dataViewer", "member": ANN},
        ),
    ),
    "from the path of a topic to its name": (
        (
            "google_pubsub_topic_iam_member",
            {"project": "acme", "topic": "projects/acme/topics/t", "role": "roles/pubsub.publisher", "member": ANN},
        ),
        (
            "google_pubsub_topic_iam_binding",
            {"project": "acme", "topic": "t", "role": "roles/pubsub.publisher", "members": [ANN]},
        ),
    ),
}


@pytest.mark.parametrize("case", MOVES)
def test_the_same_in_two_shapes_is_no_change(case: str) -> None:
    (old, before), (new, after) = MOVES[case]
    assert lines(access(change(old, before, None), change(new, None, after))) == []


def test_the_same_name_in_another_project_is_a_change() -> None:
    topic = {"project": "acme", "topic": "projects/other/topics/t", "role": "roles/pubsub.publisher", "member": ANN}
    assert len(moved("google_pubsub_topic_iam_member", topic, {**topic, "topic": "t"})) == 2


@pytest.mark.parametrize(
    ("condition", "severity"),
    [
        ("assertion.aud == 'x'", "critical"),
        ("assertion.repository_owner != ''", "critical"),
        ("has(assertion.sub)", "critical"),
        ("true || assertion.repository == 'acme/app'", "critical"),
        ("(assertion.sub != '') && true", "critical"),
        ("'a' == 'a'", "critical"),
        ("assertion.sub.startsWith('repo:')", "critical"),
        ("assertion.sub.startsWith('repo:acme/')", "medium"),
        ("assertion.aud == 'x' && assertion.repository == 'acme/app'", "medium"),
        ("assertion.repository_owner_id == '123'", "medium"),
    ],
)
def test_conditions_that_let_the_whole_issuer_in(condition: str, severity: str) -> None:
    provider = {
        "workload_identity_pool_id": "ci",
        "attribute_condition": condition,
        "oidc": [{"issuer_uri": "https://token.actions.githubusercontent.com"}],
    }
    assert severities(access(change("google_iam_workload_identity_pool_provider", None, provider))) == [severity]


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        (
            "google_iam_workload_identity_pool_provider",
            {"oidc": [{"issuer_uri": "https://a", "jwks_json": None}]},
            {"oidc": [{"issuer_uri": "https://a", "jwks_json": "{}"}]},
        ),
        (
            "google_access_context_manager_access_level",
            {"title": "t", "basic": [{"conditions": [{"ip_subnetworks": ["10.0.0.0/8"]}]}]},
            {"title": "t", "basic": [{"conditions": [{"ip_subnetworks": ["0.0.0.0/0"]}]}]},
        ),
        (
            "google_access_context_manager_service_perimeter",
            {"title": "t", "status": [{"ingress_policies": []}]},
            {"title": "t", "status": [{"ingress_policies": [{"ingress_from": [{"identity_type": "ANY_IDENTITY"}]}]}]},
        ),
        (
            "google_org_policy_policy",
            {"name": "c", "parent": "p", "spec": [{"inherit_from_parent": True}]},
            {"name": "c", "parent": "p", "spec": [{"inherit_from_parent": False}]},
        ),
        (
            "google_compute_instance",
            {"service_account": [{"email": "a", "scopes": ["devstorage.read_only"]}]},
            {"service_account": [{"email": "a", "scopes": ["cloud-platform"]}]},
        ),
    ],
)
def test_what_changes_whom_grants_mean_is_said(type_: str, before: Any, after: Any) -> None:
    assert [one.id for one in access(change(type_, before, after)).findings] == ["iam/settings"]


def test_a_role_for_agents_is_harmless_with_google_s_own_agent() -> None:
    given = {"project": "acme", "role": "roles/aiplatform.serviceAgent", "member": AGENT}
    assert severities(access(change("google_project_iam_member", None, given))) == ["low"]
    assert severities(access(change("google_project_iam_member", None, {**given, "member": ANN}))) == ["high"]


def test_no_condition_is_no_condition_however_it_is_written() -> None:
    given = {"project": "acme", "role": "roles/viewer"}
    found = access(
        row("google_project_iam_binding.a", ["create"], None, {**given, "members": [ANN], "condition": None}),
        row("google_project_iam_member.b", ["create"], None, {**given, "member": BOB, "condition": []}),
    )
    assert "iam/conflict" in remarks(found)


def test_a_hidden_setting_does_not_hide_what_it_switches() -> None:
    made = change("google_project_iam_custom_role", None, CUSTOM, after_sensitive={"stage": True})
    assert lines(access(made)) == ["+ holders of r: a.b.get @ wherever the role is granted"]


def test_words_for_people_are_no_change_of_access() -> None:
    level = {"title": "t", "description": "a"}
    found = access(change("google_access_context_manager_access_level", level, {**level, "description": "b"}))
    assert [one.id for one in found.findings] == ["iam/none"]
