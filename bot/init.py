"""`plan-review init`: from what a repository holds to the files to write and the settings to make."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, structs

from bot.environment import ENVIRONMENTS
from bot.errors import BadUsage
from bot.override import LABELS
from bot.process import URGENT
from bot.root_modules import RootModule, list_shared
from bot.workflows import Choice, Cloud, StackFolder, Tool

VARIABLES: Mapping[Cloud, tuple[str, ...]] = {
    "google": ("GCP_WORKLOAD_IDENTITY_PROVIDER", "GCP_SERVICE_ACCOUNT"),
    "aws": ("AWS_ROLE_TO_ASSUME", "AWS_REGION"),
    "azure": ("ARM_CLIENT_ID", "ARM_TENANT_ID", "ARM_SUBSCRIPTION_ID"),
    "none": (),
}
CONFIG = """\
# Settings of plan-review; everything left out has its default: plan-review config show
version: 1
"""
SHARED = "each would undo what the other applies. Add a file for each, e.g. env/prod.gcs.tfbackend, and run init again."
_ACTION = re.compile(r"uses: (\S+/plan-review@[0-9a-f]{40}(?: # v[\w.]+)?)\s*$", re.MULTILINE)


class Change(Struct, frozen=True, kw_only=True):
    """One file: new, the same as it is, or different; ``diff`` is unified, "" unless it differs."""

    path: str
    text: str
    exists: bool
    diff: str = ""


class Setting(Struct, frozen=True, kw_only=True):
    """One thing to set in GitHub: where to click, and the exact value."""

    place: str
    value: str


class Gate(Struct, frozen=True, kw_only=True):
    """A branch and the status that must be green to merge into it."""

    branch: str
    context: str


class Home(Struct, frozen=True, kw_only=True):
    """A GitHub environment.  ``branch`` is the pattern that may use it, "" for all: a plan's identity only reads."""

    name: str
    branch: str = ""
    reviewed: bool = False


class Setup(Struct, frozen=True, kw_only=True):
    """Settings of GitHub; ``variables`` are names, their values are the cloud's and set by hand."""

    gates: tuple[Gate, ...]
    homes: tuple[Home, ...]
    variables: tuple[str, ...] = ()


def find_action(workflows: Mapping[str, str], asked: str) -> str:
    """The pinned action: as asked, else the one the workflows use now.  Raises BadUsage for neither."""
    found = next((match[1] for text in workflows.values() if (match := _ACTION.search(text))), "")
    if not (asked or found):
        raise BadUsage(
            "Which commit of the action is to be used?",
            "Name it with --action OWNER/REPO@SHA; git ls-remote https://github.com/OWNER/REPO shows the commits.",
        )
    return asked or found


def find_tool(sources: Iterable[str], versions: Mapping[str, str], asked: Tool | None) -> tuple[Tool, str]:
    """Tool and version: OpenTofu where a file of it is found."""
    opened = ".opentofu-version" in versions or any(path.endswith(".tofu") for path in sources)
    tool: Tool = asked or ("tofu" if opened else "terraform")
    return tool, versions.get(".opentofu-version" if tool == "tofu" else ".terraform-version", "") or "~1"


def find_cloud(modules: Iterable[RootModule], asked: Cloud | None) -> Cloud:
    """The cloud that keeps the state; Google where the backend does not say."""
    clouds: Mapping[str, Cloud] = {"gcs": "google", "s3": "aws", "azurerm": "azure"}
    found: list[Cloud] = [clouds[module.backend.kind] for module in modules if module.backend.kind in clouds]
    return asked or (found[0] if found else "google")


def choose_default() -> tuple[StackFolder, ...]:
    """For a repository without code: the folder that the first root module will be in."""
    return (StackFolder(name="infra", directory="infra"),)


def compare_files(wanted: Mapping[str, str], existing: Mapping[str, str]) -> list[Change]:
    """What writing ``wanted`` would do to ``existing``; a config that is there is kept as it is."""
    return [
        Change(
            path=path,
            text=text,
            exists=path in existing,
            diff=_diff(path, existing[path], text) if path in existing else "",
        )
        for path, text in sorted(wanted.items())
    ]


def plan_setup(choice: Choice) -> Setup:
    """What GitHub has to hold for the flow, as values."""
    return structs.replace(plan_gates(choice.stage, choice.prod), variables=VARIABLES[choice.cloud])


