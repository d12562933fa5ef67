"""Plan documents for tests, written as Terraform 1.11 writes them, and the way through the pipeline."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from bot.catalog import Catalog, decode_catalog
from bot.changes import Change, ChangeSet, list_changes
from bot.config import Config, SecretsConfig
from bot.edge.files import read_catalog, read_templates
from bot.environment import EnvironmentName
from bot.plan import decode_plan
from bot.pull_request import PullRequest
from bot.report import Origin
from bot.review import Review, Settings, build_stacks, review

AWS = "registry.terraform.io/hashicorp/aws"
CATALOG: Catalog = decode_catalog(read_catalog())
TEMPLATES = read_templates()
SETTINGS = Settings(  # as PROD, without a pull request
    config=Config(),
    catalog=CATALOG,
    templates=TEMPLATES,
    environment="prod",
    pull_request=None,
    origin=Origin(version="0.0.0"),
)


def row(
    address: str,
    actions: Sequence[str],
    before: Any = None,
    after: Any = None,
    *,
    unknown: Any = None,
    before_sensitive: Any = None,
    after_sensitive: Any = None,
    change: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One row of ``resource_changes``; ``change`` and ``more`` add keys.  Masks are as Terraform writes them."""
    type_, _, name = address.split("[", 1)[0].partition(".")
    return {
        "address": address,
        "mode": "managed",
        "type": type_,
        "name": name,
        "provider_name": AWS,
        "change": {
            "actions": list(actions),
            "before": before,
            "after": after,
            "after_unknown": {} if unknown is None else unknown,
            "before_sensitive": (False if before is None else {}) if before_sensitive is None else before_sensitive,
            "after_sensitive": (False if after is None else {}) if after_sensitive is None else after_sensitive,
            **(change or {}),
        },
        **more,
    }


def plan(*rows: Mapping[str, Any], **more: Any) -> bytes:
    """A whole plan document of format 1.2; ``more`` adds or replaces top-level keys."""
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": list(rows),
        "configuration": {"root_module": {}},
        "timestamp": "2026-11-24T11:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
        **more,
    }
    return json.dumps(document).encode()


def changes(*rows: Mapping[str, Any], **more: Any) -> ChangeSet:
    return list_changes(decode_plan(plan(*rows, **more)), SecretsConfig())


def only_change(*rows: Mapping[str, Any], **more: Any) -> Change:
    listed = changes(*rows, **more).changes
    assert len(listed) == 1
    return listed[0]


def run(
    *documents: bytes,
    environment: EnvironmentName = "prod",
    pull_request: PullRequest | None = None,
    config: Config | None = None,
) -> Review:
    """The whole pipeline, as ``plan-review review`` runs it; stacks are named default, two, three …"""
    names = ("default", "two", "three", "four")
    config = config or Config()
    stacks = [
        stack
        for name, document in zip(names, documents, strict=False)
        for stack in build_stacks(name, document, config.secrets)
    ]
    return review(stacks, structs.replace(SETTINGS, config=config, environment=environment, pull_request=pull_request))
