"""Which document did we get?  Bytes to plan documents, or a sentence that says what the bytes are instead.

People hand over many things by mistake, and some of them (the state, an empty result of ``show``) look like a plan
with no changes.  Only what is positively a plan goes on.  Messages never quote what the document holds: it may be
secret.
"""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from mmap import mmap
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from bot.errors import UntrustedPlan

HOW = "Make the document with: terraform show -json tfplan > plan.json"
UNWRAPPED = "Send only Terraform's own JSON on: set terraform_wrapper: false, and keep warnings on standard error."
ANSI = b"\x1b["
LOOSE = 100  # bytes: nobody leaves more spaces than that at the end of a line
PIECE = 1 << 18  # bytes: what the processor still holds when it is looked at

# What a JSON object is when it is no plan: any of the keys, what it is, what to do.
OTHER_OBJECTS: tuple[tuple[frozenset[str], str, str], ...] = (
    (
        frozenset({"@level", "@message"}),
        "This is the log stream of `terraform plan -json` or `apply -json`, not a plan.",
        "Save the plan with -out=tfplan, then: terraform show -json tfplan > plan.json",
    ),
    (
        frozenset({"plan_format_version", "provider_format_version"}),
        "This is the redacted plan of HCP Terraform, which leaves out what a review needs.",
        "Download the unredacted JSON output (plans/ID/json-output), or run: terraform show -json tfplan",
    ),
    (
        frozenset({"remote_plan_format"}),
        "This is the bookmark of a remote run, not the plan itself.",
        "Run terraform show -json on it where you are logged in to HCP Terraform.",
    ),
    (frozenset({"provider_schemas"}), "This is `terraform providers schema -json`, not a plan.", HOW),
    (frozenset({"valid", "diagnostics"}), "This is `terraform validate -json`, not a plan.", HOW),
    (frozenset({"provider_selections", "platform"}), "This is `terraform version -json`, not a plan.", HOW),
    (
        frozenset({"lineage", "serial"}),
        "This is a state file (terraform.tfstate), not a plan. A state says nothing about changes.",
        HOW,
    ),
)
OUTPUT_KEYS = {"sensitive", "type", "value"}
_NOT_SPACE = re.compile(rb"\S")
_LINE_END = re.compile(rb"\n")
_TRAILING = re.compile(r"trailing characters \(byte ([0-9]+)\)")  # that is, the first one after the object
Span: TypeAlias = tuple[int, int]  # where something starts and has ended, in bytes
MOST_DOCUMENTS = 1_000  # plans in one file
PLAN_KEYS = {"planned_values", "configuration", "resource_changes"}


class Documents:
    """The JSON objects of one file, in order.  Each is cut out when it is asked for: of many one is in memory."""

    def __init__(self, data: bytes | mmap, spans: Sequence[Span]) -> None:
        self._data, self._spans = data, spans

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[bytes]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, number: int) -> bytes:
        start, end = self._spans[number]
        return self._data[start:end]


def split_documents(data: bytes | mmap) -> Documents:
    """Split what one file or stream holds into JSON objects, one for each plan (Terragrunt writes one per unit).

    Raises UntrustedPlan for anything that is not JSON objects in UTF-8 or UTF-16 and nothing else.
    """
    data = _to_utf8(data)
    first = _find_start(data, 0, len(data))
    if data[first : first + 1] != b"{":
        raise _mistake_of_text(bytes(data).strip())
    return Documents(data, _list_lines(data) or _list_objects(data, first))


def check_plan_keys(document: Mapping[str, Raw]) -> None:
    """Raise UntrustedPlan, saying what it is, unless the top-level keys of ``document`` are a plan's."""
    keys = document.keys()
    for marks, message, advice in OTHER_OBJECTS:
        if keys & marks:
            raise UntrustedPlan(message, advice)
    if not keys:
        raise UntrustedPlan("The document is an empty JSON object.", HOW)
    if "format_version" not in keys:
        _refuse_unversioned(document)
    _check_version(document["format_version"])
    if keys & PLAN_KEYS:
        return
    if "values" in keys:
        raise UntrustedPlan(
            "This is the state (`terraform show -json` without a plan file), not a plan.",
            "Name the plan file: terraform show -json tfplan > plan.json",
        )
    raise UntrustedPlan(
        "The document has a format_version but neither planned values nor configuration: it is not a plan.",
        "Name a plan file that exists: terraform show -json tfplan > plan.json",
    )


def is_known_version(version: str) -> bool:
    """Is it a ``format_version`` that we can read: 0.1 to 1.x?"""
    return re.fullmatch(r"0{0,3}[01]\.[0-9]{1,4}", version) is not None


