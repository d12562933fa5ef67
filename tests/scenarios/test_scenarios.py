"""Stories: a real plan, the pull request as data, and everything a user would see, in full.

``make golden`` rewrites the expected outputs; the diff is what a reviewer reads.
"""

from pathlib import Path

import msgspec
import pytest
import yaml
from msgspec import Struct

from bot.cli import main
from bot.environment import EnvironmentName
from tests.conftest import Golden

TOP = Path(__file__).parents[2]
STORIES = sorted(path.parent for path in Path(__file__).parent.glob("*/story.yml"))
HEAD = "0123456789abcdef0123456789abcdef01234567"
OUTPUTS = {"text": "terminal.txt", "markdown": "comment.md", "json": "report.json"}


class Story(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``plans`` are ``[NAME=]PATH``, the paths from the top; ``options`` name files of the story's own folder."""

    title: str
    plans: list[str]
    environment: EnvironmentName
    exit_code: int
    labels: list[str] = []
    options: dict[str, str] = {}


def read_story(folder: Path) -> Story:
    return msgspec.convert(yaml.safe_load((folder / "story.yml").read_text(encoding="utf-8")), Story)


def arguments(folder: Path, story: Story) -> list[str]:
    words = ["review", *(_absolute(plan) for plan in story.plans), "--environment", story.environment]
    for option, name in (("--intent", "pull-request.yml"), ("--config", "config.yml")):
        words += [option, str(folder / name)] if (folder / name).exists() else []
    words += [word for option, name in story.options.items() for word in (option, str(folder / name))]
    return [*words, *(word for label in story.labels for word in ("--label", label))]


def _absolute(plan: str) -> str:
    name, _, path = plan.rpartition("=")
    return f"{name}={TOP / path}" if name else str(TOP / path)


@pytest.mark.parametrize("folder", STORIES, ids=lambda folder: folder.name)
def test_story(folder: Path, golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    story = read_story(folder)
    _check_records(folder, golden, capsys)
    for format_, name in OUTPUTS.items():
        code = main([*arguments(folder, story), "--format", format_])
        said = capsys.readouterr()
        assert (code, said.err) == (story.exit_code, "")
        golden.check(folder / "expected" / name, said.out)
    _check_status(folder, golden)


def _check_records(folder: Path, golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    """Where planning fails the story holds what Terraform wrote; its record is what the story then reviews."""
    for log in sorted(folder.glob("*.log")):
        code = main(["record", f"{log.stem}={log}", "--failed", "--commit", HEAD, "-e", read_story(folder).environment])
        said = capsys.readouterr()
        assert (code, said.err) == (0, "")
        golden.check(log.with_suffix(".json"), said.out)


def _check_status(folder: Path, golden: Golden) -> None:
    report = msgspec.json.decode((folder / "expected" / "report.json").read_bytes())
    status = report["status"]
    golden.check(
        folder / "expected" / "status.txt", f"{status['context']}: {status['state']}: {status['description']}\n"
    )
    assert len(status["description"]) <= 140


def test_there_are_enough_stories() -> None:
    assert len(STORIES) >= 20
