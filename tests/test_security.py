"""The threat model names tests that exist, and what nothing else shows is shown here."""

import ast
import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import yaml

from bot import __version__
from bot.edge.files import read_kit
from bot.workflows import build_workflows
from tests.test_workflows import CHOICE

TOP = Path(__file__).parents[1]
TEXT = (TOP / "docs/security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", TEXT)


@lru_cache
def list_functions(name: str) -> frozenset[str]:
    tree = ast.parse((TOP / "tests" / name).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_test_that_the_threat_model_names_exists() -> None:
    assert len(NAMED) > 60
    assert [f"{file}::{test}" for file, test in NAMED if test not in list_functions(file)] == []


def test_every_line_of_the_threat_model_has_a_test_or_says_that_it_has_none() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| they try to |")]
    rows = [line for line in rows if not line.startswith(("| what happens |", "| token |"))]
    last = [line.strip("| ").split(" | ")[-1] for line in rows]
    bare = [cell for cell in last if not re.search(r"\.py::test_\w+`", cell) and "not shown" not in cell]
    assert bare == ["not stopped; use an App"]


def test_every_actor_says_what_is_not_stopped() -> None:
    sections = re.split(r"\n## ", TEXT)[1:]
    silent = [section.splitlines()[0] for section in sections if "ot stopped" not in section]
    assert silent == ["GitHub fails, or a run dies"]


def test_jobs_that_run_the_code_of_a_pull_request_may_write_nothing() -> None:
    """Terraform runs providers and modules of the pull request beside the job's token."""
    for text in build_workflows(read_kit(), CHOICE).values():
        for name, job in yaml.safe_load(text)["jobs"].items():
            if any("terraform" in step.get("uses", "") for step in job.get("steps", [])):
                assert name in ("plan", "apply")
                assert {key for key, value in job["permissions"].items() if value == "write"} == {"id-token"}


def test_a_file_in_the_workspace_is_never_imported(tmp_path: Path) -> None:
    """The last step of the action, as the runner runs it, in a workspace with files named like our libraries."""
    action = yaml.safe_load((TOP / "action.yml").read_text(encoding="utf-8"))
    script = action["runs"]["steps"][-1]["run"]
    workspace, folder = tmp_path / "workspace", tmp_path / "installed"
    workspace.mkdir()
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text())
    (folder / "lib").symlink_to(Path(sys.prefix) / "lib")
    for name in ("msgspec", "yaml", "sitecustomize", "usercustomize", "json", "bot"):
        (workspace / f"{name}.py").write_text(f"print('{name} of the workspace ran')\n")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=workspace,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(workspace),
            "ACTION_PATH": str(TOP),
            "FOLDER": str(folder),
            "ARGS": "--version\n",
        },
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"plan-review {__version__}\n", "")
