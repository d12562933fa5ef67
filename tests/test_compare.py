"""Digests and deltas."""

import copy
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bot.changes import ChangeSet
from bot.compare import compare_plans, digest_changes, digest_deletions, digest_stacks
from bot.config import SecretsConfig, VolatileRule
from bot.record import Problem, Record, Stack, encode_record
from bot.review import build_stacks
from tests.support.plans import changes, plan, row, run

ONE = row("a_b.one", ["update"], {"x": 1}, {"x": 2})
TWO = row("a_b.two", ["delete"], {"x": 1})


def test_the_digest_is_of_what_would_be_done() -> None:
    digest = digest_changes(changes(ONE, TWO))
    assert digest.startswith("sha256:")
    assert digest == digest_changes(changes(TWO, ONE, timestamp="2027-01-01T00:00:00Z", terraform_version="1.12.0"))
    assert digest == digest_changes(changes(ONE, TWO, row("data.a.b", ["read"], None, {}, mode="data")))
    assert digest != digest_changes(changes(ONE))
    assert digest != digest_changes(changes(row("a_b.one", ["update"], {"x": 1}, {"x": 3}), TWO))


def test_the_digest_of_deletions_covers_address_key_and_action() -> None:
    def digest(*rows: Mapping[str, Any]) -> str:
        return digest_deletions(run(plan(*rows)).facts.deletions)

    base = digest(TWO)
    assert base == digest(TWO, ONE)
    assert base == digest(row("a_b.two", ["delete"], {"x": 2}))
    assert base != digest(row("a_b.two", ["delete", "create"], {"x": 1}, {"x": 1}))
    assert base != digest(row("a_b.two", ["delete"], {"x": 1}, deposed="abcd0123"))
    assert base != digest(row("a_b.three", ["delete"], {"x": 1}))
    assert digest(TWO, row("a_b.x", ["delete"], {})) == digest(row("a_b.x", ["delete"], {}), TWO)


def test_what_changed_between_two_plans() -> None:
    later = row("a_b.one", ["update"], {"x": 1}, {"x": 3})
    delta = compare_plans(changes(ONE, TWO), changes(later, row("a_b.three", ["create"], None, {})))
    assert [change.address for change in delta.new] == ["a_b.three"]
    assert [change.address for change in delta.gone] == ["a_b.two"]
    assert [change.address for change in delta.changed] == ["a_b.one"]
    assert compare_plans(changes(ONE), changes(ONE)).empty


def test_another_order_in_a_list_is_the_same_plan() -> None:
    left = row("a_b.one", ["update"], {"x": []}, {"x": [1, 2]})
    right = row("a_b.one", ["update"], {"x": []}, {"x": [2, 1]})
    assert compare_plans(changes(left), changes(right)).empty


def test_one_element_less_is_another_plan_even_where_an_equal_one_stays() -> None:
    left = row("a_b.one", ["update"], {"x": []}, {"x": [1, 1]})
    right = row("a_b.one", ["update"], {"x": []}, {"x": [1]})
    assert [change.address for change in compare_plans(changes(left), changes(right)).changed] == ["a_b.one"]


