"""Other people's findings, beside the resources of the plan that they concern."""

from collections.abc import Iterator, Sequence

from bot.address import family
from bot.changes import Change
from bot.findings import Finding
from bot.record import Stack
from bot.sarif import Remark


def find(stacks: Sequence[Stack], remarks: Sequence[Remark]) -> tuple[Finding, ...]:
    """A finding for each remark about something this plan changes, once per address; the rest is counted in one."""
    found = [finding for remark in remarks for finding in _beside(stacks, remark)]
    matched = {finding.id + finding.title for finding in found}
    others = [remark for remark in remarks if _id(remark) + _title(remark) not in matched]
    distinct = {(finding.id, finding.stack, finding.address, finding.title): finding for finding in found}
    return (*distinct.values(), *([_elsewhere(others)] if others else []))


def _beside(stacks: Sequence[Stack], remark: Remark) -> Iterator[Finding]:
    for stack in stacks:
        for change in stack.plan.changes:
            if remark.block and _is_about(remark.block, change):
                yield Finding(
                    id=_id(remark),
                    concern="scanners",
                    severity=remark.severity,
                    confidence="medium",
                    stack=stack.name,
                    address=change.address,
                    title=_title(remark),
                    because=f"{remark.tool} says so about {remark.file or remark.block}{_line(remark)}.",
                    source=remark.tool,
                )


def _is_about(block: str, change: Change) -> bool:
    """An address means one object; a block of the source means every object made of it, in whatever module."""
    if block == change.address:
        return True
    name = family(change.address)
    if block.startswith("module.") and block.count(".") == 1:
        return name.startswith(f"{block}.") or f".{block}." in name
    return "[" not in block and (name == block or name.endswith(f".{block}"))


def _id(remark: Remark) -> str:
    return f"scanners/{remark.rule or 'result'}"


def _title(remark: Remark) -> str:
    return f"{remark.rule}: {remark.message}".strip(": ")


def _line(remark: Remark) -> str:
    return f", line {remark.line}" if remark.file and remark.line else ""


def _elsewhere(remarks: Sequence[Remark]) -> Finding:
    number = len(remarks)
    return Finding(
        id="scanners/elsewhere",
        concern="scanners",
        severity="info",
        stack="",
        address="",
        title=f"{number} more {'result' if number == 1 else 'results'} about what this plan does not change",
        because="Scanners look at the whole source; a plan changes a part of it.",
        source=", ".join(sorted({remark.tool for remark in remarks})),
    )