def is_utf8(data: bytes | mmap) -> bool:
    """Without a copy of the whole, which may be large."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    whole = True  # no character is cut in two by the end of the piece
    try:
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            if not (whole and piece.isascii()):
                decoder.decode(piece)
                whole = not decoder.getstate()[0]
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _check_version(raw: Raw) -> None:
    version = _loads(bytes(raw))
    if not isinstance(version, str) or not re.fullmatch(r"[0-9]{1,4}\.[0-9]{1,4}", version):
        raise UntrustedPlan("The document's format_version is not a version such as 1.2.", HOW)
    if not is_known_version(version):
        raise UntrustedPlan(
            f"The plan's format_version is {version}; this version of plan-review knows 0.1 to 1.x.",
            "Update plan-review, or make the plan with an older Terraform.",
        )


def _refuse_unversioned(document: Mapping[str, Raw]) -> None:
    first = _loads(bytes(next(iter(document.values()))))
    if isinstance(first, dict) and first.keys() == OUTPUT_KEYS:
        raise UntrustedPlan("This is `terraform output -json`, not a plan.", HOW)
    raise UntrustedPlan("The document has no format_version: it was not written by terraform show -json.", HOW)


def _to_utf8(data: bytes | mmap) -> bytes | mmap:
    """Accept the encodings that shells write: UTF-8 with or without BOM, UTF-16 both ways round (PowerShell)."""
    mark = data[:3]
    if mark == codecs.BOM_UTF8:
        data = data[len(mark) :]
    elif mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = _transcode(data[:], "utf-16")
    elif mark[:1] and mark[1:2] == b"\0":
        data = _transcode(data[:], "utf-16-le")
    elif mark[:1] == b"\0" and mark[1:2]:
        data = _transcode(data[:], "utf-16-be")
    _refuse_binary(data[:2])
    if not is_utf8(data):
        raise _no_text()
    return data


def _transcode(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeError:
        raise _no_text() from None


def _no_text() -> UntrustedPlan:
    return UntrustedPlan("The document is not text in UTF-8 or UTF-16.", HOW)


def _refuse_binary(mark: bytes) -> None:
    if mark == b"PK":
        raise UntrustedPlan(
            "This is Terraform's binary plan file, not its JSON.",
            "Turn it into JSON: terraform show -json tfplan > plan.json",
        )
    if mark == b"\x1f\x8b":
        raise UntrustedPlan("The document is compressed with gzip.", "Unpack it first: gunzip plan.json.gz")


def _mistake_of_text(data: bytes) -> UntrustedPlan:
    """What it is that does not begin as an object."""
    if not data:
        return UntrustedPlan(
            "The document is empty. An empty file is not a plan without changes.",
            "Look whether terraform plan and terraform show succeeded; a redirect makes the file even when they fail.",
        )
    if _loads(data) is not None or data == b"null":
        return UntrustedPlan("The document is JSON, but not an object as Terraform writes it.", HOW)
    if b"Terraform will perform" in data or b"Terraform used the selected" in data or b"OpenTofu will perform" in data:
        return UntrustedPlan("This is the text that terraform plan prints, not its JSON.", HOW)
    if b"{" in data:
        return UntrustedPlan("There is other text before the JSON.", UNWRAPPED)
    return UntrustedPlan("The document is text, not JSON.", HOW)


def _list_lines(data: bytes | mmap) -> list[Span]:
    """Where the lines are, if there are several and each looks like an object; else none."""
    spans: list[Span] = []
    start = 0
    for end in chain((found.start() for found in _LINE_END.finditer(data)), (len(data),)):
        first = _find_start(data, start, end)
        if first < end:
            if data[first : first + 1] != b"{" or not data[max(first, end - LOOSE) : end].rstrip().endswith(b"}"):
                return []
            spans.append((first, end))
            _refuse_many(spans)
        start = end + 1
    return spans if len(spans) > 1 else []


def _list_objects(data: bytes | mmap, start: int) -> list[Span]:
    """Where objects are that follow one another however they are written."""
    spans: list[Span] = []
    while start < len(data):
        if data[start : start + 1] != b"{":
            advice = "Colour codes? Run terraform show with -no-color. " + UNWRAPPED
            raise UntrustedPlan("There is other text after the JSON.", advice)
        end = _find_end(data, start, first=not spans)
        spans.append((start, end))
        _refuse_many(spans)
        start = _find_start(data, end, len(data))
    return spans


def _find_start(data: bytes | mmap, start: int, end: int) -> int:
    found = _NOT_SPACE.search(data, start, end)
    return found.start() if found else end


def _find_end(data: bytes | mmap, start: int, *, first: bool) -> int:
    """Where the object at ``start`` has ended; raises UntrustedPlan for broken JSON."""
    try:
        with memoryview(data) as view, view[start:] as rest:
            msgspec.json.decode(rest, type=Raw)
        return len(data)
    except RecursionError:
        raise _too_deep() if first else _no_more() from None
    except msgspec.DecodeError as error:
        more = _TRAILING.search(str(error))
        if more:
            return start + int(more[1]) - 1
        if first and "truncated" in str(error):
            raise UntrustedPlan("The JSON ends in the middle: the file was cut off.", HOW) from None
        raise UntrustedPlan("The document is not valid JSON.", HOW) if first else _no_more() from None


def _no_more() -> UntrustedPlan:
    return UntrustedPlan("Something that is not valid JSON follows the first plan.", HOW)


def _refuse_many(spans: Sequence[Span]) -> None:
    if len(spans) > MOST_DOCUMENTS:
        advice = "Review them in several files, each with fewer plans."
        raise UntrustedPlan(f"The file holds more than {MOST_DOCUMENTS:,} plans.", advice)


def _too_deep() -> UntrustedPlan:
    return UntrustedPlan("The JSON is nested deeper than any plan of Terraform.", HOW)


def _loads(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
