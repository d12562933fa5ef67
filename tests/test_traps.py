"""The thirty traps of the plan format, one test each.

They are the places where reading a plan the obvious way gives a wrong answer that looks right.
"""

import json

import pytest

from bot.changes import list_changes
from bot.document import split_documents
from bot.errors import UntrustedPlan
from bot.mask import HIDDEN
from bot.plan import decode_plan
from bot.state import State
from tests.support.plans import changes, only_change, plan, row, run

SECRET = "hunter2-hunter2-hunter2"


def shown(document: bytes) -> str:
    """Everything that is ever written about a plan."""
    made = run(document)
    return made.publication.comment + made.publication.summary + repr(made.facts)


@pytest.mark.parametrize("actions", [["create", "delete"], ["delete", "create"]])
def test_trap_01_a_replacement_in_either_order_destroys(actions: list[str]) -> None:
    change = only_change(row("aws_s3_bucket.a", actions, {"bucket": "a"}, {"bucket": "b"}))
    assert (change.kind, change.destroys) == ("replace", True)
    assert run(plan(row("aws_s3_bucket.a", actions, {"bucket": "a"}, {"bucket": "b"}))).report.state == State.HOLD


def test_trap_02_address_and_deposed_key_together_name_a_row() -> None:
    rows = (row("a_b.c", ["update"], {"x": 1}, {"x": 2}), row("a_b.c", ["delete"], {"x": 1}, deposed="a89ed949"))
    found = changes(*rows)
    assert [(change.address, change.deposed, change.kind) for change in found.changes] == [
        ("a_b.c", None, "update"),
        ("a_b.c", "a89ed949", "delete"),
    ]
    assert (found.counts.update, found.counts.delete) == (1, 1)


def test_trap_03_a_forget_is_no_deletion_and_no_silence() -> None:
    forget = row("aws_s3_bucket.a", ["forget"], {"bucket": "a"}, action_reason="delete_because_no_resource_config")
    made = run(plan(forget, row("x_y.z", ["no-op"], {}, {})))
    assert (made.report.state, made.facts.deletions) == (State.ATTENTION, ())
    assert "Terraform no longer manages it" in made.publication.comment


def test_trap_04_an_unknown_verb_is_an_error() -> None:
    made = run(plan(row("a_b.c", ["retire"], {"x": 1}, {"x": 1})))
    assert (made.report.state, made.publication.exit_code) == (State.ERROR, 11)
    assert "action words that plan-review does not know: retire" in made.publication.comment


def test_trap_05_an_errored_plan_is_never_green() -> None:
    made = run(plan(row("a_b.c", ["no-op"], {}, {}), errored=True, complete=False, applyable=False))
    assert (made.report.state, made.report.status.state) == (State.ERROR, "error")


def test_trap_06_a_state_is_no_plan() -> None:
    with pytest.raises(UntrustedPlan, match="This is the state"):
        decode_plan(b'{"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}')


def test_trap_07_no_resource_changes_is_not_an_error_and_is_said() -> None:
    document = json.loads(plan())
    del document["resource_changes"]
    made = run(json.dumps(document).encode())
    assert made.report.state == State.PASS
    assert "lists no resources at all" in made.report.stacks[0].notes[0]


def test_trap_08_a_read_is_no_change() -> None:
    found = changes(row("data.aws_x.y", ["read"], None, {"a": 1}, mode="data"))
    assert (found.counts.read, found.counts.create, found.counts.update) == (1, 0, 0)


def test_trap_09_a_move_and_an_import_hide_behind_no_op() -> None:
    found = changes(
        row("a_b.new", ["no-op"], {}, {}, previous_address="a_b.old"),
        row("a_b.in", ["no-op"], {}, {}, change={"importing": {"id": "x-1"}}),
    )
    assert [(change.kind, change.previous_address, change.import_id) for change in found.changes] == [
        ("import", None, "x-1"),
        ("move", "a_b.old", None),
    ]
    assert (found.counts.move, found.counts.import_, found.counts.no_op) == (1, 1, 2)


