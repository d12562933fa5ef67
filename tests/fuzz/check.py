"""What must hold for every document, however damaged: a verdict, no traceback, no hang, no secret."""

import re
import signal
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bot.record import Record, encode_record
from bot.render import BUDGET, SUMMARY_BUDGET
from bot.state import State
from tests.fuzz.mutation import Damaged
from tests.support.plans import run
from tests.test_secrets_everywhere import forms, written

PATIENCE = 30  # seconds for one document of at most a few hundred kilobytes


class HangsError(Exception):
    """The document took too long."""


@contextmanager
def limited(seconds: int = PATIENCE) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise HangsError(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(damaged: Damaged) -> State:
    """The verdict.  Raises whatever the pipeline raises: a traceback is a failure."""
    with limited():
        made = run(damaged.data)
        texts = written(made)
        again = run(encode_record(Record(tool="0.0.0", stack=made.facts.stacks[0])))
    assert made.report.state in State
    assert len(made.publication.comment.encode()) <= BUDGET, "GitHub takes no longer comment"
    assert len(made.publication.summary.encode()) <= SUMMARY_BUDGET, "GitHub takes no longer summary"
    if len(made.facts.stacks) == 1:
        assert again.report.state == made.report.state, "the record is judged like the plan"
        assert again.facts.deletions == made.facts.deletions, "the record is judged like the plan"
    if damaged.secret:
        assert leaked(texts, damaged.secret) == set(), "a secret is written down"
    return made.report.state


def leaked(text: str, secret: str) -> set[str]:
    """Forms of the secret in a text, base64 in it opened."""
    runs = (found[0] for found in re.finditer(r"[A-Za-z0-9+/]{12,}", text))
    opened = "\n".join(b64decode(run + "=" * (-len(run) % 4)).decode("latin1") for run in runs if len(run) % 4 != 1)
    return {form for form in forms(secret) if form in text or form in opened}
