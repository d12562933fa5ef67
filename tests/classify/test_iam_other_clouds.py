"""Azure, Kubernetes, GitHub and Vault."""

import json
from typing import Any

import pytest

from tests.support.access import access, change, lines, moved, remarks, severities
from tests.support.plans import plan, row, run

GROUP = "/subscriptions/1/resourceGroups/g"
OWNER_ID = "/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


def assigned(role: str, scope: str = GROUP, **more: Any) -> Any:
    return {"principal_id": "p", "role_definition_name": role, "scope": scope, "condition": None, **more}


def vault_access(*permissions: str, who: str = "p") -> Any:
    lists: dict[str, list[str]] = {"key_permissions": [], "certificate_permissions": [], "storage_permissions": []}
    return {"object_id": who, "key_vault_id": "kv", "secret_permissions": list(permissions), **lists}


def subject(kind: str, name: str, namespace: str | None = None) -> Any:
    return {"kind": kind, "name": name, "namespace": namespace, "api_group": ""}


def role_binding(role: str, *subjects: Any, namespace: str | None = "ml", kind: str = "ClusterRole") -> Any:
    metadata = [{"name": "b", "namespace": namespace}]
    return {"metadata": metadata, "role_ref": [{"kind": kind, "name": role}], "subject": list(subjects)}


def cluster_role(*rules: Any) -> Any:
    return {"metadata": [{"name": "r"}], "rule": list(rules), "aggregation_rule": []}


def rule(
    verbs: list[str], resources: list[str], groups: list[str] | None = None, names: list[str] | None = None
) -> Any:
    return {
        "verbs": verbs,
        "resources": resources,
        "api_groups": [""] if groups is None else groups,
        "resource_names": names or [],
        "non_resource_urls": [],
    }


