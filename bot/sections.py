"""Which lists of single changes a report has, and in words what was left out of one."""

from collections import Counter
from collections.abc import Sequence

from bot.blocks import Block
from bot.kind import Kind
from bot.report import Report
from bot.wording import plural


def list_sections(report: Report) -> tuple[tuple[str, Sequence[Block]], ...]:
    """Title and blocks of each, in the order in which room is given."""
    return (
        (f"Put off to a later plan: {plural(len(report.deferred), 'change')}", report.deferred),
        (plural(len(report.blocks), "change") + ", one by one", report.blocks),
        (plural(len(report.outputs), "output"), report.outputs),
        (f"Changed outside Terraform since the last apply: {plural(len(report.drift), 'object')}", report.drift),
    )


def tell_left_out(blocks: Sequence[Block]) -> str:
    """``812 create, 3 update``, "" where nothing is left out."""
    kinds: Counter[Kind] = Counter(block.kind for block in blocks)
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
