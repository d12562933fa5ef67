"""What must hold for any plan, made up or real: the verdict, the order of things, masks, records."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.config import Config, SecretsConfig
from bot.environment import EnvironmentName
from bot.mask import HIDDEN, UNKNOWN, conceal, reveal_nothing
from bot.pull_request import PullRequest
from bot.record import Record, Stack, decode_record, encode_record
from bot.report import Origin
from bot.review import Review, Settings, build_stacks, review
from bot.value import canonical
from tests.fuzz.mutation import sources
from tests.support.plans import CATALOG, TEMPLATES, plan, row, run

SEEDS = st.integers(min_value=0, max_value=2**32)
ENVIRONMENTS: tuple[EnvironmentName, ...] = ("dev", "stage", "prod")
MEMBER = {"bucket": "models", "member": "user:ann@acme.dev", "role": "roles/storage.admin", "condition": []}
OPEN = {"name": "x", "ingress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22, "protocol": "tcp"}]}
GUARD = {"bucket": "b", "id": "b", "block_public_acls": True, "block_public_policy": True}
# Values of types that rules of every concern know.
THINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("aws_s3_bucket", {"bucket": "b", "id": "b", "force_destroy": False}),
    ("aws_db_instance", {"identifier": "d", "allocated_storage": 5, "deletion_protection": True}),
    ("aws_security_group", OPEN),
    ("aws_s3_bucket_public_access_block", GUARD),
    ("google_storage_bucket_iam_member", MEMBER),
    ("google_storage_bucket_iam_binding", {"bucket": "models", "members": ["allUsers"], "role": "roles/storage.admin"}),
    ("aws_iam_role_policy_attachment", {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    ("aws_instance", {"instance_type": "p4d.24xlarge"}),
    ("null_resource", {"id": "1"}),
)
PULL = PullRequest(
    number=7, title="Drop it", description="Deletes aws_s3_bucket.x0 and aws_db_instance.x1.", head="a" * 40
)


def a_row(dice: random.Random, number: int, actions: list[str] | None = None) -> dict[str, Any]:
    type_, values = dice.choice(THINGS)
    chosen = actions or dice.choice([["create"], ["update"], ["delete"], ["delete", "create"], ["no-op"], ["forget"]])
    before = None if chosen == ["create"] else {**values, "tags": {"n": "old"}}
    after = (
        None
        if chosen in (["delete"], ["forget"])
        else {**values, "tags": {"n": "old" if chosen == ["no-op"] else "new"}}
    )
    return row(f"{type_}.x{number}", chosen, before, after)


def with_deletion(rows: list[Any], dice: random.Random) -> list[Any]:
    """One more row, which deletes: of a type of ours, or what another row of the same plan is about."""
    number = 1000 + dice.randrange(10**6)
    known = [one for one in rows if isinstance(one, dict) and _values(one) and "address" in one and "type" in one]
    if not known or dice.random() < 0.5:
        more = a_row(dice, number, ["delete"])
    else:
        chosen = dice.choice(known)
        more = row(f"{chosen['type']}.x{number}", ["delete"], _values(chosen), None)
    return [*rows, more] if dice.random() < 0.5 else [more, *rows]


def _values(one: dict[str, Any]) -> Any:
    change = one.get("change") or {}
    values = change.get("before") or change.get("after")
    return values if isinstance(values, dict) and one.get("mode", "managed") == "managed" else None


def judged(
    documents: dict[str, bytes], environment: EnvironmentName = "prod", pull: PullRequest | None = None
) -> Review:
    stacks = [one for name, data in documents.items() for one in build_stacks(name, data, SecretsConfig())]
    return review(
        stacks,
        Settings(
            config=Config(),
            catalog=CATALOG,
            templates=TEMPLATES,
            environment=environment,
            pull_request=pull,
            origin=Origin(version="0.0.0"),
        ),
    )


# --- the verdict is monotone -----------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(SEEDS)
@example(44801)  # a policy is attached by one resource while the deletion detaches it
@example(1788)
def test_one_more_deletion_never_lowers_the_verdict(seed: int) -> None:
    dice = random.Random(seed)
    rows = [a_row(dice, number) for number in range(dice.randint(0, 5))]
    environment, pull = dice.choice(ENVIRONMENTS), dice.choice([None, PULL])
    before = judged({"default": plan(*rows)}, environment, pull).report.state
    after = judged({"default": plan(*with_deletion(rows, dice))}, environment, pull).report.state
    assert after >= before


@settings(max_examples=100)
@given(SEEDS)
def test_one_more_deletion_never_lowers_the_verdict_of_a_real_plan(seed: int) -> None:
    dice = random.Random(seed)
    _, data = dice.choice(sources())
    document = json.loads(data)
    environment, pull = dice.choice(ENVIRONMENTS), dice.choice([None, PULL])
    before = judged({"default": json.dumps(document).encode()}, environment, pull).report.state
    if not isinstance(document.get("resource_changes"), list):
        return
    document["resource_changes"] = with_deletion(document["resource_changes"], dice)
    assert judged({"default": json.dumps(document).encode()}, environment, pull).report.state >= before


@settings(max_examples=30)
@given(SEEDS)
def test_one_more_stack_never_lowers_the_verdict(seed: int) -> None:
    dice = random.Random(seed)
    documents = {f"s{n}": plan(*(a_row(dice, number) for number in range(dice.randint(0, 3)))) for n in range(3)}
    fewer = dict(list(documents.items())[: dice.randint(1, 2)])
    assert judged(documents).report.state >= judged(fewer).report.state


# --- the order of things is nothing ----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(SEEDS)
def test_the_order_of_rows_is_nothing(seed: int) -> None:
    dice = random.Random(seed)
    document = json.loads(dice.choice(sources())[1])
    first = run(json.dumps(document).encode())
    for name in ("resource_changes", "resource_drift", "deferred_changes", "checks", "action_invocations"):
        if isinstance(document.get(name), list):
            dice.shuffle(document[name])
    other = run(json.dumps(document).encode())
    assert other.report.state == first.report.state
    assert other.facts.plan == first.facts.plan
    assert other.publication.comment == first.publication.comment
    assert other.publication.summary == first.publication.summary


@settings(max_examples=30)
@given(SEEDS)
def test_the_order_of_stacks_is_nothing(seed: int) -> None:
    dice = random.Random(seed)
    documents = {f"s{n}": plan(*(a_row(dice, number) for number in range(dice.randint(0, 4)))) for n in range(4)}
    documents["real"] = dice.choice(sources())[1]
    names = dice.sample(list(documents), len(documents))
    first, other = judged(documents), judged({name: documents[name] for name in names})
    assert other.report.state == first.report.state
    assert other.facts.plan == first.facts.plan
    assert other.publication.comment == first.publication.comment


# --- masks -----------------------------------------------------------------------------------------------------------

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)
MASKS = st.recursive(
    st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


class Nothing:
    """A censor that finds nothing."""

    def leaf(self, value: Any, path: tuple[str | int, ...]) -> Any:
        return value

    def key(self, text: str) -> str:
        return text


def masked(value: Any, marks: Any, other: Any, unknown: Any) -> Any:
    return reveal_nothing(conceal(value, marks, other, unknown, Nothing()))


@settings(max_examples=300)
@given(TREES, MASKS | TREES, MASKS | TREES, MASKS | TREES)
def test_masking_is_total_and_idempotent(value: Any, marks: Any, other: Any, unknown: Any) -> None:
    once = masked(value, marks, other, unknown)
    twice = masked(once, marks, other, unknown)
    assert canonical(masked(twice, marks, other, unknown)) == canonical(twice)
    assert _leaves(twice) <= _leaves(once) | {canonical(HIDDEN), canonical(UNKNOWN), b"null"}


@settings(max_examples=300)
@given(TREES, MASKS)
def test_what_is_marked_is_never_there(value: Any, marks: Any) -> None:
    """Values are made unique first, so that a marked one is not there for another reason."""
    unique, marked = _number(value, marks, [0])
    for one in (masked(unique, marks, False, False), masked(unique, False, marks, False)):
        assert not marked & _leaves(one)


def _number(value: Any, marks: Any, counter: list[int]) -> tuple[Any, set[bytes]]:
    """The value with a number for each leaf, and the leaves that ``marks`` marks."""
    if isinstance(value, dict):
        made = {key: _number(child, _below(marks, key), counter) for key, child in value.items()}
        return {key: child for key, (child, _) in made.items()}, set().union(*(found for _, found in made.values()))
    if isinstance(value, list):
        items = [_number(child, _below(marks, index), counter) for index, child in enumerate(value)]
        return [child for child, _ in items], set().union(*(found for _, found in items))
    counter[0] += 1
    leaf = f"leaf {counter[0]}"
    return leaf, {canonical(leaf)} if marks is True else set()


def _below(marks: Any, step: str | int) -> Any:
    if marks is True:
        return True
    if isinstance(marks, dict) and isinstance(step, str):
        return marks.get(step, False)
    return marks[step] if isinstance(marks, list) and isinstance(step, int) and step < len(marks) else False


def _leaves(node: Any) -> set[bytes]:
    if isinstance(node, dict | list):
        children = node.values() if isinstance(node, dict) else node
        return set().union(*map(_leaves, children))
    return {canonical(node)}


@settings(max_examples=30)
@given(SEEDS)
def test_a_record_reviewed_is_the_plan_reviewed(seed: int) -> None:
    """Masking what is masked already, the stack of a record, changes nothing."""
    dice = random.Random(seed)
    made = run(dice.choice(sources())[1])
    (stack,) = made.facts.stacks
    record = Record(tool="0.0.0", stack=stack, head="a" * 40, run_id="5", run_attempt=2, environment="prod")
    data = encode_record(record)
    assert decode_record(data) == record
    assert encode_record(decode_record(data)) == data
    if stack.problem is None:
        again = run(data)
        assert again.publication.comment == made.publication.comment
        assert again.report.state == made.report.state


RECORDS = st.builds(
    Record,
    tool=st.text(max_size=5),
    stack=st.builds(Stack, name=st.text(max_size=5), digest=st.text(max_size=5), head=st.text(max_size=5)),
    head=st.text(max_size=5),
    run_id=st.text(max_size=5),
    run_attempt=st.integers(0, 2**31),
    environment=st.text(max_size=5),
)


@given(RECORDS)
def test_any_record_round_trips(record: Record) -> None:
    assert decode_record(encode_record(record)) == record
    assert encode_record(decode_record(encode_record(record))) == encode_record(record)


# --- what the digest leaves out --------------------------------------------------------------------------------------


def _timestamps(document: Any) -> None:
    document["timestamp"] = "2031-01-01T00:00:00Z"


def _tools(document: Any) -> None:
    document["terraform_version"] = "9.9.9"


def _reads(document: Any) -> None:
    read = row("data.a_b.more", ["read"], None, {"x": 1}, mode="data", type="a_b")
    document["resource_changes"] = [read, *(document.get("resource_changes") or [])]


def _same(document: Any) -> None:
    same = row("a_b.stays", ["no-op"], {"x": 1}, {"x": 1})
    document["resource_changes"] = [*(document.get("resource_changes") or []), same]


def _drift(document: Any) -> None:
    document["resource_drift"] = [row("a_b.drifts", ["update"], {"x": 1}, {"x": 2})]


def _configuration(document: Any) -> None:
    document["relevant_attributes"] = [{"resource": "a_b.c", "attribute": ["x"]}]


@pytest.mark.parametrize("differs", [_timestamps, _tools, _reads, _same, _drift, _configuration])
def test_the_digest_of_a_real_plan_leaves_out(differs: Any) -> None:
    for _, data in sources()[::5]:
        document = json.loads(data)
        other = copy.deepcopy(document)
        differs(other)
        left, right = (run(json.dumps(one).encode()).facts for one in (document, other))
        if left.stacks[0].problem is None:
            assert right.plan == left.plan
            assert left.plan


@settings(max_examples=100)
@given(SEEDS)
def test_the_digest_of_a_real_plan_leaves_out_nothing_else(seed: int) -> None:
    """A leaf of a value that changes and is known, of another content: another digest."""
    dice = random.Random(seed)
    rows = [one for one in (a_row(dice, number) for number in range(3)) if one["change"]["actions"] != ["no-op"]]
    before = run(plan(*rows)).facts.plan
    if not rows:
        return
    chosen = dice.choice(rows)
    side = dice.choice([name for name in ("before", "after") if chosen["change"][name] is not None])
    chosen["change"][side]["tags"]["n"] = "another"
    assert run(plan(*rows)).facts.plan != before