def plan_gates(stage: str, prod: str) -> Setup:
    """The part of it that does not depend on the cloud."""
    homes = {"dev": "dev/**", "stage": stage, "prod": prod}
    applies = [Home(name=name, branch=homes[name], reviewed=name == "prod") for name in ENVIRONMENTS]
    plans = [Home(name=f"{name}-plan") for name in ENVIRONMENTS]
    gates = (Gate(branch=stage, context="plan-review/stage"), Gate(branch=prod, context="plan-review/prod"))
    return Setup(gates=gates, homes=(*applies, *plans))


def write_config(stage: str, prod: str) -> str:
    """The settings to begin with: branches are named where they are not GitFlow's."""
    if (stage, prod) == ("develop", "main"):
        return CONFIG
    return f"{CONFIG}flow:\n  stage: {json.dumps(stage)}\n  prod: {json.dumps(prod)}\n"


def list_settings(choice: Choice, repository: str = "") -> list[Setting]:
    """What must be set in GitHub by someone with admin rights, as a checklist; ``repository`` is OWNER/REPO."""
    setup = plan_setup(choice)
    general = [
        Setting(
            place="Issues > Labels",
            value=f"make {', '.join((*LABELS.values(), URGENT))}: what is held is let through by them",
        ),
        Setting(place="Settings > Actions > General", value="workflow permissions: read repository contents"),
        Setting(
            place="Settings > General > Pull Requests",
            value="automatically delete head branches: off, it would delete develop",
        ),
        Setting(place="Settings > General > Default branch", value=f"{choice.prod}: a schedule runs there alone"),
    ]
    return [
        *map(_say_gate, setup.gates),
        *(_say_home(home, setup.variables, repository) for home in setup.homes),
        *general,
    ]


def _say_gate(gate: Gate) -> Setting:
    return Setting(
        place=f"Settings > Branches > rule for {gate.branch}",
        value=f"require a pull request with 1 approval, required status {gate.context}, branch up to date before the "
        "merge, dismiss stale approvals, no bypass, no force push, no deletion",
    )


def _say_home(home: Home, variables: Sequence[str], repository: str) -> Setting:
    rule = f"branch rule: {home.branch} only" if home.branch else "no branch rule, an identity that may only read"
    reviewers = "; required reviewer, prevent self-review" if home.reviewed else ""
    subject = f"repo:{repository or 'OWNER/REPO'}:environment:{home.name}"
    names = f"; variables {', '.join(variables)} of an identity that trusts {subject}" if variables else ""
    return Setting(place=f"Settings > Environments > {home.name}", value=f"{rule}{reviewers}{names}")


def tell_choice(choice: Choice, *, found: bool) -> list[str]:
    """What was found out, and what in it is to be looked at; ``found``: there are root modules."""
    lines = [
        f"Written for {choice.tool} {choice.version}, cloud {choice.cloud}, STAGE {choice.stage}, PROD {choice.prod}."
    ]
    for environment, stacks in choice.stacks.items():
        shown = ", ".join(f"{s.name} in {s.directory}{_files(s)}" for s in stacks)
        lines.append(f"  {environment:6}{shown}")
    if not found:
        folder = choice.stacks["prod"][0].directory
        where = f"put it into {folder}/, with a backend, or name its folder in terraform.yml."
        lines.append(f"! No Terraform code was found: {where}")
    for folder, names in list_shared(choice.stacks).items() if found else ():
        shared = ", ".join(name.upper() for name in names)
        lines.append(f"! {shared} have one state in {folder}: {SHARED}")
    return [*lines, ""]


def _files(stack: StackFolder) -> str:
    files = " and ".join(name for name in (stack.var_file, stack.backend_file) if name)
    return f" ({files})" if files else ""


def format_result(
    changes: Iterable[Change], settings: Iterable[Setting], *, written: bool, told: Sequence[str] = ()
) -> str:
    """What was found, what was or would be written, with the differences, then the checklist."""
    lines = [*told]
    for change in changes:
        word = "differs" if change.diff else "same" if change.exists else "new"
        lines.append(f"{word:8}{change.path}")
        lines += [change.diff] if change.diff else []
    if not written:
        lines.append("Nothing was written: a file above differs. Read the difference, then add --yes.")
    lines += ["", "To set in GitHub:", *(f"  [ ] {setting.place}\n      {setting.value}" for setting in settings), ""]
    return "\n".join(lines)


def _diff(path: str, before: str, after: str) -> str:
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), f"{path} (now)", f"{path} (init)"
        )
    )
