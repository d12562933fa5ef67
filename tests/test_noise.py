"""Noise: what it is, what it is not, and that it never hides what another part of the report is about."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.noise import sort_noise
from bot.review import Review
from tests.support.corpus import Entry, corpus_folder, list_corpus
from tests.support.plans import only_change, plan, row, run

TAGS = {"tags": {"Env": "prod", "Owner": "a"}, "tags_all": {"Env": "prod", "Owner": "a"}}
OTHER = {"tags": {"Env": "prod", "Owner": "b"}, "tags_all": {"Env": "prod", "Owner": "b"}}


def configured(address: str, **arguments: Any) -> dict[str, Any]:
    """A configuration that sets these arguments of one resource."""
    return {"root_module": {"resources": [{"address": address, "expressions": arguments}]}}


def data(address: str, **more: Any) -> dict[str, Any]:
    read = row(address, ["read"], None, {"name": "x"}, unknown={"id": True}, **more)
    return {**read, "mode": "data", "address": f"data.{address}"}


def test_reads_are_noise() -> None:
    assert sort_noise(only_change(data("aws_ami.newest"))) == "read"


def test_a_policy_document_read_at_apply_is_the_text_of_a_permission() -> None:
    assert sort_noise(only_change(data("aws_iam_policy_document.admin"))) == ""


def test_an_update_of_tags_alone_is_noise() -> None:
    assert sort_noise(only_change(row("aws_instance.a", ["update"], {"ami": "a", **TAGS}, {"ami": "a", **OTHER}))) == (
        "tags"
    )


@pytest.mark.parametrize(
    ("before", "after", "unknown"),
    [
        ({"labels": {"team": "ml"}}, {"labels": None}, {}),
        ({"labels": None}, {"labels": {"team": "ml"}}, {}),
        ({"labels": {}, "effective_labels": {"a": "1"}}, {"labels": {"b": "2"}}, {"effective_labels": True}),
        ({"tags_all": {"a": "1"}}, {"tags_all": {}}, {"tags_all": {"a": True}}),
    ],
)
def test_maps_may_come_go_and_be_unknown(before: Any, after: Any, unknown: Any) -> None:
    assert sort_noise(only_change(row("google_storage_bucket.b", ["update"], before, after, unknown=unknown))) == "tags"


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        ("aws_instance", {"ami": "a", **TAGS}, {"ami": "b", **OTHER}),  # something else as well
        ("google_compute_instance", {"tags": ["web"]}, {"tags": ["web", "open"]}),  # firewalls go by these
        ("google_compute_instance", {"tags": None}, {"tags": ["open"]}),
        ("kubernetes_namespace", {"metadata": [{"labels": {"a": "1"}}]}, {"metadata": [{"labels": {"a": "2"}}]}),
        ("kubernetes_labels", {"labels": {"enforce": "restricted"}}, {"labels": {"enforce": "privileged"}}),
        ("aws_iam_role", TAGS, OTHER),  # policies may ask for the tags of whoever calls
        ("aws_instance", {"user_tags": {"a": "1"}}, {"user_tags": {"a": "2"}}),
    ],
)
def test_what_only_looks_like_tags_is_no_noise(type_: str, before: Any, after: Any) -> None:
    assert sort_noise(only_change(row(f"{type_}.a", ["update"], before, after))) == ""


@pytest.mark.parametrize(
    "more",
    [
        {"previous_address": "aws_instance.old"},
        {"change": {"importing": {"id": "i-1"}}},
        {"change": {"generated_config": "resource {}"}},
        {"change": {"replace_paths": [["tags"]]}},
        {"deposed": "00000001"},
        {"after_sensitive": {"tags": True}},
        {"after_sensitive": {"tags": {"Owner": True}}},
    ],
)
def test_facts_beside_the_tags_mean_something(more: dict[str, Any]) -> None:
    assert sort_noise(only_change(row("aws_instance.a", ["update"], TAGS, OTHER, **more))) == ""


@pytest.mark.parametrize("actions", [["create"], ["delete"], ["delete", "create"], ["create", "delete"], ["forget"]])
def test_only_updates_and_reads_are_noise(actions: list[str]) -> None:
    before, after = (None, OTHER) if actions == ["create"] else (TAGS, None if len(actions) == 1 else OTHER)
    assert sort_noise(only_change(row("aws_instance.a", actions, before, after))) == ""


def test_a_new_mark_of_sensitivity_alone_is_no_noise() -> None:
    change = only_change(row("aws_instance.a", ["update"], TAGS, TAGS, after_sensitive={"tags": True}))
    assert (change.badges, sort_noise(change)) == (("sensitivity-only",), "")


def computed(before: Any, after: Any, unknown: Any, **more: Any) -> str:
    return sort_noise(only_change(row("aws_x.a", ["update"], before, after, unknown=unknown), **more))


def test_what_the_configuration_does_not_set_and_becomes_unknown_is_noise() -> None:
    configuration = configured("aws_x.a", name={"constant_value": "n"})
    before = {"name": "n", "etag": "abc", "version": 3, "hosts": ["h"]}
    unknown = {"etag": True, "version": True, "hosts": True}
    assert computed(before, {"name": "n"}, unknown, configuration=configuration) == "computed"


@pytest.mark.parametrize(
    "expressions",
    [{"etag": {"constant_value": "abc"}}, {"etag": {"references": ["var.e"]}}, {"etag": {}}],
)
def test_what_the_configuration_sets_is_never_computed_only(expressions: dict[str, Any]) -> None:
    configuration = configured("aws_x.a", **expressions)
    assert computed({"etag": "abc"}, {}, {"etag": True}, configuration=configuration) == ""


def test_without_the_configuration_nothing_is_computed_only() -> None:
    assert computed({"etag": "abc"}, {}, {"etag": True}) == ""
    assert computed({"etag": "abc"}, {}, {"etag": True}, configuration=configured("aws_x.other")) == ""


@pytest.mark.parametrize("before", [None, [], [{"port": 22}], {"port": 22}])
def test_what_may_be_a_dynamic_block_is_never_computed_only(before: Any) -> None:
    """Terraform leaves dynamic blocks out of the configuration it writes."""
    assert computed({"ingress": before}, {}, {"ingress": True}, configuration=configured("aws_x.a")) == ""


def test_a_known_change_beside_it_is_no_noise() -> None:
    configuration = configured("aws_x.a")
    assert computed({"etag": "a", "size": 1}, {"size": 2}, {"etag": True}, configuration=configuration) == ""


# --- what the rest of the report is about ----------------------------------------------------------------------------


def noise(made: Review) -> dict[str, str]:
    return {block.address: block.noise for block in made.report.blocks}


def test_the_counted_line_unfolds_to_a_line_for_each() -> None:
    rows = [row(f"aws_instance.a[{i}]", ["update"], {"ami": "a", **TAGS}, {"ami": "a", **OTHER}) for i in range(2)]
    computed_row = row("aws_x.a", ["update"], {"etag": "abc"}, {}, unknown={"etag": True})
    made = run(plan(*rows, data("aws_ami.newest"), computed_row, configuration=configured("aws_x.a")))
    assert (
        "<details><summary>Quiet: 1 read, 2 tag-only updates, 1 computed-only update</summary>\n\n"
        "- 📝 `aws_instance.a[0]` · tags `Owner`\n"
        "- 📝 `aws_instance.a[1]` · tags `Owner`\n"
        "- 📝 `aws_x.a` · known after apply: `etag`\n"
        "- 🔎 `data.aws_ami.newest`\n\n"
        "</details>\n"
    ) in made.publication.comment
    assert "one by one" not in made.publication.comment
    assert made.report.stacks[0].counts.update == 3
    assert made.report.stacks[0].counts.read == 1


def test_a_failing_check_keeps_its_resource_out() -> None:
    problem = {"address": {"to_display": "aws_instance.a"}, "status": "fail", "instances": []}
    changed = row("aws_instance.a[0]", ["update"], TAGS, OTHER)
    assert noise(run(plan(changed, checks=[problem]))) == {"aws_instance.a[0]": ""}
    assert noise(run(plan(changed, checks=[{**problem, "status": "pass"}]))) == {"aws_instance.a[0]": "tags"}


def test_a_put_off_change_keeps_its_address_out() -> None:
    changed = row("aws_instance.a", ["update"], TAGS, OTHER)
    put_off = {"reason": "provider_config_unknown", "resource_change": changed}
    assert noise(run(plan(changed, deferred_changes=[put_off]))) == {"aws_instance.a": ""}


def test_what_triggers_an_action_is_no_noise() -> None:
    trigger = {"triggering_resource_address": "aws_instance.a", "action_trigger_event": "AfterUpdate"}
    action = {"address": "action.aws_x.y", "type": "aws_x", "name": "y", "lifecycle_action_trigger": trigger}
    changed = row("aws_instance.a", ["update"], TAGS, OTHER)
    assert noise(run(plan(changed, action_invocations=[action]))) == {"aws_instance.a": ""}


def test_a_leftover_under_the_same_address_keeps_it_out() -> None:
    rows = [row("aws_s3_bucket.a", ["update"], TAGS, OTHER), row("aws_s3_bucket.a", ["delete"], TAGS, deposed="0a")]
    assert noise(run(plan(*rows))) == {"aws_s3_bucket.a": ""}


def test_the_same_address_in_another_stack_stays_noise() -> None:
    quiet = row("aws_s3_bucket.a", ["update"], TAGS, OTHER)
    made = run(plan(quiet), plan(row("aws_s3_bucket.a", ["delete"], TAGS)))
    assert [(block.stack, block.noise) for block in made.report.blocks] == [("two", ""), ("default", "tags")]


@pytest.mark.parametrize("untrusted", [{"errored": True}, {"format_version": "9.0"}])
def test_in_a_plan_that_cannot_be_trusted_nothing_is_noise(untrusted: dict[str, Any]) -> None:
    made = run(plan(row("aws_instance.a", ["update"], TAGS, OTHER), data("aws_ami.newest"), **untrusted))
    assert [block.noise for block in made.report.blocks if block.noise] == []


def test_where_nobody_knows_which_values_are_sensitive_nothing_is_noise() -> None:
    old = row("aws_instance.a", ["update"], TAGS, OTHER)
    del old["change"]["before_sensitive"], old["change"]["after_sensitive"]
    made = run(plan(old, data("aws_ami.newest")))
    assert noise(made) == {"aws_instance.a": "", "data.aws_ami.newest": ""}


# --- the property ----------------------------------------------------------------------------------------------------

OPEN = [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22, "protocol": "tcp"}]
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
MENU = {
    "delete": lambda name: row(f"aws_s3_bucket.{name}", ["delete"], {"bucket": name, **TAGS}),
    "leftover": lambda name: row(f"aws_instance.{name}", ["delete"], {"ami": "a", **TAGS}, deposed="0a"),
    "replace": lambda name: row(f"aws_db_instance.{name}", ["delete", "create"], TAGS, OTHER),
    "grant": lambda name: row(
        f"aws_iam_role_policy.{name}", ["update"], {"role": "r", "policy": "{}"}, {"role": "r", "policy": POLICY}
    ),
    "open": lambda name: row(
        f"aws_security_group.{name}", ["update"], {"ingress": [], **TAGS}, {"ingress": OPEN, **TAGS}
    ),
    "tags": lambda name: row(f"aws_instance.{name}", ["update"], {"ami": "a", **TAGS}, {"ami": "a", **OTHER}),
    "bucket tags": lambda name: row(f"aws_s3_bucket.{name}", ["update"], TAGS, OTHER),
    "role tags": lambda name: row(f"aws_iam_role.{name}", ["update"], TAGS, OTHER),
    "read": lambda name: data(f"aws_ami.{name}"),
    "policy read": lambda name: data(f"aws_iam_policy_document.{name}"),
    "computed": lambda name: row(f"aws_x.{name}", ["update"], {"etag": "abc"}, {}, unknown={"etag": True}),
    "policy unknown": lambda name: row(
        f"aws_iam_policy.{name}", ["update"], {"policy": "{}", "id": "i"}, {"id": "i"}, unknown={"policy": True}
    ),
    "dearer": lambda name: row(
        f"aws_instance.{name}", ["update"], {"instance_type": "t3.micro"}, {"instance_type": "p4d.24xlarge"}
    ),
}
CONFIGURATION = {
    "root_module": {
        "resources": [
            {"address": f"{type_}.{name}", "expressions": {}}
            for type_ in ("aws_x", "aws_iam_policy", "aws_instance")
            for name in "abc"
        ]
    }
}


def told(made: Review) -> set[tuple[str, str]]:
    facts = made.facts
    lists: tuple[Iterable[Any], ...] = (facts.findings, facts.grants, facts.costs, facts.deletions, facts.intents)
    return {(row.stack, row.address) for rows in lists for row in rows}


def quiet(made: Review) -> set[tuple[str, str]]:
    return {(block.stack, block.address) for block in made.report.blocks if block.noise}


@given(st.lists(st.tuples(st.sampled_from(sorted(MENU)), st.sampled_from("abc")), max_size=14, unique=True))
@settings(max_examples=60, deadline=None)
def test_noise_never_hides_what_the_report_is_about(picked: list[tuple[str, str]]) -> None:
    made = run(plan(*(MENU[what](name) for what, name in picked), configuration=CONFIGURATION))
    assert told(made) & quiet(made) == set()
    assert {block.kind for block in made.report.blocks if block.noise} <= {"read", "update"}
    inside = made.publication.summary.partition("<summary>Quiet: ")[2].partition("</details>")[0]
    listed = {address for _, address in quiet(made)}
    assert set(re.findall(r"^- .+? `([^`]+)`", inside, re.MULTILINE)) == listed
    for address in {address for _, address in told(made)} - listed:
        assert f"`{address}`" not in inside


@pytest.mark.parametrize("entry", list_corpus(), ids=lambda entry: entry.file)
def test_in_no_known_plan_does_noise_hide_what_the_report_is_about(entry: Entry) -> None:
    made = run((corpus_folder() / entry.file).read_bytes())
    assert told(made) & quiet(made) == set()
    assert {block.kind for block in made.report.blocks if block.noise} <= {"read", "update"}
