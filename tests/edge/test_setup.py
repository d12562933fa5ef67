"""`init --apply` against a server that keeps what GitHub would keep."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bot.doctor_github import Branch, Hosted, Person, PrivateForks
from bot.edge.files import write_text
from bot.edge.settings import read_hosted
from bot.edge.setup import apply_setup
from bot.errors import BadUsage, CannotReach
from bot.init import Gate, Home, Setup
from bot.kit_commands import Access, InitOptions, run_apply, run_doctor, run_init

SETUP = Setup(
    gates=(Gate(branch="main", context="plan-review/prod"),),
    homes=(Home(name="prod", branch="main", reviewed=True), Home(name="prod-plan")),
    variables=(),
)
GATE = "/repos/acme/infra/branches/main/protection"
HOME = "/repos/acme/infra/environments/prod"
RULES = f"{HOME}/deployment-branch-policies"
PLAN = "/repos/acme/infra/environments/prod-plan"
PROTECTION = {
    "required_status_checks": {"strict": True, "contexts": ["plan-review/prod"]},
    "enforce_admins": True,
    "required_pull_request_reviews": {"required_approving_review_count": 1, "dismiss_stale_reviews": True},
    "restrictions": None,
    "allow_force_pushes": False,
    "allow_deletions": False,
}


def kept(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What GitHub says of the rules of a branch it was given: a switch is an object, no restriction is not there."""
    if "/environments/" in path:  # its reviewers come back as rules of another shape
        return {name: value for name, value in body.items() if name == "deployment_branch_policy"}
    switches = {name: {"enabled": value} for name, value in body.items() if isinstance(value, bool)}
    admins = {"enforce_admins": {"url": "https://example.com/", "enabled": body["enforce_admins"]}}
    return {name: value for name, value in body.items() if value is not None} | switches | admins


class Hub:
    """``store``: path -> JSON.  A POST adds to what the path's list holds, as GitHub's two do."""

    def __init__(self, store: dict[str, Any], status: int, denied: tuple[str, ...]) -> None:
        self.denied = denied
        self.store, self.status, self.writes = store, status, list[tuple[str, str, Any]]()

    def answer(self, verb: str, path: str, body: Any) -> tuple[int, Any]:
        path = path.split("?")[0]
        if any(part in path for part in self.denied):
            return 403, {"message": "Resource not accessible by integration"}
        if self.status:
            return self.status, {"message": "Must have admin rights to Repository."}
        if verb == "GET":
            return (200, self.store[path]) if path in self.store else (404, {"message": "Not Found"})
        self.writes.append((verb, path, body))
        if verb == "PUT":
            self.store[path] = kept(path, body)
        elif path.endswith("/deployment-branch-policies"):
            self.store.setdefault(path, {"branch_policies": []})["branch_policies"].append(body)
        else:
            contexts: list[str] = self.store[GATE]["required_status_checks"]["contexts"]
            contexts += body["contexts"]
            return 200, contexts
        return 200, {}


@contextmanager
def running(store: dict[str, Any], status: int = 0, denied: tuple[str, ...] = ()) -> Iterator[tuple[Hub, str]]:
    hub = Hub(store, status, denied)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            code, said = hub.answer(self.command, self.path, body)
            data = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self.answer()

        def do_PUT(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_it_makes_everything_and_a_second_run_nothing() -> None:
    with running({}) as (hub, url):
        assert apply_setup(SETUP, "acme/infra", "t", url) == [
            "branch main: protected, plan-review/prod is required",
            "environment prod: main may use it, add a reviewer by hand",
            "environment prod-plan: made",
        ]
        assert hub.writes == [
            ("PUT", GATE, PROTECTION),
            (
                "PUT",
                HOME,
                {
                    "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
                    "prevent_self_review": True,
                },
            ),
            ("POST", RULES, {"name": "main"}),
            ("PUT", PLAN, {"deployment_branch_policy": None, "prevent_self_review": False}),
        ]
        hub.writes.clear()
        assert apply_setup(SETUP, "acme/infra", "t", url) == [
            "branch main: plan-review/prod is required already",
            "environment prod: is there already",
            "environment prod-plan: is there already",
        ]
        assert hub.writes == []


def test_a_stricter_branch_keeps_its_rules() -> None:
    store = {GATE: {"required_status_checks": {"contexts": ["build"]}}, HOME: {}, PLAN: {}}
    with running(store) as (hub, url):
        assert apply_setup(SETUP, "acme/infra", "t", url) == [
            "branch main: plan-review/prod is required now, the rest is as it was",
            "environment prod: its branch rule is there already and differs: set it by hand (main only)",
            "environment prod-plan: is there already",
        ]
        path = f"{GATE}/required_status_checks/contexts"
        assert hub.writes == [("POST", path, {"contexts": ["plan-review/prod"]})]


def test_a_branch_without_required_statuses_is_left_to_people() -> None:
    with running({GATE: {"enforce_admins": {"enabled": True}}}) as (hub, url):
        said = apply_setup(SETUP, "acme/infra", "t", url)[0]
        assert said.endswith("is there already and differs: set it by hand (require plan-review/prod)")
        assert [path for _, path, _ in hub.writes if path.startswith(GATE)] == []


ROOT = "/repos/acme/infra"
ABOUT = {"default_branch": "main", "visibility": "public", "private": False, "delete_branch_on_merge": False}
APPROVAL = f"{ROOT}/actions/permissions/fork-pr-contributor-approval"
PRIVATE = f"{ROOT}/actions/permissions/fork-pr-workflows-private-repos"
WORKFLOW = f"{ROOT}/actions/permissions/workflow"
PEOPLE = [
    {"login": "ann", "type": "User", "permissions": {"triage": True, "push": True}},
    {"login": "bob", "type": "User", "permissions": {"triage": True, "push": True}},
]
LABELS = [{"name": n} for n in ("allow-deletions", "Allow-IAM", "allow-exposure", "allow-cost", "urgent")]
WELL = {
    ROOT: ABOUT,
    APPROVAL: {"approval_policy": "all_external_contributors"},
    WORKFLOW: {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False},
    f"{ROOT}/labels": LABELS,
    f"{ROOT}/collaborators": PEOPLE,
    f"{ROOT}/rules/branches/develop": [],
    f"{ROOT}/rules/branches/main": [],
}
RULES_OF_MAIN = [
    {"type": "pull_request", "parameters": {"required_approving_review_count": 1}},
    {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "plan-review/prod"}]}},
    {"type": "deletion"},
]


