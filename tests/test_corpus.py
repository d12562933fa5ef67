"""Every plan of the collection goes through the whole job: a verdict, the right counts, no traceback, no overflow."""

import json
from collections import Counter

import pytest

from bot.cli import main
from bot.render import BUDGET
from tests.support.corpus import Entry, corpus_folder, list_corpus
from tests.support.html import parse
from tests.support.plans import CATALOG

ENTRIES = list_corpus()
EXIT_CODES = {"pass": 0, "attention": 0, "hold": 10, "error": 11}


def review(entry: Entry, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    code = main(["review", str(corpus_folder() / entry.file), *options])
    said = capsys.readouterr()
    assert said.err == ""
    return code, said.out


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.file)
def test_a_plan_has_a_verdict_and_the_right_counts(entry: Entry, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = review(entry, capsys, "--format", "json")
    report = json.loads(text)
    assert code == EXIT_CODES[report["verdict"]["state"]]
    if any(stack["problem"] for stack in report["stacks"]):
        assert (entry.origin in ("handwritten", "wrong-input"), code) == (True, 11)
        return
    counted: Counter[str] = Counter()
    for stack in report["stacks"]:
        counted.update(stack["counts"])
    assert {kind: counted[kind] for kind in entry.counts or {}} == (entry.counts or {})


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.file)
def test_a_comment_fits_and_keeps_its_structure(entry: Entry, capsys: pytest.CaptureFixture[str]) -> None:
    _, comment = review(entry, capsys, "--format", "markdown")
    root = parse(comment)
    assert len(comment.encode()) <= BUDGET
    assert [node.text for node in root.find("sub")][-1].endswith("plan-review 0.1.0")  # nothing swallowed the end
    assert len(root.find("details")) == len(root.find("summary"))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.file)
def test_no_change_of_access_is_passed_over(entry: Entry, capsys: pytest.CaptureFixture[str]) -> None:
    """Grants gained or lost, "no permission changed", "unknown until apply", "cannot be compared": one of them."""
    report = json.loads(review(entry, capsys, "--format", "json")[1])
    told = {row["address"] for row in report["iam"]}
    told |= {finding["address"] for finding in report["findings"] if finding["concern"] == "iam"}
    about = {
        change["address"]
        for stack in report["stacks"]
        for change in stack["changes"]
        if change["mode"] == "managed" and change["kind"] in ("create", "update", "replace", "delete")
        if any(row.always for row in CATALOG.access.rows_for(change["type"]))
    }
    assert about - told == set()
