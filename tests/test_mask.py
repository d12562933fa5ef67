"""Terraform's masks: both sides, any shape."""

from typing import Any

import pytest

from bot.mask import HIDDEN, UNKNOWN, Path, Secret, any_true, conceal, prune, reveal_nothing


class Open:
    """A censor that finds nothing."""

    def leaf(self, value: Any, path: Path) -> Any:
        return value

    def key(self, text: str) -> str:
        return text


class HidesKeys(Open):
    def key(self, text: str) -> str:
        return HIDDEN if text.startswith("s") else text


def shown(value: Any, marks: Any = False, other: Any = False, unknown: Any = False) -> Any:
    return reveal_nothing(conceal(value, marks, other, unknown, Open()))


@pytest.mark.parametrize(
    ("value", "marks", "other", "unknown", "result"),
    [
        ({"a": 1}, False, False, False, {"a": 1}),
        ({"a": 1}, True, False, False, HIDDEN),
        ({"a": 1}, False, True, False, HIDDEN),
        ({"a": 1, "b": 2}, {"a": True}, {}, False, {"a": HIDDEN, "b": 2}),
        ({"a": 1, "b": 2}, {}, {"a": True}, False, {"a": HIDDEN, "b": 2}),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": True}]}, {}, False, {"a": [{"b": HIDDEN, "c": 2}]}),
        # either side's element marks hide that attribute in every element: elements do not correspond
        ([{"b": 1}, {"b": 2}], [{}, {}], [{"b": True}], False, [{"b": HIDDEN}, {"b": HIDDEN}]),
        # a mask of another shape than its value hides the whole value
        ("text", {"a": True}, False, False, HIDDEN),
        ([1, 2], {"a": True}, False, False, HIDDEN),
        ([1, 2, 3], [True, False], False, False, HIDDEN),
        ({"a": 1}, "strange", False, False, HIDDEN),
        # empty containers in a mask mark nothing, whatever the shape
        ("text", {"a": {}}, False, False, "text"),
        # unknown
        ({}, False, False, {"a": True}, {"a": UNKNOWN}),
        (None, False, False, True, UNKNOWN),
        ({"a": [None, 1]}, False, False, {"a": [True, False]}, {"a": [UNKNOWN, 1]}),
        ({}, {"a": True}, False, {"a": True}, {"a": UNKNOWN}),
        (None, True, False, False, None),  # there is nothing to hide
        (None, False, False, False, None),
    ],
)
def test_conceal(value: Any, marks: Any, other: Any, unknown: Any, result: Any) -> None:
    assert shown(value, marks, other, unknown) == result


def test_secrets_compare_without_showing() -> None:
    assert Secret("a") == Secret("a", marked=True)
    assert Secret("a") != Secret("b")
    assert Secret(1) != Secret(True)
    assert repr(Secret("a")) == "Secret()"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_hidden_keys_stay_apart() -> None:
    tree = conceal({"s1": 1, "s2": 2, "open": 3}, False, False, False, HidesKeys())
    assert reveal_nothing(tree) == {HIDDEN: 1, f"{HIDDEN} #2": 2, "open": 3}


def test_any_true() -> None:
    masks: list[Any] = [True, False, {}, [], {"a": [{"b": True}]}, {"a": [{}]}, None]
    assert [any_true(mask) for mask in masks] == [
        True,
        False,
        False,
        False,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("mask", "result"),
    [
        (True, True),
        (None, False),
        ({}, False),
        ([False, {}], False),
        ({"a": True, "b": {"c": [{}]}}, {"a": True}),
        ([False, {"a": {}}, True], [False, False, True]),  # elements keep their places
        ({"a": "strange"}, {"a": "strange"}),
    ],
)
def test_prune(mask: Any, result: Any) -> None:
    assert prune(mask) == result
