"""A repository with its GitHub and its cloud: what people do in it, and the runs that this starts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.emulate import REPOSITORY, running, token
from tests.support.git_objects import ask, git, send_commits
from tests.support.loopback_github import BOT_LOGIN
from tests.support.runner import Run, start
from tests.support.runner_events import Event
from tests.support.runner_machine import Home, Machine
from tests.support.terraform import aws_environment, aws_provider_dir, moto_server
from tests.support.whole_github import WholeGitHub, serve_whole

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
CRON = "17 1 * * *"
AUTHOR, SECOND, READER = "ann", "ben", "mallory"
REGION = "eu-central-1"
RULES = {"develop": "plan-review/stage", "main": "plan-review/prod"}


@dataclass
class Project:
    """``clone`` is a checkout of everybody; ``cloud`` the address of AWS."""

    github: WholeGitHub
    machine: Machine
    clone: Path
    cloud: str
    runs: list[Run] = field(default_factory=list)
    known: set[str] = field(default_factory=set)  # git objects that GitHub has

    def commit(self, login: str, branch: str, files: Mapping[str, str | None], message: str, base: str = "") -> str:
        """A commit with ``files`` (None takes one away) on a branch, a new one from ``base``; it is pushed."""
        start_at = base or branch
        git(self.clone, "fetch", "--quiet", "origin")
        if ask(self.clone, "ls-remote", "--heads", "origin", start_at):
            git(self.clone, "checkout", "--quiet", "-B", branch, f"origin/{start_at}")
        else:
            git(self.clone, "checkout", "--quiet", "--orphan", branch)
        for name, text in files.items():
            path = self.clone / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        git(self.clone, "add", "--all")
        git(self.clone, "commit", "--quiet", "--allow-empty", "-m", message, env=_person(login))
        git(self.clone, "push", "--quiet", "origin", branch)
        return self._share(login, branch)

    def push(self, login: str, branch: str, files: Mapping[str, str | None], message: str, base: str = "") -> list[Run]:
        """A commit, and the runs that its push starts."""
        return self._pushed(login, branch, self.commit(login, branch, files, message, base))

    def open_pull(self, login: str, head: str, base: str, title: str, body: str = "") -> tuple[int, list[Run]]:
        pull = self.github.call(login, "POST", "pulls", {"title": title, "body": body, "head": head, "base": base})
        return int(pull["number"]), self._on_pull(login, pull["number"], "pull_request", "opened")

    def label(self, login: str, number: int, name: str) -> list[Run]:
        self.github.call(login, "POST", f"issues/{number}/labels", {"labels": [name]})
        return self._on_pull(login, number, "pull_request", "labeled", label={"name": name})

    def approve(self, login: str, number: int) -> list[Run]:
        sent = {"event": "APPROVE", "body": "Good."}
        review = self.github.call(login, "POST", f"pulls/{number}/reviews", sent)
        return self._on_pull(login, number, "pull_request_review", "submitted", review=review)

    def merge(self, login: str, number: int) -> list[Run]:
        """A merge, and the runs that the push of its commit starts.  Raises requests.HTTPError where it is refused."""
        self.github.call(login, "PUT", f"pulls/{number}/merge", {})
        pull = self.pull(number)
        self.known.add(pull["merge_commit_sha"])
        return self._pushed(login, pull["base"]["ref"], pull["merge_commit_sha"])

    def night(self) -> list[Run]:
        """The schedule, on the default branch."""
        tip = self.tip("main")
        payload = {**self._common(BOT_LOGIN), "schedule": CRON}
        return self._start(
            Event(
                name="schedule",
                payload=payload,
                sha=tip,
                ref="refs/heads/main",
                files=tip,
                head=tip,
                branch="main",
                actor=AUTHOR,
            )
        )

    def dispatch(self, login: str, branch: str, **inputs: str) -> list[Run]:
        """The workflow terraform.yml, started by hand."""
        tip = self.tip(branch)
        payload = {**self._common(login), "inputs": inputs, "ref": f"refs/heads/{branch}"}
        return self._start(
            Event(
                name="workflow_dispatch",
                payload=payload,
                sha=tip,
                ref=f"refs/heads/{branch}",
                files=tip,
                head=tip,
                branch=branch,
                actor=login,
            )
        )

    def issues(self) -> list[Json]:
        """Those that are no pull requests."""
        rows = self.github.call(AUTHOR, "GET", "issues?state=all&per_page=100")
        return [row for row in rows if "pull_request" not in row]

    def pull(self, number: int) -> Json:
        found: Json = self.github.call(AUTHOR, "GET", f"pulls/{number}")
        return found

    def comments(self, number: int) -> list[str]:
        """What the workflows wrote."""
        rows = self.github.call(AUTHOR, "GET", f"issues/{number}/comments?per_page=100")
        return [row["body"] for row in rows if row["user"]["login"] == BOT_LOGIN]

    def merge_by_hand(self, login: str, branch: str, base: str, other: str) -> None:
        """A new branch from ``base`` in the checkout, with another branch merged into it; not pushed."""
        git(self.clone, "fetch", "--quiet", "origin")
        git(self.clone, "checkout", "--quiet", "-B", branch, f"origin/{base}")
        git(self.clone, "merge", "--quiet", "--no-edit", f"origin/{other}", env=_person(login))
        git(self.clone, "push", "--quiet", "origin", branch)

    def tip(self, branch: str) -> str:
        return ask(self.machine.origin, "rev-parse", f"refs/heads/{branch}")

    def _share(self, login: str, branch: str) -> str:
        """GitHub learns the new commits and where the branch is."""
        tip = self.tip(branch)

        def post(path: str, body: Json) -> Json:
            made: Json = self.github.call(login, "POST", f"git/{path}", body)
            return made

        send_commits(self.machine.origin, tip, self.known, post)
        found = self.github.call(login, "GET", f"git/matching-refs/heads/{branch}")
        if any(row["ref"] == f"refs/heads/{branch}" for row in found):
            self.github.call(login, "PATCH", f"git/refs/heads/{branch}", {"sha": tip, "force": True})
        else:
            self.github.call(login, "POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": tip})
        return tip

    def _pushed(self, login: str, branch: str, tip: str) -> list[Run]:
        ref = f"refs/heads/{branch}"
        payload = {**self._common(login), "ref": ref, "after": tip, "before": "0" * 40, "deleted": False}
        return self._start(
            Event(name="push", payload=payload, sha=tip, ref=ref, files=tip, head=tip, branch=branch, actor=login)
        )

    def _on_pull(self, login: str, number: int, name: str, action: str, **more: Json) -> list[Run]:
        pull = self.pull(number)
        merged = self._test_merge(number, pull)
        return self._start(
            Event(
                name=name,
                payload={**self._common(login), "action": action, "number": number, "pull_request": pull, **more},
                sha=merged,
                ref=f"refs/pull/{number}/merge",
                files=merged,
                head=pull["head"]["sha"],
                branch=pull["head"]["ref"],
                actor=login,
            )
        )

    def _test_merge(self, number: int, pull: Json) -> str:
        """The commit that GitHub makes for the runs of a pull request: as if it were merged now."""
        origin, base, head = self.machine.origin, pull["base"]["sha"], pull["head"]["sha"]
        tree = ask(origin, "merge-tree", "--write-tree", base, head)
        made = ask(origin, "commit-tree", tree, "-p", base, "-p", head, "-m", "test merge", env=_person("github"))
        git(origin, "update-ref", f"refs/pull/{number}/merge", made)
        return made

    def _common(self, login: str) -> Json:
        repository = self.github.call(AUTHOR, "GET", "")
        return {"repository": repository, "sender": {"login": login, "id": 1, "type": "User"}}

    def _start(self, event: Event) -> list[Run]:
        runs = start(self.machine, event)
        for run in runs:
            print(run.log())  # pytest shows it where a test fails
        self.runs += runs
        return runs


def _person(login: str) -> dict[str, str]:
    email = f"{login}@example.com"
    names = {"GIT_AUTHOR_NAME": login, "GIT_AUTHOR_EMAIL": email}
    return {**names, "GIT_COMMITTER_NAME": login, "GIT_COMMITTER_EMAIL": email, "TZ": "UTC"}


@contextmanager
def new_project(folder: Path) -> Iterator[Project]:
    """An empty repository, with GitHub set as ``init`` says, and an empty AWS."""
    origin, clone = folder / "origin.git", folder / "clone"
    for name in ("origin.git", "clone", "jobs", "emulate"):
        (folder / name).mkdir()
    git(origin, "init", "--quiet", "--bare", "--initial-branch=main")
    git(clone, "clone", "--quiet", str(origin), ".")
    people = {AUTHOR: "admin", SECOND: "write", READER: "read"}
    with running(folder / "emulate", _seed((*people, BOT_LOGIN))) as emulated, moto_server() as cloud:
        github = WholeGitHub(emulated=emulated, origin=origin, permissions=people, rules=RULES)
        with serve_whole(github):
            machine = _machine(github, folder, cloud)
            yield Project(github=github, machine=machine, clone=clone, cloud=cloud)


def _machine(github: WholeGitHub, folder: Path, cloud: str) -> Machine:
    branches: Mapping[str, Sequence[str]] = {"dev": ("dev/*",), "stage": ("develop",), "prod": ("main",)}
    homes = {}
    for name in ("dev", "stage", "prod"):
        for home in (name, f"{name}-plan"):
            role = f"arn:aws:iam::123456789012:role/{home}"
            variables = {"AWS_ROLE_TO_ASSUME": role, "AWS_REGION": REGION}
            homes[home] = Home(branches=tuple(branches.get(home, ())), variables=variables)
    plugins = aws_provider_dir()
    settings = folder / "terraform.rc"
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{plugins}"\n  }}\n}}\n')
    return Machine(
        github=github,
        origin=folder / "origin.git",
        action=ROOT,
        action_name="acme/plan-review",
        root=folder / "jobs",
        homes=homes,
        cloud=aws_environment(cloud),
        # half of what Terraform does here is to collect garbage of the provider's large schema
        tools={"TF_CLI_CONFIG_FILE": str(settings), "GOGC": "400"},
    )


def _seed(people: Sequence[str]) -> Json:
    owner, _, name = REPOSITORY.partition("/")
    return {
        "tokens": {token(login): {"login": login, "scopes": ["repo"]} for login in people},
        "github": {
            "users": [{"login": login} for login in people],
            "orgs": [],
            "repos": [{"owner": owner, "name": name, "auto_init": False, "default_branch": "main"}],
        },
    }
