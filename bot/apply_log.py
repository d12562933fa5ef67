"""What an apply did, from ``terraform apply -json`` or from the text it prints: which object began, ended or failed.

A log is text of others: what a provisioner or a provider prints stands in it as well.  Terraform puts the address of
its resource before each such line, so no line of theirs reads like one of Terraform's own.  Values are never read.
Source: hashicorp/terraform internal/command/views/json and views/hook_ui.go.
"""

import re
from collections.abc import Iterator, Sequence
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
    r"^(?P<address>\S.{0,2000}?)(?: \(deposed object (?P<deposed>[0-9a-f]{8})\))?: "
    r"(?:(?P<begin>Creating|Modifying|Destroying)\.\.\.(?: \[.*)?"
    r"|(?P<end>Creation|Modifications|Destruction) complete after .*)$"
)
_OF_PROVISIONER = re.compile(r" \([\w-]{1,60}\): ")
_SUMMARY = re.compile(
    r"^Apply complete! Resources: (?:(?P<imported>\d{1,9}) imported, )?(?P<added>\d{1,9}) added, "
    r"(?P<changed>\d{1,9}) changed, (?P<removed>\d{1,9}) destroyed\.",
)
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
    totals = [found for line in lines if (found := _totals(line))]
    return ApplyLog(
        steps=tuple(_steps(lines)),
        totals=totals[-1] if totals else None,
        state_lost=any("errored.tfstate" in line for line in lines),
        cut=len(data) > LARGEST,
    )


def _steps(lines: Sequence[str]) -> Iterator[Step]:
    for line in lines:
        if line.startswith("{"):
            entry = _decode(line)
            if entry and entry.hook and entry.type in _HOOKS and entry.hook.resource.addr:
                hook = entry.hook
                yield Step(
                    address=hook.resource.addr,
                    deposed=hook.deposed or None,
                    action=hook.action,
                    progress=_HOOKS[entry.type],
                )
        elif (match := _LINE.match(line)) and not _OF_PROVISIONER.search(match["address"]):
            yield Step(
                address=match["address"],
                deposed=match["deposed"],
                action=_WORDS[match["begin"] or match["end"]],
                progress="began" if match["begin"] else "done",
            )


def _totals(line: str) -> Totals | None:
    if not line.startswith("{"):
        match = _SUMMARY.match(line)
        return Totals(**{name: int(text or 0) for name, text in match.groupdict().items()}) if match else None
    entry = _decode(line) if "change_summary" in line else None
    if entry is None or entry.type != "change_summary" or entry.changes is None or entry.changes.operation != "apply":
        return None
    sums = entry.changes
    return Totals(added=sums.add, changed=sums.change, removed=sums.remove, imported=sums.import_)


def _decode(line: str) -> _Line | None:
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