VOLATILE = (VolatileRule(match="a_b.*", paths=("triggers.always", "etag")),)
WORDS = st.sampled_from(("p", "q", "r"))
ACTIONS = st.sampled_from((("create",), ("update",), ("delete",), ("delete", "create"), ("create", "delete")))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A row of address, action and values; ``etag`` and ``triggers.always`` are the volatile ones."""
    actions = draw(ACTIONS)
    before = {"x": draw(WORDS), "etag": draw(WORDS), "id": "1", "triggers": {"always": "0", "k": draw(WORDS)}}
    after = {"x": draw(WORDS), "etag": draw(WORDS), "triggers": {"always": "1", "k": draw(WORDS)}}
    return row(
        f"a_b.{draw(st.sampled_from('uvwxyz'))}",
        actions,
        None if actions == ("create",) else before,
        None if actions == ("delete",) else after,
        unknown={"id": True} if actions != ("delete",) else None,
    )


def by_address(listed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({one["address"]: one for one in listed}.values())


PLANS = st.lists(rows(), min_size=1, max_size=5).map(by_address)


@given(PLANS, st.randoms(use_true_random=False))
def test_harmless_differences_are_the_same_plan(listed: list[dict[str, Any]], random: Random) -> None:
    other = copy.deepcopy(listed)
    for one in other:
        after = one["change"]["after"]
        if after is not None:
            after["etag"], after["triggers"]["always"] = random.choice("pqrst"), random.choice("pqrst")
            one["change"]["after_unknown"] = {"id": True, "arn": True}  # another value that nobody knows yet
    random.shuffle(other)
    read = row("data.a.b", ["read"], None, {}, mode="data")
    left = changes(*listed)
    right = changes(*other, read, timestamp="2027-01-01T00:00:00Z", terraform_version="1.12.0")
    assert digest_changes(left, VOLATILE) == digest_changes(right, VOLATILE)
    assert compare_plans(left, right, VOLATILE).empty


@given(PLANS, st.sampled_from(("address", "action", "deposed", "value", "gone")))
def test_whatever_counts_makes_another_plan(listed: list[dict[str, Any]], what: str) -> None:
    other = copy.deepcopy(listed)
    one, change = other[0], other[0]["change"]
    if what == "address":
        one["address"] += "_x"
    elif what == "action":
        change["actions"] = ["forget"] if change["actions"] == ["delete"] else ["delete"]
    elif what == "deposed":
        one["deposed"] = "abcd0123"
    elif what == "value":
        side = change["after"] or change["before"]
        side["x"] = "changed"
    else:
        other = other[1:]
    left, right = changes(*listed), changes(*other)
    assert digest_changes(left, VOLATILE) != digest_changes(right, VOLATILE)
    assert not compare_plans(left, right, VOLATILE).empty


def test_everything_volatile_hides_no_row_no_action_and_nothing_that_goes_away() -> None:
    anything = (VolatileRule(match="*", paths=("*",)),)
    update, replace = ["update"], ["delete", "create"]
    first = changes(row("a_b.one", update, {"x": 1}, {"x": 2}))
    assert digest_changes(first, anything) == digest_changes(
        changes(row("a_b.one", update, {"x": 1}, {"x": 3})), anything
    )
    assert digest_changes(first, anything) != digest_changes(changes(), anything)
    assert digest_changes(first, anything) != digest_changes(
        changes(row("a_b.one", replace, {"x": 1}, {"x": 2})), anything
    )
    lost = [digest_changes(changes(row("a_b.one", replace, {"id": n}, {"x": 2})), anything) for n in ("1", "2")]
    assert lost[0] != lost[1]


def test_a_replacement_by_a_volatile_trigger_is_the_same_every_time() -> None:
    rule = (VolatileRule(match="null_resource", paths=("triggers.always",)),)

    def made(after: str) -> str:
        triggers = ({"always": "1", "hash": "h"}, {"always": after, "hash": "h"})
        replaced = row("null_resource.r", ["delete", "create"], {"triggers": triggers[0]}, {"triggers": triggers[1]})
        replaced["change"]["replace_paths"] = [["triggers"]]
        return digest_changes(changes(replaced), rule)

    assert made("2") == made("3")


def test_a_hidden_value_that_changes_is_never_volatile_by_looking_the_same() -> None:
    rule = (VolatileRule(match="a_b.*", paths=("other",)),)
    secret = row(
        "a_b.one", ["update"], {"x": "p"}, {"x": "q"}, before_sensitive={"x": True}, after_sensitive={"x": True}
    )
    still = row(
        "a_b.one", ["update"], {"x": "p"}, {"x": "p"}, before_sensitive={"x": True}, after_sensitive={"x": True}
    )
    assert digest_changes(changes(secret), rule) != digest_changes(changes(still), rule)


def test_an_element_that_is_known_by_name_may_stand_elsewhere() -> None:
    def made(*names: str) -> ChangeSet:
        old = [{"name": name, "size": 1} for name in names]
        new = [{"name": name, "size": 2 if name == "q" else 1} for name in names]
        return changes(row("a_b.one", ["update"], {"x": old}, {"x": new}))

    assert digest_changes(made("p", "q")) == digest_changes(made("q", "p"))


def test_outputs_and_deferred_changes_count_as_well() -> None:
    def output(word: str) -> ChangeSet:
        change = {"actions": ["create"], "before": None, "after": word, "after_unknown": False}
        return changes(ONE, output_changes={"o": {**change, "before_sensitive": False, "after_sensitive": False}})

    assert compare_plans(output("p"), output("q")).others == ("output.o",)
    late = changes(ONE, deferred_changes=[{"reason": "resource_config_unknown", "resource_change": TWO}])
    assert [change.address for change in compare_plans(changes(ONE), late).new] == ["a_b.two"]
    assert digest_changes(changes(ONE)) != digest_changes(late)


def test_the_digest_of_all_stacks() -> None:
    one, two = Stack(name="one", plan=changes(ONE)), Stack(name="two", plan=changes(TWO))
    assert digest_stacks((one, two)) == digest_stacks((two, one)) != digest_stacks((one,))
    assert digest_stacks((one, Stack(name="x", problem=Problem("m", "a")))) == ""
    assert digest_stacks(()) == ""


def test_the_digest_of_a_record_is_not_taken_from_it() -> None:
    """A fork's run writes its record, and ticks stay while the digest does."""
    (stack,) = build_stacks("one", plan(ONE), SecretsConfig())
    forged = encode_record(Record(tool="1.0.0", stack=structs.replace(stack, digest="sha256:" + "0" * 64)))
    (found,) = build_stacks("one", forged, SecretsConfig())
    assert found.digest == stack.digest == digest_changes(stack.plan)
