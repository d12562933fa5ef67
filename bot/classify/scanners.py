"""Other people's findings, beside the resources of the plan that they concern."""

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import pairwise
from typing import TypeAlias

from bot.address import family
from bot.findings import Finding
from bot.record import Stack
from bot.sarif import Remark

MOST_BESIDE = 100  # changes that one result is told beside: it may be about a whole module
MOST = 20_000  # findings; beyond, each result is told beside one change

Places: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]  # block -> stack and address of each change it is about


def find(stacks: Sequence[Stack], remarks: Sequence[Remark]) -> tuple[Finding, ...]:
    """A finding for each remark about something this plan changes, once per address; the rest is counted in one."""
    if not remarks:
        return ()
    found = list(_list_findings(_find_places(stacks, {remark.block for remark in remarks}), remarks))
    matched = {finding.id + finding.title for finding in found}
    others = [remark for remark in remarks if _id(remark) + _title(remark) not in matched]
    distinct = {(finding.id, finding.stack, finding.address, finding.title): finding for finding in found}
    return (*distinct.values(), *([_elsewhere(others)] if others else []))


def _list_findings(places: Places, remarks: Sequence[Remark]) -> Iterator[Finding]:
    left = MOST
    for remark in remarks:
        beside = places.get(remark.block, ())
        listed = beside[: max(1, min(MOST_BESIDE, left))]
        left -= len(listed)
        more = (
            f" That concerns {len(beside)} changes, of which {len(listed)} are listed."
            if len(beside) > len(listed)
            else ""
        )
        for stack, address in listed:
            yield _finding(remark, stack, address, more)


def _finding(remark: Remark, stack: str, address: str, more: str) -> Finding:
    return Finding(
        id=_id(remark),
        concern="scanners",
        severity=remark.severity,
        confidence="medium",
        stack=stack,
        address=address,
        title=_title(remark),
        because=f"{remark.tool} says so about {remark.file or remark.block}{_line(remark)}.{more}",
        source=remark.tool,
    )


def _find_places(stacks: Sequence[Stack], blocks: Set[str]) -> Places:
    """Each change is looked at once, however many results there are."""
    lengths = sorted({block.count(".") + 1 for block in blocks if not _is_module(block)})
    found: dict[str, list[tuple[str, str]]] = {}
    for stack in stacks:
        for change in stack.plan.changes:
            for block in _list_names(change.address, lengths) & blocks - {""}:
                found.setdefault(block, []).append((stack.name, change.address))
    return found


def _list_names(address: str, lengths: Sequence[int]) -> set[str]:
    """How a result may name it: by its address, by the block of the source it is made of, in whatever module, or by a
    module it lies in.  ``lengths`` are those of blocks worth a look, in parts.
    """
    parts = family(address).split(".")
    ends = {".".join(parts[-length:]) for length in lengths if length <= len(parts)}
    modules = {f"module.{name}" for word, name in pairwise(parts[:-1]) if word == "module"}
    return {address, *(end for end in ends if not _is_module(end) and "[" not in end), *modules}


def _is_module(block: str) -> bool:
    return block.startswith("module.") and block.count(".") == 1


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
