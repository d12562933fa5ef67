"""What a publishing is about: the pull request as it is now, the settings of its base branch, and its plans."""

from collections.abc import Callable, Iterator

from msgspec import Struct, structs

from bot import __version__
from bot.app import (
    GitHubOptions,
    Options,
    build_settings,
    gather_facts,
    list_plans,
    read_catalog,
    read_own_templates,
    stream_stacks,
    with_missing,
)
from bot.config import Config, decode_config, resolve_environment
from bot.edge import files
from bot.edge.access import Access
from bot.edge.forks import fetch_run, find_latest_run, find_pull_request, list_artifacts, stream_records
from bot.edge.hub import Hub
from bot.edge.publish import give_up
from bot.edge.reading import Seen, Wanted, add_base, add_files, complete, find, read_file
from bot.edge.runs import Target
from bot.edge.spool import Spool
from bot.edge.templates import fetch_templates
from bot.environment import EnvironmentName, find_environment
from bot.errors import BadUsage, BotError, CannotReach
from bot.event import Event
from bot.override import LABELS
from bot.own_templates import collect_templates
from bot.process import URGENT
from bot.pull_request import PullRequest
from bot.record import Problem, Stack
from bot.report import Origin
from bot.review import Settings, build_stacks, has_unexplained
from bot.stack_facts import Rules, StackFacts, build_rules, find_stack_facts
from bot.template_file import NONE, VERSION, Mistake, OwnTemplates
from bot.ticks import read_ticks

SETTINGS = ".github/plan-review.yml"


class Job(Struct, frozen=True, kw_only=True):
    """One publishing: what was asked, in which run, with which access, and when (RFC 3339 UTC)."""

    options: Options
    github: GitHubOptions
    event: Event
    access: Access
    now: str


class NothingPlanned(BotError):
    """A run that ended well without a record, as one for a new title does: there is nothing to report."""


class Plans(Struct, frozen=True, kw_only=True):
    """Which pull request; and the files of another run, by name.  ``fork``: that run was of another repository."""

    number: int
    head: str = ""
    records: tuple[tuple[str, Callable[[], bytes]], ...] | None = None  # None: the command line names files
    fork: bool = False
    run: int = 0  # which other run that is
    latest: bool = False  # take the records of the latest run on the pull request's head


class Case(Struct, frozen=True, kw_only=True):
    """What is judged: a pull request, under which settings, and its plans; ``head`` is the commit that was planned."""

    seen: Seen
    config: Config
    environment: EnvironmentName
    found: tuple[StackFacts, ...]
    head: str
    own: OwnTemplates = NONE
    run: int = 0  # the other run whose records they are

    @property
    def stacks(self) -> tuple[Stack, ...]:
        return tuple(one.stack for one in self.found)

    @property
    def context(self) -> str:
        return f"plan-review/{self.environment}"


def open_case(job: Job, plans: Plans) -> Case:
    """The pull request as it is now, the settings of its base branch, and the plans."""
    seen = find(job.access.hub, plans.number)
    plans = _with_latest(job, plans, seen.pull_request) if plans.latest else plans
    config = _base_config(job, seen.pull_request)
    environment = job.options.environment or find_environment(seen.pull_request.target_branch, config.flow)
    if environment is None:
        advice = "Name the environment with --environment, or say in the settings which branch deploys what (flow)."
        raise BadUsage("The pull request goes into a branch of no environment.", advice)
    rules = build_rules(config, read_catalog(), environment)
    found = _look(job, plans, rules)
    head = job.options.commit or plans.head or next((one.stack.head for one in found if one.stack.head), "")
    head = head or (job.event.pull_request.head if job.event.pull_request else "") or seen.pull_request.head
    checked = tuple(_of_commit(one, head, rules) for one in found)
    return Case(seen=seen, config=config, environment=environment, found=checked, head=head, run=plans.run)


def list_expected(config: Config, options: Options) -> tuple[str, ...]:
    """The stacks that should be there."""
    return (*config.github.stacks, *options.expected)


def find_plans(job: Job) -> Plans:
    if job.github.from_run is not None:
        return _plans_of_run(job, job.github.from_run)
    event = job.event
    number = job.github.number or (event.pull_request.number if event.pull_request else None)
    number = number or (event.comment.number if event.comment and event.comment.on_pull_request else None)
    if number is None:
        raise BadUsage(f"The event {event.name} belongs to no pull request.", "Name one with --pull-request NUMBER.")
    return Plans(number=number, latest=job.github.from_latest_run)


def _plans_of_run(job: Job, run_id: int) -> Plans:
    """What another run recorded: data that an attacker may have written, where that run was of a fork."""
    hub = job.access.hub
    run = fetch_run(hub, run_id)
    if run.event != "pull_request":
        raise BadUsage(f"The run {run_id} was not started by a pull request.", "Name the run that planned one.")
    number = find_pull_request(hub, run.head_repository, run.head_branch, run.head_sha)
    fork = run.head_repository.casefold() != hub.name.casefold()
    records = _fetch_records(hub, run_id)
    if fork and not records and run.conclusion == "success" and not list_artifacts(hub, run_id):
        raise NothingPlanned("That run of a fork planned nothing; nothing was written.", "See what it did on GitHub.")
    return Plans(number=number, head=run.head_sha, records=records, fork=fork, run=run_id)


