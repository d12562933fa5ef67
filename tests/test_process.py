"""The process rules, through the whole pipeline: each met and not met, the fast track, and what nobody knows."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bot.config import decode_config
from bot.edge.files import read_demo
from bot.export import export_report
from bot.pull_request import Deployment, Label, PullRequest, Tick, decode_pull_request
from bot.report import Origin
from bot.review import Review, Settings, build_stacks, review
from bot.state import State
from bot.ticks import read_ticks
from bot.verdict import Reason
from tests.support.plans import CATALOG, TEMPLATES, plan, row

HEAD = "a" * 40
ALL = """environments:
  prod:
    process:
      source_branch: {state: hold}
      change_window: {state: hold, windows: [{days: [mon, tue, wed, thu], from: 09:00, to: 16:00}]}
      stage_tested: {state: hold}
      rollback: {state: hold}
      why: {state: hold}
      ticks: {state: off}
"""
GOOD = PullRequest(
    number=1,
    author="mira",
    source_branch="develop",
    head=HEAD,
    description="Training runs need a place for their snapshots.\n\n## Rollback\nRevert this.",
    deployments=(Deployment(environment="Stage", commit=HEAD, state="success", at="2026-11-23T09:00:00Z"),),
)
OPEN, SHUT = "2026-11-24T10:00:00Z", "2026-11-27T10:00:00Z"
CREATION = plan(row("a_b.c", ["create"], None, {}))


def reviewed(
    pull_request: PullRequest | None, config: str = ALL, now: str = OPEN, data: bytes = CREATION, name: str = "default"
) -> Review:
    settings = decode_config(config.encode(), "x.yml")
    return review(
        tuple(build_stacks(name, data, settings.secrets)),
        Settings(
            config=settings,
            catalog=CATALOG,
            templates=TEMPLATES,
            environment="prod",
            pull_request=pull_request,
            origin=Origin(version="0.0.0", now=now),
        ),
    )


def child(made: Review, rule: str) -> Reason | None:
    process = made.facts.judgement.verdict.rule("process")
    return next((one for one in process.children if one.rule == f"process/{rule}"), None) if process else None


def told(made: Review, rule: str) -> tuple[str, str] | None:
    found = child(made, rule)
    return (found.state.word, found.sentence) if found else None


def changed(**fields: Any) -> PullRequest:
    return structs.replace(GOOD, **fields)


def deployed(*states: tuple[str, str], environment: str = "stage", commit: str = HEAD) -> PullRequest:
    rows = tuple(Deployment(environment=environment, commit=commit, state=s, at=at) for s, at in states)
    return changed(deployments=rows)


def test_all_rules_are_met() -> None:
    made = reviewed(GOOD)
    process = made.facts.judgement.verdict.rule("process")
    assert process is not None
    assert (process.state, process.sentence) == (State.PASS, "The rules of the process are met.")
    assert [(one.rule, one.sentence) for one in process.children] == [
        ("process/source-branch", "develop is a branch for PROD."),
        ("process/stage-tested", "Commit aaaaaaa was deployed to STAGE at 2026-11-23T09:00:00Z."),
        ("process/change-window", "Tue 2026-11-24 10:00 (UTC) is inside the change window."),
        ("process/rollback", "The description says how to go back."),
        ("process/why", "The description has 7 words of its own."),
    ]


@pytest.mark.parametrize(
    ("pull_request", "now", "rule", "sentence"),
    [
        (
            changed(source_branch="feature/x"),
            OPEN,
            "source-branch",
            "feature/x is no branch for PROD: allowed are develop, release/*, hotfix/*, revert-*.",
        ),
        (
            changed(source_branch=""),
            OPEN,
            "source-branch",
            "The source branch is not known, so nobody can tell whether it may go to PROD.",
        ),
        (GOOD, SHUT, "change-window", "Fri 2026-11-27 10:00 (UTC) is outside of the change window."),
        (
            GOOD,
            "",
            "change-window",
            "The time is not known, so nobody can tell whether this is inside the change window.",
        ),
        (deployed(), OPEN, "stage-tested", "Commit aaaaaaa has not been deployed to STAGE."),
        (
            deployed(("success", ""), commit="b" * 40),
            OPEN,
            "stage-tested",
            "Commit aaaaaaa has not been deployed to STAGE.",
        ),
        (
            deployed(("success", ""), environment="dev"),
            OPEN,
            "stage-tested",
            "Commit aaaaaaa has not been deployed to STAGE.",
        ),
        (
            deployed(("success", "2026-11-23T09:00:00Z"), ("failure", "2026-11-23T10:00:00Z")),
            OPEN,
            "stage-tested",
            "The last deployment of commit aaaaaaa to STAGE failed at 2026-11-23T10:00:00Z.",
        ),
        (
            deployed(("success", ""), ("error", "")),
            OPEN,
            "stage-tested",
            "The last deployment of commit aaaaaaa to STAGE failed.",
        ),
        (
            deployed(("in_progress", "")),
            OPEN,
            "stage-tested",
            "The deployment of commit aaaaaaa to STAGE has the state in_progress.",
        ),
        (
            changed(head=""),
            OPEN,
            "stage-tested",
            "The head commit is not known, so nobody can tell whether it was deployed to STAGE.",
        ),
        (changed(description="Why"), OPEN, "rollback", "The description does not say how to go back."),
        (changed(description=" "), OPEN, "why", "The description is empty."),
        (changed(description="A change"), OPEN, "why", "The description has 1 word of its own; the least is 5."),
    ],
)
def test_a_rule_that_is_not_met_holds(pull_request: PullRequest, now: str, rule: str, sentence: str) -> None:
    made = reviewed(pull_request, now=now)
    assert told(made, rule) == ("hold", sentence)
    items = {item.id: item for item in made.report.checklist}
    assert (items[rule].state, items[rule].evidence) == ("fail", sentence)
    assert sum(item.id == rule for item in made.report.checklist) == 1
    if pull_request.source_branch:  # GitHub always tells it: a rule that only asks for attention says nothing then
        assert told(reviewed(pull_request, ALL.replace("hold", "attention"), now), rule) == ("attention", sentence)
    assert told(reviewed(pull_request, ALL.replace("hold", "off"), now), rule) is None


def test_a_failure_before_the_success_is_over() -> None:
    made = reviewed(deployed(("failure", "2026-11-23T08:00:00Z"), ("success", "2026-11-23T09:00:00Z")))
    assert told(made, "stage-tested") == ("pass", "Commit aaaaaaa was deployed to STAGE at 2026-11-23T09:00:00Z.")


def test_a_star_stands_for_slashes_too() -> None:
    config = ALL.replace("source_branch: {state: hold}", 'source_branch: {state: hold, allowed: ["dev/*"]}')
    states = {
        name: told(reviewed(changed(source_branch=name), config), "source-branch")
        for name in ("dev/a", "dev/a/b", "dev", "xdev/a")
    }
    assert [state[0] for state in states.values() if state] == ["pass", "pass", "hold", "hold"]


def urgent(by: str = "jonas", *, may_write: bool = True, name: str = "urgent") -> Label:
    return Label(name=name, given_by=by, may_write=may_write)


def test_urgent_lifts_the_window_and_the_test_in_stage() -> None:
    made = reviewed(changed(labels=(urgent(),), deployments=()), now=SHUT)
    assert told(made, "change-window") == (
        "attention",
        "Fri 2026-11-27 10:00 (UTC) is outside of the change window. jonas set urgent, which lifts this.",
    )
    assert told(made, "stage-tested") == (
        "attention",
        "Commit aaaaaaa has not been deployed to STAGE. jonas set urgent, which lifts this.",
    )


@pytest.mark.parametrize("label", [urgent("eve", may_write=False), urgent("")])
def test_urgent_of_somebody_who_may_not_write_does_not_count(label: Label) -> None:
    shut = "Fri 2026-11-27 10:00 (UTC) is outside of the change window."
    refused = f"{shut} {label.given_by or 'somebody unknown'} set urgent but may not write to this repository."
    assert told(reviewed(changed(labels=(label,)), now=SHUT), "change-window") == ("hold", refused)


DELETION = plan(row("aws_s3_bucket.x", ["delete"], {}), row("a_b.c", ["no-op"], {}, {}))


@given(
    branch=st.sampled_from(["develop", "x", ""]),
    description=st.sampled_from(["", "Deletes:\n- aws_s3_bucket.x", GOOD.description]),
    now=st.sampled_from([OPEN, SHUT, ""]),
    data=st.sampled_from([CREATION, DELETION, b"{}"]),
)
def test_urgent_lifts_nothing_else(branch: str, description: str, now: str, data: bytes) -> None:
    plain = changed(source_branch=branch, description=description, deployments=())
    without = reviewed(plain, now=now, data=data).facts.judgement.verdict
    given_ = reviewed(structs.replace(plain, labels=(urgent(),)), now=now, data=data).facts.judgement.verdict
    lifted = ("process/change-window", "process/stage-tested")
    assert [one for one in given_.reasons if one.rule != "process"] == [
        one for one in without.reasons if one.rule != "process"
    ]
    rules = [verdict.rule("process") for verdict in (without, given_)]
    kept = [[one for one in rule.children if one.rule not in lifted] for rule in rules if rule]
    assert kept[:1] == kept[1:]


@pytest.mark.parametrize("pull_request", [None, PullRequest(), PullRequest(labels=(urgent(),))])
def test_without_a_pull_request_there_is_no_process(pull_request: PullRequest | None) -> None:
    assert reviewed(pull_request, now="").facts.judgement.verdict.rule("process") is None


def test_a_plan_without_changes_has_no_process() -> None:
    idle = plan(row("a_b.c", ["no-op"], {}, {}))
    assert reviewed(changed(description=""), data=idle).report.state == State.PASS


def test_ticks_can_be_asked_for() -> None:
    config = ALL.replace("ticks: {state: off}", "ticks: {state: hold, items: [cost, business-approval, rollback]}")
    made = reviewed(GOOD, config)
    assert told(made, "ticks") == (
        "hold",
        "Not ticked in the checklist: Cost is acceptable; Business approval, if this needs one.",
    )
    ticks = read_ticks(made.publication.comment.replace("- [ ]", "- [x]"))
    assert told(reviewed(changed(ticks=ticks), config), "ticks") == ("pass", "What only a person can know is ticked.")
    stale = tuple(Tick(item=tick.item, facts="0" * 16) for tick in ticks)
    assert told(reviewed(changed(ticks=stale), config), "ticks") == told(made, "ticks")


def test_hostile_texts_stay_texts() -> None:
    attack = "x` <!-- --> [a](http://b) @all #1 | \u202e"
    body = reviewed(changed(source_branch=attack, labels=(urgent(attack),)), now=SHUT).publication.comment
    assert "<!-- -->" not in body.replace("\\<\\!-- --\\>", "")
    assert "@all" not in body


def test_the_demo_passes_its_branch_and_goes_through_every_form() -> None:
    pull_request = decode_pull_request(read_demo("pull-request.yml"), "pull-request.yml")
    made = reviewed(pull_request, "version: 1", "", read_demo("plan.json"), "ml-platform")
    assert told(made, "source-branch") == ("pass", "develop is a branch for PROD.")
    exported = msgspec.json.decode(export_report(made.facts))
    assert {tuple(item) for item in exported["checklist"]} == {("id", "text", "state", "evidence", "ticked")}
    ticks = read_ticks(made.publication.comment.replace("- [ ]", "- [x]"))
    again = reviewed(
        structs.replace(pull_request, ticks=ticks), "version: 1", "", read_demo("plan.json"), "ml-platform"
    )
    assert {item.id for item in again.report.checklist if item.ticked} == {tick.item for tick in ticks}
    assert len(ticks) >= 5


def test_off_needs_no_quotes() -> None:
    assert told(reviewed(GOOD, ALL.replace("hold", "off")), "why") is None
