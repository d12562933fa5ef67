"""What holds for any two values: nothing that changes is missing, nothing that stays is told, and no end is slow."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.attribute_lines import MOST, list_lines
from bot.difference import AttributeChange, list_differences
from bot.pairing import content

SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b", "a\nb", "a\nc\n", '{"x":1}', "1"])
)
KEYS = st.sampled_from(["name", "id", "key", "v", "w", "command", "x.y"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)
NOISE = ("order", "formatting", "line-ends", "empty")


def differences(before: Any, after: Any) -> list[AttributeChange]:
    return list(list_differences(before, after, ()))


def same_but_for_noise(before: Any, after: Any) -> bool:
    """Equal where lists are sets, null is empty, and text is its meaning."""
    return bool(plain(before) == plain(after))


def plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: value for key, child in node.items() if (value := plain(child)) not in (None, {}, [])}
    if isinstance(node, list):
        return sorted((plain(child) for child in node), key=repr)
    return None if node == "" else node


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(OBJECTS, OBJECTS)
def test_no_difference_is_told_only_where_there_is_none(before: Any, after: Any) -> None:
    told = differences(before, after)
    if not told:
        assert content(drop_nulls(before)) == content(drop_nulls(after))
    if all(change.note in NOISE for change in told):
        assert same_but_for_noise(before, after)


def drop_nulls(node: Any) -> Any:
    """An attribute that is null and one that is not there are the same."""
    if isinstance(node, dict):
        return {key: drop_nulls(child) for key, child in node.items() if child is not None}
    return [drop_nulls(child) for child in node] if isinstance(node, list) else node


MAPS = st.recursive(
    st.integers(0, 2) | st.sampled_from(["a", "b"]),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=9,
)


def leaves(node: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if not isinstance(node, dict):
        return {path: node}
    return {where: leaf for key, child in node.items() for where, leaf in leaves(child, (*path, key)).items()}


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.dictionaries(KEYS, MAPS, max_size=4), st.dictionaries(KEYS, MAPS, max_size=4))
def test_every_leaf_that_differs_is_told_and_no_other(before: Any, after: Any) -> None:
    old, new = leaves(before), leaves(after)
    changed = {path for path in {*old, *new} if old.get(path) != new.get(path)}
    told = [change.path for change in differences(before, after)]
    assert all(any(path[: len(start)] == start for start in told) for path in changed)
    kept = {path for path in old if path in new and old[path] == new[path]}
    assert not any(path[: len(start)] == start for start in told for path in kept)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(OBJECTS)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert differences(value, value) == []


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(OBJECTS, OBJECTS)
def test_what_is_told_as_changed_differs(before: Any, after: Any) -> None:
    for change in differences(before, after):
        assert content(change.before) != content(change.after)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(OBJECTS, st.sampled_from(["name", "v"]), SCALARS, SCALARS)
def test_a_change_of_one_attribute_is_one_change_at_its_path(rest: Any, key: str, old: Any, new: Any) -> None:
    before, after = {**rest, key: old}, {**rest, key: new}
    assert {change.path[0] for change in differences(before, after)} <= {key}


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(OBJECTS, OBJECTS)
@example({"key": {}}, {"key": {"name": None}})
def test_every_change_is_seen_in_the_lines(before: Any, after: Any) -> None:
    for change in differences(before, after):
        lines = list_lines(change)
        assert change.note in NOISE or any(sign in "+-" for sign, _ in lines)
        assert [text for sign, text in lines if sign == "-"] != [text for sign, text in lines if sign == "+"] or (
            change.note in NOISE
        )
        assert all("\n" not in text for _, text in lines)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(VALUES, VALUES)
def test_no_line_of_a_value_stands_where_a_path_stands(before: Any, after: Any) -> None:
    for change in differences({"p": before}, {"p": after}):
        head, *rest = list_lines(change)
        assert head[1].startswith("p")
        assert all(text.startswith(("  ", "… ", "(", "p[", "p.")) or not text for _, text in rest)


def members(number: int) -> Iterator[dict[str, Any]]:
    yield from ({"value": i, "text": f"t{i}", "more": [i, i]} for i in range(number))


@pytest.mark.parametrize("given", ["another order", "one changed", "all changed", "all named anew", "texts"])
def test_ten_thousand_elements_end(given: str) -> None:
    before: list[Any] = list(members(10_000))
    after: list[Any] = {
        "another order": before[::-1],
        "one changed": [*before[:5_000], {"value": -1, "text": "t5000", "more": []}, *before[5_001:]],
        "all changed": [{**item, "value": -1} for item in before],
        "all named anew": [{**item, "name": f"n{i}"} for i, item in enumerate(before)],
        "texts": [f"a\n{i}" for i in range(10_000)],
    }[given]
    told = differences({"x": before}, {"x": after})
    assert len(told) == {"another order": 1, "one changed": 2}.get(given, 1)
    assert sum(len(list_lines(change)) for change in told) <= 3 * (MOST + 2)
