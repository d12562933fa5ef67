"""``applied``: what an apply did, written where people look, and recorded as the deployment it is."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from bot.app import Outcome, read_config
from bot.applied import APPLY_WORDS, Applied, ApplyWord, encode_applied, judge_environment
from bot.applied_evidence import Asked, Given, read_evidence
from bot.applied_text import ICONS, Origin, render_applied, tell_applied
from bot.config import Config
from bot.edge import actions, clock, files
from bot.edge.access import Access, connect_by_environment
from bot.edge.deployments import Deploying, State, record_deployment
from bot.edge.event import read_event
from bot.edge.hub import Gone
from bot.edge.merges import fetch_tip, list_pull_requests
from bot.edge.reading import Comment, Wanted, fetch
from bot.edge.writing import add_comment, edit_comment
from bot.environment import EnvironmentName, find_environment
from bot.errors import BadUsage, CannotReach
from bot.event import Event
from bot.freeze import freeze_comment, read_time
from bot.merged import MergedPullRequest, NotReviewed, check_latest, find_merged

DEPLOYMENTS: Mapping[ApplyWord, State] = {
    "success": "success",
    "failure": "failure",
    "cancelled": "error",
    "skipped": "failure",
}


class _Run(Struct, frozen=True, kw_only=True):
    """Which run, of which commit and environment."""

    asked: Asked
    config: Config
    event: Event
    environ: Mapping[str, str]
    environment: EnvironmentName
    commit: str

    def connect(self) -> Access:
        return connect_by_environment(self.environ, self.event.api_url, self.event.repository, clock.sleep)

    def find_merged(self, access: Access) -> MergedPullRequest:
        """Raises NotReviewed."""
        flow = self.config.flow
        branch = {"stage": flow.stage, "prod": flow.prod}.get(self.environment, self.event.ref_name)
        return find_merged(list_pull_requests(access.hub, self.commit), self.commit, branch)

    def deploy(self, access: Access, state: State, description: str) -> None:
        event = self.event
        deploying = Deploying(commit=self.commit, environment=self.environment, run_id=event.run_id, link=event.run_url)
        record_deployment(access.hub, deploying, state, description)


def run_applied(asked: Asked) -> Outcome:
    """Exit code 0 whatever the outcome was: 1 is for what could not be written.  Raises BotError."""
    config = read_config(asked.config)
    if asked.outcome == "started":
        return _begin(_open(asked, config))
    outcome = next(word for word in APPLY_WORDS if word == asked.outcome)
    given = read_evidence(asked, outcome, config)
    if not asked.keep:
        return _publish(_open(asked, config), outcome, given)
    if len(given.stacks) != 1:
        raise BadUsage(f"These are {len(given.stacks)} stacks.", "An outcome file holds one: name one plan with -o.")
    return Outcome(text=encode_applied(given.stacks[0]), notes=given.notes)


def _open(asked: Asked, config: Config) -> _Run:
    environ = files.read_environment()
    event = read_event(environ)
    environment = asked.environment or find_environment(event.ref_name, config.flow)
    commit = asked.commit or event.sha
    if environment is None or not commit:
        advice = "Name the environment with --environment and the commit with --commit."
        raise BadUsage(f"The event {event.name} does not tell which commit was applied where.", advice)
    return _Run(asked=asked, config=config, event=event, environ=environ, environment=environment, commit=commit)


def _begin(run: _Run) -> Outcome:
    """Before an apply: is the commit still one to apply, and which pull request brought it?

    Raises Superseded, CannotReach.
    """
    access, event = run.connect(), run.event
    if event.run_attempt > 1:
        check_latest(run.commit, fetch_tip(access.hub, event.ref_name), event.ref_name, event.run_attempt)
    number = ""
    if run.environment != "dev":
        try:
            number = str(run.find_merged(access).number)
        except NotReviewed:
            number = ""  # the guard says so, in its own words
    if run.asked.deployment:
        run.deploy(access, "in_progress", f"The apply of {run.environment.upper()} has begun.")
    actions.write_outputs(run.environ, {"pull-request": number})
    return Outcome(text=f"pull-request: {number}\n")


def _publish(run: _Run, outcome: ApplyWord, given: Given) -> Outcome:
    """Summary, deployment and comment: what fails with one of them keeps none of the others back."""
    applied = judge_environment(run.environment, outcome, given.stacks)
    block = _Block(run=run, applied=applied, templates=files.read_templates(), now=clock.tell_time())
    notes = [*given.notes]
    if actions.write_summary(run.environ, block.render()) == "too large":
        notes.append("The step summary is full; the outcome is not in it.")
    problems = [*_write(block, notes)]
    notes += [f"{error.message}\n  {error.advice}" for error in problems]
    return Outcome(
        text=f"{ICONS[applied.outcome]} {tell_applied(applied)}\n",
        exit_code=1 if problems else 0,
        notes=tuple(notes),
    )


class _Block(Struct, frozen=True, kw_only=True):
    """The outcome that is to be written, at the time ``now``."""

    run: _Run
    applied: Applied
    templates: Mapping[str, str]
    now: str

    def render(self, now: str = "", *, short: bool = False) -> str:
        event = self.run.event
        origin = Origin(commit=self.run.commit, now=now or self.now, run_url=event.run_url, attempt=event.run_attempt)
        return render_applied(self.applied, origin, self.templates, short=short)

    def freeze(self, body: str, now: str = "") -> str:
        return freeze_comment(
            body, self.run.environment, self.applied.outcome, lambda short: self.render(now, short=short)
        )

    def is_said(self, old: Comment) -> bool:
        """Does the comment say this already, but for the time?"""
        return _bare(self.freeze(old.body, read_time(old.body))) == _bare(old.body)

    def is_idle(self, old: Comment) -> bool:
        """Was there nothing left to apply after an apply that went well?"""
        numbers = self.applied.numbers
        idle = numbers is not None and not any(getattr(numbers, name) for name in numbers.__struct_fields__)
        return idle and old.marker.applied == self.applied.outcome == "success"


def _write(block: _Block, notes: list[str]) -> Iterator[CannotReach]:
    run, applied = block.run, block.applied
    try:
        access = run.connect()
    except CannotReach as error:
        yield error
        return
    try:
        if run.asked.deployment:
            run.deploy(access, DEPLOYMENTS[applied.outcome], f"{tell_applied(applied)}.")
    except CannotReach as error:
        yield error
    try:
        notes.append(_comment(block, access))
    except CannotReach as error:
        yield error


def _comment(block: _Block, access: Access) -> str:
    """Freeze the comment of the merged pull request; a sentence about where the outcome is."""
    run = block.run
    if run.environment == "dev":
        return "DEV has no pull request: the outcome is in the step summary."
    if run.event.name == "schedule":
        return "An apply on schedule belongs to no pull request: the outcome is in the step summary."
    try:
        pull = run.find_merged(access)
    except NotReviewed as error:
        return f"{error.message} The outcome is in the step summary."
    seen = fetch(access.hub, pull.number, run.environment, access.author, Wanted())
    newest_first = run.config.github.comment != "update"
    for old in reversed(seen.comments) if newest_first else seen.comments:
        if block.is_idle(old):
            return "Nothing was left to apply: the comment keeps what it says."
        if block.is_said(old):
            return "The comment says so already."
        try:
            edit_comment(access.hub, old.id, block.freeze(old.body))
        except Gone:  # removed by a person since we listed it
            continue
        return f"Written into the comment of pull request {pull.number}."
    add_comment(access.hub, pull.number, block.freeze(""))
    return f"Pull request {pull.number} had no comment of ours: a new one says it."


def _bare(body: str) -> str:
    return body.replace("\r\n", "\n").rstrip()
