"""Like changes share a line, modules stand under their name, nothing is lost, and what does not fit is counted."""

import html
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from bot.blocks import Block
from bot.families import Fold, Group, Item, group_blocks, list_members
from bot.render import render
from tests.support.html import parse
from tests.support.plans import TEMPLATES, plan, row, run

KINDS: dict[str, tuple[Any, ...]] = {
    "create": (["create"], None, {"x": 1}),
    "update": (["update"], {"x": 1}, {"x": 2}),
    "delete": (["delete"], {"x": 1}, None),
    "replace": (["delete", "create"], {"x": 1}, {"x": 2}),
    "forget": (["forget"], {"x": 1}, None),
}


def in_module(module: str, address: str, *args: Any, **more: Any) -> dict[str, Any]:
    return {**row(address, *args, **more), "address": f"{module}.{address}", "module_address": module}


def items(*rows: dict[str, Any]) -> tuple[Item, ...]:
    return group_blocks(run(plan(*rows)).report.blocks)


def say(item: Item) -> str:
    """``5 a_b.c``, ``module.m(2 a_b.c, a_b.d)``, ``a_b.c``."""
    if isinstance(item, Fold):
        return f"{item.module}({', '.join(say(one) for one in item.items)})"
    return f"{len(item.members)} {item.first.family}" if isinstance(item, Group) else item.address


def update(address: str, before: Any = 1, after: Any = 2, **more: Any) -> dict[str, Any]:
    return row(address, ["update"], {"size": before}, {"size": after}, **more)


def test_four_instances_that_do_the_same_share_a_line() -> None:
    assert [say(item) for item in items(*(update(f"a_b.c[{i}]") for i in range(4)))] == ["4 a_b.c"]
    assert [say(item) for item in items(*(update(f"a_b.c[{i}]") for i in range(3)))] == [
        "a_b.c[0]",
        "a_b.c[1]",
        "a_b.c[2]",
    ]


def test_other_attributes_make_another_line() -> None:
    rows = [update(f"a_b.c[{i}]") for i in range(4)]
    other = row("a_b.c[9]", ["update"], {"name": "a"}, {"name": "b"})
    assert [say(item) for item in items(*rows, other)] == ["4 a_b.c", "a_b.c[9]"]


def test_another_kind_a_leftover_and_what_forces_a_replacement_stay_apart() -> None:
    rows = [update(f"a_b.c[{i}]") for i in range(4)]
    created = [row(f"a_b.c[{i}]", ["create"], None, {"size": 1}) for i in range(4, 8)]
    gone = [row(f"a_b.c[{i}]", ["delete"], {"size": 1}, deposed="0a") for i in range(4)]
    made = items(*rows, *created, *gone)
    assert [(say(item), list_members(item)[0].kind) for item in made] == [
        ("4 a_b.c", "delete"),
        ("4 a_b.c", "update"),
        ("4 a_b.c", "create"),
    ]


def test_instances_of_a_module_are_one_family() -> None:
    rows = [{**update("a_b.c"), "address": f'module.m["{key}"].a_b.c'} for key in "pqrs"]
    assert [say(item) for item in items(*rows)] == ["4 module.m.a_b.c"]


def test_two_stacks_never_share_a_line() -> None:
    document = plan(*(update(f"a_b.c[{i}]") for i in range(4)))
    made = group_blocks(run(document, document).report.blocks)
    assert [(say(item), list_members(item)[0].stack) for item in made] == [
        ("4 a_b.c", "default"),
        ("4 a_b.c", "two"),
    ]


def new(module: str, *names: str) -> list[dict[str, Any]]:
    return [in_module(module, f"a_b.{name}", ["create"], None, {"name": name}) for name in names]


