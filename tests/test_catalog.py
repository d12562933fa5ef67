"""The catalogs stay easy to read and to merge: rows in order, a source for each."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CATALOG = Path(__file__).parents[1] / "bot" / "catalog"
Row = dict[str, Any]
ORDERS: dict[tuple[str, str], Callable[[Row], tuple[Any, ...]]] = {
    ("exposure", "row"): lambda row: (row["types"], row.get("attribute", ""), row.get("values", [])),
    ("protection", "row"): lambda row: (row["attribute"], row.get("types", []), row["weaker"]),
    ("iam", "row"): lambda row: (row["form"], row["types"][0], row.get("each", "")),
    ("cost", "driver"): lambda row: (row["kind"], row["path"]),
}


def sections(name: str, table: str) -> list[list[Row]]:
    """Rows of a file, one list for each part that begins with a ``# --- heading ---``."""
    text = (CATALOG / f"{name}.toml").read_text(encoding="utf-8")
    parsed = [tomllib.loads(part) for part in re.split(r"(?m)^(?=# --- )", text)]
    return [part[table] for part in parsed if table in part]


@pytest.mark.parametrize(("name", "table"), ORDERS)
def test_rows_stand_in_order_and_say_who_says_so(name: str, table: str) -> None:
    found = sections(name, table)
    assert found
    for rows in found:
        assert rows == sorted(rows, key=ORDERS[name, table])
        assert [row for row in rows if not row["source"]] == []
