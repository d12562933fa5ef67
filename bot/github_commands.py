"""Small commands for the steps of a workflow: which environment an event means, and the status before and after."""

from bot.app import Outcome, read_config
from bot.edge import actions, clock, files
from bot.edge.access import connect_by_environment
from bot.edge.event import read_event
from bot.edge.publish import announce
from bot.edge.runs import Target
from bot.edge.statuses import close_pending
from bot.environment import Decision, EnvironmentName, decide, find_environment
from bot.errors import BadUsage
from bot.flow_config import FlowConfig
from bot.markdown import escape_text


def run_environment(config_name: str | None) -> Outcome:
    """What does this event ask for?  Sets outputs.  Raises BotError."""
    environ = files.read_environment()
    flow = read_config(config_name).flow
    decision = decide(read_event(environ), flow)
    words: dict[actions.OutputName, str | int] = {
        "environment": decision.environment or "",
        "action": decision.action,
        "ref": decision.ref,
        "plan-target": decision.plan_target,
        "apply-target": decision.apply_target,
        "guarded": "true" if decision.guarded else "false",
        "why": decision.why,
    }
    actions.write_outputs(environ, words)
    branches = _tell_branches(flow) if decision.action == "none" else ""
    actions.write_summary(environ, _summarise(decision, branches))
    more = [("branches", branches)] if branches else []
    return Outcome(text="".join(f"{name}: {word}\n" for name, word in [*words.items(), *more]))


def _summarise(decision: Decision, branches: str) -> str:
    """For whoever asks the run why nothing happened; where it is judged, the report says more."""
    where = f"{decision.environment.upper()}: " if decision.environment else ""
    named = "Nothing to do" if decision.action == "none" else f"{where}{decision.action}"
    told = f" Branches: {escape_text(branches)}" if branches else ""
    return f"**{named}.** {escape_text(decision.why)}{told}\n"


def _tell_branches(flow: FlowConfig) -> str:
    return f"DEV {', '.join(flow.dev)}, STAGE {flow.stage}, PROD {flow.prod} (flow in .github/plan-review.yml)."


def run_status(word: str, environment: EnvironmentName | None, commit: str, config_name: str | None) -> Outcome:
    """``pending`` at the start of a job; ``close`` at its end, whatever happened: no pending may stay for ever.

    Raises BotError.
    """
    environ = files.read_environment()
    event = read_event(environ)
    pull = event.pull_request
    head = commit or (pull.head if pull else "") or (event.merge_group.head if event.merge_group else "")
    branch = pull.base_branch if pull else event.merge_group.base_ref if event.merge_group else ""
    flow = read_config(config_name).flow
    name = environment or find_environment(branch.removeprefix("refs/heads/"), flow)
    if not head or name is None:
        advice = "Name the commit with --commit and the environment with --environment."
        raise BadUsage(f"The event {event.name} does not tell which commit and environment the status is for.", advice)
    hub = connect_by_environment(environ, event.api_url, event.repository, clock.sleep).hub
    context = f"plan-review/{name}"
    if word == "pending":
        announce(hub, Target(number=pull.number if pull else 0, head=head, link=event.run_url), context)
        return Outcome(text=f"{context}: pending\n")
    closed = close_pending(hub, head, context, event.run_url)
    return Outcome(text=f"{context}: {'error, the run left no verdict' if closed else 'has a verdict'}\n")