def test_trap_10_after_a_count_shift_the_real_name_is_shown() -> None:
    rows = (
        row("aws_instance.n[0]", ["update"], {"id": "i-1", "name": "red"}, {"id": "i-1", "name": "green"}),
        row("aws_instance.n[1]", ["delete"], {"id": "i-2", "name": "green"}),
    )
    assert "**`green`** `aws_instance.n[1]`" in run(plan(*rows)).publication.comment


def test_trap_11_a_rename_without_moved_is_a_deletion() -> None:
    rows = (
        row("aws_s3_bucket.old", ["delete"], {"bucket": "a"}, action_reason="delete_because_no_resource_config"),
        row("aws_s3_bucket.new", ["create"], None, {"bucket": "a"}),
    )
    assert run(plan(*rows)).report.state == State.HOLD


def test_trap_12_a_mask_above_a_list_hides_the_whole_list() -> None:
    users = [{"name": "a", "password": SECRET}]
    document = plan(row("a_b.c", ["create"], None, {"user": users}, after_sensitive={"user": True}))
    assert SECRET not in shown(document)


def test_trap_13_a_mark_on_one_side_hides_both() -> None:
    document = plan(
        row("a_b.c", ["update"], {"p": SECRET}, {"p": SECRET + "x"}, before_sensitive={"p": True}, after_sensitive={})
    )
    assert SECRET not in shown(document)


def test_trap_14_a_mark_survives_a_change_of_type() -> None:
    document = plan(row("a_b.c", ["update"], {"a": SECRET}, None, before_sensitive={"a": True}, after_sensitive=False))
    assert SECRET not in shown(document)


def test_trap_15_an_unknown_value_is_not_a_removed_one() -> None:
    change = only_change(row("a_b.c", ["update"], {"id": "i-1"}, {}, unknown={"id": True}))
    assert [(a.path, a.before, a.after, a.unknown) for a in change.attributes] == [(("id",), "i-1", None, True)]


def test_trap_16_array_masks_belong_to_their_own_side() -> None:
    change = only_change(
        row(
            "a_b.c",
            ["update"],
            {"list": ["plain-one", SECRET]},
            {"list": ["new-first", "plain-one", SECRET]},
            before_sensitive={"list": [False, True]},
            after_sensitive={"list": [False, False, True]},
        )
    )
    assert SECRET not in repr(change)
    assert all(attribute.secret for attribute in change.attributes)  # which one came cannot be told from outside


def test_trap_17_a_set_in_another_order_is_no_update() -> None:
    rules = [{"port": 1, "cidr": "a"}, {"port": 2, "cidr": "b"}, {"port": 3, "cidr": "c"}]
    change = only_change(row("a_b.c", ["update"], {"rule": rules}, {"rule": rules[::-1]}))
    assert [(attribute.path, attribute.note) for attribute in change.attributes] == [(("rule",), "order")]


def test_trap_18_an_update_may_change_only_the_sensitivity() -> None:
    change = only_change(row("a_b.c", ["update"], {"p": "value"}, {"p": "value"}, after_sensitive={"p": True}))
    assert change.badges == ("sensitivity-only",)
    assert [(a.path, a.secret, a.note) for a in change.attributes] == [(("p",), True, "sensitivity")]


def test_trap_19_the_root_of_a_mask_may_be_a_boolean() -> None:
    outputs = {
        "o": {
            "actions": ["create"],
            "before": None,
            "after_unknown": True,
            "before_sensitive": True,
            "after_sensitive": True,
        }
    }
    found = changes(row("a_b.c", ["create"], None, {"x": SECRET}, after_sensitive=True), output_changes=outputs)
    assert SECRET not in repr(found)
    assert [(output.secret, output.unknown) for output in found.outputs] == [(True, True)]


def test_trap_20_null_and_absent_are_the_same_after() -> None:
    explicit = only_change(row("a_b.c", ["delete"], {"x": 1}, None))
    without = row("a_b.c", ["delete"], {"x": 1})
    del without["change"]["after"]
    assert only_change(without) == explicit


def test_trap_21_index_zero_and_the_empty_key_are_indexes() -> None:
    found = changes(row("a_b.c[0]", ["delete"], {}, index=0), row('a_b.d[""]', ["delete"], {}, index=""))
    assert [change.address for change in found.changes] == ["a_b.c[0]", 'a_b.d[""]']


