"""Our counts against Terraform's own summary line, on plans that the real Terraform makes here and now.

Where a machine has no Terraform (or no AWS provider) the same plans, made before by the same cases, are read instead.
"""

from pathlib import Path

import pytest

from bot.classify.iam import find_access
from bot.config import Config, SecretsConfig
from bot.document import split_documents
from bot.kind import Counts
from bot.plan import decode_plan
from bot.review import build_stacks
from tests.e2e.cases import CASES, Case
from tests.support.access import lines
from tests.support.make_access import make_access
from tests.support.make_demo import DEMO, make_demo
from tests.support.make_plans import PLANS, make_plan
from tests.support.plans import CATALOG
from tests.support.terraform import Summary, aws_provider_dir, parse_summary, terraform_available


def stored(name: str) -> tuple[bytes, str]:
    return (PLANS / f"{name}.json").read_bytes(), (PLANS / f"{name}.txt").read_text(encoding="utf-8")


def count(plan: bytes) -> Counts:
    (stack,) = build_stacks("default", plan, SecretsConfig())
    assert stack.problem is None
    return stack.plan.counts


def as_summary(counts: Counts) -> Summary:
    """What Terraform's line says of the same plan: it adds a replacement to "add" and to "destroy"."""
    return Summary(
        import_=counts.import_,
        add=counts.create + counts.replace,
        change=counts.update,
        destroy=counts.delete + counts.replace,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_counts_agree_with_terraform(case: Case, tmp_path: Path) -> None:
    plan, summary = make_plan(case, tmp_path) if terraform_available() else stored(case.name)
    assert as_summary(count(plan)) == parse_summary(summary)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_stored_plan_is_what_its_case_gives(case: Case) -> None:
    """The stored plans stand in elsewhere, so they are looked at everywhere."""
    plan, summary = stored(case.name)
    assert as_summary(count(plan)) == parse_summary(summary)
    assert decode_plan(split_documents(plan)[0]).terraform_version == "1.11.4"


def test_counts_agree_on_aws(tmp_path: Path) -> None:
    plugin_dir = aws_provider_dir()
    if terraform_available() and plugin_dir:
        plan, summary, destroy, destroy_summary = make_demo(tmp_path, plugin_dir)
    else:
        plan, summary = (DEMO / "plan.json").read_bytes(), (DEMO / "summary.txt").read_text(encoding="utf-8")
        destroy, destroy_summary = stored("aws-destroy")
    assert as_summary(count(plan)) == parse_summary(summary) == Summary(add=9, change=5, destroy=6)
    assert as_summary(count(destroy)) == parse_summary(destroy_summary)


def test_the_demo_plan_is_the_one_terraform_made() -> None:
    assert as_summary(count((DEMO / "plan.json").read_bytes())) == parse_summary((DEMO / "summary.txt").read_text())


def test_permissions_of_policies_that_terraform_changed_on_aws(tmp_path: Path) -> None:
    """What AWS itself gave back as prior values, compared by meaning with what the configuration wants."""
    plugin_dir = aws_provider_dir()
    made = (
        make_access(tmp_path, plugin_dir)
        if terraform_available() and plugin_dir
        else (PLANS / "aws-access.json").read_bytes()
    )
    stacks = list(build_stacks("default", made, SecretsConfig()))
    found = find_access(stacks, CATALOG, Config().rules.iam)
    assert lines(found) == [
        "+ !role trainer: everything outside the boundary arn:aws:iam::123456789012:policy/boundary @ *",
        "+ *: s3:GetObject @ arn:aws:s3:::mlops-models/*",
        "+ arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com: sts:AssumeRoleWithWebIdentity @ role ci if token.actions.githubusercontent.com:sub StringLike repo:acme/*",
        "+ role ci: arn:aws:iam::123456789012:policy/boundary @ all that the policy names",
        "+ role trainer: sqs:* @ *",
        "+ user vendor: a long-lived credential @ the account",
        "+ user vendor: an account @ the account",
    ]
    assert [finding.address for finding in found.findings if finding.id == "iam/none"] == [
        "aws_iam_role_policy.reordered"
    ]
