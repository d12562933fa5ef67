"""A record: the same verdict without the plan, and nothing that only looks like one."""

import json

import pytest

from bot.errors import UntrustedPlan
from bot.record import Record, decode_record, encode_record, is_record
from bot.state import State
from tests.support.plans import plan, row, run

DOCUMENT = plan(
    row("aws_s3_bucket.b", ["delete"], {"bucket": "b", "size": 1.5}),
    row("a_b.c", ["update"], {"p": "x", "n": 2**70}, {"p": "y", "n": 1}, after_sensitive={"p": True}),
)
RECORD = Record(tool="0.0.0", stack=run(DOCUMENT).facts.stacks[0], head="0123abc")


def test_a_record_is_judged_as_its_plan() -> None:
    data = encode_record(RECORD)
    assert is_record(data)
    assert not is_record(DOCUMENT)
    assert decode_record(data) == RECORD
    assert run(data).publication == run(DOCUMENT).publication


def test_a_record_of_an_unreadable_plan_stays_one() -> None:
    data = encode_record(Record(tool="0.0.0", stack=run(b"").facts.stacks[0]))
    assert run(data).report.state == State.ERROR


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encode_record(RECORD)[:200], "The record is cut off or is not valid JSON."),
        (
            encode_record(RECORD).replace(b'"version": 1', b'"version": 9'),
            "The record has version 9; this plan-review reads version 1.",
        ),
        (b'{"plan_review": "other"}', "The file is not a record of plan-review."),
        (
            b'{"plan_review": "record", "version": 1, "stack": 3}',
            "The record has another shape than plan-review writes.",
        ),
        (json.dumps({"format_version": "1.2"}).encode(), "The file is not a record of plan-review."),
    ],
)
def test_what_is_no_record_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(UntrustedPlan, match=message):
        decode_record(data)


def test_a_damaged_record_is_an_error_not_a_plan() -> None:
    made = run(encode_record(RECORD)[:200])
    assert (made.report.state, made.publication.exit_code) == (State.ERROR, 11)
