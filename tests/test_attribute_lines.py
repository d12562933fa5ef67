"""How a difference reads."""

from typing import Any

import pytest

from bot.attribute_lines import format_path, list_lines
from bot.difference import AttributeChange


def lines(before: Any, after: Any, **more: Any) -> list[str]:
    told = list_lines(AttributeChange(path=("a",), before=before, after=after), **more)
    return [f"{sign} {text}" for sign, text in told]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("disk", 0, "size"), "disk[0].size"),
        (("labels", "a.b"), 'labels["a.b"]'),
        (("", "x"), '[""].x'),
        (("ü",), '["ü"]'),
    ],
)
def test_paths(path: tuple[str | int, ...], text: str) -> None:
    assert format_path(path) == text


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        (1, 2, ["  a", "- 1", "+ 2"]),
        ("x", "y", ["  a", '- "x"', '+ "y"']),
        (None, True, ["  a", "- null", "+ true"]),
        ({"b": 1}, {"b": 2}, ["  a", '- {"b":1}', '+ {"b":2}']),
        (["x", "y"], ["y", "z"], ["  a", '- "x"', '+ "z"', "  (1 unchanged)"]),
        (["x"], ["x", "x"], ["  a", '- ["x"]', '+ ["x","x"]']),
        ("one\ntwo\nthree\n", "one\n2\nthree\n", ["  a", "  one", "- two", "+ 2", "  three"]),
    ],
)
def test_updates(before: Any, after: Any, result: list[str]) -> None:
    assert lines(before, after) == result


def test_creations_and_deletions_take_one_line() -> None:
    assert lines(None, "x", created=True) == ['+ a = "x"']
    assert lines("x", None, deleted=True) == ['- a = "x"']


def test_long_values_are_shortened_and_say_so() -> None:
    assert lines("x" * 400, "y")[1].endswith("… (102 more characters)")
    many = lines("\n".join("abcdefgh" * 20), "\n".join("ijklmnop" * 20))
    assert len(many) == 62
    assert many[-1].endswith(" more lines")


def test_notes_take_the_place_of_values() -> None:
    change = AttributeChange(path=("a",), before=[1, 2], after=[2, 1], note="order", forces_replacement=True)
    assert list_lines(change) == [(" ", "a  # same elements, other order, forces replacement")]


def test_an_unknown_value_says_what_it_replaces() -> None:
    unknown = AttributeChange(path=("p",), before=1, unknown=True)
    assert list_lines(unknown) == [(" ", "p"), ("-", "1"), ("+", "(known after apply)")]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "p  # sensitive: changed"),
        ({"unknown": True}, "p  # sensitive: changed, known after apply"),
        ({"note": "sensitivity"}, "p  # unchanged, only its sensitivity changes"),
        ({"forces_replacement": True}, "p  # sensitive: changed, forces replacement"),
    ],
)
def test_of_a_secret_only_changed_or_unchanged_is_told(change: dict[str, Any], text: str) -> None:
    assert list_lines(AttributeChange(path=("p",), secret=True, **change)) == [(" ", text)]


def test_a_secret_that_comes_or_goes() -> None:
    secret = AttributeChange(path=("p",), secret=True)
    assert list_lines(secret, created=True) == [("+", "p = (sensitive value)")]
    assert list_lines(secret, deleted=True) == [("-", "p = (sensitive value)")]


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("order", "same elements, other order"),
        ("formatting", "only its formatting changes"),
        ("line-ends", "only line ends or spaces before them change"),
        ("empty", "null and empty: no difference"),
    ],
)
def test_what_is_noted(note: str, words: str) -> None:
    assert list_lines(AttributeChange(path=("a",), before=1, after=2, note=note)) == [(" ", f"a  # {words}")]


def test_the_element_of_a_list_is_named() -> None:
    change = AttributeChange(path=("rule", 3, "port"), before=1, after=2, item='name "web"', forces_replacement=True)
    assert list_lines(change)[0] == (" ", 'rule[3].port  # name "web", forces replacement')


def test_long_values_are_shown_from_where_they_differ() -> None:
    told = lines("x" * 400 + "old" + "y" * 10, "x" * 400 + "new" + "y" * 10)
    assert told == ["  a", "- …" + "x" * 40 + "old" + "y" * 10 + '"', "+ …" + "x" * 40 + "new" + "y" * 10 + '"']


def test_too_large_to_compare_is_said() -> None:
    told = lines(
        ["x"] * 400,
        ["y"] * 400,
    )
    assert told[0] == "  a"
    large = list_lines(AttributeChange(path=("a",), before="x" * 400, after="y" * 400, note="large"))
    assert large == [
        (" ", "a  # too large to compare, shown whole"),
        ("-", '"' + "x" * 299 + "… (102 more characters)"),
        ("+", '"' + "y" * 299 + "… (102 more characters)"),
    ]
