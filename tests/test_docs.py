"""What the docs say is what the code does."""

import json
import re
from pathlib import Path

import msgspec
import pytest
import yaml

from bot.config import Config, decode_config
from bot.edge.actions import OUTPUT_NAMES
from bot.render import list_values
from bot.sandbox import list_filters
from tests.conftest import Golden
from tests.support.make_docs import make_docs
from tests.support.make_template_docs import FILTERS, SAME, VALUES, list_types
from tests.support.plans import plan, run

TOP = Path(__file__).parents[1]
DOCS = make_docs()


@pytest.mark.parametrize("name", DOCS)
def test_a_generated_document_is_up_to_date(name: str, golden: Golden) -> None:
    golden.check(TOP / "docs" / name, DOCS[name])


def test_the_documented_defaults_are_no_change() -> None:
    shown = (TOP / "docs" / "defaults.yml").read_bytes()
    assert decode_config(shown, "defaults.yml").environments.keys() == {"dev", "stage", "prod"}


def test_the_example_of_the_docs_is_valid() -> None:
    text = (TOP / "docs" / "config.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    config = decode_config(example.encode(), "config.md")
    assert config != Config()
    assert yaml.safe_load(example)["version"] == 1


def test_every_setting_is_described() -> None:
    schema = json.loads(DOCS["plan-review.schema.json"])
    bare = [
        f"{name}.{key}"
        for name, definition in schema["$defs"].items()
        for key, value in definition.get("properties", {}).items()
        if name not in ("CellsPatch", "DeletionTablePatch") and "description" not in json.dumps(value)
    ]
    assert bare == []


def test_every_output_of_a_run_is_described() -> None:
    text = (TOP / "docs" / "github.md").read_text(encoding="utf-8")
    table = text.split("| output |", 1)[1].split("\n\n", 1)[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert re.findall(r"`([^`]+)`", " ".join(first)) == list(OUTPUT_NAMES)


@pytest.mark.parametrize("story", sorted(TOP.glob("tests/scenarios/*/expected/report.json")), ids=lambda p: p.parts[-3])
def test_a_report_follows_its_schema(story: Path) -> None:
    """The schema is made from the types; a report must decode into them again, without a field too many."""
    from bot.export import ReportOut

    msgspec.json.decode(story.read_bytes(), type=ReportOut)


PAGES = [
    "README.md",
    ".github/CONTRIBUTING.md",
    ".github/SECURITY.md",
    *(
        f"docs/{name}.md"
        for name in ("config", "decision", "dependencies", "github", "report", "security", "templates")
    ),
]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    path = TOP / page
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


def test_what_templates_may_use_is_what_they_are_given() -> None:
    given = {"report", "sections", *list_values(run(plan()).report)}
    assert set(VALUES) == given
    assert {*FILTERS, *SAME} == {name for name in list_filters() if not name.startswith(" ")}


def test_every_type_of_the_templates_page_is_explained_there() -> None:
    page = DOCS["templates.md"]
    links = set(re.findall(r"\]\(#(\w+)\)", page))
    assert links <= {type_.__name__.lower() for type_ in list_types()}
    assert "None" not in re.findall(r"\| `\w+` \| ([^|]+) \|", page)
