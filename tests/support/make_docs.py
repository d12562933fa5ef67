"""The parts of docs/ that are made from the code: schemas, the catalog's table, the defaults."""

import json
from collections.abc import Iterator, Sequence

from bot.catalog import Catalog, DestructiveRow, ProtectionRow, decode_catalog
from bot.config import Config, config_schema, show_config
from bot.decision import decision_schema
from bot.edge.files import read_catalog
from bot.export import report_schema
from bot.severity import LEVELS
from tests.support.make_template_docs import make_template_docs

LOSSES = {
    "data": "Data is lost",
    "identity": "An identity is lost",
    "outage": "An outage",
    "none": "Nothing lasting is lost",
}


def make_docs() -> dict[str, str]:
    """File name below docs/ -> text."""
    catalog = decode_catalog(read_catalog())
    return {
        "templates.md": make_template_docs(),
        "catalog.md": "\n".join(_catalog(catalog)),
        "plan-review.schema.json": json.dumps(config_schema(), indent=2) + "\n",
        "report.schema.json": json.dumps(report_schema(), indent=2) + "\n",
        "decision.schema.json": json.dumps(decision_schema(), indent=2) + "\n",
        "defaults.yml": "# Every setting with its default: what no settings file at all means.\n"
        + show_config(Config()),
    }


def _catalog(catalog: Catalog) -> Iterator[str]:
    rows = [*catalog.exact.values(), *catalog.globs]
    yield "# The catalog of resource types"
    yield ""
    yield (
        f"{len(rows)} rows. Made from `bot/catalog/destructive.toml`; add rows of your own under `rules.destructive.types` in the "
        "settings.\nA type that has no row is *guarded*, and the report says that it is not known."
    )
    for loss, title in LOSSES.items():
        yield f"\n## {title}\n"
        yield "| type | tier | severity | because |"
        yield "|---|---|---|---|"
        of_loss = [row for row in rows if row.loss == loss]
        yield from (_row(row) for row in sorted(of_loss, key=lambda row: (LEVELS.index(row.severity), row.type)))
    yield "\n## Updates that lose data\n"
    yield "| type | when an element leaves | because |"
    yield "|---|---|---|"
    yield from (f"| `{row.type}` | `{row.attribute}` | {row.because} |" for row in catalog.lossy_updates)
    yield "\n## What opens a resource to everybody\n"
    yield "| types | attribute | values | because |"
    yield "|---|---|---|---|"
    for row in catalog.exposure:
        types, values = (", ".join(f"`{text}`" for text in texts) for texts in (row.types, row.values))
        yield f"| {types} | `{row.attribute}` | {values} | {row.because} |"
    yield from _access(catalog)
    yield "\n## Protection that an update may weaken\n"
    yield "| attribute | weaker | because |"
    yield "|---|---|---|"
    yield from (f"| `{row.attribute}` | {_weaker(row)} | {row.because} |" for row in catalog.protection)
    yield ""


def _weaker(row: ProtectionRow) -> str:
    directions = {"off": "switched off", "on": "switched on", "lower": "a smaller number", "cleared": "taken away"}
    return directions.get(row.weaker, f"no longer {' or '.join(row.from_)}")


def _row(row: DestructiveRow) -> str:
    return f"| `{row.type}` | {row.tier} | {row.severity} | {row.because} |"


def _access(catalog: Catalog) -> Iterator[str]:
    rows = [row for row in catalog.access.rows if row.form not in ("settings", "runtime")]
    yield "\n## Who may do what\n"
    yield f"{len({type_ for row in catalog.access.rows for type_ in row.types})} types. A star stands for any text."
    yield "\n| types | who | what | on | because |"
    yield "|---|---|---|---|---|"
    for row in rows:
        words = (row.types, row.principal, row.role or row.documents, row.resource)
        yield f"| {' | '.join(_codes(texts) for texts in words)} | {row.because} |"
    cost = catalog.cost
    yield "\n## What costs money\n"
    yield f"{len(cost.level_by_type)} types and {len(cost.driver)} drivers, in `bot/catalog/cost.toml`."


def _codes(texts: Sequence[str]) -> str:
    shown = ", ".join(f"`{text.replace('|', 'or')}`" for text in texts[:8])
    return shown + (f" and {len(texts) - 8} more" if len(texts) > 8 else "")
