"""What this plan opens to everybody: ingress from anywhere, public buckets, public databases.

Only what is *new* counts: a value that exposes and did not stand there before.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from bot.catalog import Catalog, ExposureRow
from bot.changes import Change
from bot.findings import Finding
from bot.mask import UNKNOWN
from bot.record import Stack
from bot.severity import Severity
from bot.value import canonical

# Ports people administer machines and keep data through; open to everybody they are the worst case.
# Source: the IANA service name and port number registry.
SENSITIVE_PORTS = (
    *(20, 21, 22, 23, 135, 139, 445, 2375, 2379, 3389, 5900, 5985, 6443, 10250),  # machines and clusters
    *(1433, 1521, 2049, 3306, 5432, 5601, 6379, 8020, 9042, 9092, 9200, 9300, 11211, 27017),  # data
)
WEB_PORTS = {80, 443}
WIDEST = {4: 7, 6: 16}  # prefixes this short or shorter are no network of one's own


def find(stacks: Sequence[Stack], catalog: Catalog) -> tuple[Finding, ...]:
    """One finding for each block that newly exposes its resource."""
    return tuple(
        finding
        for stack in stacks
        for change in stack.plan.changes
        if change.kind in ("create", "update", "replace")
        for row in catalog.exposure
        if change.type in row.types
        for finding in _findings(stack.name, change, row)
    )


def _findings(stack: str, change: Change, row: ExposureRow) -> Iterator[Finding]:
    before = {canonical(exposed) for exposed in _exposed(change.before, row)}
    after = {canonical(exposed): exposed for exposed in _exposed(change.after, row)}
    for key in sorted(after.keys() - before):
        value, ports = after[key]
        yield Finding(
            id="exposure/world" if row.ports else "exposure/public",
            concern="exposure",
            severity="medium" if value == UNKNOWN else _severity(ports) if row.ports else "high",
            confidence="low" if value == UNKNOWN else "high",
            stack=stack,
            address=change.address,
            deposed=change.deposed,
            title=f"opens {row.attribute} to {value}" + (f", {_say(ports)}" if row.ports else ""),
            because="Who that will be is known only after apply." if value == UNKNOWN else row.because,
            source=row.source,
        )


def _exposed(tree: Any, row: ExposureRow) -> Iterator[tuple[str, list[str]]]:
    """Values that expose, each with the ports of its block."""
    top = tree if isinstance(tree, dict) else {}
    *parents, name = row.attribute.split(".")
    for block in _blocks(tree, tuple(parents)):
        # What the apply will tell may well be the default, which mostly is the one that exposes.
        if all(_text(block.get(key, top.get(key))) in (*allowed, UNKNOWN) for key, allowed in row.where.items()):
            values = block.get(name)
            ports = [_protocols(block.get(key, top.get(key))) for key in row.ports]
            for value in values if isinstance(values, list) else [values]:
                if row.present and value not in (None, "", [], {}):
                    yield row.values[0], ports
                elif _text(value) in row.values or _is_wide(value, row):
                    yield _text(value), ports


def _protocols(value: Any) -> str:
    """Google's [{protocol, ports}] as people say it, ``tcp 443, udp``; anything else as it is."""
    if not isinstance(value, list) or not value or not all(isinstance(block, dict) for block in value):
        return _text(value)
    parts = [[block.get("protocol"), *(block.get("ports") or [])] for block in value]
    return ", ".join(" ".join(_text(word) for word in words) for words in parts)


def _is_wide(value: Any, row: ExposureRow) -> bool:
    """Half of the internet is as good as all of it, and what only the apply will tell may be all of it."""
    if not {"0.0.0.0/0", "::/0"} & set(row.values):
        return False
    try:
        network = ip_network(value, strict=False) if isinstance(value, str) and "/" in value else None
    except ValueError:
        return False
    return value == UNKNOWN or (network is not None and network.prefixlen <= WIDEST[network.version])


def _blocks(node: Any, parents: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """Every object whose path ends with ``parents``; without parents every object of the tree."""
    stack: list[tuple[Any, tuple[str, ...]]] = [(node, ())]
    while stack:
        inner, path = stack.pop()
        if isinstance(inner, list):
            stack += [(child, path) for child in inner]
        elif isinstance(inner, dict):
            if path[len(path) - len(parents) :] == parents:
                yield inner
            stack += [(child, (*path, key)) for key, child in inner.items()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical(value).decode()


def _severity(ports: Sequence[str]) -> Severity:
    """Every port, or a sensitive one, is critical.  AWS writes -1, or 0 to 0, for every port."""
    text = " ".join(ports)
    if text.lower() == "icmp":
        return "medium"
    numbers = [int(number) for number in re.findall(r"(?<![\w.])[0-9]{1,5}(?![\w.])", text.replace("-", " "))]
    if not any(numbers) or "-1" in ports or "*" in ports:
        return "critical"
    low, high = min(numbers), max(numbers)
    if high - low > 1_000 or any(low <= port <= high for port in SENSITIVE_PORTS):
        return "critical"
    return "medium" if set(numbers) <= WEB_PORTS else "high"


def _say(ports: Sequence[str]) -> str:
    told = [port for port in dict.fromkeys(ports) if port]
    return f"ports {' to '.join(told)[:80]}" if told else "all ports"
