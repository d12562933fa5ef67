"""Check blocks, conditions and validations of a plan: what Terraform itself found wrong."""

from collections.abc import Callable

import msgspec
from msgspec import Raw, Struct


class Check(Struct, frozen=True, kw_only=True):
    """A check block, condition or validation: ``status`` is pass, fail, error or unknown."""

    address: str
    kind: str
    status: str
    problems: tuple[str, ...] = ()


class _Address(Struct, frozen=True):
    to_display: str = ""
    kind: str = ""


class _Problem(Struct, frozen=True):
    message: str = ""


class _Instance(Struct, frozen=True):
    address: _Address = _Address()
    status: str = "unknown"
    problems: tuple[_Problem, ...] = ()


class _WireCheck(Struct, frozen=True):
    address: _Address = _Address()
    status: str = "unknown"
    instances: tuple[_Instance, ...] | None = ()


def list_checks(raw: Raw, scrub: Callable[[str], str]) -> tuple[Check, ...]:
    """Decode ``checks``; a shape that is not known is one check whose status is unknown, never nothing.

    Source of the shape: hashicorp/terraform internal/command/jsonchecks (marked experimental there).
    """
    try:
        wire = msgspec.json.decode(raw, type=tuple[_WireCheck, ...] | None)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return (
            Check(
                address="checks",
                kind="check",
                status="unknown",
                problems=("The shape of this part of the plan is not known.",),
            ),
        )
    return tuple(_check(check, scrub) for check in wire or ())


def _check(check: _WireCheck, scrub: Callable[[str], str]) -> Check:
    problems = [problem.message for instance in check.instances or () for problem in instance.problems]
    return Check(
        address=scrub(check.address.to_display),
        kind=scrub(check.address.kind),
        status=scrub(check.status),
        problems=tuple(dict.fromkeys(scrub(problem) for problem in problems)),
    )
