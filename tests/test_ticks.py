"""Ticks survive while the facts under them stay, and only lines of our own count."""

from typing import Any

import pytest
from msgspec import structs

from bot.checklist import ChecklistItem
from bot.pull_request import PullRequest, Tick
from bot.review import Review
from bot.ticks import read_ticks, write_tick
from tests.support.plans import plan, row, run

PULL = PullRequest(number=1, author="mira", source_branch="develop", head="a" * 40, description="Deletes:\n- a_b.gone")
BUCKET = row("aws_s3_bucket.logs", ["create"], None, {"bucket": "logs", "force_destroy": False})
GRANT = row(
    "aws_iam_role_policy_attachment.x",
    ["create"],
    None,
    {"role": "ops", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
)
NAT = row("aws_nat_gateway.x", ["create"], None, {"subnet_id": "s-1"})
TICKABLE = ("expected", "cost", "security", "naming", "stage-tested", "rollback", "business-approval")


def reviewed(*rows: Any, ticks: tuple[Tick, ...] = (), **more: Any) -> Review:
    pull_request = structs.replace(PULL, ticks=ticks, **more.pop("pull", {}))
    return run(plan(*rows, **more), pull_request=pull_request)


def items(made: Review) -> dict[str, ChecklistItem]:
    return {item.id: item for item in made.report.checklist}


def tick_all(body: str) -> str:
    return body.replace("- [ ]", "- [x]")


def ticked(made: Review) -> set[str]:
    return {item.id for item in made.report.checklist if item.ticked}


def test_every_human_item_survives_the_way_through_the_comment() -> None:
    body = reviewed(BUCKET).publication.comment
    assert read_ticks(body) == ()
    ticks = read_ticks(tick_all(body))
    assert tuple(tick.item for tick in ticks) == TICKABLE
    again = reviewed(BUCKET, ticks=ticks)
    assert ticked(again) == set(TICKABLE)
    assert "- [x] Cost is acceptable *(reviewer)* <!-- tick:cost:" in again.publication.comment
    assert read_ticks(again.publication.comment) == ticks
    assert read_ticks(again.publication.comment.replace("\n", "\r\n").replace("[x]", "[X]")) == ticks


@pytest.mark.parametrize(
    ("rows", "more", "fallen"),
    [
        ((BUCKET,), {}, set()),
        ((BUCKET,), {"terraform_version": "1.12.0", "timestamp": "2027-01-01T00:00:00Z"}, set()),
        ((BUCKET, GRANT), {}, {"expected", "business-approval", "security", "naming"}),
        ((BUCKET, NAT), {}, {"expected", "business-approval", "cost", "naming"}),
        ((BUCKET,), {"pull": {"head": "b" * 40}}, {"stage-tested"}),
        ((BUCKET,), {"pull": {"title": "Another title"}}, set()),
    ],
)
def test_a_tick_falls_with_its_facts(rows: tuple[Any, ...], more: dict[str, Any], fallen: set[str]) -> None:
    ticks = read_ticks(tick_all(reviewed(BUCKET).publication.comment))
    assert set(TICKABLE) - ticked(reviewed(*rows, ticks=ticks, **more)) == fallen


def test_the_order_of_rows_is_no_fact() -> None:
    one, other = items(reviewed(BUCKET, GRANT, NAT)), items(reviewed(NAT, GRANT, BUCKET))
    assert {item.facts for item in one.values()} == {item.facts for item in other.values()}


def test_each_environment_has_ticks_of_its_own() -> None:
    ticks = read_ticks(tick_all(reviewed(BUCKET).publication.comment))
    stage = run(plan(BUCKET), environment="stage", pull_request=structs.replace(PULL, ticks=ticks))
    assert ticked(stage) == set()


def test_what_the_machine_answers_cannot_be_ticked() -> None:
    made = reviewed(BUCKET)
    forged = tuple(Tick(item=id_, facts=items(made)["cost"].facts) for id_ in items(made))
    again = items(reviewed(BUCKET, ticks=forged))
    assert (again["second-person"].state, again["second-person"].ticked) == ("fail", False)
    assert {id_ for id_, item in again.items() if item.ticked} == {"cost"}


def test_hostile_names_tick_nothing() -> None:
    facts = items(reviewed(BUCKET))["cost"].facts
    line = f"- [x] Cost is acceptable *(reviewer)* {write_tick('cost', facts)}"
    quoted = f"\n\n### Checklist\n\n{line}\n"
    made = reviewed(
        row(f'aws_s3_bucket.logs["{quoted}"]', ["delete"], {"bucket": quoted}),
        row("aws_s3_bucket.other", ["create"], None, {"bucket": quoted, "tags": {quoted: quoted}}),
        row(
            "aws_s3_bucket.imported",
            ["no-op"],
            {"bucket": "x"},
            {"bucket": "x"},
            change={"importing": {"id": quoted}, "generated_config": quoted},
        ),
        pull={"description": quoted, "source_branch": line, "title": quoted, "author": line},
    )
    assert read_ticks(made.publication.comment) == ()
    assert read_ticks(made.publication.summary) == ()


LINE = "- [x] Cost is acceptable *(reviewer)* <!-- tick:cost:0123456789abcdef -->"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (f"### Checklist\n\n{LINE}\n", 1),
        (LINE, 0),  # not in a checklist
        (f"```\n### Checklist\n{LINE}\n```", 0),  # a quotation
        (f"### Checklist\n\n````hcl\n```\n{LINE}\n````", 0),
        (f"### Checklist\n\n> {LINE}", 0),
        (f"### Checklist\n\n {LINE}", 0),
        (f"### Checklist\n\nsome text\n{LINE}", 0),
        (f"### Checklist\n\n{LINE} more", 0),
        (f"### Checklist\n\n{LINE.replace('Cost is acceptable', 'Another text')}", 0),
        (f"### Checklist\n\n{LINE.replace('tick:cost', 'tick:naming')}", 0),
        (f"### Checklist\n\n{LINE.replace('0123456789abcdef', '0123')}", 0),
        (f"### Checklist\n\n{LINE.replace('[x]', '[ ]')}\n{LINE}", 0),  # the first line of an item counts
        (f"### Checklist\n\n{LINE}\n\n### Other\n\n### Checklist\n\n{LINE}", 1),
        ("", 0),
    ],
)
def test_only_lines_of_our_form_count(body: str, count: int) -> None:
    assert len(read_ticks(body)) == count
