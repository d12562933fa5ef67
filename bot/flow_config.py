"""Settings of the flow: which branch belongs to which environment."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

ScheduleWord = Literal["drift-and-apply", "drift", "none"]


class FlowConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which branch belongs to which environment, and what the schedule does."""

    dev: Annotated[
        tuple[str, ...],
        Meta(description="Globs over branches; a push to one deploys DEV. * stops at a slash, ** does not."),
    ] = ("dev/**",)
    stage: Annotated[str, Meta(description="The branch whose merges deploy STAGE.", min_length=1)] = "develop"
    prod: Annotated[str, Meta(description="The branch whose merges deploy PROD.", min_length=1)] = "main"
    schedule: Annotated[
        ScheduleWord,
        Meta(description="On schedule in PROD: drift-and-apply (never what destroys), drift (report alone) or none."),
    ] = "drift-and-apply"
