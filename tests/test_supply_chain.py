"""Everything that is installed is pinned by hash, declared, used and documented; nothing names an index."""

import ast
import base64
import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = Path(__file__).parents[1]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = ("requirements.txt", "requirements-dev.txt", "requirements-audit.txt", "requirements-fuzz.txt")
LOCK = json.loads((TOP / "tests/node/package-lock.json").read_text(encoding="utf-8"))
NPM = json.loads((TOP / "tests/node/package.json").read_text(encoding="utf-8"))
DIRECT, ASKED_FOR, BUILD = "To run: what we import", "To run: what those ask for", "To install"
MODULES = {
    "ahocorasick_rs": "ahocorasick-rs",
    "detect_secrets": "detect-secrets",
    "github": "pygithub",
    "yaml": "pyyaml",
}
PINNED = re.compile(r"[a-z0-9][a-z0-9.-]*==[a-z0-9.!+]+( \\\n    --hash=sha256:[0-9a-f]{64})+")


def names(requirements: list[str]) -> list[str]:
    return [canonicalize_name(Requirement(text).name) for text in requirements]


def pinned(name: str) -> list[str]:
    return re.findall(r"^([a-z0-9.-]+)==", (TOP / name).read_text(encoding="utf-8"), re.MULTILINE)


def table(heading: str, number: int = 0) -> list[list[str]]:
    """Rows of a table of docs/dependencies.md, cell by cell."""
    section = (TOP / "docs/dependencies.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = [block for block in section.strip().split("\n\n") if block.startswith("| package |")][number]
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in found.splitlines()[2:]]


def first(rows: list[list[str]]) -> list[str]:
    return [row[0] for row in rows]


@pytest.mark.parametrize("name", PINS)
def test_every_requirement_has_one_version_and_hashes(name: str) -> None:
    """Nothing else stands in the file but comments: no address, no option, no index."""
    text = re.sub(r"^#.*\n", "", (TOP / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [entry for entry in re.split(r"\n(?=\S)", text) if not PINNED.fullmatch(entry.strip())] == []


def test_a_requirement_without_a_hash_would_be_found() -> None:
    assert not PINNED.fullmatch("idna==3.20")
    assert not PINNED.fullmatch("idna>=3.20 \\\n    --hash=sha256:" + "0" * 64)
    assert not PINNED.fullmatch("--index-url example")


def test_what_tests_run_with_is_what_runs() -> None:
    """A version that is tested is the version that is shipped."""
    versions = {
        name: dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (TOP / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in PINS[:2]
    }
    run, dev = versions["requirements.txt"], versions["requirements-dev.txt"]
    assert {name for name in run if name in dev and dev[name] != run[name]} == set()
    assert set(names(PROJECT["dependencies"])) <= run.keys() & dev.keys()
    assert set(names(PROJECT["optional-dependencies"]["dev"])) <= dev.keys()


def test_every_package_of_npm_has_a_digest_and_no_address() -> None:
    assert LOCK["lockfileVersion"] == 3
    packages = {path: entry for path, entry in LOCK["packages"].items() if path}
    assert {path for path, entry in packages.items() if "resolved" in entry or "link" in entry} == set()
    for path, entry in packages.items():
        algorithm, _, digest = entry["integrity"].partition("-")
        assert (algorithm, len(base64.b64decode(digest))) == ("sha512", 64), path
    assert LOCK["packages"][""]["devDependencies"] == NPM["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in NPM["devDependencies"].values())


def test_whatever_installs_asks_for_hashes() -> None:
    """`--no-deps` installs this very project; pip-tools makes the pins and is used for nothing else."""
    files = [TOP / "Makefile", TOP / "action.yml", *TOP.glob(".github/workflows/*"), *TOP.glob("bot/kit/*")]
    lines = [line.strip() for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    pip = [line for line in lines if re.search(r"pip\"? install", line)]
    careless = [line for line in pip if "--require-hashes" not in line and "--no-deps" not in line]
    assert (len(pip), careless) == (7, ["$(BIN)/pip install --quiet pip-tools"])
    npm = [line for line in lines if re.search(r"\bnpm (ci|i|install|add)\b|\bnpx\b", line)]
    assert npm == ["@npm ci --silent --ignore-scripts --prefix tests/node"]


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (TOP / "bot").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    tops = {module.split(".")[0] for module in modules} - sys.stdlib_module_names - {"bot"}
    assert {MODULES.get(top, top) for top in tops} == set(names(PROJECT["dependencies"]))


def test_the_document_names_exactly_what_is_installed() -> None:
    assert first(table(DIRECT)) == [Requirement(text).name for text in PROJECT["dependencies"]]
    documented = [canonicalize_name(name) for heading in (DIRECT, ASKED_FOR, BUILD) for name in first(table(heading))]
    assert sorted(documented) == sorted(pinned("requirements.txt"))
    assert first(table("To test")) == [Requirement(text).name for text in PROJECT["optional-dependencies"]["dev"]]
    assert first(table("To test", 1)) == list(NPM["devDependencies"])


def asking(name: str, extras: tuple[str, ...] = ("",)) -> set[str]:
    """What a package asks for on Linux with Python 3.11, where most is asked for; of extras only what is wanted."""
    wanted = [Requirement(text) for text in metadata.requires(name) or []]
    version = {"python_version": "3.11", "python_full_version": "3.11.9"}
    return {
        canonicalize_name(one.name)
        for one in wanted
        if one.marker is None or any(one.marker.evaluate({**version, "extra": extra}) for extra in extras)
    }


@pytest.mark.parametrize(("heading", "ours"), [(ASKED_FOR, DIRECT), (BUILD, None)], ids=["run", "install"])
def test_the_document_says_who_asks_for_what(heading: str, ours: str | None) -> None:
    direct = [canonicalize_name(name) for name in first(table(ours))] if ours else ["editables", "hatchling"]
    askers = {*direct, *first(table(heading))}
    asked = {name: asking(name, ("", "crypto") if name == "pyjwt" else ("",)) for name in askers}
    for name, told, *_ in table(heading):
        true = sorted(asker for asker, wants in asked.items() if name in wants)
        assert told.split(", ") == (true or ["us"]), name


@pytest.mark.parametrize("heading", [DIRECT, ASKED_FOR])
def test_the_document_says_what_is_compiled(heading: str) -> None:
    told = {row[0]: row[-1] for row in table(heading)}
    true = {
        name: "yes" if any(str(path).endswith((".so", ".pyd")) for path in metadata.files(name) or []) else "no"
        for name in told
    }
    assert told == true


def test_the_audit_is_strict_and_runs_without_a_push_too() -> None:
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split("\naudit:")[1].split("\n\n")[0]
    assert "pip-audit --strict" in recipe
    assert "npm audit" in recipe
    assert all(name in recipe for name in PINS)
    workflow = yaml.safe_load((TOP / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert {"push", "pull_request", "schedule"} == set(workflow[True])  # YAML 1.1 takes `on` for a truth value
    assert workflow["jobs"]["audit"]["steps"][-1]["run"] == "make audit PYTHON=python"
