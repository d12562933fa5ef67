"""What an apply did, from ``terraform apply -json`` or from the text it prints: which object began, ended or failed.

A log is text of others: what a provisioner or a provider prints stands in it as well.  In a stream of JSON that is
inside of strings.  In plain text Terraform puts the address of the resource before each such line, but not within the
errors and warnings at the end: so nothing is read from there on, only the sum where no error was.
Source: hashicorp/terraform internal/command/views/json and views/hook_ui.go.
"""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

LARGEST = 64 * 1024**2  # bytes that are read
Progress = Literal["began", "done", "failed"]

_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}m")
_WORDS = {
    "Creating": "create",
    "Creation": "create",
    "Modifying": "update",
    "Modifications": "update",
    "Destroying": "delete",
    "Destruction": "delete",
}
_LINE = re.compile(
    r"^(?P<address>[^\s{].{0,2000}?)(?: \(deposed object (?P<deposed>[0-9a-f]{8})\))?: "
    r"(?:(?P<begin>Creating|Modifying|Destroying)\.\.\.(?: \[.*)?"
    r"|(?P<end>Creation|Modifications|Destruction) complete after .*)$"
)
_OF_PROVISIONER = re.compile(r" \([\w-]{1,60}\): ")
_SUMMARY = re.compile(
    r"^Apply complete! Resources: (?:(?P<imported>\d{1,9}) imported, )?(?P<added>\d{1,9}) added, "
    r"(?P<changed>\d{1,9}) changed, (?P<removed>\d{1,9}) destroyed\.",
)
_HEADING = re.compile(r"^(?:[│|] ?)?(Error|Warning): ")
_HOOKS: dict[str, Progress] = {"apply_start": "began", "apply_complete": "done", "apply_errored": "failed"}


class Step(Struct, frozen=True, kw_only=True):
    """One action on one object.  ``action`` is create, update or delete; a replacement is two of them."""

    address: str
    deposed: str | None = None
    action: str
    progress: Progress


class Totals(Struct, frozen=True, kw_only=True):
    """Terraform's own sums; a replacement is in ``added`` and in ``removed``."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    imported: int = 0


class ApplyLog(Struct, frozen=True, kw_only=True):
    """``totals`` is None where Terraform did not come to its end.  ``cut``: more than can be read was there."""

    steps: tuple[Step, ...] = ()
    totals: Totals | None = None
    state_lost: bool = False  # Terraform could not save its state
    cut: bool = False


class _Resource(Struct):
    addr: str = ""


class _Hook(Struct):
    resource: _Resource = msgspec.field(default_factory=_Resource)
    action: str = ""
    deposed: str | None = None


class _Changes(Struct):
    operation: str = ""
    add: int = 0
    change: int = 0
    remove: int = 0
    import_: int = msgspec.field(default=0, name="import")


class _Line(Struct):
    type: str = ""
    hook: _Hook | None = None
    changes: _Changes | None = None


_DECODER = msgspec.json.Decoder(_Line)


def read_apply_log(data: bytes) -> ApplyLog:
    """Never raises: a line that is none of Terraform's says nothing."""
    lines = _ANSI.sub("", data[:LARGEST].decode("utf-8", errors="replace")).splitlines()
    steps, totals = _read_stream(lines) if _is_stream(lines) else _read_text(lines)
    return ApplyLog(
        steps=tuple(steps),
        totals=totals,
        state_lost=any("errored.tfstate" in line for line in lines),
        cut=len(data) > LARGEST,
    )


def _is_stream(lines: Sequence[str]) -> bool:
    """Does JSON come before any text of Terraform's?  JSON further down is what a provisioner printed."""
    for line in lines:
        if _HEADING.match(line) or _LINE.match(line):
            return False
        if (entry := _decode(line)) and entry.type:
            return True
    return False


def _read_stream(lines: Sequence[str]) -> tuple[list[Step], Totals | None]:
    steps, totals = [], None
    for entry in map(_decode, lines):
        if entry is None:
            continue
        hook, sums = entry.hook, entry.changes
        if hook and entry.type in _HOOKS and hook.resource.addr:
            step = Step(
                address=hook.resource.addr,
                deposed=hook.deposed or None,
                action=hook.action,
                progress=_HOOKS[entry.type],
            )
            steps.append(step)
        if sums and entry.type == "change_summary" and sums.operation == "apply":
            totals = Totals(added=sums.add, changed=sums.change, removed=sums.remove, imported=sums.import_)
    return steps, totals


def _read_text(lines: Sequence[str]) -> tuple[list[Step], Totals | None]:
    steps: list[Step] = []
    totals = None
    at_end = False
    for line in lines:
        heading = _HEADING.match(line)
        if heading and heading[1] == "Error":
            return steps, None
        at_end = at_end or bool(heading and steps)
        if sums := _SUMMARY.match(line):
            totals = Totals(**{name: int(text or 0) for name, text in sums.groupdict().items()})
        match = None if at_end else _LINE.match(line)
        if match and not _OF_PROVISIONER.search(match["address"]):
            step = Step(
                address=match["address"],
                deposed=match["deposed"],
                action=_WORDS[match["begin"] or match["end"]],
                progress="began" if match["begin"] else "done",
            )
            steps.append(step)
    return steps, totals


def _decode(line: str) -> _Line | None:
    if not line.startswith("{"):
        return None
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
