"""What GitHub is set to, read for the doctor: whatever the token may not read comes back as unknown."""

from typing import Any
from urllib.parse import quote

from bot.doctor_github import Branch, Hosted, Person, PrivateForks
from bot.edge.setup import SettingsHub, connect_settings, gate_path, read_rules
from bot.init import Gate, Setup

Json = dict[str, Any]
MOST_PAGES = 10


def read_hosted(setup: Setup, repository: str, token: str, api_url: str = "https://api.github.com") -> Hosted:
    """Raises CannotReach where GitHub does not answer at all, or the repository is not there."""
    with connect_settings(repository, token, api_url) as hub:
        about: Json = hub.send("GET", "")
        public = about.get("visibility", "private" if about.get("private") else "public") == "public"
        return Hosted(
            branches=tuple(_read_branch(hub, gate) for gate in setup.gates),
            environments={home.name: read_rules(hub, home.name) for home in setup.homes if home.branch},
            homes={home.name: home.branch for home in setup.homes if home.branch and home.name != "dev"},
            default_branch=about.get("default_branch"),
            public=public,
            deletes_heads=about.get("delete_branch_on_merge"),
            fork_approval=_read_word(hub, "/actions/permissions/fork-pr-contributor-approval", "approval_policy"),
            private_forks=None if public else _read_private_forks(hub),
            may_approve=_read_word(hub, "/actions/permissions/workflow", "can_approve_pull_request_reviews"),
            labels=_read_labels(hub),
            people=_read_people(hub),
        )


def _read_branch(hub: SettingsHub, gate: Gate) -> Branch:
    """Rulesets are open to every reader; classic protection to administrators, its required statuses to readers."""
    path = f"/branches/{quote(gate.branch, safe='')}"
    _, rules = hub.ask(f"/rules{path}?per_page=100")
    known = isinstance(rules, list)
    contexts, approvals = _of_rules(rules if isinstance(rules, list) else [])
    classic_status, classic = hub.ask(gate_path(gate.branch))
    if isinstance(classic, dict):
        contexts += _names(classic.get("required_status_checks"))
        reviews = classic.get("required_pull_request_reviews") or {}
        approvals = max(approvals, int(reviews.get("required_approving_review_count") or 0))
    elif classic_status != 404:
        known = False
        _, plain = hub.ask(path)
        if isinstance(plain, dict):
            contexts += _names((plain.get("protection") or {}).get("required_status_checks"))
    return Branch(name=gate.branch, context=gate.context, contexts=tuple(contexts), approvals=approvals, seen=known)


def _of_rules(rules: list[Json]) -> tuple[list[str], int]:
    contexts: list[str] = []
    approvals = 0
    for rule in rules:
        given = rule.get("parameters") or {}
        if rule.get("type") == "required_status_checks":
            contexts += [str(check.get("context")) for check in given.get("required_status_checks") or ()]
        if rule.get("type") == "pull_request":
            approvals = max(approvals, int(given.get("required_approving_review_count") or 0))
    return contexts, approvals


def _names(checks: Json | None) -> list[str]:
    return [str(name) for name in (checks or {}).get("contexts") or ()]


def _read_word(hub: SettingsHub, path: str, name: str) -> Any:
    _, found = hub.ask(path)
    return found.get(name) if isinstance(found, dict) else None


def _read_private_forks(hub: SettingsHub) -> PrivateForks | None:
    _, found = hub.ask("/actions/permissions/fork-pr-workflows-private-repos")
    if not isinstance(found, dict):
        return None
    return PrivateForks(
        run=bool(found.get("run_workflows_from_fork_pull_requests")),
        write=bool(found.get("send_write_tokens_to_workflows")),
        secrets=bool(found.get("send_secrets_and_variables")),
    )


def _read_labels(hub: SettingsHub) -> frozenset[str] | None:
    rows = _read_pages(hub, "/labels")
    return None if rows is None else frozenset(str(row.get("name")).casefold() for row in rows)


def _read_people(hub: SettingsHub) -> tuple[Person, ...] | None:
    rows = _read_pages(hub, "/collaborators")
    if rows is None:
        return None
    return tuple(
        Person(str(row.get("login")), bool(may.get("triage")), bool(may.get("push")))
        for row in rows
        if (may := row.get("permissions") or {}) and row.get("type") != "Bot"
    )


def _read_pages(hub: SettingsHub, path: str) -> list[Json] | None:
    """All rows, None where they may not be read or are more than anybody has."""
    rows: list[Json] = []
    for page in range(1, MOST_PAGES + 1):
        _, found = hub.ask(f"{path}?per_page=100&page={page}")
        if not isinstance(found, list):
            return None
        rows += found
        if len(found) < 100:
            return rows
    return None
