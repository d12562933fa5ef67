"""How a difference reads."""

from base64 import b64encode
from hashlib import sha256
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
        (1, 2, ["  a", "-   1", "+   2"]),
        ("x", "y", ["  a", '-   "x"', '+   "y"']),
        (None, True, ["+ a = true"]),
        (True, None, ["- a = true"]),
        ({"b": 1}, ["x"], ["  a", '-   {"b":1}', '+   ["x"]']),
        (["x", "y"], ["y", "z"], ["  a", '-   "x"', '+   "z"', "  (1 unchanged)"]),
        (["x"], ["x", "x"], ["  a", '+   "x"', "  (1 unchanged)"]),
        (["x", "y"], ["y", "x"], ["  a", '-   ["x","y"]', '+   ["y","x"]']),
        ("one\ntwo\nthree\n", "one\n2\nthree\n", ["  a", "    one", "-   two", "+   2", "    three"]),
    ],
)
def test_updates(before: Any, after: Any, result: list[str]) -> None:
    assert lines(before, after) == result


def test_creations_and_deletions_take_one_line() -> None:
    assert lines(None, "x", created=True) == ['+ a = "x"']
    assert lines("x", None, deleted=True) == ['- a = "x"']


def test_long_values_fold_and_say_their_size() -> None:
    assert lines("x" * 400, None) == [
        '- a = "' + "x" * 60 + '…" (400 bytes, sha256 ' + sha256(b"x" * 400).hexdigest()[:12] + "…)"
    ]
    assert lines(None, [1] * 400, created=True)[:3] == ["+ a", "+   1", "+   1"]
    assert lines("y", "x" * 400)[2].endswith("… (102 more characters)")


def test_what_is_left_out_is_counted() -> None:
    many = lines("\n".join("abcdefgh" * 20), "\n".join("ijklmnop" * 20))
    assert len(many) == 1 + 20 + 1 + 20 + 1
    assert (many[21], many[42]) == ("- … 140 more lines", "+ … 140 more lines")
    mixed = lines("\n".join(f"{i}\nsame{i}" for i in range(100)), "\n".join(f"{i}!\nsame{i}" for i in range(100)))
    assert len(mixed) == 1 + 60 + 1
    assert mixed[-1] == "  … 240 more lines (80 come, 80 go)"


def test_notes_take_the_place_of_values() -> None:
    change = AttributeChange(path=("a",), before=[1, 2], after=[2, 1], note="order", forces_replacement=True)
    assert list_lines(change) == [(" ", "a  # same elements, other order, forces replacement")]


def test_an_unknown_value_says_what_it_replaces() -> None:
    unknown = AttributeChange(path=("p",), before=1, unknown=True)
    assert list_lines(unknown) == [(" ", "p = 1 → (known after apply)")]
    forcing = AttributeChange(path=("p",), before=1, unknown=True, forces_replacement=True)
    assert list_lines(forcing) == [(" ", "p  # forces replacement"), ("-", "  1"), ("+", "  (known after apply)")]
    new = AttributeChange(path=("p",), unknown=True)
    assert list_lines(new) == [("+", "p = (known after apply)")]


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
    assert told == ["  a", "-   …" + "x" * 40 + "old" + "y" * 10 + '"', "+   …" + "x" * 40 + "new" + "y" * 10 + '"']
    both = lines("x" * 400 + "old" + "y" * 400, "x" * 400 + "new" + "y" * 400)
    assert both == ["  a", f"-   …{'x' * 40}old{'y' * 40}…", f"+   …{'x' * 40}new{'y' * 40}…"]


def test_too_large_to_compare_is_said() -> None:
    large = list_lines(AttributeChange(path=("a",), before=["x"] * 400, after=["y"] * 401, note="large"))
    assert large == [
        (" ", "a  # too much differs to show it part by part"),
        ("-", '  ["x","x","x","x","x","x","x","x","x","x","x","x","x","x","x"… (400 elements, 1,601 bytes)'),
        ("+", '  ["y","y","y","y","y","y","y","y","y","y","y","y","y","y","y"… (401 elements, 1,605 bytes)'),
    ]


def test_what_nobody_reads_is_only_named() -> None:
    inside = bytes(range(256)) * 2
    assert lines(None, b64encode(inside).decode())[0].startswith("+ a = (base64 of 512 bytes, sha256 ")
    body = b64encode(inside).decode()
    told = lines(None, f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    assert told[0].startswith("+ a = (CERTIFICATE, 739 bytes, sha256 ")


def test_a_text_with_hidden_parts_has_no_digest() -> None:
    assert lines(None, "x" * 400 + "(sensitive value)")[0].endswith('…" (417 bytes)')


def test_spaces_at_the_end_of_a_line_are_seen() -> None:
    assert lines("a\nb \nc\nd", "a\nb\nc\ne")[:4] == ["  a", "    a", "-   b·", "+   b"]
