"""The user's settings: strict YAML, every key with a default; no file at all gives the GitFlow of the docs."""

import re
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import UNSET, Meta, Struct, UnsetType

from bot.catalog import DestructiveRow, ExposureRow, ProtectionRow, Tier
from bot.catalog.cost import CostLevel, Driver
from bot.catalog.iam import AccessRow
from bot.drift_config import DriftConfig
from bot.drift_config import find_mistakes as find_drift_mistakes
from bot.environment import ENVIRONMENTS, EnvironmentName
from bot.errors import BadConfig
from bot.flow_config import FlowConfig
from bot.github_config import GitHubConfig
from bot.guard_config import GuardConfig
from bot.process_config import PROD, STAGE, Process, ProcessPatch, find_mistakes
from bot.strict_yaml import decode_yaml

Word = Annotated[Literal["pass", "attention", "hold"], Meta(description="pass, attention or hold")]
SCHEMA_ADVICE = "See `plan-review config show` for every key, and `plan-review config schema` for an editor."


class Cells(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the deletion table: the state per tier."""

    free: Word = "pass"
    guarded: Word = "attention"
    stateful: Word = "attention"
    never: Word = "hold"


class DeletionTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a deletion means, by intent."""

    declared: Cells = Cells()
    explained: Cells = Cells()
    unexplained: Cells = Cells()


From = Annotated[
    Literal["info", "low", "medium", "high", "critical", "never"],
    Meta(description="info, low, medium, high, critical or never"),
]


class Thresholds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which severity on findings of a concern ask for attention, and from which they hold."""

    attention: From = "medium"
    hold: From = "never"


class Findings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What findings mean, by concern."""

    iam: Thresholds = Thresholds()
    exposure: Thresholds = Thresholds()
    cost: Thresholds = Thresholds()
    protection: Thresholds = Thresholds(attention="low")
    naming: Thresholds = Thresholds(attention="never")
    scanners: Thresholds = Thresholds(attention="never")


class ThresholdsPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The thresholds of one concern that differ from the default."""

    attention: From | UnsetType = UNSET
    hold: From | UnsetType = UNSET


class FindingsPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What findings of a concern mean, where it differs from the default."""

    iam: Annotated[ThresholdsPatch, Meta(description="Permissions gained and lost.")] = ThresholdsPatch()
    exposure: Annotated[ThresholdsPatch, Meta(description="What is opened to everybody.")] = ThresholdsPatch()
    cost: Annotated[ThresholdsPatch, Meta(description="What weighs on the bill.")] = ThresholdsPatch()
    protection: Annotated[ThresholdsPatch, Meta(description="Protection that is weakened.")] = ThresholdsPatch()
    naming: Annotated[ThresholdsPatch, Meta(description="Names against the rules.")] = ThresholdsPatch()
    scanners: Annotated[ThresholdsPatch, Meta(description="Scanners' results, with --sarif.")] = ThresholdsPatch()


class CostLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a dearer bill means, where Infracost told the prices."""

    monthly_increase: Annotated[
        float | None, Meta(description="More than this a month, in Infracost's currency, is too much; null: no limit.")
    ] = None
    state: Word = "attention"


class EnvironmentConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one environment judges."""

    deletions: DeletionTable = DeletionTable()
    destroy_everything: Annotated[Word, Meta(description="What a plan that destroys a whole root means.")] = "hold"
    findings: Findings = Findings()
    cost_limit: CostLimit = CostLimit()
    two_people: Annotated[
        bool, Meta(description="An approving review by somebody with write access who is not the author is needed.")
    ] = False
    process: Process = Process()


class CellsPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cells of one row of the deletion table that differ from the default."""

    free: Word | UnsetType = UNSET
    guarded: Word | UnsetType = UNSET
    stateful: Word | UnsetType = UNSET
    never: Word | UnsetType = UNSET


class DeletionTablePatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rows of the deletion table that differ from the default, by intent."""

    declared: CellsPatch = CellsPatch()
    explained: CellsPatch = CellsPatch()
    unexplained: CellsPatch = CellsPatch()


class EnvironmentPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one environment does differently from its default."""

    deletions: Annotated[DeletionTablePatch, Meta(description="What a deletion means, by intent and tier.")] = (
        DeletionTablePatch()
    )
    destroy_everything: (
        Annotated[Word, Meta(description="What a plan that destroys a whole root means.")] | UnsetType
    ) = UNSET
    findings: Annotated[
        FindingsPatch, Meta(description="From which severity on findings of a concern ask for attention or hold.")
    ] = FindingsPatch()
    cost_limit: Annotated[CostLimit, Meta(description="What a dearer bill means, with --infracost.")] | UnsetType = (
        UNSET
    )
    two_people: (
        Annotated[
            bool, Meta(description="An approving review by somebody with write access who is not the author is needed.")
        ]
        | UnsetType
    ) = UNSET
    process: Annotated[ProcessPatch, Meta(description="Rules of the process: branches, times, descriptions.")] = (
        ProcessPatch()
    )


class TierRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Puts what matches into a tier; the last rule that matches wins."""

    match: Annotated[
        str, Meta(description="Glob over the address, or over the type where it holds no dot.", min_length=1)
    ]
    tier: Annotated[Tier, Meta(description="free, guarded, stateful or never")]
    because: Annotated[str, Meta(description="The reason, shown to the reviewer.")] = ""


class DestructiveConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which deletions are how dangerous."""

    tiers: Annotated[
        tuple[TierRule, ...], Meta(description="Moves addresses or types into another tier; the last match wins.")
    ] = ()
    types: Annotated[
        tuple[DestructiveRow, ...], Meta(description="Rows of your own for the catalog of resource types.")
    ] = ()


class NameRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What names and labels of some resources must be like; looked at when one is created, imported or renamed."""

    match: Annotated[
        str, Meta(description="Glob over the address, or over the type where it holds no dot.", min_length=1)
    ]
    environments: Annotated[
        tuple[EnvironmentName, ...], Meta(description="Where the rule counts; empty means everywhere.")
    ] = ()
    pattern: Annotated[
        str, Meta(description="Regular expression the name must hold; {environment} stands for the environment.")
    ] = ""
    forbidden: Annotated[tuple[str, ...], Meta(description="Words the name must not hold.")] = ()
    labels: Annotated[tuple[str, ...], Meta(description="Labels or tags that must be there.")] = ()
    because: Annotated[str, Meta(description="The reason, shown to the reviewer.")] = ""


class NamingConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names, labels and branches; nothing is checked until a rule says so."""

    names: Annotated[tuple[NameRule, ...], Meta(description="Rules for names and labels.")] = ()
    environment_words: Annotated[
        dict[EnvironmentName, tuple[str, ...]],
        Meta(description="Words that belong to one environment, e.g. stage: [stage, stg]; elsewhere they are wrong."),
    ] = {}
    branch: Annotated[
        str, Meta(description="Regular expression for whole branch names, e.g. dev/[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
    ] = ""
    branch_exempt: Annotated[tuple[str, ...], Meta(description="Globs over branches that need not fit.")] = (
        "main",
        "master",
        "develop",
        "dependabot/*",
        "renovate/*",
        "release-please--*",
        "revert-*",
        "gh-readonly-queue/*",
    )


class IamConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose access is whose."""

    accounts: Annotated[
        tuple[str, ...], Meta(description="AWS account numbers that are your own; others are another's.")
    ] = ()
    identities: Annotated[
        tuple[str, ...],
        Meta(description="Globs over the identities that apply plans; taking rights from them is loud."),
    ] = ()
    types: Annotated[tuple[AccessRow, ...], Meta(description="Rows of your own for the catalog of access.")] = ()


class ExposureConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens a resource to everybody."""

    types: Annotated[tuple[ExposureRow, ...], Meta(description="Rows of your own for the catalog of exposure.")] = ()


class ProtectionConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which attributes protect."""

    attributes: Annotated[
        tuple[ProtectionRow, ...], Meta(description="Rows of your own for the catalog of protection.")
    ] = ()


class CostConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What costs money."""

    types: Annotated[
        dict[str, CostLevel], Meta(description="Resource types and how they weigh: very_high, high or medium.")
    ] = {}
    drivers: Annotated[tuple[Driver, ...], Meta(description="Attributes that drive the bill of types.")] = ()


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings by concern."""

    destructive: Annotated[DestructiveConfig, Meta(description="Which deletions are how dangerous.")] = (
        DestructiveConfig()
    )
    iam: Annotated[IamConfig, Meta(description="Whose access is whose.")] = IamConfig()
    exposure: Annotated[ExposureConfig, Meta(description="What opens a resource to everybody.")] = ExposureConfig()
    cost: Annotated[CostConfig, Meta(description="What costs money.")] = CostConfig()
    protection: Annotated[ProtectionConfig, Meta(description="Which attributes protect.")] = ProtectionConfig()
    naming: Annotated[NamingConfig, Meta(description="Names, labels and branches.")] = NamingConfig()


class SecretsConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is secret besides what Terraform marks."""

    names: Annotated[tuple[str, ...], Meta(description="Globs over attribute names whose values are secret.")] = ()
    patterns: Annotated[tuple[str, ...], Meta(description="Regular expressions; what they match is hidden.")] = ()
    allow: Annotated[tuple[str, ...], Meta(description="Globs over attribute names that only look secret.")] = ()


class VolatileRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values that are other ones in every plan: two plans that differ in nothing else are the same."""

    match: Annotated[
        str, Meta(description="Glob over the address, or over the type where it holds no dot.", min_length=1)
    ]
    paths: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(
            description="Globs over attributes, e.g. triggers.always; what lies below one belongs to it.", min_length=1
        ),
    ]


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of plan-review, .github/plan-review.yml."""

    version: Annotated[Literal[1], Meta(description="Version of this file's format.")] = 1
    environments: Annotated[
        dict[EnvironmentName, EnvironmentPatch], Meta(description="What dev, stage and prod do differently.")
    ] = {}
    rules: Annotated[Rules, Meta(description="Settings by concern.")] = Rules()
    secrets: Annotated[SecretsConfig, Meta(description="What is secret besides what Terraform marks.")] = (
        SecretsConfig()
    )
    github: Annotated[GitHubConfig, Meta(description="How a review shows on a pull request.")] = GitHubConfig()
    flow: Annotated[FlowConfig, Meta(description="Which branch belongs to which environment.")] = FlowConfig()
    guard: Annotated[GuardConfig, Meta(description="What must be as reviewed when a plan is applied.")] = GuardConfig()
    drift: Annotated[DriftConfig, Meta(description="What was changed outside Terraform and may stay.")] = DriftConfig()
    templates: Annotated[
        int | None,
        Meta(
            description="1: your templates in .github/plan-review/templates take the place of the built-in ones; "
            "the number is the version of docs/templates.md they are written for.  null: there are none."
        ),
    ] = None
    volatile: Annotated[
        tuple[VolatileRule, ...],
        Meta(description="Values that differ from plan to plan on their own; they do not make it another plan."),
    ] = ()


_HOLD_STATEFUL = Cells(stateful="hold")
_UNEXPLAINED = Cells(free="attention", guarded="hold", stateful="hold")
DEFAULTS: dict[EnvironmentName, EnvironmentConfig] = {
    "dev": EnvironmentConfig(destroy_everything="attention"),
    "stage": EnvironmentConfig(
        deletions=DeletionTable(explained=_HOLD_STATEFUL, unexplained=_UNEXPLAINED), process=STAGE
    ),
    "prod": EnvironmentConfig(
        deletions=DeletionTable(declared=_HOLD_STATEFUL, explained=_HOLD_STATEFUL, unexplained=_UNEXPLAINED),
        two_people=True,
        process=PROD,
    ),
}


def decode_config(data: bytes, name: str) -> Config:
    """Raises BadConfig with the place of the mistake and advice."""
    settings = decode_yaml(data, name, SCHEMA_ADVICE)
    try:
        config = msgspec.convert({} if settings is None else settings, Config, strict=True)
        check_patterns(config.rules.naming, name)
        check_flow(config.flow, name)
        check_process(config, name)
        check_drift(config.drift, name)
        return config
    except msgspec.ValidationError as error:
        what, _, place = str(error).rpartition(" - at ")
        where = place.replace("`", "").replace("key in ", "keys of ").replace("$.", "").strip("$") or "the top"
        raise BadConfig(f"{name}: {where if what else 'the top'}: {what or error}.", SCHEMA_ADVICE) from None


def check_patterns(naming: NamingConfig, name: str) -> None:
    """Raises BadConfig for what is no regular expression."""
    for pattern in (*(rule.pattern for rule in naming.names), naming.branch):
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise BadConfig(f"{name}: {pattern} is no regular expression: {error}.", SCHEMA_ADVICE) from None


def check_flow(flow: FlowConfig, name: str) -> None:
    """Raises BadConfig where one branch would deploy two environments."""
    if flow.stage == flow.prod:
        raise BadConfig(f"{name}: flow: stage and prod name the same branch.", "Give each a branch of its own.")


def check_process(config: Config, name: str) -> None:
    """Raises BadConfig for an unknown time zone, a window without a length and the like."""
    for environment in config.environments:
        for mistake in find_mistakes(resolve_environment(config, environment).process, environment):
            raise BadConfig(f"{name}: environments.{environment}.process.{mistake}.", SCHEMA_ADVICE)


def check_drift(drift: DriftConfig, name: str) -> None:
    """Raises BadConfig for a day that does not exist, and for an entry that would accept everything."""
    for mistake in find_drift_mistakes(drift):
        raise BadConfig(f"{name}: drift.{mistake}.", SCHEMA_ADVICE)


def resolve_environment(config: Config, environment: EnvironmentName) -> EnvironmentConfig:
    """The environment's defaults with the user's cells laid over them."""
    patch = config.environments.get(environment, EnvironmentPatch())
    merged = _merge(msgspec.to_builtins(DEFAULTS[environment]), msgspec.to_builtins(patch))
    return msgspec.convert(merged, EnvironmentConfig)


def _merge(base: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _merge(value, patch[key]) if isinstance(value, dict) and key in patch else patch.get(key, value)
        for key, value in base.items()
    }


def show_config(config: Config) -> str:
    """Every setting as YAML, defaults filled in."""
    settings = msgspec.to_builtins(config)
    settings["environments"] = {name: msgspec.to_builtins(resolve_environment(config, name)) for name in ENVIRONMENTS}
    shown: str = yaml.safe_dump(settings, sort_keys=False, default_flow_style=False)
    return shown


def config_schema() -> dict[str, Any]:
    """JSON Schema of the settings file, for editors."""
    schema = msgspec.json.schema(Config)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "plan-review settings", **schema}
