"""A small strict GitHub on 127.0.0.1: it keeps state, logs requests, refuses like the real one and can misbehave."""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]
HEAD = "a" * 40
BOT_LOGIN = "github-actions[bot]"
PULL = "/repos/o/r/pulls/7"
COMMENTS = "/repos/o/r/issues/7/comments"
LABELS = "/repos/o/r/issues/7/labels"
TOO_LONG = "Body is too long (maximum is 65536 characters)"
FIRST_STATUS = datetime(2026, 2, 1, tzinfo=UTC)
STATES = {"error", "failure", "pending", "success"}


def person(login: str) -> Json:
    return {"login": login, "id": 1, "type": "Bot" if login.endswith("[bot]") else "User"}


@dataclass
class Fault:
    """The next ``times`` requests that match get ``status`` or, with 0, no answer; ``after``: once the write is done."""

    verb: str
    path: str
    status: int = 0
    message: str = "Trouble"
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    raw: bytes | None = None  # this body instead of the true one, after the write took effect
    cut: int = 0  # bytes promised and not sent
    delay: float = 0.0  # seconds before that
    times: int = 1


@dataclass
class State:
    pull: Json
    author: str = BOT_LOGIN  # who our token is
    comments: list[Json] = field(default_factory=list)
    statuses: list[Json] = field(default_factory=list)
    between_statuses: int = 600  # seconds that pass from one to the next
    events: list[Json] = field(default_factory=list)
    reviews: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    permissions: dict[str, str] = field(default_factory=dict)
    behind_by: int = 0
    faults: list[Fault] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    next_id: int = 1000
    deployments: list[Json] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)  # "ref:path" -> content
    branches: dict[str, str] = field(default_factory=dict)  # name -> commit
    links: set[str] = field(default_factory=set)  # names of entries that are symbolic links
    merged: list[Json] = field(default_factory=list)  # pull requests by their merge commit
    queue: Json | None = None  # mergeQueue of develop
    run: Json | None = None
    artifacts: list[tuple[Json, bytes]] = field(default_factory=list)
    tokens_seen_by_storage: list[str | None] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # node ids
    denied: tuple[str, ...] = ()  # verbs that this token may not use
    lock: threading.RLock = field(default_factory=threading.RLock)
    user: str = ""  # whom a personal token belongs to; the workflow's own is nobody
    enterprise: bool = False  # /api/v3/… and /api/graphql, as an Enterprise Server has it
    door: Callable[[str, str, str], tuple[int, Any] | None] | None = None  # verb, path, Authorization; may refuse
    # what more it answers: verb, path, body and query; None for what it does not know
    also: Callable[[str, str, Json, dict[str, list[str]]], tuple[int, Any] | None] | None = None
    rival: tuple[str, str] | None = None  # author and body of a comment that arrives just before the next one

    def add_comment(self, login: str, body: str) -> Json:
        self.next_id += 1
        row = {"id": self.next_id, "node_id": f"IC_{self.next_id}", "user": person(login), "body": body}
        self.comments.append(row)
        return row

    def add_status(
        self, url: str, head: str = HEAD, login: str = BOT_LOGIN, time: str = "2026-01-02T03:04:05Z", **more: str
    ) -> None:
        status = {
            "state": "failure",
            "context": "plan-review/stage",
            "target_url": url,
            "created_at": time,
            "sha": head,
        }
        self.statuses.append({**status, "creator": person(login), **more})

    def add_label(self, name: str, giver: str, time: str = "2026-01-02T03:04:05Z") -> None:
        if name not in [label["name"] for label in self.pull["labels"]]:
            self.pull["labels"].append({"name": name})
        self.add_event("labeled", name, giver, time)

    def add_event(self, word: str, label: str, actor: str, time: str = "2026-01-02T03:04:05Z") -> None:
        event = {"id": 1, "event": word, "actor": person(actor), "label": {"name": label}, "created_at": time}
        self.events.append({**event, "performed_via_github_app": None})


class Refusal(Exception):
    def __init__(self, status: int, message: str) -> None:
        self.status, self.body = status, {"message": message, "errors": [{"message": message}]}


def only(body: Json, *names: str) -> None:
    if set(body) - set(names):
        raise Refusal(422, f"Unknown fields {sorted(set(body) - set(names))}")


def within(state: State, path: str) -> str:
    """The path as github.com has it."""
    if not state.enterprise:
        return path
    for outer, inner in (("/api/v3/", "/"), ("/api/graphql", "/graphql")):
        if path.startswith(outer):
            return inner + path.removeprefix(outer)
    raise Refusal(404, "Not Found")


