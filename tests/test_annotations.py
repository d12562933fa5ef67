"""Which line of the code a held deletion is shown at."""

import time
from pathlib import Path
from typing import Literal

import pytest

import bot.edge.files
from bot.annotations import Annotation, list_annotations
from bot.classify.destructive import Deletion
from bot.decision import list_held
from bot.edge.files import read_tree
from tests.support.plans import plan, row, run

Action = Literal["delete", "replace", "update"]

MAIN = """\
# resource "aws_s3_bucket" "commented" {
/*
resource "aws_s3_bucket" "commented" {
*/
locals {
  text = <<-EOT
resource "aws_s3_bucket" "text" {
  EOT
}

resource "aws_db_instance" "main" { # resource "aws_x" "y" {
  name = "resource"
}

data "aws_s3_bucket" "read" {
}

module "net" {
  settings = {
    source = "./elsewhere"
  }
  source = "./modules/net" # ours
}

module "registry" {
  source = "terraform-aws-modules/vpc/aws"
}

module "outside" {
  source = "../../etc"
}

removed {
  from = aws_eip.old
  lifecycle {
    destroy = true
  }
}

removed {
  from = module.old
}

removed {
  from = module.net.aws_eip.gone
}

moved {
  from = aws_eip.was
  to   = aws_eip.is
}
"""
SOURCES = {
    "main.tf": MAIN,
    "modules/net/a.tf": 'resource "aws_eip" "out" {\n}\nmodule "deep" {\n  source = "../deep"\n}\n',
    "modules/deep/a.tofu": '\n\nresource "aws_s3_bucket" "logs" {\n}\n',
}


def deletion(address: str, stack: str = "default", action: Action = "delete", deposed: str | None = None) -> Deletion:
    return Deletion(
        stack=stack,
        address=address,
        deposed=deposed,
        type="x",
        action=action,
        tier="stateful",
        loss="data",
        severity="critical",
        effect="destroys",
        because="b",
        source="s",
    )


def places(address: str, sources: dict[str, str] | None = None) -> list[tuple[str, int]]:
    return [(a.file, a.line) for a in list_annotations([deletion(address)], SOURCES if sources is None else sources)]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("aws_db_instance.main", [("main.tf", 11)]),
        ("aws_db_instance.main[0]", [("main.tf", 11)]),
        ('aws_db_instance.main["a.b\\"]\n::error::"]', [("main.tf", 11)]),
        ("aws_db_instance.gone", []),
        ("aws_s3_bucket.commented", []),
        ("aws_s3_bucket.text", []),
        ("aws_s3_bucket.read", []),
        ("data.aws_s3_bucket.read", []),
        ("aws_x.y", []),
        ("module.net.aws_eip.out[0]", [("modules/net/a.tf", 1)]),
        ('module.net["a.module.b"].module.deep[1].aws_s3_bucket.logs', [("modules/deep/a.tofu", 3)]),
        ("module.net.aws_eip.gone[0]", [("main.tf", 44)]),
        ("module.net.aws_eip.never", []),
        ("aws_eip.old[1]", [("main.tf", 33)]),
        ("module.old[0].aws_eip.x", [("main.tf", 40)]),
        ("aws_eip.was", []),
        ("removed", []),
        ("module.gone.aws_eip.out", []),
        ("module.registry.module.x.aws_vpc.this[0]", [("main.tf", 25)]),
        ("module.outside.aws_eip.out", []),
        ("module.net", [("main.tf", 18)]),
        ("module", []),
        ("", []),
        ("..", []),
    ],
)
def test_the_block_of_an_address(address: str, found: list[tuple[str, int]]) -> None:
    assert places(address) == found


@pytest.mark.parametrize(
    "sources",
    [
        {},
        {"a.tf": 'resource "a_b" "c" {\n}\n', "b.tf": 'resource "a_b" "c" {\n}\n'},
        {"override.tf": 'resource "a_b" "c" {\n}\n'},
        {"x_override.tofu": 'resource "a_b" "c" {\n}\n'},
        {"sub/a.tf": 'resource "a_b" "c" {\n}\n'},
        {"a.tf": f'{"x" * 2_000}\n  resource "a_b" "c" {{\n}}\n'},
    ],
    ids=["no code", "stands twice", "override", "another override", "another folder", "not at the margin"],
)
def test_nothing_is_guessed(sources: dict[str, str]) -> None:
    assert places("a_b.c", sources) == []


def test_lines_are_counted_as_github_counts_them() -> None:
    assert places("a_b.c", {"a.tf": '# \x0c \u2028 \x85 \r\n\r\nresource "a_b" "c" {\r\n}\r\n'}) == [("a.tf", 3)]


def test_a_stack_has_its_folder() -> None:
    sources = {"infra/net/a.tf": 'resource "a_b" "c" {\n}\n', "a.tf": '\nresource "a_b" "c" {\n}\n'}
    held = [deletion("a_b.c", "net"), deletion("a_b.c", "top"), deletion("a_b.c", "out")]
    found = list_annotations(held, sources, {"net": "./infra/net/", "out": "../.."})
    assert [(a.file, a.line, a.message.partition(":")[0]) for a in found] == [
        ("infra/net/a.tf", 1, "[net] a_b.c"),
        ("a.tf", 2, "[top] a_b.c"),
    ]


