"""Make tests/e2e/plans/aws-access.json again: policies of AWS, applied and changed by real Terraform against moto."""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.support.make_plans import PLANS
from tests.support.terraform import Workspace, aws_environment, aws_provider_dir, moto_server

STEPS = Path(__file__).parents[1] / "e2e" / "access"


def make_access(folder: Path, plugin_dir: Path) -> bytes:
    """Apply step1 in ``folder`` and plan step2."""
    with moto_server() as url:
        workspace = Workspace(folder=folder, env=aws_environment(url))
        shutil.copy(STEPS / "step1" / "main.tf", folder)
        workspace.init(plugin_dir)
        workspace.apply()
        shutil.copy(STEPS / "step2" / "main.tf", folder)
        plan, _ = workspace.plan()
        return plan


def main() -> None:
    plugin_dir = aws_provider_dir()
    if plugin_dir is None:
        sys.exit("Name the -plugin-dir layout that holds the AWS provider in PLAN_REVIEW_TF_PLUGIN_DIR.")
    with tempfile.TemporaryDirectory() as folder:
        (PLANS / "aws-access.json").write_bytes(make_access(Path(folder), plugin_dir))


if __name__ == "__main__":
    main()
