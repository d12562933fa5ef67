"""Damaged real plans: every one gets a verdict, none a traceback, none shows the secret that was planted in it.

PLAN_REVIEW_FUZZ_SECONDS makes it longer and PLAN_REVIEW_FUZZ_SEED begins elsewhere; ``make fuzz`` does both.
"""

import os
import time

import pytest

from bot.state import State
from tests.fuzz.check import HangsError, check, leaked, limited
from tests.fuzz.mutation import TEXTS, damage, sources, write

SECONDS = float(os.environ.get("PLAN_REVIEW_FUZZ_SECONDS", "20"))
FIRST = int(os.environ.get("PLAN_REVIEW_FUZZ_SEED", "0"))
LEAST = 20  # documents, however slow the machine


def test_damaged_plans_get_a_verdict() -> None:
    end, seed, states = time.monotonic() + SECONDS, FIRST, set[State]()
    while time.monotonic() < end or seed < FIRST + LEAST:
        try:
            states.add(check(damage(seed)))
        except Exception as error:
            raise AssertionError(f"seed {seed}: python -m tests.fuzz 0 {seed}") from error
        seed += 1
    assert states == set(State)


def test_a_seed_is_a_document() -> None:
    assert damage(7) == damage(7)
    assert damage(7) != damage(8)
    assert len({damage(seed).data for seed in range(50)}) == 50


def test_most_documents_hold_a_secret() -> None:
    made = [damage(seed) for seed in range(100)]
    assert sum(bool(one.secret) for one in made) > 60
    assert all(one.secret.encode() in one.data for one in made if one.secret)


def test_the_check_sees_a_secret_in_every_form() -> None:
    assert leaked("", "s3-x-Z") == set()
    assert leaked("a s3-x-Z b", "s3-x-Z") == {"s3-x-Z"}
    assert leaked("bG9naW4gczMteC1aIG5vdw==", "s3-x-Z") == {"s3-x-Z"}


def test_the_check_sees_a_hang() -> None:
    with pytest.raises(HangsError), limited(1):
        time.sleep(30)


def test_keys_come_twice_and_numbers_as_they_stand() -> None:
    assert write({"a": 1, "\x01again:5:a": 2, "n": "\x01number:1e400"}) == b'{"a": 1, "a": 2, "n": 1e400}'


def test_there_is_something_to_damage() -> None:
    assert len(sources()) > 50
    assert len(TEXTS) > 40
