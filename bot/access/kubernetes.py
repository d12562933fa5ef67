"""Kubernetes objects that come as they are: manifests of any kind, and the aws-auth map of EKS."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from bot.access.reading import Reading
from bot.access.side import Side
from bot.catalog.iam import AccessRow
from bot.errors import BadConfig
from bot.grant import Grant
from bot.mask import HIDDEN, UNKNOWN
from bot.pattern import only
from bot.strict_yaml import decode_yaml

# Kinds that are about access, and the resource type whose rows read them.
TYPES = {
    "Role": "kubernetes_role_v1",
    "ClusterRole": "kubernetes_cluster_role_v1",
    "RoleBinding": "kubernetes_role_binding_v1",
    "ClusterRoleBinding": "kubernetes_cluster_role_binding_v1",
    "ServiceAccount": "kubernetes_service_account_v1",
}
ReadType = Callable[[Side, str], Reading]


def read_manifest(side: Side, row: AccessRow, read_type: ReadType) -> Reading:
    """An object of one of TYPES is read as the resource type that makes the same object."""
    if side.values.get("kind") not in (None, UNKNOWN, HIDDEN, *TYPES):
        return Reading()  # kubectl_manifest says the kind beside a text it may hide
    for name in row.documents:
        manifest = side.values.get(name)
        if manifest in (UNKNOWN, HIDDEN):
            told = "known only after apply" if manifest == UNKNOWN else "hidden as sensitive"
            return Reading(unknown=(f"The object {side.change.address} is {told}: it may be a role or a binding.",))
        if isinstance(manifest, str) and manifest:
            manifest = _yaml(manifest)
            if not isinstance(manifest, dict):
                told = f"The object {side.change.address} cannot be read: it may be a role or a binding."
                return Reading(problems=(told,))
        if isinstance(manifest, dict):
            type_ = TYPES.get(str(manifest.get("kind")))
            values = _as_provider_writes(manifest)
            inner = Side(structs.replace(side.change, references=None), values, side.after, side.data, side.spelling)
            return read_type(inner, type_) if type_ else Reading()
    return Reading()


def _yaml(text: str) -> Any:
    try:
        return decode_yaml(text.encode(), "manifest", "")
    except BadConfig:
        return None


def _as_provider_writes(manifest: Mapping[str, Any]) -> dict[str, Any]:
    rules = manifest.get("rules")
    rules = rules if isinstance(rules, list) else []
    names = {
        "apiGroups": "api_groups",
        "resources": "resources",
        "verbs": "verbs",
        "resourceNames": "resource_names",
        "nonResourceURLs": "non_resource_urls",
    }
    return {
        "metadata": [manifest.get("metadata")],
        "subject": manifest.get("subjects"),
        "role_ref": [manifest.get("roleRef")],
        "aggregation_rule": manifest.get("aggregationRule"),
        "rule": [{new: rule.get(old) for old, new in names.items()} for rule in rules if isinstance(rule, dict)],
    }


def read_aws_auth(side: Side, row: AccessRow) -> Reading:
    """``mapRoles`` and ``mapUsers`` of the ConfigMap kube-system/aws-auth: lists of {rolearn, username, groups}."""
    metadata = side.values.get("metadata")
    first = metadata[0] if isinstance(metadata, list) and metadata and isinstance(metadata[0], dict) else {}
    data = side.values.get("data")
    if first.get("name") != "aws-auth":
        return Reading()
    if not isinstance(data, dict):
        return Reading(unknown=("The aws-auth map is not known: it says who enters the cluster.",) if data else ())
    grants: list[Grant] = []
    problems = []
    for key, arn in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        entries = _yaml(data[key]) if isinstance(data.get(key), str) else []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            problems.append(f"{key} of aws-auth cannot be read.")
            continue
        for entry in entries:
            groups = entry.get("groups") or ["(no group)"]
            for group in groups if isinstance(groups, list) else [groups]:
                role = f"Kubernetes group {group} as {entry.get('username')}"
                grants.append(
                    Grant(principal=only(str(entry.get(arn))), role=only(role), resource=only(row.resource[0]))
                )
    return Reading(tuple(grants), problems=tuple(problems))
