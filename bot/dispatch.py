"""From the parsed command line to the function of the command."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.app import GitHubOptions, Options, Outcome, read_config, run_config, run_demo, run_record, run_review
from bot.edge.files import read_environment, wants_colour
from bot.errors import BadUsage

if TYPE_CHECKING:
    from bot.kit_commands import Access


def dispatch(given: argparse.Namespace, *, to_file: bool) -> Outcome:
    """Run the command.  ``to_file``: its text goes to a file, so it is never coloured.  Raises BotError."""
    if given.command in COMMANDS:
        return COMMANDS[given.command](given)
    options = _options(given, to_file=to_file)
    return run_demo(options, given.output) if given.command == "demo" else _review(given, options)


def _record(given: argparse.Namespace) -> Outcome:
    return run_record(given.plan, given.config, given.commit, given.environment, failed=given.failed)


def _config(given: argparse.Namespace) -> Outcome:
    if given.action != "check":
        return run_config(given.action, given.config)
    from bot.template_commands import check_settings

    return check_settings(given.config, given.templates)


def _templates(given: argparse.Namespace) -> Outcome:
    from bot.template_commands import run_templates

    return run_templates(given.action, given.name)


def _guard(given: argparse.Namespace) -> Outcome:
    from bot.guard_command import run_guard

    return run_guard(
        given.plans, given.reviewed, given.environment, given.config, scheduled=given.scheduled, keep=given.keep
    )


def _environment(given: argparse.Namespace) -> Outcome:
    from bot.github_commands import run_environment

    return run_environment(given.config)


def _status(given: argparse.Namespace) -> Outcome:
    from bot.github_commands import run_status

    return run_status(given.word, given.environment, given.commit, given.config)


def _init(given: argparse.Namespace) -> Outcome:
    from bot.kit_commands import InitOptions, run_apply, run_init

    options = InitOptions(
        directory=given.directory,
        tool=given.tool,
        cloud=given.cloud,
        action=given.action,
        stage=given.stage,
        prod=given.prod,
        yes=given.yes,
    )
    if not given.apply:
        return run_init(options)
    access = _access()
    if access is None:
        raise BadUsage("There is no token.", "Set GITHUB_TOKEN to one that may administer the repository.")
    return run_apply(options, access)


def _drift(given: argparse.Namespace) -> Outcome:
    from bot.drift_command import DriftOptions, run_drift

    options = DriftOptions(
        plans=tuple(given.plans),
        environment=given.environment,
        config=given.config,
        expected=tuple(given.expect),
        format=given.format,
        publish=given.publish,
        repository=given.repository,
        commit=given.commit,
    )
    return run_drift(options)


def _doctor(given: argparse.Namespace) -> Outcome:
    from bot.kit_commands import run_doctor

    flow = read_config(given.config).flow
    return run_doctor(given.directory, flow.stage, flow.prod, _access())


def _access() -> "Access | None":
    """How to reach GitHub, None without a token."""
    from bot.kit_commands import Access

    environ = read_environment()
    token = environ.get("GITHUB_TOKEN", "")
    api_url = environ.get("GITHUB_API_URL", "https://api.github.com")
    return Access(token=token, repository=environ.get("GITHUB_REPOSITORY", ""), api_url=api_url) if token else None


def _applied(given: argparse.Namespace) -> Outcome:
    from bot.applied_command import run_applied
    from bot.applied_evidence import Asked

    return run_applied(
        Asked(
            outcome=given.outcome,
            environment=given.environment,
            plans=tuple(given.plans),
            log=given.apply_log,
            guard=given.guard,
            stacks=tuple(given.stack),
            expected=tuple(name for name in given.expect if name),
            keep=bool(given.output),
            commit=given.commit,
            config=given.config,
            deployment=not given.no_deployment,
        )
    )


def _review(given: argparse.Namespace, options: Options) -> Outcome:
    if not given.publish:
        return run_review(options)
    from bot.publishing import publish_review  # here, because it brings PyGithub

    github = GitHubOptions(
        number=given.pull_request,
        repository=given.repository,
        from_run=given.from_run,
        from_latest_run=given.from_latest_run,
        decision=given.decision,
    )
    return publish_review(options, github)


def _options(given: argparse.Namespace, *, to_file: bool) -> Options:
    return Options(
        plans=tuple(getattr(given, "plans", ())),
        environment=given.environment,
        config=getattr(given, "config", None),
        intent=getattr(given, "intent", None),
        since=tuple(getattr(given, "since", ())),
        promoted_from=tuple(getattr(given, "promoted_from", ())),
        labels=tuple(given.label),
        infracost=getattr(given, "infracost", None),
        infracost_base=getattr(given, "infracost_base", None),
        sarif=tuple(getattr(given, "sarif", ())),
        source=getattr(given, "source", "."),
        templates=given.templates,
        format=given.format,
        expected=tuple(getattr(given, "expect", ())),
        summary=getattr(given, "summary", None),
        html=getattr(given, "html", None),
        commit=getattr(given, "commit", ""),
        colour=wants_colour(given.color) and not to_file,
    )


COMMANDS: dict[str, Callable[[argparse.Namespace], Outcome]] = {
    "applied": _applied,
    "config": _config,
    "doctor": _doctor,
    "drift": _drift,
    "environment": _environment,
    "guard": _guard,
    "init": _init,
    "record": _record,
    "status": _status,
    "templates": _templates,
}
