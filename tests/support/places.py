"""Every place where a stranger can put a text, in one review: plans, pull request, files of other tools.

``publish({place: text})`` puts texts into places; every other place holds the text in ``PLACES``.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.catalog.failures import decode_failures
from bot.config import Config, SecretsConfig, decode_config
from bot.diagnostics import explain_failure, tell_failures
from bot.edge.files import read_catalog
from bot.infracost import Price, Prices
from bot.publication import Publication
from bot.pull_request import Approval, Deployment, File, Label, PullRequest
from bot.record import Problem, Stack
from bot.report import Origin
from bot.review import Settings, build_stacks, review
from bot.sarif import decode_sarif
from bot.secret_scan import build_secret_scan
from bot.since import Earlier
from tests.support.plans import CATALOG, TEMPLATES, plan, row

PLACES = {
    "action reason": "delete_because_no_resource_config",
    "action word": "wobble",
    "action address": "action.a_b.c",
    "address": "aws_sqs_queue.old",
    "approver": "jonas",
    "attribute name": "colour",
    "author": "mia",
    "branch from": "develop",
    "branch to": "main",
    "check address": "check.budget",
    "check message": "too dear",
    "condition key": "aws:SourceIp",
    "condition value": "10.0.0.0/8",
    "cost driver": "p4d.24xlarge",
    "currency": "USD",
    "data source": "policy",
    "deferred reason": "unknown",
    "deployment": "stage",
    "deposed key": "0a1b2c3d",
    "description": "Deletes the old queue.",
    "destroyed value": "exports",
    "drift": "elsewhere",
    "earlier address": "aws_sqs_queue.earlier",
    "error file": "main.tf",
    "error summary": "Error acquiring the state lock",
    "file": "main.tf",
    "file patch": '-resource "aws_sqs_queue" "old" {',
    "forces replacement": "name",
    "format version": "1.2",
    "generated config": 'resource "a_b" "c" {}',
    "google condition": "until friday",
    "google member": "user:mia@example.com",
    "google role": "roles/editor",
    "imported id": "i-123",
    "index key": "blue",
    "items of a list": "first",
    "label": "allow-deletions",
    "label giver": "jonas",
    "lines": "one",
    "lock owner": "runner",
    "module": "network",
    "module key": "eu",
    "name": "exports",
    "nested name": "inner",
    "output name": "endpoint",
    "output value": "host",
    "policy action": "s3:GetObject",
    "policy effect": "Allow",
    "policy principal": "arn:aws:iam::123456789012:root",
    "policy resource": "arn:aws:s3:::models",
    "policy sid": "Read",
    "previous address": "aws_vpc.before",
    "priced address": "aws_instance.big",
    "provider": "registry.terraform.io/hashicorp/aws",
    "region": "eu-central-1",
    "relevant type": "aws_kms_key",
    "renamed": "aws_ssm_parameter.left",
    "run time": "2026-11-24T11:00:00Z",
    "security group rule": "from everywhere",
    "SARIF file": "main.tf",
    "SARIF message": "Bucket is open",
    "SARIF rule": "CKV_1",
    "SARIF tool": "checkov",
    "stack": "network",
    "string in JSON": "inside",
    "string in YAML": "inside",
    "title": "Release",
    "type": "acme_widget",
    "unknown value": "before",
    "value": "before",
    "version of Terraform": "1.11.4",
}
# Lists are sorted by these, so a text comes behind something that keeps its place in the list.
FRONTS = {
    "address": "aws_sqs_queue.a",
    "relevant type": "aws_kms_key_",
    "renamed": "aws_ssm_parameter.left",
    "stack": "network",
    "type": "acme_widget_",
}
CONFIG = """
rules:
  naming: {branch: "^never$", names: [{match: "*", pattern: "^never$"}]}
environments:
  prod:
    findings: {iam: {hold: high}, exposure: {hold: high}, naming: {attention: info}, scanners: {attention: info}}
    cost_limit: {monthly_increase: 1, state: hold}
    process: {source_branch: {state: hold, allowed: ["release/*"]}}
