"""Names, labels and branches: nothing is checked until the settings say so, and only what is new is looked at."""

from typing import Any

import pytest

from bot.classify import naming
from bot.config import Config, NameRule, NamingConfig, decode_config
from bot.environment import EnvironmentName
from bot.errors import BadConfig
from bot.pull_request import PullRequest
from bot.review import build_stacks
from tests.support.plans import plan, row

BRANCH = "dev/(?:[A-Z][A-Z0-9]+-[0-9]+-)?[a-z0-9]+(?:-[a-z0-9]+)*"


def titles(
    rules: NamingConfig, *rows: Any, environment: EnvironmentName = "prod", branch: str = "dev/add-logging"
) -> list[str]:
    stacks = list(build_stacks("default", plan(*rows), Config().secrets))
    return [finding.title for finding in naming.find(stacks, rules, environment, PullRequest(source_branch=branch))]


def bucket(name: str, **more: Any) -> dict[str, Any]:
    return row("google_storage_bucket.b", ["create"], None, {"name": name, **more})


RULE = NamingConfig(names=(NameRule(match="google_storage_*", pattern="^acme-{environment}-"),))


def test_without_rules_nothing_is_said() -> None:
    assert titles(NamingConfig(), bucket("Odd_NAME"), branch="whatever") == []


def test_a_pattern_for_each_environment() -> None:
    assert titles(RULE, bucket("acme-prod-models")) == []
    assert titles(RULE, bucket("acme-stage-models")) == ["the name acme-stage-models does not fit ^acme-prod-"]
    assert titles(RULE, bucket("acme-stage-models"), environment="stage") == []


def test_only_where_the_rule_counts() -> None:
    rules = NamingConfig(names=(NameRule(match="*", pattern="^x", environments=("dev",)),))
    assert titles(rules, bucket("models")) == []
    assert titles(rules, bucket("models"), environment="dev") == ["the name models does not fit ^x"]


@pytest.mark.parametrize(
    ("actions", "before", "count"),
    [
        (["update"], {"name": "old"}, 0),
        (["delete", "create"], {"name": "models"}, 0),
        (["delete", "create"], {"name": "other"}, 1),
        (["create"], None, 1),
    ],
)
def test_an_old_name_is_left_alone(actions: list[str], before: Any, count: int) -> None:
    changed = row("google_storage_bucket.b", actions, before, {"name": "models", "labels": {"a": "b"}})
    assert len(titles(RULE, changed)) == count


def test_a_name_nobody_knows_yet_is_left_alone() -> None:
    unknown = row("google_storage_bucket.b", ["create"], None, {}, unknown={"name": True})
    prefixed = bucket("terraform-2026", name_prefix="terraform-")
    assert titles(RULE, unknown) == []
    assert titles(RULE, prefixed) == []


def test_forbidden_words() -> None:
    rules = NamingConfig(names=(NameRule(match="*", forbidden=("test", "tmp")),))
    assert titles(rules, bucket("my-TMP-bucket")) == ["the name my-TMP-bucket holds tmp"]


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"labels": {"owner": "ml"}}, ["lacks the labels env"]),
        ({"labels": {}, "terraform_labels": {"owner": "ml", "env": "prod"}}, []),
        ({"tags": {"owner": "ml"}, "tags_all": {"owner": "ml", "env": "prod"}}, []),
        ({"tags": None, "tags_all": {"Env": "prod", "owner": "x"}}, ["lacks the labels env"]),
        ({"labels": None}, ["lacks the labels owner, env"]),
        ({"tags": ["network-tag"]}, []),
        ({}, []),
    ],
)
def test_labels_as_the_cloud_will_see_them(values: Any, missing: list[str]) -> None:
    rules = NamingConfig(names=(NameRule(match="*", labels=("owner", "env")),))
    assert titles(rules, bucket("models", **values)) == missing


def test_a_word_of_another_environment() -> None:
    rules = NamingConfig(environment_words={"stage": ("stage", "stg"), "prod": ("prod",)})
    assert titles(rules, bucket("acme-stg-models")) == ["the name acme-stg-models belongs to STAGE"]
    assert titles(rules, bucket("acme-prod-backstage")) == []


@pytest.mark.parametrize("branch", ["dev/add-logging", "dev/JIRA-123-update-vpc", "main", "renovate/all", ""])
def test_branches_that_fit(branch: str) -> None:
    assert titles(NamingConfig(branch=BRANCH), branch=branch) == []


@pytest.mark.parametrize("branch", ["dev/", "dev/Add_logging", "feature/x", "dev/add--logging"])
def test_branches_that_do_not_fit(branch: str) -> None:
    assert len(titles(NamingConfig(branch=BRANCH), branch=branch)) == 1


DEEP = f"{{branch: '{'(' * 5_000}{')' * 5_000}'}}"


@pytest.mark.parametrize(
    "text", ["{branch: '('}", "{names: [{match: '*', pattern: '['}]}", "{branch: 'a{99999999999}'}", DEEP]
)
def test_a_bad_pattern_says_so(text: str) -> None:
    with pytest.raises(BadConfig, match="is no regular expression"):
        decode_config(f"rules: {{naming: {text}}}".encode(), "plan-review.yml")
