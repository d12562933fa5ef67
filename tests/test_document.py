"""Which document did we get: everything that people hand over, each with its own message."""

import codecs
import gzip
import io
import json
import zipfile

import pytest

from bot.changes import list_changes
from bot.document import PIECE, is_utf8, split_documents
from bot.errors import UntrustedPlan
from bot.plan import decode_plan, decode_whole
from bot.state import State
from tests.support.plans import plan, row, run

GOOD = plan(row("a_b.c", ["create"], None, {"name": "ü"}))
TEXT = GOOD.decode()


def binary_plan() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tfplan", b"x")
    return file.getvalue()


def without(key: str) -> bytes:
    document = json.loads(GOOD)
    del document[key]
    return json.dumps(document).encode()


def replaced(key: str, value: object) -> bytes:
    return json.dumps({**json.loads(GOOD), key: value}).encode()


WRONG = {
    "empty": (b"", "The document is empty. An empty file is not a plan without changes."),
    "blank": (b"\n \n", "The document is empty. An empty file is not a plan without changes."),
    "state": (
        b'{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{}}}',
        "This is the state (`terraform show -json` without a plan file), not a plan.",
    ),
    "state file": (
        b'{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{},"resources":[]}',
        "This is a state file (terraform.tfstate), not a plan. A state says nothing about changes.",
    ),
    "only format_version": (
        b'{"format_version":"1.0"}',
        "The document has a format_version but neither planned values nor configuration: it is not a plan.",
    ),
    "log stream": (
        b'{"@level":"info","@message":"Terraform 1.11.4","type":"version"}\n{"@level":"info","@message":"x","type":"y"}\n',
        "This is the log stream of `terraform plan -json` or `apply -json`, not a plan.",
    ),
    "redacted": (
        b'{"plan_format_version":"1.2","provider_format_version":"1.0","provider_schemas":{}}',
        "This is the redacted plan of HCP Terraform, which leaves out what a review needs.",
    ),
    "remote run": (
        b'{"remote_plan_format":1,"run_id":"x"}',
        "This is the bookmark of a remote run, not the plan itself.",
    ),
    "binary": (binary_plan(), "This is Terraform's binary plan file, not its JSON."),
    "gzip": (gzip.compress(GOOD), "The document is compressed with gzip."),
    "wrapper": (b"[command]terraform show -json tfplan\n" + GOOD, "There is other text before the JSON."),
    "warning": (b"\nWarning: something\n\n" + GOOD, "There is other text before the JSON."),
    "after": (GOOD + b"\n\x1b[0m", "There is other text after the JSON."),
    "cut off": (GOOD[: len(GOOD) // 2], "The JSON ends in the middle: the file was cut off."),
    "last byte": (GOOD[:-1], "The JSON ends in the middle: the file was cut off."),
    "plan text": (
        b"Terraform will perform the following actions:\n\n  # a_b.c",
        "This is the text that terraform plan prints, not its JSON.",
    ),
    "text": (b"Error: Failed to load plan", "The document is text, not JSON."),
    "list": (b"[]", "The document is JSON, but not an object as Terraform writes it."),
    "null": (b"null", "The document is JSON, but not an object as Terraform writes it."),
    "empty object": (b"{}", "The document is an empty JSON object."),
    "latin-1": (TEXT.replace("\\u00fc", "ü").encode("latin-1"), "The document is not text in UTF-8 or UTF-16."),
    "major 2": (
        replaced("format_version", "2.0"),
        "The plan's format_version is 2.0; this version of plan-review knows 0.1 to 1.x.",
    ),
    "version as number": (
        replaced("format_version", 1.2),
        "The document's format_version is not a version such as 1.2.",
    ),
    "no version": (
        without("format_version"),
        "The document has no format_version: it was not written by terraform show -json.",
    ),
    "output": (
        b'{"o":{"sensitive":false,"type":"string","value":"x"}}',
        "This is `terraform output -json`, not a plan.",
    ),
    "validate": (
        b'{"format_version":"1.0","valid":true,"diagnostics":[]}',
        "This is `terraform validate -json`, not a plan.",
    ),
    "schemas": (
        b'{"format_version":"1.0","provider_schemas":{}}',
        "This is `terraform providers schema -json`, not a plan.",
    ),
    "version": (
        b'{"terraform_version":"1.11.4","platform":"linux_amd64","provider_selections":{}}',
        "This is `terraform version -json`, not a plan.",
    ),
    "null rows": (
        replaced("resource_changes", None),
        "The plan's resource_changes is null, which Terraform never writes.",
    ),
    "rows as object": (
        replaced("resource_changes", {}),
        "The plan has another shape than Terraform writes, at $.resource_changes.",
    ),
    "NaN": (GOOD.replace(b'"complete": true', b'"complete": NaN'), "The document is not valid JSON."),
    "bomb": (
        b'{"format_version":"1.2","configuration":' + b'{"a":' * 9000 + b"1" + b"}" * 9001,
        "The JSON is nested deeper than any plan of Terraform.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_document_says_what_it_is(name: str) -> None:
    data, message = WRONG[name]
    made = run(data)
    problem = made.facts.stacks[0].problem
    assert problem is not None
    assert problem.message == message
    assert len(problem.advice) > 20
    assert (made.report.state, made.publication.exit_code, made.report.status.state) == (State.ERROR, 11, "error")


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        b"\n" + GOOD + b"\r\n",
        codecs.BOM_UTF8 + GOOD,
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
    ids=["plain", "blank lines", "bom", "utf-16", "utf-16-le", "utf-16-be", "utf-16-be with bom"],
)
def test_a_right_document_in_every_encoding(data: bytes) -> None:
    (document,) = split_documents(data)
    assert decode_plan(document) == decode_plan(GOOD)


@pytest.mark.parametrize("separator", [b"\n", b"", b"\n\n", b" \r\n \r\n", b"\t", b" " * 1000 + b"\n", b"\n" * 200_000])
def test_several_plans_are_several_stacks(separator: bytes) -> None:
    made = run(GOOD + separator + GOOD)
    assert [stack.name for stack in made.facts.stacks] == ["default#1", "default#2"]
    assert made.report.state == State.PASS


def test_several_plans_may_be_indented() -> None:
    indented = json.dumps(json.loads(GOOD), indent=2, ensure_ascii=False).encode()
    documents = split_documents(indented + indented + b"\n" + GOOD)
    assert [decode_plan(one) for one in documents] == [decode_plan(one) for one in (indented, indented, GOOD)]
    assert (len(documents), documents[2]) == (3, GOOD)


def test_one_plan_of_several_lines_may_be_broken() -> None:
    stacks = run(GOOD + b'\n{"x": }\n' + GOOD).facts.stacks
    assert [stack.problem.message if stack.problem else "" for stack in stacks] == [
        "",
        "The document is not valid JSON.",
        "",
    ]


@pytest.mark.parametrize("more", [b"{", b'{"x": }', b'{"x": 1', b"[" * 9000, b'{"x":' + b"[" * 9000, b"null", b"done"])
def test_what_follows_a_plan_must_be_one(more: bytes) -> None:
    (stack,) = run(GOOD + more).facts.stacks
    assert stack.problem is not None
    assert stack.problem.message == (
        "Something that is not valid JSON follows the first plan."
        if more.startswith(b"{")
        else "There is other text after the JSON."
    )


@pytest.mark.parametrize("version", ["0.1", "0.2", "1.0", "1.1", "1.2", "1.9"])
def test_every_minor_version_is_read(version: str) -> None:
    assert decode_plan(replaced("format_version", version)).format_version == version


@pytest.mark.parametrize("kept", ["planned_values", "configuration", "resource_changes"])
def test_one_key_of_a_plan_is_enough(kept: str) -> None:
    document = {key: value for key, value in json.loads(GOOD).items() if key in ("format_version", kept)}
    assert decode_plan(json.dumps(document).encode()).format_version == "1.2"


def test_fields_of_tomorrow_are_ignored_and_words_kept() -> None:
    document = json.loads(plan(row("a_b.c", ["create", "someday"], None, {}, tomorrow=1), future={"x": 1}))
    (change,) = decode_plan(json.dumps(document).encode()).resource_changes or ()
    assert change.change.actions == ("create", "someday")


@pytest.mark.parametrize(("actions", "mode"), [(("someday",), "managed"), (("read",), "data"), (("create",), "later")])
def test_a_word_of_tomorrow_takes_no_second_way(actions: tuple[str, ...], mode: str) -> None:
    whole = decode_whole(plan(row("a_b.c", actions, None, {}, mode=mode)))
    assert whole is not None
    assert [(one.change.actions, one.mode) for one in whole.resource_changes or ()] == [(actions, mode)]


@pytest.mark.parametrize(("actions", "mode"), [(["create", 1], "managed"), ("create", "managed"), (["create"], 7)])
def test_a_word_that_is_no_text_is_refused(actions: object, mode: object) -> None:
    document = plan(row("a_b.c", [], None, {}, mode=mode, change={"actions": actions}))
    assert decode_whole(document) is None
    with pytest.raises(UntrustedPlan, match="another shape"):
        decode_plan(document)


def test_a_row_without_an_address_is_refused() -> None:
    nameless = row("a_b.c", ["create"], None, {})
    del nameless["address"]
    with pytest.raises(UntrustedPlan, match="has no address"):
        decode_plan(plan(nameless))


def test_numbers_stay_exact() -> None:
    big = 2**70 + 1
    document = plan(row("a_b.c", ["update"], {"n": big}, {"n": big + 1}))
    (attribute,) = run(document).facts.stacks[0].plan.changes[0].attributes
    assert (attribute.before, attribute.after) == (big, big + 1)
    close = plan(row("a_b.c", ["update"], {"n": "A"}, {"n": "B"}))
    close = close.replace(b'"A"', b"0.12345678901234567890").replace(b'"B"', b"0.12345678901234567891")
    assert len(run(close).facts.stacks[0].plan.changes[0].attributes) == 1


def test_true_is_not_one() -> None:
    (change,) = run(plan(row("a_b.c", ["update"], {"n": 1}, {"n": True}))).facts.stacks[0].plan.changes
    assert [(attribute.before, attribute.after) for attribute in change.attributes] == [(1, True)]


@pytest.mark.parametrize("before", range(4))
def test_a_character_may_lie_across_the_pieces_in_which_a_large_document_is_looked_at(before: int) -> None:
    text = b"a" * (PIECE - before) + "€".encode() + b"b" * PIECE
    assert is_utf8(text)
    assert is_utf8(text + "é".encode())


@pytest.mark.parametrize("wrong", [b"\xff", b"\xc3", "é".encode("latin-1") + b"b", b"\xe2\x82"])
def test_what_is_not_utf8_is_found_in_every_piece(wrong: bytes) -> None:
    assert not is_utf8(b"a" * PIECE + wrong)
    assert not is_utf8(b"a" * (PIECE - 1) + wrong + b"a" * PIECE)


def test_of_a_key_that_stands_twice_the_last_one_counts() -> None:
    """As for Terraform, jq and the json module: a reader of another mind would judge another plan than is applied."""
    document = plan(row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}, None))
    first = document.replace(b'["delete"]', b'["delete"], "actions": ["no-op"]')
    last = document.replace(b'["delete"]', b'["no-op"], "actions": ["delete"]')
    kinds = [[change.kind for change in list_changes(decode_plan(one)).changes] for one in (first, last)]
    assert kinds == [[], ["delete"]]
    assert json.loads(first)["resource_changes"][0]["change"]["actions"] == ["no-op"]
