"""SARIF 2.1.0: what scanners (checkov, trivy, tflint …) say about the source.

``decode_sarif`` reads remarks; ``locate`` finds which block of the source each one is about.  A scanner's text is
hostile and may quote a secret, so it is scrubbed like a plan's.  Source: OASIS SARIF 2.1.0.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from bot.errors import CannotRead
from bot.severity import Severity

HOW = "Give the SARIF file a scanner writes, e.g. checkov --output sarif, trivy config --format sarif."
LONGEST = 2_000  # characters of a message in which an address is looked for
LEVELS: dict[str, Severity] = {"error": "high", "warning": "medium", "note": "low", "none": "info"}
_BLOCK = re.compile(r'^(resource|data|module)\s+"([^"]+)"(?:\s+"([^"]+)")?\s*\{')
_ADDRESS = re.compile(r"(?:module\.[\w-]+(?:\[[^\]]*\])?\.)*(?:data\.)?[a-z][a-z0-9]*_\w+\.[\w-]+(?:\[[^\]]*\])?")


class Remark(Struct, frozen=True, kw_only=True):
    """One result of one scanner.  ``block`` is the source block or address it is about, "" where nobody knows."""

    tool: str
    rule: str
    severity: Severity
    message: str
    file: str = ""
    line: int = 0
    block: str = ""


def decode_sarif(data: bytes, name: str, scrub: Callable[[str], str]) -> tuple[Remark, ...]:
    """Raises CannotRead for anything but SARIF."""
    try:
        report = msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise CannotRead(f"{name}: this is not a JSON object.", HOW) from None
    if not isinstance(report.get("runs"), list):
        raise CannotRead(f"{name}: this is not SARIF, which has runs.", HOW)
    return tuple(dict.fromkeys(remark for run in _objects(report["runs"]) for remark in _of_run(run, scrub)))


def _of_run(run: Mapping[str, Any], scrub: Callable[[str], str]) -> Iterator[Remark]:
    driver = _object(_object(run.get("tool")).get("driver"))
    rules = _objects(driver.get("rules"))
    known = {str(rule.get("id")): rule for rule in rules}
    for result in _objects(run.get("results")):
        if _objects(result.get("suppressions")) or result.get("kind") in ("pass", "notApplicable"):
            continue
        index = result.get("ruleIndex")
        listed = rules[index] if isinstance(index, int) and 0 <= index < len(rules) else {}
        rule = known.get(str(result.get("ruleId")), listed)
        message = str(_object(result.get("message")).get("text") or "")
        file, line, block = _place(result, message)
        yield Remark(
            tool=scrub(str(driver.get("name") or "scanner"))[:40],
            rule=scrub(str(result.get("ruleId") or rule.get("id") or ""))[:80],
            severity=_severity(result, rule),
            message=scrub(message.partition("\n")[0])[:300],
            file=scrub(file)[:300],
            line=line,
            block=scrub(block),
        )


def _severity(result: Mapping[str, Any], rule: Mapping[str, Any]) -> Severity:
    """``security-severity`` is a CVSS score in a text; without one the level tells."""
    for properties in (_object(result.get("properties")), _object(rule.get("properties"))):
        score = str(properties.get("security-severity") or "")
        if re.fullmatch(r"\d{1,2}(\.\d+)?", score):
            bounds: tuple[tuple[float, Severity], ...] = ((9, "critical"), (7, "high"), (4, "medium"), (0.1, "low"))
            return next((severity for bound, severity in bounds if float(score) >= bound), "info")
    default = _object(rule.get("defaultConfiguration")).get("level")
    return LEVELS.get(str(result.get("level") or default or "warning"), "medium")


def _place(result: Mapping[str, Any], message: str) -> tuple[str, int, str]:
    for location in _objects(result.get("locations")):
        for logical in _objects(location.get("logicalLocations")):
            match = _ADDRESS.fullmatch(str(logical.get("fullyQualifiedName") or logical.get("name") or ""))
            if match:
                return *_file(location), match[0]
        return *_file(location), _named(message)
    return "", 0, _named(message)


def _named(message: str) -> str:
    match = _ADDRESS.search(message[:LONGEST])  # a longer one would be searched again from each of its letters
    return match[0] if match else ""


def _file(location: Mapping[str, Any]) -> tuple[str, int]:
    physical = _object(location.get("physicalLocation"))
    uri = str(_object(physical.get("artifactLocation")).get("uri") or "").removeprefix("file://").removeprefix("./")
    line = _object(physical.get("region")).get("startLine")
    return uri, line if isinstance(line, int) and line > 0 else 0


def locate(remarks: Sequence[Remark], sources: Mapping[str, str]) -> tuple[Remark, ...]:
    """Find the block of a remark by its line; ``sources`` are texts by the names the remarks use."""
    blocks = {name: _list_blocks(text) for name, text in sources.items()}
    return tuple(
        structs.replace(remark, block=_at(blocks[remark.file], remark.line))
        if not remark.block and remark.file in blocks
        else remark
        for remark in remarks
    )


def block_at(text: str, line: int) -> str:
    """The block a line stands in: ``aws_x.y``, ``data.aws_x.y``, ``module.z``; "" outside of all."""
    return _at(_list_blocks(text), line)


def _at(blocks: Sequence[str], line: int) -> str:
    return blocks[min(line, len(blocks)) - 1] if line > 0 else ""


def _list_blocks(text: str) -> list[str]:
    """The block of each line, and at last what is open behind the end."""
    found, blocks = "", []
    for line in text.splitlines():
        if match := _BLOCK.match(line):
            kind, first, second = match.groups()
            names = [first, second] if second else [first]
            found = ".".join(names if kind == "resource" else [kind, *names])
        blocks.append(found)
        if not match and line.startswith("}"):  # a block ends where a brace stands at the margin
            found = ""
    return [*blocks, found]


def _object(node: Any) -> Mapping[str, Any]:
    return node if isinstance(node, dict) else {}


def _objects(node: Any) -> list[dict[str, Any]]:
    return [item for item in node if isinstance(item, dict)] if isinstance(node, list) else []
