"""What we know of a pull request, as frozen values; ``decode_pull_request`` reads one from a file."""

from typing import Literal

import msgspec
from msgspec import Struct

from bot.errors import BadConfig
from bot.strict_yaml import decode_yaml

ADVICE = "A .md file is read as the description; any other as YAML with keys such as description, author, labels."


class Label(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A label and who gave it.  ``given_at`` is RFC 3339 UTC, "" where nobody knows."""

    name: str
    given_by: str = ""
    given_at: str = ""
    may_write: bool = False  # the giver may write to the repository


class Approval(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approving review.  ``commit`` is what was looked at; "" means the current head."""

    person: str
    may_write: bool = False
    commit: str = ""


class Shown(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A set of held items that a status of our own proves was shown.

    ``tokens`` stand for the items one by one, ``digest`` for all of them, ``at`` is when it was shown first (RFC 3339
    UTC).  The tokens come from text that people can edit: they count only where the digest fits them.
    """

    digest: str
    tokens: tuple[str, ...] = ()
    at: str = ""
    head: str = ""  # the commit whose status proves it


class Tick(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A box of the checklist that a person ticked: the item, and the digest of the facts it was ticked for."""

    item: str
    facts: str


class Deployment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A deployment as GitHub keeps it; ``state`` is that of its latest status, ``at`` RFC 3339 UTC."""

    environment: str
    commit: str
    state: str
    at: str = ""


class File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file the pull request changes.  ``patch`` is None where GitHub leaves it out: too large, or binary."""

    path: str
    status: Literal["added", "removed", "modified", "renamed", "copied", "changed", "unchanged"]
    patch: str | None = None
    previous_path: str = ""


class PullRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pull request.  ``explains`` are addresses or globs that its own diff accounts for."""

    number: int | None = None
    title: str = ""
    description: str = ""
    author: str = ""
    source_branch: str = ""
    target_branch: str = ""
    head: str = ""
    head_repository: str = ""  # owner/name, "" where it was deleted
    base: str = ""  # commit of the target branch
    state: Literal["open", "closed", "merged"] = "open"
    draft: bool = False
    fork: bool = False  # the head is not in the repository itself
    base_ahead_by: int | None = None  # commits the base has that the head has not; None: not known
    labels: tuple[Label, ...] = ()
    approvals: tuple[Approval, ...] = ()
    explains: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    files_complete: bool = True  # False: GitHub cut its list of files off
    shown: tuple[Shown, ...] = ()  # what our own statuses prove was shown before
    ticks: tuple[Tick, ...] = ()
    deployments: tuple[Deployment, ...] = ()  # of the head commit
    live: bool = False  # read from GitHub, so times and proofs are known and are asked for


def decode_pull_request(data: bytes, name: str) -> PullRequest:
    """Decode what ``--intent FILE`` holds: strict YAML or JSON, or, where ``name`` ends in .md, a description.

    Raises BadConfig with the place of the mistake.
    """
    if name.lower().endswith((".md", ".markdown", ".txt")):
        return PullRequest(description=_text(data, name))
    settings = decode_yaml(data, name, ADVICE)
    try:
        return msgspec.convert({} if settings is None else settings, PullRequest, strict=True)
    except msgspec.ValidationError as error:
        raise BadConfig(f"{name}: {error}.", ADVICE) from None


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeError:
        raise BadConfig(f"{name}: this is not text in UTF-8.", ADVICE) from None
