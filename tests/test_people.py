"""The second person: who counts, and what is said about those who do not."""

import pytest

from bot.pull_request import Approval, PullRequest
from bot.state import State
from tests.support.plans import plan, row, run

CREATION = plan(row("a_b.c", ["create"], None, {}))
NOBODY = "Nobody with write access, besides the author, has approved this commit."
JONAS = Approval(person="jonas", may_write=True)


@pytest.mark.parametrize(
    ("author", "approvals", "state", "sentence"),
    [
        ("mira", (JONAS,), State.PASS, "jonas approved."),
        ("mira", (JONAS, JONAS, Approval(person="ada", may_write=True)), State.PASS, "jonas, ada approved."),
        ("dependabot[bot]", (JONAS,), State.PASS, "jonas approved."),
        ("mira", (), State.HOLD, NOBODY),
        (
            "mira",
            (Approval(person="Mira", may_write=True),),
            State.HOLD,
            f"{NOBODY} Mira approved too, but is the author.",
        ),
        (
            "mira",
            (Approval(person="eve"),),
            State.HOLD,
            f"{NOBODY} eve approved too, but may not write to this repository.",
        ),
        (
            "mira",
            (Approval(person="helper[bot]", may_write=True),),
            State.HOLD,
            f"{NOBODY} helper[bot] approved too, but is no person.",
        ),
        (
            "mira",
            (Approval(person="jonas", may_write=True, commit="b" * 40),),
            State.HOLD,
            f"{NOBODY} jonas approved an older commit.",
        ),
        ("mira", (Approval(person="jonas", may_write=True, commit="a" * 40),), State.PASS, "jonas approved."),
        (
            "mira",
            (Approval(person="", may_write=True),),
            State.HOLD,
            f"{NOBODY} Somebody unknown approved too, but may not write to this repository.",
        ),
        (
            "mira",
            (JONAS, Approval(person="eve")),
            State.PASS,
            "jonas approved. eve approved too, but may not write to this repository.",
        ),
        ("", (JONAS,), State.HOLD, "The author is not known, so nobody can tell whether a second person approved."),
    ],
)
def test_who_counts(author: str, approvals: tuple[Approval, ...], state: State, sentence: str) -> None:
    pull_request = PullRequest(number=1, author=author, head="a" * 40, approvals=approvals)
    people = run(CREATION, pull_request=pull_request).facts.judgement.verdict.rule("people")
    assert people is not None
    assert (people.state, people.sentence) == (state, sentence)
