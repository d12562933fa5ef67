"""Labels that let held items through, and whether they count.

A label is only a signal.  What counts is who gave it, and that its giver could have seen all it lets through: the
items that are held now are those of one earlier showing, or fewer, and that showing came before the label.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from bot.compare import digest_deletions
from bot.config import EnvironmentConfig
from bot.environment import EnvironmentName
from bot.hold import Held, Liftable
from bot.marker import ShownAt
from bot.pull_request import Label, PullRequest, Shown
from bot.shown import digest_shown, find_uncovered, list_before, list_entries, list_proven
from bot.value import fingerprint
from bot.wording import plural

LABEL = "allow-deletions"
LABELS: Mapping[Liftable, str] = {
    "destructive": LABEL,
    "iam": "allow-iam",
    "exposure": "allow-exposure",
    "cost": "allow-cost",
}
NOUNS: Mapping[Liftable, str] = {
    "destructive": "deletion",
    "iam": "permission change",
    "exposure": "exposure",
    "cost": "cost",
}
MOST_NAMED = 5


class Override(Struct, frozen=True, kw_only=True):
    """``covers`` are the items it is about: addresses, "[stack] " before them where there are several stacks."""

    label: str = LABEL
    digest: str
    covers: tuple[str, ...]
    given_by: str | None = None
    given_at: str | None = None
    valid: bool = False
    because: str


class Lift(Struct, frozen=True, kw_only=True):
    """What one label does.  ``taken_off`` says why it comes off, "" where it stays or is not set."""

    concern: Liftable
    override: Override
    noun: str
    second_person: bool
    set_as: str = ""  # the label as GitHub spells it
    taken_off: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What it covers, each name once."""
        return tuple(dict.fromkeys(self.override.covers))


class Overrides(Struct, frozen=True, kw_only=True):
    """``lifts`` are all four.  ``digest`` stands for all that is held; "": nothing is, or nobody knows the number."""

    lifts: tuple[Lift, ...]
    digest: str = ""
    tokens: tuple[str, ...] = ()
    proven: tuple[Shown, ...] = ()
    backing: tuple[Shown, ...] = ()  # what the labels that count were given for

    @property
    def needed(self) -> tuple[Lift, ...]:
        """Those that something held waits for, or waited for."""
        return tuple(lift for lift in self.lifts if lift.override.covers)

    @property
    def all_given(self) -> bool:
        return all(lift.override.valid for lift in self.needed)

    def giver(self, concern: Liftable) -> str:
        """Who let the held items of a concern through, "" where nobody did."""
        override = next(lift.override for lift in self.lifts if lift.concern == concern)
        return (override.given_by or "") if override.valid else ""

    def list_entries(self, head: str) -> tuple[ShownAt, ...]:
        """What the comment's marker must say was shown; ``head`` is the commit of this plan."""
        now = ShownAt(head=head, digest=self.digest, tokens=self.tokens)
        return list_entries(now, self.proven, self.backing)


class Refusal(Struct, frozen=True):
    """Why a label does not count; ``taken_off`` where it never will, because of what it was given for."""

    because: str
    taken_off: str = ""


def judge_overrides(
    held: Sequence[Held], pull_request: PullRequest | None, environment: EnvironmentName, rules: EnvironmentConfig
) -> Overrides:
    """Which labels of ``pull_request`` let which of ``held`` through?"""
    tokens = tuple(sorted({token for item in held for token in item.tokens}))
    number = pull_request.number if pull_request else None
    proven = list_proven(pull_request, environment, tokens) if pull_request else ()
    judged = [
        _judge(concern, [item for item in held if item.concern == concern], pull_request, proven, rules)
        for concern in LABELS
    ]
    return Overrides(
        lifts=tuple(lift for lift, _ in judged),
        digest=digest_shown(number, environment, tokens) if tokens and number is not None else "",
        tokens=tokens,
        proven=proven,
        backing=tuple(backing for _, backing in judged if backing is not None),
    )


