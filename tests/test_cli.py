"""The commands as a user meets them: exit codes, advice, files, help."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

import bot.app
from bot.app import read_stacks
from bot.cli import main
from bot.config import Config
from tests.benchmarks.plans import write_plan
from tests.support.plans import plan, row

CREATE = plan(row("a_b.c", ["create"], None, {"x": 1}))
DELETE = plan(row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}), row("a_b.stays", ["no-op"], {}, {}))


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    (tmp_path / "create.json").write_bytes(CREATE)
    (tmp_path / "delete.json").write_bytes(DELETE)
    (tmp_path / "state.json").write_bytes(b'{"format_version":"1.0","values":{}}')
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["create.json"], 0),
        (["delete.json"], 10),
        (["delete.json", "-e", "dev"], 0),
        (["delete.json", "--label", "allow-deletions"], 0),
        (["delete.json", "--label", "allow-iam"], 10),
        (["state.json"], 11),
        (["create.json", "state.json"], 11),
        (["a=create.json", "b=delete.json"], 10),
        (["a=create.json", "--expect", "a"], 0),
        (["a=create.json", "--expect", "a", "--expect", "b"], 11),
    ],
)
def test_review(arguments: list[str], code: int, plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", *arguments]) == code
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (
            ["review", "nothing.json"],
            1,
            "plan-review: nothing.json does not exist.\n  Make it with: terraform show -json tfplan > plan.json\n",
        ),
        (
            ["review", "empty"],
            1,
            "plan-review: empty holds no .json file.\n  Did the step that makes the records run?\n",
        ),
        (
            ["review", "create.json", "-c", "nothing.yml"],
            1,
            "plan-review: nothing.yml does not exist.\n  Make it with: terraform show -json tfplan > plan.json\n",
        ),
        (
            ["review", "create.json", "-o", "create.json/x"],
            1,
            "plan-review: create.json/x cannot be written: File exists.\n  Name a place you may write to.\n",
        ),
        (
            ["record", "two.json"],
            2,
            "plan-review: two.json holds 2 plans.\n  A record holds one plan: record them one by one.\n",
        ),
    ],
)
def test_errors_are_a_line_and_advice(
    arguments: list[str], code: int, error: str, plans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (plans / "empty").mkdir()
    (plans / "two.json").write_bytes(CREATE + b"\n" + CREATE)
    assert main(arguments) == code
    assert capsys.readouterr().err == error


@pytest.mark.parametrize(
    "arguments", [[], ["review"], ["nonsense"], ["review", "x", "-e", "production"], ["config", "burn"]]
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: plan-review" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["review", "--help"], ["record", "--help"], ["demo", "--help"], ["config", "--help"]]
)
def test_help_teaches(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "exit codes:" in capsys.readouterr().out


def test_standard_input(plans: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DELETE)))
    assert main(["review", "-", "--format", "json"]) == 10
    assert json.loads(capsys.readouterr().out)["stacks"][0]["name"] == "default"


def test_names_of_stacks(plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["review", "net=create.json", "delete.json", "delete.json", "--format", "json"])
    names = [stack["name"] for stack in json.loads(capsys.readouterr().out)["stacks"]]
    assert names == ["delete", "delete (2)", "net"]


def test_records_of_a_folder_are_judged_again(plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plans / "records").mkdir()
    for name in ("create", "delete"):
        assert main(["record", f"{name}={name}.json", "-o", f"records/{name}.json"]) == 0
    assert capsys.readouterr().err == "wrote records/create.json\nwrote records/delete.json\n"
    assert main(["review", "records", "--format", "json"]) == 10
    assert [stack["name"] for stack in json.loads(capsys.readouterr().out)["stacks"]] == ["create", "delete"]


def test_what_changed_since_an_earlier_plan(plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "delete.json", "-o", "earlier.json"]) == 0
    later = plan(row("aws_s3_bucket.b", ["delete"], {"bucket": "other"}), row("a_b.c", ["create"], None, {"x": 1}))
    (plans / "later.json").write_bytes(later)
    capsys.readouterr()
    main(["review", "later.json", "--since", "earlier.json", "--format", "markdown"])
    part = capsys.readouterr().out.split("### Since you last looked\n\n")[1].split("\n\n###")[0]
    assert part == (
        "Compared with the earlier one.\n\n"
        "- **New, 1 change:**\n  - ✨ create `a_b.c`\n"
        "- **Changed, 1 change:**\n  - 🗑️ destroy `aws_s3_bucket.b` in `bucket`\n\n"
        "Everything else is the same."
    )
    main(["review", "delete.json", "--since", "delete.json"])
    assert "Same plan as in the earlier one." in capsys.readouterr().out


def test_a_record_of_an_unreadable_plan_says_so(plans: Path) -> None:
    assert main(["record", "state.json", "-o", "r.json"]) == 11
    assert main(["review", "r.json"]) == 11


def test_files_are_written_whole(plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "delete.json", "--format", "html", "-o", "out/report.html", "--summary", "summary.md"]) == 10
    assert (plans / "out" / "report.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert (plans / "summary.md").read_text(encoding="utf-8").startswith("## ⛔ PROD: do not merge yet")
    assert capsys.readouterr().out == ""
    assert sorted(os.listdir(plans / "out")) == ["report.html"]


def test_the_page_is_written_besides_the_output(plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "delete.json", "--format", "json", "--html", "out/page.html"]) == 10
    written = capsys.readouterr()
    assert json.loads(written.out)["verdict"]["state"] == "hold"
    assert written.err == "wrote out/page.html\n"
    page = (plans / "out" / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>\n")
    assert page.endswith("</html>\n")


def test_the_page_says_what_changed_since_and_what_stage_got(plans: Path) -> None:
    assert main(["record", "create.json", "-o", "stage.json", "-e", "stage"]) == 0
    main(["review", "delete.json", "--since", "create.json", "--promoted-from", "stage.json", "--html", "page.html"])
    page = (plans / "page.html").read_text(encoding="utf-8")
    since, stage = page.split('<section id="since">')[1].split('<section id="promotion">')
    assert "<strong>New, 1 change:</strong>" in since
    assert "<strong>Never seen in STAGE:</strong> destroy" in stage


def test_settings_of_the_repository_are_found(plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plans / ".github").mkdir()
    (plans / ".github" / "plan-review.yml").write_text(
        "rules: {destructive: {tiers: [{match: aws_s3_bucket, tier: free}]}}"
    )
    assert main(["review", "delete.json"]) == 0
    assert main(["config", "check"]) == 0
    (plans / ".github" / "plan-review.yml").write_text("secrets: {patterns: ['(']}")
    assert main(["review", "create.json"]) == 1
    assert "secrets.patterns: '(' is no regular expression" in capsys.readouterr().err


def test_config_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check"]) == 0
    assert main(["config", "show"]) == 0
    assert "destroy_everything: hold" in capsys.readouterr().out
    assert main(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "plan-review settings"


def test_the_demo_needs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-o", "out"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["comment.md", "report.html", "report.json"]
    assert "PROD: do not merge yet – 2 deletions nobody explained" in capsys.readouterr().out


def test_colour_only_where_wanted(
    plans: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["review", "delete.json"])
    assert "\x1b[" not in capsys.readouterr().out
    main(["review", "delete.json", "--color", "always"])
    assert "\x1b[31m" in capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    main(["review", "delete.json"])
    assert "\x1b[31m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main(["review", "delete.json"])
    assert "\x1b[" not in capsys.readouterr().out


def test_a_bug_of_ours_shows_no_values(
    plans: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("planted-" + "secret-value")

    monkeypatch.setattr(bot.app, "review_facts", fail)
    assert main(["review", "create.json"]) == 70
    said = capsys.readouterr()
    assert "a bug of ours: ValueError" in said.err
    assert "planted-secret-value" not in said.err + said.out


def test_control_characters_never_reach_the_terminal(plans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b]0;title\x07\x1b[2J\u202e##[error]x\n::set-output name=a::b"
    document = plan(
        row("a_b.c", ["update"], {"x": "a"}, {"x": hostile, hostile: 1}),
        row('a_b.d["\\u001b"]', ["delete"], {"name": hostile}),
    )
    (plans / "hostile.json").write_bytes(document)
    main(["review", "hostile.json"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert not any(line.lstrip().startswith(("::", "##[")) for line in out.splitlines())


@pytest.mark.parametrize("huge", [2**40, 1024], ids=["copied", "mapped"])
def test_a_large_file_reads_as_a_small_one(huge: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.edge.plan_file.HUGE", huge)
    whole, lines, cut = tmp_path / "whole.json", tmp_path / "lines.json", tmp_path / "cut.json"
    write_plan(whole, 1_000, 1)
    data = whole.read_bytes()
    lines.write_bytes(data + data)
    cut.write_bytes(data[:-1000])
    stacks = read_stacks((str(whole), str(lines), str(cut)), Config())
    assert [stack.plan.counts for stack in stacks[1:3]] == [stacks[0].plan.counts] * 2
    assert [stack.name for stack in stacks] == ["whole", "lines#1", "lines#2", "cut"]
    assert stacks[3].problem is not None
    assert stacks[3].problem.message == "The JSON ends in the middle: the file was cut off."
