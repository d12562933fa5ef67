"""What still runs when something fails, hangs or is cancelled: nothing is applied that should not be, plan files end,
and a status that waits is closed."""

import pytest

from tests.test_triggers import BASE, DECIDE, EVENTS, FILES, Ran, ran

PENDING = "run/pending: status pending"
PLAN = "run/plan network in stage-plan: Cloud login, Plan, record, upload, Plan files end here"
REPORT = f"run/report: checkout {BASE}, download, review, upload, status close"
BEGIN = "run/begin: applied started"
NIGHTLY = "run/plan network in prod-plan: Cloud login, Plan, record, upload, Plan files end here"
FAILED = "Plan (failed), record --failed, upload, Plan files end here, Did the plan fail? (failed)"
KEPT = "upload, Plan files end here"


def terraform(*jobs: str) -> Ran:
    return {"terraform": [DECIDE, *jobs]}


# Event, the step, how it ends ("cancel" the whole run, "timeout" this job alone), and what ran then.
CASES: list[tuple[str, str, str, Ran]] = [
    # A pull request: whatever happens, the job report runs to its last step.
    (
        "pull request into develop",
        "run/plan/Plan",
        "failure",
        terraform(PENDING, f"run/plan network in stage-plan: Cloud login, {FAILED}", REPORT),
    ),
    (
        "pull request into develop",
        "run/plan/Plan",
        "cancel",
        terraform(PENDING, f"run/plan network in stage-plan: Cloud login, Plan (cut off), {KEPT}", REPORT),
    ),
    (
        "pull request into develop",
        "run/plan/Plan",
        "timeout",
        terraform(PENDING, f"run/plan network in stage-plan: Cloud login, Plan (cut off), {KEPT}", REPORT),
    ),
    (
        "pull request into develop",
        "run/plan/Cloud login",
        "failure",
        terraform(PENDING, f"run/plan network in stage-plan: Cloud login (failed), {KEPT}", REPORT),
    ),
    (
        "pull request into develop",
        "run/plan/record",
        "failure",
        terraform(PENDING, f"run/plan network in stage-plan: Cloud login, Plan, record (failed), {KEPT}", REPORT),
    ),
    (
        "pull request into develop",
        "run/pending/status pending",
        "failure",
        terraform(f"{PENDING} (failed)", PLAN, REPORT),
    ),
    (
        "pull request into develop",
        "run/pending/status pending",
        "cancel",
        terraform(f"{PENDING} (cut off)", REPORT),
    ),
    (
        "pull request into develop",
        "run/report/review",
        "failure",
        terraform(PENDING, PLAN, REPORT.replace("review", "review (failed)")),
    ),
    (
        "pull request into develop",
        "run/report/review",
        "cancel",
        terraform(PENDING, PLAN, REPORT.replace("review", "review (cut off)")),
    ),
    (
        "pull request into develop",
        "run/report/download",
        "failure",
        terraform(PENDING, PLAN, REPORT.replace("download", "download (failed)")),
    ),
    (
        "pull request into develop",
        "run/report/download",
        "cancel",
        terraform(PENDING, PLAN, f"run/report: checkout {BASE}, download (cut off), upload, status close"),
    ),
    (
        "pull request into develop",
        "run/report/setup-python",
        "failure",
        terraform(PENDING, PLAN, REPORT.replace("download", "setup-python (failed), download")),
    ),
    (
        "pull request into develop",
        "run/report/setup-python",
        "cancel",
        terraform(PENDING, PLAN, f"run/report: checkout {BASE}, setup-python (cut off), upload, status close"),
    ),
    ("pull request into develop", "decide/environment", "failure", {"terraform": [f"{DECIDE} (failed)"]}),
    ("pull request into develop", "decide/environment", "cancel", {"terraform": [f"{DECIDE} (cut off)"]}),
    ("fork into develop", "run/plan/Plan", "failure", terraform(f"run/plan network in stage-plan: {FAILED}")),
    (
        "fork into develop",
        "run/plan/Plan",
        "cancel",
        terraform(f"run/plan network in stage-plan: Plan (cut off), {KEPT}"),
    ),
    (
        "merge group for main",
        "run/plan/Plan",
        "failure",
        terraform(
            PENDING,
            f"run/plan network in prod-plan: Cloud login, {FAILED}",
            "run/report: checkout 380387f, download, review, upload, status close",
        ),
    ),
    # An apply: what failed is told, what comes after it does not start.
    ("push to dev/**", "run/begin/applied started", "failure", terraform(f"{BEGIN} (failed)")),
    ("push to dev/**", "run/begin/applied started", "cancel", terraform(f"{BEGIN} (cut off)")),
    ("push to dev/**", "run/begin/applied started", "timeout", terraform(f"{BEGIN} (cut off)")),
    (
        "push to dev/**",
        "run/apply/Apply exactly this plan",
        "failure",
        terraform(
            BEGIN,
            "run/apply network in dev: "
            f"Cloud login, Plan again, Apply exactly this plan (failed), applied failure, {KEPT}",
            "run/applied: download, applied failure",
        ),
    ),
    (
        "push to dev/**",
        "run/apply/Apply exactly this plan",
        "cancel",
        terraform(
            BEGIN,
            "run/apply network in dev: "
            f"Cloud login, Plan again, Apply exactly this plan (cut off), applied cancelled, {KEPT}",
            "run/applied: download, applied cancelled",
        ),
    ),
    (
        "merged into main",
        "run/apply/Plan again",
        "failure",
        terraform(
            BEGIN,
            f"run/apply network in prod: Cloud login, Plan again (failed), applied skipped, {KEPT}",
            "run/applied: download, applied failure",
        ),
    ),
    (
        "merged into main",
        "run/apply/guard",
        "failure",
        terraform(
            BEGIN,
            f"run/apply network in prod: Cloud login, Plan again, guard (failed), applied skipped, {KEPT}",
            "run/applied: download, applied failure",
        ),
    ),
    (
        "merged into main",
        "run/apply/guard",
        "timeout",
        terraform(
            BEGIN,
            f"run/apply network in prod: Cloud login, Plan again, guard (cut off), applied skipped, {KEPT}",
            "run/applied: download, applied cancelled",
        ),
    ),
    (
        "merged into main",
        "run/applied/download",
        "failure",
        terraform(
            BEGIN,
            "run/apply network in prod: "
            f"Cloud login, Plan again, guard, Apply exactly this plan, applied success, {KEPT}",
            "run/applied: download (failed), applied success",
        ),
    ),
    # By night: no apply where the drift is unknown.
    (
        "schedule",
        "run/plan/Plan",
        "failure",
        terraform(f"run/plan network in prod-plan: Cloud login, {FAILED}", "run/drift: download, drift"),
    ),
    (
        "schedule",
        "run/plan/Plan",
        "timeout",
        terraform(
            f"run/plan network in prod-plan: Cloud login, Plan (cut off), {KEPT}",
            "run/drift: download, drift",
        ),
    ),
    (
        "schedule",
        "run/plan/Plan",
        "cancel",
        terraform(f"run/plan network in prod-plan: Cloud login, Plan (cut off), {KEPT}"),
    ),
    ("schedule", "run/drift/drift", "failure", terraform(NIGHTLY, "run/drift: download, drift (failed)")),
    ("schedule", "run/drift/drift", "timeout", terraform(NIGHTLY, "run/drift: download, drift (cut off)")),
    ("schedule", "run/drift/drift", "cancel", terraform(NIGHTLY, "run/drift: download, drift (cut off)")),
    (
        "schedule",
        "run/apply/guard --scheduled",
        "failure",
        terraform(
            NIGHTLY,
            "run/drift: download, drift",
            BEGIN,
            f"run/apply network in prod: Cloud login, Plan again, guard --scheduled (failed), applied skipped, {KEPT}",
            "run/applied: download, applied failure",
        ),
    ),
    # The judge.
    (
        "label set",
        "judge/review --from-latest-run",
        "failure",
        {
            "plan-review judge": [
                f"judge: checkout {BASE}, environment, review --from-latest-run (failed), upload",
            ]
        },
    ),
    (
        "label set",
        "judge/environment",
        "failure",
        {"plan-review judge": [f"judge: checkout {BASE}, environment (failed)"]},
    ),
    (
        "fork's run succeeded",
        "report/review --from-run",
        "failure",
        {"plan-review fork": ["report: review --from-run (failed), upload"]},
    ),
]


@pytest.mark.parametrize(
    ("title", "step", "end", "expected"), CASES, ids=[f"{title}: {step}: {end}" for title, step, end, _ in CASES]
)
def test_what_still_runs(title: str, step: str, end: str, expected: Ran) -> None:
    event, _ = EVENTS[title]
    assert ran(FILES, event, {step: end}) == expected