def _fetch_records(hub: Hub, run_id: int) -> tuple[tuple[str, Callable[[], bytes]], ...]:
    """Name and content, which waits on disk until it is asked for."""
    spool = Spool()
    return tuple((name, spool.keep(data)) for name, data in stream_records(hub, run_id))


def _with_latest(job: Job, plans: Plans, pull_request: PullRequest) -> Plans:
    hub, head = job.access.hub, pull_request.head
    run_id = find_latest_run(hub, head, forks=pull_request.fork)
    records = _fetch_records(hub, run_id)
    return structs.replace(plans, head=head, records=records, fork=pull_request.fork, run=run_id)


def _look(job: Job, plans: Plans, rules: Rules) -> tuple[StackFacts, ...]:
    """No plan at all is no pass either."""
    config, named = rules.config, list_plans(job.options.plans) if plans.records is None else []
    stacks = stream_stacks(named, config) if plans.records is None else _recorded(plans, config)
    stacks = with_missing(stacks, list_expected(config, job.options), least="default")
    return gather_facts(stacks, rules, len(plans.records or named))


def _recorded(plans: Plans, config: Config) -> Iterator[Stack]:
    for name, read in plans.records or ():
        stacks = build_stacks(name.removesuffix(".json"), read(), config.secrets, config.volatile)
        yield from (structs.replace(stack, unproven=plans.fork) for stack in stacks)


def _of_commit(found: StackFacts, head: str, rules: Rules) -> StackFacts:
    """A record of another commit says nothing about this one."""
    stack = found.stack
    if stack.head in ("", head):
        return found
    problem = Problem(f"This record is of commit {stack.head[:7]}, not of {head[:7]}.", "Plan this commit.")
    return find_stack_facts(Stack(name=stack.name, problem=problem), rules)


def _base_config(job: Job, pull_request: PullRequest) -> Config:
    """The settings a pull request cannot loosen: those of its base branch, or a file that the workflow vouches for."""
    name = job.options.config
    if name is not None:
        return decode_config(files.read_bytes(name), name)
    data = read_file(job.access.hub, SETTINGS, f"refs/heads/{pull_request.target_branch}")
    return Config() if data is None else decode_config(data, SETTINGS)


def look_closer(job: Job, case: Case) -> Case:
    """Ask GitHub what the decision needs: each request only where its answer can matter."""
    hub, rules = job.access.hub, resolve_environment(case.config, case.environment)
    tested = rules.process.stage_tested
    wanted = Wanted(
        labels=(*LABELS.values(), URGENT),
        approvals=rules.two_people,
        deployments=(tested.environment,) if tested.state != "off" else (),
    )
    seen = complete(hub, case.seen, case.environment, job.access.author, wanted)
    ticks = read_ticks(seen.comments[0].body) if seen.comments else ()
    pull_request = structs.replace(seen.pull_request, ticks=ticks)
    if has_unexplained(case.found, pull_request):
        pull_request = add_files(hub, pull_request, seen.changed_files)
    if has_unexplained(case.found, pull_request):
        pull_request = add_base(hub, pull_request)
    return structs.replace(case, seen=structs.replace(seen, pull_request=pull_request))


def with_own_templates(job: Job, case: Case) -> Case:
    """With the templates of the base branch, like its settings: one request, where those settings say there are some.

    Templates only dress what is judged: where they cannot be read, the built-in ones and a notice take their place.
    """
    if job.options.templates is not None or case.config.templates is None:
        folder = job.options.templates  # one that the workflow vouches for
        own = read_own_templates(folder, case.config) if folder is not None else NONE
        return structs.replace(case, own=own)
    try:
        ref = f"refs/heads/{case.seen.pull_request.target_branch}"
        found = fetch_templates(job.access.hub, ref) if case.config.templates == VERSION else []
        return structs.replace(case, own=collect_templates(found, case.config.templates))
    except CannotReach as error:
        mistake = Mistake(text=f"GitHub did not give them ({error.message.rstrip('.')})")
        return structs.replace(case, own=OwnTemplates(mistakes=(mistake,)))


def settings_of(job: Job, case: Case) -> Settings:
    event = job.event
    options = structs.replace(job.options, environment=case.environment, commit=case.head)
    settings = build_settings(options, case.config, case.seen.pull_request, case.own)
    origin = Origin(
        version=__version__,
        now=job.now,
        commit=case.head[:7],
        head=case.head,
        run_url=event.run_url,
        run_id=event.run_id,
        attempt=event.run_attempt,
        page=job.options.html is not None,
        records=str(case.run) if case.run and str(case.run) != event.run_id else "",
    )
    return structs.replace(settings, origin=origin)


def target_of(job: Job, case: Case) -> Target:
    return Target(
        number=case.seen.pull_request.number or 0,
        head=case.head,
        link=job.event.run_url,
        author=case.seen.author or job.access.author,
        mode=case.config.github.comment,
        plan_labels=case.config.github.plan_labels,
    )


def fail(job: Job) -> None:
    """The status of a review that could not even begin."""
    pull, group = job.event.pull_request, job.event.merge_group
    branch = pull.base_branch if pull else group.base_ref.removeprefix("refs/heads/") if group else ""
    environment = job.options.environment or find_environment(branch, Config().flow)
    head = job.options.commit or (pull.head if pull else group.head if group else "")
    if environment and head:
        give_up(job.access.hub, Target(number=0, head=head, link=job.event.run_url), f"plan-review/{environment}")
