"""What must hold for any policy: order is nothing, and what is gained one way is lost the other way."""

import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.condition import aws_condition
from bot.pattern import Pattern, covers_glob
from tests.support.access import access, change, document, lines, moved

ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "iam:PassRole", "*"])
RESOURCES = st.sampled_from(["*", "arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::b/*"])
CONDITIONS = st.sampled_from(
    [
        {},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringLike": {"s3:prefix": ["a/*", "b/*"]}},
        {"StringLike": {"s3:prefix": ["a/*"]}, "Bool": {"aws:SecureTransport": "true"}},
    ]
)
PRINCIPALS = st.sampled_from(["*", "arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:role/r"])
MEMBERS = st.lists(st.sampled_from(["user:a@x.dev", "user:b@x.dev", "allUsers", "domain:x.dev"]), max_size=4)
ROLES = st.sampled_from(["roles/owner", "roles/viewer", "roles/editor"])


def _some(strategy: Any) -> Any:
    return st.lists(strategy, min_size=1, max_size=4)


STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Action": _some(ACTIONS),
            "Resource": _some(RESOURCES),
            "Principal": st.fixed_dictionaries({"AWS": _some(PRINCIPALS)}),
            "Condition": CONDITIONS,
        }
    ),
    max_size=4,
)
BINDINGS = st.lists(st.fixed_dictionaries({"role": ROLES, "members": MEMBERS}), max_size=4)


def shuffled(node: Any, seed: int) -> Any:
    """The same policy with every list and every object in another order."""
    rng = random.Random(seed)
    if isinstance(node, list):
        items = [shuffled(child, seed + i) for i, child in enumerate(node)]
        return rng.sample(items, len(items))
    if isinstance(node, dict):
        keys = rng.sample(list(node), len(node))
        return {key: shuffled(node[key], seed + i) for i, key in enumerate(keys)}
    return node


def bucket(statements: Any) -> Any:
    return {"bucket": "b", "policy": document(*statements)}


def project(bindings: Any) -> Any:
    return {"project": "acme", "policy_data": json.dumps({"bindings": bindings})}


@settings(max_examples=150)
@given(before=STATEMENTS, after=STATEMENTS, seed=st.integers(0, 1000))
def test_the_order_of_an_aws_policy_is_nothing(before: Any, after: Any, seed: int) -> None:
    plain = moved("aws_s3_bucket_policy", bucket(before), bucket(after))
    mixed = moved("aws_s3_bucket_policy", bucket(shuffled(before, seed)), bucket(shuffled(after, seed + 1)))
    assert mixed == plain
    assert moved("aws_s3_bucket_policy", bucket(before), bucket(shuffled(before, seed))) == []


@settings(max_examples=100)
@given(before=BINDINGS, after=BINDINGS, seed=st.integers(0, 1000))
def test_the_order_of_a_google_policy_is_nothing(before: Any, after: Any, seed: int) -> None:
    plain = moved("google_project_iam_policy", project(before), project(after))
    mixed = moved("google_project_iam_policy", project(shuffled(before, seed)), project(shuffled(after, seed)))
    assert mixed == plain


@settings(max_examples=100)
@given(before=STATEMENTS, after=STATEMENTS)
def test_what_is_gained_one_way_is_lost_the_other(before: Any, after: Any) -> None:
    forth = moved("aws_s3_bucket_policy", bucket(before), bucket(after))
    back = moved("aws_s3_bucket_policy", bucket(after), bucket(before))
    assert back == sorted(("-" if line[0] == "+" else "+") + line[1:] for line in forth)


@settings(max_examples=100)
@given(before=STATEMENTS, after=STATEMENTS)
def test_danger_comes_first(before: Any, after: Any) -> None:
    order = ["critical", "high", "medium", "low", "info"]
    found = access(change("aws_s3_bucket_policy", bucket(before), bucket(after)))
    ranks = [order.index(one.severity) for one in found.changes]
    assert ranks == sorted(ranks)
    assert len(lines(found)) == len(set(lines(found)))


GLOBS = st.text(alphabet="ab*?", min_size=1, max_size=5)


def _matches(glob: str, text: str) -> bool:
    if not glob:
        return not text
    if glob[0] == "*":
        return _matches(glob[1:], text) or (bool(text) and _matches(glob, text[1:]))
    return bool(text) and glob[0] in ("?", text[0]) and _matches(glob[1:], text[1:])


@settings(max_examples=300)
@given(broad=GLOBS, narrow=GLOBS, text=st.text(alphabet="ab", max_size=6))
def test_a_glob_that_covers_matches_whatever_the_other_one_matches(broad: str, narrow: str, text: str) -> None:
    if covers_glob(broad, narrow) and _matches(narrow, text):
        assert _matches(broad, text)


SETS = st.builds(Pattern, st.lists(GLOBS, min_size=1, max_size=2).map(tuple), st.booleans())


def _holds(pattern: Pattern, text: str) -> bool:
    return any(_matches(glob, text) for glob in pattern.globs) is not pattern.negated


@settings(max_examples=300)
@given(broad=SETS, narrow=SETS, text=st.text(alphabet="ab", max_size=6))
def test_a_pattern_that_covers_holds_whatever_the_other_one_holds(broad: Pattern, narrow: Pattern, text: str) -> None:
    if broad.covers(narrow) and _holds(narrow, text):
        assert _holds(broad, text)


@settings(max_examples=100)
@given(wide=CONDITIONS, narrow=CONDITIONS)
def test_a_condition_with_more_tests_never_allows_more(wide: Any, narrow: Any) -> None:
    both = aws_condition({**wide, **{key: value for key, value in narrow.items() if key not in wide}})
    assert aws_condition(wide).allows(both)
