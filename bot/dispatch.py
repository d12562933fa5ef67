"""From the parsed command line to the function of the command."""

import argparse

from bot.app import GitHubOptions, Options, Outcome, read_config, run_config, run_demo, run_record, run_review
from bot.edge.files import read_environment, wants_colour


def dispatch(given: argparse.Namespace, *, to_file: bool) -> Outcome:
    """Run the command.  ``to_file``: its text goes to a file, so it is never coloured.  Raises BotError."""
    if given.command == "record":
        return run_record(given.plan, given.config, given.commit, given.environment, failed=given.failed)
    if given.command == "config" and given.action != "check":
        return run_config(given.action, given.config)
    if given.command in ("config", "templates"):
        from bot.template_commands import check_settings, run_templates

        if given.command == "config":
            return check_settings(given.config, given.templates)
        return run_templates(given.action, given.name)
    if given.command == "doctor":
        return _doctor(given)
    if given.command == "guard":
        from bot.guard_command import run_guard

        return run_guard(given.plans, given.reviewed, given.environment, given.config, scheduled=given.scheduled)
    if given.command == "drift":
        return _drift(given)
    if given.command in ("environment", "status"):
        from bot.github_commands import run_environment, run_status

        if given.command == "environment":
            return run_environment(given.config)
        return run_status(given.word, given.environment, given.commit, given.config)
    options = _options(given, to_file=to_file)
    return run_demo(options, given.output) if given.command == "demo" else _review(given, options)


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
    from bot.kit_commands import Access, run_doctor

    environ = read_environment()
    access = None
    if token := environ.get("GITHUB_TOKEN", ""):
        api_url = environ.get("GITHUB_API_URL", "https://api.github.com")
        access = Access(token=token, repository=environ.get("GITHUB_REPOSITORY", ""), api_url=api_url)
    flow = read_config(given.config).flow
    return run_doctor(given.directory, flow.stage, flow.prod, access)


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
