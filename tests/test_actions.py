"""The bridge to GitHub's own packages: what it answers, and that it refuses what GitHub refuses."""

import pytest

from tests.support.actions import (
    CANCELLED,
    FAILURE,
    SUCCESS,
    BadWorkflow,
    decide,
    evaluate,
    expand,
    interpolate,
    parse_workflow,
)

CONTEXTS = {"github": {"event_name": "push", "event": {"Number": 7}}, "inputs": {"none": "", "word": "it's {0} }}"}}


def test_expressions_have_github_s_values() -> None:
    texts = ["github.event_name == 'PUSH'", "github.event.number", "github.event.gone.too", "inputs.none || 'x'"]
    assert evaluate(texts, CONTEXTS) == [True, 7, None, "x"]
    assert evaluate(["join(fromJSON('[{\"a\":1},{\"a\":2}]').*.a, '\n')"], {}) == ["1\n2"]


def test_a_text_is_filled_and_an_expression_alone_keeps_its_type() -> None:
    text = "a {1}\n  ${{ inputs.word }}-${{ github.event.number }}${{ github.event.gone }}"
    assert interpolate(text, CONTEXTS) == "a {1}\n  it's {0} }}-7"
    assert interpolate("plain", CONTEXTS) == "plain"
    assert interpolate("${{ true }}", CONTEXTS) == "true"
    assert expand({"stack": ["${{ fromJSON('[1, {}]') }}"], "n": 3}, {}) == {"stack": [[1, {}]], "n": 3}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (SUCCESS, [True, True, True, False, True, True]),
        (FAILURE, [False, False, True, True, True, False]),
        (CANCELLED, [False, False, True, False, False, True]),
    ],
)
def test_a_condition_without_a_status_function_needs_success(status: dict[str, bool], expected: list[bool]) -> None:
    texts = ["", "github.event_name == 'push'", "${{ always() }}", "failure()", "!cancelled()", "!failure()"]
    assert decide(texts, CONTEXTS, status) == expected


def test_text_outside_of_an_expression_makes_a_condition_true_as_on_github() -> None:
    assert decide(["${{ false }} && true", "${{ false }}", "false"], {}) == [True, False, False]


def test_the_job_s_condition_has_fewer_contexts_than_the_step_s() -> None:
    assert decide(["matrix.a == 1"], {"matrix": {"a": 1}}) == [True]
    with pytest.raises(BadWorkflow, match="Unrecognized named-value: 'matrix'"):
        decide(["matrix.a == 1"], {"matrix": {"a": 1}}, place="job-if")


def test_a_workflow_is_read_as_github_reads_it() -> None:
    text = "on:\n  push: {branches: main}\n  schedule: [{cron: '1 2 * * *'}]\njobs:\n  a:\n    runs-on: x\n    steps: [{run: 'no'}]\n"
    assert parse_workflow(text) == {
        "on": {"push": {"branches": ["main"]}, "schedule": [{"cron": "1 2 * * *"}]},
        "jobs": {"a": {"runs-on": "x", "steps": [{"run": "no"}]}},
    }


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ("{runs-on: x, steps: [], if: nope.x}", "Unrecognized named-value: 'nope'"),
        ("{runs-on: x, steps: [], when: true}", "Unexpected value 'when'"),
        ("{runs-on: x, steps: [], needs: b}", "at least one job with no dependencies"),
        ("{runs-on: x, steps: [", "Flow"),
    ],
)
def test_what_github_refuses_is_refused(job: str, message: str) -> None:
    with pytest.raises(BadWorkflow, match=message):
        parse_workflow(f"on: push\njobs:\n  a: {job}\n")
    assert evaluate(["1"], {}) == [1]  # the process still answers