def checked(body: Json) -> str:
    only(body, "body")
    text = body.get("body")
    if not isinstance(text, str) or not text:
        raise Refusal(422, "body is missing")
    if len(text) > 65536:
        raise Refusal(422, TOO_LONG)
    return text


def answer(state: State, verb: str, path: str, body: Json, query: dict[str, list[str]]) -> tuple[int, Any]:
    """Status and body; a list is paged by the caller.  Raises Refusal."""
    lists = {
        ("GET", COMMENTS): state.comments,
        ("GET", "/repos/o/r/issues/7/events"): state.events,
        ("GET", f"{PULL}/reviews"): state.reviews,
        ("GET", f"{PULL}/files"): state.files,
    }
    if (verb, path) in lists:
        return 200, lists[verb, path]
    if verb in state.denied:  # what GitHub says to a read-only token
        raise Refusal(403, "Resource not accessible by integration")
    if (verb, path) == ("GET", "/user"):
        if not state.user:
            raise Refusal(403, "Resource not accessible by integration")
        return 200, {**person(state.user), "user_view_type": "public"}
    if (verb, path) == ("GET", PULL):
        return 200, state.pull
    if (verb, path) == ("POST", COMMENTS):
        rival, state.rival = state.rival, None
        if rival:
            state.add_comment(*rival)
        return 201, state.add_comment(state.author, checked(body))
    if match := re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", path):
        return one_comment(state, verb, int(match[1]), body)
    if (match := re.fullmatch(r"/repos/o/r/statuses/([0-9a-f]{40})", path)) and verb == "POST":
        return 201, new_status(state, match[1], body)
    return more_answers(state, verb, path, body, query)


def more_answers(state: State, verb: str, path: str, body: Json, query: dict[str, list[str]]) -> tuple[int, Any]:
    if match := re.fullmatch(r"/repos/o/r/commits/([0-9a-f]{40})/statuses", path):
        return 200, [without_commit(row) for row in reversed(state.statuses) if row["sha"] == match[1]]
    if path.startswith(LABELS):
        return 200, change_labels(state, verb, unquote(path.removeprefix(LABELS).lstrip("/")), body)
    if (verb, path) == ("POST", "/graphql"):
        return 200, graphql(state, body)
    match = re.fullmatch(r"/repos/o/r/collaborators/([^/]+)/permission", path)
    if match and verb == "GET" and match[1] in state.permissions:
        return 200, {"permission": state.permissions[match[1]], "user": person(match[1])}
    if verb == "GET" and path.startswith("/repos/o/r/compare/"):
        return 200, {"behind_by": state.behind_by, "ahead_by": 1, "status": "diverged"}
    if verb == "GET" and re.fullmatch(r"/repos/o/r/commits/[0-9a-f]{40}/pulls", path):
        return 200, [row for row in state.merged if f"/{row['merge_commit_sha']}/" in path]
    if verb == "GET" and path.startswith("/repos/o/r/actions/"):
        return 200, of_a_run(state, path)
    if (verb, path) == ("GET", "/repos/o/r/pulls"):
        head = state.pull["head"]
        mine = f"{head['repo']['full_name'].split('/')[0]}:{head['ref']}"
        simple = {name: value for name, value in state.pull.items() if name not in ("merged", "changed_files")}
        return 200, [simple] if query["head"] == [mine] and query["state"] == ["open"] else []
    return last_answers(state, verb, path, body, query)


def last_answers(state: State, verb: str, path: str, body: Json, query: dict[str, list[str]]) -> tuple[int, Any]:
    if verb == "POST" and path.startswith("/repos/o/r/deployments"):
        return 201, deploy(state, path, body)
    name = unquote(path.removeprefix("/repos/o/r/git/ref/heads/"))
    if verb == "GET" and name in state.branches:
        return 200, {"ref": f"refs/heads/{name}", "object": {"type": "commit", "sha": state.branches[name]}}
    if verb == "GET" and path.startswith(("/repos/o/r/contents/", "/repos/o/r/deployments")):
        return 200, looked_up(state, path, query)
    raise Refusal(404, "Not Found")


def change_labels(state: State, verb: str, name: str, body: Json) -> list[Json]:
    labels = state.pull["labels"]
    if verb == "POST" and not name:
        only(body, "labels")
        labels += [{"name": new} for new in body["labels"] if {"name": new} not in labels]
    elif verb == "DELETE" and {"name": name} in labels:
        labels.remove({"name": name})
    else:
        raise Refusal(404, "Label does not exist")
    return list(labels)


