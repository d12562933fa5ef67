"""Why planning failed, for a reader: errors of one cause together, with what to do about it said once."""

from collections.abc import Sequence

from msgspec import Struct

from bot.diagnostics import Failure
from bot.record import Stack

LONGEST = 500  # characters of one message; the summary of an error and its address are cut as well
MOST_GROUPS = 20
UNPROVEN = "A fork's run says so; nothing of it is proven."


class FailureLine(Struct, frozen=True, kw_only=True):
    """One error.  ``place`` is ``net/main.tf:12``, ``held`` says who holds the state; "" where there is none."""

    stack: str
    summary: str
    place: str = ""
    address: str = ""
    detail: str = ""
    held: str = ""


class FailureGroup(Struct, frozen=True, kw_only=True):
    """Errors of one likely cause, in the order Terraform gave them."""

    likely: str
    advice: str
    commands: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()  # those that are missing, each once
    lines: tuple[FailureLine, ...]


class FailureReport(Struct, frozen=True, kw_only=True):
    """``number`` counts all errors of all stacks, ``left_out`` those that are in no group."""

    number: int = 0
    left_out: int = 0
    groups: tuple[FailureGroup, ...] = ()


def build_failure_report(stacks: Sequence[Stack]) -> FailureReport:
    """Causes in the order of their first error.  Of a fork, which writes what it likes, no advice and no command."""
    found: dict[tuple[str, str], list[tuple[Stack, Failure]]] = {}
    number = 0
    for stack in stacks:
        if stack.problem and (failures := stack.problem.failures):
            number += len(failures.failures) + max(0, failures.more)
            for failure in failures.failures:
                cause = (UNPROVEN, "") if stack.unproven else (failure.likely, failure.advice)
                found.setdefault(cause, []).append((stack, failure))
    groups = tuple(_build_group(cause, rows) for cause, rows in [*found.items()][:MOST_GROUPS])
    return FailureReport(number=number, left_out=number - sum(len(group.lines) for group in groups), groups=groups)


def _build_group(cause: tuple[str, str], rows: Sequence[tuple[Stack, Failure]]) -> FailureGroup:
    proven = [failure for stack, failure in rows if not stack.unproven]
    return FailureGroup(
        likely=cause[0],
        advice=cause[1],
        commands=tuple(dict.fromkeys(command for failure in proven for command in failure.commands)),
        permissions=tuple(dict.fromkeys(failure.permission for failure in proven if failure.permission)),
        lines=tuple(_build_line(stack, failure) for stack, failure in rows),
    )


def _build_line(stack: Stack, failure: Failure) -> FailureLine:
    return FailureLine(
        stack=stack.name,
        summary=_shorten(failure.summary),
        place=_shorten(failure.place),
        address=_shorten(failure.address),
        detail=_shorten(" ".join(_leave_out_lock(failure).split())),
        held=failure.lock.tell() if failure.lock else "",
    )


def _leave_out_lock(failure: Failure) -> str:
    """``held`` says it, in one sentence."""
    told = failure.lock is not None and failure.lock.tell()
    return failure.detail.partition("Lock Info:")[0] if told else failure.detail


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
