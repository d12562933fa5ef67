"""The words and signs a reader sees, one place for all renderings."""

from bot.kind import Kind
from bot.state import State

STATE_ICONS = {State.PASS: "✅", State.ATTENTION: "⚠️", State.HOLD: "⛔", State.ERROR: "⛔"}
KIND_ICONS: dict[Kind, str] = {
    "create": "✨",
    "update": "📝",
    "replace": "♻️",
    "delete": "🗑️",
    "forget": "👋",
    "move": "➡️",
    "import": "📥",
    "read": "🔎",
    "no_op": "·",
    "unknown": "❓",
}
KIND_WORDS: dict[Kind, str] = {"delete": "destroy", "unknown": "do something unknown"}  # what the summary line says
BADGES = {
    "moved": "",  # said with the address it comes from
    "imported": "",
    "deposed": "leftover of an earlier replacement",
    "forgets-old": "the old object is left behind, unmanaged",
    "create-before-destroy": "new one first",
    "recreated": "was deleted outside Terraform, is made again",
    "sensitivity-only": "only its sensitivity changes",
}
LOST = {
    "data": "data",
    "identity": "identity",
    "outage": "outage",
    "none": "can be made again",
    "unknown": "unknown type",
}

# Source: the action_reason values of hashicorp/terraform internal/command/jsonplan and opentofu/opentofu.
_WHY = {
    "replace_because_cannot_update": "cannot be changed in place",
    "replace_because_tainted": "is marked as tainted",
    "replace_by_request": "was asked for with -replace",
    "replace_by_triggers": "replace_triggered_by fired",
    "delete_because_no_resource_config": "not in the configuration",
    "delete_because_wrong_repetition": "count or for_each was added or taken away",
    "delete_because_count_index": "its index is beyond count",
    "delete_because_each_key": "its key left for_each",
    "delete_because_no_module": "its module instance is gone",
    "delete_because_no_move_target": "was moved to an address that does not exist",
    "delete_because_enabled_false": "is switched off (enabled = false)",
}


def explain_reason(reason: str | None, *, deposed: bool) -> str:
    """Terraform's own reason in words; "" where it gives none or one that is not known."""
    return BADGES["deposed"] if deposed else _WHY.get(reason or "", "")


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_BRANDS = {
    "bigquery": "BigQuery",
    "bigtable": "Bigtable",
    "cloudfront": "CloudFront",
    "cloudwatch": "CloudWatch",
    "dynamodb": "DynamoDB",
    "mssql": "SQL Server",
    "mysql": "MySQL",
    "postgresql": "PostgreSQL",
    "pubsub": "Pub/Sub",
    "route53": "Route 53",
    "sagemaker": "SageMaker",
}
_ABBREVIATIONS = frozenset(
    "api acl acm alb dns ebs ec2 ecr ecs efs eip eks iam ip kms lb nat rds s3 sns sql sqs ssm vm vpc vpn waf".split()
)


def call_type(type_: str) -> str:
    """``aws_s3_bucket`` as people say it: ``S3 bucket``; a helper of Terraform itself keeps its name."""
    if type_ in ("terraform_data", "null_resource"):
        return type_
    words = type_.split("_")[1:] or [type_]
    return " ".join(word.upper() if word in _ABBREVIATIONS else _BRANDS.get(word, word) for word in words)
