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
        ("one\ntwo\nthree\n", "one\n2\nthree\n", ["  a", "  …", "  one", "- two", "+ 2", "  three"]),
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


def test_secret_and_unknown() -> None:
    secret = AttributeChange(path=("p",), secret=True, unknown=True)
    assert list_lines(secret) == [(" ", "p"), ("-", "(sensitive value)"), ("+", "(known after apply)")]
    unknown = AttributeChange(path=("p",), before=1, unknown=True)
    assert list_lines(unknown) == [(" ", "p"), ("-", "1"), ("+", "(known after apply)")]