def graphql(state: State, body: Json) -> Json:
    only(body, "query", "variables")
    node = body["variables"].get("id")
    if "mergeQueue" in body["query"]:
        known = body["variables"] == {"owner": "o", "name": "r", "branch": "develop"}
        return {"data": {"repository": {"mergeQueue": state.queue if known else None}}}
    if "Tree" in body["query"]:
        return {"data": {"repository": {"object": tree(state, body["variables"])}}}
    if "minimizeComment" not in body["query"]:
        raise Refusal(400, "Problems parsing the query")
    if node not in [row["node_id"] for row in state.comments]:
        return {"data": None, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a node"}]}
    state.hidden.append(node)
    return {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}}


def tree(state: State, variables: Json) -> Json | None:
    """A folder at a ref, with the folders in it and what is in the files; None where there is none."""
    if {**variables, "expression": ""} != {"owner": "o", "name": "r", "expression": ""}:
        raise Refusal(400, "Problems parsing the query")
    start = f"{variables['expression']}/"
    inside = {name.removeprefix(start): data for name, data in state.contents.items() if name.startswith(start)}
    return {"entries": entries(inside, state.links)} if inside else None


def entries(inside: dict[str, bytes], links: set[str]) -> list[Json]:
    found: list[Json] = []
    for top in dict.fromkeys(name.split("/")[0] for name in inside):
        below = {name.removeprefix(f"{top}/"): data for name, data in inside.items() if name.startswith(f"{top}/")}
        if below:
            found.append({"name": top, "type": "tree", "mode": 0o40000, "object": {"entries": entries(below, links)}})
        else:
            mode = 0o120000 if top in links else 0o100644
            found.append({"name": top, "type": "blob", "mode": mode, "object": blob(inside[top])})
    return found


def blob(data: bytes) -> Json:
    binary = b"\0" in data
    text = None if binary else data.decode("utf-8", "replace")
    return {"byteSize": len(data), "isBinary": binary, "isTruncated": len(data) > 512_000, "text": text}


def of_a_run(state: State, path: str) -> Any:
    if state.run and path == f"/repos/o/r/actions/runs/{state.run['id']}":
        return state.run
    if path == "/repos/o/r/actions/runs":
        runs = [state.run] if state.run else []
        return {"total_count": len(runs), "workflow_runs": runs}
    if state.run and path == f"/repos/o/r/actions/runs/{state.run['id']}/artifacts":
        return {"total_count": len(state.artifacts), "artifacts": [row for row, _ in state.artifacts]}
    raise Refusal(404, "Not Found")


def looked_up(state: State, path: str, query: dict[str, list[str]]) -> Any:
    if match := re.fullmatch(r"/repos/o/r/contents/(.+)", path):
        data = state.contents.get(f"{query['ref'][0]}:{unquote(match[1])}")
        if data is None:
            raise Refusal(404, "Not Found")
        size = len(data)
        text = base64.encodebytes(data).decode() if size <= 1024 * 1024 else ""
        return {"type": "file", "size": size, "encoding": "base64" if text else "none", "content": text}
    if match := re.fullmatch(r"/repos/o/r/deployments/(\d+)/statuses", path):
        return next(row["statuses"] for row in state.deployments if row["id"] == int(match[1]))
    wanted = (query["sha"][0], query["environment"][0])
    found = [row for row in state.deployments if (row["sha"], row["environment"]) == wanted]
    if task := query.get("task"):
        found = [row for row in found if row.get("task") == task[0]]
    return [{name: value for name, value in row.items() if name != "statuses"} for row in found]


DEPLOYMENT = ("ref", "task", "auto_merge", "required_contexts", "environment", "description", "production_environment")


def deploy(state: State, path: str, body: Json) -> Json:
    """A new deployment, or a new status of one; both lists have the newest first."""
    state.next_id += 1
    when = f"2026-02-01T00:01:{state.next_id % 60:02}Z"
    if match := re.fullmatch(r"/repos/o/r/deployments/(\d+)/statuses", path):
        only(body, "state", "log_url", "description", "auto_inactive")
        row = next((row for row in state.deployments if row["id"] == int(match[1])), None)
        if row is None:
            raise Refusal(404, "Not Found")
        status = {**body, "id": state.next_id, "created_at": when}
        del status["auto_inactive"]
        row["statuses"].insert(0, status)
        return status
    only(body, *DEPLOYMENT)
    if body.get("auto_merge") is not False or body.get("required_contexts") != []:
        raise Refusal(409, "Conflict: Commit status checks failed for the commit.")
    made = {"id": state.next_id, "sha": body["ref"], "task": body["task"], "created_at": when}
    made["environment"] = body["environment"]
    state.deployments.insert(0, {**made, "statuses": []})
    return made


