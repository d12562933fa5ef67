"""``review --publish``: read the pull request, judge its plans, write the verdict to where people look.

Whatever fails on the way, nothing is lost: the full report goes to the step summary, the status says error where it
still can be set, and the exit code says why.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from bot import __version__
from bot.app import GitHubOptions, Options, Outcome, build_settings, read_config, read_stacks, tell_apart
from bot.config import Config, decode_config, resolve_environment
from bot.edge import clock, files
from bot.edge.access import Access, connect_by_environment
from bot.edge.event import read_event
from bot.edge.forks import download_records, fetch_run, find_pull_request
from bot.edge.publish import Outcome as Published
from bot.edge.publish import Target, give_up, publish
from bot.edge.reading import Seen, Wanted, add_base, add_files, complete, find, read_file
from bot.environment import EnvironmentName, find_environment
from bot.errors import BadUsage, BotError, CannotReach
from bot.event import Event
from bot.leaving import Ending, leave_behind
from bot.override import LABELS
from bot.process import URGENT
from bot.pull_request import PullRequest
from bot.record import Problem, Stack
from bot.render import render
from bot.report import Origin
from bot.review import Review, Settings, build_stacks, has_unexplained, list_missing, review
from bot.ticks import read_ticks

SETTINGS = ".github/plan-review.yml"
SMALLER = 30_000  # bytes of a comment where GitHub found the full one too long
ENDINGS = {
    "superseded": "A later run has published already; this one wrote nothing.",
    "outdated": "The pull request has a newer commit than the one that was planned; nothing was written.",
    "closed": "The pull request is closed; nothing was written.",
}


class Job(Struct, frozen=True, kw_only=True):
    """One publishing: what was asked, in which run, with which access, and when (RFC 3339 UTC)."""

    options: Options
    github: GitHubOptions
    event: Event
    access: Access
    now: str


class Plans(Struct, frozen=True, kw_only=True):
    """Which pull request; and the files of another run, by name.  ``fork``: that run was of another repository."""

    number: int
    head: str = ""
    records: tuple[tuple[str, bytes], ...] | None = None  # None: they are files that the command line names
    fork: bool = False


class Case(Struct, frozen=True, kw_only=True):
    """What is judged: a pull request, under which settings, and its plans; ``head`` is the commit that was planned."""

    seen: Seen
    config: Config
    environment: EnvironmentName
    stacks: tuple[Stack, ...]
    head: str

    @property
    def context(self) -> str:
        return f"plan-review/{self.environment}"


class Ended(Struct, frozen=True, kw_only=True):
    """A review, what kept it from being published, and remarks."""

    reviewed: Review
    pull_request: PullRequest | None = None
    problem: CannotReach | None = None
    notes: tuple[str, ...] = ()


def publish_review(options: Options, github: GitHubOptions) -> Outcome:
    """Raises BotError; then an error status was set where that was possible, and never a success."""
    environ = files.read_environment()
    event = read_event(environ)
    ended = _review(options, github, event, environ)
    ending = Ending(reviewed=ended.reviewed, pull_request=ended.pull_request, repository=event.repository)
    outcome = leave_behind(ending, options, github, environ)
    notes = (*outcome.notes, *filter(None, ended.notes))
    if ended.problem is None:
        return structs.replace(outcome, notes=notes)
    told = f"{ended.problem.message}\n  {ended.problem.advice} The report is in the step summary."
    return structs.replace(outcome, exit_code=ended.problem.exit_code, notes=(*notes, told))


def _review(options: Options, github: GitHubOptions, event: Event, environ: Mapping[str, str]) -> Ended:
    """Judge and publish.  Where GitHub cannot be read the plans are judged all the same."""
    try:
        access = connect_by_environment(environ, event.api_url, github.repository or event.repository, clock.sleep)
    except CannotReach as error:
        return Ended(reviewed=_alone(options, event), problem=error)
    job = Job(options=options, github=github, event=event, access=access, now=clock.tell_time())
    try:
        case = _look_closer(job, _open(job))
    except CannotReach as error:
        _fail(job)
        return Ended(reviewed=_alone(options, event), problem=error)
    except BotError:
        _fail(job)
        raise
    return _finish(job, case)


def _finish(job: Job, case: Case) -> Ended:
    settings = _settings(job, case)
    reviewed = review(case.stacks, settings)
    pull_request = case.seen.pull_request
    try:
        published = _publish(job, case, reviewed, settings)
    except CannotReach as error:
        return Ended(reviewed=reviewed, pull_request=pull_request, problem=error)
    notes = (*published.warnings, ENDINGS.get(published.ending, ""))
    return Ended(reviewed=reviewed, pull_request=pull_request, notes=notes)


def _alone(options: Options, event: Event) -> Review:
    """The plans judged without a pull request, under the settings of the checkout."""
    config = read_config(options.config)
    found = tell_apart(read_stacks(options.plans, config))
    stacks = (*found, *list_missing((*config.github.stacks, *options.expected), found))
    branch = event.pull_request.base_branch if event.pull_request else ""
    environment = options.environment or find_environment(branch, config.flow) or "prod"
    return review(stacks, build_settings(structs.replace(options, environment=environment), config, None))


def _open(job: Job) -> Case:
    """The pull request as it is now, the settings of its base branch, and the plans."""
    plans = _plans(job)
    seen = find(job.access.hub, plans.number)
    config = _base_config(job, seen.pull_request)
    environment = job.options.environment or find_environment(seen.pull_request.target_branch, config.flow)
    if environment is None:
        advice = "Name the environment with --environment, or say in the settings which branch deploys what (flow)."
        raise BadUsage("The pull request goes into a branch of no environment.", advice)
    found = tell_apart(tuple(_stacks(job, plans, config)))
    stacks = (*found, *list_missing((*config.github.stacks, *job.options.expected), found))
    head = job.options.commit or plans.head or next((stack.head for stack in stacks if stack.head), "")
    head = head or (job.event.pull_request.head if job.event.pull_request else "") or seen.pull_request.head
    checked = tuple(_of_commit(stack, head) for stack in stacks)
    return Case(seen=seen, config=config, environment=environment, stacks=checked, head=head)


def _plans(job: Job) -> Plans:
    if job.github.from_run is not None:
        return _plans_of_run(job, job.github.from_run)
    event = job.event
    number = job.github.number or (event.pull_request.number if event.pull_request else None)
    number = number or (event.comment.number if event.comment and event.comment.on_pull_request else None)
    if number is None:
        raise BadUsage(f"The event {event.name} belongs to no pull request.", "Name one with --pull-request NUMBER.")
    return Plans(number=number)


def _plans_of_run(job: Job, run_id: int) -> Plans:
    """What another run recorded: data that an attacker may have written, where that run was of a fork."""
    hub = job.access.hub
    run = fetch_run(hub, run_id)
    if run.event != "pull_request":
        raise BadUsage(f"The run {run_id} was not started by a pull request.", "Name the run that planned one.")
    number = find_pull_request(hub, run.head_repository, run.head_branch, run.head_sha)
    fork = run.head_repository.casefold() != hub.name.casefold()
    return Plans(number=number, head=run.head_sha, records=download_records(hub, run_id), fork=fork)


def _stacks(job: Job, plans: Plans, config: Config) -> Iterator[Stack]:
    if plans.records is None:
        yield from read_stacks(job.options.plans, config)
        return
    for name, data in plans.records:
        for stack in build_stacks(name.removesuffix(".json"), data, config.secrets):
            yield structs.replace(stack, unproven=plans.fork)


def _of_commit(stack: Stack, head: str) -> Stack:
    """A record of another commit says nothing about this one."""
    if stack.head in ("", head):
        return stack
    problem = Problem(f"This record is of commit {stack.head[:7]}, not of {head[:7]}.", "Plan this commit.")
    return Stack(name=stack.name, problem=problem)


def _base_config(job: Job, pull_request: PullRequest) -> Config:
    """The settings a pull request cannot loosen: those of its base branch, or a file that the workflow vouches for."""
    name = job.options.config
    if name is not None:
        return decode_config(files.read_bytes(name), name)
    data = read_file(job.access.hub, SETTINGS, f"refs/heads/{pull_request.target_branch}")
    return Config() if data is None else decode_config(data, SETTINGS)


def _look_closer(job: Job, case: Case) -> Case:
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
    settings = _settings(job, case)
    if has_unexplained(case.stacks, settings, pull_request):
        pull_request = add_files(hub, pull_request, seen.changed_files)
    if has_unexplained(case.stacks, settings, pull_request):
        pull_request = add_base(hub, pull_request)
    return structs.replace(case, seen=structs.replace(seen, pull_request=pull_request))


def _settings(job: Job, case: Case) -> Settings:
    event = job.event
    options = structs.replace(job.options, environment=case.environment, commit=case.head)
    settings = build_settings(options, case.config, case.seen.pull_request)
    origin = Origin(
        version=__version__,
        now=job.now,
        commit=case.head[:7],
        head=case.head,
        run_url=event.run_url,
        run_id=event.run_id,
        attempt=event.run_attempt,
    )
    return structs.replace(settings, origin=origin)


def _publish(job: Job, case: Case, reviewed: Review, settings: Settings) -> Published:
    return publish(
        job.access.hub,
        reviewed.publication,
        _target(job, case),
        case.seen,
        lambda: render(reviewed.report, settings.templates, budget=SMALLER),
    )


def _target(job: Job, case: Case) -> Target:
    return Target(
        number=case.seen.pull_request.number or 0,
        head=case.head,
        link=job.event.run_url,
        author=case.seen.author or job.access.author,
        mode=case.config.github.comment,
        plan_labels=case.config.github.plan_labels,
    )


def _fail(job: Job) -> None:
    """The status of a review that could not even begin."""
    pull = job.event.pull_request
    environment = job.options.environment or (find_environment(pull.base_branch, Config().flow) if pull else None)
    head = job.options.commit or (pull.head if pull else "")
    if environment and head:
        give_up(job.access.hub, Target(number=0, head=head, link=job.event.run_url), f"plan-review/{environment}")
