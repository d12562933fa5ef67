"""The parts of webhook payloads that are read.  Unknown keys are skipped: GitHub adds some every few weeks."""

from msgspec import Struct


class Present(Struct, frozen=True):
    """An object of which only matters that it is there."""


class Person(Struct, frozen=True):
    login: str = ""


class Repository(Struct, frozen=True):
    full_name: str = ""
    default_branch: str | None = None


class Branch(Struct, frozen=True):
    ref: str = ""
    sha: str = ""
    repo: Repository | None = None


class Pull(Struct, frozen=True):
    number: int = 0
    head: Branch = Branch()
    base: Branch = Branch()
    user: Person | None = None
    state: str = "open"
    merged: bool | None = None
    merged_at: str | None = None
    draft: bool | None = None


class Group(Struct, frozen=True):
    head_sha: str = ""
    base_sha: str = ""
    head_ref: str = ""
    base_ref: str = ""


class Run(Struct, frozen=True):
    id: int
    head_sha: str = ""
    head_branch: str | None = None
    head_repository: Repository | None = None
    event: str = ""
    conclusion: str | None = None


class Issue(Struct, frozen=True):
    number: int
    pull_request: Present | None = None


class Comment(Struct, frozen=True):
    id: int
    body: str | None = None
    user: Person | None = None


class Changes(Struct, frozen=True):
    base: Present | None = None


class Payload(Struct, frozen=True):
    action: str | None = None
    repository: Repository = Repository()
    sender: Person | None = None
    ref: str | None = None
    before: str | None = None
    after: str | None = None
    created: bool | None = None
    deleted: bool | None = None
    forced: bool | None = None
    pull_request: Pull | None = None
    merge_group: Group | None = None
    workflow_run: Run | None = None
    issue: Issue | None = None
    comment: Comment | None = None
    changes: Changes | None = None
    inputs: dict[str, str | bool | int | float | None] | None = None
    schedule: str | None = None
