"""Google: members, bindings and policies; what they own, what they hide, what moves between them."""

import json
from typing import Any

import pytest

from bot.config import IamConfig
from tests.support.access import access, change, lines, moved, remarks, severities
from tests.support.plans import row

BUCKET = "storage bucket models"
VIEWER, ADMIN = "roles/storage.objectViewer", "roles/storage.admin"


def member(who: str, role: str = VIEWER, **more: Any) -> Any:
    return {"bucket": "models", "member": who, "role": role, "condition": [], "etag": "e", **more}


def binding(*who: str, role: str = VIEWER, **more: Any) -> Any:
    return {"bucket": "b/models", "members": list(who), "role": role, "condition": [], **more}


def policy(*bindings: Any, **more: Any) -> Any:
    return {"bucket": "models", "policy_data": json.dumps({"bindings": list(bindings), **more})}


def bound(role: str, *who: str, expression: str = "") -> Any:
    made = {"role": role, "members": list(who)}
    return {**made, "condition": {"title": "t", "expression": expression}} if expression else made


def when(expression: str, title: str = "t") -> Any:
    return {"condition": [{"title": title, "description": "", "expression": expression}]}


POOL = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p"
ANN, BOB = "user:ann@acme.dev", "user:bob@acme.dev"
CASES: dict[str, tuple[str, Any, Any, list[str]]] = {
    "a member comes": ("google_storage_bucket_iam_member", None, member(ANN), [f"+ {ANN}: {VIEWER} @ {BUCKET}"]),
    "a member goes": ("google_storage_bucket_iam_member", member(ANN), None, [f"- {ANN}: {VIEWER} @ {BUCKET}"]),
    "the case of an e-mail": ("google_storage_bucket_iam_member", member("user:Ann@Acme.dev"), member(ANN), []),
    "the case of a kind": (
        "google_storage_bucket_iam_member",
        member("serviceaccount:A@x.iam"),
        member("serviceAccount:a@x.iam"),
        [],
    ),
    "the case of a pool's subject counts": (
        "google_storage_bucket_iam_member",
        member("principal://iam.googleapis.com/p/subject/A"),
        member("principal://iam.googleapis.com/p/subject/a"),
        [
            f"+ principal://iam.googleapis.com/p/subject/a: {VIEWER} @ {BUCKET}",
            f"- principal://iam.googleapis.com/p/subject/A: {VIEWER} @ {BUCKET}",
        ],
    ),
    "the title of a condition": (
        "google_storage_bucket_iam_member",
        member(ANN, **when("request.time < x", "old")),
        member(ANN, **when("request.time < x", "new")),
        [],
    ),
    "an expression changes": (
        "google_storage_bucket_iam_member",
        member(ANN, **when("a")),
        member(ANN, **when("b")),
        [f"+ {ANN}: {VIEWER} @ {BUCKET} if b", f"- {ANN}: {VIEWER} @ {BUCKET} if a"],
    ),
    "a condition goes": (
        "google_storage_bucket_iam_member",
        member(ANN, **when("a")),
        member(ANN),
        [f"+ {ANN}: {VIEWER} @ {BUCKET}", f"- {ANN}: {VIEWER} @ {BUCKET} if a"],
    ),
    "who is in and who falls out": (
        "google_storage_bucket_iam_binding",
        binding(ANN, "user:old@acme.dev"),
        binding(BOB, ANN),
        [f"+ {BOB}: {VIEWER} @ {BUCKET}", f"- user:old@acme.dev: {VIEWER} @ {BUCKET}"],
    ),
    "the order of members": ("google_storage_bucket_iam_binding", binding(ANN, BOB), binding(BOB, ANN), []),
    "a member twice": ("google_storage_bucket_iam_binding", binding(ANN), binding(ANN, ANN), []),
    "a whole policy": (
        "google_storage_bucket_iam_policy",
        policy(bound(VIEWER, ANN), bound(ADMIN, BOB)),
        policy(bound(ADMIN, BOB), bound(VIEWER, "allUsers")),
        [f"+ allUsers: {VIEWER} @ {BUCKET}", f"- {ANN}: {VIEWER} @ {BUCKET}"],
    ),
    "the order in a policy": (
        "google_storage_bucket_iam_policy",
        policy(bound(VIEWER, ANN, BOB), bound(ADMIN, BOB)),
        policy(bound(ADMIN, BOB), bound(VIEWER, BOB), bound(VIEWER, ANN)),
        [],
    ),
    "a condition in a policy": (
        "google_storage_bucket_iam_policy",
        policy(bound(VIEWER, ANN, expression="a")),
        policy(bound(VIEWER, ANN)),
        [f"+ {ANN}: {VIEWER} @ {BUCKET}", f"- {ANN}: {VIEWER} @ {BUCKET} if a"],
    ),
    "audit settings in a policy": (
        "google_project_iam_policy",
        {
            "project": "acme",
            "policy_data": json.dumps(
                {"auditConfigs": [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}]}
            ),
        },
        {"project": "acme", "policy_data": "{}"},
        ["+ !everybody: audit log DATA_READ of allServices @ project acme"],
    ),
    "an exemption from the audit": (
        "google_project_iam_audit_config",
        {"project": "acme", "service": "s", "audit_log_config": [{"log_type": "DATA_READ", "exempted_members": []}]},
        {"project": "acme", "service": "s", "audit_log_config": [{"log_type": "DATA_READ", "exempted_members": [ANN]}]},
        [
            "+ !everybody: audit log DATA_READ of s @ project acme",
            f"- !everybody but {ANN}: audit log DATA_READ of s @ project acme",
        ],
    ),
    "a member removed on purpose": (
        "google_project_iam_member_remove",
        None,
        {"project": "acme", "member": ANN, "role": "roles/owner"},
        [f"- !{ANN}: roles/owner @ project acme"],
    ),
    "a project with and without its prefix": (
        "google_project_iam_member",
        {"project": "projects/acme", "member": ANN, "role": VIEWER},
        {"project": "acme", "member": ANN, "role": VIEWER},
        [],
    ),
    "a custom role": (
        "google_project_iam_custom_role",
        {"role_id": "trainer", "project": "acme", "permissions": ["a.b.get", "a.b.list"]},
        {"role_id": "trainer", "project": "acme", "permissions": ["a.b.list", "iam.serviceAccounts.actAs"]},
        [
            "+ holders of trainer: iam.serviceAccounts.actAs @ wherever the role is granted",
            "- holders of trainer: a.b.get @ wherever the role is granted",
        ],
    ),
    "a denied permission": (
        "google_iam_deny_policy",
        {
            "parent": "p",
            "rules": [{"deny_rule": [{"denied_principals": ["all"], "denied_permissions": ["x/a", "x/b"]}]}],
        },
        {"parent": "p", "rules": [{"deny_rule": [{"denied_principals": ["all"], "denied_permissions": ["x/a"]}]}]},
        ["+ !all: x/b @ p"],
    ),
    "an exception from a denial": (
        "google_iam_deny_policy",
        {"parent": "p", "rules": [{"deny_rule": [{"denied_principals": ["all"], "denied_permissions": ["x/a"]}]}]},
        {
            "parent": "p",
            "rules": [
                {
                    "deny_rule": [
                        {"denied_principals": ["all"], "denied_permissions": ["x/a"], "exception_principals": [ANN]}
                    ]
                }
            ],
        },
        [f"+ {ANN}: an exception from the denial of x/a @ p"],
    ),
    "a constraint no longer enforced": (
        "google_org_policy_policy",
        {"parent": "projects/acme", "name": "c", "spec": [{"rules": [{"enforce": "TRUE"}]}]},
        {"parent": "projects/acme", "name": "c", "spec": [{"rules": [{"enforce": "FALSE"}]}]},
        [
            "+ !everybody under projects/acme: constraint c: enforce TRUE @ projects/acme",
            "+ everybody under projects/acme: constraint c: enforce FALSE, whatever the parent says @ projects/acme",
        ],
    ),
    "a value more in a constraint": (
        "google_org_policy_policy",
        {"parent": "o", "name": "c", "spec": [{"rules": [{"values": [{"allowed_values": ["a"]}]}]}]},
        {"parent": "o", "name": "c", "spec": [{"rules": [{"values": [{"allowed_values": ["a", "b"]}]}]}]},
        ["+ everybody under o: constraint c: allow b @ o"],
    ),
    "a dataset's access list": (
        "google_bigquery_dataset",
        {"dataset_id": "d", "access": [{"role": "READER", "user_by_email": "ann@acme.dev"}]},
        {
            "dataset_id": "d",
            "access": [{"role": "roles/bigquery.dataViewer", "special_group": "allAuthenticatedUsers"}],
        },
        [
            "+ allAuthenticatedUsers: roles/bigquery.dataViewer @ bigquery dataset d",
            "- user:ann@acme.dev: roles/bigquery.dataViewer @ bigquery dataset d",
        ],
    ),
    "an old name of a role": (
        "google_bigquery_dataset",
        {"dataset_id": "d", "access": [{"role": "OWNER", "group_by_email": "g@acme.dev"}]},
        {"dataset_id": "d", "access": [{"role": "roles/bigquery.dataOwner", "group_by_email": "g@acme.dev"}]},
        [],
    ),
    "an access list of a bucket": (
        "google_storage_bucket_acl",
        {"bucket": "b", "role_entity": ["READER:user-ann"]},
        {"bucket": "b", "role_entity": ["READER:allUsers"]},
        ["+ allUsers: READER @ bucket b", "- user-ann: READER @ bucket b"],
    ),
    "a key": (
        "google_service_account_key",
        None,
        {"service_account_id": "s@x.iam"},
        [
            "+ key holder of s@x.iam: a long-lived key @ s@x.iam",
        ],
    ),
    "a project moves": (
        "google_project",
        {"project_id": "acme", "folder_id": "1"},
        {"project_id": "acme", "folder_id": "2"},
        [
            "+ whoever has access to folder 2: inherited grants and policies @ project acme",
            "- whoever has access to folder 1: inherited grants and policies @ project acme",
        ],
    ),
    "a machine's service account": (
        "google_compute_instance",
        {"name": "vm", "service_account": [{"email": "a@x.iam", "scopes": ["cloud-platform"]}]},
        {"name": "vm", "service_account": [{"email": "b@x.iam", "scopes": ["cloud-platform"]}]},
        ["+ google_compute_instance.x: acts as @ b@x.iam", "- google_compute_instance.x: acts as @ a@x.iam"],
    ),
    "a machine's size": (
        "google_compute_instance",
        {"machine_type": "n1-standard-1", "service_account": [{"email": "a@x.iam"}]},
        {"machine_type": "n1-standard-8", "service_account": [{"email": "a@x.iam"}]},
        [],
    ),
    "an imaginary type that is newer than the catalog": (
        "google_quantum_annealer_iam_member",
        None,
        {"annealer": "a", "member": ANN, "role": "roles/owner"},
        [f"+ {ANN}: roles/owner @ quantum annealer a"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_gained_and_lost(case: str) -> None:
    type_, before, after, expected = CASES[case]
    assert moved(type_, before, after) == expected


@pytest.mark.parametrize(
    ("role", "severity"),
    [
        ("roles/owner", "critical"),
        ("roles/editor", "critical"),
        ("roles/resourcemanager.projectIamAdmin", "critical"),
        ("roles/iam.serviceAccountTokenCreator", "high"),
        ("roles/iam.serviceAccountKeyAdmin", "high"),
        ("roles/aiplatform.user", "medium"),
        ("roles/secretmanager.secretAccessor", "medium"),
        ("roles/monitoring.metricWriter", "low"),
        ("roles/logging.logWriter", "low"),
    ],
)
def test_roles_on_a_project(role: str, severity: str) -> None:
    granted = change("google_project_iam_member", None, {"project": "acme", "member": ANN, "role": role})
    assert severities(access(granted)) == [severity]


@pytest.mark.parametrize(
    ("who", "severity"),
    [
        ("allUsers", "critical"),
        ("allAuthenticatedUsers", "critical"),
        ("domain:acme.dev", "medium"),
        ("serviceAccount:1-compute@developer.gserviceaccount.com", "medium"),
        (f"{POOL}/*", "high"),
        (f"{POOL}/attribute.repository_owner/acme", "medium"),
        (f"{POOL}/attribute.repository/acme/app", "low"),
        (ANN, "low"),
    ],
)
def test_who_gets_it(who: str, severity: str) -> None:
    assert severities(access(change("google_storage_bucket_iam_member", None, member(who)))) == [severity]


def test_a_role_weighs_less_on_one_object() -> None:
    granted = change("google_storage_bucket_iam_member", None, member(ANN, "roles/storage.admin"))
    assert severities(access(granted)) == ["low"]


@pytest.mark.parametrize(
    ("issuer", "condition", "severity"),
    [
        ("https://token.actions.githubusercontent.com", None, "critical"),
        ("https://token.actions.githubusercontent.com", "true", "critical"),
        ("https://token.actions.githubusercontent.com", "assertion.sub != ''", "critical"),
        ("https://token.actions.githubusercontent.com", "assertion.repository == 'acme/app'", "medium"),
        ("https://login.acme.dev", None, "high"),
    ],
)
def test_who_may_sign_in_through_a_pool(issuer: str, condition: str | None, severity: str) -> None:
    provider = {
        "workload_identity_pool_id": "p",
        "attribute_condition": condition,
        "oidc": [{"issuer_uri": issuer}],
        "disabled": None,
    }
    found = access(change("google_iam_workload_identity_pool_provider", None, provider))
    assert severities(found) == [severity]


def test_a_mapping_decides_whom_grants_mean() -> None:
    before = {"workload_identity_pool_id": "p", "attribute_mapping": {"google.subject": "assertion.sub"}}
    after = {**before, "attribute_mapping": {"google.subject": "assertion.repository"}}
    assert remarks(access(change("google_iam_workload_identity_pool_provider", before, after))) == ["iam/settings"]


def test_a_member_that_moves_into_a_binding_is_no_change_but_may_be_undone() -> None:
    found = access(
        change("google_storage_bucket_iam_member", member(ANN), None),
        row("google_storage_bucket_iam_binding.y", ["update"], binding(BOB), binding(BOB, ANN)),
    )
    assert lines(found) == []
    assert [(one.address, one.severity, one.title) for one in found.findings] == [
        ("google_storage_bucket_iam_binding.y", "low", "may be undone by a deletion"),
        ("google_storage_bucket_iam_member.x", "info", "no permission changed"),
    ]


@pytest.mark.parametrize(
    ("type_", "before", "after", "title"),
    [
        ("google_storage_bucket_iam_binding", None, binding(ANN), "takes what no plan shows"),
        ("google_storage_bucket_iam_binding", binding(ANN), None, "takes more than the plan shows"),
        ("google_storage_bucket_iam_policy", None, policy(bound(VIEWER, ANN)), "takes what no plan shows"),
        ("google_storage_bucket_iam_policy", policy(bound(VIEWER, ANN)), None, "takes more than the plan shows"),
    ],
)
def test_what_a_list_that_is_owned_takes_from_others(type_: str, before: Any, after: Any, title: str) -> None:
    found = access(change(type_, before, after))
    assert [finding.title for finding in found.findings] == [title]
    assert BUCKET in found.findings[0].because


def test_on_something_new_nobody_can_lose_anything() -> None:
    bucket = row("google_storage_bucket.b", ["create"], None, {"name": "models"})
    expressions = {"bucket": {"references": ["google_storage_bucket.b.name", "google_storage_bucket.b"]}}
    configuration = {
        "root_module": {"resources": [{"address": "google_storage_bucket_iam_binding.x", "expressions": expressions}]}
    }
    made = change("google_storage_bucket_iam_binding", None, binding(ANN))
    assert remarks(access(bucket, made, configuration=configuration)) == []
    assert remarks(access(made, configuration=configuration)) == ["iam/hidden-effect"]


def test_a_service_account_made_again_loses_every_grant() -> None:
    account = {"account_id": "trainer", "email": "trainer@x.iam", "disabled": False}
    found = access(row("google_service_account.x", ["delete", "create"], account, account))
    assert remarks(found) == ["iam/hidden-effect"]


def test_resources_that_undo_each_other() -> None:
    found = access(
        change("google_storage_bucket_iam_policy", policy(), policy(bound(VIEWER, ANN))),
        change("google_storage_bucket_iam_member", None, member(BOB)),
    )
    assert remarks(found) == ["iam/conflict"]
    found = access(
        change("google_storage_bucket_iam_binding", binding(ANN), binding(ANN, BOB)),
        change("google_storage_bucket_iam_member", None, member("user:eve@acme.dev")),
    )
    assert remarks(found) == ["iam/conflict"]


def test_the_last_owner() -> None:
    def owners(*who: str) -> Any:
        return {"project": "acme", "role": "roles/owner", "members": list(who)}

    gone = access(change("google_project_iam_binding", owners(ANN), owners()))
    assert remarks(gone) == ["iam/lock-out"]
    assert remarks(access(change("google_project_iam_binding", owners(ANN, BOB), owners(BOB)))) == []


def test_taking_rights_from_the_identity_that_applies() -> None:
    own = IamConfig(identities=("serviceAccount:deploy@*",))
    lost = {"project": "acme", "role": "roles/viewer", "member": "serviceAccount:deploy@acme.iam"}
    assert remarks(access(change("google_project_iam_member", lost, None), rules=own)) == ["iam/lock-out"]
    assert remarks(access(change("google_project_iam_member", lost, None))) == []


@pytest.mark.parametrize("text", ["not json", "[]", '{"bindings": 5}', '{"bindings": [{"members": ["a"]}]}'])
def test_a_policy_that_cannot_be_read_is_a_finding(text: str) -> None:
    found = access(change("google_storage_bucket_iam_policy", policy(), {"bucket": "models", "policy_data": text}))
    assert lines(found) == []
    assert remarks(found) == ["iam/unreadable"]


def test_an_unknown_member_is_named_by_what_it_refers_to() -> None:
    expressions = {
        "member": {"references": ["google_service_account.t.email", "google_service_account.t"]},
        "role": {"constant_value": VIEWER},
        "bucket": {"constant_value": "models"},
    }
    configuration = {
        "root_module": {"resources": [{"address": "google_storage_bucket_iam_member.x", "expressions": expressions}]}
    }
    after = {"bucket": "models", "role": VIEWER, "condition": []}
    found = access(
        change("google_storage_bucket_iam_member", None, after, unknown={"member": True}), configuration=configuration
    )
    assert lines(found) == [f"+ google_service_account.t.email (known after apply): {VIEWER} @ {BUCKET}"]


def test_two_unknown_members_are_two() -> None:
    after = {"bucket": "models", "role": VIEWER, "condition": []}
    rows = [
        row(f"google_storage_bucket_iam_member.x[{i}]", ["create"], None, after, unknown={"member": True})
        for i in range(2)
    ]
    assert [found.address for found in access(*rows).changes] == [
        "google_storage_bucket_iam_member.x[0]",
        "google_storage_bucket_iam_member.x[1]",
    ]


def test_a_policy_only_the_apply_knows_is_read_from_its_data_source() -> None:
    reference = "data.google_iam_policy.d"
    configuration = {
        "root_module": {
            "resources": [
                {
                    "address": "google_storage_bucket_iam_policy.x",
                    "expressions": {"policy_data": {"references": [f"{reference}.policy_data", reference]}},
                }
            ]
        }
    }
    data = row(
        reference,
        ["read"],
        None,
        {"binding": [{"role": ADMIN, "members": ["allUsers"], "condition": []}], "audit_config": []},
        unknown={"policy_data": True},
        mode="data",
        type="google_iam_policy",
    )
    made = change("google_storage_bucket_iam_policy", policy(), {"bucket": "models"}, unknown={"policy_data": True})
    assert lines(access(made, data, configuration=configuration)) == [f"+ allUsers: {ADMIN} @ {BUCKET}"]
    blind = access(made, configuration=configuration)
    assert (lines(blind), remarks(blind)) == ([], ["iam/unknown-until-apply"])


@pytest.mark.parametrize("kind", [["no-op"], ["forget"]])
def test_what_is_moved_imported_or_forgotten_gives_nothing(kind: list[str]) -> None:
    more: Any = {"previous_address": "google_storage_bucket_iam_member.old"} if kind == ["no-op"] else {}
    after = None if kind == ["forget"] else member(ANN)
    assert lines(access(row("google_storage_bucket_iam_member.x", kind, member(ANN), after, **more))) == []
