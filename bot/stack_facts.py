"""What one plan tells by itself, found while all of its values are at hand; the decision needs only this of it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.catalog import Catalog
from bot.classify import destructive, exposure, naming, protection
from bot.classify.cost import CostChange, find_costs
from bot.classify.destructive import Deletion
from bot.classify.iam import Access, find_stack_access
from bot.config import Config
from bot.environment import EnvironmentName
from bot.findings import Finding
from bot.item_facts import list_names
from bot.noise import Key, Noise, list_noise
from bot.own_rows import add_own_rows
from bot.record import Stack
from bot.rename import Rename, find_renames


class Rules(Struct, frozen=True, kw_only=True):
    """What a single plan is looked at with; ``catalog`` holds the user's own rows besides."""

    config: Config
    shipped: Catalog
    catalog: Catalog
    environment: EnvironmentName


class StackFacts(Struct, frozen=True, kw_only=True):
    """One stack, of which the values may be on a shelf, and what was found in them."""

    stack: Stack
    deletions: tuple[Deletion, ...]
    access: Access  # not put together yet with that of other stacks
    costs: tuple[CostChange, ...]
    exposure: tuple[Finding, ...]
    protection: tuple[Finding, ...]
    naming: tuple[Finding, ...]
    renames: tuple[Rename, ...]
    noise: Mapping[Key, Noise]  # changes that are noise while nothing names them
    names: tuple[str, ...]  # what a tick of the naming item is about


def build_rules(config: Config, catalog: Catalog, environment: EnvironmentName) -> Rules:
    rows = add_own_rows(catalog, config.rules)
    return Rules(config=config, shipped=catalog, catalog=rows, environment=environment)


def find_stack_facts(stack: Stack, rules: Rules) -> StackFacts:
    only: Sequence[Stack] = (stack,)
    own = rules.config.rules
    return StackFacts(
        stack=stack,
        deletions=destructive.list_deletions(only, rules.shipped, own.destructive),
        access=find_stack_access(stack, rules.catalog, own.iam),
        costs=find_costs(only, rules.catalog.cost),
        exposure=exposure.find(only, rules.catalog),
        protection=protection.find(only, rules.catalog),
        naming=naming.find(only, own.naming, rules.environment, None),
        renames=find_renames(only),
        noise=list_noise(stack),
        names=tuple(list_names(stack)),
    )
