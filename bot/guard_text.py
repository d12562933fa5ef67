"""The guard's answer as text: what stops comes first."""

from collections.abc import Iterator

from bot.guard import Difference, Guarded
from bot.markdown import one_line
from bot.state import State
from bot.wording import STATE_ICONS, plural

ADVICE = "Open a pull request with what should happen, have it reviewed, and merge it; or run the apply again."


def format_guarded(guarded: Guarded) -> str:
    """Plain text; whatever a plan wrote in it is on one line and visible."""
    return "\n".join(_lines(guarded)) + "\n"


def _lines(guarded: Guarded) -> Iterator[str]:
    yield f"{STATE_ICONS[guarded.state]} {_headline(guarded)}"
    for difference in guarded.differences:
        yield f"  {'stops' if difference.state >= State.HOLD else 'differs'}: {_line(difference, guarded)}"
    if not guarded.goes_on:
        yield f"  -> {ADVICE}"
    for stack in guarded.stacks:
        done = f", {plural(len(stack.done), 'reviewed change')} already done" if stack.done else ""
        yield f"stack {one_line(stack.name)}: {stack.word}{done}"


def _headline(guarded: Guarded) -> str:
    if not guarded.goes_on:
        number = sum(difference.state >= State.HOLD for difference in guarded.differences)
        return (
            f"Stopped: {plural(number, 'thing')} in this plan {'is' if number == 1 else 'are'} not what was reviewed."
        )
    if guarded.differences:
        return "Goes on: what differs from the review is let through by the settings."
    if any(stack.word == "subset" for stack in guarded.stacks):
        return "Goes on: everything in this plan was reviewed, and some of the reviewed plan is already done."
    return "Goes on: this plan is what was reviewed."


def _line(difference: Difference, guarded: Guarded) -> str:
    stack = f"[{difference.stack}]" if difference.stack and len(guarded.stacks) > 1 else ""
    deposed = f"(deposed {difference.deposed})" if difference.deposed else ""
    return one_line(" ".join(part for part in (stack, difference.address, deposed, difference.sentence) if part))
