"""The outcome of an apply as the block right under the headline of its comment, and in the step summary."""

import re
from collections.abc import Iterator, Mapping

from markupsafe import Markup
from msgspec import Struct

from bot.applied import Applied, AppliedStack, ApplyWord, LogState
from bot.apply_fate import Fate, Item, Numbers
from bot.diagnostics import Failure
from bot.kind import Kind
from bot.markdown import code, fence, trusted
from bot.templating import build_markdown_environment

ICONS: Mapping[ApplyWord, str] = {"success": "✅", "failure": "❌", "cancelled": "⚠️", "skipped": "⛔"}
LOUD: Mapping[Fate, str] = {
    "half": "Made in part",
    "failed": "Failed",
    "cut off": "Begun, and its end is not in the log",
}
LATER: Mapping[Fate, str] = {
    "unknown": "Nobody can tell whether it was made",
    "not begun": "Not made",
}
QUIET: Mapping[Fate, str] = {"done": "Made"}
MOST, MOST_ERRORS, LONGEST = 25, 5, 1_500  # lines of a list, errors, characters of one error's text
HALF: Mapping[tuple[str, ...], str] = {
    ("delete",): "the old object is destroyed, and the new one is missing or unfinished",
    ("create",): "made again; the old object is still there",
}
FAILED: Mapping[Kind, str] = {
    "create": "it may exist in part",
    "update": "it may be changed in part",
    "delete": "it is still there, as far as Terraform can tell",
    "replace": "the old object is still there, as far as Terraform can tell",
}
PLANNED: Mapping[Kind, str] = {
    "create": "to be created",
    "update": "to be changed",
    "delete": "to be destroyed",
    "replace": "to be replaced",
    "move": "to be moved in the state",
    "import": "to be imported",
    "forget": "to be taken out of the state",
}
MADE: Mapping[Kind, str] = {"create": "created", "update": "changed", "delete": "destroyed", "replace": "replaced"}
LOGS: Mapping[LogState, str] = {
    "missing": "There is no log of this apply, so nothing here says what it changed: look into the environment.",
    "silent": "The log holds nothing that Terraform writes, so nothing here says what was changed.",
    "open": "The log stops in the middle: more may have been made than it shows.",
    "cut": "The log is too long to be read whole: more was made than it shows.",
}
LOST = "A stack without an outcome did not begin, or its job was lost while it applied: look into that job."
AGAIN = "When the cause is mended, run the failed job again: it makes a new plan"
GUARDED = f"{AGAIN}, and the guard lets through what is left of the reviewed one."
TAINTED = (
    "What failed while it was being created is marked as tainted where it does exist: the next plan destroys it and "
    "makes it again. If the object is sound, take the mark off: terraform untaint ADDRESS."
)
TAINTED_GUARDED = (
    "What failed while it was being created is marked as tainted where it does exist: the next plan destroys it and "
    "makes it again, and the guard stops that, for nobody reviewed it. If the object is sound, take the mark off "
    "(terraform untaint ADDRESS) and run the job again; if it is not, open a pull request, whose plan shows it."
)
STATE_LOST = (
    "Terraform could not save its state, so it does not know what it has just made. Do not apply again before the "
    "state is put right: terraform state push errored.tfstate where that file was kept, else terraform import."
)
LOCKED = (
    "An apply that was cut off may leave the state locked. When no other run holds it: terraform force-unlock LOCK_ID."
)


class Origin(Struct, frozen=True, kw_only=True):
    """Which run applied what, and when (RFC 3339 UTC)."""

    commit: str
    now: str
    run_url: str = ""
    attempt: int = 1


class _Line(Struct, frozen=True, kw_only=True):
    address: str
    deposed: str | None
    note: str


class _List(Struct, frozen=True, kw_only=True):
    title: str
    number: int
    items: tuple[_Line, ...]


class _Error(Struct, frozen=True, kw_only=True):
    summary: str
    address: str
    file: str
    place: str
    detail: Markup
    likely: str
    advice: str
    permission: str
    held: str
    commands: tuple[str, ...]


class _Stack(Struct, frozen=True, kw_only=True):
    name: str
    icon: str
    sentence: str
    loud: tuple[_List, ...]
    later: tuple[_List, ...]
    quiet: tuple[_List, ...]
    errors: tuple[_Error, ...]
    more_errors: int
    stopped: Markup


class _View(Struct, frozen=True, kw_only=True):
    icon: str
    headline: str
    origin: Markup
    remarks: tuple[str, ...]
    several: bool
    stacks: tuple[_Stack, ...] = ()


def render_applied(applied: Applied, origin: Origin, templates: Mapping[str, str], *, short: bool = False) -> str:
    """The block in Markdown; ``short``: without lists and errors, for a comment with no room left."""
    shown = [
        _stack(stack) for stack in applied.stacks if not short and (stack.outcome != "success" or _several(applied))
    ]
    view = _View(
        icon=ICONS[applied.outcome],
        headline=tell_applied(applied),
        origin=_origin(origin),
        remarks=tuple(_remarks(applied)),
        several=_several(applied),
        stacks=tuple(shown),
    )
    text = build_markdown_environment(templates).get_template("parts/applied.md.j2").render(applied=view)
    return re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"  # parts that had nothing to say leave blank lines


