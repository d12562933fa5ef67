"""Settings of the drift report: what is accepted, by whom and until when."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from bot.day import is_day
from bot.environment import EnvironmentName

Danger = Literal["deleted", "permission", "exposure", "protection"]


class Accepted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Drift that somebody answers for, until a day."""

    match: Annotated[
        str, Meta(description="Glob over the address, or over the type where it holds no dot.", min_length=1)
    ]
    attributes: Annotated[
        tuple[str, ...],
        Meta(description="Globs over attributes, e.g. tags.*; drift in others still counts. Empty means all."),
    ] = ()
    environments: Annotated[
        tuple[EnvironmentName, ...], Meta(description="Where it counts; empty means everywhere.")
    ] = ()
    allows: Annotated[
        tuple[Danger, ...],
        Meta(description="Dangerous drift that is accepted too: deleted, permission, exposure, protection."),
    ] = ()
    owner: Annotated[str, Meta(description="Who answers for it, shown in the report.", min_length=1)]
    reason: Annotated[str, Meta(description="Why it may stay, shown in the report.", min_length=1)]
    until: Annotated[str, Meta(description="The last day on which it counts (UTC), e.g. 2027-01-31.")]


class DriftConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the drift report does."""

    label: Annotated[
        str, Meta(description="Label of the drift issues; made where it is missing.", pattern=r"^[^,\r\n]{1,50}$")
    ] = "drift"
    accepted: Annotated[
        tuple[Accepted, ...], Meta(description="Drift that may stay, each with an owner, a reason and a last day.")
    ] = ()


def find_mistakes(drift: DriftConfig) -> Iterator[str]:
    """Place and mistake of settings that have the right shape and still mean nothing."""
    for number, entry in enumerate(drift.accepted):
        if not is_day(entry.until):
            yield f"accepted[{number}].until: {entry.until!r} is no day such as 2027-01-31"
        if entry.match.replace("*", "") in ("", "."):
            yield f"accepted[{number}].match: it would accept everything"
