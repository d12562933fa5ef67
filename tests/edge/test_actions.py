"""Summary, outputs and annotations in real files and streams, with what an attacker would write into them."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.annotations import Annotation, AnnotationLevel
from bot.edge.actions import (
    LARGEST_SUMMARY,
    OutputName,
    defuse,
    defuse_json,
    defuse_text,
    in_actions,
    write_annotations,
    write_outputs,
    write_summary,
)
from bot.errors import CannotRead

HOSTILE = [
    "::error::x",
    "  ::add-mask::x",
    "\u00a0\u3000::stop-commands::x",
    "text ##[add-mask]x",
    "####[error]x",
    "%0A::error::x",
    "\u202e::error::x",
    "\x00::error::x",
    "\ud800",
]


def read_outputs(path: Path) -> dict[str, str]:
    """As actions/runner reads the file: heredocs by line, empty lines between them."""
    found: dict[str, str] = {}
    lines = path.read_text(encoding="utf-8").split("\n")
    while lines:
        name, mark, delimiter = lines.pop(0).partition("<<")
        if mark:
            end = lines.index(delimiter)
            found[name] = "\n".join(lines[:end])
            lines = lines[end + 1 :]
        elif name:
            key, _, value = name.partition("=")
            found[key] = value
    return found


def is_command(line: str) -> bool:
    """As actions/runner tells: ``::`` at the start after white space, or ``##[`` anywhere."""
    return line.strip().startswith("::") or "##[" in line


def annotation(
    message: str = "m", file: str = "a.tf", title: str = "t", level: AnnotationLevel = "error"
) -> Annotation:
    return Annotation(level=level, file=file, line=3, title=title, message=message)


# --- summary -------------------------------------------------------------------------------------------------------


def test_outside_of_actions_nothing_is_written() -> None:
    assert write_summary({}, "text") == "nowhere"
    assert write_summary({"GITHUB_STEP_SUMMARY": ""}, "text") == "nowhere"
    assert write_outputs({}, {"verdict": "pass"}) == "nowhere"
    assert (in_actions({}), in_actions({"GITHUB_ACTIONS": "true"})) == (False, True)


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, "# ü\n"), (b"", "# ü\n"), (b"others\n", "others\n# ü\n"), (b"no line end", "no line end\n# ü\n")],
)
def test_a_summary_is_added_on_lines_of_its_own(before: bytes | None, after: str, tmp_path: Path) -> None:
    path = tmp_path / "summary"
    if before is not None:
        path.write_bytes(before)
    assert write_summary({"GITHUB_STEP_SUMMARY": str(path)}, "# ü") == "written"
    assert path.read_text(encoding="utf-8") == after