"""


class _Texts:
    """What stands in each place."""

    def __init__(self, put: Mapping[str, str]) -> None:
        unknown = put.keys() - PLACES.keys()
        assert not unknown, unknown
        self._all = PLACES | {place: FRONTS.get(place, "") + text for place, text in put.items()}
        self.used: set[str] = set()

    def __call__(self, place: str) -> str:
        self.used.add(place)
        return self._all[place]


def publish(put: Mapping[str, str]) -> Publication:
    """Review everything with the given texts in their places.  Raises AssertionError for a place that is not used."""
    texts = _Texts(put)
    stacks = [*_stacks(texts)]
    before = plan(row(texts("earlier address"), ["delete"], {"a": "b"}))
    earlier = Earlier(stacks=tuple(build_stacks(stacks[0].name, before, SecretsConfig())))
    settings = Settings(
        config=_config(),
        catalog=CATALOG,
        templates=TEMPLATES,
        environment="prod",
        pull_request=_pull_request(texts),
        earlier=earlier,
        prices=Prices(
            currency=texts("currency"),
            by_address={texts("priced address"): Price(before=Decimal(1), after=Decimal(9000))},
            unpriced=(texts("priced address"),),
        ),
        remarks=decode_sarif(json.dumps(_sarif(texts)).encode(), "x.sarif", lambda text: text),
        origin=Origin(version="0.0.0", now=texts("run time"), commit="0123abc"),
    )
    made = review(stacks, settings).publication
    assert texts.used == PLACES.keys(), PLACES.keys() - texts.used
    return made


def _config() -> Config:
    return decode_config(CONFIG.encode(), "plan-review.yml")


def _stacks(texts: _Texts) -> list[Stack]:
    documents = (
        (texts("stack"), plan(*_deletions(texts), **_around(texts))),
        ("values", plan(*_values(texts), output_changes=_outputs(texts))),
        ("access", plan(*_access(texts))),
        ("strange", plan(row("a_b.strange", [texts("action word")], {}, {}))),
        ("newer", plan(format_version=texts("format version"))),
    )
    read = [stack for name, document in documents for stack in build_stacks(name, document, SecretsConfig())]
    return [*read, _failed(texts)]


def _failed(texts: _Texts) -> Stack:
    error = {
        "severity": "error",
        "summary": texts("error summary"),
        "detail": f"held\nLock Info:\n  ID:  7\n  Who:  {texts('lock owner')}\n",
        "range": {"filename": texts("error file"), "start": {"line": 3}},
    }
    log = json.dumps({"type": "diagnostic", "diagnostic": error}).encode()
    causes = decode_failures(read_catalog()["failures.toml"])
    return Stack(
        name="failed", problem=Problem(*tell_failures(explain_failure(log, causes, build_secret_scan((), (), ()))))
    )


def _around(texts: _Texts) -> dict[str, Any]:
    """What a plan has besides the rows of its changes."""
    check = {"to_display": texts("check address"), "kind": "check"}
    problem = {"address": check, "status": "fail", "problems": [{"message": texts("check message")}]}
    trigger = {"triggering_resource_address": texts("action address"), "action_trigger_event": "AfterCreate"}
    return {
        "terraform_version": texts("version of Terraform"),
        "checks": [{"address": check, "status": "fail", "instances": [problem]}],
        "resource_drift": [row("a_b.drifted", ["update"], {"x": "here"}, {"x": texts("drift")})],
        "deferred_changes": [
            {"reason": texts("deferred reason"), "resource_change": row("a_b.later", ["create"], None, {"a": "b"})}
        ],
        "action_invocations": [{"address": texts("action address"), "type": "x", "lifecycle_action_trigger": trigger}],
    }


def _deletions(texts: _Texts) -> list[dict[str, Any]]:
    key = json.dumps(texts("index key"), ensure_ascii=False)
    module = f"module.{texts('module')}[{json.dumps(texts('module key'), ensure_ascii=False)}]"
    old = {"bucket": texts("destroyed value"), "region": texts("region"), "name": texts("name")}
    forces = {"replace_paths": [[texts("forces replacement")]]}
    path = texts("forces replacement")
    before = texts("previous address")
    data = f"data.aws_iam_policy_document.{texts('data source')}"
    return [
        row(f"aws_s3_bucket.old[{key}]", ["delete"], old, action_reason=texts("action reason")),
        row(f"{module}.aws_s3_bucket.old", ["delete"], old, type="aws_s3_bucket", module_address=module),
        row(texts("address"), ["delete"], {"name": "x"}, type="aws_sqs_queue"),
        row("aws_sqs_queue.kept", ["delete"], {"name": "x"}, deposed=texts("deposed key")),
        row("aws_sqs_queue.other", ["delete", "create"], {path: "x"}, {path: "y"}, change=forces),
        row(f"{texts('type')}.gone", ["delete"], {"id": "x"}, type=texts("type")),
        row("acme_thing.gone", ["delete"], {"id": "x"}, provider_name=texts("provider")),
        row("aws_vpc.moved", ["no-op"], {"id": "x"}, {"id": "x"}, previous_address=before),
        row(texts("renamed"), ["delete"], {"name": "n", "value": "v"}, type="aws_ssm_parameter"),
        row("aws_ssm_parameter.right", ["create"], None, {"name": "n", "value": "v"}),
        row(data, ["read"], None, {"x": "y"}, mode="data", type="aws_iam_policy_document"),
        row("a_b.stays", ["no-op"], {}, {}),
    ]


def _values(texts: _Texts) -> list[dict[str, Any]]:
    inner = ({"k": {texts("nested name"): "a", "v": "b"}}, {"k": {texts("nested name"): "c", "v": "b"}})
    held = [json.dumps({"a": "kept", "b": text}) for text in ("before", texts("string in JSON"))]
    yaml = [f"a: kept\nb: {json.dumps(text)}\n" for text in ("before", texts("string in YAML"))]
    lines = [f"first\n{text}\nlast\n" for text in ("two", texts("lines"))]
    lists = ([{"name": "n", "v": "old"}], [{"name": "n", "v": texts("items of a list")}, {"name": "m", "v": "y"}])
    imported = {"importing": {"id": texts("imported id")}, "generated_config": texts("generated config")}
    colour = texts("attribute name")
    return [
        row("a_b.c", ["update"], {"x": texts("value"), colour: "blue"}, {"x": "after", colour: "green"}),
        row("a_b.inner", ["update"], *inner),
        row("a_b.json", ["update"], {"x": held[0]}, {"x": held[1]}),
        row("a_b.yaml", ["update"], {"x": yaml[0]}, {"x": yaml[1]}),
        row("a_b.lines", ["update"], {"x": lines[0]}, {"x": lines[1]}),
        row("a_b.lists", ["update"], {"x": lists[0]}, {"x": lists[1]}),
        row("a_b.unknown", ["update"], {"x": texts("unknown value")}, {}, unknown={"x": True}),
        row("a_b.made", ["create"], None, {"x": texts("value")}, change=imported),
        row("aws_instance.big", ["create"], None, {"instance_type": texts("cost driver")}),
    ]


def _outputs(texts: _Texts) -> dict[str, Any]:
    known = {"before_sensitive": False, "after_sensitive": False}
    return {
        texts("output name"): {"actions": ["create"], "before": None, "after": texts("output value"), **known},
        "plain": {"actions": ["update"], "before": texts("output value"), "after": "y", **known},
    }


def _access(texts: _Texts) -> list[dict[str, Any]]:
    statement = {
        "Sid": texts("policy sid"),
        "Effect": texts("policy effect"),
        "Principal": {"AWS": texts("policy principal")},
        "Action": [texts("policy action"), "iam:*"],
        "Resource": texts("policy resource"),
        "Condition": {"StringEquals": {texts("condition key"): texts("condition value")}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    member = {
        "project": "models-prod",
        "role": texts("google role"),
        "member": texts("google member"),
        "condition": [{"title": texts("google condition"), "expression": texts("google condition")}],
    }
    opened = {"cidr_ipv4": "0.0.0.0/0", "from_port": 22, "to_port": 22, "description": texts("security group rule")}
    kms = row(f"{texts('relevant type')}.k", ["create"], None, {"policy": document}, type="aws_kms_key")
    return [
        row("aws_s3_bucket_policy.p", ["create"], None, {"bucket": "models", "policy": document}),
        row("aws_iam_role_policy.p", ["create"], None, {"role": texts("name"), "policy": document}),
        row("google_project_iam_member.m", ["create"], None, member),
        row("google_project_iam_member.owner", ["create"], None, {**member, "role": "roles/owner"}),
        row("aws_vpc_security_group_ingress_rule.r", ["create"], None, opened),
        kms,
    ]


def _pull_request(texts: _Texts) -> PullRequest:
    patch = f"@@ -1,1 +1,1 @@\n{texts('file patch')}\n"
    return PullRequest(
        number=7,
        title=texts("title"),
        description=texts("description"),
        author=texts("author"),
        source_branch=texts("branch from"),
        target_branch=texts("branch to"),
        head="f" * 40,
        base_ahead_by=2,
        labels=(Label(name=texts("label"), given_by=texts("label giver"), may_write=True),),
        approvals=(
            Approval(person=texts("approver"), may_write=True),
            Approval(person=texts("approver"), commit="0" * 40),
        ),
        files=(File(path=texts("file"), status="modified", patch=patch),),
        deployments=(Deployment(environment=texts("deployment"), commit="f" * 40, state="success"),),
    )


def _sarif(texts: _Texts) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": texts("SARIF file")}, "region": {"startLine": 1}}
    block = {"fullyQualifiedName": "aws_sqs_queue.kept"}
    result = {
        "ruleId": texts("SARIF rule"),
        "level": "error",
        "message": {"text": texts("SARIF message")},
        "locations": [{"physicalLocation": place, "logicalLocations": [block]}],
    }
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": texts("SARIF tool")}}, "results": [result]}]}
