"""Settings of the guard that stands before an apply."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class GuardConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the guard does; what nobody reviewed and that deletes, permits or exposes always stops an apply."""

    other: Annotated[
        Literal["pass", "attention", "hold"],
        Meta(description="What a harmless change means that was not reviewed, such as a creation: hold stops."),
    ] = "hold"
