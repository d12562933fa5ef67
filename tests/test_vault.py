"""Copies of secrets: found in every written form, without hiding the plan."""

import random
from base64 import b64encode
from typing import Any

import pytest

from bot.mask import HIDDEN
from bot.vault import CHUNK, LONG, Vault


@pytest.mark.parametrize(
    ("secret", "text", "result"),
    [
        ("Pa55word!Pa55", "x Pa55word!Pa55 y", f"x {HIDDEN} y"),
        ("Pa55word!Pa55", "xPa55word!Pa55y", f"x{HIDDEN}y"),
        ("k3y9", "id=k3y9;", f"id={HIDDEN};"),
        ("k3y9", "xk3y9x", "xk3y9x"),  # short: only where it stands alone
        ("true", "true", "true"),  # common
        ("eu-west-1", "region eu-west-1", "region eu-west-1"),
        ("8080", "port 8080", "port 8080"),
        ({"a": ["deep-secret-1"]}, "deep-secret-1", HIDDEN),
        ('{"token": "inner-secret-1"}', "inner-secret-1", HIDDEN),
        (1234567890123, "1234567890123", HIDDEN),
        ("Pa55word!Pa55", "x PA55WORD!PA55 pa55word!pa55", f"x {HIDDEN} {HIDDEN}"),
        ("Ab1x", "id=AB1X", "id=AB1X"),  # short: only as it is
        (True, "True", "True"),
        (None, "None", "None"),
    ],
)
def test_scrub(secret: Any, text: str, result: str) -> None:
    assert Vault([secret]).scrub(text) == result


def test_the_longest_secret_wins_and_overlaps_leave_nothing() -> None:
    assert Vault(["secret-abc", "secret-abc-def", "abc-def-ghi"]).scrub("secret-abc-def-ghi") in (
        HIDDEN,
        f"{HIDDEN}-ghi",
    )


def encoded(text: str, before: str = "", after: str = "") -> str:
    return b64encode(f"{before}{text}{after}".encode()).decode()


TOKEN = "t0ken-Of-Nobody?"


@pytest.mark.parametrize("before", ["", "1", "12", "123"])
@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("/etc/x/{}", HIDDEN),
        ("a_{} b", f"{HIDDEN} b"),
        ("https://h.example/{}", f"https://h.{HIDDEN}"),
    ],
)
def test_base64_is_found_behind_letters_that_are_no_part_of_it(before: str, text: str, result: str) -> None:
    """A path before it moves the places at which it would be opened."""
    assert Vault([TOKEN]).scrub(text.format(encoded(TOKEN, before, " and so on"))) == result


@pytest.mark.parametrize("width", [4, 7, 64, 76])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n    ", "\\n", "\\r\\n"])
def test_a_copy_broken_over_lines_hides_the_whole_text(width: int, end: str) -> None:
    whole = encoded(TOKEN, "x" * 45, "y" * 50)
    text = end.join(whole[start : start + width] for start in range(0, len(whole), width))
    vault = Vault([TOKEN])
    assert vault.scrub(f"key:{end}{text}{end}") == HIDDEN
    assert vault.may_hold(["a", f"key:{end}{text}{end}"])
    assert vault.scrub(f"{TOKEN[:8]}{end}{TOKEN[8:]}") == HIDDEN


def test_lines_without_a_copy_are_shown() -> None:
    text = "\n".join(encoded(f"nothing {i}") for i in range(100))
    assert Vault([TOKEN]).scrub(text) == text
    assert not Vault([TOKEN]).may_hold([text])


def noise(seed: int, length: int) -> str:
    dice = random.Random(seed)
    return "".join(dice.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:", k=length))


def test_long_secrets_are_found_whole_wherever_they_stand() -> None:
    long, other = noise(1, 70_000), noise(2, 300)
    vault = Vault([long, other])
    for before in (0, 1, LONG - 1, LONG, CHUNK - LONG, CHUNK - 1, CHUNK, 3 * CHUNK + 5):
        text = "-" * before
        assert vault.scrub(f"{text}{long}{other}{text}") == f"{text}{HIDDEN}{HIDDEN}{text}"


def test_what_only_begins_like_a_long_secret_is_shown() -> None:
    long = noise(1, 1_000)
    vault = Vault([long])
    assert vault.scrub(long[:-1]) == long[:-1]
    assert vault.scrub(long[1:]) == long[1:]
    assert vault.scrub(f"{long[:600]}{long}") == f"{long[:600]}{HIDDEN}"


def test_of_long_secrets_that_begin_alike_each_is_found() -> None:
    begin = noise(1, LONG)
    secrets = [begin + noise(seed, 50 * seed) for seed in range(2, 8)]
    vault = Vault([*secrets, secrets[0] + noise(9, 40)])
    assert vault.scrub("|".join(secrets)) == "|".join([HIDDEN] * 6)
    assert vault.scrub(secrets[0] + noise(9, 40)) == HIDDEN


def test_a_long_secret_that_repeats_itself_is_hidden_with_all_its_copies() -> None:
    shown = Vault(["ab" * 50_000 + "c"]).scrub("ab" * 200_000 + "c")
    assert shown.endswith(HIDDEN)
    assert len(shown) < 300_000  # more than there is, because to look for each beginning would take long
    assert HIDDEN in Vault(["ab" * 400]).scrub("ab" * 1_000)
    assert "ab" not in Vault(["ab" * 400]).scrub("ab" * 1_000)
