"""What the command line hands over about an apply: plans, logs, the guard's words, and outcomes other jobs kept.

A file that is missing or cannot be read leaves a gap, which is told; it never keeps the rest from being told.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from bot.applied import (
    APPLY_WORDS,
    AppliedStack,
    ApplyWord,
    Evidence,
    decode_applied,
    is_applied,
    judge_apply,
)
from bot.apply_fate import Numbers
from bot.apply_log import read_apply_log
from bot.catalog.failures import decode_failures
from bot.censor import PlanCensor, build_censor
from bot.config import Config
from bot.diagnostics import Failures, explain_failure
from bot.document import split_documents
from bot.edge import files
from bot.environment import EnvironmentName
from bot.errors import BadUsage, CannotRead, UntrustedPlan
from bot.plan import decode_plan
from bot.record import Stack, is_record
from bot.review import build_stacks
from bot.secret_scan import build_secret_scan
from bot.source import read_source
from bot.state import State
from bot.vault import Vault
from bot.wording import STATE_ICONS


class Asked(Struct, frozen=True, kw_only=True):
    """What the command line says.  ``stacks`` are NAME=OUTCOME; ``keep``: only make the outcome file of one stack."""

    outcome: str  # of ApplyWord, or "started"
    environment: EnvironmentName | None = None
    plans: tuple[str, ...] = ()
    log: str | None = None
    guard: str | None = None
    stacks: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    keep: bool = False
    commit: str = ""
    config: str | None = None
    deployment: bool = True


class Given(Struct, frozen=True, kw_only=True):
    """The stacks, and sentences about what could not be read."""

    stacks: tuple[AppliedStack, ...]
    notes: tuple[str, ...] = ()


def read_evidence(asked: Asked, outcome: ApplyWord, config: Config) -> Given:
    """Raises BadUsage where the arguments do not fit together."""
    if asked.log and len(asked.plans) > 1:
        raise BadUsage("One log belongs to one plan.", "Keep the outcome of each stack with -o, and name these files.")
    notes: list[str] = []
    words = dict(_split_word(text) for text in asked.stacks)
    found: dict[str, AppliedStack] = {}
    for argument in asked.plans:
        for stack in _of_argument(argument, asked, outcome, words, config, notes):
            found[stack.name] = stack
    for name in dict.fromkeys((*words, *asked.expected)):
        if name not in found:
            word = words.get(name, "skipped")
            found[name] = AppliedStack(
                name=name, outcome=word, numbers=Numbers() if word == words.get(name) == "skipped" else None
            )
            if name not in words:
                notes.append(f"The stack {name} has left no outcome: it did not begin, or its job was lost.")
    if not found:
        found["default"] = _judge("default", None, b"", asked, outcome, config, notes)
    return Given(stacks=tuple(found.values()), notes=tuple(notes))


def _split_word(text: str) -> tuple[str, ApplyWord]:
    name, _, word = text.rpartition("=")
    for known in APPLY_WORDS:
        if name and word == known:
            return name, known
    raise BadUsage(f"{text} is not NAME=OUTCOME.", f"OUTCOME is one of {', '.join(APPLY_WORDS)}.")


def _of_argument(
    argument: str,
    asked: Asked,
    outcome: ApplyWord,
    words: Mapping[str, ApplyWord],
    config: Config,
    notes: list[str],
) -> Iterator[AppliedStack]:
    name, separator, path = argument.partition("=")
    name, path = (name, path) if separator and name and path and "/" not in name else ("", argument)
    for file in _list(path, notes):
        data = _read(file, notes)
        own = name or _stem(file)
        if data is not None and is_applied(data):
            try:
                yield decode_applied(data)
            except UntrustedPlan as error:
                notes.append(f"{file}: {error.message}")
                yield AppliedStack(name=own, outcome="failure")
        elif data is not None or name:
            stack = _plan(own, data, config)
            yield _judge(own, stack, data or b"", asked, words.get(own, outcome), config, notes)


def _list(path: str, notes: list[str]) -> list[str]:
    try:
        return files.list_records(path) if files.is_folder(path) else [path]
    except CannotRead as error:
        notes.append(error.message)
        return []


def _read(name: str, notes: list[str]) -> bytes | None:
    try:
        return files.read_bytes(name)
    except CannotRead as error:
        notes.append(error.message)
        return None


def _stem(file: str) -> str:
    return file.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".json")


def _plan(name: str, data: bytes | None, config: Config) -> Stack | None:
    return next(build_stacks(name, data, config.secrets), None) if data else None


def _judge(
    name: str, plan: Stack | None, data: bytes, asked: Asked, outcome: ApplyWord, config: Config, notes: list[str]
) -> AppliedStack:
    censor = _censor(data, config)
    log = _read(asked.log, notes) if asked.log else None
    guard = _read(asked.guard, []) if asked.guard and outcome == "skipped" else None  # DEV has none
    stopped = (guard or b"").decode("utf-8", errors="replace")
    failures = Failures()
    if log is not None:
        failures = explain_failure(log, decode_failures(files.read_catalog()["failures.toml"]), censor)
    evidence = Evidence(
        outcome=outcome,
        plan=plan,
        log=None if log is None else read_apply_log(log),
        failures=failures,
        stopped=stopped if stopped.startswith(STATE_ICONS[State.HOLD]) else "",  # it may have let it go on
    )
    return judge_apply(name, evidence, censor)


def _censor(data: bytes, config: Config) -> PlanCensor:
    """With the plan at hand, its marked values are found in the log too; a record has none of them."""
    secrets = config.secrets
    scan = build_secret_scan(secrets.names, secrets.patterns, secrets.allow)
    if data and not is_record(data):
        try:
            plan = decode_plan(split_documents(data)[0])
            return build_censor(plan, read_source(plan, frozenset(), scan).secrets, scan)
        except (UntrustedPlan, RecursionError):
            pass
    return PlanCensor(Vault(()), scan)
