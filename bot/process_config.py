"""Settings of the process rules: what a pull request must be like before it may be merged."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bot.change_window import Calendar, Freeze, Window, find_mistake
from bot.environment import EnvironmentName

RuleState = Annotated[Literal["off", "attention", "hold"], Meta(description="off, attention or hold")]
HumanItem = Literal[
    "expected", "cost", "security", "naming", "stage-tested", "change-window", "rollback", "business-approval"
]
PROD_ITEMS: tuple[HumanItem, ...] = ("stage-tested", "change-window", "rollback", "business-approval")
ALLOWED = "Globs over the branches that may come here; * stands for any text, slashes too, so dev/* fits dev/a/b."


class SourceBranchRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a change may come from."""

    state: RuleState = "off"
    allowed: Annotated[tuple[str, ...], Meta(description=ALLOWED)] = ()


class SourceBranchPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of the rule for branches differs from the default."""

    state: RuleState | UnsetType = UNSET
    allowed: Annotated[tuple[str, ...], Meta(description=ALLOWED)] | UnsetType = UNSET


class ChangeWindowRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When changes may go in."""

    state: RuleState = "off"
    time_zone: Annotated[str, Meta(description="IANA name, e.g. Europe/Berlin; all times and days are local.")] = "UTC"
    windows: Annotated[
        tuple[Window, ...], Meta(description="Weekly windows; empty means at any time outside of the freezes.")
    ] = ()
    freezes: Annotated[tuple[Freeze, ...], Meta(description="Days on which nothing goes in.")] = ()

    @property
    def calendar(self) -> Calendar:
        return Calendar(time_zone=self.time_zone, windows=self.windows, freezes=self.freezes)


class StageTestedRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """This very commit was deployed before."""

    state: RuleState = "off"
    environment: Annotated[
        str, Meta(description="Name of the GitHub environment that must have it; capitals do not matter.", min_length=1)
    ] = "stage"


class RollbackRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The description says how to go back."""

    state: RuleState = "off"


class WhyRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The description says why."""

    state: RuleState = "off"
    words: Annotated[
        int, Meta(description="So many words, besides what a template asks, are the least.", ge=1, le=1000)
    ] = 5


class TicksRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody ticked what only a person can know.  Whoever may write can tick anything: no approval."""

    state: RuleState = "off"
    items: Annotated[
        tuple[HumanItem, ...], Meta(description="Items of the checklist that must be ticked, by their id.")
    ] = ("expected", "cost", "security", "naming")


class Process(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The process rules of one environment."""

    source_branch: SourceBranchRule = SourceBranchRule()
    change_window: ChangeWindowRule = ChangeWindowRule()
    stage_tested: StageTestedRule = StageTestedRule()
    rollback: RollbackRule = RollbackRule()
    why: WhyRule = WhyRule()
    ticks: TicksRule = TicksRule()


class ProcessPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The process rules of one environment that differ from the default."""

    source_branch: Annotated[SourceBranchPatch, Meta(description="Which branches may come here.")] = SourceBranchPatch()
    change_window: (
        Annotated[ChangeWindowRule, Meta(description="When changes may go in; the label urgent lifts it.")] | UnsetType
    ) = UNSET
    stage_tested: (
        Annotated[StageTestedRule, Meta(description="This commit was deployed to STAGE; the label urgent lifts it.")]
        | UnsetType
    ) = UNSET
    rollback: Annotated[RollbackRule, Meta(description="The description says how to go back.")] | UnsetType = UNSET
    why: Annotated[WhyRule, Meta(description="The description says why.")] | UnsetType = UNSET
    ticks: Annotated[TicksRule, Meta(description="Items of the checklist are ticked.")] | UnsetType = UNSET


# Branches of GitFlow and of the robots and buttons that make some.  Attention, not hold: it stops nobody who names
# branches otherwise, and says what came another way than the usual one.
STAGE_BRANCHES = (
    "dev/*",
    "feature/*",
    "bugfix/*",
    "hotfix/*",
    "release/*",
    "main",
    "dependabot/*",
    "renovate/*",
    "revert-*",
)
PROD_BRANCHES = ("develop", "release/*", "hotfix/*", "revert-*")
STAGE = Process(source_branch=SourceBranchRule(state="attention", allowed=STAGE_BRANCHES))
PROD = Process(source_branch=SourceBranchRule(state="attention", allowed=PROD_BRANCHES))


def find_mistakes(process: Process, environment: EnvironmentName) -> Iterator[str]:
    """Place and mistake of settings that have the right shape and still mean nothing."""
    window = process.change_window
    if mistake := find_mistake(window.calendar):
        yield f"change_window.{mistake}"
    if window.state != "off" and not (window.windows or window.freezes):
        yield "change_window: it is on, but has neither windows nor freezes"
    if process.source_branch.state != "off" and not process.source_branch.allowed:
        yield "source_branch: it is on, but no branch is allowed"
    if process.ticks.state != "off" and not process.ticks.items:
        yield "ticks: it is on, but names no items"
    foreign = [item for item in process.ticks.items if item in PROD_ITEMS and environment != "prod"]
    if process.ticks.state != "off" and foreign:
        yield f"ticks.items: {foreign[0]} is no item of {environment.upper()}'s checklist"
