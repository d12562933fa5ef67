"""What the fuzzers found: documents that once ended in a traceback, or in less than the truth."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.mask import HIDDEN
from bot.record import Record, encode_record
from bot.render import BUDGET, SUMMARY_BUDGET
from bot.review import Review
from bot.state import State
from tests.fuzz.check import limited
from tests.fuzz.targets import markdown
from tests.support.plans import changes, plan, row, run

FAILURE = {"summary": "s", "cause": "unknown", "likely": "l", "advice": "a"}
GOOGLE = {"project": "p", "member": "user:ann@acme.dev", "role": "roles/viewer", "condition": [], "etag": "e"}
UNREAD = "google_project_iam_member.x is hidden as sensitive as a whole, so its access was not compared."


def told(made: Review, concern: str) -> list[tuple[str, str]]:
    return [(one.severity, one.because) for one in made.facts.findings if one.concern == concern]


@pytest.mark.parametrize("marks", [True, "x", 1, [True]])
def test_a_side_that_is_hidden_as_a_whole_is_not_taken_for_no_access(marks: object) -> None:
    made = run(plan(row("google_project_iam_member.x", ["create"], None, GOOGLE, after_sensitive=marks)))
    assert told(made, "iam") == [("high", UNREAD)]
    assert made.report.state == State.ATTENTION


@pytest.mark.parametrize("value", ["text", "", ["text"], 7, True, False])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_resource_that_is_no_object_is_refused(value: object, side: str) -> None:
    one = row("google_project_iam_member.x", ["update"], GOOGLE, GOOGLE)
    one["change"][side] = value
    made = run(plan(one))
    assert made.report.state == State.ERROR
    (stack,) = made.facts.stacks
    assert stack.problem is not None
    assert stack.problem.message == "A row's before or after is no object, which Terraform never writes."


@pytest.mark.parametrize("type_", ["google_project_iam_member", "google_kms_key_ring_iam_policy", "google_project"])
@pytest.mark.parametrize("actions", [["create"], ["update"], ["delete"], ["delete", "create"]])
def test_resources_that_are_hidden_as_a_whole_get_a_verdict(type_: str, actions: list[str]) -> None:
    rows = [row(f"{type_}.{name}", actions, GOOGLE, GOOGLE, after_sensitive=True) for name in ("x", "y")]
    assert run(plan(*rows)).report.state in (State.PASS, State.ATTENTION, State.HOLD)


@pytest.mark.parametrize("number", ["9" * 400, "1e400", "-1e400", "1E+999999999"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_number_too_large_for_a_float_gets_a_verdict(number: str, side: str) -> None:
    values: dict[str, dict[str, object]] = {"before": {"allocated_storage": 5}, "after": {"allocated_storage": 6}}
    values[side] = {"allocated_storage": "NUMBER"}
    document = plan(row("aws_db_instance.x", ["update"], values["before"], values["after"]))
    (cost,) = run(document.replace(b'"NUMBER"', number.encode())).facts.costs
    assert (cost.direction, cost.because) == ("changed", "One of the values is no number.")


@pytest.mark.parametrize("number", ["1e99999999999999999999", "1e-99999999999999999999", "0e99999999999999999999"])
def test_an_exponent_that_no_decimal_holds_is_refused(number: str) -> None:
    document = plan(row("a_b.c", ["update"], {"x": 1}, {"x": "NUMBER"}))
    made = run(document.replace(b'"NUMBER"', number.encode()))
    assert made.report.state == State.ERROR
    (stack,) = made.facts.stacks
    assert stack.problem is not None
    assert stack.problem.message == "The plan holds a number with thousands of digits, which Terraform never writes."


def test_a_step_of_a_path_that_is_a_switch_does_not_spoil_the_record() -> None:
    one = row("aws_s3_bucket.x", ["delete", "create"], {"b": 1}, {"b": 2}, change={"replace_paths": [[True], ["b", 0]]})
    (change,) = changes(one).changes
    assert change.replace_paths == ((), ("b", 0))
    made = run(plan(one))
    again = run(encode_record(Record(tool="0.0.0", stack=made.facts.stacks[0])))
    assert (again.report.state, again.facts.deletions) == (made.report.state, made.facts.deletions)


@pytest.mark.parametrize("values", [{"binding": "hidden"}, {"binding": [{"role": 5}]}, {"audit_config": [7]}])
def test_a_data_source_that_cannot_be_read_is_a_finding(values: dict[str, object]) -> None:
    told_by = "data.google_iam_policy.d"
    sets = {"policy_data": {"references": [f"{told_by}.policy_data", told_by]}}
    resource = {"address": "google_project_iam_policy.x", "expressions": sets}
    made = run(
        plan(
            row("google_project_iam_policy.x", ["create"], None, {"project": "p"}, unknown={"policy_data": True}),
            row(told_by, ["read"], None, values, mode="data", type="google_iam_policy"),
            configuration={"root_module": {"resources": [resource]}},
        )
    )
    assert "iam/unreadable" in {one.id for one in made.facts.findings}


def test_exempted_members_that_are_no_list_are_a_finding() -> None:
    audit = {"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": 7}]}
    policy = {"project": "p", "policy_data": json.dumps({"bindings": [], "auditConfigs": [audit]})}
    made = run(plan(row("google_project_iam_policy.x", ["create"], None, policy)))
    assert "iam/unreadable" in {one.id for one in made.facts.findings}


@pytest.mark.parametrize("text", ["line\n" * 40_000, "é" * 60_000, "ab" * 100_000])
def test_a_long_secret_that_repeats_itself_does_not_hang(text: str) -> None:
    """It took minutes, in the automaton that looks for copies."""
    with limited(20):
        made = run(plan(row("a_b.c", ["create"], None, {"p": text, "copy": text}, after_sensitive={"p": True})))
    (change,) = made.facts.stacks[0].plan.changes
    assert change.after == {"p": HIDDEN, "copy": HIDDEN}


@pytest.mark.parametrize("text", ["www@.g", "@o$:www@.g//le", "a@.b.c", "a@..b", "a@-.b", "a@_.b"])
def test_an_address_that_only_a_parser_takes_for_one_makes_no_link(text: str) -> None:
    markdown(text.encode())


@pytest.mark.parametrize("text", ["    a", "\ta", "     - a", " " * 80 + "a\0b", "    ", "      # a"])
def test_spaces_before_a_text_make_no_block_of_code(text: str) -> None:
    markdown(text.encode())


def test_a_path_of_many_steps_that_forces_a_replacement_does_not_hang() -> None:
    """Every beginning of it was made and kept."""
    with limited(20):
        made = run(
            plan(row("a_b.c", ["delete", "create"], {"x": 1}, {"x": 2}, change={"replace_paths": [["x"] * 200_000]}))
        )
    (change,) = made.facts.stacks[0].plan.changes
    assert [(one.path, one.forces_replacement) for one in change.attributes] == [(("x",), True)]


def test_many_sensitive_variables_do_not_hang() -> None:
    names = [f"v{i}" for i in range(20_000)]
    configuration = {"root_module": {"variables": {name: {"sensitive": True} for name in names}}}
    variables = {name: {"value": f"a marked secret {name}"} for name in names}
    copies = {"copy": "a marked secret v19999"}
    with limited(20):
        made = run(plan(row("a_b.c", ["create"], None, copies), configuration=configuration, variables=variables))
    (change,) = made.facts.stacks[0].plan.changes
    assert change.after == {"copy": HIDDEN}


@pytest.mark.parametrize("letter", ["\n", "\r", "\t", "\0", "`", "é"])
def test_an_address_of_any_letters_fits_the_summary(letter: str) -> None:
    made = run(plan(row(f"aws_s3_bucket.{letter * 200_000}", ["delete"], {"bucket": "b"}, None)))
    assert len(made.publication.summary.encode()) <= SUMMARY_BUDGET
    assert len(made.publication.comment.encode()) <= BUDGET


def test_a_version_of_terraform_of_any_length_fits_the_comment() -> None:
    made = run(plan(row("a_b.c", ["create"], None, {}), terraform_version="9`|" * 100_000))
    assert len(made.publication.comment.encode()) < 3_000
    assert len(made.publication.summary.encode()) < 3_000


def forged(change: Callable[[Any], None]) -> Review:
    """A record of a stranger's making."""
    rows = (row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}, None), row("a_b.c", ["update"], {"x": 1}, {"x": 2}))
    document = json.loads(encode_record(Record(tool="0.0.0", stack=run(plan(*rows)).facts.stacks[0])))
    change(document["stack"])
    return run(json.dumps(document).encode())


