"""Between a bare git repository and GitHub: files of a pull request, commits that GitHub made, commits that people push."""

import base64
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]
WORDS = {"A": "added", "M": "modified", "D": "removed", "T": "changed"}


class GitError(Exception):
    """Git went wrong; the message is the command and what it printed."""


def git(folder: Path, *command: str, env: Mapping[str, str] | None = None, given: bytes | None = None) -> bytes:
    """What a git command prints.  It knows nothing of this machine's settings.  Raises GitError."""
    fixed = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **(env or {})}
    done = subprocess.run(
        ["git", "-C", str(folder), *command], env=fixed, input=given, capture_output=True, check=False
    )
    if done.returncode:
        raise GitError(f"git {' '.join(command)}: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout


def ask(folder: Path, *command: str, env: Mapping[str, str] | None = None) -> str:
    """The same as text without its last line end."""
    return git(folder, *command, env=env).decode("utf-8").rstrip("\n")


def list_files(origin: Path, base: str, head: str) -> list[Json]:
    """The files between two commits as GitHub lists those of a pull request: from where they parted."""
    parted = ask(origin, "merge-base", base, head)
    listed = ask(origin, "diff", "--name-status", "--no-renames", parted, head)
    rows = []
    for line in listed.splitlines():
        word, _, path = line.partition("\t")
        whole = ask(origin, "diff", "--no-renames", parted, head, "--", path)
        start = whole.find("\n@@ ")
        rows.append({"filename": path, "status": WORDS[word], "patch": whole[start + 1 :] if start >= 0 else None})
    return rows


def mirror_commit(origin: Path, commit: Json, branch: str) -> None:
    """Make the commit that GitHub made, byte for byte, and move the branch there.  Raises GitError if it is another."""
    env: dict[str, str] = {}
    for role in ("author", "committer"):
        person = commit[role]
        env |= {f"GIT_{role.upper()}_NAME": person["name"], f"GIT_{role.upper()}_EMAIL": person["email"]}
        env[f"GIT_{role.upper()}_DATE"] = f"{person['date'][:19]}+0000"
    parents = [word for parent in commit["parents"] for word in ("-p", parent["sha"])]
    made = ask(origin, "commit-tree", commit["tree"]["sha"], *parents, "-m", commit["message"], env=env)
    if made != commit["sha"]:
        raise GitError(f"git made {made} of what GitHub calls {commit['sha']}")
    git(origin, "update-ref", f"refs/heads/{branch}", made)


def send_commits(origin: Path, sha: str, known: set[str], post: Callable[[str, Json], Json]) -> None:
    """Give GitHub what a push gives it: ``post(path, body)`` makes one object below ``git/``."""
    for commit in ask(origin, "rev-list", "--reverse", "--topo-order", sha).split():
        if commit in known:
            continue
        tree, parents, *rest = (
            git(origin, "show", "-s", "--format=%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B", commit).decode().split("\n")
        )
        names = ("name", "email", "date")
        body = {
            "message": "\n".join(rest[6:]).rstrip("\n"),
            "tree": _send_tree(origin, tree, known, post),
            "parents": parents.split(),
            "author": dict(zip(names, rest[:3], strict=True)),
            "committer": dict(zip(names, rest[3:6], strict=True)),
        }
        _check(post("commits", body), commit, known)


def _send_tree(origin: Path, sha: str, known: set[str], post: Callable[[str, Json], Json]) -> str:
    if sha in known:
        return sha
    entries = []
    for line in ask(origin, "ls-tree", sha).splitlines():
        about, _, path = line.partition("\t")
        mode, kind, inner = about.split()
        if kind == "tree":
            _send_tree(origin, inner, known, post)
        elif inner not in known:
            content = base64.b64encode(git(origin, "cat-file", "blob", inner)).decode()
            _check(post("blobs", {"content": content, "encoding": "base64"}), inner, known)
        entries.append({"path": path, "mode": mode, "type": kind, "sha": inner})
    _check(post("trees", {"tree": entries}), sha, known)
    return sha


def _check(made: Json, sha: str, known: set[str]) -> None:
    if made["sha"] != sha:
        raise GitError(f"GitHub made {made['sha']} of what git calls {sha}")
    known.add(sha)
