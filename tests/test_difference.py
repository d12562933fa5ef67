"""What differs: sets, order, identity, JSON in text, unknown and secret leaves."""

import json
from typing import Any

import pytest

from bot.difference import AttributeChange, list_differences
from bot.mask import UNKNOWN_LEAF, Secret


def differences(before: Any, after: Any, *replace_paths: tuple[str | int, ...]) -> list[AttributeChange]:
    return list(list_differences(before, after, replace_paths))


def told(before: Any, after: Any) -> list[tuple[Any, ...]]:
    return [(change.path, change.before, change.after) for change in differences(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [(("b",), 2, 3)]),
        ({"a": 1}, {}, [(("a",), 1, None)]),
        ({"a": None}, {}, []),
        ({"a": 1}, {"a": True}, [(("a",), 1, True)]),
        (None, {"a": {"b": 1}}, [(("a",), None, {"b": 1})]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [(("a", "c"), 2, 3)]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [(("a",), [1, 2], [1, 3])]),
        # paired by content, then by identity
        (
            {"a": [{"name": "x", "v": 1}, {"name": "y", "v": 1}]},
            {"a": [{"name": "y", "v": 2}, {"name": "x", "v": 1}]},
            [(("a", 0, "v"), 1, 2)],
        ),
        # as many go as come, nothing identifies them: in order
        ({"a": [{"v": 1}, {"v": 2}]}, {"a": [{"v": 1}, {"v": 3}]}, [(("a", 1, "v"), 2, 3)]),
        # one more comes
        ({"a": [{"v": 1}]}, {"a": [{"v": 2}, {"v": 1}]}, [(("a", 0), None, {"v": 2})]),
        ({"a.b": {"": 1}}, {"a.b": {"": 2}}, [(("a.b", ""), 1, 2)]),
    ],
)
def test_pairs(before: Any, after: Any, result: list[tuple[Any, ...]]) -> None:
    assert told(before, after) == result


def test_another_order_of_the_same_elements_is_only_noted() -> None:
    (change,) = differences({"a": [{"v": 1}, {"v": 2}]}, {"a": [{"v": 2}, {"v": 1}]})
    assert (change.path, change.note) == (("a",), "order")


def test_json_in_text_is_compared_inside() -> None:
    old, new = json.dumps({"S": [{"Sid": "a", "E": "Allow"}]}), json.dumps({"S": [{"Sid": "a", "E": "Deny"}]}, indent=1)
    assert told({"policy": old}, {"policy": new}) == [(("policy", "S", 0, "E"), "Allow", "Deny")]


def test_other_formatting_of_the_same_json_is_only_noted() -> None:
    (change,) = differences({"p": '{"a": 1}'}, {"p": '{"a":1}'})
    assert change.note == "formatting"


def test_json_bombs_in_text_stay_text() -> None:
    bomb = "[" * 5000 + "]" * 5000
    assert told({"p": bomb}, {"p": bomb + " "}) == [(("p",), bomb, bomb + " ")]


def test_unknown_and_secret_leaves() -> None:
    after = {
        "id": UNKNOWN_LEAF,
        "p": Secret("new"),
        "q": Secret(None, "(known after apply)"),
        "r": Secret("same", marked=True),
    }
    before = {"id": "i-1", "p": Secret("old"), "q": Secret("old"), "r": Secret("same")}
    assert [(c.path, c.before, c.after, c.secret, c.unknown, c.note) for c in differences(before, after)] == [
        (("id",), "i-1", None, False, True, ""),
        (("p",), None, None, True, False, ""),
        (("q",), None, None, True, True, ""),
        (("r",), None, None, True, False, "sensitivity"),
    ]


def test_text_with_a_secret_inside_shows_the_rest() -> None:
    before, after = Secret("a=1 p=x", "a=1 p=(sensitive value)"), Secret("a=2 p=x", "a=2 p=(sensitive value)")
    assert told({"t": before}, {"t": after}) == [(("t",), "a=1 p=(sensitive value)", "a=2 p=(sensitive value)")]


@pytest.mark.parametrize(
    ("path", "forces"),
    [(("disk", 0, "size"), True), (("disk",), True), (("disk", 1), False), (("name",), False)],
)
def test_what_forces_the_replacement(path: tuple[str | int, ...], forces: bool) -> None:
    (change,) = differences({"disk": [{"size": 1}]}, {"disk": [{"size": 2}]}, path)
    assert change.forces_replacement is forces
