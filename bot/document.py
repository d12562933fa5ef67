"""Which document did we get?  Bytes to plan documents, or a sentence that says what the bytes are instead.

People hand over many things by mistake, and some of them (the state, an empty result of ``show``) look like a plan
with no changes.  Only what is positively a plan goes on.  Messages never quote what the document holds: it may be
secret.
"""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from mmap import mmap
from typing import Any

import msgspec
from msgspec import Raw

from bot.errors import UntrustedPlan

HOW = "Make the document with: terraform show -json tfplan > plan.json"
UNWRAPPED = "Send only Terraform's own JSON on: set terraform_wrapper: false, and keep warnings on standard error."
ANSI = b"\x1b["
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
_NOT_SPACE = re.compile(r"\S")
MOST_DOCUMENTS = 1_000  # plans in one file
PLAN_KEYS = {"planned_values", "configuration", "resource_changes"}


def split_documents(data: bytes) -> tuple[bytes, ...]:
    """Split what one file or stream holds into JSON objects, one for each plan (Terragrunt writes one per unit).

    Raises UntrustedPlan for anything that is not JSON objects in UTF-8 or UTF-16 and nothing else.
    """
    data = _to_utf8(data).strip()
    _refuse_text(data)
    lines = [line.strip() for line in data.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
        return _bounded(lines)
    if _is_one_document(data):
        return (data,)
    return _split_concatenated(data.decode())


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


def _to_utf8(data: bytes) -> bytes:
    """Accept the encodings that shells write: UTF-8 with or without BOM, UTF-16 both ways round (PowerShell)."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = _transcode(data, "utf-16")
    elif data[:1] and data[1:2] == b"\0":
        data = _transcode(data, "utf-16-le")
    elif data[:1] == b"\0" and data[1:2]:
        data = _transcode(data, "utf-16-be")
    _refuse_binary(data)
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


def _refuse_binary(data: bytes) -> None:
    if data.startswith(b"PK"):
        raise UntrustedPlan(
            "This is Terraform's binary plan file, not its JSON.",
            "Turn it into JSON: terraform show -json tfplan > plan.json",
        )
    if data.startswith(b"\x1f\x8b"):
        raise UntrustedPlan("The document is compressed with gzip.", "Unpack it first: gunzip plan.json.gz")


def _refuse_text(data: bytes) -> None:
    if not data:
        raise UntrustedPlan(
            "The document is empty. An empty file is not a plan without changes.",
            "Look whether terraform plan and terraform show succeeded; a redirect makes the file even when they fail.",
        )
    if data.startswith(b"{"):
        return
    if _loads(data) is not None or data == b"null":
        raise UntrustedPlan("The document is JSON, but not an object as Terraform writes it.", HOW)
    if b"Terraform will perform" in data or b"Terraform used the selected" in data or b"OpenTofu will perform" in data:
        raise UntrustedPlan("This is the text that terraform plan prints, not its JSON.", HOW)
    if b"{" in data:
        raise UntrustedPlan("There is other text before the JSON.", UNWRAPPED)
    raise UntrustedPlan("The document is text, not JSON.", HOW)


def _is_one_document(data: bytes) -> bool:
    """True for one whole JSON object, False where more follows it; raises UntrustedPlan for broken JSON."""
    try:
        msgspec.json.decode(data, type=Raw)
    except RecursionError:
        raise _too_deep() from None
    except msgspec.DecodeError as error:
        if "truncated" in str(error):
            raise UntrustedPlan("The JSON ends in the middle: the file was cut off.", HOW) from None
        if "trailing" in str(error):
            return False
        raise UntrustedPlan("The document is not valid JSON.", HOW) from None
    return True


def _split_concatenated(text: str) -> tuple[bytes, ...]:
    """Plans one after another without line ends between; the standard decoder alone tells where an object ends."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)
    documents, start = [], 0
    while start < len(text):
        if text[start] != "{":
            advice = "Colour codes? Run terraform show with -no-color. " + UNWRAPPED
            raise UntrustedPlan("There is other text after the JSON.", advice)
        try:
            _, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            raise UntrustedPlan("Something that is not valid JSON follows the first plan.", HOW) from None
        documents.append(text[start:end].encode())
        _bounded(documents)
        more = _NOT_SPACE.search(text, end)
        start = more.start() if more else len(text)
    return tuple(documents)


def _bounded(documents: Sequence[bytes]) -> tuple[bytes, ...]:
    if len(documents) > MOST_DOCUMENTS:
        advice = "Review them in several files, each with fewer plans."
        raise UntrustedPlan(f"The file holds more than {MOST_DOCUMENTS:,} plans.", advice)
    return tuple(documents)


def _too_deep() -> UntrustedPlan:
    return UntrustedPlan("The JSON is nested deeper than any plan of Terraform.", HOW)


def _loads(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
