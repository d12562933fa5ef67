"""What the catalog says of AWS, against the schema of the AWS provider itself.

Where the provider is at hand its schema is asked, and what it confirms must be what stands in aws-schema.txt; elsewhere
that file is taken at its word.  A new row is confirmed by running the tests with the provider and --update-golden.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.access.gather import POLICY_ARGUMENTS
from tests.conftest import Golden
from tests.support.plans import CATALOG
from tests.support.terraform import Workspace, aws_provider_dir, terraform_available

STORED = Path(__file__).parent / "aws-schema.txt"
MAIN = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
# Policies that say what happens to things, not who may do what.
NOT_ACCESS = {
    "aws_cloudwatch_log_index_policy",
    "aws_ecr_lifecycle_policy",
    "aws_opensearchserverless_lifecycle_policy",
    "aws_ses_receipt_filter",
}


@pytest.fixture(scope="module")
def confirmed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """``TYPE`` for each type of the catalog that exists, ``TYPE PATH`` for each path, ``policy TYPE``."""
    provider = aws_provider_dir()
    if provider is None or not terraform_available():
        return set(STORED.read_text().splitlines())
    folder = tmp_path_factory.mktemp("schema")
    (folder / "main.tf").write_text(MAIN)
    workspace = Workspace(folder=folder)
    workspace.init(provider)
    (told,) = json.loads(workspace.run("providers", "schema", "-json"))["provider_schemas"].values()
    schema = {name: resource["block"] for name, resource in told["resource_schemas"].items()}
    claims = {*_claims(), *(type_ for type_ in _types() if type_ in schema)}
    paths = {claim for claim in claims if _holds(schema, *claim.partition(" ")[::2])}
    return paths | {f"policy {name}" for name, block in schema.items() if _has_policy(block)}


def test_what_the_provider_confirms_is_what_is_stored(confirmed: set[str], golden: Golden) -> None:
    golden.check(STORED, "\n".join(sorted(confirmed)) + "\n")


def _types() -> list[str]:
    tables = (
        (type_ for row in CATALOG.access.rows for type_ in row.types),
        CATALOG.cost.level_by_type,
        CATALOG.cost.drivers_by_type,
        (type_ for row in CATALOG.exposure for type_ in row.types),
        CATALOG.exact,
        (row.type for row in CATALOG.lossy_updates),
    )
    return of_aws(sorted({type_ for table in tables for type_ in table}))


def _claims() -> Iterator[str]:
    for row in CATALOG.access.rows:
        yield from (f"{type_} {path}" for type_ in of_aws(row.types) for path in templates(row))
    for driver in CATALOG.cost.driver:
        yield from (f"{type_} {driver.path}" for type_ in of_aws(driver.types))
    for exposure in CATALOG.exposure:
        yield from (f"{type_} {exposure.attribute}".strip() for type_ in of_aws(exposure.types))


def _holds(schema: dict[str, Any], type_: str, path: str) -> bool:
    return type_ in schema and has_path(schema[type_], path.split(".") if path else ())


def _has_policy(block: Any) -> bool:
    return any(
        name in POLICY_ARGUMENTS and attribute.get("type") == "string" and not attribute.get("deprecated")
        for name, attribute in block.get("attributes", {}).items()
    )


def of_aws(types: Sequence[str]) -> list[str]:
    return [type_ for type_ in types if type_.startswith("aws_") and "*" not in type_]


def has_path(block: Any, steps: Sequence[str]) -> bool:
    """Does an attribute or a block stand at the steps?  Below a map, or an object, anything may."""
    if not steps:
        return True
    attribute = block.get("attributes", {}).get(steps[0])
    if attribute is not None:
        return len(steps) == 1 or "nested_type" in attribute or not isinstance(attribute.get("type"), str)
    inner = block.get("block_types", {}).get(steps[0])
    return inner is not None and has_path(inner["block"], steps[1:])


def templates(row: Any) -> Iterator[str]:
    """Paths a row of iam.toml reads, from the top of a resource."""
    each = f"{row.each}." if row.each else ""
    for text in (*row.principal, *row.role, *row.resource, *row.condition):
        for path in re.findall(r"\{([^{}]+?),?\}", text):
            if not path.removeprefix("^").startswith("@"):
                yield path[1:] if path.startswith("^") else each + path
    yield from (each + name for name in (*row.documents, *row.when))
    yield from row.attributes


def test_every_type_of_the_catalog_exists(confirmed: set[str]) -> None:
    assert [type_ for type_ in _types() if type_ not in confirmed] == []


def test_every_path_of_access_exists_in_some_type_of_its_row(confirmed: set[str]) -> None:
    wrong = [
        (row.types[0], path)
        for row in CATALOG.access.rows
        if of_aws(row.types)
        for path in templates(row)
        if not any(f"{type_} {path}" in confirmed for type_ in of_aws(row.types))
    ]
    assert wrong == []


def test_every_driver_of_the_bill_exists(confirmed: set[str]) -> None:
    claims = [f"{type_} {driver.path}" for driver in CATALOG.cost.driver for type_ in of_aws(driver.types)]
    assert [claim for claim in claims if claim not in confirmed] == []


def test_every_exposing_attribute_exists(confirmed: set[str]) -> None:
    claims = [f"{type_} {row.attribute}".strip() for row in CATALOG.exposure for type_ in of_aws(row.types)]
    assert [claim for claim in claims if claim not in confirmed] == []


def test_every_policy_of_the_provider_is_read(confirmed: set[str]) -> None:
    """By a row of the catalog; the guess for types nobody knows is for newer providers."""
    policies = [claim.removeprefix("policy ") for claim in sorted(confirmed) if claim.startswith("policy ")]
    assert len(policies) > 50
    assert {type_ for type_ in policies if not CATALOG.access.rows_for(type_)} == NOT_ACCESS
