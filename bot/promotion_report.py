"""How the comparison with STAGE is shown: what destroys first, and in full as far as there is room."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from bot.promotion import Promotion, Step
from bot.wording import KIND_ICONS, KIND_WORDS, plural

MOST = 10  # addresses of one kind


class StepGroup(Struct, frozen=True, kw_only=True):
    """Objects to which the same is done: ``most`` are named where there is room, which for what destroys is all."""

    icon: str
    does: str
    steps: tuple[Step, ...]
    most: int


class PairRow(Struct, frozen=True, kw_only=True):
    """One object with which PROD does something else than STAGE."""

    icon: str
    step: Step
    here: str
    there: str


class PromotionReport(Struct, frozen=True, kw_only=True):
    """``notes`` are (name, sentence without its subject) of records that say nothing."""

    notes: tuple[tuple[str, str], ...]
    agrees: bool
    compared: bool
    same: int
    warning: str
    destroyed: tuple[StepGroup, ...]  # STAGE never saw it
    here: tuple[StepGroup, ...]  # neither
    there: tuple[StepGroup, ...]  # STAGE got it
    different: tuple[PairRow, ...]


def build_promotion(promotion: Promotion) -> PromotionReport:
    lost = len(promotion.destroys)
    return PromotionReport(
        notes=tuple((source.name, source.because) for source in promotion.sources),
        agrees=promotion.agrees,
        compared=promotion.compared,
        same=promotion.same,
        warning=f"{plural(lost, 'object')} destroyed here that STAGE never destroyed" if lost else "",
        destroyed=tuple(_groups([step for step in promotion.here if step.destroys])),
        here=tuple(_groups([step for step in promotion.here if not step.destroys])),
        there=tuple(_groups(promotion.there)),
        different=tuple(
            PairRow(
                icon=KIND_ICONS[pair.here.kind],
                step=pair.here,
                here=KIND_WORDS.get(pair.here.kind, pair.here.kind),
                there=KIND_WORDS.get(pair.there.kind, pair.there.kind),
            )
            for pair in promotion.different
        ),
    )


def _groups(steps: Sequence[Step]) -> Iterator[StepGroup]:
    for kind in dict.fromkeys(step.kind for step in steps):
        found = tuple(step for step in steps if step.kind == kind)
        most = len(found) if kind in ("delete", "replace") else MOST
        yield StepGroup(icon=KIND_ICONS[kind], does=KIND_WORDS.get(kind, kind), steps=found, most=most)
