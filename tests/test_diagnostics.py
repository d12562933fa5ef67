"""Failed plans explained: errors, places, likely causes and commands, and no secret."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.failures import decode_failures
from bot.diagnostics import LONGEST, NO_ERROR, Failure, Failures, Lock, explain_failure, tell_failures
from bot.edge.files import read_catalog
from bot.secret_scan import build_secret_scan

CAUSES = decode_failures(read_catalog()["failures.toml"])
SCAN = build_secret_scan((), (), ())
LOCK = """\
╷
│ Error: Error acquiring the state lock
│
│ Error message: writing
│ "gs://acme-state/prod/default.tflock" failed: googleapi: Error 412: At least
│ one of the pre-conditions you specified did not hold., conditionNotMet
│ Lock Info:
│   ID:        1764039561325142
│   Path:      gs://acme-state/prod/default.tflock
│   Operation: OperationTypeApply
│   Who:       runner@fv-az1-2
│   Version:   1.11.4
│   Created:   2026-11-25 02:49:21.325142212 +0000 UTC
│   Info:
╵
"""


def explain(log: str | bytes) -> Failures:
    return explain_failure(log if isinstance(log, bytes) else log.encode(), CAUSES, SCAN)


def only(log: str | bytes) -> Failure:
    (failure,) = explain(log).failures
    return failure


def error(summary: str, detail: str = "", **more: object) -> str:
    diagnostic = {"severity": "error", "summary": summary, "detail": detail, **more}
    return json.dumps({"@level": "error", "type": "diagnostic", "diagnostic": diagnostic})


def test_a_lock_says_who_holds_it_since_when_and_how_to_take_it_off() -> None:
    found = only(LOCK)
    assert found.lock == Lock(
        id="1764039561325142",
        who="runner@fv-az1-2",
        since="2026-11-25 02:49:21.325142212 +0000 UTC",
        operation="apply",
        path="gs://acme-state/prod/default.tflock",
    )
    assert (found.cause, found.commands) == ("lock", ("terraform force-unlock 1764039561325142",))
    assert found.likely == "Another run holds the state, or one that was killed left its lock behind."


@pytest.mark.parametrize(
    ("before", "tool"),
    [
        ('OpenTofu used the selected providers to generate the following execution\n  + by = "Terraform"\n', "tofu"),
        ('{"@level":"info","@message":"OpenTofu 1.10.6","type":"version","tofu":"1.10.6","ui":"1.2"}\n', "tofu"),
        (
            'Terraform used the selected providers to generate the following execution\n  + by = "OpenTofu"\n',
            "terraform",
        ),
        ('{"@level":"info","@message":"Terraform 1.11.4","type":"version","terraform":"1.11.4"}\n', "terraform"),
        ("", "terraform"),
    ],
)
def test_commands_are_those_of_the_tool_that_wrote_the_log(before: str, tool: str) -> None:
    assert only(before + LOCK).commands == (f"{tool} force-unlock 1764039561325142",)


def test_a_lock_with_a_number_that_is_none_gives_no_command() -> None:
    found = only(LOCK.replace("1764039561325142", "x; curl evil"))
    assert (found.lock and found.lock.id, found.commands) == ("", ())


@pytest.mark.parametrize(
    ("text", "cause", "permission"),
    [
        (
            "googleapi: Error 403: Permission 'bigquery.datasets.get' denied on resource '//x' (or it may not exist).",
            "permission",
            "bigquery.datasets.get",
        ),
        (
            "Access Denied: Dataset p:d: Permission bigquery.datasets.get denied on dataset p:d",
            "permission",
            "bigquery.datasets.get",
        ),
        (
            "Error 403: Required 'compute.instances.get' permission for 'projects/p'",
            "permission",
            "compute.instances.get",
        ),
        (
            "googleapi: Error 403: tf@p.iam.gserviceaccount.com does not have storage.buckets.get access to the Google Cloud Storage bucket.",
            "permission",
            "storage.buckets.get",
        ),
        (
            "api error AccessDenied: User: arn:aws:sts::111111111111:assumed-role/plan/x is not authorized to perform: s3:GetBucketPolicy on resource: x",
            "permission",
            "s3:GetBucketPolicy",
        ),
        (
            "AuthorizationFailed: The client 'x' does not have authorization to perform action 'Microsoft.Storage/storageAccounts/read' over scope",
            "permission",
            "Microsoft.Storage/storageAccounts/read",
        ),
        ("googleapi: Error 403: The caller does not have permission, forbidden", "permission", ""),
        ("google: could not find default credentials. See https://cloud.google.com", "credentials", ""),
        ("Error: No valid credential sources found", "credentials", ""),
        ("api error ExpiredToken: The security token included in the request is expired", "credentials", ""),
        ("Error 429: Quota exceeded for quota metric 'Queries'", "quota", ""),
        ("dial tcp 10.0.0.1:443: i/o timeout", "network", ""),
        ("Instance cannot be destroyed", "protection", ""),
        ('Backend initialization required, please run "terraform init"', "backend", ""),
        ("storage: bucket doesn't exist", "bucket", ""),
        ('S3 bucket "acme-state" does not exist.', "bucket", ""),
        ('The given configuration is not valid for backend "gcs". Invalid backend configuration', "backend", ""),
        ("No configuration files", "folder", ""),
        ("something nobody ever saw", "unknown", ""),
    ],
)
def test_causes(text: str, cause: str, permission: str) -> None:
    found = only(error("Error reading", text))
    assert (found.cause, found.permission) == (cause, permission)
    assert found.likely
    assert found.advice


def test_text_and_json_say_the_same() -> None:
    text = """\
