"""Inputs that slow tools down: four times as much may take some four times as long, never sixteen.

Ratios within one run, with the best of several tries, so that a busy machine cannot make a test fail.
"""

import json
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest

from bot.grant import Grant, Grants
from bot.pattern import only
from tests.support.large_plans import judge_plan
from tests.support.plans import plan, row

TIMES = 4
MOST = 10  # times as long: between linear (4) and square (16)
TRIES = 3
Maker = Callable[[int], bytes]


def one(before: Any, after: Any, type_: str = "aws_example", **more: Any) -> bytes:
    actions = ["create"] if before is None else ["update"]
    return plan(row(f"{type_}.a", actions, before, after, **more))


def numbered(number: int, word: str) -> dict[str, str]:
    return {f"a{i}": f"{word}{i}" for i in range(number)}


def policy(number: int, name: str) -> dict[str, str]:
    """A policy of IAM in a text, as the provider holds it."""
    statements = [
        {"Sid": f"S{i}", "Effect": "Allow", "Action": [f"s3:Get{i}"], "Resource": f"arn:aws:s3:::{name}-{i}/*"}
        for i in range(number)
    ]
    return {"name": "p", "policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}


def wild_policy(number: int, name: str, globs: int) -> dict[str, str]:
    """Each statement begins with a star, so nothing tells before comparing that it does not include another."""
    statements = [
        {
            "Effect": "Allow",
            "Action": [f"s3:*{i}-{j}*{name}*" for j in range(globs)],
            "Resource": f"arn:aws:s3:::*{i}*{name}*",
        }
        for i in range(number)
    ]
    return {"name": "p", "policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}


def unordered(number: int) -> bytes:
    """Members of a set: each differs, nothing tells them apart, and they come in another order."""
    before = [{"cidr": f"10.{i}", "hops": i} for i in range(number)]
    return one({"ingress": before}, {"ingress": [{**member, "hops": -1} for member in reversed(before)]})


def nested(number: int) -> bytes:
    def tower(value: int) -> dict[str, Any]:
        built: dict[str, Any] = {"x": value}
        for _ in range(80):
            built = {"a": built}
        return built

    return one({"d": [tower(1)] * number}, {"d": [tower(2)] * number})


def family(number: int) -> bytes:
    return plan(*(row(f'aws_sqs_queue.q["k{i}"]', ["update"], {"n": f"q{i}"}, {"n": f"p{i}"}) for i in range(number)))


def rekeyed(number: int) -> bytes:
    """Every instance goes because its key did, and others of the same block come."""
    gone = [
        row(f'aws_sqs_queue.q["k{i}"]', ["delete"], {"name": f"q{i}"}, action_reason="delete_because_each_key")
        for i in range(number)
    ]
    come = [row(f'aws_sqs_queue.q["n{i}"]', ["create"], None, {"name": f"n{i}"}) for i in range(number)]
    return plan(*gone, *come)


def hidden_keys(number: int) -> bytes:
    """Keys of a map that are secrets themselves: all of them get one name, and a number."""
    keys = {f"hidden-value-{i}": "x" for i in range(number)}
    values = {"keys": list(keys), "map": keys}
    return one(None, values, after_sensitive={"keys": True})


def alike_secrets(number: int) -> bytes:
    """Each text begins like each of the secrets at most of its letters, and holds none."""
    near = ("k" * 300 + "y" + "k" * 200) * 100
    secrets = ("k" * 300 + f"{i}" + "z" * 20_000 for i in range(number))
    return plan(
        *(
            row(f"a_b.c{i}", ["create"], None, {"p": secret, "q": near}, after_sensitive={"p": True})
            for i, secret in enumerate(secrets)
        )
    )


def replaced(number: int) -> bytes:
    paths = [[f"a{i}"] for i in range(number)]
    sides = (numbered(number, "v"), numbered(number, "w"))
    return plan(row("aws_example.a", ["delete", "create"], *sides, change={"replace_paths": paths}))


MAKERS: dict[str, tuple[Maker, int]] = {
    "members of a set": (unordered, 2_500),
    "members of a set in another order": (
        lambda n: one({"s": [f"x{i}" for i in range(n)]}, {"s": [f"x{i}" for i in reversed(range(n))]}),
        2_500,
    ),
    "a policy of a megabyte": (lambda n: one(policy(n, "a"), policy(n, "b"), "aws_iam_policy"), 500),
    "a policy that is new": (lambda n: one(None, policy(n, "a"), "aws_iam_policy"), 500),
    "a policy of wildcards": (
        lambda n: one(wild_policy(n, "a", 1), wild_policy(n, "b", 1), "aws_iam_policy"),
        500,
    ),
    "a policy of lists of wildcards": (
        lambda n: one(wild_policy(n, "a", 40), wild_policy(n, "b", 40), "aws_iam_policy"),
        20,
    ),
    "a heredoc of 5,000 lines": (
        lambda n: one(
            {"user_data": "\n".join(f"line {i}" for i in range(n))},
            {"user_data": "\n".join(f"line {i}{'!' * (i % 2)}" for i in range(n))},
        ),
        1_250,
    ),
    "a heredoc of few different lines": (
        lambda n: one(
            {"user_data": "\n".join("abcde"[i % 5] for i in range(n))},
            {"user_data": "\n".join("badec"[i % 5] for i in range(n))},
        ),
        1_250,
    ),
    "a list of short texts": (
        lambda n: one({"s": [f"s{i}" for i in range(n)]}, {"s": [f"s{i}" for i in range(n + 1)]}),
        25_000,
    ),
    "deep nesting": (nested, 50),
    "tags": (lambda n: one({"tags": numbered(n, "v")}, {"tags": numbered(n, "w")}), 5_000),
    "attributes of one resource": (lambda n: one(numbered(n, "v"), numbered(n, "w")), 2_500),
    "attributes that each force a replacement": (replaced, 2_500),
    "a family": (family, 1_250),
    "keys that go and others that come": (rekeyed, 500),
    "keys that are secrets": (hidden_keys, 1_250),
    "long secrets that begin alike": (alike_secrets, 10),
}


def seconds(document: bytes) -> float:
    start = process_time()
    judge_plan(document)
    return process_time() - start


@pytest.mark.parametrize("name", MAKERS)
def test_four_times_as_much_takes_no_sixteen_times_as_long(name: str) -> None:
    make, number = MAKERS[name]
    small, large = make(number), make(TIMES * number)
    seconds(small)  # what the first review in a process pays
    ratios = (seconds(large) / seconds(small) for _ in range(TRIES))
    assert any(ratio < MOST for ratio in ratios)


def statement(action: str, resource: str) -> Grant:
    return Grant(principal=only("role"), role=only(action), resource=only(resource), wild=True)


@pytest.mark.parametrize(
    ("action", "resource", "included"),
    [
        ("s3:get1", "arn:aws:s3:::b-1/*", True),
        ("s3:get1", "arn:aws:s3:::b-1/key", True),
        ("s3:get1", "arn:aws:s3:::b-2/key", False),
        ("s3:get2", "arn:aws:s3:::b-1/key", False),
        ("ec2:run", "anything", True),  # by ec2:* on *
        ("*", "anything", False),
    ],
)
def test_grants_find_what_includes_another(action: str, resource: str, *, included: bool) -> None:
    grants = Grants()
    for i in range(100):
        grants.add(statement(f"s3:get{i}", f"arn:aws:s3:::b-{i}/*"))
    grants.add(statement("ec2:*", "*"))
    assert grants.include(statement(action, resource)) is included
