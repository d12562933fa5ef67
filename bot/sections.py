"""Which lists of single changes a report has, and in words what was left out of one."""

from collections import Counter
from collections.abc import Sequence

from bot.blocks import Block
from bot.families import Item, group_blocks
from bot.kind import Kind
from bot.noise import Noise
from bot.report import Report
from bot.wording import plural

NOISE_WORDS: dict[Noise, str] = {
    "read": "read",
    "tags": "tag-only update",
    "computed": "computed-only update",
}


def list_sections(report: Report) -> tuple[tuple[str, Sequence[Block]], ...]:
    """Title and blocks of each, in the order in which room is given."""
    return (
        (f"Put off to a later plan: {plural(len(report.deferred), 'change')}", report.deferred),
        (plural(len(report.blocks), "change") + ", one by one", report.blocks),
        (plural(len(report.outputs), "output"), report.outputs),
        (f"Changed outside Terraform since the last apply: {plural(len(report.drift), 'object')}", report.drift),
    )


def list_folded_sections(report: Report) -> tuple[tuple[str, Sequence[Item]], ...]:
    """The same with like changes put together and noise in a list of its own, the last to be given room."""
    put_off, changes, outputs, drift = list_sections(report)
    loud = [block for block in report.blocks if not block.noise]
    quiet = [block for block in report.blocks if block.noise]
    items = group_blocks(loud)
    how = "one by one" if len(items) == len(loud) else "like ones together"
    return (
        (put_off[0], group_blocks(report.deferred)),
        (f"{plural(len(loud), 'change')}, {how}" if loud else changes[0], items),
        outputs,
        (drift[0], group_blocks(report.drift)),
        (tell_noise(quiet), quiet),
    )


def tell_noise(blocks: Sequence[Block]) -> str:
    """``Quiet: 312 reads, 40 tag-only updates``."""
    sorts = Counter(block.noise for block in blocks)
    return "Quiet: " + ", ".join(plural(sorts[sort], word) for sort, word in NOISE_WORDS.items() if sorts[sort])


def tell_left_out(blocks: Sequence[Block]) -> str:
    """``812 create, 3 update``, "" where nothing is left out."""
    kinds: Counter[Kind] = Counter(block.kind for block in blocks)
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