def test_what_a_module_brings_stands_under_its_name() -> None:
    rows = [*new("module.m", *"abcde"), *new("module.m.module.n", "f"), *new("module.few", *"xyz"), update("a_b.root")]
    assert [say(item) for item in items(*rows)] == [
        "a_b.root",
        "module.few.a_b.x",
        "module.few.a_b.y",
        "module.few.a_b.z",
        f"module.m({', '.join(f'module.m.a_b.{name}' for name in 'abcde')}, module.m.module.n.a_b.f)",
    ]


def test_one_module_that_holds_everything_is_looked_into() -> None:
    rows = [*new("module.all.module.p", *"abcdef"), *new("module.all.module.q", *"abcdef"), *new("module.all", "z")]
    assert [say(item).split("(")[0] for item in items(*rows)] == [
        "module.all.a_b.z",
        "module.all.module.p",
        "module.all.module.q",
    ]
    assert len(items(*new("module.all", *"abcdef"))) == 6


@pytest.mark.parametrize("kind", ["delete", "replace", "forget", "update"])
def test_only_what_is_harmless_goes_behind_the_name_of_a_module(kind: str) -> None:
    rows = [in_module("module.m", f"a_b.{name}", *KINDS[kind]) for name in "abcdefgh"]
    assert all(isinstance(item, Block) for item in items(*rows))


def comment(*rows: dict[str, Any], **more: Any) -> str:
    return run(plan(*rows), **more).publication.comment


def test_the_same_diff_is_said_once() -> None:
    assert (
        "<details><summary>4 changes, like ones together</summary>\n\n"
        "<details><summary>📝 4 × <code>a_b.c</code> — update, 1 attribute</summary>\n\n"
        "In all 4:\n\n"
        "```diff\n  size\n- 1\n+ 2\n```\n\n"
        '- `a_b.c["p"]`\n- `a_b.c["q"]`\n- `a_b.c["r"]`\n- `a_b.c["s"]`\n\n'
        "</details>\n\n</details>\n"
    ) in comment(*(update(f'a_b.c["{key}"]') for key in "pqrs"))


def test_what_differs_is_said_of_each() -> None:
    rows = [row(f"a_b.c[{i}]", ["update"], {"size": 1, "port": 80 + i}, {"size": 2, "port": 90 + i}) for i in range(4)]
    assert (
        "In all 4:\n\n```diff\n  size\n- 1\n+ 2\n```\n\n"
        "Besides, each its own:\n\n"
        "```diff\n  a_b.c[0]\n  port\n- 80\n+ 90\n \n  a_b.c[1]\n  port\n- 81\n+ 91\n \n"
        "  a_b.c[2]\n  port\n- 82\n+ 92\n \n  a_b.c[3]\n  port\n- 83\n+ 93\n```\n"
    ) in comment(*rows)


def test_true_is_not_one() -> None:
    rows = [update(f"a_b.c[{i}]", 0, True if i else 1) for i in range(4)]
    assert "Each its own:\n\n```diff\n  a_b.c[0]\n  size\n- 0\n+ 1\n \n  a_b.c[1]\n  size\n- 0\n+ true\n" in comment(
        *rows
    )


def test_of_secrets_a_group_says_no_more_than_a_block() -> None:
    rows = [
        row(f"a_b.c[{i}]", ["update"], {"k": f"old{i}"}, {"k": f"new{i}"}, after_sensitive={"k": True})
        for i in range(4)
    ]
    text = comment(*rows)
    assert "In all 4:\n\n```diff\n  k  # sensitive: changed\n```\n\n- `a_b.c[0]`\n" in text
    assert "old" not in text.split("Checklist")[1]


def test_moves_say_from_where() -> None:
    rows = [row(f"a_b.c[{i}]", ["no-op"], {"x": 1}, {"x": 1}, previous_address=f"a_b.old[{i}]") for i in range(4)]
    assert "➡️ 4 × <code>a_b.c</code> — move" in comment(*rows)
    assert "- `a_b.c[3]` · moved from `a_b.old[3]`\n" in comment(*rows)


