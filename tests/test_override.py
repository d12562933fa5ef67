"""Labels that let through: who may set them, what they were given for, and what makes them fall off."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import Config, decode_config, resolve_environment
from bot.hold import Held
from bot.marker import ShownAt, read_marker
from bot.override import LABELS, judge_overrides
from bot.publication import VoidedLabel
from bot.pull_request import Approval, Label, PullRequest, Shown
from bot.review import Review
from bot.shown import digest_shown
from bot.state import State
from tests.support.plans import plan, row, run

STAYS = row("a_b.stays", ["no-op"], {}, {})
EARLY, SHOWN, GIVEN = "2026-01-02T03:00:00Z", "2026-01-02T04:00:00Z", "2026-01-02T05:00:00Z"
STRICT = decode_config(
    b"environments: {prod: {findings: {iam: {hold: medium}, exposure: {hold: low}, cost: {hold: medium}}}}", "x"
)


def deletes(*names: str) -> bytes:
    return plan(*(row(f"aws_s3_bucket.{name}", ["delete"], {}) for name in names), STAYS)


def pull(*labels: Label, shown: tuple[Shown, ...] = (), author: str = "mira", live: bool = True) -> PullRequest:
    approvals = (Approval(person="jonas", may_write=True),)
    return PullRequest(number=7, author=author, approvals=approvals, labels=labels, shown=shown, live=live)


def label(by: str = "jonas", at: str = GIVEN, *, name: str = "allow-deletions", may_write: bool = True) -> Label:
    return Label(name=name, given_by=by, given_at=at, may_write=may_write)


def showing(document: bytes, at: str = SHOWN, config: Config | None = None) -> Shown:
    """As a run that shows ``document`` writes it, and a status of ours proves it."""
    overrides = run(document, pull_request=pull(), config=config).facts.judgement.overrides
    return Shown(digest=overrides.digest, tokens=overrides.tokens, at=at, head="0" * 40)


def judged(document: bytes, *labels: Label, shown: tuple[Shown, ...], author: str = "mira") -> Review:
    return run(document, pull_request=pull(*labels, shown=shown, author=author))


ONE, TWO = deletes("x"), deletes("x", "y")


@pytest.mark.parametrize(
    ("given", "author", "shown", "because", "taken_off"),
    [
        (label(), "mira", (showing(ONE),), "jonas gave it and may.", ""),
        (label(name="Allow-Deletions"), "mira", (showing(ONE),), "jonas gave it and may.", ""),
        (label(), "mira", (showing(TWO),), "jonas gave it and may.", ""),
        (label("ci[bot]"), "mira", (showing(ONE),), "ci[bot] is a bot; a person must set it.", ""),
        (label(""), "mira", (showing(ONE),), "Somebody unknown set it but may not write to this repository.", ""),
        (
            label("eve", may_write=False),
            "mira",
            (showing(ONE),),
            "eve set it but may not write to this repository.",
            "",
        ),
        (label("Mira"), "mira", (showing(ONE),), "Mira is the author; a second person must set it.", ""),
        (
            label(),
            "",
            (showing(ONE),),
            "The author is not known, so nobody can tell whether a second person set it.",
            "",
        ),
        (
            label(at=EARLY),
            "mira",
            (showing(ONE),),
            "It was set before these deletions were first shown; take it off and set it again.",
            "It was set before these deletions were first shown.",
        ),
        (
            label(),
            "mira",
            (),
            "It was set before these deletions were first shown; take it off and set it again.",
            "It was set before these deletions were first shown.",
        ),
        (
            label(),
            "mira",
            (showing(deletes("z")),),
            "1 deletion is new since it was given: aws_s3_bucket.x. Take it off and set it again.",
            "1 deletion is new since it was given: aws_s3_bucket.x.",
        ),
    ],
)
def test_each_condition(given: Label, author: str, shown: tuple[Shown, ...], because: str, taken_off: str) -> None:
    made = judged(ONE, given, shown=shown, author=author)
    lift = made.facts.judgement.overrides.lifts[0]
    assert (lift.override.because, lift.taken_off) == (because, taken_off)
    assert made.report.state == (State.ATTENTION if because == "jonas gave it and may." else State.HOLD)
    assert made.publication.voided == ((VoidedLabel(name=given.name, reason=taken_off),) if taken_off else ())


def test_a_label_that_fell_off_is_told() -> None:
    made = judged(TWO, label(), shown=(showing(ONE),))
    said = "taken off: 1 deletion is new since it was given: aws_s3_bucket.y."
    assert f"🏷️ The label `allow-deletions` was {said}" in made.publication.comment


def test_who_let_it_through_is_told() -> None:
    made = judged(ONE, label(), shown=(showing(ONE),))
    deletions = made.facts.judgement.verdict.rule("deletions")
    assert deletions is not None
    assert deletions.children[0].sentence.endswith("jonas let it through.")
    comment = made.publication.comment
    assert (
        f"**`allow-deletions`** was set by jonas at `{GIVEN}` and lets 1 deletion through:\n`aws_s3_bucket.x`"
        in comment
    )
    assert "To withdraw it, take it off." in comment


def test_without_github_only_giver_and_author_count() -> None:
    assert run(ONE, pull_request=pull(label(at=""), live=False)).report.state == State.ATTENTION


def test_a_label_that_nothing_needs_stays_and_is_not_mentioned() -> None:
    made = judged(ONE, label(name="allow-iam", at=EARLY), shown=(showing(ONE),))
    assert made.publication.voided == ()
    assert "allow-iam" not in made.publication.comment


def test_a_marker_that_a_person_edited_lifts_nothing() -> None:
    honest, wanted = showing(ONE), showing(TWO)
    added = Shown(digest=honest.digest, tokens=wanted.tokens, at=honest.at)
    assert judged(TWO, label(), shown=(added,)).report.state == State.HOLD
    unproven = Shown(digest=wanted.digest, tokens=wanted.tokens)  # no status, so no time
    assert judged(TWO, label(), shown=(unproven,)).report.state == State.HOLD
    elsewhere = Shown(digest=digest_shown(8, "prod", wanted.tokens), tokens=wanted.tokens, at=SHOWN)
    assert judged(TWO, label(), shown=(elsewhere,)).report.state == State.HOLD


def test_another_action_on_the_same_address_is_new() -> None:
    replaced = plan(row("aws_s3_bucket.x", ["delete", "create"], {}, {}), STAYS)
    assert judged(ONE, label(), shown=(showing(replaced),)).report.state == State.HOLD


def test_the_end_of_a_whole_stack_is_more_than_its_deletions() -> None:
    whole = plan(row("aws_s3_bucket.x", ["delete"], {}))
    assert judged(whole, label(), shown=(showing(ONE),)).report.state == State.HOLD
    assert judged(whole, label(), shown=(showing(whole),)).report.state == State.ATTENTION


def test_the_marker_goes_on_saying_what_the_label_leans_on() -> None:
    shown = showing(TWO)
    overrides = judged(ONE, label(), shown=(shown,)).facts.judgement.overrides
    now = ShownAt(head="1" * 40, digest=showing(ONE).digest, tokens=showing(ONE).tokens)
    assert overrides.list_entries("1" * 40) == (
        now,
        ShownAt(head="0" * 40, digest=shown.digest, tokens=shown.tokens),
    )
    made = judged(ONE, label(), shown=(shown,))
    marker = read_marker(made.publication.comment)
    assert marker is not None
    assert marker.shown == (ShownAt(head="0" * 40, digest=shown.digest, tokens=shown.tokens),)
    assert made.publication.shown == now.digest


def grants(*actions: str) -> bytes:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return plan(row("aws_iam_role_policy.x", ["create"], None, {"role": "trainer", "policy": policy}), STAYS)


def test_permissions_have_a_label_of_their_own() -> None:
    shown = (showing(grants("s3:*", "iam:*"), config=STRICT),)
    for document, signal, state in (
        (grants("s3:*"), label(name="allow-iam"), State.ATTENTION),
        (grants("s3:*"), label(), State.HOLD),
        (grants("s3:*", "kms:*"), label(name="allow-iam"), State.HOLD),
    ):
        assert run(document, pull_request=pull(signal, shown=shown), config=STRICT).report.state == state


ITEMS = st.lists(
    st.builds(
        lambda concern, name: Held(concern=concern, tokens=(f"{concern}-{name}",), told=name),
        st.sampled_from(sorted(LABELS)),
        st.sampled_from("abcdef"),
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(ITEMS, ITEMS, ITEMS)
def test_one_more_item_never_makes_a_label_count(shown: list[Held], held: list[Held], more: list[Held]) -> None:
    rules = resolve_environment(Config(), "prod")
    tokens = tuple(token for item in shown for token in item.tokens)
    proof = Shown(digest=digest_shown(7, "prod", tokens), tokens=tokens, at=SHOWN)
    request = pull(*(label(name=name) for name in LABELS.values()), shown=(proof,))
    fewer = judge_overrides(held, request, "prod", rules)
    both = judge_overrides([*held, *more], request, "prod", rules)
    for concern in LABELS:
        if any(item.concern == concern for item in held) and not fewer.giver(concern):
            assert both.giver(concern) == ""


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (plan(STAYS, complete=False), "trust"),
        (plan(row("aws_db_instance.x", ["delete"], {"deletion_protection": True}), STAYS), "protection"),
    ],
)
def test_nothing_else_is_ever_lifted(document: bytes, rule: str) -> None:
    request = pull(*(label(name=name) for name in LABELS.values()), shown=(showing(document),))
    made = run(document, pull_request=request)
    assert [reason.rule for reason in made.report.holding] == [rule]