def manifest(kind: str, **more: Any) -> Any:
    return {"manifest": {"kind": kind, "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "m"}, **more}}


def aws_auth(*entries: str) -> Any:
    return {"metadata": [{"name": "aws-auth", "namespace": "kube-system"}], "data": {"mapRoles": "\n".join(entries)}}


NODES = "- {rolearn: arn:nodes, username: 'system:node', groups: ['system:nodes']}"
ADMINS = "- {rolearn: arn:ops, username: ops, groups: ['system:masters']}"

CASES: dict[str, tuple[str, Any, Any, list[str]]] = {
    "a role assigned": ("azurerm_role_assignment", None, assigned("Reader"), [f"+ p: Reader @ {GROUP}"]),
    "a role taken": ("azurerm_role_assignment", assigned("Reader"), None, [f"- p: Reader @ {GROUP}"]),
    "a description": (
        "azurerm_role_assignment",
        assigned("Reader", description="a"),
        assigned("Reader", description="b"),
        [],
    ),
    "a custom role of Azure": (
        "azurerm_role_definition",
        {"name": "r", "scope": "s", "assignable_scopes": ["s"], "permissions": [{"actions": ["a/read"]}]},
        {"name": "r", "scope": "s", "assignable_scopes": ["s"], "permissions": [{"actions": ["a/*"]}]},
        ["+ holders of r: a/* @ s"],
    ),
    "what a custom role leaves out": (
        "azurerm_role_definition",
        {"name": "r", "scope": "s", "permissions": [{"actions": ["*"], "not_actions": ["a/delete", "b/delete"]}]},
        {"name": "r", "scope": "s", "permissions": [{"actions": ["*"], "not_actions": ["b/delete"]}]},
        ["+ !holders of r: a/delete @ s"],
    ),
    "a key vault's policy": (
        "azurerm_key_vault_access_policy",
        vault_access("Get"),
        vault_access("Get", "Purge"),
        ["+ p: secrets: Purge @ key vault kv"],
    ),
    "the list inside a key vault": (
        "azurerm_key_vault",
        {"name": "v", "access_policy": [vault_access("Get"), vault_access("Get", who="q")]},
        {"name": "v", "access_policy": [vault_access("Get")]},
        ["- q: secrets: Get @ key vault v"],
    ),
    "a federated credential": (
        "azurerm_federated_identity_credential",
        None,
        {
            "subject": "repo:acme/app:pull_request",
            "issuer": "https://token.actions.githubusercontent.com",
            "parent_id": "i",
        },
        ["+ repo:acme/app:pull_request of https://token.actions.githubusercontent.com: may sign in as @ i"],
    ),
    "a lock goes": (
        "azurerm_management_lock",
        {"lock_level": "CanNotDelete", "scope": GROUP},
        None,
        [f"+ !everybody: CanNotDelete @ {GROUP}"],
    ),
    "consent for all users": (
        "azuread_service_principal_delegated_permission_grant",
        None,
        {
            "service_principal_object_id": "app",
            "claim_values": ["Mail.Read"],
            "resource_service_principal_object_id": "graph",
        },
        ["+ app for all users: Mail.Read @ graph"],
    ),
    "members of a group": (
        "azuread_group",
        {"display_name": "g", "members": ["a", "b"], "owners": ["o"]},
        {"display_name": "g", "members": ["b", "c"], "owners": ["o"]},
        ["+ c: member @ group g", "- a: member @ group g"],
    ),
    "a password": (
        "azuread_application_password",
        None,
        {"application_id": "a"},
        ["+ application a: a long-lived credential @ the tenant"],
    ),
    "a binding": (
        "kubernetes_role_binding",
        None,
        role_binding("edit", subject("User", "ann"), subject("ServiceAccount", "trainer", "ml")),
        [
            "+ ServiceAccount ml/trainer: ClusterRole edit @ namespace ml",
            "+ User ann: ClusterRole edit @ namespace ml",
        ],
    ),
    "the order of subjects": (
        "kubernetes_role_binding",
        role_binding("edit", subject("User", "ann"), subject("User", "bob")),
        role_binding("edit", subject("User", "bob"), subject("User", "ann")),
        [],
    ),
    "a role for the whole cluster": (
        "kubernetes_cluster_role_binding_v1",
        None,
        role_binding("cluster-admin", subject("Group", "system:authenticated"), namespace=None),
        ["+ Group system:authenticated: ClusterRole cluster-admin @ the whole cluster"],
    ),
    "rules of a role": (
        "kubernetes_cluster_role",
        cluster_role(rule(["get", "list"], ["pods"])),
        cluster_role(rule(["list"], ["pods"]), rule(["get"], ["secrets"])),
        [
            "+ holders of r: get core/secrets @ the whole cluster",
            "- holders of r: get core/pods @ the whole cluster",
        ],
    ),
    "rules in another order": (
        "kubernetes_cluster_role",
        cluster_role(rule(["get", "list"], ["pods", "jobs"])),
        cluster_role(rule(["list"], ["jobs", "pods"]), rule(["get"], ["pods", "jobs"])),
        [],
    ),
    "a wildcard that swallows a rule": (
        "kubernetes_cluster_role",
        cluster_role(rule(["*"], ["*"], ["*"]), rule(["get"], ["pods"])),
        cluster_role(rule(["*"], ["*"], ["*"])),
        [],
    ),
    "a name fewer in a rule": (
        "kubernetes_role_v1",
        {"metadata": [{"name": "r", "namespace": "n"}], "rule": [rule(["get"], ["secrets"], names=["a"])]},
        {"metadata": [{"name": "r", "namespace": "n"}], "rule": [rule(["get"], ["secrets"])]},
        [
            "+ holders of r: get core/secrets @ namespace n",
            "- holders of r: get core/secrets:a @ namespace n",
        ],
    ),
    "a binding as a manifest": (
        "kubernetes_manifest",
        None,
        manifest(
            "ClusterRoleBinding",
            roleRef={"kind": "ClusterRole", "name": "cluster-admin"},
            subjects=[{"kind": "User", "name": "eve"}],
        ),
        ["+ User eve: ClusterRole cluster-admin @ the whole cluster"],
    ),
    "a role as a manifest": (
        "kubernetes_manifest",
        manifest("ClusterRole", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]),
        manifest("ClusterRole", rules=[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]),
        ["+ holders of m: * */* @ the whole cluster"],
    ),
    "another kind of manifest": ("kubernetes_manifest", None, manifest("Deployment"), []),
    "a role as YAML": (
        "kubectl_manifest",
        None,
        {
            "yaml_body": "kind: Role\nmetadata: {name: r, namespace: n}\nrules:\n- {apiGroups: [''], resources: [pods], verbs: [get]}"
        },
        ["+ holders of r: get core/pods @ namespace n"],
    ),
    "the map of EKS": (
        "kubernetes_config_map",
        aws_auth(NODES),
        aws_auth(NODES, ADMINS),
        ["+ arn:ops: Kubernetes group system:masters as ops @ the whole cluster"],
    ),
    "another map": ("kubernetes_config_map", None, {"metadata": [{"name": "m"}], "data": {"mapRoles": ADMINS}}, []),
    "a cloud identity of a service account": (
        "kubernetes_service_account",
        {"metadata": [{"name": "t", "namespace": "ml", "annotations": {}}]},
        {"metadata": [{"name": "t", "namespace": "ml", "annotations": {"iam.gke.io/gcp-service-account": "a@x.iam"}}]},
        ["+ ServiceAccount ml/t: acts as a@x.iam @ the cluster"],
    ),
    "a collaborator": (
        "github_repository_collaborator",
        {"repository": "r", "username": "ann", "permission": "pull"},
        {"repository": "r", "username": "ann", "permission": "admin"},
        ["+ ann: admin @ repository r", "- ann: pull @ repository r"],
    ),
    "a repository goes public": (
        "github_repository",
        {"name": "r", "visibility": "private"},
        {"name": "r", "visibility": "public"},
        ["+ everybody on the internet: public @ repository r"],
    ),
    "a deploy key that reads": (
        "github_repository_deploy_key",
        None,
        {"repository": "r", "title": "ci", "read_only": True},
        [],
    ),
    "a deploy key that writes": (
        "github_repository_deploy_key",
        None,
        {"repository": "r", "title": "ci", "read_only": False},
        ["+ deploy key ci: writes @ repository r"],
    ),
    "a vault policy": (
        "vault_policy",
        {"name": "p", "policy": 'path "secret/a" { capabilities = ["read"] }'},
        {"name": "p", "policy": '# wider\npath "secret/*" { capabilities = ["read", "list"] }'},
        ["+ holders of policy p: list @ secret/*", "+ holders of policy p: read @ secret/*"],
    ),
    "a vault policy as JSON": (
        "vault_policy",
        {"name": "p", "policy": 'path "secret/a" { capabilities = ["read"] }'},
        {"name": "p", "policy": json.dumps({"path": {"secret/a": {"capabilities": ["read"]}}})},
        [],
    ),
    "a denial of vault goes": (
        "vault_policy",
        {"name": "p", "policy": 'path "a" { capabilities = ["read"] }\npath "b" { capabilities = ["deny"] }'},
        {"name": "p", "policy": 'path "a" { capabilities = ["read"] }'},
        ["+ !holders of policy p: * @ b"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_gained_and_lost(case: str) -> None:
    type_, before, after, expected = CASES[case]
    assert moved(type_, before, after) == expected


@pytest.mark.parametrize(
    ("role", "scope", "more", "severity"),
    [
        ("Owner", "/subscriptions/1", {}, "critical"),
        ("Owner", GROUP, {}, "critical"),
        ("User Access Administrator", "/subscriptions/1", {}, "critical"),
        ("Owner", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/s", {}, "high"),
        ("Owner", "/subscriptions/1", {"condition": "@Request[x]"}, "high"),
        ("Reader", "/subscriptions/1", {}, "low"),
    ],
)
def test_roles_of_azure(role: str, scope: str, more: dict[str, Any], severity: str) -> None:
    assert severities(access(change("azurerm_role_assignment", None, assigned(role, scope, **more)))) == [severity]


def test_a_role_of_azure_by_its_number() -> None:
    granted = {"principal_id": "p", "role_definition_id": OWNER_ID, "scope": "/subscriptions/1"}
    assert severities(access(change("azurerm_role_assignment", None, granted))) == ["critical"]


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (rule(["*"], ["*"], ["*"]), "critical"),
        (rule(["escalate"], ["clusterroles"], ["rbac.authorization.k8s.io"]), "critical"),
        (rule(["impersonate"], ["users"]), "critical"),
        (rule(["get"], ["secrets"]), "high"),
        (rule(["*"], ["secrets"]), "high"),
        (rule(["get"], ["*"]), "high"),
        (rule(["create"], ["pods/exec"]), "high"),
        (rule(["get"], ["pods"]), "low"),
    ],
)
def test_rules_of_kubernetes(made: Any, severity: str) -> None:
    assert severities(access(change("kubernetes_cluster_role", None, cluster_role(made)))) == [severity]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ('path "*" { capabilities = ["read"] }', "high"),
        ('path "sys/policies/acl/x" { capabilities = ["update"] }', "critical"),
        ('path "secret/app" { capabilities = ["sudo"] }', "critical"),
        ('path "secret/app" { capabilities = ["read"] }', "low"),
    ],
)
def test_paths_of_vault(text: str, severity: str) -> None:
    assert severities(access(change("vault_policy", None, {"name": "p", "policy": text}))) == [severity]


@pytest.mark.parametrize("text", ['path "a" {', "hello", 'path "a" { }', '{"path": 5}', '{"path": {"a": {}}}'])
def test_a_vault_policy_that_cannot_be_read_is_a_finding(text: str) -> None:
    found = access(change("vault_policy", None, {"name": "p", "policy": text}))
    assert (lines(found), remarks(found)) == ([], ["iam/unreadable"])


def test_a_guardrail_that_goes_is_loud_and_one_that_comes_is_not() -> None:
    protection = {"pattern": "main", "enforce_admins": True}
    assert remarks(access(change("github_branch_protection", protection, None))) == ["iam/settings"]
    assert remarks(access(change("github_branch_protection", None, protection))) == []
    weaker = {**protection, "enforce_admins": False}
    assert remarks(access(change("github_branch_protection", protection, weaker))) == ["iam/settings"]


def test_a_type_nobody_knows_shows_by_the_policy_in_it() -> None:
    text = json.dumps({"Statement": {"Effect": "Allow", "Action": "x:*", "Resource": "*", "Principal": "*"}})
    found = access(change("aws_brand_new_thing", None, {"policy": text}))
    assert lines(found) == ["+ *: x:* @ *"]
    assert severities(found) == ["critical"]


ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: x}\n"
UNREAD_OBJECT = "The object kubectl_manifest.x cannot be read: it may be a role or a binding."