def test_a_module_says_what_it_brings() -> None:
    rows = [
        *new("module.m", *"abcde"),
        in_module("module.m", "x_y.z", ["create"], None, {"name": "z"}),
        update("a_b.r"),
    ]
    text = comment(*rows)
    assert (
        "<details><summary>✨ <code>module.m</code> — 6 create: 5 <code>a_b</code>, 1 <code>x_y</code></summary>\n"
        "<blockquote>\n\n<details><summary>✨ <code>module.m.a_b.a</code> — create</summary>\n"
    ) in text
    assert len(parse(text).find("details")) == len(parse(text).find("summary"))


def left_out(text: str) -> Counter[str]:
    """How many changes of each kind all notices together say are missing."""
    counted: Counter[str] = Counter()
    for said in re.findall(r"Left out for want of room: (.*?)\. The", text):
        for part in said.split(", "):
            number, kind = part.split(" ")
            counted[kind] += int(number.replace(",", ""))
    return counted


@pytest.mark.parametrize("budget", [6_000, 9_000, 12_000, 20_000, 40_000])
def test_a_group_and_a_fold_get_shorter_before_they_go_and_the_count_is_exact(budget: int) -> None:
    rows = [row(f"a_b.c[{i}]", ["create"], None, {"name": f"name {i}" * 5}) for i in range(300)]
    rows += [in_module("module.m", f"a_b.n{i}", ["create"], None, {"name": "n" * 50}) for i in range(100)]
    text = render(run(plan(*rows)).report, TEMPLATES, budget=budget).comment
    listed = set(re.findall(r"a_b\.c\[\d+\]|module\.m\.a_b\.n\d+", text.split("### Checklist")[1]))
    assert len(text.encode()) <= budget
    assert len(listed) + left_out(text)["create"] == 400
    root = parse(text)
    assert len(root.find("details")) == len(root.find("summary"))


def test_a_group_cut_short_still_lists_what_the_report_names() -> None:
    blocks = run(plan(*(update(f"a_b.c[{i}]") for i in range(9)))).report.blocks
    members = tuple(structs.replace(block, named=block.address in ("a_b.c[5]", "a_b.c[8]")) for block in blocks)
    short = Group(members=members, own=False, most=2)
    assert [block.address for block in short.listed] == ["a_b.c[0]", "a_b.c[1]", "a_b.c[5]", "a_b.c[8]"]


def test_what_a_finding_a_grant_or_a_cost_is_about_is_named() -> None:
    gained = {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/X"}
    rows = [
        row("aws_iam_role_policy_attachment.a", ["create"], None, gained),
        row("a_b.c", ["create"], None, {"name": "n"}),
    ]
    assert {block.address: block.named for block in run(plan(*rows)).report.blocks} == {
        "aws_iam_role_policy_attachment.a": True,
        "a_b.c": False,
    }


PLACES = ("a_b.c", "a_b.d", "module.m.a_b.c", 'module.m["k.]"].a_b.d', "module.m.module.n.a_b.e", "module.o.a_b.c")


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(PLACES), st.integers(0, 12)),
        max_size=60,
        unique_by=lambda picked: picked[1:],
    )
)
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_and_what_is_destroyed_comes_first(picked: list[tuple[str, str, int]]) -> None:
    rows = [{**row("a_b.c", *KINDS[kind]), "address": f"{place}[{number}]"} for kind, place, number in picked]
    made = run(plan(*rows))
    grouped = group_blocks(made.report.blocks)
    assert sorted(block.address for item in grouped for block in list_members(item)) == sorted(
        f"{place}[{number}]" for _, place, number in picked
    )
    dangerous = [list_members(item)[0].kind in ("delete", "replace") for item in grouped]
    assert dangerous == sorted(dangerous, reverse=True)
    assert all(len({block.kind for block in list_members(item)}) == 1 for item in grouped)
    listed = html.unescape(made.publication.comment.partition("### Checklist")[2])
    assert [f"{place}[{number}]" for _, place, number in picked if f"{place}[{number}]" not in listed] == []
