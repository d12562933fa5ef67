"""How dangerous a grant of AWS is: whose tokens, which condition restricts, what a wildcard gives, what goes whole."""

from typing import Any

import pytest

from tests.classify.test_iam_aws import GITHUB, ROLE, SUBJECT, WEB, allow, deny, inline, trust
from tests.support.access import access, change, document, lines, remarks, severities
from tests.support.plans import row

ISSUER = "token.actions.githubusercontent.com"
CLUSTER = "oidc.eks.eu-west-1.amazonaws.com/id/A"
PODS = {"Federated": f"arn:aws:iam::111111111111:oidc-provider/{CLUSTER}"}
COGNITO = {"Federated": "cognito-identity.amazonaws.com"}
ROOT = {"AWS": "arn:aws:iam::111111111111:root"}
READER = {"AWS": "arn:aws:iam::111111111111:role/r"}
PLAIN_TEXT = {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("condition", "severity"),
    [
        ({"Null": {"aws:PrincipalOrgID": "true"}}, "critical"),
        ({"Null": {"aws:PrincipalOrgID": "false"}}, "critical"),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}, "critical"),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"}}, "medium"),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, "critical"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}, "critical"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, "critical"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}}, "medium"),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111111111111:*"}}, "medium"),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}, "critical"),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*"}}, "medium"),
        ({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}, "critical"),
        ({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}, "medium"),
        ({"StringEquals": {"AWS:SourceOwner": "111111111111"}}, "medium"),
        ({"StringEquals": {"s3:DataAccessPointAccount": "111111111111"}}, "medium"),
        ({"StringEquals": {"aws:PrincipalTag/team": "x"}}, "critical"),
    ],
)
def test_which_conditions_keep_everybody_out(condition: Any, severity: str) -> None:
    text = document(allow("s3:GetObject", "arn:aws:s3:::b/*", condition, Principal="*"))
    assert severities(access(change("aws_s3_bucket_policy", None, {"bucket": "b", "policy": text}))) == [severity]


@pytest.mark.parametrize(
    ("after", "severity"),
    [
        (trust(GITHUB, {"Null": {SUBJECT: "false"}}, WEB), "critical"),
        (trust(GITHUB, None, "sts:*"), "critical"),
        (trust(GITHUB, None, "sts:AssumeRole*"), "critical"),
        (trust(GITHUB, {"StringLike": {SUBJECT: "repo:acme*/x:*"}}, WEB), "critical"),
        (trust(GITHUB, {"StringLike": {SUBJECT: "repo:a?me/x:*"}}, WEB), "critical"),
        (trust(GITHUB, {"StringLike": {SUBJECT: "organization:*:project:p"}}, WEB), "critical"),
        (trust(GITHUB, {"StringLike": {f"{ISSUER}:repository": "acme/*"}}, WEB), "high"),
        (trust(GITHUB, {"StringEquals": {f"{ISSUER}:repository_owner": "acme"}}, WEB), "high"),
        (trust(GITHUB, {"StringEquals": {f"{ISSUER}:repository_id": "1"}}, WEB), "low"),
        (trust(GITHUB, {"StringLike": {SUBJECT: "repo:acme/app:ref:refs/heads/*"}}, WEB), "low"),
        (trust(PODS, {"StringLike": {f"{CLUSTER}:sub": "system:serviceaccount:*:*"}}, WEB), "high"),
        (trust(PODS, {"StringLike": {f"{CLUSTER}:sub": "system:serviceaccount:ns:*"}}, WEB), "low"),
        (trust(COGNITO, {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1"}}, WEB), "low"),
        (trust(COGNITO, None, WEB), "critical"),
        (trust({"Service": "*"}), "critical"),
        (trust({"Service": "ec2.amazonaws.com"}, None, "sts:*"), "medium"),
    ],
)
def test_whose_tokens_become_a_role(after: Any, severity: str) -> None:
    assert severities(access(change("aws_iam_role", None, after))) == [severity]


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (allow("*:*"), "critical"),
        (allow("**"), "critical"),
        (allow("iam:*"), "critical"),
        (allow("i*"), "critical"),
        (allow("iam:Create?ccessKey"), "high"),
        (allow("iam:PassRole", "arn:aws:iam::*:role/*"), "high"),
        (allow("iam:PassRole", "arn:aws:iam::111111111111:role/*"), "high"),
        (allow("iam:PassRole", "arn:aws:iam::111111111111:role/app-*"), "medium"),
        (allow("s3:*", "arn:aws:s3:::*"), "high"),
        (allow("s3:*", "arn:aws:s3:::*/*"), "high"),
    ],
)
def test_wildcards_that_give_everything(made: Any, severity: str) -> None:
    assert severities(access(change("aws_iam_role_policy", None, inline(document(made))))) == [severity]


def test_actions_on_every_role_complete_a_path() -> None:
    made = (allow(["lambda:CreateFunction", "lambda:InvokeFunction"]), allow("iam:PassRole", "arn:aws:iam::*:role/*"))
    assert "iam/escalation" in remarks(access(change("aws_iam_role_policy", None, inline(document(*made)))))
    denied = document(*made, deny("iam:*"))
    assert remarks(access(change("aws_iam_role_policy", None, inline(denied)))) == []


def test_a_role_made_in_the_same_plan_completes_a_path_too() -> None:
    made = document(allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]))
    found = access(
        row("aws_iam_role_policy.x", ["create"], None, {"name": "p", "policy": made}, unknown={"role": True})
    )
    assert remarks(found) == ["iam/escalation"]


