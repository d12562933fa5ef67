"""Somebody changes a condition or a trigger by hand: does a row of the tables notice?"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.actions import parse_workflow
from tests.support.triggers import GitHubEvent, Json, starts
from tests.support.workflow_runs import run_event
from tests.test_run_failures import CASES
from tests.test_triggers import EVENTS, FILES, TEXTS, Ran, ran

FOLDER = ".github/workflows/"
CALLER, RUN, JUDGE, FORKS = (
    f"{FOLDER}{name}.yml" for name in ("terraform", "plan-review-run", "plan-review-judge", "plan-review-fork")
)
NEW = ("", "always()", "false")
Row = tuple[GitHubEvent, dict[str, str], Ran]
ROWS: dict[str, Row] = {title: (event, {}, expected) for title, (event, expected) in EVENTS.items()} | {
    f"{title}: {step}: {end}": (EVENTS[title][0], {step: end}, expected) for title, step, end, expected in CASES
}

# File, what is there, what somebody writes instead, and a row that changes by it.
BY_HAND = [
    (CALLER, '["dev/**", "develop", "main"]', '["dev/*", "develop", "main"]', "push to a branch below dev/"),
    (CALLER, '["dev/**", "develop", "main"]', '["**"]', "push to a feature branch"),
    (CALLER, '["dev/**", "develop", "main"]', '["dev/**", "develop"]', "merged into main"),
    (CALLER, 'branches: ["develop", "main"]', 'branches: ["develop"]', "pull request into main"),
    (CALLER, "synchronize, reopened", "reopened", "new commit into develop"),
    (CALLER, "ready_for_review, edited]", "ready_for_review]", "moved to main"),
    (CALLER, "ready_for_review, edited]", "ready_for_review, edited, closed]", "closed and merged"),
    (CALLER, "  merge_group:\n    types: [checks_requested]\n", "", "merge group for main"),
    (CALLER, "17 1 * * *", "0 0 * * *", "schedule"),
    (CALLER, "options: [dev, stage, prod]", "options: [dev, stage]", "by hand for prod on main"),
    (CALLER, '"drift","drift-and-apply"]', '"drift"]', "schedule"),
    (CALLER, '["plan","queue",', '["plan","judge","queue",', "title edited"),
    (CALLER, "contains(fromJSON(", "!contains(fromJSON(", "main deleted"),
    (RUN, "'queue') && (github.event_name != 'pull_request' || ", "'queue') && (true || ", "fork into develop"),
    (RUN, "inputs.action == 'plan' || inputs.action == 'queue'", "inputs.action == 'plan'", "merge group for main"),
    (RUN, "!cancelled() && inputs.action != 'plan-and-apply'", "!cancelled()", "merged into main"),
    (
        RUN,
        "!cancelled() && inputs.action != 'plan-and-apply'",
        "inputs.action != 'plan-and-apply'",
        "fork into develop",
    ),
    (
        RUN,
        "always() && needs.pending.result",
        "needs.pending.result",
        "pull request into develop: run/plan/Plan: failure",
    ),
    (
        RUN,
        "always() && needs.pending",
        "!cancelled() && needs.pending",
        "pull request into develop: run/plan/Plan: cancel",
    ),
    (RUN, " && needs.pending.result != 'skipped'", "", "schedule"),
    (RUN, "(inputs.action == 'drift' || inputs.action == 'drift-and-apply')", "true", "pull request into main"),
    (
        RUN,
        "!cancelled() && !failure() && needs.plan",
        "!cancelled() && needs.plan",
        "schedule: run/drift/drift: failure",
    ),
    (RUN, " && needs.drift.result != 'cancelled'", "", "schedule: run/drift/drift: timeout"),
    (RUN, " && needs.begin.result == 'success' && (", " && (", "push to dev/**: run/begin/applied started: timeout"),
    (RUN, "inputs.environment != 'dev'", "inputs.environment == 'prod'", "merged into develop"),
    (RUN, "inputs.environment != 'dev'", "true", "push to dev/**"),
    (RUN, "github.event_name == 'schedule' && '--scheduled'", "'--scheduled'", "merged into main"),
    (RUN, "format('{0}-plan', inputs.environment)", "inputs.environment", "pull request into main"),
    (RUN, "environment: ${{ inputs.environment }}\n", "environment: prod\n", "push to dev/**"),
    (RUN, "github.event_name == 'schedule' && '--scheduled' || ''", "''", "schedule"),
    (RUN, "needs: [plan, drift]\n", "needs: [plan]\n", "schedule: run/drift/drift: failure"),
    (RUN, "error: true # the record", "error: false # the record", "pull request into develop: run/plan/Plan: failure"),
    (RUN, "error: true # a stack", "error: false # a stack", "merged into main: run/applied/download: failure"),
    (JUDGE, "types: [labeled, unlabeled, ", "types: [labeled, ", "label taken off"),
    (JUDGE, "types: [submitted, dismissed]", "types: [submitted]", "review dismissed"),
    (JUDGE, "github.event.issue.pull_request || ", "github.event.issue || ", "comment on an issue edited"),
    (JUDGE, " || github.event.pull_request.head.repo.full_name == github.repository", "", "label set"),
    (JUDGE, "if: ${{ steps.decide.outputs.action == 'judge' }}", "if: ${{ true }}", "draft made ready"),
    (FORKS, "head_repository.full_name != github", "head_repository.full_name == github", "fork's run succeeded"),
    (FORKS, "workflow_run.event == 'pull_request' && ", "workflow_run.event && ", "run of a fork's push ended"),
    (FORKS, "workflows: [terraform]", "workflows: [plan]", "fork's run succeeded"),
    (FORKS, "types: [completed]", "types: [requested]", "fork's run begins"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "row"), BY_HAND, ids=[f"{new[:40]} in {row}" for _, _, new, row in BY_HAND]
)
def test_a_change_by_hand_changes_a_row(file: str, old: str, new: str, row: str) -> None:
    assert old in TEXTS[file]
    files = FILES | {file: parse_workflow(TEXTS[file].replace(old, new), file)}
    event, fates, expected = ROWS[row]
    assert ran(files, event, fates) != expected


# The same for who waits for whom: rows of the table in test_triggers.
QUEUES = [
    (CALLER, "cancel-in-progress: ${{ github.event_name == 'pull_request' }}", "cancel-in-progress: true", "schedule"),
    (CALLER, "&& github.event.pull_request.number || github.run_id", "&& github.run_id", "merged into main"),
    (CALLER, "(github.event.action != 'edited' || github.event.changes.base) && ", "", "title edited"),
    (
        RUN,
        "matrix.stack.name }}\n      cancel-in-progress: false",
        "matrix.stack.name }}\n      cancel-in-progress: true",
        "by hand",
    ),
    (RUN, "group: apply-${{ inputs.environment }}", "group: apply", "merged into main"),
    (RUN, "cancel-in-progress: false\n      queue: max\n", "cancel-in-progress: false\n", "schedule"),
    (RUN, "needs.begin.outputs.pull-request || ", "", "merged into main"),
    (RUN, "publish-${{ github.event.pull_request.number || ", "publish-${{ ", "new commit into develop"),
    (JUDGE, "github.event_name == 'issue_comment' && github.run_id || ", "", "box ticked by a person"),
    (
        JUDGE,
        "publish-${{ github.event.pull_request.number || github.event.issue.number",
        "publish-${{ github.run_id",
        "title edited",
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "row"), QUEUES, ids=[f"{new[:40]!r} in {row}" for _, _, new, row in QUEUES]
)
def test_a_change_of_a_queue_changes_a_row(file: str, old: str, new: str, row: str) -> None:
    assert old in TEXTS[file]
    changed = run_event(FILES | {file: parse_workflow(TEXTS[file].replace(old, new), file)}, EVENTS[row][0], {})
    before = run_event(FILES, EVENTS[row][0], {})
    assert {name: run.groups for name, run in changed.items()} != {name: run.groups for name, run in before.items()}


def list_conditions() -> Iterator[tuple[str, str, Json]]:
    """Name of each job or step with a condition, its file, and the job or step itself."""
    for file, workflow in FILES.items():
        for name, job in workflow["jobs"].items():
            places = [(name, job), *((f"{name}, step {at + 1}", step) for at, step in enumerate(job.get("steps", [])))]
            yield from (
                (f"{name} in {file.removeprefix(FOLDER)}", file, place) for name, place in places if "if" in place
            )


def list_filters() -> Iterator[tuple[str, str, Json, str, Any]]:
    """Each trigger, and each value of each filter, with what is left when somebody takes it out."""
    for file, workflow in FILES.items():
        for event, given in workflow["on"].items():
            if event != "workflow_call":
                yield f"{event} in {file.removeprefix(FOLDER)}", file, workflow["on"], event, None
            filters = given if isinstance(given, dict) else {}
            for key in [key for key in ("types", "branches", "workflows") if key in filters]:
                for value in given[key]:
                    left = [other for other in given[key] if other != value]
                    yield f"{event} {key} {value} in {file.removeprefix(FOLDER)}", file, given, key, left


CONDITIONS = {
    f"{name}: {new or 'none'}": (file, place, new)
    for name, file, place in list_conditions()
    for new in NEW
    if f"${{{{ {new} }}}}" != place["if"]
}
FILTERS = {name: rest for name, *rest in list_filters()}


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_is_held_by_a_row(name: str) -> None:
    """No condition at all, one that is always true and one that never is each change a row."""
    file, place, new = CONDITIONS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(place, "if", new)
        assert any(ran(FILES, event, fates) != expected for event, fates, expected in _list_rows(file))


@pytest.mark.parametrize("name", FILTERS)
def test_every_trigger_is_held_by_a_row(name: str) -> None:
    _, holder, key, left = FILTERS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(holder, key, left) if left is not None else patch.delitem(holder, key)
        started = [
            ({flow["name"] for flow in FILES.values() if starts(flow, event)}, set(expected))
            for event, _, expected in ROWS.values()
        ]
    assert any(found != expected for found, expected in started)


def _list_rows(file: str) -> list[Row]:
    """One of each kind: rows of this file's workflow that expect the same are one."""
    name = FILES[CALLER if file == RUN else file]["name"]
    kinds = {repr((fates, expected)): (event, fates, expected) for event, fates, expected in ROWS.values()}
    return [row for row in kinds.values() if name in row[2]]
