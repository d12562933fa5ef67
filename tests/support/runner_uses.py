"""The actions of others that the kit's workflows use, played: each does to the job what the real one does, here."""

import io
import shutil
import sys
import zipfile
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.support.git_objects import ask, git
from tests.support.runner_machine import Desk, RunnerError
from tests.support.runner_shell import Step

Json = dict[str, Any]
Played = Callable[[Desk, str, Json, Json], Step]


def checkout(desk: Desk, name: str, given: Json, contexts: Json) -> Step:
    """A clone of the bare repository at ``ref``, "" for the event's own commit."""
    _may(desk, "contents", "read")
    _only(name, given, "persist-credentials", "ref", "sparse-checkout")
    ref = given.get("ref") or contexts["github"]["sha"]
    origin, workspace = desk.machine.origin, desk.workspace
    git(workspace, "clone", "--quiet", "--no-checkout", "--shared", str(origin), ".")
    if folder := given.get("sparse-checkout"):
        git(workspace, "sparse-checkout", "set", folder)
    known = ask(origin, "rev-parse", "--verify", f"{ref}^{{commit}}")
    git(workspace, "checkout", "--quiet", "--detach", known)
    return Step(name=name, outcome="success", text=f"{ref} is {known}")


def setup_python(desk: Desk, name: str, given: Json, contexts: Json) -> Step:
    """The interpreter of the tests is on the PATH already."""
    return Step(name=name, outcome="success")


def cache(desk: Desk, name: str, given: Json, contexts: Json) -> Step:
    """A hit: the environment that the action keeps is the one that runs these tests, so nothing is installed."""
    folder, venv = Path(given["path"]), Path(sys.prefix)
    if folder.is_dir():  # a later use of the action in the same job
        return Step(name=name, outcome="success")
    folder.mkdir()
    for part in ("bin", "lib"):
        (folder / part).symlink_to(venv / part)
    if (venv / "pyvenv.cfg").is_file():
        shutil.copy(venv / "pyvenv.cfg", folder)
    (folder / "ready").touch()
    return Step(name=name, outcome="success")


def login_aws(desk: Desk, name: str, given: Json, contexts: Json) -> Step:
    """Credentials for later steps, if the job may ask GitHub for a token and names a role."""
    _may(desk, "id-token", "write")
    if not given["role-to-assume"] or not given["aws-region"]:
        return Step(name=name, outcome="failure", text="no role or no region is set for this environment")
    desk.exported |= {**desk.machine.cloud, "AWS_REGION": given["aws-region"], "AWS_ROLE": given["role-to-assume"]}
    return Step(name=name, outcome="success", text=given["role-to-assume"])


def setup_terraform(desk: Desk, name: str, given: Json, contexts: Json) -> Step:
    """The one of this machine is on the PATH; providers come from a folder."""
    _only(name, given, "terraform_version", "terraform_wrapper")
    desk.exported |= desk.machine.tools
    return Step(name=name, outcome="success")


def upload(desk: Desk, name: str, given: Json, contexts: Json) -> Step:
    """A zip of a file, or of what is in a folder."""
    _only(name, given, "name", "path", "if-no-files-found", "overwrite", "retention-days")
    path = Path(given["path"])
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    files = [file for file in files if file.is_file()]
    if not files:
        if given.get("if-no-files-found") != "ignore":
            raise RunnerError(f"nothing to upload for {given['name']}")
        return Step(name=name, outcome="success", text="nothing to upload")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, str(file.relative_to(path if path.is_dir() else path.parent)))
    desk.machine.github.add_artifact(desk.run, given["name"], packed.getvalue(), overwrite=bool(given.get("overwrite")))
    return Step(name=name, outcome="success", text=f"{given['name']}: {len(files)} files")


def download(desk: Desk, name: str, given: Json, contexts: Json) -> Step:
    """Every artifact of this run whose name fits, into one folder; none is no failure."""
    _only(name, given, "pattern", "path", "merge-multiple")
    target = Path(given["path"])
    target.mkdir(parents=True, exist_ok=True)
    found = []
    for title, data in desk.machine.github.list_artifacts(desk.run):
        if fnmatchcase(title, given["pattern"]):
            found.append(title)
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                archive.extractall(target)
    return Step(name=name, outcome="success", text=f"{len(found)} artifacts")


PLAYED: Mapping[str, Played] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/cache": cache,
    "actions/upload-artifact": upload,
    "actions/download-artifact": download,
    "aws-actions/configure-aws-credentials": login_aws,
    "hashicorp/setup-terraform": setup_terraform,
}


def _may(desk: Desk, scope: str, word: str) -> None:
    if desk.permissions.get(scope) != word and desk.permissions.get(scope) != "write":
        raise RunnerError(f"the job may not {scope}: {word}")


def _only(name: str, given: Json, *known: str) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise RunnerError(f"{name} is played without {', '.join(unknown)}")