def test_the_doctor_reads_rules_of_both_kinds_and_everything_besides() -> None:
    store = {**WELL, f"{ROOT}/rules/branches/main": RULES_OF_MAIN, RULES: {"branch_policies": [{"name": "main"}]}}
    with running(store) as (_, url):
        assert read_hosted(SETUP, "acme/infra", "t", url) == Hosted(
            branches=(
                Branch(name="main", context="plan-review/prod", contexts=("plan-review/prod",), approvals=1, seen=True),
            ),
            environments={"prod": ["main"]},
            homes={"prod": "main"},
            default_branch="main",
            public=True,
            deletes_heads=False,
            fork_approval="all_external_contributors",
            may_approve=False,
            labels=frozenset(("allow-deletions", "allow-iam", "allow-exposure", "allow-cost", "urgent")),
            people=(Person("ann", True, True), Person("bob", True, True)),
        )
    with running(dict(WELL)) as (_, url):
        apply_setup(SETUP, "acme/infra", "t", url)
        (branch,) = read_hosted(SETUP, "acme/infra", "t", url).branches
        assert (branch.contexts, branch.approvals, branch.seen) == (("plan-review/prod",), 1, True)


def test_a_token_that_may_read_little_leaves_things_unknown() -> None:
    plain = {"name": "main", "protection": {"enabled": True, "required_status_checks": {"contexts": ["build"]}}}
    store = {ROOT: {**ABOUT, "visibility": "private"}, f"{ROOT}/branches/main": plain}
    with running(store, denied=("/protection", "/environments", "/actions/", "/collaborators", "/labels")) as (_, url):
        assert read_hosted(SETUP, "acme/infra", "t", url) == Hosted(
            branches=(Branch(name="main", context="plan-review/prod", contexts=("build",), seen=False),),
            environments={"prod": None},
            homes={"prod": "main"},
            default_branch="main",
            public=False,
            deletes_heads=False,
        )


def test_a_private_repository_is_asked_what_runs_of_forks_get() -> None:
    given = {
        "run_workflows_from_fork_pull_requests": True,
        "send_write_tokens_to_workflows": False,
        "send_secrets_and_variables": True,
        "require_approval_for_fork_pr_workflows": False,
    }
    with running({**WELL, ROOT: {**ABOUT, "visibility": "private"}, PRIVATE: given}) as (_, url):
        found = read_hosted(SETUP, "acme/infra", "t", url)
        assert found.private_forks == PrivateForks(run=True, write=False, secrets=True)


def test_init_and_doctor_from_end_to_end(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/main.tf").write_text('terraform {\n  backend "gcs" {\n  }\n}\n')
    options = InitOptions(directory=str(tmp_path), action="example/plan-review@" + "0" * 40)
    for name, text in run_init(options).files.items():
        write_text(name, text)
    with running(dict(WELL)) as (_, url):
        access = Access(token="t", repository="acme/infra", api_url=url)
        before = run_doctor(str(tmp_path), access=access)
        assert (before.exit_code, "The status plan-review/prod is not required." in before.text) == (10, True)
        assert (
            run_apply(options, access).text.splitlines()[0]
            == "branch develop: protected, plan-review/stage is required"
        )
        after = run_doctor(str(tmp_path), access=access)
        assert (after.exit_code, after.text.splitlines()[-1]) == (0, "0 that stop, 2 to mend.")
    with pytest.raises(BadUsage, match="Which repository"):
        run_apply(options, Access(token="t"))


def test_a_token_that_may_not_is_told_so() -> None:
    with running({}, status=403) as (_, url), pytest.raises(CannotReach, match="refused with status 403"):
        apply_setup(SETUP, "acme/infra", "t", url)
