"""Rows of the user's settings laid over the catalogs; the tiers of deletions stay with classify.destructive."""

from msgspec import structs

from bot.catalog import Catalog
from bot.catalog.cost import LEVELS, CostCatalog
from bot.config import CostConfig, Rules


def add_own_rows(catalog: Catalog, rules: Rules) -> Catalog:
    """The catalog with the user's rows after its own."""
    return structs.replace(
        catalog,
        exposure=(*catalog.exposure, *rules.exposure.types),
        protection=(*catalog.protection, *rules.protection.attributes),
        access=structs.replace(catalog.access, rows=(*catalog.access.rows, *rules.iam.types))
        if rules.iam.types
        else catalog.access,
        cost=_add_costs(catalog.cost, rules.cost),
    )


def _add_costs(catalog: CostCatalog, own: CostConfig) -> CostCatalog:
    if own == CostConfig():
        return catalog
    levels = {
        level: (
            *(type_ for type_ in getattr(catalog.levels, level) if type_ not in own.types),
            *(type_ for type_, its in own.types.items() if its == level),
        )
        for level in LEVELS
    }
    return structs.replace(
        catalog, levels=structs.replace(catalog.levels, **levels), driver=(*catalog.driver, *own.drivers)
    )
