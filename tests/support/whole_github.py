"""A GitHub that holds a repository's whole life: npm emulate, and before it what that one lacks.

emulate holds commits, branches, pull requests, their merges, comments, labels, reviews and issues; its commits are git's own, so
it and the bare repository ``origin`` name them alike.  Kept here, because emulate lacks it: commit statuses, who set a
label, deployments, runs with their artifacts, permissions of people, rules of branches, what a job's token may do, the
pull request of a merge commit, and the files of a pull request.
"""

import json
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from tests.support import loopback_github as own
from tests.support.emulate import REPOSITORY, token
from tests.support.git_objects import list_files, mirror_commit
from tests.support.job_token import check_token
from tests.support.loopback_github import BOT_LOGIN, Json, Refusal

HERE = f"/repos/{REPOSITORY}/"
OWN = re.compile(r"statuses/.+|commits/[0-9a-f]{40}/statuses|deployments(/.+)?|collaborators/[^/]+/permission")


@dataclass
class WholeGitHub:
    """``rules`` are branches with the status that a merge needs; ``permissions`` are those of people."""

    emulated: str
    origin: Path
    permissions: dict[str, str]
    rules: Mapping[str, str]
    repository: str = REPOSITORY
    address: str = ""
    state: own.State = field(default_factory=lambda: own.State(pull=own.a_pull()))
    events: dict[int, list[Json]] = field(default_factory=dict)
    runs: list[Json] = field(default_factory=list)
    artifacts: list[tuple[int, str, bytes]] = field(default_factory=list)  # of which run, name, zip
    tokens: dict[str, Mapping[str, str]] = field(default_factory=dict)  # of jobs that run: what they may
    log: list[str] = field(default_factory=list)
    now: float = 0.0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def tick(self) -> str:
        """The time, later than whatever was told before: GitHub's times are whole seconds."""
        self.now = max(self.now + 1, time.time())
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now))

    # What people and the runner ask

    def call(self, login: str, verb: str, path: str, body: Json | None = None) -> Any:
        """A request in somebody's name below the repository.  Raises requests.HTTPError."""
        headers = {"Authorization": f"token {token(login)}"}
        response = requests.request(
            verb, f"{self.address}{HERE}{path}".rstrip("/"), json=body, headers=headers, timeout=10
        )
        response.raise_for_status()
        return response.json() if response.content else None

    def open_token(self, permissions: Mapping[str, str]) -> str:
        word = f"ghs_{secrets.token_hex(18)}"
        self.tokens[word] = {**permissions, "metadata": "read"}
        return word

    def close_token(self, word: str) -> None:
        del self.tokens[word]

    def begin_run(self, event: str, head: str, branch: str) -> int:
        number = 5001 + len(self.runs)
        home = {"full_name": self.repository}
        run = {"id": number, "event": event, "head_sha": head, "head_branch": branch, "head_repository": home}
        self.runs.append({**run, "run_attempt": 1})
        return number

    def begin_deployment(self, sha: str, environment: str, run: int) -> int:
        """What GitHub records by itself for a job with an environment."""
        body = {"ref": sha, "task": "deploy", "auto_merge": False, "required_contexts": [], "environment": environment}
        row = self._ask_own("POST", "deployments", body)
        self.end_deployment(row["id"], run, "in_progress")
        return int(row["id"])

    def end_deployment(self, number: int, run: int, word: str) -> None:
        link = f"https://github.com/{self.repository}/actions/runs/{run}/job/{number}"
        body = {"state": word, "description": "", "auto_inactive": True, "log_url": link}
        self._ask_own("POST", f"deployments/{number}/statuses", body)

    def add_artifact(self, run: int, name: str, data: bytes, *, overwrite: bool) -> None:
        if overwrite:
            self.artifacts = [row for row in self.artifacts if row[:2] != (run, name)]
        self.artifacts.append((run, name, data))

    def list_artifacts(self, run: int) -> list[tuple[str, bytes]]:
        return [(name, data) for number, name, data in self.artifacts if number == run]

    # What tests look at

    def statuses(self, sha: str, context: str) -> list[str]:
        """The states of a commit under a context, oldest first."""
        return [row["state"] for row in self.state.statuses if (row["sha"], row["context"]) == (sha, context)]

    def deployments(self, sha: str, environment: str) -> list[tuple[str, str]]:
        """Task and state of each deployment, oldest first."""
        rows = [row for row in self.state.deployments if (row["sha"], row["environment"]) == (sha, environment)]
        return [(row["task"], row["statuses"][0]["state"]) for row in reversed(rows)]

    # What the server answers by itself

    def answer(self, verb: str, path: str, body: Json, query: dict[str, list[str]], login: str) -> Any:
        """The answer to a request below the repository, None where emulate has it.  Raises Refusal."""
        if OWN.fullmatch(path):
            return self._ask_own(verb, path, body, query)
        if match := re.fullmatch(r"issues/(\d+)/events", path):
            return self.events.get(int(match[1]), [])
        if match := re.fullmatch(r"commits/([0-9a-f]{40})/pulls", path):
            pulls = self.ask_emulate("GET", "pulls?state=all&per_page=100")
            return [row for row in pulls if match[1] in (row["merge_commit_sha"], row["head"]["sha"])]
        if (match := re.fullmatch(r"pulls/(\d+)(/files)?", path)) and verb == "GET":
            pull = self.ask_emulate("GET", f"pulls/{match[1]}")
            files = list_files(self.origin, pull["base"]["sha"], pull["head"]["sha"])
            return files if match[2] else {**pull, "changed_files": len(files)}
        if path.startswith("actions/"):
            return self._tell_run(path, query)
        if (match := re.fullmatch(r"pulls/(\d+)/merge", path)) and verb == "PUT":
            self._check_merge(self.ask_emulate("GET", f"pulls/{match[1]}"), login)
        return None

    def notice(self, verb: str, path: str, body: Json, login: str) -> None:
        """What emulate has just done, where it is our part to know it as well."""
        if match := re.fullmatch(r"issues/(\d+)/labels(?:/(.+))?", path):
            names = [unquote(match[2])] if match[2] else body.get("labels", [])
            for name in names:
                self._add_event(int(match[1]), "labeled" if verb == "POST" else "unlabeled", name, login)
        if match := re.fullmatch(r"pulls/(\d+)/merge", path):
            pull = self.ask_emulate("GET", f"pulls/{match[1]}")
            commit = self.ask_emulate("GET", f"git/commits/{pull['merge_commit_sha']}")
            mirror_commit(self.origin, commit, pull["base"]["ref"])

    def ask_emulate(self, verb: str, path: str, body: Json | None = None) -> Any:
        headers = {"Authorization": f"token {token(BOT_LOGIN)}"}
        response = requests.request(verb, f"{self.emulated}{HERE}{path}", json=body, headers=headers, timeout=10)
        response.raise_for_status()
        return response.json()

    def _ask_own(self, verb: str, path: str, body: Json, query: dict[str, list[str]] | None = None) -> Any:
        """Asked of our small GitHub, with the time as it is here."""
        self.state.permissions = self.permissions
        answered = own.answer(self.state, verb, f"/repos/o/r/{path}", body, query or {})[1]
        if verb == "POST" and path.startswith("statuses/"):
            self.state.statuses[-1]["created_at"] = self.tick()
        elif verb == "POST":
            answered["created_at"] = self.tick()
        return answered

    def _add_event(self, number: int, word: str, name: str, login: str) -> None:
        actor = {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}
        row = {"id": 1, "event": word, "actor": actor, "label": {"name": name}, "created_at": self.tick()}
        self.events.setdefault(number, []).append({**row, "performed_via_github_app": None})

    def _check_merge(self, pull: Json, login: str) -> None:
        """The rule of the branch: its status is green, somebody else approved, and the merger may write."""
        context = self.rules.get(pull["base"]["ref"], "")
        states = self.statuses(pull["head"]["sha"], context)
        if context and (not states or states[-1] != "success"):
            raise Refusal(405, f'Required status check "{context}" is {states[-1] if states else "expected"}.')
        reviews = self.ask_emulate("GET", f"pulls/{pull['number']}/reviews")
        people = [row["user"]["login"] for row in reviews if row["state"] == "APPROVED"]
        if not any(self.permissions.get(one) in ("admin", "write") and one != pull["user"]["login"] for one in people):
            raise Refusal(405, "At least 1 approving review is required by reviewers with write access.")
        if self.permissions.get(login) not in ("admin", "write"):
            raise Refusal(403, "Must have write access.")

    def _tell_run(self, path: str, query: dict[str, list[str]]) -> Any:
        if path == "actions/runs":
            wanted = {name: query[name][0] for name in ("head_sha", "event") if name in query}
            rows = [row for row in reversed(self.runs) if all(row[name] == word for name, word in wanted.items())]
            return {"total_count": len(rows), "workflow_runs": rows}
        if match := re.fullmatch(r"actions/runs/(\d+)(/artifacts)?", path):
            if not match[2]:
                return next(row for row in self.runs if row["id"] == int(match[1]))
            of = {"id": int(match[1]), "repository_id": 1, "head_repository_id": 1}
            rows = [
                {"id": 1 + place, "name": name, "size_in_bytes": len(data), "expired": False, "workflow_run": of}
                for place, (run, name, data) in enumerate(self.artifacts)
                if run == int(match[1])
            ]
            return {"total_count": len(rows), "artifacts": rows}
        raise Refusal(404, "Not Found")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    github: WholeGitHub

    def log_message(self, *args: object) -> None:
        return

    def serve(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        github = self.github
        with github.lock:
            github.log.append(f"{self.command} {url.path}")
            try:
                self._answer(url.path, parse_qs(url.query), sent)
            except Refusal as refusal:
                self._reply(refusal.status, json.dumps(refusal.body).encode(), {})

    def _answer(self, path: str, query: dict[str, list[str]], sent: bytes) -> None:
        github, body = self.github, json.loads(sent) if sent else {}
        if match := re.fullmatch(r"/storage/(\d+)", path):
            self._reply(200, github.artifacts[int(match[1]) - 1][2], {"Content-Type": "application/zip"})
            return
        word = self.headers.get("Authorization", "").rpartition(" ")[2]
        login = check_token(github.tokens, word, self.command, path.removeprefix(HERE))
        if match := re.fullmatch(rf"{HERE}actions/artifacts/(\d+)/zip", path):
            self._reply(
                302, b"", {"Location": f"{github.address.replace('127.0.0.1', 'localhost')}/storage/{match[1]}"}
            )
            return
        if path == "/graphql":
            self._list(own.answer(github.state, "POST", path, body, query)[1], query)
            return
        below = path.removeprefix(HERE) if path.startswith(HERE) else ""
        found = github.answer(self.command, below, body, query, login) if below else None
        if found is not None:
            self._list(found, query)
            return
        self._forward(sent, login)
        if below and self.command != "GET" and self.done < 300:
            github.notice(self.command, below, body, login)

    def _forward(self, sent: bytes, login: str) -> None:
        headers = {"Authorization": f"token {token(login)}", "Content-Type": "application/json"}
        address = f"{self.github.emulated}{self.path}"
        answer = requests.request(
            self.command, address, data=sent or None, headers=headers, timeout=10, allow_redirects=False
        )
        self.done = answer.status_code
        here = self.github.address
        kept = {name: answer.headers[name] for name in ("Link", "Location") if name in answer.headers}
        moved = {name: value.replace(self.github.emulated, here) for name, value in kept.items()}
        self._after = (answer.status_code, answer.content.replace(self.github.emulated.encode(), here.encode()), moved)
        self._reply(*self._after)

    def _list(self, body: Any, query: dict[str, list[str]]) -> None:
        """Lists are short here: one page holds them."""
        if isinstance(body, list) and int(query.get("page", ["1"])[0]) > 1:
            body = []
        status = 201 if self.command == "POST" and self.path != "/graphql" else 200
        self._reply(status, json.dumps(body).encode(), {})

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if status != 204 else b"")


for verb in ("GET", "POST", "PATCH", "DELETE", "PUT"):
    setattr(_Handler, f"do_{verb}", _Handler.serve)


@contextmanager
def serve_whole(github: WholeGitHub) -> Iterator[WholeGitHub]:
    """Set its address and answer there."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"github": github}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    github.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield github
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
