"""The trigger matrix with a team's own settings: other branches, another schedule, other tools and clouds."""

import pytest
from msgspec import structs

from bot.edge.files import read_kit
from bot.workflows import Choice, build_workflows
from tests.support.actions import parse_workflow
from tests.support.github_events import by_hand, group, night, pull, push
from tests.support.triggers import GitHubEvent
from tests.support.workflow_runs import CHECKED_OUT, run_event
from tests.test_triggers import (
    DECIDE,
    DEV,
    EVENTS,
    FILES,
    INTO_PROD,
    INTO_STAGE,
    JUDGED,
    NIGHT,
    NOTHING,
    ONLY_DECIDES,
    PROD,
    STAGE,
    Ran,
    drifts,
    queued,
)
from tests.test_workflows import CHOICE, NAMES, VARIANTS

OWN = structs.replace(CHOICE, stage="next", prod="releases/live")
BRANCHES = "flow: {stage: next, prod: releases/live}\n"


def ran(choice: Choice, event: GitHubEvent, settings: str = "") -> Ran:
    files = {name: parse_workflow(text, name) for name, text in build_workflows(read_kit(), choice).items()}
    return {name: run.ran for name, run in run_event(files, event, {}, settings).items()}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (push("next"), STAGE),
        (push("releases/live"), PROD),
        (push("dev/x"), DEV),
        (push("develop"), NOTHING),
        (push("main"), NOTHING),
        (pull("opened", "next"), INTO_STAGE),
        (pull("synchronize", "releases/live"), INTO_PROD),
        (pull("labeled", "releases/live"), JUDGED),
        (pull("opened", "main"), NOTHING),
        (group("checks_requested", "releases/live"), queued("prod")),
        (by_hand("releases/live", environment="prod"), PROD),
        (by_hand("main", environment="prod"), ONLY_DECIDES),
        (night("releases/live", "releases/live"), NIGHT),
        (night("main", "main"), drifts("prod", "checkout release, ")),
    ],
)
def test_branches_of_ones_own(event: GitHubEvent, expected: Ran) -> None:
    assert ran(OWN, event, BRANCHES) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("flow: {schedule: drift-and-apply}\n", NIGHT),
        ("flow: {schedule: drift}\n", drifts("prod", "")),
        ("flow: {schedule: none}\n", ONLY_DECIDES),
        ("flow: {schedule: never}\n", {"terraform": [f"{DECIDE} (failed)"]}),
    ],
)
def test_the_settings_say_what_the_schedule_does(settings: str, expected: Ran) -> None:
    assert ran(CHOICE, night("main", "main"), settings) == expected


@pytest.mark.parametrize(
    ("title", "settings"),
    [("pull request into develop", "flow: {stage: next}\n"), ("merged into main", "flow: {prod: releases/live}\n")],
)
def test_settings_that_do_not_fit_the_workflows_apply_nothing(title: str, settings: str) -> None:
    assert ran(CHOICE, EVENTS[title][0], settings) == ONLY_DECIDES


@pytest.mark.parametrize("choice", VARIANTS, ids=NAMES)
def test_every_cloud_and_tool_has_the_same_jobs(choice: Choice) -> None:
    """A login of its own have Google and AWS alone, and a fork has none."""
    login = "" if choice.cloud in ("none", "azure") else "Cloud login, "
    for title in ("pull request into main", "merged into main", "fork into main", "schedule"):
        event, expected = EVENTS[title]
        jobs = {name: [job.replace("Cloud login, ", login) for job in jobs] for name, jobs in expected.items()}
        assert ran(choice, event) == jobs


WORK, HEAD = "/runner/plan-review-work", "ec26c3e57ca3a959ca5aad62de7213c562f8c821"
REPORT = "--decision /runner/report/decision.json --html /runner/report/report.html"
LOGS = f"--apply-log {WORK}/apply.log --guard {WORK}/guard.txt"


@pytest.mark.parametrize(
    ("title", "commands"),
    [
        (
            "pull request into develop",
            [
                "environment",
                "status pending -e stage",
                f"record -e stage network={WORK}/plan.json -o /runner/records/network.json --commit {HEAD}",
                f"review /runner/records --publish -e stage {REPORT} --expect network",
                "status close -e stage",
            ],
        ),
        (
            "merged into main",
            [
                "environment",
                "applied --outcome started -e prod",
                f"guard network={WORK}/plan.json -e prod --keep {WORK}/guard.txt",
                f"applied network={WORK}/plan.json --outcome success {LOGS} -e prod -o /runner/outcomes/network.json",
                "applied /runner/outcomes --outcome success -e prod --expect network",
            ],
        ),
        (
            "drift of dev by hand",
            [
                "environment",
                f"record -e dev network={WORK}/plan.json -o /runner/records/network.json --commit {CHECKED_OUT}",
                f"record -e dev cluster={WORK}/plan.json -o /runner/records/cluster.json --commit {CHECKED_OUT}",
                "drift /runner/records --publish -e dev --expect network --expect cluster",
            ],
        ),
        (
            "label set",
            [
                "environment",
                f"review --publish --from-latest-run {REPORT}",
            ],
        ),
        ("fork's run succeeded", [f"review --publish --from-run 1589141559 {REPORT}"]),
    ],
)
def test_commands_in_full(title: str, commands: list[str]) -> None:
    runs = run_event(FILES, EVENTS[title][0], {})
    assert [" ".join(words) for run in runs.values() for words in run.commands] == commands
