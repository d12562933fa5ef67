"""Rows: what they are, how they count, what they carry."""

from typing import Any

import pytest

from bot.errors import UntrustedPlan
from bot.mask import HIDDEN, UNKNOWN
from tests.support.plans import changes, only_change, plan, row, run


@pytest.mark.parametrize(
    ("actions", "kind", "counted"),
    [
        (["create"], "create", "create"),
        (["update"], "update", "update"),
        (["delete"], "delete", "delete"),
        (["delete", "create"], "replace", "replace"),
        (["create", "delete"], "replace", "replace"),
        (["forget"], "forget", "forget"),
        (["create", "forget"], "create", "create forget"),
        (["forget", "create"], "create", "create forget"),
        (["read"], "read", "read"),
        (["open"], "read", "read"),
        (["retire"], "unknown", "unknown"),
        (["update", "forget"], "unknown", "unknown forget"),
        (["no-op", "delete"], "unknown", "unknown"),
        ([], "unknown", "unknown"),
    ],
)
def test_kinds_and_counts(actions: list[str], kind: str, counted: str) -> None:
    found = changes(row("a_b.c", actions, {"x": 1}, {"x": 1}))
    assert found.changes[0].kind == kind
    counts = {
        name: found.counts[name] for name in ("create", "update", "replace", "delete", "forget", "read", "unknown")
    }
    assert {name for name, count in counts.items() if count} == set(counted.split())


@pytest.mark.parametrize("actions", [["create", "forget"], ["forget", "create"]])
def test_what_a_replacement_leaves_behind_is_said(actions: list[str]) -> None:
    made = run(plan(row("a_b.c", actions, {"x": 1}, {"x": 2})))
    assert made.facts.stacks[0].plan.changes[0].badges == ("forgets-old",)
    assert "`a_b.c` goes on existing, and costing, but Terraform no longer manages it." in made.publication.comment


def test_create_before_destroy_is_a_badge() -> None:
    assert only_change(row("a_b.c", ["create", "delete"], {}, {})).badges == ("create-before-destroy",)


def test_what_was_deleted_outside_and_comes_back() -> None:
    found = changes(row("a_b.c", ["create"], None, {"x": 1}), resource_drift=[row("a_b.c", ["delete"], {"x": 1})])
    assert found.changes[0].badges == ("recreated",)
    assert [change.kind for change in found.drift] == ["delete"]
    assert found.counts.delete == 0  # drift is what happened, not what is planned