def tell_applied(applied: Applied) -> str:
    """The outcome in one line, without an icon."""
    name, numbers = applied.environment.upper(), applied.numbers
    said = _numbers(numbers, least=any(stack.partly_seen for stack in applied.stacks))
    if applied.outcome == "success":
        return f"Applied to {name}: {said or 'nothing had to change'}" if numbers else f"Applied to {name}"
    if applied.outcome == "skipped":
        return f"Not applied to {name}: {_why_skipped(applied)}"
    word = _end(applied)
    if said:
        return f"The apply of {name} {word} half-way: {said}"
    if numbers is None or any(_is_dark(stack) for stack in applied.stacks):
        return f"The apply of {name} {word}, and what it changed is not known"
    return f"The apply of {name} {word}; nothing was finished"


def _end(applied: Applied) -> str:
    """Where no stack failed and the guard stopped one, the guard ended it: nothing went wrong."""
    if applied.outcome == "cancelled":
        return "was cancelled"
    guarded = any(stack.stopped for stack in applied.stacks)
    broken = any(stack.lost or stack.outcome in ("failure", "cancelled") for stack in applied.stacks)
    return "was stopped by the guard" if guarded and not broken else "failed"


def _why_skipped(applied: Applied) -> str:
    if any(stack.stopped for stack in applied.stacks):
        return "the guard stopped it"
    if any(stack.failures.failures for stack in applied.stacks):
        return "planning it again failed"
    return "it did not begin"


def _is_dark(stack: AppliedStack) -> bool:
    return stack.lost or (stack.log != "read" and stack.outcome in ("failure", "cancelled"))


def _several(applied: Applied) -> bool:
    return len(applied.stacks) > 1


def _numbers(numbers: Numbers | None, *, least: bool) -> str:
    if numbers is None:
        return ""
    said = [f"{getattr(numbers, word):,} {word}" for word in Numbers.__struct_fields__ if getattr(numbers, word)]
    return f"{'at least ' if least and said else ''}{', '.join(said)}"


def _origin(origin: Origin) -> Markup:
    attempt = f", attempt {origin.attempt}" if origin.attempt > 1 else ""
    run = f"[run]({origin.run_url}){attempt}, " if origin.run_url else ""
    end = "" if not origin.now else f", {origin.now}"
    return trusted(f"{run}commit {code(origin.commit[:7])}{end}")


def _remarks(applied: Applied) -> Iterator[str]:
    """What to know and what to do next, the worst first."""
    if applied.outcome == "success":
        return
    stacks = [stack for stack in applied.stacks if stack.outcome != "success"]
    if any(stack.state_lost for stack in stacks):
        yield STATE_LOST
    for word in dict.fromkeys(stack.log for stack in stacks if stack.outcome != "skipped" and stack.log in LOGS):
        yield LOGS[word]
    if any(stack.lost for stack in stacks):
        yield LOST
    if more := sum(stack.more for stack in stacks):
        yield f"{more:,} more changes are not listed here."
    items = [item for stack in stacks for item in stack.items]
    guarded = applied.environment != "dev"
    if any(stack.log == "open" or stack.outcome == "cancelled" for stack in stacks):
        yield LOCKED
    if not any(stack.state_lost or stack.stopped for stack in stacks):
        yield GUARDED if guarded else f"{AGAIN}."
    if any((item.fate == "failed" and item.kind == "create") or item.made == ("delete",) for item in items):
        yield TAINTED_GUARDED if guarded else TAINTED


def _stack(stack: AppliedStack) -> _Stack:
    said = _numbers(stack.numbers, least=stack.partly_seen)
    words = {"success": "applied", "failure": "failed", "cancelled": "cancelled", "skipped": "not applied"}
    sentence = "it did not begin, or its job was lost: it has left no outcome"
    if not stack.lost:
        sentence = f"{words[stack.outcome]}{f': {said}' if said else ''}"
    return _Stack(
        name=stack.name,
        icon=ICONS[stack.outcome],
        sentence=sentence,
        loud=tuple(_lists(LOUD, stack)),
        later=tuple(_lists(LATER, stack)),
        quiet=tuple(_lists(QUIET, stack)),
        errors=tuple(_error(failure) for failure in stack.failures.failures[:MOST_ERRORS]),
        more_errors=max(0, len(stack.failures.failures) - MOST_ERRORS) + stack.failures.more,
        stopped=fence(stack.stopped[: 2 * LONGEST].splitlines(), "text") if stack.stopped else Markup(),
    )


def _lists(titles: Mapping[Fate, str], stack: AppliedStack) -> Iterator[_List]:
    for fate, title in titles.items():
        if found := [item for item in stack.items if item.fate == fate]:
            lines = [_Line(address=item.address, deposed=item.deposed, note=_note(item)) for item in found[:MOST]]
            yield _List(title=title, number=len(found), items=tuple(lines))


def _note(item: Item) -> str:
    if item.fate == "half":
        return HALF.get(item.made, "")
    if item.fate == "failed":
        return FAILED.get(item.kind, "")
    return (MADE if item.fate == "done" else PLANNED).get(item.kind, "")


def _error(failure: Failure) -> _Error:
    detail = failure.detail[:LONGEST] + (" …" if len(failure.detail) > LONGEST else "")
    lock, known = failure.lock, failure.cause != "unknown"
    return _Error(
        summary=failure.summary[:300],
        address=failure.address,
        file=failure.file,
        place=failure.place,
        detail=fence(detail.splitlines(), "text") if detail else Markup(),
        likely=_of_apply(failure.likely) if known else "",
        advice=_of_apply(failure.advice) if known else "",
        permission=failure.permission,
        held=lock.tell() if lock else "",
        commands=failure.commands,
    )


def _of_apply(sentence: str) -> str:
    """The table of causes is written for plans; an apply has an identity of its own."""
    return sentence.replace("that plans", "that applies")
