"""The comparisons of a report as JSON: with the plan shown before, and with what STAGE got."""

from typing import Literal

from msgspec import Struct

from bot.kind import Kind
from bot.promotion import Promotion, Step
from bot.since import Since
from bot.state import StateWord


class RowOut(Struct, frozen=True, kw_only=True):
    """A change by name: its details stand in ``stacks``, or in another plan."""

    stack: str
    address: str
    deposed: str | None
    kind: Kind


class SinceOut(Struct, frozen=True, kw_only=True):
    """What changed since the plan that was shown before; where ``because`` is not empty there was none to compare.

    The facts about that run are what its comment says; they are "" and 0 where nobody knows.
    """

    because: str
    same: bool
    run_id: str
    attempt: int
    commit: str
    at: str
    verdict_before: StateWord | Literal[""]
    verdict: StateWord
    new: tuple[RowOut, ...]
    gone: tuple[RowOut, ...]
    changed: tuple[RowOut, ...]
    others: tuple[str, ...]
    stacks_new: tuple[str, ...]
    stacks_gone: tuple[str, ...]
    stacks_unread: tuple[str, ...]


class NoteOut(Struct, frozen=True, kw_only=True):
    """A record that says nothing of STAGE, and why."""

    name: str
    because: str


class DifferentOut(Struct, frozen=True, kw_only=True):
    """One object with which PROD does something else than STAGE."""

    here: RowOut
    there: RowOut


class PromotionOut(Struct, frozen=True, kw_only=True):
    """What STAGE got beside what PROD will get.  ``destroys`` is what is destroyed here and never was there."""

    compared: bool
    agrees: bool
    same: int
    notes: tuple[NoteOut, ...]
    here: tuple[RowOut, ...]
    there: tuple[RowOut, ...]
    different: tuple[DifferentOut, ...]
    destroys: tuple[RowOut, ...]


def export_since(since: Since) -> SinceOut:
    earlier = since.earlier

    def rows(name: str) -> tuple[RowOut, ...]:
        found = [(one.stack, change) for one in since.stacks for change in getattr(one.delta, name)]
        return tuple(
            RowOut(stack=stack, address=change.address, deposed=change.deposed, kind=change.kind)
            for stack, change in found
        )

    def named(state: str) -> tuple[str, ...]:
        return tuple(one.stack for one in since.stacks if one.state == state)

    return SinceOut(
        because=earlier.because,
        same=since.same,
        run_id=earlier.run_id,
        attempt=earlier.attempt,
        commit=earlier.commit,
        at=earlier.at,
        verdict_before=earlier.verdict,
        verdict=since.verdict,
        new=rows("new"),
        gone=rows("gone"),
        changed=rows("changed"),
        others=tuple(name for one in since.stacks for name in one.delta.others),
        stacks_new=named("new"),
        stacks_gone=named("gone"),
        stacks_unread=named("unread"),
    )


def export_promotion(promotion: Promotion) -> PromotionOut:
    return PromotionOut(
        compared=promotion.compared,
        agrees=promotion.agrees,
        same=promotion.same,
        notes=tuple(NoteOut(name=source.name, because=source.because) for source in promotion.sources),
        here=tuple(_step(step) for step in promotion.here),
        there=tuple(_step(step) for step in promotion.there),
        different=tuple(DifferentOut(here=_step(p.here), there=_step(p.there)) for p in promotion.different),
        destroys=tuple(_step(step) for step in promotion.destroys),
    )


def _step(step: Step) -> RowOut:
    return RowOut(stack=step.stack, address=step.address, deposed=step.deposed, kind=step.kind)
