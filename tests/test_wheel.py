"""The wheel holds everything it needs: installed into an empty place, run from an empty folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "wheel", *offline, "--wheel-dir", str(folder), str(TOP)], check=True, capture_output=True)
    (wheel,) = folder.glob("plan_review-*.whl")
    subprocess.run(
        [*pip, "install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel)], check=True
    )
    return folder


def test_the_wheel_holds_templates_catalog_and_demo(installed: Path) -> None:
    (wheel,) = installed.glob("plan_review-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "bot/templates/comment.md.j2",
        "bot/templates/parts/block.md.j2",
        "bot/templates/report.css",
        "bot/templates/report.js",
        "bot/catalog/destructive.toml",
        "bot/demo/plan.json",
    } <= names
    assert not any(name.startswith(("tests/", "templates/")) for name in names)


def test_the_installed_wheel_does_the_main_job(installed: Path, tmp_path: Path) -> None:
    program = "import sys, bot; assert 'site' in bot.__file__; from bot.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "demo", "--output", "out"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "wrote out/comment.md\nwrote out/report.html\nwrote out/report.json\n")
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
