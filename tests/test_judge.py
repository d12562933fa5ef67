"""The decision: the whole table of deletions, every rule, every override."""

import pytest

from bot.config import Config, decode_config
from bot.environment import EnvironmentName
from bot.judge import Judgement
from bot.pull_request import Approval, Label, PullRequest
from bot.state import State
from tests.support.plans import plan, row, run

TYPES = {"free": "null_resource", "guarded": "acme_widget", "stateful": "aws_s3_bucket", "never": "acme_never"}
NEVER = decode_config(b"rules: {destructive: {tiers: [{match: acme_never, tier: never}]}}", "x")
STAYS = row("a_b.stays", ["no-op"], {}, {})
APPROVED = (Approval(person="jonas", may_write=True),)


def pull(intent: str, *, labels: tuple[Label, ...] = ()) -> PullRequest:
    listed = "\n".join(f"- {type_}.x" for type_ in TYPES.values())
    return PullRequest(
        number=1,
        author="mira",
        approvals=APPROVED,
        labels=labels,
        description=f"Deletes:\n{listed}" if intent == "declared" else "",
        explains=("*.x",) if intent == "explained" else (),
    )


def judged(
    tier: str, environment: EnvironmentName, pull_request: PullRequest | None, config: Config = NEVER
) -> Judgement:
    document = plan(row(f"{TYPES[tier]}.x", ["delete"], {}), STAYS)
    return run(document, environment=environment, pull_request=pull_request, config=config).facts.judgement


# The table of the docs, written out.
TABLE = {
    ("dev", "declared"): "pass attention attention hold",
    ("dev", "explained"): "pass attention attention hold",
    ("dev", "unexplained"): "pass attention attention hold",
    ("stage", "declared"): "pass attention attention hold",
    ("stage", "explained"): "pass attention hold hold",
    ("stage", "unexplained"): "attention hold hold hold",
    ("prod", "declared"): "pass attention hold hold",
    ("prod", "explained"): "pass attention hold hold",
    ("prod", "unexplained"): "attention hold hold hold",
}


@pytest.mark.parametrize(("environment", "intent"), TABLE)
def test_the_table_of_deletions(environment: EnvironmentName, intent: str) -> None:
    states = [judged(tier, environment, pull(intent)).verdict.state.word for tier in TYPES]
    assert states == TABLE[environment, intent].split()


def test_without_a_pull_request_a_deletion_is_unexplained() -> None:
    assert judged("guarded", "stage", None).verdict.state == State.HOLD


def label(by: str, *, may_write: bool = True) -> tuple[Label, ...]:
    return (Label(name="allow-deletions", given_by=by, may_write=may_write),)


@pytest.mark.parametrize(
    ("environment", "labels", "state", "because"),
    [
        ("prod", label("jonas"), State.ATTENTION, "jonas gave it and may."),
        ("prod", label("mira"), State.HOLD, "mira is the author; a second person must set it."),
        ("prod", label("eve", may_write=False), State.HOLD, "eve set it but may not write to this repository."),
        ("prod", label(""), State.HOLD, "Somebody unknown set it but may not write to this repository."),
        (
            "prod",
            (Label(name="allow-iam", given_by="jonas", may_write=True),),
            State.HOLD,
            "The label allow-deletions is not set.",
        ),
        ("stage", label("mira"), State.ATTENTION, "mira gave it and may."),
    ],
)
def test_who_may_override(environment: EnvironmentName, labels: tuple[Label, ...], state: State, because: str) -> None:
    judgement = judged("stateful", environment, pull("unexplained", labels=labels))
    assert (judgement.verdict.state, judgement.override.because) == (state, because)
    assert judgement.override.valid is (state == State.ATTENTION)
    assert judgement.override.covers == ("aws_s3_bucket.x",)


def test_never_asks_for_a_second_person_even_in_dev() -> None:
    assert judged("never", "dev", pull("declared", labels=label("mira"))).verdict.state == State.HOLD
    assert judged("never", "dev", pull("declared", labels=label("jonas"))).verdict.state == State.ATTENTION


def test_an_author_who_is_not_known_may_be_the_giver() -> None:
    nobody = PullRequest(number=1, labels=label("jonas"), approvals=APPROVED)
    assert judged("stateful", "prod", nobody).override.valid is False