def test_a_summary_fits_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_bytes(b"x" * 999 + b"\n")
    environ = {"GITHUB_STEP_SUMMARY": str(path)}
    room = LARGEST_SUMMARY - 1000
    assert write_summary(environ, "ü" * (room // 2)) == "too large"  # the line end is one byte too many
    assert path.stat().st_size == 1000
    assert write_summary(environ, "ü" * (room // 2 - 1) + "x") == "written"
    assert path.stat().st_size == LARGEST_SUMMARY == 1_048_576
    assert write_summary(environ, "") == "too large"


def test_three_megabytes_are_refused_and_leave_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    assert write_summary({"GITHUB_STEP_SUMMARY": str(path)}, "x" * 3_000_000) == "too large"
    assert path.read_bytes() == b""


def test_a_lone_surrogate_is_written_as_its_escape(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    assert write_summary({"GITHUB_STEP_SUMMARY": str(path)}, "a\ud800b") == "written"
    assert path.read_bytes() == b"a\\ud800b\n"


def test_a_summary_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="Is a directory"):
        write_summary({"GITHUB_STEP_SUMMARY": str(tmp_path)}, "text")
    with pytest.raises(CannotRead, match="no name of a file"):
        write_summary({"GITHUB_STEP_SUMMARY": "a\0b"}, "text")


# --- outputs -------------------------------------------------------------------------------------------------------


def test_outputs_come_back_as_they_went_in(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_bytes(b"theirs=1")
    values: dict[OutputName, str | int] = {
        "verdict": "hold",
        "exit-code": 10,
        "digest": "sha256:ab",
        "page": "a b/ü.json",
    }
    assert write_outputs({"GITHUB_OUTPUT": str(path)}, values) == "written"
    assert read_outputs(path) == {
        "theirs": "1",
        "verdict": "hold",
        "exit-code": "10",
        "digest": "sha256:ab",
        "page": "a b/ü.json",
    }


def test_a_value_cannot_end_its_output(tmp_path: Path) -> None:
    path = tmp_path / "output"
    environ = {"GITHUB_OUTPUT": str(path)}
    write_outputs(environ, {"page": "a"})
    seen = path.read_text().splitlines()[-1]
    hostile = f"a\n{seen}\nend_\nEOF\nverdict=pass\nverdict<<EOF\npass\nEOF"
    write_outputs(environ, {"page": hostile})
    assert read_outputs(path) == {"page": hostile}


def test_delimiters_are_new_each_time(tmp_path: Path) -> None:
    path = tmp_path / "output"
    write_outputs({"GITHUB_OUTPUT": str(path)}, {"verdict": "pass", "held": 0})
    found = re.findall(r"<<(end_[0-9a-f]{32})\n", path.read_text())
    assert len(set(found)) == 2


@pytest.mark.parametrize("name", ["address", "verdict\nx", "", "VERDICT", "verdict=pass"])
def test_only_names_of_ours_become_outputs(name: str, tmp_path: Path) -> None:
    path = tmp_path / "output"
    values: Any = {name: "x"}
    with pytest.raises(ValueError, match="no outputs of ours"):
        write_outputs({"GITHUB_OUTPUT": str(path)}, values)
    assert not path.exists()


# --- annotations ---------------------------------------------------------------------------------------------------


def test_an_annotation_is_one_escaped_line() -> None:
    stream = io.StringIO()
    write_annotations([annotation("50% of\r\na: b, c", file="d,e:f%/ü.tf", title="t: ::error::,\nx")], stream)
    assert stream.getvalue() == (
        "::error file=d%2Ce%3Af%25/ü.tf,line=3,title=t%3A %3A%3Aerror%3A%3A%2C%0Ax::50%25 of%0D%0Aa: b, c\n"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_an_annotation_stays_one_command(text: str) -> None:
    stream = io.StringIO()
    write_annotations([annotation(f"{text}\n{text}", file=text, title=text)], stream)
    line = stream.getvalue()
    assert re.fullmatch(r"::error file=[^:,\n]*,line=3,title=[^:,\n]*::[^\r\n]*\n", line)
    line.encode("utf-8")


def test_ten_of_each_level_are_kept() -> None:
    stream = io.StringIO()
    many = [annotation(str(number)) for number in range(12)] + [annotation("w", level="warning")]
    assert write_annotations(many, stream) == 2
    assert [line.rpartition("::")[2] for line in stream.getvalue().splitlines()] == [*map(str, range(10)), "w"]
    assert write_annotations([], stream) == 0


def test_a_long_message_is_cut_before_it_is_escaped() -> None:
    stream = io.StringIO()
    write_annotations([annotation("%" * 3_000_000)], stream)
    assert stream.getvalue().rstrip("\n").partition(",title=t::")[2] == "%25" * 4095 + "…"


# --- log lines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", ": :error::x"),
        ("  ::add-mask::x", "  : :add-mask::x"),
        (":::x::", ": ::x::"),
        ("a ::error::x", "a ::error::x"),
        ("a ##[add-mask]x", "a ## [add-mask]x"),
        ("####[x]", "#### [x]"),
        ("# heading ## [x]", "# heading ## [x]"),
        ("\u200b::error::x", "\\u200b::error::x"),
        ("#\u200b#[error]x", "#\\u200b#[error]x"),
        ("a\r::error::x", "a⏎::error::x"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", "\\u001b]0;title\\u0007"),
        ("\ud800", "\\ud800"),
    ],
)
def test_a_line_is_made_harmless_and_stays_readable(line: str, shown: str) -> None:
    assert defuse(line) == shown


def test_every_line_of_a_text_is_made_harmless() -> None:
    assert defuse_text("a\n::b::\r\n ::c::\r::d::\n\n##[e]") == "a\n: :b::\r\n : :c::\r: :d::\n\n## [e]"


@given(st.lists(st.one_of(st.sampled_from(["::", "##[", "#", ":", "[", "]", " ", "\n", "\r", *HOSTILE]), st.text())))
def test_no_text_gives_a_command(parts: list[str]) -> None:
    shown = defuse_text("".join(parts))
    assert [line for line in re.split(r"\r\n|\n|\r", shown) if is_command(line)] == []
    assert defuse_text(shown) == shown


@given(st.text(alphabet='#["\\:x'))
def test_json_says_the_same(text: str) -> None:
    shown = defuse_json(json.dumps({text: [text, "##[x]"]}, indent=2))
    assert [line for line in shown.split("\n") if is_command(line)] == []
    assert json.loads(shown) == {text: [text, "##[x]"]}
