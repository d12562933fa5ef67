"""The workflows of the kit for one repository: texts with markers in, files out.

``@NAME@`` stands for a value, alone on a line for a block that keeps the line's indent; ``uses: OWNER/REPO@PIN`` for
the commit in ``pins.toml``, the one table of pins.  No template language: GitHub's own ``${{ }}`` stays as it is.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, to_builtins

from bot.environment import EnvironmentName
from bot.errors import BadUsage

Tool = Literal["terraform", "tofu"]
Cloud = Literal["google", "aws", "azure", "none"]
TRUSTED = (
    "${{ github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository }}"
)
WORKFLOWS = ("terraform.yml", "plan-review-run.yml", "plan-review-judge.yml", "plan-review-fork.yml")
_ACTION = re.compile(r"[\w.-]+/[\w.-]+(?:/[\w.-]+)*@[0-9a-f]{40}(?: # [\w.-]+)?", re.ASCII)
_WORD = re.compile(r"[\w./-]*", re.ASCII)
_NAME = re.compile(r"[\w.-]+", re.ASCII)
_VERSION = re.compile(r"[\w.~<>=!*, -]+", re.ASCII)
_PIN = re.compile(r"uses: ([\w.-]+/[\w./-]+)@PIN")
_BLOCK = re.compile(r"^( *)@([A-Z_]+)@\n", re.MULTILINE)


class StackFolder(Struct, frozen=True, kw_only=True, rename="kebab"):
    """One state: the root module's folder and, seen from there, its files of variables and backend settings."""

    name: str
    directory: str
    var_file: str = ""
    backend_file: str = ""


class Choice(Struct, frozen=True, kw_only=True):
    """What the workflows are written for.  ``action`` is OWNER/REPO@SHA, with `` # version`` where known."""

    action: str
    stacks: Mapping[EnvironmentName, tuple[StackFolder, ...]]
    tool: Tool = "terraform"
    version: str = "~1"
    cloud: Cloud = "google"
    stage: str = "develop"
    prod: str = "main"


def build_workflows(kit: Mapping[str, str], choice: Choice) -> dict[str, str]:
    """Path in the repository -> text.  Raises BadUsage for what could not be put into a workflow safely."""
    _check(choice)
    pins = tomllib.loads(kit["pins.toml"])["pins"]
    parts = tomllib.loads(kit["parts.toml"])
    blocks = _list_blocks(parts, choice)
    words = {
        "ACTION": choice.action,
        "BINARY": choice.tool,
        "VERSION": choice.version,
        "STAGE_BRANCH": json.dumps(choice.stage),
        "PROD_BRANCH": json.dumps(choice.prod),
    }
    return {f".github/workflows/{name}": _fill(kit[name], blocks, words, pins) for name in WORKFLOWS}


def pin(text: str, pins: Mapping[str, list[str]]) -> str:
    """Put the pinned commit and its version behind each ``uses: OWNER/REPO@PIN``."""
    return _PIN.sub(lambda found: f"uses: {found[1]}@{' # '.join(pins[found[1]])}", text)


def _fill(text: str, blocks: Mapping[str, str], words: Mapping[str, str], pins: Mapping[str, list[str]]) -> str:
    text = _BLOCK.sub(lambda found: _indent(blocks[found[2]], found[1]), text)
    for name, value in words.items():
        text = text.replace(f"@{name}@", value)
    return pin(text, pins)


def _indent(block: str, indent: str) -> str:
    return "".join(f"{indent}{line}\n" for line in block.splitlines())


def _list_blocks(parts: Mapping[str, Mapping[str, str]], choice: Choice) -> dict[str, str]:
    login = parts["login"][choice.cloud]
    return {
        "CLOUD_ENV": parts["env"][choice.cloud],
        "LOGIN": login,
        "LOGIN_UNLESS_FORK": login.replace("\n  uses:", f"\n  if: {TRUSTED}\n  uses:"),
        "SETUP": parts["setup"][choice.tool],
        "STACKS": _format_stacks(choice),
    }


def _format_stacks(choice: Choice) -> str:
    """JSON with one stack a line: people edit it."""
    entries = []
    for environment, stacks in choice.stacks.items():
        lines = ",\n".join(f"    {json.dumps(to_builtins(stack))}" for stack in stacks)
        entries.append(f'  "{environment}": [\n{lines}\n  ]')
    return "{\n" + ",\n".join(entries) + "\n}"


def _check(choice: Choice) -> None:
    """Everything that is put into a workflow is found in a repository or typed by hand: plain words only."""
    if not _ACTION.fullmatch(choice.action):
        raise BadUsage(
            "The action is not pinned to a commit.", "Name it as OWNER/REPO@SHA with the full 40 digits of the commit."
        )
    if not _VERSION.fullmatch(choice.version):
        raise BadUsage("The tool's version is no version.", "Write it like 1.9.8 or ~1.9.")
    stacks = [stack for several in choice.stacks.values() for stack in several]
    words = [choice.stage, choice.prod, *(word for s in stacks for word in (s.directory, s.var_file, s.backend_file))]
    if odd := next((word for word in words if not _WORD.fullmatch(word) or word.startswith("-")), None):
        raise BadUsage(f"{odd!r} cannot stand in a workflow.", "Use letters, digits, dot, dash, slash and underscore.")
    if odd := next((s.name for s in stacks if not _NAME.fullmatch(s.name) or s.name.startswith("-")), None):
        raise BadUsage(f"{odd!r} cannot be a stack's name.", "Use letters, digits, dot, dash and underscore.")
    if not stacks or not all(choice.stacks.values()):
        raise BadUsage("An environment has no stack.", "Name a folder of Terraform code with --directory.")
