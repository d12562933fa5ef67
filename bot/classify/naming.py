"""Names, labels and branches against the rules of the settings.  Without rules nothing is said.

Only what this plan creates, imports or renames is looked at: whoever keeps an old name keeps it, because renaming
mostly means making the object again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.address import match_glob
from bot.changes import Change
from bot.config import NameRule, NamingConfig
from bot.environment import EnvironmentName
from bot.findings import Finding
from bot.mask import HIDDEN, UNKNOWN
from bot.pull_request import PullRequest
from bot.record import Stack

# The attributes that hold what the cloud calls an object; the first that stands in the values counts.
NAMES = (
    "name bucket account_id dataset_id table_id repository_id secret_id cluster_identifier identifier function_name "
    "role_id topic display_name".split()
)
# Labels and tags as the cloud will see them, provider defaults included, then as the configuration says.
LABELS = ("tags_all", "terraform_labels", "effective_labels", "labels", "tags", "resource_labels", "user_labels")
SOURCE = "the settings of this repository"


def find(
    stacks: Sequence[Stack], rules: NamingConfig, environment: EnvironmentName, pull_request: PullRequest | None
) -> tuple[Finding, ...]:
    """Findings of this concern; all are info."""
    found = [
        finding
        for stack in stacks
        for change in stack.plan.changes
        if is_named_now(change)
        for finding in _of_change(stack.name, change, rules, environment)
    ]
    return (*found, *_branch(rules, pull_request))


def is_named_now(change: Change) -> bool:
    """Does this plan give the object its name?"""
    if change.mode != "managed":
        return False
    created = change.kind in ("create", "import") or "imported" in change.badges
    return created or (change.kind == "replace" and _name(change.before) != _name(change.after))


def _of_change(stack: str, change: Change, rules: NamingConfig, environment: EnvironmentName) -> Iterator[Finding]:
    name = _name(change.after)
    for rule in rules.names:
        applies = not rule.environments or environment in rule.environments
        if applies and match_glob(rule.match, change.address if "." in rule.match else change.type):
            yield from _check(stack, change, rule, name, environment)
    for other, words in rules.environment_words.items():
        if other != environment and name is not None:
            yield from _foreign_word(stack, change, name, other, words)


def _check(
    stack: str, change: Change, rule: NameRule, name: str | None, environment: EnvironmentName
) -> Iterator[Finding]:
    pattern = rule.pattern.replace("{environment}", environment)
    if pattern and name is not None and not re.search(pattern, name):
        yield _finding(stack, change, "pattern", f"the name {name} does not fit {pattern}", rule.because)
    for word in rule.forbidden:
        if name is not None and word.lower() in name.lower():
            yield _finding(stack, change, "forbidden", f"the name {name} holds {word}", rule.because)
    labels = _labels(change.after)
    missing = [key for key in rule.labels if labels is not None and key not in labels]
    if missing:
        yield _finding(stack, change, "labels", f"lacks the labels {', '.join(missing)}", rule.because)


def _foreign_word(
    stack: str, change: Change, name: str, other: EnvironmentName, words: Sequence[str]
) -> Iterator[Finding]:
    parts = re.split(r"[^a-z0-9]+", name.lower())
    for word in words:
        if word.lower() in parts:
            because = f"{word} is a word of {other.upper()}: was this made for another environment?"
            yield _finding(stack, change, "environment", f"the name {name} belongs to {other.upper()}", because)


def _branch(rules: NamingConfig, pull_request: PullRequest | None) -> Iterator[Finding]:
    branch = pull_request.source_branch if pull_request is not None else ""
    exempt = any(match_glob(glob, branch) for glob in rules.branch_exempt)
    if branch and rules.branch and not exempt and not re.fullmatch(rules.branch, branch):
        yield Finding(
            id="naming/branch",
            concern="naming",
            severity="info",
            stack="",
            address="",
            title=f"the branch {branch[:100]} does not fit {rules.branch}",
            because="Branch names tell what a change is and where it goes.",
            source=SOURCE,
        )


def _name(values: Any) -> str | None:
    """What the cloud calls it; None where nobody knows yet, or where a name is generated."""
    known: Mapping[str, Any] = values if isinstance(values, dict) else {}
    if known.get("name_prefix") or known.get("bucket_prefix"):
        return None
    metadata = known.get("metadata")
    inner = metadata[0] if isinstance(metadata, list) and metadata and isinstance(metadata[0], dict) else {}
    for key in NAMES:
        value = known.get(key, inner.get(key))
        if isinstance(value, str) and value:
            return None if UNKNOWN in value or HIDDEN in value else value
    return None


def _labels(values: Any) -> Mapping[str, Any] | None:
    """The labels of an object, None where its type has none or where they are not known."""
    known: Mapping[str, Any] = values if isinstance(values, dict) else {}
    kinds = [key for key in LABELS if key in known]
    if not kinds or known[kinds[0]] in (UNKNOWN, HIDDEN):
        return None
    merged: dict[str, Any] = {}
    for key in kinds:
        merged |= known[key] if isinstance(known[key], dict) else {}
    return merged if not isinstance(known[kinds[0]], list) else None


def _finding(stack: str, change: Change, slug: str, title: str, because: str) -> Finding:
    return Finding(
        id=f"naming/{slug}",
        concern="naming",
        severity="info",
        stack=stack,
        address=change.address,
        title=title,
        because=because or "The settings ask for it.",
        source=SOURCE,
    )
