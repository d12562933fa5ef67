"""The second person: who approved this very commit, and whose approval does not count and why."""

from collections.abc import Sequence

from bot.checklist import is_idle
from bot.config import EnvironmentConfig
from bot.pull_request import Approval, PullRequest
from bot.record import Stack
from bot.state import State
from bot.verdict import Reason

ASK = "Ask a second person to review and approve."


def judge_people(stacks: Sequence[Stack], rules: EnvironmentConfig, pull_request: PullRequest | None) -> Reason | None:
    """Does an approving review of the head by somebody with write access, who is not the author, exist?"""
    if not rules.two_people or all(is_idle(stack) for stack in stacks):
        return None
    if pull_request is None or not (pull_request.author or pull_request.number is not None):
        return _about_people("unknown", State.PASS, "No pull request is known here, so nobody can have approved.")
    refused = [(approval.person, _refusal(approval, pull_request)) for approval in pull_request.approvals]
    people = list(dict.fromkeys(person for person, refusal in refused if not refusal))
    told = "".join(f" {refusal}" for refusal in dict.fromkeys(refusal for _, refusal in refused if refusal))
    if people and not pull_request.author:
        unsure = "The author is not known, so nobody can tell whether a second person approved."
        return _about_people("missing", State.HOLD, unsure + told, ASK)
    if people:
        return _about_people("approved", State.PASS, f"{', '.join(people)} approved.{told}")
    missing = "Nobody with write access, besides the author, has approved this commit."
    return _about_people("missing", State.HOLD, missing + told, ASK)


def _refusal(approval: Approval, pull_request: PullRequest) -> str:
    """Why an approval does not count, "" where it does.  GitHub tells logins apart without regard to case."""
    person = approval.person or "Somebody unknown"
    if approval.commit not in ("", pull_request.head):
        return f"{person} approved an older commit."
    if person.casefold() == pull_request.author.casefold():
        return f"{person} approved too, but is the author."
    if person.casefold().endswith("[bot]"):
        return f"{person} approved too, but is no person."
    if not approval.person or not approval.may_write:
        return f"{person} approved too, but may not write to this repository."
    return ""


def _about_people(slug: str, state: State, sentence: str, advice: str = "") -> Reason:
    child = Reason(rule=f"people/{slug}", state=state, sentence=sentence)
    return Reason(rule="people", state=state, sentence=sentence, advice=advice, children=(child,))
