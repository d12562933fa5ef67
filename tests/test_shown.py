"""What was shown before a label was given, and what our own statuses prove of it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.infracost import Price, Prices
from bot.marker import Marker, ShownAt, read_marker, write_marker
from bot.pull_request import PullRequest, Shown
from bot.shown import cost_token, digest_shown, find_uncovered, list_before, list_entries, list_proven, read_time
from bot.value import fingerprint

TOKENS = st.lists(st.text("abc", min_size=1, max_size=3), max_size=6)


@given(TOKENS, st.randoms())
def test_the_order_of_tokens_never_matters(tokens: list[str], random: object) -> None:
    turned = list(reversed(tokens)) + tokens
    assert digest_shown(1, "prod", tokens) == digest_shown(1, "prod", turned)


def test_a_digest_belongs_to_one_pull_request_and_one_environment() -> None:
    digests = {digest_shown(number, name, ["a"]) for number in (1, 2) for name in ("stage", "prod")}
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {32}


def test_fingerprints_have_22_letters_and_tell_parts_apart() -> None:
    assert len(fingerprint("a", "b")) == 22
    assert fingerprint("a", "b") != fingerprint("ab")
    assert fingerprint("a", None) != fingerprint("a", "")


@pytest.mark.parametrize(
    ("earlier", "later", "in_order"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", True),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00", True),
        ("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05Z", False),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.5Z", True),
    ],
)
def test_times_are_compared_as_times(earlier: str, later: str, in_order: bool) -> None:
    first, second = read_time(earlier), read_time(later)
    assert first is not None
    assert second is not None
    assert (first <= second) is in_order


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05+02:00"])
def test_what_is_no_time_in_utc_is_none(text: str) -> None:
    assert read_time(text) is None


def money(amount: str, *unpriced: str, currency: str = "USD") -> str:
    price = Price(before=Decimal(0), after=Decimal(amount))
    return cost_token(Prices(currency=currency, by_address={"a.b": price}, unpriced=unpriced))


@pytest.mark.parametrize(
    ("now", "shown", "covered"),
    [
        (money("100"), money("100"), True),
        (money("99.50"), money("100"), True),
        (money("100.01"), money("100"), False),
        (money("100", "c.d"), money("100"), False),
        (money("100", currency="EUR"), money("100"), False),
    ],
)
def test_a_smaller_amount_is_covered(now: str, shown: str, covered: bool) -> None:
    assert (not find_uncovered([now], [shown])) is covered


def proven(*entries: Shown, tokens: tuple[str, ...] = ("a",)) -> tuple[Shown, ...]:
    return list_proven(PullRequest(number=1, shown=entries), "prod", tokens)


def test_an_entry_must_be_what_its_digest_says() -> None:
    digest = digest_shown(1, "prod", ["a"])
    good = Shown(digest=digest, tokens=("a",), at="2026-01-02T03:04:05Z", head="h")
    assert proven(good) == (good,)
    assert proven(Shown(digest=digest, tokens=("a", "b"), at=good.at)) == ()
    assert proven(Shown(digest=digest, tokens=("a",))) == ()
    other = Shown(digest=digest_shown(2, "prod", ["a"]), tokens=("a",), at=good.at)
    assert proven(other) == ()


def test_a_long_set_without_tokens_can_only_be_the_same() -> None:
    tokens = tuple(f"t{number}" for number in range(200))
    bare = Shown(digest=digest_shown(1, "prod", tokens), at="2026-01-02T03:04:05Z")
    assert [shown.tokens for shown in proven(bare, tokens=tokens)] == [tokens]
    assert proven(bare, tokens=tokens[:199]) == ()


def test_what_was_shown_later_is_not_what_a_label_was_given_for() -> None:
    shown = Shown(digest="d", at="2026-01-02T03:04:06Z")
    assert list_before([shown], "2026-01-02T03:04:05Z") == ()
    assert list_before([shown], "2026-01-02T03:04:06Z") == (shown,)
    assert list_before([shown], "") == ()


def test_the_marker_keeps_the_first_showing_and_what_labels_lean_on() -> None:
    now = ShownAt(head="new", digest="d", tokens=("b", "a"))
    first = Shown(digest="d", tokens=("a", "b"), at="1", head="old")
    backing = Shown(digest="e", tokens=("a", "b", "c"), at="0", head="older")
    assert list_entries(now, (), ()) == (ShownAt(head="new", digest="d", tokens=("a", "b")),)
    assert list_entries(now, (first, backing), (backing,)) == (
        ShownAt(head="old", digest="d", tokens=("a", "b")),
        ShownAt(head="older", digest="e", tokens=("a", "b", "c")),
    )
    many = ShownAt(head="new", digest="d", tokens=tuple(fingerprint(number) for number in range(151)))
    assert list_entries(many, (), ()) == (ShownAt(head="new", digest="d"),)


def test_the_longest_marker_can_be_read_again() -> None:
    tokens = tuple(fingerprint(number) for number in range(150))
    entry = ShownAt(head="0" * 40, digest="1" * 32, tokens=tokens)
    marker = Marker(key="stage", digest="sha256:" + "2" * 64, shown=(entry,) * 3)
    line = write_marker(marker)
    assert read_marker(line) == marker
    assert len(line) < 16_000