def one_comment(state: State, verb: str, number: int, body: Json) -> tuple[int, Any]:
    row = next((row for row in state.comments if row["id"] == number), None)
    if row is None or verb not in ("PATCH", "DELETE"):
        raise Refusal(404, "Not Found")
    if verb == "DELETE":
        state.comments.remove(row)
        return 204, None
    row["body"] = checked(body)
    return 200, row


def new_status(state: State, head: str, body: Json) -> Json:
    only(body, "state", "description", "context", "target_url")
    if body.get("state") not in STATES:
        raise Refusal(422, "state is not included in the list")
    if len(body.get("description", "")) > 140:
        raise Refusal(422, "description is too long (maximum is 140 characters)")
    when = (FIRST_STATUS + timedelta(seconds=len(state.statuses) * state.between_statuses)).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
    row = {"target_url": None, **body, "sha": head, "creator": person(state.author), "created_at": when}
    state.statuses.append(row)
    return {**without_commit(row), "id": len(state.statuses)}


def without_commit(row: Json) -> Json:
    """A status does not say what commit it is for."""
    return {name: value for name, value in row.items() if name != "sha"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: State

    def log_message(self, *args: object) -> None:  # what counts is in state.log
        return

    def serve(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        self.state.log.append(f"{self.command} {url.path}")
        fault = self.fault(url.path)
        if fault and not fault.after and fault.raw is None:
            self.misbehave(fault)
            return
        if match := re.fullmatch(r"(/repos/o/r/actions/artifacts|/storage)/(\d+)(/zip)?", url.path):
            self.artifact(match[1] == "/storage", int(match[2]))
            return
        try:
            with self.state.lock:
                asked = json.loads(sent) if sent else {}
                path = within(self.state, url.path)
                known = self.headers.get("Authorization", "")
                opened = self.state.door(self.command, path, known) if self.state.door else None
                query = parse_qs(url.query)
                also = self.state.also(self.command, path, asked, query) if self.state.also else None
                status, body = opened or also or answer(self.state, self.command, path, asked, query)
        except Refusal as refusal:
            status, body = refusal.status, refusal.body
        if fault and fault.raw is None:
            self.misbehave(fault)
        elif fault and fault.raw is not None:
            self.reply(status, fault.raw, {}, fault.cut)
        else:
            self.page(status, body, parse_qs(url.query), url.path)

    def artifact(self, stored: bool, number: int) -> None:
        """First the address of the storage, which is named as another host; then the zip itself."""
        if stored:
            self.state.tokens_seen_by_storage.append(self.headers.get("Authorization"))
            self.reply(200, next(data for row, data in self.state.artifacts if row["id"] == number), {})
            return
        place = f"http://localhost:{self.connection.getsockname()[1]}/storage/{number}"
        self.reply(302, b"", {"Location": place})

    def fault(self, path: str) -> Fault | None:
        for fault in self.state.faults:
            if fault.times and fault.verb == self.command and re.search(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def misbehave(self, fault: Fault) -> None:
        time.sleep(fault.delay)
        if fault.status == 0:
            self.close_connection = True  # no answer at all
            self.connection.close()
            return
        said = json.dumps({"message": fault.message}).encode() if fault.message else b""
        self.reply(fault.status, said, fault.headers)

    def page(self, status: int, body: Any, query: dict[str, list[str]], path: str) -> None:
        headers = {}
        if isinstance(body, list):
            size, number = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
            if number * size < len(body):
                base = f"http://127.0.0.1:{self.connection.getsockname()[1]}{path}"
                headers["Link"] = f'<{base}?per_page={size}&page={number + 1}>; rel="next"'
            body = body[(number - 1) * size : number * size]
        self.reply(status, b"" if status == 204 else json.dumps(body).encode(), headers)

    def reply(self, status: int, body: bytes, headers: dict[str, str], cut: int = 0) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + cut))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.close_connection or cut > 0


def a_pull() -> Json:
    return {
        "number": 7,
        "title": "Change",
        "body": "Why",
        "user": person("ann"),
        "state": "open",
        "merged": False,
        "draft": False,
        "html_url": "https://github.com/o/r/pull/7",
        "head": {"ref": "dev/x", "sha": HEAD, "repo": {"full_name": "o/r"}},
        "base": {"ref": "develop", "sha": "b" * 40, "repo": {"full_name": "o/r"}},
        "labels": [],
        "changed_files": 0,
    }


for verb in ("GET", "POST", "PATCH", "DELETE", "PUT"):
    setattr(Handler, f"do_{verb}", Handler.serve)


@contextmanager
def loopback_github() -> Iterator[tuple[State, str]]:
    """The state and the address of a fresh GitHub with pull request 7 in ``o/r``."""
    state = State(pull=a_pull())
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"state": state}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
