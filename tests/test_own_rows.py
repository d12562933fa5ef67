"""Rows of the user's own, for every catalog."""

from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, decode_config
from bot.review import Review
from tests.support.plans import plan, row, run

TEXT = (Path(__file__).parents[1] / "docs" / "config.md").read_text(encoding="utf-8")
OWN = decode_config(TEXT.split("```yaml\n", 1)[1].split("```", 1)[0].encode(), "config.md")


def told(made: Review) -> list[tuple[str, str, str]]:
    findings = made.facts.findings
    return [(one.id, one.severity, one.title) for one in findings if not one.id.startswith("naming/")]


@pytest.mark.parametrize(
    ("type_", "before", "after", "own"),
    [
        (
            "acme_vault",
            {"audience": "me"},
            {"audience": "everybody"},
            [("exposure/public", "high", "opens audience to everybody")],
        ),
        (
            "acme_vault",
            {"vault_lock": True},
            {"vault_lock": False},
            [("protection/weakened", "medium", "weakens vault_lock")],
        ),
        ("acme_vault", {"shelves": 2}, {"shelves": 6}, [("cost/up", "medium", "gets dearer: shelves 2 → 6")]),
        (
            "acme_vault_reader",
            None,
            {"user": "ann", "vault": "v"},
            [("iam/gain", "low", "user:ann gains reader on vault v")],
        ),
    ],
)
def test_a_row_of_ones_own_counts(type_: str, before: Any, after: Any, own: list[tuple[str, str, str]]) -> None:
    document = plan(row(f"{type_}.x", ["create"] if before is None else ["update"], before, after))
    assert told(run(document, config=OWN)) == own
    assert told(run(document, config=Config())) == []


def test_a_type_weighs_what_the_settings_say() -> None:
    config = decode_config(b"rules: {cost: {types: {aws_sqs_queue: very_high}}}", "x.yml")
    made = run(plan(row("aws_sqs_queue.q", ["create"], None, {"name": "q"})), config=config)
    assert [(one.direction, one.severity) for one in made.facts.costs] == [("new", "high")]