def test_protection_is_not_lifted_by_a_label() -> None:
    document = plan(row("aws_db_instance.x", ["delete"], {"deletion_protection": True}), STAYS)
    made = run(document, pull_request=pull("unexplained", labels=label("jonas")))
    assert made.report.state == State.HOLD
    assert [reason.rule for reason in made.report.holding] == ["protection"]


def test_an_abandoned_object_holds_nothing() -> None:
    document = plan(row("google_storage_bucket.x", ["delete"], {"deletion_policy": "ABANDON"}), STAYS)
    assert run(document, pull_request=pull("unexplained")).report.state == State.ATTENTION


@pytest.mark.parametrize(
    ("environment", "state"), [("dev", State.ATTENTION), ("stage", State.HOLD), ("prod", State.HOLD)]
)
def test_a_whole_root(environment: EnvironmentName, state: State) -> None:
    document = plan(row("null_resource.x", ["delete"], {}))
    declared = PullRequest(number=1, author="mira", description="Deletes:\n- null_resource.x", approvals=APPROVED)
    assert run(document, environment=environment, pull_request=declared).report.state == state


@pytest.mark.parametrize(
    ("document", "rule", "state"),
    [
        (plan(STAYS, complete=False), "trust/incomplete", State.HOLD),
        (plan(STAYS, errored=True, complete=False), "trust/errored", State.ERROR),
        (plan(row("a_b.c", ["update", "delete"], {}, {})), "trust/unknown-action", State.ERROR),
        (plan(row("a_b.c", [], {}, {})), "trust/unknown-action", State.ERROR),
        (plan(row("a_b.c", ["create", "create"], {}, {})), "trust/unknown-action", State.ERROR),
        (plan(deferred_changes=[{"reason": "unknown", "resource_change": STAYS}]), "trust/deferred", State.HOLD),
        (b"{}", "trust/unreadable", State.ERROR),
    ],
)
def test_trust(document: bytes, rule: str, state: State) -> None:
    made = run(document, environment="dev")
    trust = made.facts.judgement.verdict.rule("trust")
    assert trust is not None
    assert [child.rule for child in trust.children] == [rule]
    assert made.report.state == state
    deletions = next(item for item in made.report.checklist if item.id == "deletions")
    assert deletions.state in ("fail", "not_applicable")  # nobody can say that nothing is deleted


def test_a_plan_of_opentofu_leaves_flags_out() -> None:
    document = plan(row("a_b.c", ["create"], None, {}), complete=None, applyable=None, errored=None)
    assert run(document).report.state == State.PASS


def test_actions_and_checks_are_attention() -> None:
    action = {
        "address": "action.x.y",
        "lifecycle_action_trigger": {"triggering_resource_address": "a_b.c", "action_trigger_event": "AfterCreate"},
    }
    made = run(plan(action_invocations=[action]))
    assert (made.report.state, made.report.idle) == (State.ATTENTION, False)
    assert "`action.x.y` is invoked AfterCreate of a_b.c" in made.publication.comment
    strange = run(plan(checks={"not": "a list"}))
    assert "The shape of this part of the plan is not known" in strange.publication.comment


@pytest.mark.parametrize(
    ("approvals", "state"),
    [
        ((), State.HOLD),
        ((Approval(person="mira", may_write=True),), State.HOLD),
        ((Approval(person="eve"),), State.HOLD),
        (APPROVED, State.PASS),
    ],
)
def test_prod_needs_a_second_person(approvals: tuple[Approval, ...], state: State) -> None:
    pull_request = PullRequest(number=1, author="mira", approvals=approvals)
    creation = plan(row("a_b.c", ["create"], None, {}))
    assert run(creation, pull_request=pull_request).report.state == state
    assert run(creation, pull_request=pull_request, environment="stage").report.state == State.PASS
    assert run(plan(STAYS), pull_request=pull_request).report.state == State.PASS  # nothing to approve


def test_several_stacks_and_the_worst_wins() -> None:
    made = run(plan(row("a_b.c", ["create"], None, {})), plan(row("aws_s3_bucket.x", ["delete"], {}), STAYS))
    assert made.report.state == State.HOLD
    assert made.facts.judgement.override.covers == ("aws_s3_bucket.x",)
    both = run(*[plan(row("aws_s3_bucket.x", ["delete"], {}), STAYS)] * 2)
    assert both.facts.judgement.override.covers == ("[default] aws_s3_bucket.x", "[two] aws_s3_bucket.x")
