"""Deletions as people read them: sentences, reasons once, families together."""

import json

import pytest

from bot.deletion_rows import list_deletion_sections
from bot.export import export_report
from bot.terminal import format_terminal
from bot.wording import call_type
from tests.support.html import parse
from tests.support.plans import plan, row, run

STAYS = row("a_b.stays", ["no-op"], {}, {})


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        ("aws_s3_bucket", "S3 bucket"),
        ("google_bigquery_dataset", "BigQuery dataset"),
        ("azurerm_postgresql_server", "PostgreSQL server"),
        ("custom", "custom"),
        ("", ""),
    ],
)
def test_what_people_call_a_type(type_: str, words: str) -> None:
    assert call_type(type_) == words


def test_a_deletion_is_a_sentence_and_its_reason_is_said_once() -> None:
    rows = [row(f"aws_s3_bucket.{name}", ["delete"], {"bucket": name}) for name in ("one", "two")]
    comment = run(plan(*rows, STAYS)).publication.comment
    assert (
        "- ⛔ destroys S3 bucket **`one`** `aws_s3_bucket.one`<br>**data is lost**: The bucket's objects are lost, and "
        "anybody may take its name. · Terraform gives no reason\n"
    ) in comment
    assert comment.count("no pull request is known that could explain it") == 1
    assert "**2 destroy**\n" in comment


def test_instances_of_one_block_share_a_line_that_unfolds() -> None:
    rows = [row(f"aws_s3_bucket.b[{i}]", ["delete"], {"bucket": f"b{i}"}) for i in range(40)]
    made = run(plan(*rows, STAYS))
    (section,) = list_deletion_sections(made.report.deletions)
    assert (section.number, len(section.families), section.families[0].block) == (40, 1, "aws_s3_bucket.b")
    comment = made.publication.comment.split("### 🗑️")[1].split("### Checklist")[0]
    assert "- ⛔ destroys **40** × S3 bucket `aws_s3_bucket.b`<br>**data is lost**" in comment
    assert [f"`aws_s3_bucket.b[{i}]`" in comment for i in range(40)] == [True] * 40
    fold = parse(comment).find("details")[0]
    assert (fold.find("summary")[0].text, len(fold.find("li"))) == ("all 40 by address", 40)


def test_a_family_is_only_what_is_alike() -> None:
    rows = [row(f"aws_s3_bucket.b[{i}]", ["delete"], {"bucket": f"b{i}", "force_destroy": i == 0}) for i in range(5)]
    (section,) = list_deletion_sections(run(plan(*rows, STAYS)).report.deletions)
    assert [(len(one.members), one.first.facts != ()) for one in section.families] == [(1, True), (4, False)]


def test_a_rename_is_told_everywhere() -> None:
    same = {"bucket": "b", "region": "r", "tags": {"a": "b"}}
    made = run(plan(row("aws_s3_bucket.a", ["delete"], same), row("aws_s3_bucket.b", ["create"], None, same), STAYS))
    assert json.loads(export_report(made.facts))["renames"] == [
        {"stack": made.facts.stacks[0].name, "old": "aws_s3_bucket.a", "new": "aws_s3_bucket.b"}
    ]
    assert "  from = aws_s3_bucket.a\n" in format_terminal(made.report, colour=False)
