"""What the sieve lets pass holds nothing that the leaf by leaf look would hide."""

from base64 import b64encode
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.censor import PlanCensor
from bot.mask import HIDDEN, conceal, conceal_sides, reveal_nothing
from bot.secret_scan import build_secret_scan
from bot.value import canonical
from bot.vault import Vault


def encode(text: str) -> str:
    return b64encode(text.encode()).decode()


MARKED = ["correct-horse-battery", "k3y9", "two\nlines of one secret", 20481024]
NAMES = "name key value id password db_token env variables content tags (sensitive\x20value) k3y9 röle".split()
TEXTS = st.sampled_from(
    [
        "web",
        "k3y9",
        "x-k3y9-y",
        "xk3y9y",
        "correct-horse-battery",
        "my correct-horse-battery staple",
        encode("correct-horse-battery"),
        encode(encode("user correct-horse-battery")),
        "two",
        "lines of one secret",
        "two\nlines of one secret",
        "password=",
        "hunter2hunter2",
        "password=hunter2hunter2",
        "token: 'abc",
        "-----BEGIN RSA PRIVATE" + " KEY-----\nabc\n",
        "https://user:" + "pass@example.org",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "aB3dE5gH7jK9mN1pQ3sT",
        "grüße",
        "aws:secretsmanager",
        HIDDEN,
    ]
)
NUMBERS = st.sampled_from([0, 1, 443, 20481024, 2048102, Decimal("1.50"), Decimal("20481024.0")])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
SIDES = st.none() | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)


def censor(patterns: tuple[str, ...] = ()) -> PlanCensor:
    return PlanCensor(Vault(MARKED), build_secret_scan(("api_*",), patterns, ("allowed_*",)))


@settings(max_examples=600)
@given(SIDES, SIDES, st.booleans(), st.sampled_from([(), ("^web$",), ("staple",)]))
def test_both_ways_hide_the_same(before: Any, after: Any, stays: bool, patterns: tuple[str, ...]) -> None:
    """``stays``: what is not changed is one object on both sides, as ``decode_sides`` gives it."""
    if stays and before is not None and after is not None:
        after = {**before, **after}
    one = censor(patterns)
    for _ in range(2):  # the second time all is known
        sides = conceal_sides(before, after, False, False, False, one)
        slow = [reveal_nothing(conceal(side, False, False, False, censor(patterns))) for side in (before, after)]
        assert [canonical(sides.shown_before), canonical(sides.shown_after)] == [canonical(side) for side in slow]
        assert canonical(reveal_nothing(sides.before)) == canonical(slow[0])


def test_a_secret_that_stays_is_hidden_on_both_sides() -> None:
    """All other attributes pass, and the attribute is one object on both sides."""
    side = {"name": "web", "password": "hunter2hunter2"}
    sides = conceal_sides(side, {**side, "name": "api"}, False, False, False, censor())
    assert sides.shown_before == {"name": "web", "password": HIDDEN}
    assert sides.shown_after == {"name": "api", "password": HIDDEN}


def test_a_name_beside_is_another_on_each_side() -> None:
    value = "hunter2hunter2"
    sides = conceal_sides(
        {"name": "greeting", "value": value}, {"name": "password", "value": value}, False, False, False, censor()
    )
    assert sides.shown_before == {"name": "greeting", "value": value}
    assert sides.shown_after == {"name": "password", "value": HIDDEN}


def test_what_passes_is_not_copied() -> None:
    before, after = {"tags": {"a": ["x"]}, "size": 1}, {"tags": {"a": ["x"]}, "size": 2}
    sides = conceal_sides(before, after, False, False, False, censor())
    assert sides.before is before
    assert sides.shown_before is before
    assert sides.after is after
    assert sides.shown_after is after


def test_a_name_beside_that_stays_still_names_the_value() -> None:
    before, after = {"name": "db_password", "value": "old-and-long"}, {"name": "db_password", "value": "new-and-long"}
    sides = conceal_sides(before, after, False, False, False, censor())
    assert sides.shown_before == {"name": "db_password", "value": HIDDEN}
    assert sides.shown_after == {"name": "db_password", "value": HIDDEN}
