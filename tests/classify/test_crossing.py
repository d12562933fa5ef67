"""A grant that one resource makes and a deletion takes: gained by nobody, and perhaps lost in the end."""

from collections.abc import Mapping
from typing import Any

from bot.findings import Finding
from tests.classify.test_iam_aws import allow, deny, inline
from tests.support.access import access, document, lines
from tests.support.plans import row

ADMIN = {"role": "trainer", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
READ_LOGS = {"role": "trainer", "policy_arn": "arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"}
BECAUSE = (
    "Because of aws_iam_role_policy_attachment.old, which is deleted, role trainer has "
    "arn:aws:iam::aws:policy/AdministratorAccess on all that the policy names: what is applied last decides "
    "whether that stays. The role can give itself anything in its scope."
)


def crossings(*rows: Mapping[str, Any]) -> list[Finding]:
    found = access(*rows)
    assert lines(found) == []
    return [finding for finding in found.findings if finding.id == "iam/crossing"]


def test_an_attachment_that_is_made_again_under_another_address() -> None:
    (finding,) = crossings(
        row("aws_iam_role_policy_attachment.old", ["delete"], {**ADMIN, "id": "a"}, None),
        row('aws_iam_role_policy_attachment.new["x"]', ["create"], None, ADMIN),
    )
    assert (finding.severity, finding.address, finding.title, finding.because) == (
        "critical",
        'aws_iam_role_policy_attachment.new["x"]',
        "may be undone by a deletion",
        BECAUSE,
    )


def test_one_that_gives_less_than_what_is_deleted() -> None:
    """It is covered by the wider one, so nothing is gained; that the rest is lost is told as a loss."""
    wide, narrow = inline(document(allow("s3:*", "*"))), inline(document(allow("s3:*", "arn:aws:s3:::b")))
    found = access(
        row("aws_iam_role_policy.old", ["delete"], {**wide, "id": "a"}, None),
        row("aws_iam_role_policy.new", ["create"], None, narrow),
    )
    assert lines(found) == ["- role trainer: s3:* @ *"]
    assert [(one.address, one.id) for one in found.findings] == [("aws_iam_role_policy.new", "iam/crossing")]


def test_the_only_policy_of_a_bucket_that_another_resource_takes_over() -> None:
    policy = {"bucket": "b", "policy": document(deny("s3:*", "x", Principal="*"))}
    (finding,) = crossings(
        row("aws_s3_bucket_policy.tls", ["delete"], policy, None),
        row("aws_s3_bucket_policy.all", ["update"], {"bucket": "b", "policy": document()}, policy),
    )
    assert (finding.severity, finding.because.partition(",")[0]) == (
        "medium",
        "Because of aws_s3_bucket_policy.tls",
    )


def test_a_harmless_grant_is_told_and_not_loud() -> None:
    kind = "aws_iam_role_policy_attachment"
    found = crossings(row(f"{kind}.a", ["delete"], READ_LOGS, None), row(f"{kind}.b", ["create"], None, READ_LOGS))
    assert [finding.severity for finding in found] == ["low"]


def test_what_goes_and_comes_at_one_address_has_an_order() -> None:
    address = "aws_iam_role_policy_attachment.x"
    assert crossings(row(address, ["delete", "create"], {**ADMIN, "id": "a"}, ADMIN)) == []


def test_what_only_moves_or_is_forgotten_takes_nothing() -> None:
    forgotten = row("aws_iam_role_policy_attachment.old", ["forget"], ADMIN, None)
    created = row("aws_iam_role_policy_attachment.new", ["create"], None, ADMIN)
    assert [finding.id for finding in access(forgotten, created).findings if finding.id == "iam/crossing"] == []


def test_two_hidden_grants_are_two_however_alike_they_look() -> None:
    secret = {"before_sensitive": {"role": True}, "after_sensitive": {"role": True}}
    found = access(
        row("aws_iam_role_policy_attachment.old", ["delete"], {**ADMIN, "role": "one-role"}, None, **secret),
        row("aws_iam_role_policy_attachment.new", ["create"], None, {**ADMIN, "role": "other-role"}, **secret),
    )
    assert [finding.id for finding in found.findings if finding.id == "iam/crossing"] == []
