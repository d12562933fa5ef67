"""AWS policies compared by meaning: what is gained and lost, whatever the text looks like."""

import json
from typing import Any

import pytest

from tests.support.access import access, change, document, lines, moved, remarks, severities
from tests.support.plans import row

ROLE = "role trainer"
OWNED = {"aws:PrincipalOrgID": "o-1"}


def allow(actions: Any, resources: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    return statement("Allow", actions, resources, condition, **more)


def deny(actions: Any, resources: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    return statement("Deny", actions, resources, condition, **more)


def statement(effect: str, actions: Any, resources: Any, condition: Any, **more: Any) -> dict[str, Any]:
    made = {"Effect": effect, "Action": actions, "Resource": resources, **more}
    if condition is not None:
        made["Condition"] = condition
    return {key: value for key, value in made.items() if value is not None}


def inline(text: Any) -> Any:
    return None if text is None else {"role": "trainer", "name": "p", "policy": text}


def policies(before: Any, after: Any) -> list[str]:
    """An inline policy of one role, before and after; a list of statements, or the text itself."""
    sides = [document(*side) if isinstance(side, list) else side for side in (before, after)]
    return moved("aws_iam_role_policy", *(inline(side) for side in sides))


READ = allow("s3:GetObject", "arn:aws:s3:::a/*")
TLS = {"Bool": {"aws:SecureTransport": "true"}}

SAME_MEANING: dict[str, tuple[Any, Any]] = {
    "order of statements": ([READ, allow("s3:PutObject")], [allow("s3:PutObject"), READ]),
    "order of actions": ([allow(["s3:A", "s3:B"])], [allow(["s3:B", "s3:A"])]),
    "order of resources": ([allow("s3:A", ["x", "y"])], [allow("s3:A", ["y", "x"])]),
    "order of keys": (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:A","Resource":"x"}]}',
        '{"Statement":[{"Resource":"x","Action":"s3:A","Effect":"Allow"}],"Version":"2012-10-17"}',
    ),
    "whitespace": (document(READ), json.dumps(json.loads(document(READ)), indent=4)),
    "an action as a list of one": ([allow("s3:A")], [allow(["s3:A"])]),
    "a resource as a list of one": ([allow("s3:A", "x")], [allow("s3:A", ["x"])]),
    "a statement without its list": (
        document(READ),
        json.dumps({"Version": "2012-10-17", "Statement": READ}),
    ),
    "a Sid": ([READ], [{**READ, "Sid": "Read"}]),
    "an Id": (document(READ), json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": [READ]})),
    "the case of an action": ([allow("s3:GetObject")], [allow("S3:getobject")]),
    "an action twice": ([allow("s3:A")], [allow(["s3:A", "s3:A"])]),
    "a statement twice": ([READ], [READ, READ]),
    "statements split by action": ([allow(["s3:A", "s3:B"])], [allow("s3:A"), allow("s3:B")]),
    "statements split by resource": ([allow("s3:A", ["x", "y"])], [allow("s3:A", "x"), allow("s3:A", "y")]),
    "an action its own wildcard swallows": ([allow("s3:*")], [allow(["s3:*", "s3:GetObject"])]),
    "a resource its own wildcard swallows": ([allow("s3:A", "a/*")], [allow("s3:A", ["a/*", "a/b/*"])]),
    "a statement a wider one swallows": ([allow("s3:*")], [allow("s3:*"), READ]),
    "a condition that a free statement swallows": ([allow("s3:A")], [allow("s3:A"), allow("s3:A", condition=TLS)]),
    "a condition value as a list": (
        [allow("s3:A", condition={"StringEquals": {"k": "v"}})],
        [allow("s3:A", condition={"StringEquals": {"k": ["v"]}})],
    ),
    "the order of condition values": (
        [allow("s3:A", condition={"StringEquals": {"k": ["v", "w"]}})],
        [allow("s3:A", condition={"StringEquals": {"k": ["w", "v"]}})],
    ),
    "the case of a condition key": (
        [allow("s3:A", condition={"StringEquals": {"aws:SourceArn": "x"}})],
        [allow("s3:A", condition={"StringEquals": {"AWS:sourcearn": "x"}})],
    ),
    "true as a word": (
        [allow("s3:A", condition={"Bool": {"k": "true"}})],
        [allow("s3:A", condition={"Bool": {"k": True}})],
    ),
    "a number as a word": (
        [allow("s3:A", condition={"NumericLessThan": {"k": "5"}})],
        [allow("s3:A", condition={"NumericLessThan": {"k": 5}})],
    ),
    "an empty condition": ([READ], [{**READ, "Condition": {}}]),
    "operators in another order": (
        [allow("s3:A", condition={"StringEquals": {"k": "v"}, "Bool": {"b": "true"}})],
        [allow("s3:A", condition={"Bool": {"b": "true"}, "StringEquals": {"k": "v"}})],
    ),
    "the order of what NotAction leaves out": (
        [allow(None, NotAction=["iam:*", "sts:*"])],
        [allow(None, NotAction=["sts:*", "iam:*"])],
    ),
    "a deny twice": ([allow("s3:*"), deny("s3:D")], [allow("s3:*"), deny("s3:D"), deny("s3:D")]),
    "a deny a wider deny swallows": ([deny("s3:*")], [deny("s3:*"), deny("s3:DeleteBucket")]),
    "an allow that a deny takes away": ([deny("iam:*")], [deny("iam:*"), allow("iam:PassRole")]),
    "an unused version id": (document(READ), document(READ, version="2008-10-17")),
}


@pytest.mark.parametrize("case", SAME_MEANING)
def test_text_changes_and_meaning_does_not(case: str) -> None:
    before, after = SAME_MEANING[case]
    assert policies(before, after) == []
    assert policies(after, before) == []


# before, after, what is gained and lost; read backwards the signs are the other way round
MEANING: dict[str, tuple[Any, Any, list[str]]] = {
    "an action more": ([READ], [READ, allow("s3:B", "x")], [f"+ {ROLE}: s3:B @ x"]),
    "an action replaced": ([allow("s3:A", "x")], [allow("s3:B", "x")], [f"+ {ROLE}: s3:B @ x", f"- {ROLE}: s3:A @ x"]),
    "a list becomes a wildcard": (
        [allow(["s3:GetObject", "s3:PutObject"], "x")],
        [allow("s3:*", "x")],
        [f"+ {ROLE}: s3:* @ x"],
    ),
    "a wildcard by prefix": ([allow("s3:GetObject", "x")], [allow("s3:Get*", "x")], [f"+ {ROLE}: s3:Get* @ x"]),
    "a question mark": ([allow("s3:GetA", "x")], [allow("s3:Get?", "x")], [f"+ {ROLE}: s3:Get? @ x"]),
    "everything": ([allow("s3:*")], [allow("*")], [f"+ {ROLE}: * @ *"]),
    "a resource more": ([allow("s3:A", "x")], [allow("s3:A", ["x", "y"])], [f"+ {ROLE}: s3:A @ y"]),
    "a resource widens": ([allow("s3:A", "a/b/*")], [allow("s3:A", "a/*")], [f"+ {ROLE}: s3:A @ a/*"]),
    "every resource": ([READ], [allow("s3:GetObject")], [f"+ {ROLE}: s3:GetObject @ *"]),
    "a condition goes": (
        [allow("s3:A", "x", TLS)],
        [allow("s3:A", "x")],
        [f"+ {ROLE}: s3:A @ x"],
    ),
    "a test of a condition goes": (
        [allow("s3:A", "x", {"Bool": {"b": "true"}, "StringEquals": {"k": "v"}})],
        [allow("s3:A", "x", {"Bool": {"b": "true"}})],
        [f"+ {ROLE}: s3:A @ x if b Bool true"],
    ),
    "a condition lets more values in": (
        [allow("s3:A", "x", {"StringEquals": {"k": "v"}})],
        [allow("s3:A", "x", {"StringEquals": {"k": ["v", "w"]}})],
        [f"+ {ROLE}: s3:A @ x if k StringEquals v, w"],
    ),
    "a condition keeps fewer values out": (
        [allow("s3:A", "x", {"StringNotEquals": {"k": ["v", "w"]}})],
        [allow("s3:A", "x", {"StringNotEquals": {"k": "v"}})],
        [f"+ {ROLE}: s3:A @ x if k StringNotEquals v"],
    ),
    "a pattern in a condition widens": (
        [allow("s3:A", "x", {"StringLike": {"k": "a/b*"}})],
        [allow("s3:A", "x", {"StringLike": {"k": "a/*"}})],
        [f"+ {ROLE}: s3:A @ x if k StringLike a/*"],
    ),
    "a text in a condition becomes a pattern": (
        [allow("s3:A", "x", {"StringEquals": {"k": "a/b"}})],
        [allow("s3:A", "x", {"StringLike": {"k": "a/*"}})],
        [f"+ {ROLE}: s3:A @ x if k StringLike a/*"],
    ),
    "a pattern in a condition becomes a text": (
        [allow("s3:A", "x", {"StringLike": {"k": "a/*"}})],
        [allow("s3:A", "x", {"StringEquals": {"k": "a/*"}})],
        [f"- {ROLE}: s3:A @ x if k StringLike a/*"],
    ),
    "a network in a condition widens": (
        [allow("s3:A", "x", {"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}})],
        [allow("s3:A", "x", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
        [f"+ {ROLE}: s3:A @ x if aws:sourceip IpAddress 10.0.0.0/8"],
    ),
    "a deny goes": (
        [allow("s3:A", "x"), deny("s3:D", "x")],
        [allow("s3:A", "x")],
        [f"+ !{ROLE}: s3:D @ x"],
    ),
    "a deny goes that hid an allow": (
        [allow("s3:*", "x"), deny("s3:*", "x")],
        [allow("s3:*", "x")],
        [f"+ !{ROLE}: s3:* @ x", f"+ {ROLE}: s3:* @ x"],
    ),
    "a deny gets a condition": (
        [deny("s3:D", "x")],
        [deny("s3:D", "x", TLS)],
        [f"+ !{ROLE}: s3:D @ x"],
    ),
    "a deny narrows": ([deny("s3:*", "x")], [deny("s3:Put*", "x")], [f"+ !{ROLE}: s3:* @ x"]),
    "NotAction leaves out less": (
        [allow(None, NotAction=["iam:*", "sts:*"])],
        [allow(None, NotAction=["iam:*"])],
        [f"+ {ROLE}: everything but iam:* @ *"],
    ),
    "NotAction for a list": (
        [allow(["s3:A", "ec2:B"])],
        [allow(None, NotAction="iam:*")],
        [f"+ {ROLE}: everything but iam:* @ *"],
    ),
    "NotResource leaves out less": (
        [allow("s3:A", None, NotResource=["x", "y"])],
        [allow("s3:A", None, NotResource=["x"])],
        [f"+ {ROLE}: s3:A @ everything but x"],
    ),
    "NotResource for one resource": (
        [allow("s3:A", "z")],
        [allow("s3:A", None, NotResource="x")],
        [f"+ {ROLE}: s3:A @ everything but x"],
    ),
    "a whole policy comes": (None, [READ], [f"+ {ROLE}: s3:GetObject @ arn:aws:s3:::a/*"]),
    "a variable of the new version": (
        document(allow("s3:A", "home/${aws:username}"), version="2008-10-17"),
        document(allow("s3:A", "home/${aws:username}")),
        [f"+ {ROLE}: s3:A @ home/${{aws:username}}", f"- {ROLE}: s3:A @ home/$ {{aws:username}}"],
    ),
    "one action of many": (
        [allow(["s3:A", "s3:B", "s3:C"], ["x", "y"])],
        [allow(["s3:A", "s3:B", "s3:C"], ["x", "y"]), allow("s3:D", "x")],
        [f"+ {ROLE}: s3:D @ x"],
    ),
    "a star in the middle": ([allow("s3:A", "a/x/b")], [allow("s3:A", "a/*/b")], [f"+ {ROLE}: s3:A @ a/*/b"]),
    "a condition of another operator": (
        [allow("s3:A", "x", {"StringEquals": {"k": "v"}})],
        [allow("s3:A", "x", {"StringEqualsIfExists": {"k": "v"}})],
        [f"+ {ROLE}: s3:A @ x if k StringEqualsIfExists v", f"- {ROLE}: s3:A @ x if k StringEquals v"],
    ),
    "Null turned round": (
        [allow("s3:A", "x", {"Null": {"k": "true"}})],
        [allow("s3:A", "x", {"Null": {"k": "false"}})],
        [f"+ {ROLE}: s3:A @ x if k Null false", f"- {ROLE}: s3:A @ x if k Null true"],
    ),
    "allow becomes deny": (
        [allow("s3:A", "x")],
        [deny("s3:A", "x")],
        [f"- !{ROLE}: s3:A @ x", f"- {ROLE}: s3:A @ x"],
    ),
}


@pytest.mark.parametrize("case", MEANING)
def test_meaning_changes(case: str) -> None:
    before, after, expected = MEANING[case]
    assert policies(before, after) == expected
    flipped = sorted(("-" if line[0] == "+" else "+") + line[1:] for line in expected)
    assert policies(after, before) == flipped


def test_a_deny_that_takes_only_a_part_leaves_the_allow() -> None:
    assert policies([allow("s3:*", "x")], [allow("s3:*", "x"), deny("s3:Delete*", "x")]) == [
        f"- !{ROLE}: s3:Delete* @ x"
    ]


UNREADABLE = {
    "no JSON": "policy goes here",
    "cut off": '{"Statement": [',
    "a list": "[]",
    "no statement": '{"Version": "2012-10-17"}',
    "no effect": '{"Statement": [{"Action": "s3:A", "Resource": "*"}]}',
    "an effect of its own": '{"Statement": [{"Effect": "allow", "Action": "s3:A", "Resource": "*"}]}',
    "no action": '{"Statement": [{"Effect": "Allow", "Resource": "*"}]}',
    "Action and NotAction": (
        '{"Statement": [{"Effect": "Allow", "Action": "s3:A", "NotAction": "s3:B", "Resource": "*"}]}'
    ),
    "an action that is a number": '{"Statement": [{"Effect": "Allow", "Action": 5, "Resource": "*"}]}',
    "a key twice": '{"Statement": [], "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    "a statement that is a text": '{"Statement": ["Allow"]}',
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_policy_that_cannot_be_read_is_a_finding(case: str) -> None:
    found = access(change("aws_iam_role_policy", inline(document(READ)), inline(UNREADABLE[case])))
    assert lines(found) == []
    assert remarks(found) == ["iam/unreadable"]


def bucket(*statements: Any) -> Any:
    return {"bucket": "b", "policy": document(*statements)}


EVERYBODY = "+ *: s3:GetObject @ arn:aws:s3:::b/*"
ON_B = "arn:aws:s3:::b/*"

RESOURCE_POLICIES: dict[str, tuple[Any, Any, list[str]]] = {
    "everybody": ([], [allow("s3:GetObject", ON_B, Principal="*")], [EVERYBODY]),
    "everybody as an object": ([], [allow("s3:GetObject", ON_B, Principal={"AWS": "*"})], [EVERYBODY]),
    "everybody in a list": (
        [allow("s3:GetObject", ON_B, Principal={"AWS": ["arn:aws:iam::111111111111:role/r"]})],
        [allow("s3:GetObject", ON_B, Principal={"AWS": ["arn:aws:iam::111111111111:role/r", "*"]})],
        [EVERYBODY],
    ),
    "the two ways to write everybody": (
        [allow("s3:GetObject", ON_B, Principal="*")],
        [allow("s3:GetObject", ON_B, Principal={"AWS": ["*"]})],
        [],
    ),
    "an account and its root": (
        [allow("s3:GetObject", ON_B, Principal={"AWS": "111111111111"})],
        [allow("s3:GetObject", ON_B, Principal={"AWS": "arn:aws:iam::111111111111:root"})],
        [],
    ),
    "a service": (
        [],
        [allow("s3:GetObject", ON_B, Principal={"Service": "lambda.amazonaws.com"})],
        ["+ lambda.amazonaws.com: s3:GetObject @ arn:aws:s3:::b/*"],
    ),
    "NotPrincipal": (
        [],
        [allow("s3:GetObject", ON_B, NotPrincipal={"AWS": "arn:aws:iam::111111111111:root"})],
        ["+ everything but arn:aws:iam::111111111111:root: s3:GetObject @ arn:aws:s3:::b/*"],
    ),
    "the condition around everybody goes": (
        [allow("s3:GetObject", ON_B, {"StringEquals": OWNED}, Principal="*")],
        [allow("s3:GetObject", ON_B, Principal="*")],
        [EVERYBODY],
    ),
    "the deny without TLS goes": (
        [deny("s3:*", ON_B, {"Bool": {"aws:SecureTransport": "false"}}, Principal="*")],
        [],
        ["+ !*: s3:* @ arn:aws:s3:::b/* if aws:securetransport Bool false"],
    ),
    "the order of principals": (
        [allow("s3:A", ON_B, Principal={"AWS": ["a", "b"], "Service": "s"})],
        [allow("s3:A", ON_B, Principal={"Service": ["s"], "AWS": ["b", "a"]})],
        [],
    ),
}


@pytest.mark.parametrize("case", RESOURCE_POLICIES)
def test_a_resource_policy(case: str) -> None:
    before, after, expected = RESOURCE_POLICIES[case]
    assert moved("aws_s3_bucket_policy", bucket(*before), bucket(*after)) == expected


def trust(principal: Any, condition: Any = None, action: str = "sts:AssumeRole") -> Any:
    made = {"Effect": "Allow", "Action": action, "Principal": principal}
    return {"name": "trainer", "assume_role_policy": document({**made, "Condition": condition} if condition else made)}


GITHUB = {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}
SUBJECT = "token.actions.githubusercontent.com:sub"
WEB = "sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize(
    ("after", "severity"),
    [
        (trust({"Service": "ec2.amazonaws.com"}), "low"),
        (trust("*"), "critical"),
        (trust({"AWS": "*"}), "critical"),
        (trust({"AWS": ["*"]}), "critical"),
        (trust({"AWS": "*"}, {"StringEquals": OWNED}), "medium"),
        (trust({"AWS": "*"}, {"StringLike": {"aws:PrincipalOrgID": "*"}}), "critical"),
        (trust({"AWS": "*"}, {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), "critical"),
        (trust({"AWS": "*"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}), "critical"),
        (trust({"AWS": "222222222222"}), "medium"),
        (trust(GITHUB, {"StringEquals": {SUBJECT: "repo:acme/app:ref:refs/heads/main"}}, WEB), "low"),
        (trust(GITHUB, {"StringLike": {SUBJECT: "repo:acme/app:*"}}, WEB), "low"),
        (trust(GITHUB, {"StringLike": {SUBJECT: "repo:acme/*"}}, WEB), "high"),
        (trust(GITHUB, {"StringLike": {SUBJECT: "repo:*"}}, WEB), "critical"),
        (trust(GITHUB, {"StringLike": {SUBJECT: "*"}}, WEB), "critical"),
        (trust(GITHUB, {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts"}}, WEB), "critical"),
        (trust(GITHUB, None, WEB), "critical"),
    ],
)
def test_who_may_become_a_role(after: Any, severity: str) -> None:
    assert severities(access(change("aws_iam_role", None, after))) == [severity]


def test_another_account_is_known_by_the_objects_of_this_one() -> None:
    own = change("aws_sqs_queue", {"arn": "arn:aws:sqs:eu-west-1:111111111111:q"}, {"arn": "x"})
    foreign, mine = trust({"AWS": "222222222222"}), trust({"AWS": "111111111111"})
    assert severities(access(own, change("aws_iam_role", None, foreign))) == ["high"]
    assert severities(access(own, change("aws_iam_role", None, mine))) == ["low"]


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (allow("*"), "critical"),
        (allow("*", "arn:aws:s3:::a"), "high"),
        (allow(None, NotAction="iam:*"), "critical"),
        (allow("iam:*"), "critical"),
        (allow("iam:*", "arn:aws:iam::111122223333:user/*"), "critical"),
        (allow("iam:*", "arn:aws:iam::111122223333:user/eve"), "high"),
        (allow("s3:*"), "high"),
        (allow("s3:*", "arn:aws:s3:::a/*"), "medium"),
        (allow("iam:PassRole"), "high"),
        (allow("iam:PassRole", condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}), "medium"),
        (allow("IAM:passrole"), "high"),
        (allow("iam:Pass*"), "high"),
        (allow("iam:CreatePolicyVersion"), "high"),
        (allow("secretsmanager:GetSecretValue"), "medium"),
        (allow("s3:GetObject", "arn:aws:s3:::a/*"), "low"),
        (allow("ec2:DescribeInstances"), "low"),
    ],
)
def test_how_dangerous_an_action_is(made: Any, severity: str) -> None:
    assert severities(access(change("aws_iam_role_policy", None, inline(document(made))))) == [severity]


@pytest.mark.parametrize(
    ("arn", "severity"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", "critical"),
        ("arn:aws-us-gov:iam::aws:policy/AdministratorAccess", "critical"),
        ("arn:aws:iam::aws:policy/IAMFullAccess", "critical"),
        ("arn:aws:iam::aws:policy/PowerUserAccess", "high"),
        ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "low"),
        ("arn:aws:iam::111122223333:policy/anything", "medium"),
    ],
)
def test_managed_policies(arn: str, severity: str) -> None:
    found = access(change("aws_iam_role_policy_attachment", None, {"role": "trainer", "policy_arn": arn}))
    assert lines(found) == [f"+ {ROLE}: {arn} @ all that the policy names"]
    assert severities(found) == [severity]


def test_actions_that_only_together_are_dangerous() -> None:
    one, other = allow("lambda:CreateFunction"), allow(["lambda:InvokeFunction", "iam:PassRole"])
    found = access(change("aws_iam_role_policy", inline(document(one)), inline(document(one, other))))
    assert [finding.title for finding in found.findings] == ["role trainer can raise its own rights, in 1 known way"]
    again = access(change("aws_iam_role_policy", inline(document(one, other)), inline(document(other, one, READ))))
    assert remarks(again) == []


def test_an_identity_whose_name_only_the_apply_will_tell_is_watched_too() -> None:
    policy = {
        "name": "own",
        "policy": document(allow(["lambda:CreateFunction", "lambda:InvokeFunction", "iam:PassRole"])),
    }
    found = access(change("aws_iam_role_policy", None, policy, unknown={"role": True}))
    titles = [finding.title for finding in found.findings if finding.id == "iam/escalation"]
    assert titles == ["role (known after apply) can raise its own rights, in 1 known way"]


OTHERS: dict[str, tuple[str, Any, Any, list[str]]] = {
    "lambda permission": (
        "aws_lambda_permission",
        None,
        {"function_name": "f", "principal": "s3.amazonaws.com", "action": "lambda:InvokeFunction", "source_arn": "a"},
        ["+ s3.amazonaws.com: lambda:InvokeFunction @ lambda function f if source arn a"],
    ),
    "group membership": (
        "aws_iam_group_membership",
        {"group": "admins", "users": ["ann", "bob"]},
        {"group": "admins", "users": ["bob", "eve"]},
        ["+ user eve: member @ group admins", "- user ann: member @ group admins"],
    ),
    "policy attachment": (
        "aws_iam_policy_attachment",
        {"policy_arn": "p", "roles": ["a"], "users": [], "groups": []},
        {"policy_arn": "p", "roles": ["a"], "users": ["eve"], "groups": []},
        ["+ user eve: p @ all that the policy names"],
    ),
    "access key": (
        "aws_iam_access_key",
        None,
        {"user": "bot", "status": "Active"},
        ["+ user bot: a long-lived credential @ the account"],
    ),
    "key switched off": (
        "aws_iam_access_key",
        {"user": "bot", "status": "Active"},
        {"user": "bot", "status": "Inactive"},
        ["- user bot: a long-lived credential @ the account"],
    ),
    "boundary goes": (
        "aws_iam_user",
        {"name": "ann", "permissions_boundary": "arn:b"},
        {"name": "ann", "permissions_boundary": ""},
        ["+ !user ann: everything outside the boundary arn:b @ *"],
    ),
    "single sign-on": (
        "aws_ssoadmin_account_assignment",
        None,
        {"principal_id": "g", "principal_type": "GROUP", "permission_set_arn": "ps", "target_id": "111111111111"},
        ["+ GROUP g: permission set ps @ account 111111111111"],
    ),
    "cluster administrator": (
        "aws_eks_access_policy_association",
        None,
        {
            "principal_arn": "r",
            "policy_arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            "cluster_name": "c",
            "access_scope": [{"type": "cluster", "namespaces": []}],
        },
        ["+ r: arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy @ cluster c, cluster"],
    ),
    "a function's role": (
        "aws_lambda_function",
        {"function_name": "f", "role": "arn:r1", "memory_size": 128},
        {"function_name": "f", "role": "arn:r2", "memory_size": 256},
        ["+ aws_lambda_function.x: acts as @ arn:r2", "- aws_lambda_function.x: acts as @ arn:r1"],
    ),
    "a service control policy": (
        "aws_organizations_policy",
        {"name": "scp", "type": "SERVICE_CONTROL_POLICY", "content": document(deny("ec2:*"))},
        {"name": "scp", "type": "SERVICE_CONTROL_POLICY", "content": document()},
        ["+ !accounts under policy scp: ec2:* @ *"],
    ),
    "a key policy": (
        "aws_kms_key",
        {"key_id": "k", "policy": document(allow("kms:*", Principal={"AWS": "111111111111"}))},
        {"key_id": "k", "policy": document(allow("kms:*", Principal={"AWS": "*"}))},
        ["+ *: kms:* @ *"],
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_resources(case: str) -> None:
    type_, before, after, expected = OTHERS[case]
    assert moved(type_, before, after) == expected


def test_losing_the_root_of_a_key_locks_out() -> None:
    root, role = ({"AWS": f"arn:aws:iam::111111111111:{name}"} for name in ("root", "role/r"))
    before, after = (
        {"key_id": "k", "policy": document(allow("kms:*", Principal=principal))} for principal in (root, role)
    )
    assert remarks(access(change("aws_kms_key", before, after))) == ["iam/lock-out"]


def test_editing_a_machine_is_no_change_of_access() -> None:
    before = {"iam_instance_profile": "p", "instance_type": "t3.micro", "tags": {"a": "1"}}
    found = access(change("aws_instance", before, {**before, "instance_type": "t3.large", "tags": {}}))
    assert (found.changes, found.findings) == ((), ())


def test_an_inline_policy_that_moves_out_of_its_role_is_no_change() -> None:
    text = document(READ)
    role = {"name": "trainer", "assume_role_policy": None, "inline_policy": [{"name": "p", "policy": text}]}
    found = access(
        row("aws_iam_role.x", ["update"], role, {**role, "inline_policy": []}),
        row("aws_iam_role_policy.p", ["create"], None, inline(text)),
    )
    assert lines(found) == []


def test_a_document_that_only_the_apply_knows_is_read_from_its_data_source() -> None:
    configuration = {
        "root_module": {
            "resources": [
                {
                    "address": "aws_iam_role_policy.x",
                    "expressions": {
                        "policy": {
                            "references": ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]
                        },
                        "role": {"constant_value": "trainer"},
                    },
                },
                {
                    "address": "data.aws_iam_policy_document.d",
                    "expressions": {
                        "statement": [{"resources": {"references": ["aws_s3_bucket.b.arn", "aws_s3_bucket.b"]}}]
                    },
                },
            ]
        }
    }
    data = row(
        "data.aws_iam_policy_document.d",
        ["read"],
        None,
        {"statement": [{"actions": ["s3:GetObject"], "effect": None}], "version": None},
        unknown={"json": True, "statement": [{"resources": [True]}]},
        mode="data",
        type="aws_iam_policy_document",
    )
    policy = row("aws_iam_role_policy.x", ["create"], None, {"role": "trainer"}, unknown={"policy": True})
    found = access(policy, data, configuration=configuration)
    assert lines(found) == [f"+ {ROLE}: s3:GetObject @ aws_s3_bucket.b.arn (known after apply)"]
    assert [one.unknown for one in found.changes] == [True]


def test_an_unknown_policy_is_said_to_be_unknown_and_nothing_is_said_to_be_lost() -> None:
    found = access(change("aws_iam_role_policy", inline(document(READ)), {"role": "trainer"}, unknown={"policy": True}))
    assert lines(found) == []
    assert remarks(found) == ["iam/unknown-until-apply"]