def test_one_resource_is_told_in_words() -> None:
    assert list_annotations([deletion("aws_db_instance.main", action="replace")], SOURCES) == (
        Annotation(
            level="error",
            file="main.tf",
            line=11,
            title="Held by plan-review",
            message=(
                "aws_db_instance.main: is replaced (data is lost). "
                "The merge waits until this is explained or a person lets it through."
            ),
        ),
    )


def test_instances_of_a_block_share_its_annotation() -> None:
    held = [deletion(f"aws_db_instance.main[{number}]") for number in range(7)]
    held.append(deletion("aws_db_instance.main[7]", deposed="00000001"))
    (found,) = list_annotations(held, SOURCES)
    assert found.message == (
        "8 resources: is destroyed (data is lost). "
        "The merge waits until this is explained or a person lets it through. "
        "aws_db_instance.main[0], aws_db_instance.main[1], aws_db_instance.main[2], aws_db_instance.main[3], "
        "aws_db_instance.main[4] and 3 more"
    )


def test_a_hostile_key_is_shown_and_cut() -> None:
    (found,) = list_annotations([deletion(f'aws_db_instance.main["\n\u202e::error::{"x" * 5_000}"]')], SOURCES)
    assert found.message.startswith('aws_db_instance.main["⏎\\u202e::error::xxx')
    assert "\n" not in found.message
    assert len(found.message) < 500


def test_what_holds_is_what_the_verdict_holds() -> None:
    reviewed = run(plan(row("aws_db_instance.main", ["delete"], {}), row("a_b.stays", ["no-op"], {}, {})))
    assert [one.address for one in list_held(reviewed.facts)] == ["aws_db_instance.main"]
    assert [(a.file, a.line) for a in list_annotations(list_held(reviewed.facts), SOURCES)] == [("main.tf", 11)]


@pytest.mark.parametrize(
    "line", ['"' + '\\"' * 499, "/*/" * 333, "<<a " * 249, "{" * 999, '"' * 999], ids=lambda line: line[:3]
)
def test_hostile_code_is_read_in_bounded_time(line: str) -> None:
    """Two thousand lines of it: where time grew with the square of a line's length, one of these took a minute."""
    code = f"{line}\n" * 2_000
    start = time.process_time()
    assert places("a_b.c", {"a.tf": f'resource "a_b" "c" {{\n}}\n{code}'}) == [("a.tf", 1)]
    assert time.process_time() - start < 10


def test_a_line_of_data_is_passed_over() -> None:
    assert places("a_b.c", {"a.tf": '"' + '\\"' * 1_000_000 + '\nresource "a_b" "c" {\n}\n'}) == [("a.tf", 2)]


def test_strings_open_no_comment_and_no_block() -> None:
    text = 'locals {\n  a = "\\" /* {"\n  b = "# {"\n}\nresource "a_b" "c" {\n}\n'
    assert places("a_b.c", {"a.tf": text}) == [("a.tf", 5)]


def test_an_escaped_source_is_no_folder() -> None:
    sources = {"a.tf": 'module "m" {\n  source = "./x\\"y"\n}\n', "x$y/a.tf": 'resource "a_b" "c" {\n}\n'}
    assert places("module.m.a_b.c", sources) == [("a.tf", 1)]


# --- the tree ------------------------------------------------------------------------------------------------------


def test_only_code_inside_the_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    for name in (
        "b.tf",
        "a.tofu",
        "m/x.tf",
        ".terraform/modules/x.tf",
        ".hidden/x.tf",
        ".x.tf",
        "x.tfvars",
        "x.tf.json",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"# {name}\n", encoding="utf-8")
    (tmp_path / "secret.tf").write_text("outside")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.tf").write_text("outside")
    (root / "leaves.tf").symlink_to(tmp_path / "secret.tf")
    (root / "folder").symlink_to(tmp_path / "folder")
    (root / "loop.tf").symlink_to(root / "loop.tf")
    (root / "inside.tf").symlink_to(root / "b.tf")
    (root / "folder.tf").mkdir()
    (root / "bytes.tf").write_bytes(b"# \xff\n")
    (root / "large.tf").write_bytes(b"#" * (2 * 1024**2 + 1))
    assert read_tree(str(root)) == {
        "a.tofu": "# a.tofu\n",
        "b.tf": "# b.tf\n",
        "bytes.tf": "# \ufffd\n",
        "inside.tf": "# b.tf\n",
        "m/x.tf": "# m/x.tf\n",
    }
    monkeypatch.setattr(bot.edge.files, "MOST_SOURCES", 2)
    assert list(read_tree(str(root))) == ["a.tofu", "b.tf"]
    assert read_tree(str(tmp_path / "nothing")) == {}