@pytest.mark.parametrize(
    "rules",
    [
        "rules: [{verbs: [!!timestamp x]}]",
        "rules: !!bool x",
        'rules: [{verbs: ["\\UFFFFFFFF"]}]',
        'rules: [{verbs: ["*"], resources: ["\\ud800"]}]',
        f"rules: [{{verbs: [0x{'f' * 6000}]}}]",
        f"rules: [{{verbs: [{'1:' * 100_000}1]}}]",
        "x: &verbs ['*']\nrules: [{verbs: *verbs}]",
        "rules: [",
    ],
)
def test_a_manifest_that_cannot_be_read_is_a_finding(rules: str) -> None:
    """It ended in a traceback, or said nothing."""
    made = run(plan(row("kubectl_manifest.x", ["create"], None, {"yaml_body": ROLE + rules})))
    assert [one.because for one in made.facts.findings if one.id == "iam/unreadable"] == [UNREAD_OBJECT]


@pytest.mark.parametrize("rules", [5, True, "text", {"verbs": ["*"]}, [5], [{"verbs": 5}]])
def test_rules_of_a_manifest_that_are_no_list_get_a_verdict(rules: object) -> None:
    values = {"manifest": {"kind": "Role", "metadata": {"name": "m"}, "rules": rules}}
    made = run(plan(row("kubernetes_manifest.x", ["create"], None, values)))
    assert made.report.state.word in ("pass", "attention")
