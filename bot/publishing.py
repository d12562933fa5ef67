"""``review --publish``: read the pull request, judge its plans, write the verdict to where people look.

Whatever fails on the way, nothing is lost: the full report goes to the step summary, the status says error where it
still can be set, and the exit code says why.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from bot.app import (
    GitHubOptions,
    Options,
    Outcome,
    build_settings,
    gather_facts,
    list_plans,
    read_config,
    stream_stacks,
    with_missing,
)
from bot.case import (
    Case,
    Job,
    NothingPlanned,
    fail,
    find_plans,
    list_expected,
    look_closer,
    open_case,
    settings_of,
    target_of,
    with_own_templates,
)
from bot.edge import clock, files, progress
from bot.edge.access import connect_by_environment
from bot.edge.earlier import Here, find_earlier
from bot.edge.event import read_event
from bot.edge.publish import Outcome as Published
from bot.edge.publish import publish
from bot.environment import find_environment
from bot.errors import BotError, CannotReach
from bot.event import Event
from bot.leaving import Ending, leave_behind
from bot.merge_group import judge_group
from bot.pull_request import PullRequest
from bot.render import render
from bot.review import Review, Settings, review_facts

SMALLER = 30_000  # bytes of a comment where GitHub found the full one too long
ENDINGS = {
    "superseded": "A later run has published already; this one wrote nothing.",
    "outdated": "The pull request has a newer commit than the one that was planned; nothing was written.",
    "closed": "The pull request is closed; nothing was written.",
}


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
    try:
        ended = _review(options, github, event, environ)
    except NothingPlanned as nothing:
        return Outcome(text=f"{nothing.message}\n")
    ending = Ending(
        reviewed=ended.reviewed,
        pull_request=ended.pull_request,
        repository=event.repository,
        problem=ended.problem,
    )
    outcome = leave_behind(ending, options, github, environ)
    return structs.replace(outcome, notes=(*outcome.notes, *filter(None, ended.notes), *_told(ended.problem)))


def _told(problem: BotError | None) -> Iterator[str]:
    if problem is not None:
        yield f"{problem.message}\n  {problem.advice} The report is in the step summary."


def _review(options: Options, github: GitHubOptions, event: Event, environ: Mapping[str, str]) -> Ended:
    """Judge and publish.  Where GitHub cannot be read the plans are judged all the same."""
    try:
        access = connect_by_environment(environ, event.api_url, github.repository or event.repository, clock.sleep)
    except CannotReach as error:
        return Ended(reviewed=_alone(options, event), problem=error)
    job = Job(options=options, github=github, event=event, access=access, now=clock.tell_time())
    try:
        if event.merge_group:
            case, reviewed, notes = judge_group(job, event.merge_group)
            return Ended(reviewed=reviewed, pull_request=case.seen.pull_request, notes=notes)
        case = with_own_templates(job, look_closer(job, open_case(job, find_plans(job))))
    except CannotReach as error:
        fail(job)
        return Ended(reviewed=_alone(options, event), problem=error)
    except NothingPlanned:
        raise
    except BotError:
        fail(job)
        raise
    return _finish(job, case)


def _finish(job: Job, case: Case) -> Ended:
    settings = _with_earlier(job, case, settings_of(job, case))
    reviewed = review_facts(case.found, settings, progress.tell)
    pull_request = case.seen.pull_request
    try:
        published = _publish(job, case, reviewed, settings)
    except CannotReach as error:
        return Ended(reviewed=reviewed, pull_request=pull_request, problem=error)
    notes = (*published.warnings, ENDINGS.get(published.ending, ""))
    return Ended(reviewed=reviewed, pull_request=pull_request, notes=notes)


def _with_earlier(job: Job, case: Case, settings: Settings) -> Settings:
    """What was shown on this pull request before, unless the command line names it."""
    if settings.earlier is not None:
        return settings
    here = Here(
        run_id=job.event.run_id,
        attempt=job.event.run_attempt,
        environment=case.environment,
        stacks=case.stacks,
        volatile=case.config.volatile,
    )
    markers = [comment.marker for comment in case.seen.comments]
    return structs.replace(settings, earlier=find_earlier(job.access.hub, markers, here))


def _alone(options: Options, event: Event) -> Review:
    """The plans judged without a pull request, under the settings of the checkout."""
    config = read_config(options.config)
    named = list_plans(options.plans)
    branch = event.pull_request.base_branch if event.pull_request else ""
    environment = options.environment or find_environment(branch, config.flow) or "prod"
    settings = build_settings(structs.replace(options, environment=environment), config, None)
    stacks = with_missing(stream_stacks(named, config), list_expected(config, options), least="default")
    return review_facts(gather_facts(stacks, settings.rules, len(named)), settings, progress.tell)


def _publish(job: Job, case: Case, reviewed: Review, settings: Settings) -> Published:
    return publish(
        job.access.hub,
        reviewed.publication,
        target_of(job, case),
        case.seen,
        lambda: render(reviewed.report, settings.templates, settings.own, budget=SMALLER, summary_budget=0),
    )
