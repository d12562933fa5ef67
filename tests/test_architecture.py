"""The law of the house: values flow one way, one door per library, no I/O in the core."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).parents[1] / "bot"

# Each row may import from the rows above it, and within a row only where the order in the row says so.
ROWS = (
    "errors state severity age",
    "value address markdown marker apply_log freeze kind mask pattern wording description",
    "day template_file document catalog.iam catalog.cost catalog.failures catalog event_wire event flow_config environment",
    "change_window process_config strict_yaml secret_names token_shapes condition machine infracost sarif",
    "workflows hcl_lines root_modules merged pull_request patch github_config guard_config drift_config",
    "config own_rows",
    "plan prior_state configuration secret_scan source references vault sieve diagnostics inside pairing text_lines difference censor checks value_lines attribute_lines grant",
    "mirror",
    "sides changes apply_fate",
    "findings record lossy_update applied shelf",
    "access.policy_text access.reading access.side access.plain access.google_policy access.aws_policy",
    "access.vault_policy access.kubernetes access access.gather access.danger access.escalation access.lockout access.crossing",
    "access.silent grant_change",
    "classify.cost classify.destructive classify.exposure classify.iam classify.naming classify.protection",
    "classify.scanners",
    "explain intent essence compare since promotion promotion_report rename guard guard_text drift drift_issue",
    "verdict shown hold override ticks item_facts",
    "checklist",
    "people process",
    "judge",
    "publication access_report cost_report concerns deletion_rows plan_labels annotations noise blocks families glance",
    "deletion_groups failure_lines stack_facts",
    "report sections count_table drift_report",
    "page_rows template_source templating sandbox own_templates fallback",
    "silent_parts filling render page compared_export export terminal applied_text drift_render drift_text",
    "decision",
    "review",
    "init doctor doctor_kit doctor_github",
    "edge.clock edge.event edge.files edge.plan_file edge.spool edge.progress edge.checkout edge.setup edge.actions edge.hub edge.login edge.people edge.statuses",
    "edge.reading edge.writing edge.runs edge.one_comment edge.meeting edge.publish edge.merge_queue edge.merges edge.forks edge.deployments edge.templates",
    "edge.earlier edge.issues edge.settings",
    "edge.access",
    "app",
    "leaving case merge_group publishing guard_command github_commands kit_commands template_commands",
    "applied_evidence applied_command drift_command",
    "dispatch",
    "arguments cli",
    "__main__",
)
ORDER = {name: number for number, name in enumerate(name for row in ROWS for name in row.split())}
DOORS = {
    "deepdiff": {"compare"},
    "jinja2": {"templating", "template_source", "sandbox"},
    "tabulate": {"markdown"},
    "detect_secrets": {"token_shapes"},
    "ahocorasick_rs": {"vault", "secret_scan"},
    "yaml": {"strict_yaml", "config"},
    "argparse": {"arguments", "cli", "dispatch"},
    "os": {"edge.files", "edge.plan_file", "edge.checkout"},
    "pathlib": {"edge.event", "edge.files", "edge.plan_file", "edge.checkout"},
    "importlib": {"edge.files", "token_shapes"},
    "github": {"edge.hub", "edge.login", "edge.reading", "edge.setup"},
    "requests": {"edge.hub", "edge.forks", "edge.setup"},
    "zipfile": {"edge.forks"},
    "urllib3": set[str](),
    "subprocess": set[str](),
    "socket": set[str](),
    "time": {"edge.clock"},
    "datetime": {"age", "change_window", "day", "edge.clock"},
    "zoneinfo": {"change_window"},
    "random": set[str](),
    "secrets": {"edge.actions"},
    "tempfile": {"edge.spool"},
}
EFFECTS = {"open", "print", "input", "eval", "exec"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(BOT.rglob("*.py")):
        name = ".".join(path.relative_to(BOT).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text(encoding="utf-8"))


MODULES = dict(modules())
NAMES = sorted(set(MODULES) - {"__init__", "edge", "classify"})


def imports(name: str) -> Iterator[str]:
    """Full names of what a module imports; relative imports come as ``.``."""
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            inner = [f"{base}.{alias.name}" for alias in node.names if f"{base}.{alias.name}"[4:] in ORDER]
            yield from inner if base.startswith("bot") and inner else [base]


def test_every_module_has_a_row() -> None:
    assert set(NAMES) == set(ORDER)


@pytest.mark.parametrize("name", NAMES)
def test_a_module_imports_only_from_above(name: str) -> None:
    used = [module.removeprefix("bot.") for module in imports(name) if module.startswith("bot.")]
    assert [module for module in used if ORDER[module] >= ORDER[name]] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_library_has_one_door(name: str) -> None:
    used = {module.split(".")[0] for module in imports(name)}
    assert {library for library in used & DOORS.keys() if name not in DOORS[library]} == set()


@pytest.mark.parametrize("name", NAMES)
def test_only_the_edge_and_the_command_line_have_effects(name: str) -> None:
    calls = {
        node.func.id
        for node in ast.walk(MODULES[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    if name.startswith("edge.") or name in ("cli", "__main__"):
        return
    assert calls & EFFECTS == set()


@pytest.mark.parametrize("name", NAMES)
def test_nobody_asks_the_clock(name: str) -> None:
    """The door for ``datetime`` is for reading times, which come in as values from the one clock."""
    if name == "edge.clock":
        return
    calls = {
        node.func.attr
        for node in ast.walk(MODULES[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert calls & {"now", "today", "utcnow", "fromtimestamp"} == set()


@pytest.mark.parametrize("name", NAMES)
def test_imports_are_absolute_and_known(name: str) -> None:
    tops = {module.split(".")[0] for module in imports(name)}
    ours = {
        "bot",
        "deepdiff",
        "jinja2",
        "markupsafe",
        "tabulate",
        "detect_secrets",
        "ahocorasick_rs",
        "yaml",
        "msgspec",
        "github",
        "requests",
    }
    assert "" not in tops
    assert tops - ours <= sys.stdlib_module_names


@pytest.mark.parametrize("name", NAMES)
def test_files_and_functions_stay_short(name: str) -> None:
    tree = MODULES[name]
    path = BOT / (name.replace(".", "/") + ".py")
    lines = (path if path.exists() else path.with_suffix("") / "__init__.py").read_text(encoding="utf-8").count("\n")
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert lines <= 400
    assert [f.name for f in functions if (f.end_lineno or f.lineno) - f.lineno >= 40] == []


def test_the_heavy_libraries_are_not_paid_by_the_core() -> None:
    """PyGithub is for the edge of another command; nothing here may pull it in."""
    assert not any("github" in set(imports(name)) for name in NAMES if ORDER[name] < ORDER["edge.files"])
    assert not any("edge.hub" in line for line in imports("cli"))
