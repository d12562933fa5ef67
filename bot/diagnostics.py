"""Why a plan failed: from ``terraform plan -json``, or the text it prints, to errors with cause and advice.

The lines of code that Terraform quotes, and the values beside them, are never read: they may hold secrets, and file and
line say where to look.  The rest is scrubbed.  All of it is text of others.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from bot.catalog.failures import FailureRow

LARGEST = 4 * 1024**2  # bytes: of a longer log the end is read, where the errors are
LONGEST = 4_000  # characters of one message
MOST = 50  # errors
SHORT = 80  # characters of a summary that is told whole
NO_ERROR = (
    "Was the job out of memory or of time? The log is not kept, because it may hold secrets: run init and plan on a "
    "machine that is logged in, and read what they print."
)
_NO_CAUSE = FailureRow(
    cause="unknown",
    pattern="",
    likely="plan-review does not know this error.",
    advice="Read the message, and the log of the step that made the plan.",
    source="",
)
_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}m")
_BORDER = re.compile(r"^[│╷╵|]? ?")
_HEADING = re.compile(r"^(?P<severity>Error|Warning): (?P<summary>.+)$")
# What ends a run without a heading: the folder is not there, Terraform is not, or it crashed.
_BARE = re.compile(
    "Error handling -chdir option: .|panic: .|fatal error: .|.{1,300}: command not found$|.{1,300}no space left on dev"
)
_TOOL = re.compile(r"\b(?:Terraform|OpenTofu)\b")
_PLACE = re.compile(r"^ {2,4}on (?P<file>.{1,300}) line (?P<line>[0-9]{1,7})(?:, in .{0,300})?:$")
_OBJECT = re.compile(r"^ {2,4}with (?P<address>.{1,500}),$")
_CODE = re.compile(r"^ {2,}[0-9]{1,7}:")
_LOCK = re.compile(r"^ *(?P<key>ID|Path|Operation|Who|Created): {1,12}(?P<value>\S.{0,199})$", re.MULTILINE)


class Scrubber(Protocol):
    """Whatever hides secrets inside of a text."""

    def scrub(self, text: str) -> str: ...


class Lock(Struct, frozen=True, kw_only=True):
    """Who holds the state, as the lock says it; ``id`` is "" where it is none that a command may hold."""

    id: str = ""
    who: str = ""
    since: str = ""
    operation: str = ""
    path: str = ""

    def tell(self) -> str:
        """``Held by runner@host since …, for apply.``, "" where the lock does not say who."""
        since = f" since {self.since}" if self.since else ""
        doing = f", for {self.operation}" if self.operation else ""
        return f"Held by {self.who}{since}{doing}." if self.who else ""


class Failure(Struct, frozen=True, kw_only=True):
    """One error of a failed plan.  ``file`` is "" and ``line`` 0 where Terraform names none."""

    summary: str
    detail: str = ""
    address: str = ""
    file: str = ""
    line: int = 0
    cause: str
    likely: str
    advice: str
    commands: tuple[str, ...] = ()
    permission: str = ""
    lock: Lock | None = None

    @property
    def place(self) -> str:
        """``net/main.tf:12``, "" where Terraform names none."""
        return f"{self.file}:{self.line}" if self.file and self.line else self.file


class Failures(Struct, frozen=True, kw_only=True):
    """All errors, each once; ``more`` is how many were left out.  Empty: the text holds no error Terraform writes."""

    failures: tuple[Failure, ...] = ()
    more: int = 0


class _Start(Struct):
    line: int = 0


class _Range(Struct):
    filename: str = ""
    start: _Start = msgspec.field(default_factory=_Start)


class _Error(Struct):
    severity: str = ""
    summary: str = ""
    detail: str = ""
    address: str = ""
    range: _Range | None = None


class _LogLine(Struct):
    type: str = ""
    diagnostic: _Error | None = None


_DECODER = msgspec.json.Decoder(_LogLine)


def explain_failure(log: bytes, causes: Sequence[FailureRow], scan: Scrubber) -> Failures:
    """Errors of a failed ``init``, ``validate`` or ``plan``, in the order Terraform gave them.  Never raises."""
    text = _ANSI.sub("", log[-LARGEST:].decode("utf-8", errors="replace"))
    tool = _find_tool(text)
    found = dict.fromkeys(
        _explain(error, causes, scan, tool) for error in _list_errors(text.splitlines()) if error.severity == "error"
    )
    return Failures(failures=tuple(found)[:MOST], more=max(0, len(found) - MOST))


def tell_failures(found: Failures) -> tuple[str, str]:
    """A sentence that says what failed, and what to do about it: all of it for one error, the first of several."""
    if not found.failures:
        return "Planning failed, and what it wrote names no error.", NO_ERROR
    first = found.failures[0]
    number = len(found.failures) + found.more
    place = f" ({first.place})" if first.place else ""
    several = f" with {number} errors, the first" if number > 1 else ""
    needed = f" Missing: {first.permission}." if first.permission else ""
    held = f" {first.lock.tell()}" if first.lock else ""
    advice = first.advice if len({failure.cause for failure in found.failures}) == 1 else "See each error below."
    return f"Planning failed{several}: {_say(first)}{place}.{needed}{held}", advice


def _say(failure: Failure) -> str:
    """The summary, if it is one; some providers put everything that they know into it."""
    if len(failure.summary) <= SHORT:
        return failure.summary.rstrip(".")
    if failure.cause == "unknown":
        return f"{failure.summary[:SHORT]} …"
    return (failure.likely[0].lower() + failure.likely[1:]).rstrip(".")


def _list_errors(lines: Sequence[str]) -> Iterator[_Error]:
    """Lines of JSON that are diagnostics; what else there is may be the text that people see."""
    rest = []
    for line in lines:
        if not line.startswith("{"):
            rest.append(line)
            continue
        try:
            entry = _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
        if entry.diagnostic is not None:
            yield entry.diagnostic
    yield from _read_text(rest)


def _read_text(lines: Sequence[str]) -> Iterator[_Error]:
    error: _Error | None = None
    body: list[str] = []
    for line in lines:
        plain = _BORDER.sub("", line, count=1) if line[:1] in "│╷╵|" else line
        heading = _read_heading(plain)
        if heading or line.startswith("╵"):
            if error:
                yield _finish(error, body)
            error, body = heading, []
        else:
            body.append(plain)
    if error:
        yield _finish(error, body)


def _read_heading(line: str) -> _Error | None:
    if heading := _HEADING.match(line):
        return _Error(severity=heading["severity"].lower(), summary=heading["summary"])
    return _Error(severity="error", summary=line) if _BARE.match(line) else None


def _finish(error: _Error, body: Sequence[str]) -> _Error:
    """Take place and address out of the lines below a heading, and leave quoted code out."""
    kept, at_code = [], False
    for line in body:
        if place := _PLACE.match(line):
            error.range = _Range(filename=place["file"], start=_Start(line=int(place["line"])))
        elif with_ := _OBJECT.match(line):
            error.address = with_["address"]
        elif not _CODE.match(line) and not (at_code and line.startswith("    ")):
            kept.append(line)
        at_code = bool(place or _CODE.match(line) or (at_code and line.startswith("    ")))
    error.detail = "\n".join(kept).strip()
    return error


def _explain(error: _Error, causes: Sequence[FailureRow], scan: Scrubber, tool: str) -> Failure:
    whole = f"{error.summary}\n{error.detail[:LONGEST]}"
    row, match = next(((row, match) for row in causes if (match := row.match(whole))), (_NO_CAUSE, None))
    lock = _lock(error.detail[:LONGEST], scan) if row.cause == "lock" else None
    groups = match.groupdict() if match else {}
    return Failure(
        summary=scan.scrub(error.summary[:LONGEST]),
        detail=_shorten(scan.scrub(error.detail[: 4 * LONGEST])),  # scrubbed first: half a secret has no shape
        address=scan.scrub(error.address[:LONGEST]),
        file=scan.scrub(error.range.filename[:LONGEST]) if error.range else "",
        line=error.range.start.line if error.range else 0,
        cause=row.cause,
        likely=row.likely,
        advice=row.advice,
        commands=tuple(_commands(row, lock, tool)),
        permission=next((text for text in groups.values() if text), ""),
        lock=lock,
    )


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … ({len(text) - LONGEST:,} characters more)"


def _lock(detail: str, scan: Scrubber) -> Lock:
    said = {match["key"]: scan.scrub(match["value"].strip()) for match in _LOCK.finditer(detail)}
    number = said.get("ID", "")
    return Lock(
        id=number if re.fullmatch(r"[0-9A-Fa-f-]{8,64}|[0-9]{1,30}", number) else "",
        who=said.get("Who", ""),
        since=said.get("Created", ""),
        operation=said.get("Operation", "").removeprefix("OperationType").lower(),
        path=said.get("Path", ""),
    )


def _find_tool(text: str) -> str:
    """The command whose log it is: both name themselves before they print anything of the configuration."""
    named = _TOOL.search(text)
    return "tofu" if named and named[0] == "OpenTofu" else "terraform"


def _commands(row: FailureRow, lock: Lock | None, tool: str) -> Iterator[str]:
    """Nothing of a log goes into a command but the number of a lock, and that only if it is one."""
    for command in row.commands:
        if "{lock}" in command and not (lock and lock.id):
            continue
        own = re.sub(r"^terraform\b", tool, command)
        yield own.replace("{lock}", lock.id) if lock else own
