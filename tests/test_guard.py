"""The guard: what was reviewed goes on, smaller goes on, what nobody saw stops and is named."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from bot.config import Config, SecretsConfig, decode_config
from bot.guard import Apply, Guarded, compare_reviewed
from bot.guard_text import format_guarded
from bot.record import Record, Stack
from bot.review import build_stacks
from bot.state import State
from tests.support.applies import apply
from tests.support.plans import CATALOG, plan, row
from tests.support.terraform import Workspace

HEAD = "a" * 40
APPLY = Apply(environment="prod", head=HEAD)
MADE = row("aws_s3_bucket.logs", ["create"], None, {"bucket": "logs"}, unknown={"arn": True})
GROWN = row("aws_instance.web", ["update"], {"type": "a", "size": 1}, {"type": "b", "size": 2})
GONE = row("aws_s3_bucket.old", ["delete"], {"bucket": "old"}, None)
ADVICE = "  -> Open a pull request with what should happen, have it reviewed, and merge it; or run the apply again.\n"


def stack(data: bytes, name: str = "default") -> Stack:
    (only,) = build_stacks(name, data, SecretsConfig())
    return only


def record(data: bytes, name: str = "default", **more: Any) -> Record:
    return Record(tool="1.0.0", stack=stack(data, name), **{"head": HEAD, "environment": "prod", **more})


def guard(before: bytes, after: bytes, config: Config | None = None, apply: Apply = APPLY) -> Guarded:
    return compare_reviewed([record(before)], [stack(after)], apply, config or Config(), CATALOG)


def policy(*actions: str) -> str:
    statement = ", ".join(f'"{action}"' for action in actions)
    return f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{statement}],"Resource":"*"}}]}}'


def role_policy(*actions: str) -> dict[str, Any]:
    return row("aws_iam_role_policy.app", ["create"], None, {"name": "p", "role": "app", "policy": policy(*actions)})


def ingress(cidr: str) -> dict[str, Any]:
    values = {"type": "ingress", "from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": [cidr]}
    return row("aws_security_group_rule.ssh", ["create"], None, values)


def test_the_same_plan_goes_on() -> None:
    again = plan(GROWN, GONE, MADE, timestamp="2027-01-01T00:00:00Z", terraform_version="1.12.0")
    found = guard(plan(MADE, GROWN, GONE), again)
    assert (found.state, found.stacks[0].word) == (State.PASS, "equal")
    assert format_guarded(found) == "✅ Goes on: this plan is what was reviewed.\nstack default: equal\n"


def test_a_plan_of_which_some_is_done_goes_on() -> None:
    found = guard(plan(MADE, GROWN, GONE), plan(GROWN))
    assert format_guarded(found) == (
        "✅ Goes on: everything in this plan was reviewed, and some of the reviewed plan is already done.\n"
        "stack default: subset, 2 reviewed changes already done\n"
    )


def test_an_update_of_which_some_is_done_goes_on() -> None:
    half = row("aws_instance.web", ["update"], {"type": "b", "size": 1}, {"type": "b", "size": 2})
    assert guard(plan(GROWN), plan(half)).stacks[0].word == "subset"


def test_the_rest_of_a_replacement_goes_on() -> None:
    replaced = row("aws_instance.web", ["delete", "create"], {"ami": "a"}, {"ami": "b"}, unknown={"id": True})
    made = row("aws_instance.web", ["create"], None, {"ami": "b"}, unknown={"id": True})
    first = row("aws_instance.web", ["create", "delete"], {"ami": "a"}, {"ami": "b"})
    leftover = row("aws_instance.web", ["delete"], {"ami": "a"}, None, deposed="abcd1234")
    assert guard(plan(replaced), plan(made)).stacks[0].word == "subset"
    assert guard(plan(first), plan(leftover)).goes_on
    other = row("aws_instance.web", ["create"], None, {"ami": "evil"}, unknown={"id": True})
    assert not guard(plan(replaced), plan(other)).goes_on


def test_what_was_unknown_may_be_known_now() -> None:
    known = row("aws_s3_bucket.logs", ["create"], None, {"bucket": "logs", "arn": "arn:aws:s3:::logs"})
    assert guard(plan(MADE), plan(known)).stacks[0].word == "equal"


def test_an_unknown_that_turns_out_to_be_everybody_stops() -> None:
    before = row(
        "aws_security_group_rule.ssh",
        ["create"],
        None,
        ingress("0.0.0.0/0")["change"]["after"] | {"cidr_blocks": None},
        unknown={"cidr_blocks": True},
    )
    found = guard(plan(before), plan(ingress("0.0.0.0/0")))
    assert [difference.what for difference in found.differences] == ["exposure"]


@pytest.mark.parametrize(
    ("before", "after", "what", "line"),
    [
        (
            plan(MADE),
            plan(MADE, GONE),
            "deletion",
            "stops: aws_s3_bucket.old is destroyed, and nobody reviewed that. ",
        ),
        (
            plan(row("aws_s3_bucket.old", ["update"], {"tags": 1}, {"tags": 2})),
            plan(row("aws_s3_bucket.old", ["delete", "create"], {"tags": 1}, {"tags": 2})),
            "deletion",
            "stops: aws_s3_bucket.old is destroyed and made again, and nobody reviewed that. ",
        ),
        (
            plan(MADE),
            plan(MADE, row("aws_s3_bucket.logs", ["delete"], {"bucket": "x"}, None, deposed="abcd1234")),
            "deletion",
            "stops: aws_s3_bucket.logs (deposed abcd1234) is destroyed, and nobody reviewed that. ",
        ),
        (
            plan(role_policy("s3:GetObject")),
            plan(role_policy("s3:GetObject", "iam:*")),
            "permission",
            "stops: aws_iam_role_policy.app ",
        ),
        (
            plan(ingress("10.0.0.0/8")),
            plan(ingress("0.0.0.0/0")),
            "exposure",
            "stops: aws_security_group_rule.ssh opens cidr_blocks to 0.0.0.0/0",
        ),
    ],
)
def test_what_nobody_reviewed_stops_first(before: bytes, after: bytes, what: str, line: str) -> None:
    config = decode_config(b"guard: {other: pass}", "x")
    found = guard(before, after, config)
    assert (found.state, found.stacks[0].word, found.differences[0].what) == (State.HOLD, "different", what)
    text = format_guarded(found).splitlines()
    assert text[0].startswith("⛔ Stopped: ")
    assert text[1].strip().startswith(line)


def test_a_permission_that_was_reviewed_goes_on_beside_one_that_is_done() -> None:
    """A grant that moves is no gain; when its old place is gone already, the new place alone looks like one."""
    old = row("aws_iam_role_policy.old", ["delete"], {"name": "p", "role": "app", "policy": policy("s3:*")}, None)
    found = guard(plan(role_policy("s3:*"), old), plan(role_policy("s3:*")))
    assert (found.state, found.stacks[0].word, found.differences) == (State.PASS, "subset", ())


@pytest.mark.parametrize(
    ("word", "state", "goes_on"),
    [("pass", State.PASS, True), ("attention", State.ATTENTION, True), ("hold", State.HOLD, False)],
)
def test_a_harmless_change_does_what_the_settings_say(word: str, state: State, goes_on: bool) -> None:
    found = guard(plan(GROWN), plan(GROWN, MADE), decode_config(f"guard: {{other: {word}}}".encode(), "x"))
    assert (found.state, found.goes_on) == (state, goes_on)
    assert [(d.what, d.address, d.sentence) for d in found.differences] == [
        ("other", "aws_s3_bucket.logs", "was not reviewed: create.")
    ]


def test_a_creation_that_nobody_saw_stops_unless_the_settings_say_otherwise() -> None:
    assert format_guarded(guard(plan(GROWN), plan(GROWN, MADE))) == (
        "⛔ Stopped: 1 thing in this plan is not what was reviewed.\n"
        "  stops: aws_s3_bucket.logs was not reviewed: create.\n" + ADVICE + "stack default: different\n"
    )


def test_a_value_that_differs_is_another_change() -> None:
    other = row("aws_instance.web", ["update"], {"type": "a", "size": 1}, {"type": "b", "size": 3})
    found = guard(plan(GROWN), plan(other))
    assert [d.sentence for d in found.differences] == ["was reviewed as another change: update."]


def test_an_attribute_that_a_creation_lost_is_another_change() -> None:
    full = row("aws_s3_bucket.logs", ["create"], None, {"bucket": "logs", "force_destroy": False})
    bare = row("aws_s3_bucket.logs", ["create"], None, {"bucket": "logs"})
    assert not guard(plan(full), plan(bare)).goes_on


def test_an_apply_on_schedule_destroys_nothing_even_if_it_was_reviewed() -> None:
    found = guard(plan(GROWN, GONE), plan(GROWN, GONE), apply=structs.replace(APPLY, scheduled=True))
    assert (found.state, [d.address for d in found.differences]) == (State.HOLD, ["aws_s3_bucket.old"])
    assert found.differences[0].sentence == (
        "would be destroyed, replaced or lose data: an apply on schedule destroys nothing, reviewed or not."
    )
    assert guard(plan(GROWN), plan(GROWN), apply=structs.replace(APPLY, scheduled=True)).goes_on


@pytest.mark.parametrize(
    ("reviewed", "fresh", "sentence", "state"),
    [
        ([], [stack(plan(GROWN))], "No record of a review was given: nothing may be applied.", State.HOLD),
        ([record(plan(GROWN))], [], "No fresh plan was given: nothing may be applied.", State.HOLD),
        (
            [record(plan(GROWN))],
            [stack(plan(GROWN)), stack(plan(), "net")],
            "This stack was not reviewed: there is no record of it.",
            State.HOLD,
        ),
        (
            [record(plan(GROWN)), record(plan(), "net")],
            [stack(plan(GROWN))],
            "This stack was reviewed and has no fresh plan.",
            State.HOLD,
        ),
        (
            [record(plan(GROWN)), record(plan())],
            [stack(plan(GROWN))],
            "Two records or two plans have this name: nobody can tell which was reviewed.",
            State.HOLD,
        ),
        (
            [record(plan(GROWN), environment="stage")],
            [stack(plan(GROWN))],
            "The record is of the environment stage; the apply is for prod.",
            State.HOLD,
        ),
        (
            [record(plan(GROWN), environment="")],
            [stack(plan(GROWN))],
            "The record names no environment; the apply is for prod.",
            State.HOLD,
        ),
        (
            [record(plan(GROWN), head="b" * 40)],
            [stack(plan(GROWN))],
            "The record is of commit bbbbbbb; reviewed was aaaaaaa.",
            State.HOLD,
        ),
        (
            [record(plan(GROWN), head="")],
            [stack(plan(GROWN))],
            "The record is of commit unknown; reviewed was aaaaaaa.",
            State.HOLD,
        ),
        (
            [record(plan(GROWN))],
            [stack(plan(GROWN, errored=True))],
            "The fresh plan is of a plan that failed half-way.",
            State.ERROR,
        ),
        (
            [record(plan(GROWN))],
            [stack(plan(GROWN, complete=False))],
            "The fresh plan is incomplete: Terraform puts changes off to a later plan.",
            State.ERROR,
        ),
        (
            [record(plan(GROWN, complete=False))],
            [stack(plan(GROWN))],
            "The record is incomplete: Terraform puts changes off to a later plan.",
            State.HOLD,
        ),
    ],
)
def test_what_cannot_be_compared_stops(reviewed: list[Record], fresh: list[Stack], sentence: str, state: State) -> None:
    found = compare_reviewed(reviewed, fresh, APPLY, decode_config(b"guard: {other: pass}", "x"), CATALOG)
    assert (found.state, found.differences[0].sentence) == (state, sentence)


def test_a_fresh_plan_that_is_no_plan_cannot_be_trusted() -> None:
    found = guard(plan(GROWN), b"{")
    assert found.state == State.ERROR
    assert found.differences[0].sentence.startswith("The fresh plan cannot be trusted: ")


def test_text_of_a_plan_stays_on_its_line() -> None:
    evil = row('aws_instance.a["x\n::error::\u202e"]', ["create"], None, {"a": 1})
    assert '  stops: aws_instance.a["x⏎::error::\\u202e"] was not reviewed: create.' in format_guarded(
        guard(plan(GROWN), plan(GROWN, evil))
    )


def test_a_deletion_stays_reviewed_while_the_object_is_the_same() -> None:
    before = row("aws_s3_bucket.old", ["delete"], {"id": "old", "etag": "1"}, None)
    later = row("aws_s3_bucket.old", ["delete"], {"id": "old", "etag": "2"}, None)
    another = row("aws_s3_bucket.old", ["delete"], {"id": "precious", "etag": "2"}, None)
    assert guard(plan(before), plan(later)).stacks[0].word == "equal"
    assert not guard(plan(before), plan(another)).goes_on


def test_a_reviewed_replacement_with_other_values_is_no_new_deletion_but_stops() -> None:
    before = row("aws_instance.web", ["delete", "create"], {"ami": "a"}, {"ami": "b"})
    other = row("aws_instance.web", ["delete", "create"], {"ami": "a"}, {"ami": "c"})
    found = guard(plan(before), plan(other))
    assert [(d.what, d.sentence) for d in found.differences] == [("other", "was reviewed as another change: replace.")]


def test_a_deletion_that_goes_further_than_the_review_showed_stops() -> None:
    before = row(
        "aws_s3_bucket.old", ["delete", "create"], {"id": "x", "bucket": "a", "force_destroy": False}, {"bucket": "b"}
    )
    wider = row(
        "aws_s3_bucket.old", ["delete", "create"], {"id": "x", "bucket": "a", "force_destroy": True}, {"bucket": "b"}
    )
    found = guard(plan(before), plan(wider), decode_config(b"guard: {other: pass}", "x"))
    assert [d.what for d in found.differences] == ["deletion"]


def test_an_action_of_a_provider_that_nobody_reviewed_stops() -> None:
    invoked = {
        "address": "action.aws_lambda_invoke.x",
        "type": "aws_lambda_invoke",
        "name": "x",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "invoke_action_trigger": {},
    }
    found = guard(plan(GROWN), plan(GROWN, action_invocations=[invoked]))
    assert [(d.what, d.address) for d in found.differences] == [("action", "action.aws_lambda_invoke.x")]
    assert guard(plan(GROWN, action_invocations=[invoked]), plan(GROWN, action_invocations=[invoked])).goes_on


def test_a_permission_that_is_only_lost_is_another_difference() -> None:
    found = guard(plan(role_policy("s3:GetObject", "s3:PutObject")), plan(role_policy("s3:GetObject")))
    assert [d.what for d in found.differences] == ["other"]


def test_an_output_that_was_not_reviewed_is_another_difference() -> None:
    def output(value: str) -> dict[str, Any]:
        change = {"actions": ["create"], "before": None, "after": value, "after_unknown": False}
        return {"url": change | {"before_sensitive": False, "after_sensitive": False}}

    found = guard(plan(GROWN, output_changes=output("a")), plan(GROWN, output_changes=output("b")))
    assert [d.sentence for d in found.differences] == ["The output url was not reviewed like this."]


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_what_an_apply_left_tainted_stops(tmp_path: Path) -> None:
    """So the outcome of that apply must not promise that it can be run again: it names `terraform untaint`."""
    half = apply(tmp_path, fails=True, json=True)
    workspace = Workspace(folder=tmp_path / "code", env={"WORD": "x"})
    workspace.run("plan", "-out=again", "-var=bad=true")
    again = workspace.run("show", "-json", "again").strip().encode()
    assert [(d.address, d.state) for d in guard(half.plan, again).differences] == [
        ("terraform_data.swapped", State.HOLD)
    ]
    workspace.run("untaint", "terraform_data.swapped")
    workspace.run("plan", "-out=again", "-var=bad=true")
    assert guard(half.plan, workspace.run("show", "-json", "again").strip().encode()).goes_on
