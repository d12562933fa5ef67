"""What one side of one change says about access."""

from collections.abc import Iterable

from msgspec import Struct

from bot.grant import Grant


class Reading(Struct, frozen=True):
    """Grants; what cannot be understood; what only the apply will tell.  The last two are whole sentences."""

    grants: tuple[Grant, ...] = ()
    problems: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


NOTHING = Reading()


def join(readings: Iterable[Reading]) -> Reading:
    all_of = [reading for reading in readings if reading is not NOTHING]
    if len(all_of) < 2:
        return all_of[0] if all_of else NOTHING
    return Reading(
        grants=tuple(grant for reading in all_of for grant in reading.grants),
        problems=tuple(problem for reading in all_of for problem in reading.problems),
        unknown=tuple(text for reading in all_of for text in reading.unknown),
    )