def _judge(
    concern: Liftable,
    held: Sequence[Held],
    pull_request: PullRequest | None,
    proven: Sequence[Shown],
    rules: EnvironmentConfig,
) -> tuple[Lift, Shown | None]:
    never = any(item.deletion is not None and item.deletion.tier == "never" for item in held)
    second_person = rules.two_people or never
    label = _find(pull_request, LABELS[concern])
    refusal, backing = None, None
    if label is None or pull_request is None or not held:
        refusal = Refusal(f"The label {LABELS[concern]} is not set." if held else "Nothing needs it.")
    else:
        refusal = _refuse_giver(label, pull_request, second_person=second_person)
        if refusal is None and pull_request.live:
            refusal, backing = _refuse_set(concern, held, label, list_before(proven, label.given_at))
    override = Override(
        label=LABELS[concern],
        digest=_digest(held),
        covers=tuple(_names([item for item in held if item.deletion or concern != "destructive"])),
        given_by=label.given_by if label else None,
        given_at=(label.given_at or None) if label else None,
        valid=refusal is None,
        because=refusal.because if refusal else f"{label.given_by if label else ''} gave it and may.",
    )
    lift = Lift(
        concern=concern,
        override=override,
        noun=NOUNS[concern],
        second_person=second_person,
        set_as=label.name if label else "",
        taken_off=refusal.taken_off if refusal else "",
    )
    return lift, backing


def _find(pull_request: PullRequest | None, name: str) -> Label | None:
    """GitHub takes names of labels that differ in case alone for the same."""
    labels = pull_request.labels if pull_request else ()
    return next((label for label in labels if label.name.casefold() == name), None)


def _refuse_giver(label: Label, pull_request: PullRequest, *, second_person: bool) -> Refusal | None:
    giver, author = label.given_by, pull_request.author
    if giver.endswith("[bot]"):
        return Refusal(f"{giver} is a bot; a person must set it.")
    if not giver or not label.may_write:
        return Refusal(f"{giver or 'Somebody unknown'} set it but may not write to this repository.")
    if second_person and not author and (pull_request.live or pull_request.number is not None):
        return Refusal("The author is not known, so nobody can tell whether a second person set it.")
    if second_person and giver.casefold() == author.casefold():
        return Refusal(f"{giver} is the author; a second person must set it.")
    return None


def _refuse_set(
    concern: Liftable, held: Sequence[Held], label: Label, before: Sequence[Shown]
) -> tuple[Refusal | None, Shown | None]:
    """Was all that is held shown before the label was given?  ``before`` are the showings it may be about."""
    wanted = [token for item in held for token in item.tokens]
    backing = next((shown for shown in before if not find_uncovered(wanted, shown.tokens)), None)
    if backing is not None:
        return None, backing
    if not before:
        said = f"It was set before these {NOUNS[concern]}s were first shown"
        return Refusal(f"{said}; take it off and set it again.", f"{said}."), None
    missing = find_uncovered(wanted, before[0].tokens)
    new = [item for item in held if not missing.isdisjoint(item.tokens)]
    names = _names(new)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    told = ", ".join(name[:100] for name in names[:MOST_NAMED]) + more
    said = f"{plural(len(new), NOUNS[concern])} {'is' if len(new) == 1 else 'are'} new since it was given: {told}"
    return Refusal(f"{said}. Take it off and set it again.", f"{said}."), None


def _names(held: Sequence[Held]) -> list[str]:
    several = len({item.stack for item in held}) > 1
    return [f"[{item.stack}] {item.told}" if several and item.stack else item.told for item in held]


def _digest(held: Sequence[Held]) -> str:
    """``sha256:…`` of deletions, by which they have always been known in the report; a fingerprint of anything else."""
    if not held or held[0].concern == "destructive":
        return digest_deletions([item.deletion for item in held if item.deletion is not None])
    return fingerprint(*sorted(_tokens(held)))


def _tokens(held: Iterable[Held]) -> set[str]:
    return {token for item in held for token in item.tokens}
