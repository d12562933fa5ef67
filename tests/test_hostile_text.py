"""Texts made to slow patterns down: a megabyte takes a moment, where going back in it would take hours."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import match_glob
from bot.intent import MOST_GLOBS, list_declared
from bot.mask import HIDDEN
from bot.pattern import covers_glob, matches, may_overlap
from bot.pull_request import PullRequest
from bot.sarif import decode_sarif
from bot.secret_scan import build_secret_scan
from tests.fuzz.check import limited
from tests.support.plans import plan, row, run

LONG = 250_000
PATIENCE = 20  # seconds on a busy machine; each takes a tenth of one
Maker = Callable[[int], str]

IN_VALUES: dict[str, Maker] = {
    "tokens that never end": lambda n: "=eyJ" * n,
    "keys of OpenAI that never end": lambda n: "sk-" * n + "T3BlbkFJ",
    "the same with other letters": lambda n: "é" + "sk-a" * n,
    "options": lambda n: "--password" * (n // 10),
    "quotes": lambda n: 'key="\\\\' * (n // 7),
}
IN_DESCRIPTIONS: dict[str, Maker] = {
    "backticks": lambda n: "Deletes:\n- " + "`" * n,
    "runs of backticks": lambda n: "Deletes:\n- " + "".join("`" * i + "x" for i in range(700)),
    "spaces behind the heading": lambda n: "deletes" + " " * n + "x",
    "spaces in an item": lambda n: "Deletes:\n- a" + " " * n + "x",
}


@pytest.mark.parametrize("name", IN_VALUES)
def test_a_value_is_scrubbed_in_a_moment(name: str) -> None:
    with limited(PATIENCE):
        build_secret_scan((), (), ()).scrub(IN_VALUES[name](LONG))


@pytest.mark.parametrize("name", IN_DESCRIPTIONS)
def test_a_description_is_read_in_a_moment(name: str) -> None:
    with limited(PATIENCE):
        list(list_declared(IN_DESCRIPTIONS[name](LONG)))


def test_a_glob_of_many_stars_is_decided_in_a_moment() -> None:
    with limited(PATIENCE):
        assert not match_glob("a*" * 200 + "b", "a" * 5_000)
        assert match_glob("a*" * 200 + "b", "a" * 5_000 + "b")
        assert not match_glob("*a" * 200 + "*b*", "a" * 5_000)


def fits(pattern: str, text: str) -> bool:
    """As the meaning of a glob is written down: by every way in which the stars could be filled."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(fits(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return text[:1] == pattern[0] and fits(pattern[1:], text[1:])


@given(st.text("ab.[\n*", max_size=7), st.text("ab.[\n", max_size=9))
def test_a_glob_matches_what_it_says(pattern: str, text: str) -> None:
    assert match_glob(pattern, text) is fits(pattern, text)


@given(st.text("ab?[*", max_size=8), st.text("ab?[\n", max_size=9))
def test_a_glob_of_a_policy_matches_as_fnmatch_does(glob: str, text: str) -> None:
    assert matches(glob, text) is fnmatchcase(text, glob.replace("[", "[[]"))


def test_globs_of_a_policy_are_compared_in_a_moment() -> None:
    with limited(PATIENCE):
        for number in range(2_000):
            assert not covers_glob(f"{'*a' * 200}{number}", f"{'a' * 400}*{number + 1}")
        assert not covers_glob("*a" * 250_000, "b" * 500_000)
        assert not covers_glob("a" + "?" * 100_000 + "b", "a" * 100_002)  # not proved
        assert may_overlap("a" + "?" * 100_000 + "b", "a" * 100_002)


def statement(number: int) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{i:012d}:root" for i in range(number)]},
        "Action": [f"s3:Get{i}" for i in range(number)],
        "Resource": [f"arn:aws:s3:::b{i}" for i in range(number)],
    }


def test_a_statement_of_everybody_everything_and_everywhere_is_judged_in_a_moment() -> None:
    def severities(number: int) -> set[tuple[str, str]]:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement(number)]})
        made = run(plan(row("aws_s3_bucket_policy.p", ["create"], None, {"bucket": "b", "policy": policy})))
        return {(one.effect, one.severity) for one in made.facts.grants}

    with limited(PATIENCE):
        assert severities(5_000) == severities(3) == {("gain", "medium")}


@pytest.mark.parametrize(
    "text",
    [
        "/* " * 300_000,
        'path "a" { capabilities = [' + "capabilities=[" * 60_000 + "}",
        'path "a" { capabilities = ["read"] } /* and so on',
        'path "a" {' + "{}" * 300_000,
        'path "' + '\\"' * 300_000,
        'path "' + '\\"' * 300_000 + "\\",
    ],
)
def test_a_policy_of_vault_that_cannot_be_read_says_so_in_a_moment(text: str) -> None:
    with limited(PATIENCE):
        made = run(plan(row("vault_policy.p", ["create"], None, {"name": "p", "policy": text})))
    assert "iam/unreadable" in {one.id for one in made.facts.findings}


@pytest.mark.parametrize("text", [" " * LONG + "!", "A" * LONG + "!", "A \n" * LONG + "="])
def test_what_is_nearly_base64_is_told_in_a_moment(text: str) -> None:
    with limited(PATIENCE):
        assert run(plan(row("a_b.c", ["update"], {"x": "old"}, {"x": text}))).report.state.word == "pass"


def test_a_remark_of_a_scanner_is_read_in_a_moment() -> None:
    result = {"message": {"text": "module.a." * 100_000}, "ruleId": "R1"}
    document = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [result]}]}
    with limited(PATIENCE):
        (remark,) = decode_sarif(json.dumps(document).encode(), "x.sarif", lambda text: text)
    assert remark.block == ""


def test_tokens_are_still_seen() -> None:
    scan = build_secret_scan((), (), ())
    part = "abcDEF0123" * 2
    for token in (f"eyJ{part}.{part}.{part}", f"eyJ{part}==.{part}=.{part}", f"sk-{part}T3BlbkFJ{part}"):
        assert scan.scrub(f"it is={token} here") == f"it is={HIDDEN} here"


def test_more_globs_than_anybody_writes_declare_nothing() -> None:
    def intent(number: int) -> str:
        globs = "\n".join(f"- aws_a{i}.*" for i in range(number - 1))
        described = PullRequest(description=f"Deletes:\n{globs}\n- aws_x.*")
        return run(plan(row("aws_x.y", ["delete"], {})), pull_request=described).facts.intents[0].intent

    assert intent(MOST_GLOBS) == "declared"
    assert intent(MOST_GLOBS + 1) == "unexplained"


def test_many_addresses_are_held_against_many_deletions_in_a_moment() -> None:
    rows = [row(f"aws_x.y{i}", ["delete"], {}) for i in range(2_000)]
    listed = PullRequest(description="Deletes:\n" + "\n".join(f"- aws_x.z{i}" for i in range(6_000)))
    with limited(60):
        made = run(plan(*rows), pull_request=listed)
    assert {one.intent for one in made.facts.intents} == {"unexplained"}
