"""Plans of every size: what a comment keeps, what it leaves out, and that it says so exactly."""

import re
from typing import Any

import pytest

from bot.render import BUDGET, SUMMARY_BUDGET
from tests.support.corpus import Entry, corpus_folder, list_corpus
from tests.support.html import parse
from tests.support.large_plans import databases, judge, judge_plan, long_attribute, many_stacks, mixed
from tests.support.plans import plan, row

LARGEST = sorted(list_corpus(), key=lambda entry: -(corpus_folder() / entry.file).stat().st_size)[:10]


def before_checklist(comment: str) -> str:
    return comment.split("### Checklist")[0]


def is_whole(comment: str) -> bool:
    """Every fold has its line, and the end of the comment is where it belongs: on the top level."""
    root = parse(comment)
    return (
        len(root.find("details")) == len(root.find("summary"))
        and comment.endswith("plan-review 0.0.0</sub>\n")
        and any(node != "\n" and not isinstance(node, str) and node.find("sub") for node in root.children)
    )


@pytest.mark.parametrize(("number", "deletions"), [(500, 5), (10_000, 300)])
def test_hundreds_and_thousands_of_changes(number: int, deletions: int) -> None:
    made = judge_plan(mixed(number, deletions)).publication
    assert len(made.comment.encode()) <= BUDGET
    assert len(made.summary.encode()) <= SUMMARY_BUDGET
    top = before_checklist(made.comment)
    assert [i for i in range(deletions) if f"`aws_db_instance.old[{i}]`" not in top] == []
    assert f"**{deletions} destroy** · {number // 2:,} update · {number // 2:,} create" in top
    assert is_whole(made.comment)


def test_what_was_left_out_and_what_is_shown_add_up() -> None:
    comment = judge_plan(mixed(10_000, 300)).publication.comment
    told = re.findall(r"([\d,]+) (create|update|delete)\b", _notice(comment))
    left = {kind: int(number.replace(",", "")) for number, kind in told}
    shown = {"update": _count(comment, "📝"), "delete": _count(comment, "🗑️")}
    assert left["update"] + shown["update"] == 5_000
    assert left.get("delete", 0) + shown["delete"] == 300
    assert left["create"] == 5_000


def _count(comment: str, icon: str) -> int:
    """Changes in the lines that unfold; like ones share a line that tells their number."""
    numbers = re.findall(f"<summary>{icon} (?:([0-9,]+) × )?<code>", comment)
    return sum(int(number.replace(",", "") or 1) for number in numbers)


def _notice(comment: str) -> str:
    return next(line for line in comment.splitlines() if line.startswith("✂️"))


@pytest.mark.parametrize("address", ["aws_db_instance.old{}", "aws_db_instance.old[{}]"])
def test_three_thousand_deletions(address: str) -> None:
    """Beyond what fits they are counted by what is lost, and the summary has every one by address."""
    stays = row("aws_sqs_queue.stays", ["no-op"], {}, {})
    made = judge_plan(plan(*databases(3_000, address), stays)).publication
    assert len(made.comment.encode()) <= BUDGET
    block = "" if "[" not in address else " `aws_db_instance.old`"
    assert f"- ⛔ destroys **3,000** × db instance{block}: **data is lost**\n" in made.comment
    listed = re.search(
        r"<summary>([\d,]+) of 3,000 by address; the full report lists the others</summary>", made.comment
    )
    assert listed is not None
    assert len(re.findall(r"^aws_db_instance\.old\S+$", made.comment, re.M)) == int(listed[1].replace(",", "")) > 2_000
    top = before_checklist(made.summary)
    assert [i for i in range(3_000) if f"`{address.format(i)}`" not in top] == []
    assert is_whole(made.comment)


def test_two_hundred_stacks() -> None:
    made = judge(*many_stacks(200)).publication
    assert len(made.comment.encode()) <= BUDGET
    top = before_checklist(made.comment)
    assert "**4 destroy** · 300 create" in top
    rows = top[: top.index("<details>")].splitlines()
    assert [line.split("`")[1] for line in rows if line.startswith("| `")][:4] == [
        "team-10/stack-150",
        "team-10/stack-50",
        "team-0/stack-0",
        "team-0/stack-100",
    ]
    assert "<details><summary>142 more stacks</summary>" in top
    assert "48 stacks of 200: nothing to change." in top
    assert top.count("`aws_db_instance.old0`<br>**data is lost**") == 4
    assert is_whole(made.comment)


def test_five_hundred_ways_in() -> None:
    """What the comment has no room for it counts; the summary names every one."""
    opened = {"cidr_ipv4": "0.0.0.0/0", "from_port": 22, "to_port": 22, "ip_protocol": "tcp"}
    address = "aws_vpc_security_group_ingress_rule.r{}"
    made = judge_plan(plan(*(row(address.format(i), ["create"], None, opened) for i in range(500)))).publication
    assert len(made.comment.encode()) <= BUDGET
    assert "- … and 300 more, none of them worse; the full report lists them" in made.comment
    section = made.summary.split("### 🌐")[1].split("\n### ")[0]
    assert [i for i in range(500) if f"`{address.format(i)}` opens" not in section] == []


def test_an_attribute_of_five_megabytes() -> None:
    made = judge_plan(long_attribute()).publication
    assert len(made.comment.encode()) < 10_000
    changed = [line for line in made.comment.splitlines() if re.match(r"[-+] .*a(old|new)b", line)]
    assert [len(line) < 400 for line in changed] == [True, True]
    assert "`aws_db_instance.old0`" in before_checklist(made.comment)


@pytest.mark.parametrize("entry", LARGEST, ids=lambda entry: entry.file)
def test_the_largest_real_plans_keep_every_deletion(entry: Entry) -> None:
    made = judge_plan((corpus_folder() / entry.file).read_bytes())
    assert len(made.publication.comment.encode()) <= BUDGET
    top = before_checklist(made.publication.comment)
    assert [d.address for d in made.facts.deletions if d.address not in top] == []
    assert is_whole(made.publication.comment)


LONG = "x" * 70_000
OPEN = [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]
ACTION = {
    "address": f"action.x.{LONG}",
    "type": "x",
    "name": "y",
    "lifecycle_action_trigger": {"triggering_resource_address": LONG, "action_trigger_event": "after_create"},
}
CHECK = {
    "address": {"kind": "resource", "to_display": LONG, "mode": "managed", "type": "a_b", "name": "c"},
    "status": "fail",
    "instances": [],
}


@pytest.mark.parametrize(
    "more",
    [
        {"rows": [row(f"a_b.{LONG}", ["forget"], {"x": 1}, None)]},
        {"rows": [row("aws_db_instance.a", ["delete"], {}, None, deposed=LONG)]},
        {"rows": [row("aws_security_group.g", ["create"], None, {"ingress": OPEN}) | {"address": f"a.{LONG}"}]},
        {"action_invocations": [ACTION]},
        {"checks": [CHECK]},
    ],
)
def test_a_text_too_long_for_any_comment_keeps_no_deletion_out(more: dict[str, Any]) -> None:
    """All that was left of them was their number."""
    made = judge_plan(plan(*databases(3, "aws_db_instance.old{}"), *more.pop("rows", []), **more)).publication
    assert len(made.comment.encode()) <= BUDGET
    assert [i for i in range(3) if f"aws_db_instance.old{i}" not in before_checklist(made.comment)] == []
    assert is_whole(made.comment)
