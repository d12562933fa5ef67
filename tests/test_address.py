"""Addresses: names, keys with anything in them, order, globs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import family, map_keys, match_glob, name_key, sort_key, split_address


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("aws_x.y", ("aws_x", "y")),
        ("module.m.aws_x.y[0]", ("module", "m", "aws_x", "y", "[0]")),
        ('module.a["x.y[0]"].b.c["d\\"]e"]', ("module", "a", '["x.y[0]"]', "b", "c", '["d\\"]e"]')),
        ('a.b[""]', ("a", "b", '[""]')),
        ("a.b[*]", ("a", "b", "[*]")),
    ],
)
def test_split(address: str, parts: tuple[str, ...]) -> None:
    assert split_address(address) == parts


def test_order_is_as_people_count() -> None:
    addresses = ["x.y[10]", "x.y[2]", 'x.y["b"]', "x.y", "module.a.x.y", "a.b"]
    assert sorted(addresses, key=sort_key) == ["a.b", "module.a.x.y", "x.y", "x.y[2]", "x.y[10]", 'x.y["b"]']


def test_family_leaves_every_key_out() -> None:
    assert family('module.m["a.b"].x.y[3]') == "module.m.x.y"


def test_map_keys_touches_keys_only() -> None:
    assert (
        map_keys('secret.secret["a secret"].b[0]', lambda key: key.replace("secret", "?"))
        == 'secret.secret["a ?"].b[0]'
    )


@pytest.mark.parametrize(
    ("pattern", "address", "matches"),
    [
        ("aws_x.y", "aws_x.y", True),
        ("aws_x.y", "aws_x.yy", False),
        ("aws_x.*", 'aws_x.y["k"]', True),
        ('aws_x.y["*"]', 'aws_x.y["any.thing"]', True),
        ("aws_x.y[0]", "aws_x.y[0]", True),  # brackets are no character class
        ("aws_x.y[0]", "aws_x.y0", False),
        ("module.old.*", "module.older.x.y", False),
        ("*", "anything", True),
        ("a**b", "axxb", True),
    ],
)
def test_globs(pattern: str, address: str, matches: bool) -> None:
    assert match_glob(pattern, address) is matches


@given(st.text(max_size=40))
def test_an_address_matches_itself(address: str) -> None:
    assert match_glob(address, address)


def test_names_are_sorted_as_people_read() -> None:
    names = ["default#10", "b", "default#2", "a1b", "", "a1", "a01", "default", "a" + "9" * 30]
    wanted = ["", "a01", "a1", "a1b", "a" + "9" * 30, "b", "default", "default#2", "default#10"]
    assert [sorted(some, key=name_key) for some in (names, names[::-1])] == [wanted, wanted]
