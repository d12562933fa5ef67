"""``plan-review templates``, ``config check`` with templates, and ``--templates`` away from GitHub."""

from pathlib import Path

import pytest

from bot.cli import main
from bot.edge.files import read_own_templates, read_templates
from bot.own_templates import FIXED
from tests.support.plans import plan, row

FOLDER = ".github/plan-review/templates"
OURS = "of this repository could not be used: "
NOPE = f"The template parts/footer.md.j2 {OURS}line 2: there is no value called nope; the built-in one was used."


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put(files: dict[str, str], folder: str = FOLDER, settings: str = "templates: 1\n") -> None:
    for name, text in {f"{folder}/{name}": text for name, text in files.items()}.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    Path(".github").mkdir(exist_ok=True)
    Path(".github/plan-review.yml").write_text(settings, encoding="utf-8")


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_list_names_what_can_be_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "templates", "list")
    assert code == 0
    assert out.splitlines() == sorted(name for name in read_templates() if name not in FIXED)
    assert "parts/cost.md.j2" in out


def test_what_show_gives_is_accepted_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    put({})
    assert main(["templates", "show", "parts/cost.md.j2", "-o", f"{FOLDER}/parts/cost.md.j2"]) == 0
    assert Path(FOLDER, "parts/cost.md.j2").read_text(encoding="utf-8") == read_templates()["parts/cost.md.j2"]
    capsys.readouterr()
    code, out, _ = ask(capsys, "config", "check")
    assert (code, out) == (0, "The settings are good, and so are the templates: parts/cost.md.j2.\n")


@pytest.mark.parametrize("name", ["parts/costs.md.j2", "report.html.j2", "../pyproject.toml"])
def test_show_knows_no_other_names(capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, _, err = ask(capsys, "templates", "show", name)
    assert code == 2
    assert err == f"plan-review: There is no template {name}.\n  See `plan-review templates list`.\n"


def test_check_tells_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    put({"parts/footer.md.j2": "ours\n{{ nope }}\n"})
    assert ask(capsys, "config", "check") == (1, f"{NOPE}\n", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{% if report.several %}{{ report.nope }}{% endif %}", "line 1: there is no value called nope"),
        ("{% if report.idle %}{{ report.nope }}{% endif %}", "line 1: there is no value called nope"),
        ("{% if report.since %}{{ report.nope }}{% endif %}", "line 1: there is no value called nope"),
        ("{% if report.holding %}{{ report.nope }}{% endif %}", "line 1: there is no value called nope"),
    ],
)
def test_check_looks_at_more_than_one_kind_of_plan(capsys: pytest.CaptureFixture[str], text: str, why: str) -> None:
    put({"parts/footer.md.j2": text})
    told = f"The template parts/footer.md.j2 {OURS}{why}; the built-in one was used.\n"
    assert ask(capsys, "config", "check") == (1, told, "")


def test_check_of_a_folder_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    put({"parts/footer.md.j2": "ours\n{{ nope }}\n"}, folder="mine", settings="version: 1\n")
    assert ask(capsys, "config", "check", "--templates", "mine") == (1, f"{NOPE}\n", "")
    code, _, err = ask(capsys, "config", "check", "--templates", "nowhere")
    assert (code, err) == (1, "plan-review: nowhere is no folder.\n  Name the folder that holds your templates.\n")


def test_check_says_that_nobody_reads_them(capsys: pytest.CaptureFixture[str]) -> None:
    put({"parts/footer.md.j2": "ours\n"}, settings="version: 1\n")
    code, out, _ = ask(capsys, "config", "check")
    assert code == 0
    assert out == (
        "The settings are good.\n.github/plan-review/templates holds templates that nothing reads: "
        "the settings do not say `templates: 1`.\n"
    )


def test_check_without_templates_is_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, "config", "check") == (0, "The settings are good.\n", "")


def review(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    Path("plan.json").write_bytes(
        plan(row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}), row("a.b", ["no-op"], {}, {}))
    )
    return ask(capsys, "review", "plan.json", "--format", "markdown", *more)


def test_the_checkout_counts_where_its_settings_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    put({"parts/footer.md.j2": "our {{ report.environment }}\n"})
    code, out, err = review(capsys)
    assert (code, out.splitlines()[-1], err) == (10, "our prod", "")
    put({}, settings="version: 1\n")
    assert review(capsys)[1].splitlines()[-1].startswith("<sub>")


def test_a_folder_of_the_command_line_needs_no_settings(capsys: pytest.CaptureFixture[str]) -> None:
    put({"parts/footer.md.j2": "ours\n"}, folder="mine", settings="version: 1\n")
    assert review(capsys, "--templates", "mine")[1].splitlines()[-1] == "ours"


def test_a_broken_one_is_told_on_standard_error_too(capsys: pytest.CaptureFixture[str]) -> None:
    put({"parts/footer.md.j2": "ours\n{{ nope }}\n"})
    code, out, err = review(capsys)
    assert (code, err) == (10, f"plan-review: {NOPE}\n")
    assert out.splitlines()[-1] == f"⚠️ {NOPE.replace('parts/footer.md.j2', '`parts/footer.md.j2`', 1)}"


def test_a_page_is_never_dressed(capsys: pytest.CaptureFixture[str]) -> None:
    put({"parts/footer.md.j2": "dressed by us\n"})
    assert "dressed by us" not in review(capsys, "--format", "html")[1]


def test_links_and_deep_folders_are_not_followed(tmp_path: Path) -> None:
    put({"parts/a.md.j2": "a", "b.md.j2": "b", "c.txt": "c", "x/y/z.md.j2": "z"})
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "s.md.j2").write_text("s", encoding="utf-8")
    Path(FOLDER, "link.md.j2").symlink_to(secret / "s.md.j2")
    Path(FOLDER, "linked").symlink_to(secret)
    Path(FOLDER, "big.md.j2").write_text("x" * 40_000, encoding="utf-8")
    Path(FOLDER, "folder.md.j2").mkdir()
    found = {file.name: file.data for file in read_own_templates(FOLDER)}
    assert found == {
        "parts/a.md.j2": b"a",
        "b.md.j2": b"b",
        "link.md.j2": None,
        "linked/s.md.j2": None,
        "big.md.j2": None,
        "folder.md.j2": None,
    }
    assert read_own_templates("nowhere") == []
