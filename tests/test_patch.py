"""What a diff does to blocks of code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hcl_lines import list_places
from bot.patch import Edit, list_edits, list_unknown
from bot.pull_request import File


def edits(patch: str | None, path: str = "main.tf") -> list[tuple[str, str, str]]:
    found = list_edits([File(path=path, status="modified", patch=patch)])
    return [(edit.block, edit.what, edit.name) for edit in found]


HEADER = '-resource "aws_x" "y" {'
GONE = [("aws_x.y", "gone", "")]


@pytest.mark.parametrize(
    ("patch", "found"),
    [
        (f"@@ -1,3 +0,0 @@\n{HEADER}\n-  a = 1\n-}}", GONE),
        (f"@@ -1,3 +0,0 @@\r\n{HEADER}\r\n-  a = 1\r\n-}}\r", GONE),
        ('@@ -1,3 +0,0 @@\n-module "m" {\n-  source = "./m"\n-}', [("module.m", "gone", "")]),
        (f'@@ -1 +1 @@\n{HEADER}\n+resource "aws_x" "z" {{\n   a = 1\n }}', [("aws_x.y", "renamed", "aws_x.z")]),
        (f'@@ -1 +1 @@\n{HEADER}\n+resource "aws_x" "y" {{ # why\n   a = 1\n }}', []),
        ('@@ -1 +1 @@\n resource "aws_x" "y" {\n-  count = 3\n+  count = 2\n }', [("aws_x.y", "argument", "count")]),
        (
            '@@ -9 +9 @@ resource "aws_x" "y" {\n-  for_each = local.a\n+  for_each = local.b\n }',
            [("aws_x.y", "argument", "for_each")],
        ),
        # the for_each of a dynamic block is not the resource's
        (
            '@@ -1 +1 @@\n resource "aws_x" "y" {\n   dynamic "rule" {\n-    for_each = a\n+    for_each = b\n   }\n }',
            [("aws_x.y", "argument", "rule")],
        ),
        (
            '@@ -9 +9 @@ resource "aws_x" "y" {\n   dynamic "rule" {\n-    for_each = a\n   }\n }',
            [("aws_x.y", "argument", "rule")],
        ),
        ('@@ -9 +9 @@ resource "aws_x" "y" {\n }\n-  count = 2', []),
        ("@@ -9 +9 @@\n-  count = 3\n+  count = 2", []),
        (
            "@@ -0,0 +1,4 @@\n+removed {\n+  from = aws_x.y\n+  lifecycle {\n+    destroy = true\n+  }\n+}",
            [("aws_x.y", "removed block", "")],
        ),
        ("@@ -0,0 +1,4 @@\n+moved {\n+  from = aws_x.y\n+  to = aws_x.z\n+}", []),
        # what is not code
        (f"@@ -1,3 +0,0 @@\n-# {HEADER[1:]}\n-// {HEADER[1:]}", []),
        (f"@@ -1,3 +0,0 @@\n-/*\n{HEADER}\n-}}\n-*/", []),
        (f"@@ -1,3 +0,0 @@\n{HEADER}\n-}}\n-*/", []),
        (f"@@ -1,3 +0,0 @@\n   a = <<EOT\n{HEADER}\n EOT", []),
        (f"@@ -1,3 +0,0 @@\n{HEADER}\n-}}\n EOT", []),
        (f"@@ -1,3 +0,0 @@\n-  {HEADER[1:]}", []),
        (f"{HEADER}\n-}}", []),
        ('@@ -0,0 +1 @@\n+resource "aws_x" "y" {\n+}', []),
        ('@@ -1 +1 @@\n resource "aws_x" "y" {\n }', []),
        (None, []),
        ("", []),
    ],
)
def test_edits(patch: str | None, found: list[tuple[str, str, str]]) -> None:
    assert edits(patch) == found


@pytest.mark.parametrize(
    ("path", "read"), [("a/main.tf", True), ("a.tofu", True), ("a.tf.json", False), ("a.tfvars", False), ("tf", False)]
)
def test_only_code_is_read(path: str, read: bool) -> None:
    assert bool(edits(f"@@ -1 +0,0 @@\n{HEADER}\n-}}", path)) is read


def test_a_block_that_moves_to_another_file_is_not_gone() -> None:
    files = [
        File(path="a.tf", status="removed", patch=f"@@ -1 +0,0 @@\n{HEADER}\n-}}"),
        File(path="b.tf", status="added", patch='@@ -0,0 +1 @@\n+resource "aws_x" "y" {\n+}'),
    ]
    assert list_edits(files) == ()
    assert list_edits(files[:1]) == (Edit(path="a.tf", block="aws_x.y", what="gone"),)


def test_unknown_diffs() -> None:
    files = [
        File(path="big.tf", status="modified"),
        File(path="moved.tf", status="renamed", previous_path="was.tf"),
        File(path="picture.png", status="added"),
    ]
    assert list_unknown(files) == ("big.tf",)


PIECES = st.sampled_from(
    [
        "@@ -1 +1 @@",
        HEADER,
        HEADER.replace("-", " ", 1),
        HEADER.replace("-", "+", 1),
        "-}",
        " }",
        "-/*",
        "-*/",
        "-EOT",
        "-a = <<EOT",
        "-  count = 1",
        "+removed {",
        "+  from = aws_x.z",
        "",
        "\\ No newline at end of file",
        "-\x00",
    ]
)


@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text()), max_size=12).map("\n".join)))
def test_no_diff_raises_or_removes_what_it_does_not_remove(patch: str) -> None:
    lines = patch.split("\n")
    for block, what, _ in edits(patch):
        if what in ("gone", "renamed"):
            kind, _, name = block.partition(".")
            assert any(line.startswith("-") and kind in line and name in line for line in lines)
        elif what == "removed block":
            assert any(line.startswith("+") and block in line for line in lines)


def test_a_line_of_escaped_quotes_takes_no_time() -> None:
    """Each quote begins a string that never ends: 500,000 of them took hours."""
    line = '+  description = "' + '\\"' * 250_000
    assert list_places([(True, line)], 'resource "a" "b" {') == []


def test_what_stands_before_a_very_long_line_explains_nothing() -> None:
    lines = [(True, 'resource "a" "b" {'), (True, "x = " + "y" * 1_000), (True, "  count = 1")]
    assert list_places(lines) == []