def test_a_function_open_to_another_account() -> None:
    own = change("aws_sqs_queue", {"arn": "arn:aws:sqs:eu-west-1:111111111111:q"}, {"arn": "x"})
    given = {"function_name": "f", "principal": "222222222222", "action": "lambda:InvokeFunction"}
    assert severities(access(own, change("aws_lambda_permission", None, given))) == ["high"]
    mine = {**given, "principal": "111111111111"}
    assert severities(access(own, change("aws_lambda_permission", None, mine))) == ["low"]


def key(*statements: Any) -> Any:
    return {"key_id": "k", "policy": document(allow("kms:*", Principal=ROOT), *statements)}


@pytest.mark.parametrize(
    ("type_", "before", "after", "severity"),
    [
        ("aws_kms_key", key(allow("kms:Decrypt", Principal=READER)), key(), "medium"),
        (
            "aws_sqs_queue_policy",
            {"queue_url": "u", "policy": document(allow("sqs:SendMessage", Principal=READER))},
            None,
            "medium",
        ),
        (
            "aws_sqs_queue",
            {"name": "u", "policy": document(allow("sqs:SendMessage", Principal=READER))},
            None,
            "info",
        ),
    ],
)
def test_losing_access_to_what_stays_is_no_side_effect(type_: str, before: Any, after: Any, severity: str) -> None:
    assert severities(access(change(type_, before, after))) == [severity]


def test_a_denial_that_goes_is_never_a_trifle() -> None:
    before, after = ([allow("s3:*", "x"), *denied] for denied in ([deny("s3:DeleteBucket", "x")], []))
    found = access(change("aws_iam_role_policy", inline(document(*before)), inline(document(*after))))
    assert [(one.verb, one.severity) for one in found.changes] == [("is no longer denied", "medium")]


def test_an_image_for_everybody() -> None:
    assert severities(access(change("aws_ami_launch_permission", None, {"group": "all", "image_id": "a"}))) == [
        "critical"
    ]


def test_a_queue_s_policy_that_moves_out_is_no_change() -> None:
    text = document(allow("sqs:SendMessage", "q", Principal=READER))
    queue = {"name": "q", "url": "https://q"}
    found = access(
        row("aws_sqs_queue.q", ["update"], {**queue, "policy": text}, {**queue, "policy": ""}),
        row("aws_sqs_queue_policy.q", ["create"], None, {"queue_url": "https://q", "policy": text}),
    )
    assert lines(found) == []


def test_what_is_deleted_is_freed_from_nothing() -> None:
    queue = {"name": "u", "policy": document(deny("sqs:*", None, PLAIN_TEXT, Principal="*"))}
    assert lines(access(change("aws_sqs_queue", queue, None))) == []
    role = {**trust({"Service": "ec2.amazonaws.com"}), "permissions_boundary": "arn:b"}
    assert lines(access(change("aws_iam_role", role, None))) == [f"- ec2.amazonaws.com: sts:AssumeRole @ {ROLE}"]
    policy = {"bucket": "b", "policy": document(deny("s3:*", "x", PLAIN_TEXT, Principal="*"))}
    assert lines(access(change("aws_s3_bucket_policy", policy, None))) == [
        "+ !*: s3:* @ x if aws:securetransport Bool false"
    ]


