"""``drift``: what was changed outside Terraform, and an issue for it where that is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct, structs

from bot import __version__
from bot.app import Outcome, read_config, read_stacks, tell_apart
from bot.catalog import decode_catalog
from bot.config import Config
from bot.drift import Drift, StackDrift, find_drift
from bot.drift_issue import Issue, Step, Text, plan_step
from bot.drift_render import BUDGET, write_issue
from bot.drift_text import export_drift, format_drift, format_drift_markdown
from bot.edge import actions, clock, files, progress
from bot.environment import EnvironmentName
from bot.errors import CannotReach, CannotRead, UntrustedPlan
from bot.event import Event
from bot.record import Stack
from bot.report import Origin
from bot.review import list_missing

SMALLER = 30_000  # bytes of a description where GitHub found the full one too long
SUMMARIES = (1_000_000, 200_000)  # bytes; a step may write 1 MiB in all


class DriftOptions(Struct, frozen=True, kw_only=True):
    """What the command line asks of ``drift``."""

    plans: tuple[str, ...]
    environment: EnvironmentName = "prod"
    config: str | None = None
    expected: tuple[str, ...] = ()
    format: str = "text"
    publish: bool = False
    repository: str = ""
    commit: str = ""


class _Job(Struct, frozen=True, kw_only=True):
    """One run: what was found, under which settings, and where it is told."""

    drift: Drift
    config: Config
    origin: Origin
    templates: Mapping[str, str]


def run_drift(options: DriftOptions) -> Outcome:
    """Exit code 11 where the drift of a stack is unknown, 1 where an issue could not be written.  Raises BotError."""
    config = read_config(options.config)
    stacks = _read(options, config)
    progress.tell("judging the drift")
    now = clock.tell_time()
    drift = find_drift(stacks, config, decode_catalog(files.read_catalog()), options.environment, now[:10])
    job = _Job(
        drift=drift,
        config=config,
        origin=Origin(version=__version__, now=now, commit=options.commit[:7], head=options.commit),
        templates=files.read_templates(),
    )
    return _publish(job, options) if options.publish else _outcome(job, options, ())


def _read(options: DriftOptions, config: Config) -> tuple[Stack, ...]:
    """The stacks, and one that is unknown for each that should be there; where no job made a record, that is all."""
    try:
        found = list(tell_apart(read_stacks(options.plans, config)))
    except CannotRead:
        if not options.expected:
            raise
        found = []
    return (*found, *list_missing(options.expected, {stack.name for stack in found}))


def _publish(job: _Job, options: DriftOptions) -> Outcome:
    from bot.edge.event import read_event

    environ = files.read_environment()
    event = read_event(environ)
    job = structs.replace(job, origin=_origin(job.origin, event))
    told: list[str] = []
    problems: list[CannotReach] = []
    try:
        told, problems = _keep_issues(job, event, options.repository or event.repository, environ)
    except CannotReach as error:
        problems = [error]
    _write_summary(job, environ)
    outcome = _outcome(job, options, problems)
    words = {stack.word for stack in job.drift.stacks}
    word = "true" if "drifted" in words else "unknown" if "unknown" in words else "false"
    actions.write_outputs(
        environ, {"drift": word, "exit-code": outcome.exit_code, "environment": job.drift.environment}
    )
    notes = (*told, *(f"{error.message}\n  {error.advice}" for error in problems))
    return Outcome(text=outcome.text, exit_code=outcome.exit_code, notes=notes)


def _origin(origin: Origin, event: Event) -> Origin:
    return Origin(
        version=origin.version,
        now=origin.now,
        commit=origin.commit,
        head=origin.head,
        run_url=event.run_url,
        run_id=event.run_id,
        attempt=event.run_attempt,
    )


def _keep_issues(
    job: _Job, event: Event, repository: str, environ: Mapping[str, str]
) -> tuple[list[str], list[CannotReach]]:
    """What was done, a line for each stack, and what failed; one stack that fails does not keep the others out."""
    from bot.edge.access import connect_by_environment  # PyGithub is slow to load, and nothing else here needs it
    from bot.edge.issues import list_issues, perform
    from bot.edge.login import read_author

    access = connect_by_environment(environ, event.api_url, repository, clock.sleep)
    author = access.author or read_author(access.hub)
    label = job.config.drift.label
    own = list_issues(access.hub, author, label)
    told: list[str] = []
    problems: list[CannotReach] = []
    for stack in job.drift.stacks:
        step = _plan(job, stack, own)
        try:
            number = perform(access.hub, step, author, label, partial(_smaller, job, stack, step))
        except CannotReach as error:
            problems.append(error)
            continue
        if number:
            told.append(f"stack {stack.name}: issue {number}, {step.word}")
    return [*told, *_left_alone(job, own)], problems


def _left_alone(job: _Job, own: Sequence[Issue]) -> Iterator[str]:
    """Open issues of stacks that this run did not look at: perhaps gone, perhaps of another run."""
    names = {stack.name for stack in job.drift.stacks}
    for issue in own:
        marker = issue.marker
        if issue.open and marker.environment == job.drift.environment and marker.stack not in names:
            yield f"issue {issue.number} is about stack {marker.stack}, which this run did not look at"


def _plan(job: _Job, stack: StackDrift, own: Sequence[Issue]) -> Step:
    write = partial(write_issue, stack, job.drift, origin=job.origin, templates=job.templates, budget=BUDGET)
    return plan_step(stack, job.drift.environment, own, job.origin.now, write)


def _smaller(job: _Job, stack: StackDrift, step: Step) -> Text:
    return write_issue(stack, job.drift, step.seen, job.origin, job.templates, SMALLER)


def _write_summary(job: _Job, environ: Mapping[str, str]) -> None:
    """All stacks, or shorter where other commands of the step have used up the room."""
    for budget in SUMMARIES:
        text = format_drift_markdown(job.drift, job.origin, job.templates, budget)
        if actions.write_summary(environ, text) != "too large":
            return


def _outcome(job: _Job, options: DriftOptions, problems: Sequence[CannotReach]) -> Outcome:
    unknown = any(stack.word == "unknown" for stack in job.drift.stacks)
    code = problems[0].exit_code if problems else UntrustedPlan.exit_code if unknown else 0
    return Outcome(text=_text(job, options), exit_code=code)


def _text(job: _Job, options: DriftOptions) -> str:
    if options.format == "json":
        return export_drift(job.drift).decode()
    if options.format == "markdown":
        return format_drift_markdown(job.drift, job.origin, job.templates, SUMMARIES[0])
    return format_drift(job.drift)
