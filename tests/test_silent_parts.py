"""A part of the comment that is left out says nothing, and every other one is there."""

import pytest

from bot.report import Report
from bot.silent_parts import drop_silent, list_silent
from bot.templating import build_markdown_environment
from tests.support.plans import TEMPLATES, plan, row, run

OPEN = {"ingress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22, "protocol": "tcp"}]}
CLOSED = {"ingress": [{"cidr_blocks": ["10.0.0.0/8"], "from_port": 22, "to_port": 22, "protocol": "tcp"}]}
REPORTS = {
    "idle": run(plan(row("aws_s3_bucket.a", ["no-op"], {}, {}))).report,
    "harmless": run(plan(row("aws_sqs_queue.a", ["update"], {"name": "a"}, {"name": "b"}))).report,
    "deletion": run(plan(row("aws_s3_bucket.a", ["delete"], {"bucket": "a"}, None))).report,
    "opened": run(plan(row("aws_security_group.a", ["update"], CLOSED, OPEN))).report,
    "costs": run(
        plan(row("aws_instance.a", ["update"], {"instance_type": "t3.large"}, {"instance_type": "m5.24xlarge"}))
    ).report,
    "failed": run(b"not a plan").report,
}
ALL = list_silent(REPORTS["idle"])


def said(report: Report, part: str) -> str:
    """What a part says, given all that it could be given."""
    values = {
        "detail": "table",
        "most_covers": 5,
        "sections": (),
        "deletion_sections": (),
        "listed": (),
        "groups": (),
        "addresses": None,
    }
    environment = build_markdown_environment(TEMPLATES)
    return environment.get_template(part).render(report=report, **values)


@pytest.mark.parametrize("name", REPORTS)
def test_what_is_left_out_says_nothing(name: str) -> None:
    report = REPORTS[name]
    assert {part: said(report, part) for part in list_silent(report)} == dict.fromkeys(list_silent(report), "")


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("deletion", "parts/deletions.md.j2"),
        ("deletion", "parts/holding.md.j2"),
        ("deletion", "parts/override.md.j2"),
        ("opened", "parts/exposure.md.j2"),
        ("costs", "parts/cost.md.j2"),
    ],
)
def test_what_says_something_stays(name: str, part: str) -> None:
    assert part not in list_silent(REPORTS[name])
    assert said(REPORTS[name], part).strip()
    assert drop_silent(REPORTS[name], TEMPLATES)[part] == TEMPLATES[part]


def test_every_part_that_is_left_out_is_one_of_ours() -> None:
    assert len(ALL) == 12
    assert set(ALL) <= set(TEMPLATES)
    dropped = drop_silent(REPORTS["idle"], TEMPLATES)
    assert {name for name in TEMPLATES if dropped[name] != TEMPLATES[name]} == set(ALL)
