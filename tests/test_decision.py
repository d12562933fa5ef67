"""decision.json and its line in the summary: who let what through, and on what grounds."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import structs

from bot.decision import DecisionOut, decision_line, export_decision, list_held
from bot.pull_request import Approval, Label, PullRequest
from bot.report import Facts, Origin
from tests.support.plans import plan, row, run

ORIGIN = Origin(
    version="1.2.3",
    now="2026-11-24T12:00:00Z",
    commit="0123abc",
    run_url="https://github.com/o/r/actions/runs/7",
    run_id="7",
    attempt=2,
    head="0123abc" + "0" * 33,
)
PULL_REQUEST = PullRequest(
    number=12,
    title="Remove the old database",
    author="mira",
    source_branch="develop",
    target_branch="main",
    head="0123abc" + "0" * 33,
    labels=(Label(name="allow-deletions", given_by="jonas", given_at="2026-11-24T11:00:00Z", may_write=True),),
    approvals=(Approval(person="jonas", may_write=True), Approval(person="guest")),
)
PLAN = plan(
    row("aws_db_instance.main", ["delete"], {"name": "x"}, action_reason="delete_because_no_resource_config"),
    row("a_b.stays", ["no-op"], {}, {}),
)


def facts(pull_request: PullRequest | None = PULL_REQUEST, *documents: bytes) -> Facts:
    return structs.replace(run(*(documents or (PLAN,)), pull_request=pull_request).facts, origin=ORIGIN)


def decision(pull_request: PullRequest | None = PULL_REQUEST, *documents: bytes) -> dict[str, Any]:
    data = export_decision(facts(pull_request, *documents), pull_request, repository="o/r", base="b" * 40)
    msgspec.json.decode(data, type=DecisionOut, strict=True)
    decoded: dict[str, Any] = json.loads(data)
    return decoded


def test_the_whole_story_of_an_override() -> None:
    told = decision()
    assert list(told) == [
        "version",
        "tool",
        "repository",
        "environment",
        "run",
        "pull_request",
        "plans",
        "verdict",
        "status",
        "exit_code",
        "overrides",
        "labels",
        "reviewers",
        "deletions",
        "checklist",
    ]
    assert (told["version"], told["tool"], told["repository"], told["environment"]) == (1, "1.2.3", "o/r", "prod")
    assert told["run"] == {
        "id": "7",
        "attempt": 2,
        "url": "https://github.com/o/r/actions/runs/7",
        "at": "2026-11-24T12:00:00Z",
        "commit": "0123abc" + "0" * 33,
        "base": "b" * 40,
    }
    assert told["pull_request"] == {
        "number": 12,
        "title": "Remove the old database",
        "author": "mira",
        "source_branch": "develop",
        "target_branch": "main",
        "head": "0123abc" + "0" * 33,
    }
    assert [(p["stack"], p["terraform_version"], p["digest"][:7], p["problem"]) for p in told["plans"]] == [
        ("default", "1.11.4", "sha256:", None)
    ]
    assert told["labels"] == [
        {"name": "allow-deletions", "given_by": "jonas", "given_at": "2026-11-24T11:00:00Z", "may_write": True}
    ]
    assert told["reviewers"] == [
        {"person": "jonas", "may_write": True, "commit": ""},
        {"person": "guest", "may_write": False, "commit": ""},
    ]
    (override,) = told["overrides"]
    assert override["covers"] == ["aws_db_instance.main"]
    assert (override["label"], override["given_by"], override["given_at"], override["valid"], override["because"]) == (
        "allow-deletions",
        "jonas",
        "2026-11-24T11:00:00Z",
        True,
        "jonas gave it and may.",
    )
    assert (told["verdict"]["state"], told["exit_code"], told["status"]["state"]) == ("attention", 0, "success")
    (deletion,) = told["deletions"]
    assert {key: deletion[key] for key in ("address", "action", "loss", "why", "intent", "explained_by", "state")} == {
        "address": "aws_db_instance.main",
        "action": "delete",
        "loss": "data",
        "why": "delete_because_no_resource_config",
        "intent": "unexplained",
        "explained_by": "nothing in this pull request accounts for it",
        "state": "attention",
    }
    assert [item["id"] for item in told["checklist"]][:3] == ["complete", "expected", "deletions"]
    assert all({"id", "text", "state", "evidence"} <= set(item) for item in told["checklist"])


def test_the_tree_of_the_verdict_is_whole() -> None:
    told = decision(structs.replace(PULL_REQUEST, labels=()))
    rule = next(reason for reason in told["verdict"]["reasons"] if reason["rule"] == "deletions")
    assert (rule["state"], rule["sentence"]) == ("hold", "1 deletion: 1 unexplained; 1 held.")
    assert [(child["rule"], child["state"], child["address"]) for child in rule["children"]] == [
        ("deletions/stateful", "hold", "aws_db_instance.main")
    ]
    assert told["deletions"][0]["state"] == "hold"
    assert told["overrides"][0]["valid"] is False


def test_without_a_pull_request_there_is_still_a_decision() -> None:
    told = decision(None)
    assert (told["pull_request"], told["labels"], told["reviewers"], told["exit_code"]) == (None, [], [], 10)


def test_a_plan_that_cannot_be_read_is_part_of_it() -> None:
    told = decision(PULL_REQUEST, PLAN, b'{"format_version":"1.0","values":{}}')
    assert told["verdict"]["state"] == "error"
    assert [bool(one["problem"]) for one in told["plans"]] == [False, True]


def test_a_whole_stack_holds_its_deletions() -> None:
    gone = plan(row("aws_instance.a", ["delete"], {}), row("a_b.c", ["delete"], {}))
    assert [one.address for one in list_held(facts(None, gone))] == ["aws_instance.a", "a_b.c"]
    assert {one["state"] for one in decision(None, gone)["deletions"]} == {"hold"}


def test_the_same_facts_give_the_same_bytes() -> None:
    assert export_decision(facts(), PULL_REQUEST) == export_decision(facts(), PULL_REQUEST)
    assert export_decision(facts(), PULL_REQUEST).endswith(b"}\n")


@pytest.mark.parametrize("text", ["a\ud800b", "\u202e::error::", "x\n::set-output name=a::b", "##[add-mask]", "`|<!--"])
def test_hostile_names_stay_data(text: str) -> None:
    hostile = structs.replace(
        PULL_REQUEST,
        title=text,
        author=text,
        labels=(Label(name=text, given_by=text), Label(name="allow-deletions", given_by=text, may_write=True)),
        approvals=(Approval(person=text, may_write=True),),
    )
    shown = text.replace("\ud800", "\\ud800")
    told = decision(hostile)
    assert (told["pull_request"]["title"], told["labels"][0]["given_by"]) == (shown, shown)
    line = str(decision_line(facts(hostile), hostile))
    assert len(line.splitlines()) == 1
    assert not line.lstrip().startswith("::")


def test_marked_secrets_do_not_get_in() -> None:
    secret = "hunter" + "2-and-more"
    document = plan(
        row(
            "aws_db_instance.main",
            ["delete", "create"],
            {"password": secret, "name": "a"},
            {"password": secret, "name": "b"},
            before_sensitive={"password": True},
            after_sensitive={"password": True},
        )
    )
    assert secret.encode() not in export_decision(facts(None, document), None)


def test_the_line_of_the_summary() -> None:
    assert str(decision_line(facts(), PULL_REQUEST)) == (
        "Decision for PROD, pull request 12, commit `0123abc`: **attention**. "
        "`jonas` let 1 deletion through with the label `allow-deletions`. Approved by `jonas`."
    )
    held = structs.replace(PULL_REQUEST, labels=(), approvals=())
    assert str(decision_line(facts(held), held)) == (
        "Decision for PROD, pull request 12, commit `0123abc`: **hold**. 1 deletion held."
    )
    nowhere = structs.replace(facts(None), origin=Origin(version="1.2.3"))
    assert str(decision_line(nowhere, None)) == "Decision for PROD: **hold**. 1 deletion held."


def test_a_crowd_is_cut_short() -> None:
    crowd = structs.replace(
        PULL_REQUEST, approvals=tuple(Approval(person=f"p{number}", may_write=True) for number in range(7))
    )
    assert str(decision_line(facts(crowd), crowd)).endswith("Approved by `p0`, `p1`, `p2`, `p3`, `p4` and 2 more.")


def test_very_many_deletions_take_no_time_of_their_own_each() -> None:
    many = plan(*(row(f"a_b.c[{number}]", ["delete"], {}) for number in range(3_000)))
    assert len(list_held(facts(None, many))) == 3_000