def test_trap_22_keys_hold_dots_brackets_and_quotes() -> None:
    address = 'module.a["x.y[0]"].b.c["d\\"]e"]'
    made = run(plan(row(address, ["delete"], {"id": "x"}, type="b", name="c")))
    assert made.facts.deletions[0].address == address
    assert f"`{address}`" in made.publication.comment


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000 + "]" * 5000, '{"a":' * 300 + "1" + "}" * 300])
def test_trap_23_bombs_end_in_a_clear_error(value: str) -> None:
    document = plan(row("a_b.c", ["create"], None, {"x": "BOMB"})).replace(b'"BOMB"', value.encode())
    made = run(document)
    assert (made.report.state, made.publication.exit_code) == (State.ERROR, 11)


def test_trap_24_outputs_are_a_map_and_their_deletion_counts() -> None:
    outputs = {
        "gone": {"actions": ["delete"], "before": 1, "after": None, "before_sensitive": False, "after_sensitive": False}
    }
    made = run(plan(output_changes=outputs))
    assert [(output.name, output.kind) for output in made.facts.stacks[0].plan.outputs] == [("gone", "delete")]
    assert "1 output" in made.publication.comment


def test_trap_25_the_type_decides_not_the_short_name_of_the_provider() -> None:
    mirrored = row("aws_s3_bucket.a", ["delete"], {"bucket": "a"}, provider_name="mirror.example/acme/aws")
    assert run(plan(mirrored)).facts.deletions[0].tier == "stateful"


def test_trap_26_the_reason_decides_nothing() -> None:
    told = run(plan(row("aws_s3_bucket.a", ["delete"], {}, action_reason="delete_because_no_resource_config")))
    untold = run(plan(row("aws_s3_bucket.a", ["delete"], {})))
    assert told.report.state == untold.report.state == State.HOLD


def test_trap_27_equal_addresses_in_two_stacks_stay_apart() -> None:
    made = run(plan(row("aws_s3_bucket.a", ["delete"], {})), plan(row("aws_s3_bucket.a", ["delete"], {})))
    assert [(deletion.stack, deletion.address) for deletion in made.facts.deletions] == [
        ("default", "aws_s3_bucket.a"),
        ("two", "aws_s3_bucket.a"),
    ]


def test_trap_28_an_update_that_drops_data_holds_like_a_deletion() -> None:
    update = row(
        "google_spanner_database.d",
        ["update"],
        {"ddl": ["CREATE TABLE a", "CREATE TABLE b"]},
        {"ddl": ["CREATE TABLE a"]},
    )
    made = run(plan(update))
    assert made.report.state == State.HOLD
    assert made.facts.stacks[0].plan.counts.update == 1
    assert made.facts.stacks[0].plan.counts.delete == 0
    assert made.facts.deletions[0].action == "update"


@pytest.mark.parametrize("type_", ["null_resource", "random_id", "terraform_data", "aws_lb_target_group_attachment"])
def test_trap_29_some_deletions_are_harmless(type_: str) -> None:
    made = run(plan(row(f"{type_}.a", ["delete"], {}), row("a_b.c", ["no-op"], {}, {})), environment="stage")
    assert made.facts.deletions[0].tier == "free"
    assert made.report.state == State.ATTENTION  # unexplained, so it is shown, but nothing holds


def test_trap_30_one_unreadable_plan_of_several_is_an_error() -> None:
    made = run(plan(row("a_b.c", ["create"], None, {})), b"")
    assert (made.report.state, made.publication.exit_code) == (State.ERROR, 11)
    assert "The document is empty" in made.publication.comment


def test_no_secret_marker_is_a_value() -> None:
    """HIDDEN is what a hidden value is shown as; the tests above would pass for an empty comment too."""
    document = plan(row("a_b.c", ["create"], None, {"p": SECRET}, after_sensitive={"p": True}))
    assert HIDDEN in shown(document)
    assert list_changes(decode_plan(split_documents(document)[0])).counts.create == 1
