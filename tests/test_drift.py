"""Drift: what is dangerous first, noise and what is accepted apart, and never taken for what is only not applied."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import Config, SecretsConfig, decode_config
from bot.drift import Drift, Item, StackDrift, find_drift
from bot.drift_text import export_drift, format_drift, format_drift_markdown
from bot.errors import BadConfig
from bot.record import Stack
from bot.report import Origin
from bot.review import build_stacks
from tests.support.corpus import OWN
from tests.support.plans import CATALOG, TEMPLATES, plan, row
from tests.test_hostile_plans import STRANGE, places

TODAY = "2026-11-25"
STAYS = row("a_b.stays", ["no-op"], {}, {})


def stack(data: bytes, name: str = "net") -> Stack:
    (only,) = build_stacks(name, data, SecretsConfig())
    return only


def drift(data: bytes, config: Config | None = None, today: str = TODAY) -> Drift:
    return find_drift([stack(data)], config or Config(), CATALOG, "prod", today)


def found(*rows: dict[str, Any], planned: tuple[dict[str, Any], ...] = (STAYS,), **more: Any) -> StackDrift:
    return drift(plan(*planned, resource_drift=list(rows), **more)).stacks[0]


def told(items: tuple[Item, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [(item.change.address, item.whats) for item in items]


def policy(action: str) -> dict[str, Any]:
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    return {"name": "p", "role": "app", "policy": json.dumps(document)}


def accepted(*entries: str) -> Config:
    lines = "".join(f"    - {{{entry}, owner: ann, reason: known}}\n" for entry in entries)
    return decode_config(f"version: 1\ndrift:\n  accepted:\n{lines}".encode(), "c.yml")


TYPE = row("aws_instance.i", ["update"], {"instance_type": "a"}, {"instance_type": "b"})
GONE = row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}, None)
MIGHTY = row("aws_iam_role_policy.p", ["update"], policy("s3:GetObject"), policy("*"))
WEAK = row(
    "aws_iam_role_policy.q", ["update"], {**policy("s3:*"), "role": "b"}, {**policy("s3:GetObject"), "role": "b"}
)
OPEN = row(
    "aws_security_group.web",
    ["update"],
    {"ingress": []},
    {"ingress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22, "protocol": "tcp"}]},
)
BARE = row("aws_db_instance.d", ["update"], {"deletion_protection": True}, {"deletion_protection": False})


def test_dangerous_drift_comes_first() -> None:
    drifted = found(TYPE, BARE, OPEN, WEAK, MIGHTY, GONE)
    assert drifted.word == "drifted"
    assert told(drifted.items) == [
        ("aws_s3_bucket.b", ("deleted",)),
        ("aws_iam_role_policy.p", ("permission",)),
        ("aws_iam_role_policy.q", ("permission",)),
        ("aws_security_group.web", ("exposure",)),
        ("aws_db_instance.d", ("protection",)),
        ("aws_instance.i", ("changed",)),
    ]
    assert [item.severity for item in drifted.items][:4] == ["critical", "critical", "medium", "critical"]
    assert drifted.items[1].notes[0].title == "role app gains * on *"


def test_a_permission_that_was_deleted_by_hand_is_both() -> None:
    (item,) = found(row("aws_iam_role_policy.p", ["delete"], policy("s3:GetObject"), None)).items
    assert item.whats == ("deleted", "permission")


def test_a_guard_that_was_deleted_by_hand_opens() -> None:
    block = row("aws_s3_bucket_public_access_block.b", ["delete"], {"bucket": "b", "block_public_acls": True}, None)
    (item,) = found(block).items
    assert item.whats == ("deleted", "permission", "exposure")


NOISY = {
    "etag": ({"etag": "1"}, {"etag": "2"}),
    "empty": ({"tags": None}, {"tags": {}}),
    "order": ({"names": ["a", "b"]}, {"names": ["b", "a"]}),
    "formatting": ({"document": '{"a": 1}'}, {"document": '{"a":1}'}),
    "time": ({"settings": [{"update_time": "1"}]}, {"settings": [{"update_time": "2"}]}),
}


@pytest.mark.parametrize("name", NOISY)
def test_noise_is_kept_apart(name: str) -> None:
    drifted = found(row("aws_lb.x", ["update"], *NOISY[name]))
    assert (drifted.word, told(drifted.noise), drifted.items) == ("clean", [("aws_lb.x", ("changed",))], ())


LOUD = {
    "a tag": row("aws_lb.x", ["update"], {"tags": {"a": "1"}}, {"tags": {"a": "2"}}),
    "a default tag that was taken off": row("aws_lb.x", ["update"], {"tags_all": {"a": "1"}}, {"tags_all": {}}),
    "the content of an object": row("aws_s3_object.x", ["update"], {"etag": "1"}, {"etag": "2"}),
    "one more attribute": row("aws_lb.x", ["update"], {"etag": "1", "idle": 1}, {"etag": "2", "idle": 2}),
    "made again by hand": row("a_b.x", ["update"], {"creation_time": "1"}, {"creation_time": "2"}),
    "a secret": row(
        "a_b.x", ["update"], {"etag": "1"}, {"etag": "2"}, before_sensitive={"etag": True}, after_sensitive={}
    ),
    "gone": row("aws_lb.x", ["delete"], {"etag": "1"}, None),
    "an action that nobody knows": row("aws_lb.x", ["retire"], {"etag": "1"}, {"etag": "2"}),
}


@pytest.mark.parametrize("name", LOUD)
def test_what_means_something_is_no_noise(name: str) -> None:
    drifted = found(LOUD[name])
    assert (len(drifted.items), drifted.noise) == (1, ())


def test_an_access_policy_in_another_order_is_noise_and_one_that_permits_is_not() -> None:
    both = {"Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "s3:Put*"], "Resource": "*"}]}
    turned = {"Statement": [{"Effect": "Allow", "Action": ["s3:Put*", "s3:Get*"], "Resource": "*"}]}
    sides = [{"name": "p", "role": "app", "policy": json.dumps(document)} for document in (both, turned)]
    assert told(found(row("aws_iam_role_policy.p", ["update"], *sides)).noise) == [
        ("aws_iam_role_policy.p", ("changed",))
    ]
    assert found(MIGHTY).noise == ()


BACK = row("aws_instance.i", ["update"], {"instance_type": "b"}, {"instance_type": "a"})


def test_what_the_plan_puts_back_is_drift_and_not_pending() -> None:
    drifted = found(TYPE, planned=(STAYS, BACK))
    assert (drifted.items[0].planned, drifted.pending) == ("restored", ())


def test_a_deleted_object_that_is_made_again_is_drift_and_not_pending() -> None:
    drifted = found(GONE, planned=(STAYS, row("aws_s3_bucket.b", ["create"], None, {"bucket": "b"})))
    assert (drifted.items[0].planned, drifted.pending) == ("restored", ())


def test_another_value_is_drift_and_pending() -> None:
    other = row("aws_instance.i", ["update"], {"instance_type": "b"}, {"instance_type": "c"})
    drifted = found(TYPE, planned=(STAYS, other))
    assert drifted.items[0].planned == "left"
    assert [change.address for change in drifted.pending] == ["aws_instance.i"]


def test_one_more_attribute_is_drift_and_pending() -> None:
    more = row("aws_instance.i", ["update"], {"instance_type": "b", "ami": "x"}, {"instance_type": "a", "ami": "y"})
    drifted = found(TYPE, planned=(STAYS, more))
    assert drifted.items[0].planned == "restored"
    assert [change.address for change in drifted.pending] == ["aws_instance.i"]


def test_two_hidden_values_are_not_taken_for_one() -> None:
    marks = {"before_sensitive": {"pin": True}, "after_sensitive": {"pin": True}}
    changed = row("a_b.s", ["update"], {"pin": "one"}, {"pin": "two"}, **marks)
    planned = row("a_b.s", ["update"], {"pin": "two"}, {"pin": "three"}, **marks)
    drifted = found(changed, planned=(STAYS, planned))
    assert drifted.items[0].planned == "untold"
    assert [change.address for change in drifted.pending] == ["a_b.s"]


def test_merged_and_not_applied_is_no_drift() -> None:
    drifted = found(planned=(STAYS, row("a_b.new", ["create"], None, {"x": 1}), row("data.a.b", ["read"], None, {})))
    assert (drifted.word, [change.address for change in drifted.pending]) == ("clean", ["a_b.new"])


def test_what_the_plan_leaves() -> None:
    assert found(TYPE).items[0].planned == "left"


def test_a_refresh_only_plan_tells_nothing_about_the_next_apply() -> None:
    document = json.loads(plan(resource_drift=[TYPE, row("a_b.new", ["no-op"], {}, {}, previous_address="a_b.old")]))
    del document["resource_changes"]
    drifted = drift(json.dumps(document).encode()).stacks[0]
    assert [(item.change.address, item.planned) for item in drifted.items] == [("aws_instance.i", "untold")]
    assert [change.address for change in drifted.pending] == ["a_b.new"]


DOUBTS = {
    "cut off": plan(STAYS)[:-3],
    "failed": plan(STAYS, errored=True, complete=False),
    "targeted": plan(STAYS, complete=False),
    "put off": plan(STAYS, deferred_changes=[{"reason": "provider_config_unknown", "resource_change": TYPE}]),
    "too old": plan(STAYS, terraform_version="0.14.11"),
    "unknown action": plan(row("a_b.c", ["retire"], {}, {})),
    "no plan": b"{}",
}


@pytest.mark.parametrize("name", DOUBTS)
def test_where_drift_cannot_be_known_it_is_unknown(name: str) -> None:
    (only,) = drift(DOUBTS[name]).stacks
    assert only.word == "unknown"
    assert only.doubt
    assert only.advice


def test_what_is_known_of_an_incomplete_plan_is_kept() -> None:
    (only,) = drift(plan(STAYS, complete=False, resource_drift=[GONE])).stacks
    assert (only.word, told(only.items)) == ("unknown", [("aws_s3_bucket.b", ("deleted",))])


def test_the_last_version_without_drift_and_the_first_with_it() -> None:
    words = [drift(plan(STAYS, terraform_version=v)).stacks[0].word for v in ("0.15.3", "0.15.4", "1.16.0-beta1", "")]
    assert words == ["unknown", "clean", "clean", "clean"]


def test_accepted_drift_is_listed_apart() -> None:
    config = accepted("match: aws_instance.*, until: 2026-11-25")
    whole = drift(plan(STAYS, resource_drift=[TYPE]), config)
    (only,) = whole.stacks
    assert (only.word, told(only.accepted)) == ("clean", [("aws_instance.i", ("changed",))])
    assert only.accepted[0].accepted == config.drift.accepted
    assert whole.unused == ()


def test_an_entry_that_is_over_accepts_nothing() -> None:
    config = accepted("match: aws_instance, until: 2026-11-24")
    (only,) = drift(plan(STAYS, resource_drift=[TYPE]), config).stacks
    assert (only.word, only.items[0].expired) == ("drifted", config.drift.accepted)


def test_an_entry_that_matches_nothing_is_told() -> None:
    config = accepted("match: aws_instance.x, until: 2027-01-31", "match: aws_instance, until: 2027-01-31")
    assert drift(plan(STAYS, resource_drift=[TYPE]), config).unused == config.drift.accepted[:1]
    assert drift(plan(STAYS, complete=False), config).unused == (), "what is unknown may match"


def test_an_entry_of_another_environment_is_none() -> None:
    config = accepted("match: aws_instance, environments: [stage], until: 2027-01-31")
    whole = drift(plan(STAYS, resource_drift=[TYPE]), config)
    assert (whole.stacks[0].word, whole.unused) == ("drifted", ())


def test_every_attribute_must_be_accepted() -> None:
    both = row("aws_lb.x", ["update"], {"tags": {"a": "1"}, "idle": 1}, {"tags": {"a": "2"}, "idle": 2})
    data = plan(STAYS, resource_drift=[both])
    tags, idle = (
        "match: aws_lb, attributes: [tags], until: 2027-01-31",
        "match: aws_lb, attributes: ['id*'], until: 2027-01-31",
    )
    whole = drift(data, accepted(tags))
    assert (whole.stacks[0].word, whole.unused, len(whole.stacks[0].items[0].partly)) == ("drifted", (), 1)
    assert drift(data, accepted(tags, idle)).stacks[0].word == "clean"
    over = idle.replace("2027", "2026")
    assert drift(data, accepted(tags, over)).stacks[0].word == "drifted"


DANGEROUS = {"deleted": GONE, "permission": MIGHTY, "exposure": OPEN, "protection": BARE}


@pytest.mark.parametrize("danger", DANGEROUS)
def test_dangerous_drift_is_accepted_only_by_name(danger: str) -> None:
    data = plan(STAYS, resource_drift=[DANGEROUS[danger]])
    plain = "match: aws_*, until: 2027-01-31"
    (only,) = drift(data, accepted(plain)).stacks
    assert (only.word, len(only.items[0].refused)) == ("drifted", 1)
    assert drift(data, accepted(f"{plain}, allows: [{danger}]")).stacks[0].word == "clean"


def test_attributes_never_accept_a_deletion() -> None:
    entry = "match: aws_s3_bucket, attributes: [bucket], allows: [deleted], until: 2027-01-31"
    assert drift(plan(STAYS, resource_drift=[GONE]), accepted(entry)).stacks[0].word == "drifted"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("match: a.b, until: 2027-02-30", "drift.accepted[0].until: '2027-02-30' is no day such as 2027-01-31"),
        ("match: a.b, until: soon", "drift.accepted[0].until: 'soon' is no day such as 2027-01-31"),
        ("match: '*', until: 2027-01-31", "drift.accepted[0].match: it would accept everything"),
        ("match: a.b", "Object missing required field `until`"),
        ("match: a.b, until: 2027-01-31, allows: [all]", "Invalid enum value 'all'"),
        ("match: a.b, until: 2027-01-31, access: true", "Object contains unknown field `access`"),
    ],
)
def test_entries_that_say_nothing_are_refused(entry: str, said: str) -> None:
    with pytest.raises(BadConfig) as error:
        accepted(entry)
    assert said in error.value.message


def test_an_entry_needs_an_owner_and_a_reason() -> None:
    for missing in ("owner: ann", "reason: known"):
        text = f"version: 1\ndrift: {{accepted: [{{match: a.b, until: 2027-01-31, {missing}}}]}}\n"
        with pytest.raises(BadConfig, match="missing required field"):
            decode_config(text.encode(), "c.yml")


REAL = {
    "aws/leeclay95--cgep-app-starter-1--plan--0eb6f95.json": 1,
    "aws/snyk--policy-engine--input-golden_test-resource-changes.json": 1,
    "azure/TraderMoe--terraform-delta-visualize--plan.json": 5,
    "azure/oocx--tfplan2md--examples-firewall-rules-demo-plan3.json": 6,
}


@pytest.mark.parametrize("name", REAL)
def test_every_row_of_a_real_plan_is_somewhere(name: str) -> None:
    (only,) = drift((OWN / name).read_bytes()).stacks
    assert len(only.items) + len(only.noise) == REAL[name]


DOCUMENTS = [json.loads((OWN / name).read_bytes()) for name in REAL]
DOCUMENTS.append(json.loads(plan(STAYS, BACK, resource_drift=[TYPE, GONE, MIGHTY, OPEN, BARE])))


@settings(max_examples=60)
@given(st.integers(min_value=0, max_value=2**32))
def test_strange_values_are_told_or_unknown(seed: int) -> None:
    dice = random.Random(seed)
    document = copy.deepcopy(dice.choice(DOCUMENTS))
    for _ in range(dice.randint(1, 2)):
        container, key = dice.choice(places(document["resource_drift"]))
        container[key] = copy.deepcopy(dice.choice(STRANGE))
    whole = drift(json.dumps(document).encode(), accepted("match: aws_*, attributes: [tags], until: 2027-01-31"))
    assert export_drift(whole)
    assert format_drift(whole)
    assert format_drift_markdown(whole, Origin(version="0.0.0"), TEMPLATES, 65_000)
