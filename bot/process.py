"""The process rules: branch, time, STAGE, description and ticks of a pull request.

Only a pull request has a process: without one the rules have nothing to say.  What is not known of a live pull request
(one with a number) counts as not met; what a file of ours does not tell is left out.

The label ``urgent`` is the fast track.  It lifts the change window and the test in STAGE, to attention, and nothing
else.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, structs

from bot.change_window import look_at
from bot.checklist import is_idle
from bot.description import count_own_words, find_rollback
from bot.environment import EnvironmentName
from bot.pattern import covers_glob
from bot.process_config import Process
from bot.pull_request import Deployment, PullRequest
from bot.record import Stack
from bot.state import State
from bot.ticks import TEXTS
from bot.verdict import Reason, worst
from bot.wording import plural

URGENT = "urgent"
LIFTED = ("process/change-window", "process/stage-tested")
STATES = {"attention": State.ATTENTION, "hold": State.HOLD}
FAILED = ("failure", "error")


class Case(Struct, frozen=True, kw_only=True):
    """What the rules look at.  ``now`` is RFC 3339, "" where nobody knows; ``facts`` are those under each item."""

    rules: Process
    environment: EnvironmentName
    pull_request: PullRequest
    now: str = ""
    facts: Mapping[str, str] = {}

    @property
    def live(self) -> bool:
        return self.pull_request.number is not None


def judge_process(
    stacks: Sequence[Stack],
    rules: Process,
    environment: EnvironmentName,
    pull_request: PullRequest | None,
    *,
    now: str = "",
    facts: Mapping[str, str] | None = None,
) -> Reason | None:
    """All rules under one reason, the worst first; None where no rule has anything to say."""
    if pull_request is None or all(is_idle(stack) for stack in stacks):
        return None
    case = Case(rules=rules, environment=environment, pull_request=pull_request, now=now, facts=facts or {})
    said = [rule(case) for rule in RULES]
    children = sorted((_lift(child, pull_request) for child in said if child), key=lambda child: -child.state)
    if not children:
        return None
    state = worst(children)
    broken = [child for child in children if child.state == state]
    sentence = f"{len(broken)} rules of the process are not met."
    if state == State.PASS:
        sentence = "The rules of the process are met."
    elif len(broken) == 1:
        sentence = broken[0].sentence
    advice = broken[0].advice if len(broken) == 1 else ""
    return Reason(rule="process", state=state, sentence=sentence, advice=advice, children=tuple(children))


def _lift(child: Reason, pull_request: PullRequest) -> Reason:
    """``urgent`` counts where somebody gave it who may write to the repository."""
    label = next((label for label in pull_request.labels if label.name.casefold() == URGENT), None)
    if label is None or child.state == State.PASS or child.rule not in LIFTED:
        return child
    if not label.given_by or not label.may_write:
        who = label.given_by or "somebody unknown"
        return structs.replace(
            child, sentence=f"{child.sentence} {who} set {URGENT} but may not write to this repository."
        )
    sentence = f"{child.sentence} {label.given_by} set {URGENT}, which lifts this."
    return structs.replace(child, state=State.ATTENTION, sentence=sentence, advice="")


def _met(slug: str, sentence: str) -> Reason:
    return Reason(rule=f"process/{slug}", state=State.PASS, sentence=sentence)


def _broken(slug: str, state: str, sentence: str, advice: str) -> Reason:
    return Reason(rule=f"process/{slug}", state=STATES[state], sentence=sentence, advice=advice)


def _source_branch(case: Case) -> Reason | None:
    rule, branch, target = case.rules.source_branch, case.pull_request.source_branch[:250], case.environment.upper()
    if rule.state == "off" or not (branch or (case.live and rule.state == "hold")):
        return None  # GitHub always tells the branch: only a rule that holds must say that it was not told
    if branch and any(covers_glob(glob, branch) for glob in rule.allowed):
        return _met("source-branch", f"{branch} is a branch for {target}.")
    sentence = f"{branch} is no branch for {target}: allowed are {', '.join(rule.allowed)}."
    if not branch:
        sentence = f"The source branch is not known, so nobody can tell whether it may go to {target}."
    return _broken("source-branch", rule.state, sentence, "Merge it into the branch that comes before, or rename it.")


def _change_window(case: Case) -> Reason | None:
    rule = case.rules.change_window
    moment = look_at(rule.calendar, case.now) if rule.state != "off" else None
    if rule.state == "off" or (moment is None and not case.live):
        return None
    if moment is None:
        sentence = "The time is not known, so nobody can tell whether this is inside the change window."
        return _broken("change-window", rule.state, sentence, "")
    if moment.is_open:
        return _met("change-window", f"{moment.because}.")
    wait = f"Wait until {moment.opens}" if moment.opens else "No opening is near: change the settings"
    advice = f"{wait}, or have somebody with write access set the label {URGENT}."
    return _broken("change-window", rule.state, f"{moment.because}.", advice)


def _stage_tested(case: Case) -> Reason | None:
    rule, head = case.rules.stage_tested, case.pull_request.head
    if rule.state == "off" or not (head or case.live):
        return None
    name = rule.environment.upper()
    tries = [
        deployment
        for deployment in case.pull_request.deployments
        if head and deployment.commit == head and deployment.environment.casefold() == rule.environment.casefold()
    ]
    good = max((one.at for one in tries if one.state == "success"), default=None)
    failed = [one for one in tries if one.state in FAILED and (good is None or not one.at or one.at >= good)]
    if good is not None and not failed:
        when = f" at {good}" if good else ""
        return _met("stage-tested", f"Commit {head[:7]} was deployed to {name}{when}.")
    advice = f"Deploy this very commit to {name} first, or have somebody with write access set the label {URGENT}."
    return _broken("stage-tested", rule.state, _untested(head, name, tries, failed), advice)


def _untested(head: str, name: str, tries: Sequence[Deployment], failed: Sequence[Deployment]) -> str:
    if not head:
        return f"The head commit is not known, so nobody can tell whether it was deployed to {name}."
    if failed:
        last = max(failed, key=lambda one: one.at)
        return f"The last deployment of commit {head[:7]} to {name} failed{f' at {last.at}' if last.at else ''}."
    if tries:
        return (
            f"The deployment of commit {head[:7]} to {name} has the state {max(tries, key=lambda one: one.at).state}."
        )
    return f"Commit {head[:7]} has not been deployed to {name}."


def _rollback(case: Case) -> Reason | None:
    state, description = case.rules.rollback.state, case.pull_request.description
    if state == "off" or not (description.strip() or case.live):
        return None
    if find_rollback(description):
        return _met("rollback", "The description says how to go back.")
    advice = "Write into the description, under the heading Rollback, how to go back."
    return _broken("rollback", state, "The description does not say how to go back.", advice)


def _why(case: Case) -> Reason | None:
    rule, description = case.rules.why, case.pull_request.description
    if rule.state == "off" or not (description.strip() or case.live):
        return None
    words = count_own_words(description)
    if words >= rule.words:
        return _met("why", f"The description has {plural(words, 'word')} of its own.")
    said = (
        "is empty" if not description.strip() else f"has {plural(words, 'word')} of its own; the least is {rule.words}"
    )
    advice = "Write into the description why this is done; headings, boxes and hidden comments do not count."
    return _broken("why", rule.state, f"The description {said}.", advice)


def _ticks(case: Case) -> Reason | None:
    rule = case.rules.ticks
    if rule.state == "off" or not case.live:
        return None
    ticked = {tick.item for tick in case.pull_request.ticks if tick.facts == case.facts.get(tick.item)}
    missing = [TEXTS[item] for item in rule.items if item not in ticked and item not in _proved(case)]
    if not missing:
        return _met("ticks", "What only a person can know is ticked.")
    sentence = f"Not ticked in the checklist: {'; '.join(missing)}."
    return _broken("ticks", rule.state, sentence, "Tick what is true; a tick falls when the facts under it change.")


def _proved(case: Case) -> set[str]:
    """Items that the machine answers, so that nobody can tick them."""
    rules = {
        "stage-tested": case.rules.stage_tested.state,
        "change-window": case.rules.change_window.state,
        "rollback": "on" if find_rollback(case.pull_request.description) else case.rules.rollback.state,
    }
    return {item for item, state in rules.items() if state != "off"}


RULES: tuple[Callable[[Case], Reason | None], ...] = (
    _source_branch,
    _stage_tested,
    _change_window,
    _rollback,
    _why,
    _ticks,
)
