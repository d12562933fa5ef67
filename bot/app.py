"""One function per command: read through the edge, call the core, give back what is to be written."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Literal

from msgspec import Struct, structs

from bot import __version__
from bot.catalog import Catalog, decode_catalog
from bot.catalog.failures import decode_failures
from bot.config import Config, config_schema, decode_config, show_config
from bot.diagnostics import explain_failure, tell_failures
from bot.edge import files, progress
from bot.edge.plan_file import open_plan
from bot.edge.spool import Spool
from bot.environment import EnvironmentName
from bot.errors import BadUsage, CannotRead, UntrustedPlan
from bot.export import export_report, stream_report
from bot.infracost import Prices, decode_infracost
from bot.promotion import Source, read_source, unreadable
from bot.publication import EXIT_CODES
from bot.pull_request import Label, PullRequest, decode_pull_request
from bot.record import Problem, Record, Stack, encode_record
from bot.report import Origin
from bot.review import Review, Settings, build_stacks, list_missing, review, review_facts
from bot.sarif import Remark, decode_sarif, locate
from bot.secret_scan import build_secret_scan
from bot.shelf import Shelf, shelve
from bot.since import Earlier
from bot.stack_facts import Rules, StackFacts, find_stack_facts
from bot.state import State
from bot.template_file import FOLDER, NONE, VERSION, OwnTemplates
from bot.terminal import format_terminal
from bot.wording import plural

Format = Literal["text", "markdown", "html", "json"]


class GitHubOptions(Struct, frozen=True, kw_only=True):
    """What the command line says about GitHub; the rest comes from the environment of GitHub Actions."""

    number: int | None = None
    repository: str = ""
    from_run: int | None = None
    from_latest_run: bool = False
    decision: str = "decision.json"


class Options(Struct, frozen=True, kw_only=True):
    """What the command line asks of a review."""

    plans: tuple[str, ...] = ()
    environment: EnvironmentName | None = None  # None: PROD here, on GitHub that of the pull request's target
    config: str | None = None
    intent: str | None = None
    since: tuple[str, ...] = ()
    promoted_from: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    infracost: str | None = None
    infracost_base: str | None = None
    sarif: tuple[str, ...] = ()
    source: str = "."
    templates: str | None = None  # a folder of the user's own
    format: Format = "text"
    expected: tuple[str, ...] = ()
    summary: str | None = None
    html: str | None = None
    commit: str = ""
    colour: bool = False


class Outcome(Struct, frozen=True, kw_only=True):
    """What a command gives: text for standard output, files by name, and the exit code."""

    text: str
    pieces: Iterable[str] = ()  # more of it, made while it is written
    files: Mapping[str, str] = {}
    exit_code: int = 0
    notes: tuple[str, ...] = ()  # for standard error
    commands: str = ""  # workflow commands, for standard output as they are


def run_review(options: Options) -> Outcome:
    """Raises BotError."""
    config = read_config(options.config)
    own = read_own_templates(options.templates, config)
    settings = build_settings(options, config, _played(options), own)
    named = list_plans(options.plans)
    stacks = with_missing(stream_stacks(named, config), options.expected)
    found = gather_facts(stacks, settings.rules, len(named))
    reviewed = review_facts(found, settings, progress.tell)
    publication = reviewed.publication
    return Outcome(
        text=format_review(reviewed, options),
        pieces=stream_review(reviewed, options),
        files=list_extra_files(reviewed, options),
        exit_code=publication.exit_code,
        notes=publication.notices,
    )


def run_record(
    plan: str, config_name: str | None, commit: str, environment: EnvironmentName | None = None, *, failed: bool = False
) -> Outcome:
    """The masked record of one plan or, where planning ``failed``, of why by what Terraform wrote.  Raises BotError."""
    config = read_config(config_name)
    stacks = [_failed(plan, config)] if failed else read_stacks((plan,), config)
    if len(stacks) != 1:
        raise BadUsage(f"{plan} holds {len(stacks)} plans.", "A record holds one plan: record them one by one.")
    stack = stacks[0]
    code = EXIT_CODES[State.ERROR] if stack.problem else 0
    run_id, attempt = files.read_run()
    record = Record(
        tool=__version__,
        stack=stack,
        head=commit,
        run_id=run_id,
        run_attempt=attempt,
        environment=environment or "",
    )
    return Outcome(text=encode_record(record).decode(), exit_code=0 if failed else code)


def _failed(argument: str, config: Config) -> Stack:
    """A stack whose plan failed, with the errors that its log shows; a record of it is as good as any."""
    name, path = _name(argument)
    secrets = config.secrets
    causes = decode_failures(files.read_catalog()["failures.toml"])
    found = explain_failure(
        files.read_bytes(path), causes, build_secret_scan(secrets.names, secrets.patterns, secrets.allow)
    )
    return Stack(name=name or "default", problem=Problem(*tell_failures(found), found))


def run_demo(options: Options, folder: str) -> Outcome:
    """The whole job on the bundled plan of a PROD pull request."""
    stacks = tuple(build_stacks("ml-platform", files.read_demo("plan.json"), Config().secrets))
    pull_request = decode_pull_request(files.read_demo("pull-request.yml"), "pull-request.yml")
    own = read_own_templates(options.templates, Config())
    settings = build_settings(options, Config(), _with_labels(pull_request, options.labels), own)
    settings = structs.replace(settings, origin=structs.replace(settings.origin, commit=pull_request.head[:7]))
    reviewed = review(stacks, settings)
    written = {
        f"{folder}/comment.md": reviewed.publication.comment,
        f"{folder}/report.html": _render_page(reviewed),
        f"{folder}/report.json": export_report(reviewed.facts).decode(),
    }
    return Outcome(
        text=format_review(reviewed, options),
        pieces=stream_review(reviewed, options),
        files=written,
        notes=reviewed.publication.notices,
    )


def run_config(action: str, name: str | None) -> Outcome:
    """Raises BadConfig with the place of the mistake."""
    if action == "schema":
        return Outcome(text=json.dumps(config_schema(), indent=2) + "\n")
    return Outcome(text=show_config(read_config(name)))


def read_config(name: str | None) -> Config:
    data = files.read_bytes(name) if name else files.read_default_config()
    config = Config() if data is None else decode_config(data, name or str(files.DEFAULT_CONFIG))
    build_secret_scan(config.secrets.names, config.secrets.patterns, config.secrets.allow)  # a bad pattern says so now
    return config


def read_stacks(plans: Sequence[str], config: Config) -> list[Stack]:
    """``NAME=path``, ``path``, ``-`` or a folder of records."""
    return list(stream_stacks(list_plans(plans), config))


def list_plans(plans: Sequence[str]) -> list[tuple[str, str]]:
    """Name and file of each, those of a folder one by one."""
    named = []
    for argument in plans:
        name, path = _name(argument)
        found = files.list_records(path) if files.is_folder(path) else [path]
        named += [(name or _stem(file, several=len(plans) > 1 or file != path), file) for file in found]
    return named


def stream_stacks(named: Sequence[tuple[str, str]], config: Config) -> Iterator[Stack]:
    """One file is in memory at a time."""
    for number, (name, file) in enumerate(named, 1):
        watch = partial(progress.watch, f"comparing {name}")
        try:
            with open_plan(file) as data:
                progress.tell(f"reading {name}" + (f", {number} of {len(named)}" if len(named) > 1 else ""), len(data))
                yield from build_stacks(name, data, config.secrets, config.volatile, watch)
        except UntrustedPlan as error:
            yield Stack(name=name, problem=Problem.of(error))
        data = b""  # before the next one is read


def open_shelf(number: int) -> Shelf | None:
    """Of one plan all stays in memory: nothing is gained by putting it aside."""
    return Spool() if number > 1 else None


def gather_facts(
    stacks: Iterable[Stack], rules: Rules, number: int, shelf: Shelf | None = None
) -> tuple[StackFacts, ...]:
    """Look at one stack at a time; its values are on the ``shelf`` before the next one is looked at.

    ``number`` of files they come from: one may hold a single plan, for which nothing is gained by putting it aside.
    """
    room = shelf or Spool()
    gathered: list[StackFacts] = []

    def look(stack: Stack) -> StackFacts:
        gathered[:1] = [_put_aside(one, room) for one in gathered[:1]]  # which was the only one until now
        progress.tell(f"judging {plural(len(stack.plan.changes), 'change')} of {stack.name}")
        found = find_stack_facts(stack, rules)
        return found if number == 1 and not gathered else _put_aside(found, room)

    for found in map(look, stacks):  # which holds none of them while the next one is read
        gathered.append(found)
    return tuple(gathered)


def _put_aside(found: StackFacts, shelf: Shelf) -> StackFacts:
    return structs.replace(found, stack=shelve(found.stack, shelf))


def _name(argument: str) -> tuple[str, str]:
    name, separator, path = argument.partition("=")
    return (name, path) if separator and name and path and "/" not in name else ("", argument)


def _stem(file: str, *, several: bool) -> str:
    """One plan needs no name; several are told apart by their files."""
    if not several or file == "-":
        return "default"
    return file.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".json")


def tell_apart(stacks: Iterable[Stack]) -> Iterator[Stack]:
    """Stacks of the same name would be taken for one another."""
    names: Counter[str] = Counter()

    def name(stack: Stack) -> Stack:
        names[stack.name] += 1
        number = names[stack.name]
        return stack if number == 1 else structs.replace(stack, name=f"{stack.name} ({number})")

    return map(name, stacks)  # which holds none of them while the next one is read


def with_missing(stacks: Iterable[Stack], expected: Sequence[str], *, least: str = "") -> Iterator[Stack]:
    """And one with a problem for each of ``expected`` that is not there; ``least`` is expected where none is."""
    names: set[str] = set()

    def note(stack: Stack) -> Stack:
        names.add(stack.name)
        return stack

    yield from map(note, tell_apart(stacks))
    yield from list_missing(expected or ((least,) if least and not names else ()), names)


def _played(options: Options) -> PullRequest | None:
    known = decode_pull_request(files.read_bytes(options.intent), options.intent) if options.intent else None
    return _with_labels(known or PullRequest(), options.labels) if known or options.labels else None


def _with_labels(pull_request: PullRequest, names: Sequence[str]) -> PullRequest:
    """Play the labels of the command line: given by you, who may write."""
    given = tuple(Label(name=name, given_by="you (--label)", may_write=True) for name in names)
    return structs.replace(pull_request, labels=(*pull_request.labels, *given))


def _promoted(arguments: Sequence[str]) -> Iterator[Source]:
    """Records of STAGE: files and folders, each with a name of its own where it is given."""
    for argument in arguments:
        name, path = _name(argument)
        for file in files.list_records(path) if files.is_folder(path) else [path]:
            yield _source(_stem(file, several=True), file, name)


def _source(name: str, file: str, given: str) -> Source:
    """One record is in memory at a time."""
    progress.tell(f"reading {name} of STAGE")
    try:
        with open_plan(file) as data:
            return read_source(name, data, given)
    except UntrustedPlan as error:
        return unreadable(name, error)


def _prices(options: Options) -> Prices | None:
    if options.infracost is None:
        return None
    base = files.read_bytes(options.infracost_base) if options.infracost_base else None
    return decode_infracost(files.read_bytes(options.infracost), base, options.infracost)


def _remarks(options: Options, config: Config) -> tuple[Remark, ...]:
    """What scanners say, with the block of the source each line stands in."""
    secrets = config.secrets
    scrub = build_secret_scan(secrets.names, secrets.patterns, secrets.allow).scrub
    remarks = [remark for name in options.sarif for remark in decode_sarif(files.read_bytes(name), name, scrub)]
    names = sorted({remark.file for remark in remarks if remark.file and not remark.block})
    return locate(remarks, files.read_sources(options.source, names))


def read_own_templates(folder: str | None, config: Config) -> OwnTemplates:
    """Those of ``folder``, else of the checkout where the settings say that there are some.  Raises CannotRead."""
    if folder is None and config.templates is None:
        return NONE
    if folder is not None and not files.is_folder(folder):
        raise CannotRead(f"{folder} is no folder.", "Name the folder that holds your templates.")
    from bot.own_templates import collect_templates  # here, because few have any

    version = VERSION if config.templates is None else config.templates
    return collect_templates(files.read_own_templates(FOLDER if folder is None else folder), version)


def build_settings(
    options: Options, config: Config, pull_request: PullRequest | None, own: OwnTemplates = NONE
) -> Settings:
    return Settings(
        config=config,
        catalog=read_catalog(),
        templates=files.read_templates(),
        own=own,
        environment=options.environment or "prod",
        pull_request=pull_request,
        earlier=Earlier(stacks=_earlier(options, config)) if options.since else None,
        promoted=tuple(_promoted(options.promoted_from)) if options.promoted_from else None,
        prices=_prices(options),
        remarks=_remarks(options, config),
        wants_summary=options.summary is not None,
        origin=Origin(version=__version__, commit=options.commit[:7], head=options.commit),
    )


@cache
def read_catalog() -> Catalog:
    return decode_catalog(files.read_catalog())


def _earlier(options: Options, config: Config) -> tuple[Stack, ...]:
    named = list_plans(options.since)
    shelf = open_shelf(len(named))
    stacks = stream_stacks(named, config)
    return tuple(stacks if shelf is None else map(partial(shelve, shelf=shelf), stacks))


def list_extra_files(reviewed: Review, options: Options) -> dict[str, str]:
    """What is written besides the output, by the name of its file."""
    written = {options.summary: reviewed.publication.summary} if options.summary else {}
    if options.html:
        written[options.html] = _render_page(reviewed)
    return written


def _render_page(reviewed: Review) -> str:
    from bot.page import render_page  # here, as all that brings jinja2: a record needs none, and reading has the room

    return render_page(reviewed.report, files.read_templates())


def format_review(reviewed: Review, options: Options) -> str:
    """What is made as a whole; the rest comes from ``stream_review``."""
    if options.format == "json":
        return ""
    if options.format == "markdown":
        return reviewed.publication.comment
    if options.format == "html":
        return _render_page(reviewed)
    return f"{format_terminal(reviewed.report, colour=options.colour)}\nStatus {reviewed.publication.status_line}\n"


def stream_review(reviewed: Review, options: Options) -> Iterator[str]:
    """JSON holds every row of every stack, so it is made piece by piece; no text is cut."""
    if options.format == "json":
        yield from (piece.decode() for piece in stream_report(reviewed.facts))
