"""What a published review leaves in its run: step summary, outputs, annotations, decision.json, and its text."""

import io
from collections.abc import Mapping

from msgspec import Struct

from bot.annotations import list_annotations
from bot.app import GitHubOptions, Options, Outcome, format_review, list_extra_files, stream_review
from bot.decision import decision_line, export_decision, list_held
from bot.edge import actions, files
from bot.errors import BotError
from bot.pull_request import PullRequest
from bot.render import render
from bot.review import Review
from bot.state import State

FULL, SHORT = 1_000_000, 200_000  # bytes of the step summary; a step may write 1 MiB in all


class Ending(Struct, frozen=True, kw_only=True):
    """A review with what is known of its pull request."""

    reviewed: Review
    pull_request: PullRequest | None
    repository: str
    problem: BotError | None = None  # what kept it from being published; then no verdict of it may be relied on


def leave_behind(ending: Ending, options: Options, github: GitHubOptions, environ: Mapping[str, str]) -> Outcome:
    """Write summary and outputs; the rest is in the Outcome.  Raises CannotRead for a file that cannot be written."""
    reviewed = ending.reviewed
    decision = export_decision(
        reviewed.facts,
        ending.pull_request,
        repository=ending.repository,
        base=ending.pull_request.base if ending.pull_request else "",
    )
    notes = _write_summary(ending, environ)
    publication = reviewed.publication
    code = ending.problem.exit_code if ending.problem else publication.exit_code
    actions.write_outputs(
        environ,
        {
            "verdict": State.ERROR.word if ending.problem else publication.state.word,
            "exit-code": code,
            "environment": reviewed.facts.environment,
            "deletions": len(reviewed.facts.deletions),
            "held": len(list_held(reviewed.facts)),
            "digest": reviewed.report.digest,
            "decision": github.decision,
            **({"page": options.html} if options.html else {}),
        },
    )
    return Outcome(
        text=_not_published(ending, options) + format_review(reviewed, options),
        pieces=stream_review(reviewed, options),
        files={github.decision: decision.decode(), **list_extra_files(reviewed, options)},
        exit_code=code,
        notes=(*notes, *publication.notices),
        commands=_annotations(reviewed, options) if actions.in_actions(environ) else "",
    )


def _not_published(ending: Ending, options: Options) -> str:
    """Before the report, which tells of a status that nobody has set."""
    told = ending.problem is not None and options.format == "text"
    return "Not published: the status below was not set.\n\n" if told else ""


def _write_summary(ending: Ending, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The full report, or a shorter one where other commands of the step have used up the room."""
    reviewed = ending.reviewed
    line = decision_line(reviewed.facts, ending.pull_request)
    for budget in (FULL, SHORT):
        text = render(reviewed.report, files.read_templates(), reviewed.own, budget=0, summary_budget=budget).summary
        if actions.write_summary(environ, f"{text}\n{line}\n") != "too large":
            return ()
    return ("The step summary is full; the report is not in it.",)


def _annotations(reviewed: Review, options: Options) -> str:
    found = list_annotations(list_held(reviewed.facts), files.read_tree(options.source))
    stream = io.StringIO()
    actions.write_annotations(found, stream)
    return stream.getvalue()
