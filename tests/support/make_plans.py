"""Make tests/e2e/plans again by the real Terraform: the plan and the line it sums the plan up with, for every case."""

import sys
import tempfile
from pathlib import Path

from tests.e2e.cases import CASES, Case
from tests.support.make_demo import make_demo
from tests.support.terraform import Workspace, aws_provider_dir, write_files

PLANS = Path(__file__).parents[1] / "e2e" / "plans"


def make_plan(case: Case, folder: Path) -> tuple[bytes, str]:
    """Apply ``before`` in ``folder`` and plan ``after``: the plan and its summary line."""
    workspace = Workspace(folder=folder, env=case.env)
    workspace.run("init")
    if case.before:
        write_files(folder, {"main.tf": case.before})
        workspace.apply()
    write_files(folder, {"main.tf": case.after})
    if case.apply_fails:
        workspace.run("apply", "-auto-approve", code=1)
    return workspace.plan(*case.options, errored=case.errored)


def main() -> None:
    PLANS.mkdir(exist_ok=True)
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            _store(case.name, *make_plan(case, Path(folder)))
    plugin_dir = aws_provider_dir()
    if plugin_dir is None:
        sys.exit("Name the -plugin-dir layout that holds the AWS provider in PLAN_REVIEW_TF_PLUGIN_DIR.")
    with tempfile.TemporaryDirectory() as folder:
        _, _, destroy, summary = make_demo(Path(folder), plugin_dir)
        _store("aws-destroy", destroy, summary)


def _store(name: str, plan: bytes, summary: str) -> None:
    (PLANS / f"{name}.json").write_bytes(plan + b"\n")
    (PLANS / f"{name}.txt").write_text(summary + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