@pytest.mark.parametrize(
    ("importing", "shown"),
    [
        ({"id": "i-1"}, "i-1"),
        ({"identity": {"region": "eu", "name": "x"}}, '{"region": "eu", "name": "x"}'),
        ({"unknown": True}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_imports(importing: dict[str, Any], shown: str) -> None:
    change = only_change(row("a_b.c", ["update"], {"x": 1}, {"x": 2}, change={"importing": importing}))
    assert (change.kind, change.badges, change.import_id) == ("update", ("imported",), shown)


def test_two_hidden_keys_stay_two_rows() -> None:
    secret = "planted-key-one-1"
    other = "planted-key-two-2"
    marked = row(
        "a_b.m", ["update"], {"p": secret, "q": other}, {"p": "x", "q": "y"}, before_sensitive={"p": True, "q": True}
    )
    found = changes(row(f'a_b.c["{secret}"]', ["delete"], {}), row(f'a_b.c["{other}"]', ["delete"], {}), marked)
    assert [change.address for change in found.changes] == [
        f'a_b.c["{HIDDEN}"]',
        f'a_b.c["{HIDDEN}"] #2',
        "a_b.m",
    ]


def test_a_plan_without_masks_shows_names_only() -> None:
    old = row(
        "a_b.c", ["update"], {"name": "n", "x": "1", "tags": {"a": "b"}}, {"name": "m", "x": "2", "tags": {"a": "c"}}
    )
    del old["change"]["before_sensitive"], old["change"]["after_sensitive"]
    found = changes(old)
    assert [(a.path, a.before, a.after, a.secret) for a in found.changes[0].attributes] == [
        (("name",), "n", "m", False),
        (("x",), None, None, True),
        (("tags", "a"), None, None, True),
    ]
    assert found.notes == (
        "This plan does not say which values are sensitive (Terraform before 0.15), so only names are shown.",
    )


def test_outputs() -> None:
    def output(actions: list[str], **sides: Any) -> dict[str, Any]:
        return {"actions": actions, "before_sensitive": False, "after_sensitive": False, **sides}

    found = changes(
        output_changes={
            "same": output(["no-op"], before=1, after=1),
            "made": output(["create"], before=None, after={"a": 1}),
            "later": output(["update"], before=1, after_unknown=True),
            "gone": output(["delete"], before=[1], after=None),
        }
    )
    assert [(o.name, o.kind, o.before, o.after, o.unknown) for o in found.outputs] == [
        ("gone", "delete", [1], None, False),
        ("later", "update", 1, None, True),
        ("made", "create", None, {"a": 1}, False),
    ]


def test_actions() -> None:
    lifecycle = {"triggering_resource_address": 'a_b.c["k"]', "action_trigger_event": "AfterCreate"}
    found = changes(
        action_invocations=[
            {"address": "action.x.one", "type": "x", "lifecycle_action_trigger": lifecycle, "config_values": {"a": 1}},
            {"address": "action.x.two", "type": "x", "invoke_action_trigger": {}},
        ],
        deferred_action_invocations=[{"reason": "unknown", "action_invocation": {"address": "action.x.three"}}],
    )
    assert [(action.address, action.trigger, action.deferred_reason) for action in found.actions] == [
        ("action.x.one", 'AfterCreate of a_b.c["k"]', None),
        ("action.x.two", "by request (-invoke)", None),
        ("action.x.three", "", "unknown"),
    ]


def test_checks() -> None:
    problem = {"address": {"to_display": "x"}, "status": "fail", "problems": [{"message": "Bad."}, {"message": "Bad."}]}
    found = changes(
        checks=[{"address": {"kind": "check", "to_display": "check.x"}, "status": "fail", "instances": [problem]}]
    )
    assert [(check.address, check.kind, check.status, check.problems) for check in found.checks] == [
        ("check.x", "check", "fail", ("Bad.",))
    ]


def test_old_drift_without_an_address() -> None:
    drift = row("a_b.c", ["update"], {"x": 1}, {"x": 2})
    del drift["address"]
    assert [change.address for change in changes(resource_drift=[drift]).drift] == ["a_b.c"]


def test_a_deposed_object_of_terraform_0_12() -> None:
    assert only_change(row("a_b.c", ["delete"], {}, deposed=True)).deposed == "unknown"


def test_masks_that_mark_nothing_say_nothing() -> None:
    """Terraform writes the shape of a value into its masks even where nothing in it is secret or unknown."""
    secret = [{"name": "A", "value": "s-3-c-r-e-t"}]
    ports: dict[str, Any] = {"ports": []}
    same = only_change(
        row(
            "a_b.c",
            ["update"],
            {"x": 1, "secret": secret, **ports},
            {"x": 2, "secret": secret, **ports},
            unknown={"secret": [{}], "ports": [False]},
            before_sensitive={"secret": True, "ports": [False]},
            after_sensitive={"secret": True, "ports": [False]},
        )
    )
    assert [change.path for change in same.attributes] == [("x",)]
    assert same.after == {"x": 2, "secret": HIDDEN, "ports": []}
    marked = only_change(
        row("a_b.c", ["update"], {"x": [1]}, {"x": [1]}, before_sensitive={"x": [False]}, after_sensitive={"x": True})
    )
    assert [(change.path, change.note) for change in marked.attributes] == [(("x",), "sensitivity")]


@pytest.mark.parametrize("name", ["provider_name", "module_address"])
@pytest.mark.parametrize("value", [1, ["a"], {"a": "b"}])
def test_a_provider_or_a_module_is_a_text(name: str, value: Any) -> None:
    with pytest.raises(UntrustedPlan, match="The provider or the module of a row is no text"):
        changes(row("a_b.c", ["create"], None, {"x": 1}, **{name: value}))
    assert changes(row("a_b.c", ["create"], None, {"x": 1}, **{name: None})).changes[0].module == ""
