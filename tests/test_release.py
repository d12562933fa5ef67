"""A release: what may do what, what stops a wrong tag, and that the same commit gives the same bytes."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from bot import __version__

TOP = Path(__file__).parents[1]
JOBS = yaml.safe_load((TOP / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
PARTS = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore", "bot", "templates")


def test_only_the_job_that_publishes_has_an_identity_and_it_is_protected() -> None:
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "test": {"contents": "read"},
        "build": {"contents": "read"},
        "publish": {"id-token": "write", "attestations": "write"},
        "announce": {"contents": "write"},
    }
    assert {name: job.get("environment") for name, job in JOBS.items()} == {
        "test": None,
        "build": None,
        "publish": "release",
        "announce": None,
    }
    assert {name: job.get("needs") for name, job in JOBS.items()} == {
        "test": None,
        "build": "test",
        "publish": "build",
        "announce": "publish",
    }


def test_jobs_that_may_write_run_no_code_of_the_repository() -> None:
    used = {
        name: [step.get("uses", step.get("run", "")).split("@")[0] for step in JOBS[name]["steps"]]
        for name in ("publish", "announce")
    }
    assert used == {
        "publish": [
            "actions/download-artifact",
            "actions/attest-build-provenance",
            "pypa/gh-action-pypi-publish",
        ],
        "announce": [
            "actions/download-artifact",
            'gh release create "$TAG" --verify-tag --title "$TAG" --notes-file notes/notes.md dist/*',
        ],
    }


@pytest.mark.parametrize(
    ("tag", "changes", "code", "said", "notes"),
    [
        ("v1.2.3", "# Changes\n\n## 1.2.3\n\n- New.\n\n## 1.2.2\n\n- Old.\n", 0, "", "\n- New.\n\n"),
        ("v1.2.4", "## 1.2.3\n\n- New.\n", 1, "The tag is v1.2.4, and bot/__init__.py says 1.2.3.\n", None),
        ("1.2.3", "## 1.2.3\n\n- New.\n", 1, "The tag is 1.2.3, and bot/__init__.py says 1.2.3.\n", None),
        ("v1.2.3", "## 1.2.30\n\n- Other.\n", 1, 'CHANGELOG.md says nothing under "## 1.2.3".\n', ""),
        ("v1.2.3", "## 1.2.3\n\n## 1.2.2\n\n- Old.\n", 1, 'CHANGELOG.md says nothing under "## 1.2.3".\n', "\n"),
    ],
    ids=["right", "another version", "without v", "no notes", "empty notes"],
)
def test_the_tag_is_the_version_and_has_notes(
    tag: str, changes: str, code: int, said: str, notes: str | None, tmp_path: Path
) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot/__init__.py").write_text('"""Words."""\n\n__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(changes)
    (script,) = [step["run"] for step in JOBS["build"]["steps"] if step.get("name") == "Tag, version and notes"]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "TAG": tag},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)
    written = tmp_path / "notes/notes.md"
    assert (written.read_text() if written.exists() else None) == notes


def test_the_version_of_now_has_notes() -> None:
    assert f"\n## {__version__}\n" in (TOP / "CHANGELOG.md").read_text(encoding="utf-8")


def copy(folder: Path, *, mode: int, time: int) -> Path:
    """What the archives are made of, as a checkout with other times and another umask would have it."""
    folder.mkdir()
    for name in PARTS:
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(TOP / name, folder / name)
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(mode)
            os.utime(path, (time, time))
    return folder


def build(folder: Path, *targets: str) -> dict[str, str]:
    """Name and SHA-256 of each archive, built as `make dist` does."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", "out"]
    for target in targets:
        command += ["-t", target]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "out").iterdir()}


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    """Twice from the tree, and the wheel a third time from the source archive."""
    one = copy(tmp_path / "one", mode=0o644, time=1_500_000_000)
    two = copy(tmp_path / "two", mode=0o600, time=1_600_000_000)
    built = build(one, "sdist", "wheel")
    name = f"plan_review-{__version__}"
    assert sorted(built) == [f"{name}-py3-none-any.whl", f"{name}.tar.gz"]
    assert build(two, "sdist", "wheel") == built
    (archive,) = (one / "out").glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "three", filter="data")
    (three,) = (tmp_path / "three").iterdir()
    assert build(three, "wheel").items() <= built.items()
    top = {path.name for path in three.iterdir()} - {"out"}
    assert top == {*PARTS, "PKG-INFO"}
