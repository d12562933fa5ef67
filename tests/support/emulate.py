"""An independent GitHub (npm emulate) on 127.0.0.1, with a repository, a pull request and three people."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from msgspec import Struct

from tests.support.node import module_file, node

READY = 30.0  # seconds; it takes one on an idle machine
BOT, OWNER, STRANGER, OTHER_BOT = "plan-review-bot", "ann", "mallory", "other-app"
REPOSITORY = f"{OWNER}/r"


class Emulated(Struct, frozen=True, kw_only=True):
    """Where it listens, and pull request ``number`` with its ``head``."""

    address: str
    number: int
    head: str

    def call(self, login: str, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A request in somebody's name, below the repository.  Raises requests.HTTPError."""
        return _call(self.address, login, verb, path, body)

    def comment(self, login: str, body: str) -> int:
        return int(self.call(login, "POST", f"/issues/{self.number}/comments", {"body": body})["id"])

    def comments(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while page := self.call(
            OWNER, "GET", f"/issues/{self.number}/comments?per_page=100&page={len(rows) // 100 + 1}"
        ):
            rows += page
            if len(page) < 100:
                break
        return rows


def token(login: str) -> str:
    return f"{login}-token"


@contextmanager
def emulated_github(folder: Path) -> Iterator[Emulated]:
    """A fresh one; ``folder`` takes its settings and its log.  Raises RuntimeError with the log if it does not start."""
    with running(folder, _seed()) as address:
        number, head = _open_pull_request(address)
        yield Emulated(address=address, number=number, head=head)


@contextmanager
def running(folder: Path, settings: dict[str, Any]) -> Iterator[str]:
    """The address of one with these settings, which must hold REPOSITORY."""
    port, log = _free_port(), folder / "emulate.log"
    address = f"http://127.0.0.1:{port}"
    seed = folder / "seed.json"  # JSON is YAML too
    seed.write_text(json.dumps(settings), encoding="utf-8")
    command = [str(node()), str(module_file("emulate/dist/index.js")), "start", "--service", "github"]
    command += ["--port", str(port), "--base-url", address, "--seed", str(seed)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder
        )
    try:
        _wait(process, address, log)
        yield address
    finally:
        process.kill()  # its state is in memory: nothing to save
        process.wait(timeout=10)


def _seed() -> dict[str, Any]:
    people = (BOT, OWNER, STRANGER, OTHER_BOT)
    return {
        "tokens": {token(login): {"login": login, "scopes": ["repo"]} for login in people},
        "github": {
            "users": [{"login": login} for login in people],
            "orgs": [],
            "repos": [{"owner": OWNER, "name": "r", "auto_init": True, "default_branch": "develop"}],
        },
    }


def _open_pull_request(address: str) -> tuple[int, str]:
    base = _call(address, OWNER, "GET", "/git/ref/heads/develop")["object"]["sha"]
    _call(address, OWNER, "POST", "/git/refs", {"ref": "refs/heads/dev/x", "sha": base})
    file = {"message": "change", "content": "YQ==", "branch": "dev/x"}
    _call(address, OWNER, "PUT", "/contents/main.tf", file)
    pull = _call(
        address, OWNER, "POST", "/pulls", {"title": "Change", "body": "Why", "head": "dev/x", "base": "develop"}
    )
    return int(pull["number"]), str(pull["head"]["sha"])


def _call(address: str, login: str, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"token {token(login)}"}
    response = requests.request(verb, f"{address}/repos/{REPOSITORY}{path}", json=body, headers=headers, timeout=10)
    response.raise_for_status()
    return response.json() if response.content else None


def _wait(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    end = time.monotonic() + READY
    while process.poll() is None and time.monotonic() < end:
        try:
            requests.get(f"{address}/repos/{REPOSITORY}", timeout=1)
            return
        except requests.RequestException:
            time.sleep(0.05)
    said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    state = "does not answer" if process.poll() is None else f"ended with {process.returncode}"
    raise RuntimeError(f"emulate {state}:\n{said}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
