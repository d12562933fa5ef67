"""The targets of the coverage-guided fuzzing without it: known trouble, and what hypothesis makes up."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.seeds import seeds_of
from tests.fuzz.targets import TARGETS

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
)
MASKS = st.recursive(
    st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


@pytest.mark.parametrize("name", TARGETS)
def test_known_trouble(name: str) -> None:
    for data in seeds_of(name):
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60)
@given(data=st.binary(max_size=200))
def test_any_bytes(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60)
@given(text=st.text(max_size=200))
def test_any_text(name: str, text: str) -> None:
    TARGETS[name](text.encode())


@settings(max_examples=300)
@given(st.tuples(TREES, MASKS | TREES, MASKS | TREES, MASKS | TREES))
def test_any_masks(given: tuple[Any, ...]) -> None:
    TARGETS["mask"](json.dumps(given).encode())


POLICY = st.fixed_dictionaries(
    {},
    optional={
        name: TREES | st.lists(TREES, max_size=3)
        for name in ("Version", "Statement", "bindings", "auditConfigs", "path")
    },
)


@settings(max_examples=200)
@given(POLICY)
def test_any_policy(policy: dict[str, Any]) -> None:
    TARGETS["iam"](json.dumps(policy).encode())


def test_make_fuzz_runs_every_target() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    (line,) = re.findall(r"^FUZZ_TARGETS \?= (.*)$", makefile, re.MULTILINE)
    assert sorted(line.split()) == sorted(TARGETS)