def test_a_badge_of_a_record_that_nobody_knows_is_not_shown() -> None:
    made = forged(lambda stack: stack["plan"]["changes"][0].update(badges=["b`|<b>", "imported"]))
    assert made.report.state == State.HOLD
    assert "b`|<b>" not in made.publication.comment


@pytest.mark.parametrize(
    "problem",
    [
        {"message": "x" * 8_001, "advice": "a"},
        {"message": "m", "advice": "`|" * 500_000},
        {"message": "m", "advice": "a", "failures": {"failures": [FAILURE | {"summary": "x" * 100_000}]}},
        {"message": "m", "advice": "a", "failures": {"failures": [FAILURE] * 1_000}},
        {"message": "m", "advice": "a", "failures": {"failures": [FAILURE | {"commands": ["x"] * 5_000}]}},
    ],
)
def test_a_problem_of_a_record_that_would_fill_the_comment_is_refused(problem: dict[str, object]) -> None:
    made = forged(lambda stack: stack.update(problem=problem))
    (stack,) = made.facts.stacks
    assert stack.problem is not None
    assert stack.problem.message == "The record has another shape than plan-review writes."
    assert len(made.publication.comment) < 3_000


def test_the_longest_problem_of_a_record_fits_the_comment() -> None:
    failures = {"failures": [FAILURE | {"detail": "`|" * 4_000, "summary": f"{i}" * 4_000} for i in range(50)]}
    made = forged(lambda stack: stack.update(problem={"message": "é" * 8_000, "advice": "a", "failures": failures}))
    assert made.report.state == State.ERROR
    assert len(made.publication.comment.encode()) <= BUDGET
    assert len(made.publication.summary.encode()) <= SUMMARY_BUDGET
