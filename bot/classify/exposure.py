"""What this plan opens to everybody: ingress from anywhere, public buckets, public databases.

Only what is *new* counts: a value that exposes and did not stand there before.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from bot.catalog import Catalog, ExposureRow
from bot.changes import Change
from bot.findings import Confidence, Finding
from bot.mask import UNKNOWN
from bot.record import Stack
from bot.severity import Severity
from bot.value import canonical, fingerprint

Network = IPv4Network | IPv6Network
# Ports people administer machines and keep data through; open to everybody they are the worst case.
# Source: the IANA service name and port number registry.
SENSITIVE_PORTS = (
    *(20, 21, 22, 23, 135, 139, 445, 2375, 2379, 3389, 5900, 5985, 6443, 10250),  # machines and clusters
    *(1433, 1521, 2049, 3306, 5432, 5601, 6379, 8020, 9042, 9092, 9200, 9300, 11211, 27017),  # data
)
WEB_PORTS = {80, 443}
CONTAINERS = (dict, list)
WIDEST = {4: 7, 6: 16}  # prefixes this short or shorter are no network of one's own


def find(stacks: Sequence[Stack], catalog: Catalog) -> tuple[Finding, ...]:
    """One finding for each block that newly exposes its resource."""
    rows: dict[str, list[ExposureRow]] = {}
    for row in catalog.exposure:
        for type_ in dict.fromkeys(row.types):
            rows.setdefault(type_, []).append(row)
    return tuple(
        finding
        for stack in stacks
        for change in stack.plan.changes
        for row in rows.get(change.type, ())
        for finding in _of_row(stack, change, row)
    )


def _of_row(stack: Stack, change: Change, row: ExposureRow) -> Iterator[Finding]:
    if row.guards:
        yield from _unguarded(stack, change, row)
    elif row.wider:
        yield from _widened(stack.name, change, row)
    elif change.kind in ("create", "update", "replace"):
        yield from _findings(stack.name, change, row)


def _unguarded(stack: Stack, change: Change, row: ExposureRow) -> Iterator[Finding]:
    """What keeps another resource private goes, and that resource stays."""
    if change.kind in ("delete", "forget") and not _goes_too(stack, change, row):
        yield _finding(stack.name, change, row, title="no longer keeps the public out", because=row.because)


def _goes_too(stack: Stack, change: Change, row: ExposureRow) -> bool:
    """Is what was guarded deleted as well?  Its type is the beginning of the guard's."""
    guarded = change.before.get(row.guards) if isinstance(change.before, dict) else None
    return guarded is not None and any(
        guarded in (other.before.get("id"), other.before.get("bucket"))
        for other in stack.plan.changes
        if other.kind == "delete" and other.type != change.type and change.type.startswith(other.type)
        if isinstance(other.before, dict)
    )


def _widened(stack: str, change: Change, row: ExposureRow) -> Iterator[Finding]:
    """Networks that a list of those who may connect did not hold before."""
    before, after = list(_networks(change.before, row)), list(_networks(change.after, row))
    own = [network for network in after if network.prefixlen > WIDEST[network.version]]  # wider ones are everybody
    new = [network for network in own if not any(_holds(known, network) for known in before)]
    if change.kind in ("update", "replace") and before and new:
        told = ", ".join(dict.fromkeys(str(network) for network in new[:4])) + (" …" if len(new) > 4 else "")
        exact = [f"{row.attribute} {network}" for network in dict.fromkeys(new)]
        yield _finding(stack, change, row, title=f"widens {row.attribute} by {told}", because=row.because, exact=exact)


def _networks(tree: Any, row: ExposureRow) -> Iterator[Network]:
    *parents, name = row.attribute.split(".")
    for block in _blocks(tree, tuple(parents)):
        values = block.get(name)
        for value in values if isinstance(values, list) else [values]:
            network = _network(value)
            if network is not None:
                yield network


def _network(value: Any) -> Network | None:
    try:
        return ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        return None


def _holds(wide: Network, narrow: Network) -> bool:
    first, last = int(narrow.network_address), int(narrow.broadcast_address)
    inside = int(wide.network_address) <= first and last <= int(wide.broadcast_address)
    return wide.version == narrow.version and inside


def _findings(stack: str, change: Change, row: ExposureRow) -> Iterator[Finding]:
    after = {canonical(exposed): exposed for exposed in _exposed(change.after, row)}
    if not after:
        return  # so it is with most changes
    before = {canonical(exposed) for exposed in _exposed(change.before, row)}
    for key in sorted(after.keys() - before):
        value, ports = after[key]
        what = f"opens {row.attribute} to {value}" if row.attribute else f"is {value}"
        yield _finding(
            stack,
            change,
            row,
            severity="medium" if value == UNKNOWN else _severity(ports) if row.ports else row.severity,
            confidence="low" if value == UNKNOWN else "high",
            title=what + (f", {_say(ports)}" if row.ports else ""),
            because="Who that will be is known only after apply." if value == UNKNOWN else row.because,
            exact=[(what, ports)],
        )


def _finding(
    stack: str,
    change: Change,
    row: ExposureRow,
    *,
    title: str,
    because: str,
    severity: Severity | None = None,
    confidence: Confidence = "high",
    exact: Sequence[object] = (),
) -> Finding:
    return Finding(
        id="exposure/world" if row.ports else "exposure/public",
        concern="exposure",
        severity=severity or row.severity,
        confidence=confidence,
        stack=stack,
        address=change.address,
        deposed=change.deposed,
        title=title,
        because=because,
        source=row.source,
        fingerprints=tuple(fingerprint(one) for one in exact),
    )


def _exposed(tree: Any, row: ExposureRow) -> Iterator[tuple[str, list[str]]]:
    """Values that expose, each with the ports of its block."""
    top = tree if isinstance(tree, dict) else {}
    if not row.attribute:
        yield from ((value, []) for value in row.values if tree and _counts(top, top, row))
        return
    *parents, name = row.attribute.split(".")
    for block in _blocks(tree, tuple(parents)):
        if (name in block or "" in row.values) and _counts(block, top, row):
            values = block.get(name)
            ports = [_protocols(block.get(key, top.get(key))) for key in row.ports]
            for value in values if isinstance(values, list) else [values]:
                if row.present and value not in (None, "", [], {}):
                    yield row.values[0], ports
                elif _text(value) in row.values or _is_wide(value, row):
                    yield _text(value), ports


def _counts(block: Mapping[str, Any], top: Mapping[str, Any], row: ExposureRow) -> bool:
    """What the apply will tell may well be the default, which mostly is the one that exposes."""
    return all(_text(block.get(key, top.get(key))) in (*allowed, UNKNOWN) for key, allowed in row.where.items())


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
    network = _network(value) if isinstance(value, str) and "/" in value else None
    return value == UNKNOWN or (network is not None and network.prefixlen <= WIDEST[network.version])


def _blocks(node: Any, parents: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """Every object whose path ends with ``parents``; without parents every object of the tree."""
    stack: list[tuple[Any, tuple[str, ...]]] = [(node, ())]
    while stack:
        inner, path = stack.pop()
        if type(inner) is list:
            stack += [(child, path) for child in inner if type(child) in CONTAINERS]
        elif type(inner) is dict:
            if path[len(path) - len(parents) :] == parents:
                yield inner
            stack += [(child, (*path, key)) for key, child in inner.items() if type(child) in CONTAINERS]


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
