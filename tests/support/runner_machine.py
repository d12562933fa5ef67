"""The machine that a job runs on, and what of GitHub's settings decides about it: environments and variables."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.support.git_objects import ask
from tests.support.runner_events import Event
from tests.support.whole_github import WholeGitHub

Json = dict[str, Any]
# A port that nobody listens on: whatever is not on this machine is refused at once.
NO_NETWORK = {
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
}


class RunnerError(Exception):
    """The workflow asks for something that this runner does not play, or that GitHub would refuse."""


class Home(Struct, frozen=True, kw_only=True):
    """A GitHub environment: who may use it (globs over branches, none for every ref), and its variables."""

    branches: tuple[str, ...] = ()
    variables: Mapping[str, str] = {}


class Machine(Struct, frozen=True, kw_only=True):
    """``origin`` is the bare repository, ``action`` the folder of our ``action.yml``, ``root`` takes the jobs' folders.

    ``cloud`` are the variables that reach the cloud of this machine; a job has them after its login alone.
    """

    github: WholeGitHub
    origin: Path
    action: Path
    action_name: str
    root: Path
    homes: Mapping[str, Home]
    cloud: Mapping[str, str]
    tools: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}

    def read_workflows(self, commit: str) -> dict[str, str]:
        folder = ".github/workflows"
        listed = ask(self.origin, "ls-tree", "--name-only", commit, f"{folder}/").split()
        return {path.removeprefix(f"{folder}/"): ask(self.origin, "show", f"{commit}:{path}") for path in listed}

    def describe(self, event: Event, number: int, workflow: str) -> Json:
        """The context ``github`` of a run."""
        pull = event.payload.get("pull_request") or {}
        of_pull = bool(pull) and event.name.startswith("pull_request")
        return {
            "event_name": event.name,
            "event": event.payload,
            "sha": event.sha,
            "ref": event.ref,
            "ref_name": event.ref.removeprefix("refs/heads/").removeprefix("refs/pull/"),
            "head_ref": pull["head"]["ref"] if of_pull else "",
            "base_ref": pull["base"]["ref"] if of_pull else "",
            "repository": self.github.repository,
            "repository_owner": self.github.repository.partition("/")[0],
            "actor": event.actor,
            "run_id": str(number),
            "run_attempt": "1",
            "workflow": workflow,
            "server_url": "https://github.com",
            "api_url": self.github.address,
            "graphql_url": f"{self.github.address}/graphql",
        }

    @contextmanager
    def open_desk(self, run: int, github: Json, environment: str, permissions: Mapping[str, str]) -> "Iterator[Desk]":
        """A fresh folder and a token for one job, and the deployment that GitHub records for its environment."""
        place = Path(tempfile.mkdtemp(prefix="job-", dir=self.root))
        for name in ("workspace", "temp", "home"):
            (place / name).mkdir()
        home = self.homes.get(environment, Home())
        token = self.github.open_token(permissions)
        desk = Desk(self, run, github, place, token, permissions, environment, variables=dict(home.variables))
        branch = github["ref"].removeprefix("refs/heads/")
        if home.branches and not any(fnmatchcase(branch, glob) for glob in home.branches):
            desk.refused = f"{github['ref']} may not deploy to {environment}"
        elif environment:
            desk.deployment = self.github.begin_deployment(github["sha"], environment, run)
        try:
            yield desk
        finally:
            self.github.close_token(token)
            shutil.rmtree(place)


@dataclass
class Desk:
    """What one job has."""

    machine: Machine
    run: int
    github: Json
    place: Path
    token: str
    permissions: Mapping[str, str]
    environment_name: str
    refused: str = ""
    deployment: int = 0
    variables: dict[str, str] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)  # what logins and set-ups leave for later steps

    @property
    def workspace(self) -> Path:
        return self.place / "workspace"

    @property
    def runner(self) -> dict[str, str]:
        return {"temp": str(self.place / "temp"), "os": "Linux", "arch": "X64"}

    def new_folder(self) -> Path:
        """For the files of one step, outside of what the job sees as its own."""
        return Path(tempfile.mkdtemp(prefix="step-", dir=self.place))

    def environment(self) -> dict[str, str]:
        """The variables of every step.  Nothing of this machine's own environment but the way to its programs."""
        names = "event_name sha ref ref_name head_ref base_ref repository repository_owner actor run_id run_attempt"
        names += " workflow server_url api_url graphql_url"
        event = self.place / "event.json"
        event.write_text(json.dumps(self.github["event"]), encoding="utf-8")
        terraform = shutil.which("terraform") or ""
        folders = [str(Path(sys.executable).parent), str(Path(terraform).parent), "/usr/local/bin", "/usr/bin", "/bin"]
        return {
            **{f"GITHUB_{name.upper()}": self.github[name] for name in names.split()},
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "RUNNER_TEMP": self.runner["temp"],
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "HOME": str(self.place / "home"),
            "PATH": ":".join(folders),
            **NO_NETWORK,
            **self.exported,
        }

    def close(self, result: str) -> None:
        if self.deployment:
            self.machine.github.end_deployment(self.deployment, self.run, result)
