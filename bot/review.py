"""The pipeline: plans in, Review out.  Read this first.

bytes -> plan -> changes -> deletions, findings -> intents -> judgement -> report -> texts -> publication
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from mmap import mmap
from typing import TypeAlias

from msgspec import Struct, structs

from bot.address import name_key
from bot.catalog import Catalog
from bot.changes import Watch, list_changes
from bot.classify import cost, destructive, iam, naming, scanners
from bot.compare import digest_changes, join_digests
from bot.config import Config, SecretsConfig, VolatileRule
from bot.document import split_documents
from bot.environment import EnvironmentName
from bot.errors import UntrustedPlan
from bot.findings import Finding
from bot.infracost import Prices
from bot.intent import Intent, find_intents
from bot.item_facts import list_facts
from bot.judge import judge
from bot.plan import Plan, decode_plan, decode_whole
from bot.promotion import Source, compare_promotion
from bot.publication import Publication
from bot.pull_request import PullRequest
from bot.record import Problem, Stack, decode_record, is_record
from bot.report import Facts, Origin, Report, build_report
from bot.sarif import Remark
from bot.since import Earlier, compare_since
from bot.stack_facts import Rules, StackFacts, build_rules, find_stack_facts
from bot.template_file import NONE, OwnTemplates

Tell: TypeAlias = Callable[[str], object]
MISSING = (
    "Its job ended before the plan: open it and see which step failed first. Often it is the login to the cloud "
    "(variables of the GitHub environment that plans) or the installation of Terraform."
)
TOO_DEEP = Problem("A value is nested too deeply to be judged.", "Simplify the value.")


class Settings(Struct, frozen=True, kw_only=True):
    """What a review needs besides the plans."""

    config: Config
    catalog: Catalog
    templates: Mapping[str, str]
    own: OwnTemplates = NONE  # the user's, in the place of those of the same name
    environment: EnvironmentName
    pull_request: PullRequest | None
    earlier: Earlier | None = None  # what was shown before; None where nobody asks what changed since
    promoted: tuple[Source, ...] | None = None  # what STAGE got; None where nobody asks
    prices: Prices | None = None  # Infracost's
    remarks: tuple[Remark, ...] = ()  # of scanners
    wants_summary: bool = True  # the step summary holds up to a megabyte: nobody renders it to throw it away
    unproven: bool = False  # the plans were handed in by a fork's run, which can write what it likes
    origin: Origin

    @property
    def rules(self) -> Rules:
        return build_rules(self.config, self.catalog, self.environment)


class Review(Struct, frozen=True, kw_only=True):
    """The whole result: facts for machines, report for people, publication to be sent."""

    facts: Facts
    report: Report
    publication: Publication
    own: OwnTemplates = NONE  # what it was rendered with besides the built-in templates


def review(stacks: Sequence[Stack], settings: Settings) -> Review:
    """Judge the stacks together and say so in every form."""
    rules = settings.rules
    return review_facts([find_stack_facts(stack, rules) for stack in stacks], settings)


def review_facts(found: Sequence[StackFacts], settings: Settings, tell: Tell = lambda _: None) -> Review:
    """The same, where each stack was looked at already, in the order of their names; ``tell`` hears what is done."""
    if len(found) > 1:
        tell(f"judging {len(found)} stacks together")
    found = sorted(found, key=lambda one: name_key(one.stack.name))
    facts = _compare(_find_facts(found, settings), settings)
    report = build_report(facts)
    from bot.render import SUMMARY_BUDGET, render  # here, because it brings jinja2, and plans take the room before

    wants_summary = (
        settings.wants_summary or settings.own != NONE
    )  # a template of the user's must show what it leaves out
    tell("writing the report")
    budget = SUMMARY_BUDGET if wants_summary else 0
    publication = render(report, settings.templates, settings.own, summary_budget=budget)
    return Review(facts=facts, report=report, publication=publication, own=settings.own)


def _find_facts(found: Sequence[StackFacts], settings: Settings) -> Facts:
    stacks = tuple(one.stack for one in found)
    deletions = _join_deletions(found)
    intents = find_intents(deletions, settings.pull_request)
    access = iam.join_access([one.access for one in found])
    costs = cost.join_costs(row for one in found for row in one.costs)
    findings = (
        *destructive.find(stacks, deletions),
        *iam.find(access),
        *_find_more(found, costs, settings),
    )
    judgement = judge(
        stacks,
        deletions,
        intents,
        findings,
        config=settings.config,
        environment=settings.environment,
        pull_request=settings.pull_request,
        prices=settings.prices,
        now=settings.origin.now,
        facts=_list_facts(found, findings, deletions, intents, access, costs, settings),
    )
    return Facts(
        environment=settings.environment,
        stacks=stacks,
        deletions=deletions,
        intents=intents,
        findings=findings,
        grants=access.changes,
        costs=costs,
        renames=tuple(rename for one in found for rename in one.renames),
        noise={key: sort for one in found for key, sort in one.noise.items()},
        prices=settings.prices,
        judgement=judgement,
        origin=settings.origin,
    )


def _compare(facts: Facts, settings: Settings) -> Facts:
    """With what changed since the plan that was shown before, and with what STAGE got."""
    config, stacks = settings.config, facts.stacks
    state = facts.judgement.verdict.state
    return structs.replace(
        facts,
        since=compare_since(settings.earlier, stacks, state.word, config.volatile),
        promotion=compare_promotion(settings.promoted, stacks, settings.environment, config),
        plan=join_digests(stacks),
    )


def _join_deletions(found: Sequence[StackFacts]) -> tuple[destructive.Deletion, ...]:
    return destructive.join_deletions(deletion for one in found for deletion in one.deletions)


def _list_facts(
    found: Sequence[StackFacts],
    findings: Sequence[Finding],
    deletions: Sequence[destructive.Deletion],
    intents: Sequence[Intent],
    access: iam.Access,
    costs: Sequence[cost.CostChange],
    settings: Settings,
) -> dict[str, str]:
    """What the items of the checklist are about."""
    return list_facts(
        [one.stack for one in found],
        findings,
        environment=settings.environment,
        pull_request=settings.pull_request,
        now=settings.origin.now,
        deletions=deletions,
        intents=intents,
        grants=access.changes,
        costs=costs,
        names=[name for one in found for name in one.names],
        prices=settings.prices,
    )


def _find_more(found: Sequence[StackFacts], costs: Sequence[cost.CostChange], settings: Settings) -> Iterator[Finding]:
    yield from (finding for one in found for finding in one.exposure)
    yield from cost.find(costs)
    yield from (finding for one in found for finding in one.protection)
    yield from (finding for one in found for finding in one.naming)
    yield from naming.find((), settings.config.rules.naming, settings.environment, settings.pull_request)
    yield from scanners.find([one.stack for one in found], settings.remarks)


def build_stacks(
    name: str,
    data: bytes | mmap,
    secrets: SecretsConfig,
    volatile: Sequence[VolatileRule] = (),
    watch: Watch = iter,
) -> Iterator[Stack]:
    """Stacks of one file: one for each plan in it, or the one of a record.

    ``watch`` sees how it gets on.  What cannot be read becomes a stack with a problem, because a review of the other
    stacks must not hide it.  Raises BadConfig for a bad pattern in ``secrets``.
    """
    if is_record(data):
        yield _stack_of_record(name, data, volatile)
        return
    whole = decode_whole(data)
    if whole is not None:
        yield _stack_of_plan(name, whole, secrets, volatile, watch)
        return
    try:
        documents = split_documents(data)
    except UntrustedPlan as error:
        yield Stack(name=name, problem=Problem.of(error))
        return
    for number, document in enumerate(documents, 1):
        own = name if len(documents) == 1 else f"{name}#{number}"
        yield _stack_of_document(own, document, secrets, volatile, watch)


def has_unexplained(found: Sequence[StackFacts], pull_request: PullRequest) -> bool:
    """Is there a deletion that neither the description nor what is known of the diff accounts for?"""
    intents = find_intents(_join_deletions(found), pull_request)
    return any(intent.intent == "unexplained" for intent in intents)


def list_missing(expected: Sequence[str], there: Collection[str]) -> Iterator[Stack]:
    """A stack with a problem for each name that should be ``there`` and is not: silence is no pass."""
    for name in dict.fromkeys(expected):
        if name not in there:
            problem = Problem("This stack should have reported and did not.", MISSING)
            yield Stack(name=name, problem=problem)


def _stack_of_record(name: str, data: bytes | mmap, volatile: Sequence[VolatileRule]) -> Stack:
    """With a digest of our own: that of the record was written elsewhere, under other settings or by a stranger."""
    try:
        record = decode_record(data)
        stack = structs.replace(record.stack, head=record.head)
        return stack if stack.problem else structs.replace(stack, digest=digest_changes(stack.plan, volatile))
    except UntrustedPlan as error:
        return Stack(name=name, problem=Problem.of(error))
    except RecursionError:
        return Stack(name=name, problem=TOO_DEEP)


def _stack_of_document(
    name: str, document: bytes, secrets: SecretsConfig, volatile: Sequence[VolatileRule], watch: Watch
) -> Stack:
    try:
        return _stack_of_plan(name, decode_plan(document), secrets, volatile, watch)
    except UntrustedPlan as error:
        return Stack(name=name, problem=Problem.of(error))


def _stack_of_plan(
    name: str, wire: Plan, secrets: SecretsConfig, volatile: Sequence[VolatileRule], watch: Watch
) -> Stack:
    try:
        plan = list_changes(wire, secrets, watch)
        return Stack(name=name, plan=plan, digest=digest_changes(plan, volatile))
    except UntrustedPlan as error:
        return Stack(name=name, problem=Problem.of(error))
    except RecursionError:
        return Stack(name=name, problem=TOO_DEEP)
