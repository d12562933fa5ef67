"""A repository on disk, read for `init` and `doctor`: code, workflows, remote, default branch.  Runs no program."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from bot.edge.files import DEFAULT_CONFIG, read_tree
from bot.errors import CannotRead

LARGEST = 1024**2  # bytes of a workflow or a file of git
MOST_FILES = 20_000
_URL = re.compile(r"^\s*url\s*=\s*\S*?[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?\s*$", re.MULTILINE)
_REMOTE = re.compile(r'^\[remote "origin"\]\n((?:[^\[\n].*\n?|\n)*)', re.MULTILINE)
_HEAD = re.compile(r"ref: refs/(?:heads|remotes/origin)/(\S+)")


class Checkout(Struct, frozen=True, kw_only=True):
    """``default_branch`` is what the remote says, else the branch we are on, "" for neither.  Paths use ``/``."""

    sources: dict[str, str]
    others: tuple[str, ...]  # paths of .tfvars, .tfbackend, .opentofu-version and .terraform-version files
    workflows: dict[str, str]
    config: bool  # is there a .github/plan-review.yml?
    versions: dict[str, str]  # ".opentofu-version" -> its text
    repository: str = ""  # OWNER/REPO
    default_branch: str = ""


def read_checkout(folder: str) -> Checkout:
    """Raises CannotRead where ``folder`` is none."""
    root = Path(folder)
    if not root.is_dir():
        raise CannotRead(f"{folder} is no folder.", "Name the folder of the repository with --directory.")
    git = _find_git(root)
    workflows = root / ".github/workflows"
    return Checkout(
        sources=read_tree(folder),
        others=tuple(_list_others(root)),
        workflows={
            f".github/workflows/{path.name}": text
            for path in sorted(workflows.glob("*.y*ml"))
            if (text := read_small(path)) is not None
        },
        config=(root / DEFAULT_CONFIG).exists(),
        versions={
            name: text.strip()
            for name in (".opentofu-version", ".terraform-version")
            if (text := read_small(root / name)) is not None
        },
        repository=_read_remote(git),
        default_branch=_read_branch(git),
    )


def read_small(path: Path) -> str | None:
    """The text of a file; None where there is none, it is no plain file, or it is above 1 MiB."""
    try:
        if path.is_file() and path.stat().st_size <= LARGEST:
            return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        pass
    return None


def _list_others(root: Path) -> Iterator[str]:
    seen = 0
    for parent, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            seen += 1
            if name.endswith((".tfvars", ".tfvars.json", ".tfbackend")) and not name.startswith("."):
                yield Path(parent, name).relative_to(root).as_posix()
        if seen > MOST_FILES:
            return


def _find_git(root: Path) -> Path | None:
    """Git's folder; a work tree's ``.git`` is a file that leads to it."""
    git = root / ".git"
    if git.is_dir():
        return git
    text = read_small(git) or ""
    own = root / text.removeprefix("gitdir:").strip()
    common = read_small(own / "commondir") if text.startswith("gitdir:") else None
    return own / common.strip() if common else None


def _read_remote(git: Path | None) -> str:
    section = _REMOTE.search((read_small(git / "config") or "") if git else "")
    url = _URL.search(section[1]) if section else None
    return url[1] if url else ""


def _read_branch(git: Path | None) -> str:
    if git is None:
        return ""
    texts = (read_small(git / "refs/remotes/origin/HEAD"), read_small(git / "HEAD"))
    return next((found[1] for text in texts if text and (found := _HEAD.match(text))), "")
