"""From the parsed command line to the function of the command."""

import argparse

from bot.app import Options, Outcome, run_config, run_demo, run_record, run_review
from bot.edge.files import wants_colour


def dispatch(given: argparse.Namespace, *, to_file: bool) -> Outcome:
    """Run the command.  ``to_file``: its text goes to a file, so it is never coloured.  Raises BotError."""
    if given.command == "record":
        return run_record(given.plan, given.config, given.commit)
    if given.command == "config":
        return run_config(given.action, given.config)
    options = _options(given, to_file=to_file)
    return run_demo(options, given.output) if given.command == "demo" else run_review(options)


def _options(given: argparse.Namespace, *, to_file: bool) -> Options:
    return Options(
        plans=tuple(getattr(given, "plans", ())),
        environment=given.environment,
        config=getattr(given, "config", None),
        intent=getattr(given, "intent", None),
        since=tuple(getattr(given, "since", ())),
        labels=tuple(given.label),
        infracost=getattr(given, "infracost", None),
        infracost_base=getattr(given, "infracost_base", None),
        sarif=tuple(getattr(given, "sarif", ())),
        source=getattr(given, "source", "."),
        format=given.format,
        expected=tuple(getattr(given, "expect", ())),
        summary=getattr(given, "summary", None),
        commit=getattr(given, "commit", ""),
        colour=wants_colour(given.color) and not to_file,
    )