╷
│ Warning: Argument is deprecated
│
│ Use another.
╵
╷
│ Error: Unsupported argument
│
│   on net/main.tf line 12, in resource "google_compute_network" "main":
│   12:   paswort = "hunter2hunter2"
│
│ An argument named "paswort" is not expected here.
╵
"""
    log = error(
        "Unsupported argument",
        'An argument named "paswort" is not expected here.',
        range={"filename": "net/main.tf", "start": {"line": 12, "column": 3}},
        snippet={"code": '  paswort = "hunter2hunter2"'},
    )
    assert only(text) == only(log)
    assert only(log) == Failure(
        summary="Unsupported argument",
        detail='An argument named "paswort" is not expected here.',
        file="net/main.tf",
        line=12,
        cause="syntax",
        likely="The configuration has a mistake in it.",
        advice="Mend it at the place the message names.",
        commands=("terraform fmt -check -recursive", "terraform validate"),
    )


def test_colours_and_addresses() -> None:
    text = "\x1b[31m╷\x1b[0m\n│ Error: Instance cannot be destroyed\n│ \n│   with aws_s3_bucket.a,\n│   on main.tf line 3:\n│    3: resource x {\n│ \n│ Because.\n╵\n"
    found = only(text)
    assert (found.address, found.file, found.line, found.detail) == ("aws_s3_bucket.a", "main.tf", 3, "Because.")


def test_secrets_are_scrubbed() -> None:
    token = "gh" + "p_" + "Ab1" * 12
    found = only(error(f"Invalid {token}", f'password = "{token}" in {token}', address=f'a["{token}"]'))
    assert token not in repr(found)


def test_the_same_error_is_told_once_and_of_very_many_the_first() -> None:
    assert len(explain("\n".join([error("A")] * 3)).failures) == 1
    many = explain("\n".join(error(f"Error {number}") for number in range(60)))
    assert (len(many.failures), many.more, many.failures[0].summary) == (50, 10, "Error 0")


def test_a_long_message_is_cut_and_says_so() -> None:
    found = only(error("A", "word " * 2000))
    assert found.detail.endswith("… (6,000 characters more)")
    assert len(found.detail) < LONGEST + 40


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("Error handling -chdir option: chdir infra: no such file or directory", "folder"),
        ("step.sh: line 7: terraform: command not found", "tool"),
        ("panic: runtime error: invalid memory address or nil pointer dereference", "tool"),
        ("write /tmp/tfplan: no space left on device", "tool"),
    ],
)
def test_what_ends_a_run_without_the_word_error_is_seen(line: str, cause: str) -> None:
    found = only(f"Initializing the backend...\n{line}\n")
    assert (found.summary, found.cause) == (line, cause)


def test_one_error_is_told_whole() -> None:
    denied = "googleapi: Error 403: Permission 'storage.buckets.get' denied on resource (or it may not exist)."
    place = {"filename": "net/main.tf", "start": {"line": 12}}
    assert tell_failures(explain(error("Error reading bucket", denied, range=place))) == (
        "Planning failed: Error reading bucket (net/main.tf:12). Missing: storage.buckets.get.",
        "Grant a role that holds it to the service account that plans; a new grant needs a minute to count.",
    )
    assert tell_failures(explain(LOCK))[0] == (
        "Planning failed: Error acquiring the state lock. Held by runner@fv-az1-2 since 2026-11-25 02:49:21.325142212 "
        "+0000 UTC, for apply."
    )


def test_of_several_errors_the_number_and_the_first_are_told() -> None:
    log = "\n".join([error("Unsupported argument"), error("Invalid reference"), LOCK])
    assert tell_failures(explain(log)) == (
        "Planning failed with 3 errors, the first: Unsupported argument.",
        "See each error below.",
    )


def test_a_log_without_an_error_says_where_to_look() -> None:
    assert tell_failures(Failures()) == (
        "Planning failed, and what it wrote names no error.",
        NO_ERROR,
    )


@pytest.mark.parametrize("log", [b"", b"Terraform has been successfully initialized!\n", b"\xff\xfe\x00", b"{" * 1000])
def test_what_holds_no_error_gives_none(log: bytes) -> None:
    assert explain(log) == Failures()


@given(st.binary(max_size=200) | st.text(alphabet='│╷╵Error: \n{}"with on line1,', max_size=200).map(str.encode))
def test_any_log_is_read(log: bytes) -> None:
    assert isinstance(explain(log), Failures)


def test_a_hostile_log_is_read_in_time() -> None:
    assert len(explain(error("a." * 50_000, "a." * 1_000_000)).failures) == 1


def test_every_cause_says_what_to_do() -> None:
    assert [
        row.cause for row in CAUSES if not (row.likely.endswith(".") and row.advice.endswith(".") and row.source)
    ] == []
