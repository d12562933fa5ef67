"""Stories of a merge that does not deploy: the commands of the kit's jobs, one after the other, and all they say.

``merge.yml`` holds the event, what GitHub knows, and the commands; ``expected/`` what somebody in trouble reads.
"""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from msgspec import Struct

from bot.cli import main
from tests.conftest import Golden
from tests.edge.test_forks import ARTIFACT, RUN, packed
from tests.support.loopback_github import BOT_LOGIN, State, loopback_github

TOP = Path(__file__).parents[2]
STORIES = sorted(path.parent for path in Path(__file__).parent.glob("*/merge.yml"))
HEAD = "a" * 40  # of pull request 7
MERGE = "f" * 40  # the commit that its merge made


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One command without its name, as a shell would split it."""

    run: str
    exit_code: int = 0


class Story(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``reviewed`` and ``fresh`` are plans, from the top; ``github`` are fields of the loopback's state.

    ``reviewed`` is reviewed for pull request 7, whose comment the story starts with, and ``fresh`` is ``fresh.json``.
    """

    title: str
    event: str
    environ: dict[str, str] = {}
    payload: dict[str, Any] = {}
    github: dict[str, Any] = {}
    verdict: str = "success"  # the status at pull request 7, "" for none
    environment: str = "stage"
    reviewed: str = ""
    fresh: str = ""
    files: dict[str, str] = {}
    commands: list[Line]


def read_merge(folder: Path) -> Story:
    return msgspec.convert(yaml.safe_load((folder / "merge.yml").read_text(encoding="utf-8")), Story)


def prepare(story: Story, state: State, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bring GitHub and the folder to where the merge has just been made."""
    for name, value in story.github.items():
        setattr(state, name, {**state.pull, **value} if name == "pull" else value)
    for name, text in story.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    if story.fresh:
        (folder / "fresh.json").write_bytes((TOP / story.fresh).read_bytes())
    if story.verdict:
        state.add_status("", state=story.verdict, context=f"plan-review/{story.environment}")
    if not story.reviewed:
        return
    named = f"net={TOP / story.reviewed}"
    main(["record", named, "-o", "net.json", "--commit", HEAD, "-e", story.environment])
    main(["review", named, "-e", story.environment, "-f", "markdown", "-o", "comment.md"])
    capsys.readouterr()
    state.add_comment(BOT_LOGIN, (folder / "comment.md").read_text(encoding="utf-8"))
    state.run = {**RUN, "head_repository": {"full_name": "o/r"}}
    state.artifacts.append((ARTIFACT, packed(("net.json", (folder / "net.json").read_bytes()))))


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in ("summary.md", "outputs"):
        (tmp_path / name).write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": MERGE,
        "GITHUB_RUN_ID": "100",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_TOKEN": "ghs_" + "-".join(["no", "token"]),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
    }


@pytest.mark.parametrize("folder", STORIES, ids=lambda folder: folder.name)
def test_story(
    folder: Path,
    golden: Golden,
    surroundings: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    story = read_merge(folder)
    payload = {"repository": {"full_name": "o/r"}, **story.payload}
    (tmp_path / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    with loopback_github() as (state, address):
        prepare(story, state, tmp_path, capsys)
        kind = {"GITHUB_EVENT_NAME": story.event, "GITHUB_API_URL": address}
        for name, value in {**surroundings, **kind, **story.environ}.items():
            monkeypatch.setenv(name, value)
        said = "\n".join(_run(line, capsys) for line in story.commands)
        comments = [str(comment["body"]) for comment in state.comments]
    golden.check(folder / "expected" / "terminal.txt", _settle(said))
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    for name, text in (("summary.md", summary), *(("comment.md", body) for body in comments[:1])):
        if text:
            golden.check(folder / "expected" / name, _settle(text))


def _run(line: Line, capsys: pytest.CaptureFixture[str]) -> str:
    code = main(shlex.split(line.run))
    said = capsys.readouterr()
    assert code == line.exit_code, f"{line.run}\n{said.out}{said.err}"
    return f"$ plan-review {line.run}\n{said.out}{said.err}exit code {code}\n"


def _settle(text: str) -> str:
    """The time, and the digest of the block that has it in, are all that differs from run to run."""
    text = re.sub(r"(?<=plan-review:applied )[0-9a-f]{32}", "0" * 32, text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-01-02T03:04:05Z", text)


def test_there_are_enough_stories() -> None:
    assert len(STORIES) >= 8
