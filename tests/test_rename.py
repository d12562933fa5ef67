"""A delete and a create that are one object under another name."""

from typing import Any

import pytest

from bot.record import Stack
from bot.rename import find_renames
from tests.support.plans import changes, plan, row, run

LOGS = {"name": "logs", "size": 5, "zone": "a", "id": "x1"}
SAME = {"name": "logs", "size": 5, "zone": "a"}
OTHER = {"name": "other", "size": 7, "zone": "b"}


def renames(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    stack = Stack(name="s", plan=changes(*rows))
    return [(rename.old, rename.new) for rename in find_renames([stack])]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row("aws_x.a", ["delete"], LOGS), row("aws_x.b", ["create"], None, SAME)], [("aws_x.a", "aws_x.b")]),
        ([row("aws_x.a", ["delete"], LOGS), row("aws_x.b", ["create"], None, OTHER)], []),
        ([row("aws_x.a", ["delete"], LOGS), row("aws_y.b", ["create"], None, SAME)], []),
        ([row("aws_x.a", ["delete"], {"name": "logs"}), row("aws_x.b", ["create"], None, {"name": "logs"})], []),
        # another name is another object, however alike the rest is
        (
            [
                row("aws_x.a", ["delete"], {"name": "a", "b": 1, "c": 2, "d": 3, "e": 4, "f": 5}),
                row("aws_x.b", ["create"], None, {"name": "b", "b": 1, "c": 2, "d": 3, "e": 4, "f": 5}),
            ],
            [],
        ),
        # two candidates: nobody knows which
        (
            [
                row("aws_x.a", ["delete"], LOGS),
                row("aws_x.b", ["create"], None, SAME),
                row("aws_x.c", ["create"], None, SAME),
            ],
            [],
        ),
        # the one of the same module wins
        (
            [
                row("aws_x.a", ["delete"], LOGS),
                row("aws_x.b", ["create"], None, SAME),
                row("module.m.aws_x.b", ["create"], None, SAME, module_address="module.m", type="aws_x", name="b"),
            ],
            [("aws_x.a", "aws_x.b")],
        ),
        # hidden and unknown values say nothing
        (
            [
                row("aws_x.a", ["delete"], LOGS, before_sensitive={"name": True, "size": True}),
                row("aws_x.b", ["create"], None, SAME),
            ],
            [],
        ),
        ([row("aws_x.a", ["delete", "create"], LOGS, SAME)], []),
        ([row("aws_x.a", ["delete"], LOGS), row("aws_x.b", ["create", "forget"], LOGS, SAME)], []),
        ([row("aws_x.a", ["delete"], None), row("aws_x.b", ["create"], None, None)], []),
    ],
)
def test_renames(rows: list[dict[str, Any]], found: list[tuple[str, str]]) -> None:
    assert renames(*rows) == found


def test_the_comment_prints_the_block_and_no_value() -> None:
    review = run(plan(row("aws_x.a", ["delete"], LOGS), row("aws_x.b", ["create"], None, SAME)))
    text = review.publication.comment
    part = text.partition("Looks like a rename: with this block Terraform keeps the object. Add and plan again")[2]
    assert part.startswith(".**\n\n```hcl\nmoved {\n  from = aws_x.a\n  to   = aws_x.b\n}\n```\n")


def test_of_many_alike_objects_only_some_are_held_against_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred of each of many types: each pair of a type was compared."""
    gone = [row(f"t_{i // 200}.a{i}", ["delete"], SAME | {"n": i}) for i in range(12_000)]
    come = [row(f"t_{i // 200}.b{i}", ["create"], None, SAME | {"n": i}) for i in range(12_000)]
    stack = Stack(name="s", plan=changes(*gone, *come))
    compared = []
    monkeypatch.setattr("bot.rename._are_alike", lambda *sides: compared.append(sides))
    find_renames([stack])
    assert len(compared) == 400_000
