"""Copies of secrets: found in every written form, without hiding the plan."""

from typing import Any

import pytest

from bot.mask import HIDDEN
from bot.vault import Vault


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
