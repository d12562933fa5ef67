"""The decision: what the plan would do + what the pull request says -> a verdict.

Rules, in the order of their importance: trust, everything, deletions, protection, findings by severity (permissions,
exposure, cost, weakened protection, naming, scanners), cost limit, left-behind, actions, checks, people, process.
Each gives one reason or none; the worst state wins.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from bot.checklist import ChecklistItem, list_items
from bot.classify.destructive import Deletion
from bot.config import Config, EnvironmentConfig, Thresholds, resolve_environment
from bot.environment import EnvironmentName
from bot.findings import Concern, Finding
from bot.hold import STATES, deletion_state, is_above_limit, list_held, severity_state
from bot.infracost import Prices, say_money
from bot.intent import INTENTS, Intent
from bot.override import LABEL, LABELS, Override, Overrides, judge_overrides
from bot.people import judge_people
from bot.process import judge_process
from bot.pull_request import PullRequest
from bot.record import Stack
from bot.severity import SEVERITIES
from bot.state import State
from bot.verdict import Reason, Verdict, worst
from bot.wording import plural

LOSSES = {
    "data": "data is lost",
    "identity": "its identity is lost",
    "outage": "an outage",
    "none": "can be made again",
    "unknown": "an unknown loss",
}


class Judgement(Struct, frozen=True, kw_only=True):
    """Everything the decision gives: readers of it decide nothing again."""

    verdict: Verdict
    overrides: Overrides
    checklist: tuple[ChecklistItem, ...]

    @property
    def override(self) -> Override:
        """That of deletions."""
        return self.overrides.lifts[0].override


def judge(
    stacks: Sequence[Stack],
    deletions: Sequence[Deletion],
    intents: Sequence[Intent],
    findings: Sequence[Finding],
    *,
    config: Config,
    environment: EnvironmentName,
    pull_request: PullRequest | None,
    prices: Prices | None = None,
    now: str = "",
    facts: Mapping[str, str] | None = None,
) -> Judgement:
    """``intents`` belong to ``deletions`` one by one, ``facts`` to the items of the checklist; ``now`` is RFC 3339."""
    rules = resolve_environment(config, environment)
    states = [deletion_state(deletion, intent, rules) for deletion, intent in zip(deletions, intents, strict=True)]
    held = list_held(stacks, list(zip(deletions, states, strict=True)), findings, prices, rules)
    overrides = judge_overrides(held, pull_request, environment, rules)
    givers: dict[Concern, str] = {concern: overrides.giver(concern) for concern in LABELS}
    reasons = (
        _trust(stacks),
        _everything(stacks, rules, givers["destructive"]),
        _deletions(deletions, intents, states, givers["destructive"]),
        _protection(deletions),
        *(_found(findings, concern, rules, givers.get(concern, "")) for concern in FOUND),
        _cost_limit(prices, rules, givers["cost"]),
        _left_behind(stacks, deletions),
        _actions(stacks),
        _checks(stacks),
        judge_people(stacks, rules, pull_request),
        judge_process(stacks, rules.process, environment, pull_request, now=now, facts=facts),
    )
    said = tuple(reason for reason in reasons if reason is not None)
    verdict = Verdict(state=worst(said), reasons=said)
    items = list_items(stacks, verdict, environment, pull_request, facts or {})
    return Judgement(verdict=verdict, overrides=overrides, checklist=items)


def _parent(rule: str, sentence: str, children: Sequence[Reason], advice: str = "") -> Reason | None:
    """A rule that has children speaks through them; without children it has nothing to say."""
    if not children:
        return None
    ordered = tuple(sorted(children, key=lambda child: -child.state))
    return Reason(rule=rule, state=worst(children), sentence=sentence, advice=advice, children=ordered)


# --- trust ---------------------------------------------------------------------------------------------------------


def _trust(stacks: Sequence[Stack]) -> Reason:
    children = [reason for stack in stacks for reason in _distrust(stack)]
    if not children:
        return Reason(rule="trust", state=State.PASS, sentence="Every plan is complete and was read to its end.")
    first = max(children, key=lambda child: child.state)
    more = f" ({len(children) - 1} more of this kind)" if len(children) > 1 else ""
    return Reason(
        rule="trust",
        state=first.state,
        sentence=first.sentence + more,
        advice=first.advice,
        children=tuple(sorted(children, key=lambda child: -child.state)),
    )


def _distrust(stack: Stack) -> Iterator[Reason]:
    plan = stack.plan
    if stack.problem is not None:
        yield _doubt(stack, "unreadable", State.ERROR, stack.problem.message, stack.problem.advice)
    if stack.unproven:
        sentence = "The plan comes from the run of a fork, so nothing in it is proven."
        yield _doubt(
            stack, "unproven", State.HOLD, sentence, "A maintainer must plan this commit in a run of their own."
        )
    if plan.errored:
        sentence = "Planning failed half-way: whatever comes after the failure is not in this plan."
        yield _doubt(
            stack, "errored", State.ERROR, sentence, "Mend the error that terraform plan prints, and plan again."
        )
    if unknown := _unknown_words(stack):
        sentence = f"The plan uses action words that plan-review does not know: {', '.join(unknown)}."
        yield _doubt(stack, "unknown-action", State.ERROR, sentence, "Update plan-review.")
    if plan.deferred:
        sentence = f"{plural(len(plan.deferred), 'change')} put off to a later plan, so no deletion can be ruled out."
        yield _doubt(stack, "deferred", State.HOLD, sentence, "Apply in steps, so that every plan is complete.")
    elif plan.complete is False and not plan.errored:
        sentence = "The plan is incomplete (-target, -exclude or deferred changes), so no deletion can be ruled out."
        yield _doubt(stack, "incomplete", State.HOLD, sentence, "Plan again without -target.")


def _unknown_words(stack: Stack) -> list[str]:
    changes = [*stack.plan.changes, *stack.plan.drift, *(deferred.change for deferred in stack.plan.deferred)]
    words = {"+".join(change.actions) or "none" for change in changes if change.kind == "unknown"}
    outputs = {"output" for output in stack.plan.outputs if output.kind == "unknown"}
    return [word[:40] for word in sorted(words | outputs)[:5]]


def _doubt(stack: Stack, slug: str, state: State, sentence: str, advice: str) -> Reason:
    return Reason(rule=f"trust/{slug}", state=state, sentence=sentence, advice=advice, stack=stack.name)


# --- deletions -----------------------------------------------------------------------------------------------------


def _lifted(state: State, giver: str) -> State:
    return State.ATTENTION if state == State.HOLD and giver else state


def _said(sentence: str, state: State, giver: str) -> str:
    return f"{sentence} {giver} let it through." if state == State.HOLD and giver else sentence


def _everything(stacks: Sequence[Stack], rules: EnvironmentConfig, giver: str) -> Reason | None:
    state = STATES[rules.destroy_everything]
    stays = "All that Terraform manages here is destroyed; nothing stays, nothing comes"
    children = [
        Reason(
            rule="everything/stack",
            state=_lifted(state, giver),
            stack=stack.name,
            sentence=_said(f"{stays}: {plural(stack.plan.counts.delete, 'resource')}.", state, giver),
        )
        for stack in stacks
        if stack.plan.destroys_everything
    ]
    sentence = "The plan destroys a whole stack."
    return _parent("everything", sentence, children, "Was this plan made with -destroy, or in an empty folder?")


def _deletions(
    deletions: Sequence[Deletion], intents: Sequence[Intent], states: Sequence[State], giver: str
) -> Reason | None:
    rows = sorted(zip(deletions, intents, states, strict=True), key=lambda row: INTENTS.index(row[1].intent))
    children = [_deletion(deletion, intent, state, giver) for deletion, intent, state in rows]
    return _parent("deletions", _deletions_sentence(children, intents), children, _deletions_advice(children))


def _deletions_sentence(children: Sequence[Reason], intents: Sequence[Intent]) -> str:
    words = Counter(intent.intent for intent in intents)
    told = ", ".join(f"{words[word]:,} {word}" for word in INTENTS if words[word])
    held = sum(child.state == State.HOLD for child in children)
    holding = f"; {held:,} held" if held else ""
    return f"{plural(len(children), 'deletion')}: {told}{holding}."


def _deletions_advice(children: Sequence[Reason]) -> str:
    if worst(children) < State.HOLD:
        return ""
    return f"Bring the branch up to date and plan again, or list in the description what it deletes, or set {LABEL}."


def _deletion(deletion: Deletion, intent: Intent, state: State, giver: str) -> Reason:
    does = {"replace": "is replaced", "update": "is updated"}.get(deletion.action, "is destroyed")
    return Reason(
        rule=f"deletions/{deletion.tier}",
        state=_lifted(state, giver),
        sentence=_said(f"{does} ({LOSSES[deletion.loss]}); {intent.because}.", state, giver),
        stack=deletion.stack,
        address=deletion.address,
        deposed=deletion.deposed,
    )


def _protection(deletions: Sequence[Deletion]) -> Reason | None:
    children = [
        Reason(
            rule="protection/blocked",
            state=State.HOLD,
            stack=deletion.stack,
            address=deletion.address,
            deposed=deletion.deposed,
            sentence="is still protected: its deletion will be refused and the apply fails half-way.",
        )
        for deletion in deletions
        if deletion.effect == "blocked"
    ]
    sentence = f"{plural(len(children), 'deletion')} will be refused by protection."
    return _parent("protection", sentence, children, "Take the protection off and apply that first, if this is meant.")


# Concerns whose findings are judged by severity alone, with the words of their sentence.
FOUND: dict[Concern, tuple[str, str]] = {
    "iam": ("change", "of permissions to look at."),
    "exposure": ("way", "opened to everybody."),
    "cost": ("cost", "to look at."),
    "protection": ("protection", "weakened."),
    "naming": ("name", "against the rules."),
    "scanners": ("result", "of scanners."),
}


def _found(findings: Sequence[Finding], concern: Concern, rules: EnvironmentConfig, giver: str) -> Reason | None:
    """What is too mild to ask for attention is only listed."""
    thresholds: Thresholds = getattr(rules.findings, concern)
    noun, happens = FOUND[concern]
    children = [
        Reason(
            rule=finding.id,
            state=_lifted(state, giver),
            stack=finding.stack,
            address=finding.address,
            deposed=finding.deposed,
            sentence=_said(f"{finding.title}: {finding.because}", state, giver),
        )
        for finding in sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))
        if finding.concern == concern and (state := severity_state(finding.severity, thresholds)) > State.PASS
    ]
    advice = _advice(concern) if worst(children) == State.HOLD else ""
    return _parent(f"found/{concern}", f"{plural(len(children), noun)} {happens}", children, advice)


def _advice(concern: Concern) -> str:
    """Only four concerns have a label."""
    label = next((label for liftable, label in LABELS.items() if liftable == concern), "")
    return f"Change it, or have the label {label} set." if label else ""


def _cost_limit(prices: Prices | None, rules: EnvironmentConfig, giver: str) -> Reason | None:
    limit = rules.cost_limit.monthly_increase
    if prices is None or limit is None:
        return None
    grows = say_money(prices.increase, prices.currency, signed=True)
    above = is_above_limit(prices, rules)
    told = f"The bill changes by {grows} a month, {'above' if above else 'within'} the limit of {limit:,.2f}"
    more = f"; {plural(len(prices.unpriced), 'price')} not known." if prices.unpriced else "."
    state = STATES[rules.cost_limit.state] if above else State.PASS
    sentence, lifted = _said(told + more, state, giver), _lifted(state, giver)
    child = Reason(rule="cost-limit/increase", state=lifted, sentence=sentence)
    return Reason(
        rule="cost-limit",
        state=lifted,
        sentence=sentence,
        advice=_advice("cost") if lifted == State.HOLD else "",
        children=(child,),
    )


def _left_behind(stacks: Sequence[Stack], deletions: Sequence[Deletion]) -> Reason | None:
    abandoned = [(d.stack, d.address, d.deposed) for d in deletions if d.effect == "abandons"]
    forgotten = [
        (stack.name, change.address, change.deposed)
        for stack in stacks
        for change in stack.plan.changes
        if "forget" in change.actions
    ]
    children = [
        Reason(
            rule="left-behind/object",
            state=State.ATTENTION,
            stack=stack,
            address=address,
            deposed=deposed,
            sentence="goes on existing, and costing, but Terraform no longer manages it.",
        )
        for stack, address, deposed in (*forgotten, *abandoned)
    ]
    return _parent("left-behind", f"{plural(len(children), 'object')} left behind, unmanaged.", children)


# --- side effects, checks --------------------------------------------------------------------------------------------


def _actions(stacks: Sequence[Stack]) -> Reason | None:
    children = [
        Reason(
            rule="actions/invoked",
            state=State.ATTENTION,
            stack=stack.name,
            address=action.address,
            sentence=f"is invoked {action.trigger or 'by the apply'}: a side effect that no resource shows.",
        )
        for stack in stacks
        for action in stack.plan.actions
    ]
    return _parent("actions", f"{plural(len(children), 'provider action')} invoked.", children)


def _checks(stacks: Sequence[Stack]) -> Reason | None:
    children = [
        Reason(
            rule=f"checks/{check.status}",
            state=State.ATTENTION,
            stack=stack.name,
            address=check.address,
            sentence=f"fails: {'; '.join(check.problems)[:500]}"
            if check.problems
            else f"has the status {check.status}.",
        )
        for stack in stacks
        for check in stack.plan.checks
        if check.status in ("fail", "error") or check.problems
    ]
    return _parent("checks", f"{plural(len(children), 'check')} of the configuration failed.", children)
