"""The view model: what to show, in which order.  Decides nothing; reads the judgement.

``build_report`` gives values that are still plain text: escaping is the renderer's, once, at the very end.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.access_report import AccessReport, NoteRow, build_access_report
from bot.blocks import Block, build_block, build_output, list_blocks
from bot.checklist import ChecklistItem, is_idle
from bot.classify.cost import CostChange
from bot.classify.destructive import Deletion
from bot.concerns import Concerns, Key, list_concerns
from bot.cost_report import CostReport, build_cost_report, list_notes
from bot.deletion_rows import DeletionRow, list_deletion_rows
from bot.environment import EnvironmentName
from bot.failure_lines import FailureReport, build_failure_report
from bot.findings import Finding
from bot.glance import Glance, build_glance
from bot.grant_change import GrantChange
from bot.infracost import Prices
from bot.intent import Intent
from bot.judge import Judgement
from bot.kind import Counts, Kind
from bot.noise import Named, Noise, leave_out_named, list_named
from bot.override import Overrides
from bot.plan_labels import list_plan_labels
from bot.promotion import Promotion
from bot.promotion_report import PromotionReport, build_promotion
from bot.publication import STATUS_WORDS, Status
from bot.record import Stack
from bot.rename import Rename
from bot.since import Since, SinceReport, build_since
from bot.state import State
from bot.verdict import Reason, Verdict, leave_out_passing
from bot.wording import KIND_WORDS, STATE_ICONS, plural

# Rules whose findings have a section of their own.
OWN_SECTION = "deletions found/iam found/exposure found/cost found/naming found/scanners".split()
STATUS_LENGTH = 140  # GitHub's limit for a description


class Origin(Struct, frozen=True, kw_only=True):
    """Where and when a review was made; "" where nobody knows."""

    version: str
    now: str = ""  # RFC 3339 UTC
    commit: str = ""
    run_url: str = ""
    run_id: str = ""
    attempt: int = 0
    page: bool = False  # the run keeps the HTML page among its artifacts
    head: str = ""  # the whole commit id; ``commit`` is what people read
    records: str = ""  # id of the run that left the records of the plans, where it is another one

    @property
    def page_url(self) -> str:
        """Where the HTML page can be had, "" where it cannot."""
        return f"{self.run_url}#artifacts" if self.page and self.run_url else ""

    @property
    def full_url(self) -> str:
        """Where everything is that a comment has no room for: the page, or else the run with its step summary."""
        return self.page_url or self.run_url


class Facts(Struct, frozen=True, kw_only=True):
    """All that is known when rendering starts."""

    environment: EnvironmentName
    stacks: tuple[Stack, ...]
    deletions: tuple[Deletion, ...]
    intents: tuple[Intent, ...]
    findings: tuple[Finding, ...]
    grants: tuple[GrantChange, ...] = ()
    costs: tuple[CostChange, ...] = ()
    renames: tuple[Rename, ...] = ()
    noise: Mapping[Key, Noise] = {}  # changes that are noise while nothing names them
    prices: Prices | None = None
    judgement: Judgement
    since: Since | None = None  # None where nobody asked
    promotion: Promotion | None = None  # None where nobody asked
    plan: str = ""  # compare.digest_stacks
    origin: Origin


class StackRow(Struct, frozen=True, kw_only=True):
    name: str
    counts: Counts
    problem: str = ""
    failed: bool = False  # planning failed, and ``failures`` say why
    notes: tuple[str, ...] = ()


class Report(Struct, frozen=True, kw_only=True):
    """What every rendering shows."""

    environment: EnvironmentName
    state: State
    icon: str
    headline: str
    status: Status
    several: bool  # more than one stack: name the stack beside each address
    idle: bool  # nothing changes and nothing needs to be looked at
    digest: str
    stacks: tuple[StackRow, ...]
    failures: FailureReport  # why planning failed, where it did
    glance: Glance
    holding: tuple[Reason, ...]  # rules that hold or cannot judge, the worst first
    noticing: tuple[Reason, ...]  # rules that ask for attention
    deletions: tuple[DeletionRow, ...]
    renames: tuple[Rename, ...]
    access: AccessReport
    cost: CostReport
    naming: tuple[NoteRow, ...]
    scanners: tuple[NoteRow, ...]
    concerns: Mapping[Key, Concerns]  # of the changes that touch any
    since: SinceReport | None  # None where nobody asked
    promotion: PromotionReport | None  # None where nobody asked
    plan: str  # digest of what all stacks together would do
    unproven: bool  # planned by a fork's run
    drift: tuple[Block, ...]
    deferred: tuple[Block, ...]
    outputs: tuple[Block, ...]
    blocks: tuple[Block, ...]
    checklist: tuple[ChecklistItem, ...]
    overrides: Overrides
    plan_labels: tuple[str, ...]
    origin: Origin

    @property
    def passes(self) -> bool:
        """Nothing holds and nothing asks for attention; then the headline is the counts."""
        return self.state == State.PASS

    @property
    def troubled(self) -> tuple[StackRow, ...]:
        """Stacks of which something must be said, those that cannot be read first."""
        return tuple(sorted((s for s in self.stacks if s.problem or s.notes), key=lambda stack: not stack.problem))


def build_report(facts: Facts) -> Report:
    verdict = facts.judgement.verdict
    reasons = sorted(verdict.reasons, key=lambda reason: -reason.state)
    deletions = list_deletion_rows(facts.deletions, facts.intents, verdict)
    access = build_access_report(facts.grants, facts.findings)
    cost = build_cost_report(facts.costs, facts.prices)
    return Report(
        environment=facts.environment,
        state=verdict.state,
        icon=STATE_ICONS[verdict.state],
        headline=build_headline(facts),
        status=build_status(facts),
        several=len(facts.stacks) > 1,
        idle=verdict.state == State.PASS and all(is_idle(stack) for stack in facts.stacks),
        digest=facts.judgement.override.digest,
        stacks=tuple(_stack_row(stack) for stack in facts.stacks),
        failures=build_failure_report(facts.stacks),
        glance=build_glance(deletions, access, cost, trusted=_is_proved(verdict)),
        holding=tuple(reason for reason in reasons if reason.state >= State.HOLD),
        noticing=tuple(map(leave_out_passing, filter(_asks, reasons))),
        deletions=deletions,
        renames=facts.renames,
        access=access,
        cost=cost,
        naming=list_notes(facts.findings, "naming"),
        scanners=list_notes(facts.findings, "scanners"),
        concerns=list_concerns(facts.findings, facts.deletions, facts.grants, facts.costs),
        since=build_since(facts.since, facts.origin.now) if facts.since else None,
        promotion=build_promotion(facts.promotion) if facts.promotion else None,
        plan=facts.plan,
        unproven=any(stack.unproven for stack in facts.stacks),
        drift=tuple(build_block(stack.name, change) for stack in facts.stacks for change in stack.plan.drift),
        deferred=tuple(build_block(s.name, put_off.change) for s in facts.stacks for put_off in s.plan.deferred),
        outputs=tuple(build_output(stack.name, output) for stack in facts.stacks for output in stack.plan.outputs),
        blocks=_blocks(facts),
        checklist=facts.judgement.checklist,
        overrides=facts.judgement.overrides,
        plan_labels=list_plan_labels(facts.stacks, facts.deletions, facts.grants, facts.findings),
        origin=facts.origin,
    )


def _blocks(facts: Facts) -> tuple[Block, ...]:
    named = _named(facts)
    return tuple(list_blocks(facts.stacks, leave_out_named(facts.noise, named), named))


def _asks(reason: Reason) -> bool:
    """Does it ask for attention, and has no section of its own?"""
    return reason.state == State.ATTENTION and reason.rule not in OWN_SECTION


def _is_proved(verdict: Verdict) -> bool:
    """Can it be said of this plan that something is not in it?"""
    trust = verdict.rule("trust")
    return verdict.state < State.ERROR and (trust is None or trust.state < State.HOLD)


def _named(facts: Facts) -> Named:
    return list_named(
        facts.stacks,
        findings=facts.findings,
        grants=facts.grants,
        costs=facts.costs,
        deletions=facts.deletions,
        intents=facts.intents,
        reasons=facts.judgement.verdict.reasons,
        prices=facts.prices,
    )


def build_headline(facts: Facts) -> str:
    """The verdict in words, without the icon: ``PROD: do not merge yet …``."""
    name = facts.environment.upper()
    state = facts.judgement.verdict.state
    if state == State.ERROR:
        failed = any(stack.problem and stack.problem.failures for stack in facts.stacks)
        return f"{name}: {'planning failed' if failed else 'this plan cannot be trusted'}"
    if state == State.HOLD:
        return f"{name}: do not merge yet – {_holding_words(facts)}"
    idle = all(is_idle(stack) for stack in facts.stacks)
    counted = "no changes" if idle else _counted(facts.stacks)
    if state == State.ATTENTION:
        return f"{name}: look before you merge – {_noticing_words(facts) or counted}"
    return f"{name}: {counted}" if idle else f"{name}: nothing stands in the way – {counted}"


def build_status(facts: Facts) -> Status:
    state = facts.judgement.verdict.state
    description = build_headline(facts).partition(": ")[2]
    if state == State.ERROR:
        trust = facts.judgement.verdict.rule("trust")
        description = trust.sentence if trust else description
    elif state == State.PASS and all(is_idle(stack) for stack in facts.stacks):
        description = "no changes: nothing to review"
    return Status(
        context=f"plan-review/{facts.environment}",
        state=STATUS_WORDS[state],
        description=_shorten(description),
    )


def _shorten(text: str) -> str:
    return text if len(text) <= STATUS_LENGTH else f"{text[: STATUS_LENGTH - 1]}…"


def _holding_words(facts: Facts) -> str:
    words = {
        "trust": "the plan is incomplete",
        "everything": "it destroys a whole stack",
        "deletions": _held_words(facts),
        "protection": "protection will refuse a deletion",
        "found/iam": "permissions above what may pass",
        "found/exposure": "exposure above what may pass",
        "found/cost": "cost above what may pass",
        "found/protection": "protection is weakened",
        "found/naming": "names against the rules",
        "found/scanners": "scanners found something",
        "cost-limit": "the bill grows above its limit",
        "people": "a second person must approve",
        "process": "a rule of the process is not met",
    }
    holding = [reason.rule for reason in facts.judgement.verdict.reasons if reason.state >= State.HOLD]
    said = [words[rule] for rule in holding if rule in words]
    return ", ".join(said[:2])


def _noticing_words(facts: Facts) -> str:
    """What to look at, the dangerous first; the counts stand below."""
    words = {
        "everything": "it destroys a whole stack",
        "deletions": plural(len(facts.deletions), "deletion"),
        "left-behind": "something is left behind",
        "found/iam": "permissions",
        "found/exposure": "exposure",
        "found/cost": "cost",
        "found/protection": "protection is weakened",
        "checks": "a check fails",
        "actions": "actions are invoked",
        "found/naming": "names",
        "found/scanners": "scanners found something",
        "cost-limit": "the bill grows",
        "people": "people",
        "process": "the process",
    }
    asking = {reason.rule for reason in facts.judgement.verdict.reasons if reason.state == State.ATTENTION}
    return ", ".join(word for rule, word in words.items() if rule in asking)


def _held_words(facts: Facts) -> str:
    rule = facts.judgement.verdict.rule("deletions")
    held = {_key(child) for child in rule.children if child.state == State.HOLD} if rule else set()
    unexplained = sum((i.stack, i.address, i.deposed) in held and i.intent == "unexplained" for i in facts.intents)
    if unexplained:
        return f"{plural(unexplained, 'deletion')} nobody explained"
    return f"{plural(len(held), 'deletion')} must be let through"


def _key(reason: Reason) -> tuple[str, str, str | None]:
    return (reason.stack, reason.address, reason.deposed)


def _counted(stacks: Sequence[Stack]) -> str:
    kinds: tuple[Kind, ...] = ("delete", "replace", "forget", "update", "create", "import", "move")
    totals = [(kind, sum(stack.plan.counts[kind] for stack in stacks)) for kind in kinds]
    said = [f"{count:,} to {KIND_WORDS.get(kind, kind)}" for kind, count in totals if count]
    return ", ".join(said) or "only outputs, actions or reads"


def _stack_row(stack: Stack) -> StackRow:
    problem = stack.problem.message if stack.problem else ""
    failed = stack.problem is not None and stack.problem.failures is not None
    return StackRow(name=stack.name, counts=stack.plan.counts, problem=problem, failed=failed, notes=stack.plan.notes)
