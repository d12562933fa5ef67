"""``guard``: is the fresh plan at apply time still what was reviewed?"""

from collections.abc import Sequence

from msgspec import structs

from bot.app import Outcome, read_config, read_stacks, tell_apart
from bot.catalog import decode_catalog
from bot.config import Config, resolve_environment
from bot.edge import clock, files, progress
from bot.edge.access import Access, connect_by_environment
from bot.edge.event import read_event
from bot.edge.forks import download_records, find_latest_run
from bot.edge.merges import fetch_tip, list_pull_requests
from bot.edge.people import fetch_approvals
from bot.edge.statuses import list_statuses
from bot.environment import EnvironmentName
from bot.errors import BotError, UntrustedPlan
from bot.guard import Apply, Guarded, compare_reviewed
from bot.guard_text import format_guarded
from bot.markdown import one_line
from bot.merged import AGAIN, MergedPullRequest, NotReviewed, check_latest, find_merged
from bot.publication import EXIT_CODES
from bot.record import Record, decode_record


def run_guard(
    plans: Sequence[str],
    reviewed: Sequence[str],
    environment: EnvironmentName,
    config_name: str | None,
    *,
    scheduled: bool,
    keep: str | None = None,
) -> Outcome:
    """Compare with the records that ``reviewed`` names or, without any, with those of the merged pull request's review.

    ``keep`` is a file for what is said, also for why nothing could be compared: then nothing is raised.  Raises
    BotError; NotReviewed where no review stands behind the commit.
    """
    try:
        outcome = _guard(plans, reviewed, environment, config_name, scheduled=scheduled)
    except BotError as error:
        if keep is None:
            raise
        outcome = Outcome(text=f"{_said(error)}\n", exit_code=error.exit_code)
    return structs.replace(outcome, files={keep: outcome.text}) if keep else outcome


def _said(error: BotError) -> str:
    return f"⛔ Stopped: {one_line(error.message)}\n  -> {one_line(error.advice)}"


def _guard(
    plans: Sequence[str],
    reviewed: Sequence[str],
    environment: EnvironmentName,
    config_name: str | None,
    *,
    scheduled: bool,
) -> Outcome:
    config = read_config(config_name)
    if reviewed:
        records = [decode_record(files.read_bytes(name)) for name in reviewed]
        head = records[0].head
    else:
        head, records = _find_reviewed(environment, config)
    fresh = list(tell_apart(read_stacks(plans, config)))
    names = {stack.name for stack in fresh}
    of_these = [record for record in records if reviewed or record.stack.name in names]
    progress.tell("comparing with what was reviewed")
    apply = Apply(environment=environment, head=head, scheduled=scheduled)
    guarded = compare_reviewed(of_these, fresh, apply, config, decode_catalog(files.read_catalog()))
    return _outcome(guarded)


def _outcome(guarded: Guarded) -> Outcome:
    return Outcome(text=format_guarded(guarded), exit_code=EXIT_CODES[guarded.state])


def _find_reviewed(environment: EnvironmentName, config: Config) -> tuple[str, list[Record]]:
    """The reviewed commit, and the records of its latest run."""
    environ = files.read_environment()
    event = read_event(environ)
    access = connect_by_environment(environ, event.api_url, event.repository, clock.sleep)
    if event.run_attempt > 1:
        check_latest(event.sha, fetch_tip(access.hub, event.ref_name), event.ref_name, event.run_attempt)
    branch = {"stage": config.flow.stage, "prod": config.flow.prod}.get(environment, event.ref_name)
    pull = find_merged(list_pull_requests(access.hub, event.sha), event.sha, branch)
    _check_verdict(access, pull, f"plan-review/{environment}")
    if resolve_environment(config, environment).two_people:
        _check_people(access, pull)
    found = download_records(access.hub, find_latest_run(access.hub, pull.head, forks=False))
    try:
        return pull.head, [decode_record(data) for _, data in found]
    except UntrustedPlan as error:
        raise NotReviewed(f"The record of the review cannot be read: {error.message}", error.advice) from None


def _check_verdict(access: Access, pull: MergedPullRequest, context: str) -> None:
    """A merge past a status that held it must not become an apply.  Raises NotReviewed."""
    newest = next(iter(list_statuses(access.hub, pull.head, context)), None)
    if newest and newest.state == "success":
        return
    said = f"is {newest.state}" if newest else "was never set"
    raise NotReviewed(
        f"Pull request {pull.number} was merged although {context} {said} at {pull.head[:7]}: nothing let it through.",
        f"{AGAIN} And require {context} for the branch, so that nobody can merge past it.",
    )


def _check_people(access: Access, pull: MergedPullRequest) -> None:
    """A merge past the branch rules must not become an apply."""
    request = access.hub.repository.get_pull(pull.number)
    author = access.hub.ask("read the pull request", lambda: str(request.user.login))
    approvals = fetch_approvals(access.hub, pull.number, pull.head)
    people = [a.person for a in approvals if a.may_write and a.person.casefold() != author.casefold()]
    if not people:
        raise NotReviewed(
            f"Nobody with write access, besides the author, approved pull request {pull.number} at {pull.head[:7]}.",
            f"Have a second person look at pull request {pull.number}: when they have approved it, run the failed job "
            "again. And require an approval for the branch.",
        )
