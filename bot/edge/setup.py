"""`init --apply`: settings of GitHub through PyGithub.  It adds what is missing and never loosens what is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from github import Auth, Github, GithubException
from requests import RequestException

from bot.edge.progress import tell
from bot.errors import CannotReach
from bot.init import Gate, Home, Setup

ADVICE = "The token needs the right to administer the repository: Administration and Environments, read and write."
_BY_HAND = "is there already and differs: set it by hand"


def apply_setup(setup: Setup, repository: str, token: str, api_url: str = "https://api.github.com") -> list[str]:
    """One line per setting: made, there already, or to be set by hand.  A second run changes nothing.

    Raises CannotReach.
    """
    with connect_settings(repository, token, api_url) as hub:
        return [_make_gate(hub, gate) for gate in setup.gates] + [_make_home(hub, home) for home in setup.homes]


@contextmanager
def connect_settings(repository: str, token: str, api_url: str) -> Iterator["SettingsHub"]:
    with Github(auth=Auth.Token(token), base_url=api_url, retry=None, timeout=15) as client:
        try:
            yield SettingsHub(client, f"/repos/{repository}")
        except GithubException as error:
            raise CannotReach(f"GitHub refused with status {error.status}.", ADVICE) from None
        except RequestException:
            raise CannotReach("GitHub does not answer.", "Look at the network and try again.") from None


class SettingsHub:
    """Requests below one repository; for the doctor as well, see edge/settings.py."""

    def __init__(self, client: Github, root: str) -> None:
        self._requester, self._root = client.requester, root

    def send(self, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
        tell(f"GitHub: {'read' if verb == 'GET' else 'set'} {path.partition('?')[0] or 'the repository'}")
        return self._requester.requestJsonAndCheck(verb, self._root + path, input=body)[1]

    def ask(self, path: str) -> tuple[int, Any]:
        """Status and answer; the answer is None where GitHub refuses it or has none."""
        try:
            return 200, self.send("GET", path)
        except GithubException as error:
            return error.status, None

    def find(self, path: str) -> Any:
        """None where there is none."""
        try:
            return self.send("GET", path)
        except GithubException as error:
            if error.status != 404:
                raise
            return None


def _make_gate(hub: SettingsHub, gate: Gate) -> str:
    path, say = gate_path(gate.branch), f"branch {gate.branch}: "
    found = hub.find(path)
    if found is None:
        hub.send("PUT", path, _protection(gate))
        return say + f"protected, {gate.context} is required"
    checks = found.get("required_status_checks")
    if not checks:
        return f"{say}its protection {_BY_HAND} (require {gate.context})"
    if gate.context.casefold() in {str(name).casefold() for name in checks.get("contexts", ())}:
        return say + f"{gate.context} is required already"
    hub.send("POST", f"{path}/required_status_checks/contexts", {"contexts": [gate.context]})
    return say + f"{gate.context} is required now, the rest is as it was"


def _protection(gate: Gate) -> dict[str, Any]:
    return {
        "required_status_checks": {"strict": True, "contexts": [gate.context]},
        "enforce_admins": True,
        "required_pull_request_reviews": {"required_approving_review_count": 1, "dismiss_stale_reviews": True},
        "restrictions": None,
        "allow_force_pushes": False,
        "allow_deletions": False,
    }


def _make_home(hub: SettingsHub, home: Home) -> str:
    path, say = _home_path(home.name), f"environment {home.name}: "
    policy = {"protected_branches": False, "custom_branch_policies": True} if home.branch else None
    found = hub.find(path)
    if found is None:
        hub.send("PUT", path, {"deployment_branch_policy": policy, "prevent_self_review": home.reviewed})
    elif home.branch and not (found.get("deployment_branch_policy") or {}).get("custom_branch_policies"):
        return f"{say}its branch rule {_BY_HAND} ({home.branch} only)"
    if home.branch and home.branch not in (read_rules(hub, home.name) or ()):
        hub.send("POST", f"{path}/deployment-branch-policies", {"name": home.branch})
        return say + f"{home.branch} may use it" + (", add a reviewer by hand" if home.reviewed else "")
    return say + ("made" if found is None else "is there already")


def read_rules(hub: SettingsHub, name: str) -> list[str] | None:
    """Branch rules of an environment, empty for none; None where the token may not read them."""
    status, found = hub.ask(f"{_home_path(name)}/deployment-branch-policies?per_page=100")
    if isinstance(found, dict):
        return [str(rule.get("name")) for rule in found.get("branch_policies") or ()]
    return [] if status == 404 else None


def gate_path(branch: str) -> str:
    return f"/branches/{quote(branch, safe='')}/protection"


def _home_path(name: str) -> str:
    return f"/environments/{quote(name, safe='')}"
