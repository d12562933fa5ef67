"""The commands `init` and `doctor`: read the repository through the edge, call the core, give back what to write."""

from msgspec import Struct

from bot.app import Outcome
from bot.doctor import Facts, Trouble, examine, format_troubles
from bot.doctor_github import examine_github
from bot.doctor_kit import compare_kit
from bot.edge.checkout import Checkout, read_checkout
from bot.edge.files import DEFAULT_CONFIG, read_kit
from bot.errors import BadUsage
from bot.init import (
    choose_default,
    compare_files,
    find_action,
    find_cloud,
    find_tool,
    format_result,
    list_settings,
    plan_gates,
    plan_setup,
    tell_choice,
    write_config,
)
from bot.override import LABELS
from bot.process import URGENT
from bot.root_modules import find_root_modules, list_stacks
from bot.workflows import Choice, Cloud, Tool, build_workflows

CONFIG_PATH = str(DEFAULT_CONFIG)


class InitOptions(Struct, frozen=True, kw_only=True):
    """What the command line asks of `init`; None and "" mean: find it out."""

    directory: str = "."
    tool: Tool | None = None
    cloud: Cloud | None = None
    action: str = ""
    stage: str = "develop"
    prod: str = "main"
    yes: bool = False


class Access(Struct, frozen=True, kw_only=True):
    """How to reach GitHub; ``repository`` "" means the remote of the checkout."""

    token: str
    repository: str = ""
    api_url: str = "https://api.github.com"


def run_init(options: InitOptions) -> Outcome:
    """The files to write, by path; none where one would be replaced and ``yes`` is not given: exit code 1.

    Raises BotError.
    """
    checkout = read_checkout(options.directory)
    choice = choose(checkout, options)
    wanted = build_workflows(read_kit(), choice)
    if not checkout.config:
        wanted[CONFIG_PATH] = write_config(options.stage, options.prod)
    changes = compare_files(wanted, checkout.workflows)
    may = options.yes or not any(change.diff for change in changes)
    written = {f"{options.directory}/{c.path}": c.text for c in changes if c.diff or not c.exists} if may else {}
    told = tell_choice(choice, found=bool(find_root_modules(checkout.sources, checkout.others)))
    text = format_result(changes, list_settings(choice, checkout.repository), written=may, told=told)
    return Outcome(text=text, files=written, exit_code=0 if may else 1)


def choose(checkout: Checkout, options: InitOptions) -> Choice:
    """Raises BadUsage."""
    modules = find_root_modules(checkout.sources, checkout.others)
    tool, version = find_tool(checkout.sources, checkout.versions, options.tool)
    stacks = {environment: found or choose_default() for environment, found in list_stacks(modules).items()}
    return Choice(
        action=find_action(checkout.workflows, options.action),
        stacks=stacks,
        tool=tool,
        version=version,
        cloud=find_cloud(modules, options.cloud),
        stage=options.stage,
        prod=options.prod,
    )


def run_apply(options: InitOptions, access: Access) -> Outcome:
    """`init --apply`: the settings of GitHub that are missing, one line each.  Raises BotError."""
    from bot.edge.setup import apply_setup  # PyGithub is slow to load, and nothing else here needs it

    checkout = read_checkout(options.directory)
    repository = _repository(checkout, access)
    lines = apply_setup(plan_setup(choose(checkout, options)), repository, access.token, access.api_url)
    return Outcome(text="\n".join(lines) + "\n")


def run_doctor(directory: str, stage: str = "develop", prod: str = "main", access: Access | None = None) -> Outcome:
    """Findings as text; exit code 10 where one stops.  With ``access`` GitHub is asked too.  Raises BotError."""
    checkout = read_checkout(directory)
    hosted = None
    if access:
        from bot.edge.settings import read_hosted  # as above

        repository = _repository(checkout, access)
        hosted = read_hosted(plan_gates(stage, prod), repository, access.token, access.api_url)
    facts = Facts(
        workflows=checkout.workflows,
        modules=find_root_modules(checkout.sources, checkout.others),
        default_branch=(hosted and hosted.default_branch) or checkout.default_branch,
        stage=stage,
        prod=prod,
    )
    found = [*examine(facts), *_compare_with_kit(checkout, directory, stage, prod)]
    found += examine_github(hosted, (*LABELS.values(), URGENT)) if hosted else []
    stops = any(trouble.weight == "stop" for trouble in found)
    return Outcome(text=format_troubles(found, asked=access is not None), exit_code=10 if stops else 0)


def _compare_with_kit(checkout: Checkout, directory: str, stage: str, prod: str) -> list[Trouble]:
    """Nothing where no workflow is of the kit: that is told by itself, and steps of one's own need none of it."""
    if ".github/workflows/terraform.yml" not in checkout.workflows:
        return []
    try:
        choice = choose(checkout, InitOptions(directory=directory, stage=stage, prod=prod))
        return compare_kit(checkout.workflows, build_workflows(read_kit(), choice))
    except BadUsage:  # no pinned action, or a folder that no workflow may name
        return []


def _repository(checkout: Checkout, access: Access) -> str:
    if not (access.repository or checkout.repository):
        raise BadUsage("Which repository on GitHub is this?", "Add the remote origin, or set GITHUB_REPOSITORY.")
    return access.repository or checkout.repository
