"""Every document gets a verdict: real plans with any value replaced by any other, and plans made to be slow."""

import copy
import json
import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.export import export_report
from bot.page import render_page
from bot.state import State
from bot.terminal import format_terminal
from tests.e2e.cases import CASES
from tests.support.corpus import OWN
from tests.support.make_demo import DEMO
from tests.support.make_plans import PLANS
from tests.support.plans import TEMPLATES, plan, row, run

NAMES = ("every-kind", "exotic-keys", "sensitive-copy", "deposed", "check-fails", "outputs-only")
SMALL = [json.loads((PLANS / f"{name}.json").read_bytes()) for name in NAMES]
STRANGE: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    "",
    "x",
    [],
    {},
    [None],
    [[]],
    {"": None},
    {"a": {}},
    "\ud800",
    10**30,
]


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    found, stack = [], [node]
    while stack:
        container = stack.pop()
        keys = container.keys() if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], dict | list):
                stack.append(container[key])
    return found


def judge_everything(document: bytes) -> State:
    made = run(document)
    assert made.publication.comment
    assert export_report(made.facts)
    assert render_page(made.report, TEMPLATES)
    assert format_terminal(made.report, colour=True)
    return made.report.state


@settings(max_examples=400)
@given(st.integers(min_value=0, max_value=2**32))
def test_a_plan_with_strange_values_gets_a_verdict(seed: int) -> None:
    dice = random.Random(seed)
    document = json.loads(json.dumps(dice.choice(SMALL)))
    for _ in range(dice.randint(1, 4)):
        container, key = dice.choice(places(document))
        if dice.random() < 0.2 and isinstance(container, dict):
            del container[key]
        else:
            container[key] = copy.deepcopy(dice.choice(STRANGE))  # or a value could come to hold itself
    judge_everything(json.dumps(document).encode())


@settings(max_examples=200)
@given(st.integers(min_value=0, max_value=2**32))
def test_a_plan_with_damaged_bytes_gets_a_verdict(seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(json.dumps(dice.choice(SMALL)).encode())
    for _ in range(dice.randint(1, 5)):
        start = dice.randrange(len(data))
        data[start : start + dice.randint(0, 4)] = bytes(dice.randrange(256) for _ in range(dice.randint(0, 4)))
    judge_everything(bytes(data))


@given(st.binary(max_size=60))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    assert judge_everything(data) == State.ERROR


# What makes careless patterns, searches and walks slow: each is measured against itself at a tenth of the size.
SLOW = {
    "password=": lambda n: "password=" * n,
    "eyJ": lambda n: "eyJ" * n,
    "://a:": lambda n: "://a:" * n,
    "BEGIN": lambda n: "-----BEGIN PRIVATE KEY-----" * n,
    "backslashes": lambda n: 'password="' + "\\" * n,
    "ticks": lambda n: "`" * n,
    "base64": lambda n: "QUJD" * n,
    "dots": lambda n: "key." * n,
    "json": lambda n: '{"a":[' * 50 + "1," * n,
    "lines": lambda n: "line\n" * n,
}


@pytest.mark.parametrize("name", SLOW)
def test_hostile_text_costs_in_proportion(name: str) -> None:
    def seconds(size: int) -> float:
        value = {"x": SLOW[name](size), "p": "a marked secret 1"}
        document = plan(row("a_b.c", ["update"], {"x": "old"}, value, after_sensitive={"p": True}))
        start = time.perf_counter()
        run(document)
        return time.perf_counter() - start

    seconds(10)
    assert seconds(100_000) < 60 * max(seconds(10_000), 0.02)


def test_the_collections_are_where_they_should_be() -> None:
    assert {case.name for case in CASES} <= {path.stem for path in PLANS.glob("*.json")}
    assert (OWN / "index.json").exists()
    assert (DEMO / "plan.json").exists()
