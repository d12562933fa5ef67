"""Digests and deltas."""

from collections.abc import Mapping
from typing import Any

from bot.compare import compare_plans, digest_changes, digest_deletions
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
