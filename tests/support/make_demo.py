"""Make bot/demo/plan.json and summary.txt again, by real Terraform against a local AWS: see bot/demo/README.md."""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.support.terraform import Workspace, aws_environment, aws_provider_dir, moto_server

DEMO = Path(__file__).parents[2] / "bot" / "demo"


def make_demo(folder: Path, plugin_dir: Path) -> tuple[bytes, str, bytes, str]:
    """Apply step1 in ``folder`` and plan step2: plan and summary, and the same for destroying all of step1."""
    with moto_server() as url:
        before, after = (
            Workspace(folder=folder, env={**aws_environment(url), "TF_VAR_registry_password": f"not-a-real-secret-{n}"})
            for n in (1, 2)
        )
        shutil.copy(DEMO / "step1" / "main.tf", folder)
        before.init(plugin_dir)
        before.apply()
        destroy = before.plan("-destroy")
        shutil.copy(DEMO / "step2" / "main.tf", folder)
        return *after.plan(), *destroy


def main() -> None:
    plugin_dir = aws_provider_dir()
    if plugin_dir is None:
        sys.exit("Name the -plugin-dir layout that holds the AWS provider in PLAN_REVIEW_TF_PLUGIN_DIR.")
    with tempfile.TemporaryDirectory() as folder:
        plan, summary, _, _ = make_demo(Path(folder), plugin_dir)
        if re.search(re.escape(folder).encode(), plan):
            sys.exit("The plan names the folder it was made in.")
    (DEMO / "plan.json").write_bytes(plan)
    (DEMO / "summary.txt").write_text(summary + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
