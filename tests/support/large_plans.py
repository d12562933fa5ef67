"""Plans of the sizes at which tools of this kind give way."""

from collections.abc import Iterator
from typing import Any

from bot.config import Config
from bot.record import Stack
from bot.review import Review, build_stacks, review
from tests.support.plans import SETTINGS, plan, row

MIDDLE = 2_500_000


def mixed(number: int, deletions: int) -> bytes:
    """Half creations, half updates, and ``deletions`` databases on top."""
    rows = [
        row(f'module.m{i % 40}.aws_instance.web["{i}"]', ["create"], None, {"ami": f"ami-{i}", "tags": {"n": str(i)}})
        for i in range(number // 2)
    ]
    rows += [
        row(f"aws_sqs_queue.q{i}", ["update"], {"name": f"q{i}", "delay": 1}, {"name": f"q{i}", "delay": i + 2})
        for i in range(number // 2)
    ]
    return plan(*rows, *databases(deletions, "aws_db_instance.old[{}]"))


def databases(number: int, address: str) -> Iterator[dict[str, Any]]:
    """Deletions of databases; ``address`` has one pair of braces for the number."""
    for i in range(number):
        yield row(address.format(i), ["delete"], {"identifier": f"db-{i}", "engine": "postgres"})


def long_attribute() -> bytes:
    """One attribute of 5 MB that changes in its middle, beside a deletion."""
    sides = [{"body": "a" * MIDDLE + word + "b" * MIDDLE} for word in ("old", "new")]
    stays = row("aws_sqs_queue.stays", ["no-op"], {}, {})
    return plan(row("aws_lambda_function.f", ["update"], *sides), stays, *databases(1, "aws_db_instance.old{}"))


def many_stacks(number: int) -> Iterator[Stack]:
    """Every fiftieth destroys a database, every fourth changes nothing."""
    for i in range(number):
        rows = [row(f"aws_sqs_queue.q{j}", ["create"], None, {"name": "q"}) for j in range(i % 4)]
        rows += databases(i % 50 == 0, "aws_db_instance.old{}")
        document = plan(*rows, row("aws_sqs_queue.stays", ["no-op"], {}, {}))
        yield from build_stacks(f"team-{i % 20}/stack-{i}", document, Config().secrets)


def judge(*stacks: Stack) -> Review:
    return review(stacks, SETTINGS)


def judge_plan(document: bytes) -> Review:
    return judge(*build_stacks("default", document, Config().secrets))