def test_a_key_that_its_own_account_manages_is_nothing_special() -> None:
    own = change("aws_sqs_queue", {"arn": "arn:aws:sqs:eu-west-1:111111111111:q"}, {"arn": "x"})
    assert severities(access(own, change("aws_kms_key", None, key()))) == ["medium"]


INVOKED = {"function_name": "f", "principal": "*", "action": "lambda:InvokeFunctionUrl"}
KEY_GRANT = {"grantee_principal": "r", "operations": ["Decrypt"], "key_id": "k"}
COLUMNS = {"database_name": "d", "name": "t"}
QUIET: dict[str, tuple[str, Any, Any, list[str]]] = {
    "a function URL without sign-in": (
        "aws_lambda_permission",
        {**INVOKED, "function_url_auth_type": "AWS_IAM"},
        {**INVOKED, "function_url_auth_type": "NONE"},
        [
            "+ *: lambda:InvokeFunctionUrl with URL authorization NONE @ lambda function f",
            "- *: lambda:InvokeFunctionUrl with URL authorization AWS_IAM @ lambda function f",
        ],
    ),
    "a key for any encryption context": (
        "aws_kms_grant",
        {**KEY_GRANT, "constraints": [{"encryption_context_equals": {"a": "b"}}]},
        {**KEY_GRANT, "constraints": []},
        [
            "+ r: kms:Decrypt @ key k",
            '- r: kms:Decrypt @ key k if encryption context {"encryption_context_equals":{"a":"b"}}',
        ],
    ),
    "every column": (
        "aws_lakeformation_permissions",
        {"principal": "p", "permissions": ["SELECT"], "table_with_columns": [{**COLUMNS, "column_names": ["a"]}]},
        {"principal": "p", "permissions": ["SELECT"], "table_with_columns": [{**COLUMNS, "wildcard": True}]},
        ["+ p: SELECT @ d.t all columns", "- p: SELECT @ d.t columns a"],
    ),
    "a permission set without its boundary": (
        "aws_ssoadmin_permissions_boundary_attachment",
        {"permission_set_arn": "ps", "permissions_boundary": [{"managed_policy_arn": "arn:b"}]},
        None,
        ["+ !permission set ps: everything outside the boundary arn:b @ *"],
    ),
    "an event bus that is not named": (
        "aws_cloudwatch_event_permission",
        None,
        {"principal": "*", "action": "events:PutEvents"},
        ["+ *: events:PutEvents @ aws_cloudwatch_event_permission.x"],
    ),
    "an event bus for an organization": (
        "aws_cloudwatch_event_permission",
        None,
        {
            "principal": "*",
            "action": "events:PutEvents",
            "event_bus_name": "default",
            "condition": [{"key": "aws:PrincipalOrgID", "type": "StringEquals", "value": "o-1"}],
        },
        ["+ *: events:PutEvents @ event bus default if aws:PrincipalOrgID StringEquals o-1"],
    ),
    "a policy about tags": (
        "aws_organizations_policy",
        {"name": "t", "type": "TAG_POLICY", "content": '{"tags": {"a": {}}}'},
        {"name": "t", "type": "TAG_POLICY", "content": '{"tags": {"b": {}}}'},
        [],
    ),
}


@pytest.mark.parametrize("case", QUIET)
def test_arguments_that_give_access_without_looking_like_it(case: str) -> None:
    type_, before, after, expected = QUIET[case]
    found = access(change(type_, before, after))
    assert (lines(found), [one for one in remarks(found) if one == "iam/unreadable"]) == (expected, [])


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("aws_iam_saml_provider", "saml_metadata_document"),
        ("aws_iam_openid_connect_provider", "thumbprint_list"),
        ("aws_eks_access_entry", "user_name"),
    ],
)
def test_other_keys_for_a_source_of_identities(type_: str, name: str) -> None:
    found = access(change(type_, {"name": "a", "url": "u", name: "1"}, {"name": "a", "url": "u", name: "2"}))
    assert [one.id for one in found.findings] == ["iam/settings"]


def test_a_role_made_again_is_another_role() -> None:
    role = trust({"Service": "ec2.amazonaws.com"})
    assert remarks(access(row("aws_iam_role.x", ["delete", "create"], role, role))) == ["iam/hidden-effect"]
