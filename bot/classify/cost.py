"""What gets dearer or cheaper, and what drives it.  Directions and ratios, never invented prices."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, Literal

from msgspec import Struct

from bot.catalog.cost import CostCatalog, Driver, Shape
from bot.changes import Change
from bot.findings import Finding
from bot.machine import find_shape, say_shape
from bot.mask import HIDDEN, UNKNOWN
from bot.record import Stack
from bot.severity import SEVERITIES, Severity
from bot.value import canonical, fingerprint, same

Direction = Literal["up", "down", "new", "gone", "changed", "unknown"]
NUMBERS = ("count", "slots", "gpus", "gb", "iops", "mbps", "usage")
UNITS = {"gb": "GB", "iops": "IOPS", "mbps": "MB/s", "gpus": "GPUs", "slots": "slots"}
DEAR_SPOT = ("STANDARD", "ON_DEMAND", "on-demand", "Regular")
SOURCE = "bot/catalog/cost.toml"


class CostChange(Struct, frozen=True, kw_only=True):
    """One driver of one resource.  ``before`` and ``after`` are texts, "" where a side has none."""

    address: str
    stack: str
    type: str
    direction: Direction
    driver: str
    before: str
    after: str
    ratio: float | None = None  # after / before, where both are numbers or shapes
    severity: Severity
    because: str
    exact: str = ""  # a fingerprint of every driver, where the texts name the heaviest alone


def find_costs(stacks: Sequence[Stack], catalog: CostCatalog) -> tuple[CostChange, ...]:
    """What every change does to the bill, the heaviest first."""
    found = [
        cost
        for stack in stacks
        for change in stack.plan.changes
        if change.mode == "managed" and catalog.is_known(change.type)
        for cost in _costs(stack.name, change, catalog)
    ]
    return join_costs(found)


def join_costs(found: Iterable[CostChange]) -> tuple[CostChange, ...]:
    """Those of any stacks, the heaviest first."""
    return tuple(sorted(found, key=_weight))


def find(costs: Sequence[CostChange]) -> tuple[Finding, ...]:
    """Findings of this concern: what is heavy enough to look at."""
    return tuple(
        Finding(
            id=f"cost/{cost.direction}",
            concern="cost",
            severity=cost.severity,
            confidence="low" if cost.direction in ("changed", "unknown") else "high",
            stack=cost.stack,
            address=cost.address,
            title=_title(cost),
            because=cost.because,
            source=SOURCE,
            fingerprints=(fingerprint(_title(cost), cost.exact),),
        )
        for cost in costs
        if cost.severity not in ("info", "low")
    )


def _weight(cost: CostChange) -> tuple[int, str, str, str]:
    return (-SEVERITIES.index(cost.severity), cost.stack, cost.address, cost.driver)


def _title(cost: CostChange) -> str:
    words = {"up": "gets dearer", "down": "gets cheaper", "new": "is new", "gone": "goes", "unknown": "is unknown"}
    told = " → ".join(text for text in (cost.before, cost.after) if text)
    return f"{words.get(cost.direction, 'changes')}: {f'{cost.driver} {told}'.strip()}".removesuffix(": ")


def _costs(stack: str, change: Change, catalog: CostCatalog) -> Iterator[CostChange]:
    if change.kind == "create":
        yield from _new(stack, change, catalog)
    elif change.kind == "delete":
        yield from _gone(stack, change, catalog)
    elif change.kind in ("update", "replace"):
        drivers = catalog.drivers_by_type.get(change.type, ())
        moved = [moved for driver in drivers if (moved := _moved(change, driver)) is not None]
        for driver, before, after in moved:
            yield from _driven(stack, change, driver, before, after, catalog)
        unknown = [driver.path for driver, before, after in moved if _is_unknown(change, driver, before, after)]
        if unknown:
            because = "What it will be, or was, the plan does not show."
            yield _cost(stack, change, "unknown", ", ".join(unknown), "", "", "low", because)


# --- new and gone ----------------------------------------------------------------------------------------------------


def _new(stack: str, change: Change, catalog: CostCatalog) -> Iterator[CostChange]:
    level = catalog.level_by_type.get(change.type)
    told, gpus = _portrait(change.after, change, catalog)
    if level is None or (level == "medium" and not told):
        return
    severity: Severity = "high" if level == "very_high" or gpus else "low"
    because = {
        "very_high": "A resource of this type is among the dearest there are.",
        "high": "A resource of this type runs, and costs, all the time.",
        "medium": "A resource of this type costs by size or use.",
    }[level]
    if gpus:
        because = "Accelerators are the dearest machines there are."
    if change.type in catalog.levels.commitments:
        because = "A commitment is paid to its end: no deletion takes it back."
    drivers = [(driver.path, _value(change.after, driver)) for driver in catalog.drivers_by_type.get(change.type, ())]
    yield _cost(stack, change, "new", "", "", told, severity, because, exact=fingerprint(*drivers))


def _gone(stack: str, change: Change, catalog: CostCatalog) -> Iterator[CostChange]:
    if catalog.level_by_type.get(change.type) is None:
        return
    told, _ = _portrait(change.before, change, catalog)
    if change.type in catalog.levels.commitments:
        yield _cost(
            stack, change, "changed", "", told, "", "medium", "A commitment is paid to its end, deleted or not."
        )
    else:
        yield _cost(stack, change, "gone", "", told, "", "info", "What is deleted is no longer paid for.")


def _portrait(values: Any, change: Change, catalog: CostCatalog) -> tuple[str, bool]:
    """The drivers that weigh most, in words, and whether there are accelerators."""
    told, gpus = [], "tpu" in change.type
    for driver in catalog.heavy_by_type.get(change.type, ()):
        value = _value(values, driver)
        if value not in (None, "", UNKNOWN, HIDDEN, False, 0):
            shape = find_shape(str(value), catalog) if driver.kind == "machine" else None
            gpus = gpus or driver.kind in ("gpu", "gpus") or bool(shape and shape.gpus)
            name = driver.path.rpartition(".")[2]
            told.append(f"{name} {_say(value, shape)}")
    return ", ".join(told[:4]), gpus


# --- drivers that change ---------------------------------------------------------------------------------------------


def _moved(change: Change, driver: Driver) -> tuple[Driver, Any, Any] | None:
    """A driver that is another than it was, with what it was and what it is."""
    old, new = change.before, change.after
    first = driver.path.partition(".")[0]
    if isinstance(old, dict) and isinstance(new, dict) and old.get(first) is new.get(first):
        return None  # what stays is one object on both sides (see mask.conceal_sides)
    before, after = _value(old, driver), _value(new, driver)
    return None if same(before, after) else (driver, before, after)


def _driven(
    stack: str, change: Change, driver: Driver, before: Any, after: Any, catalog: CostCatalog
) -> Iterator[CostChange]:
    if _special(before) or _special(after):
        return
    direction, ratio, because = _compare(driver, before, after, catalog)
    if direction is not None:
        severity = _severity(driver, direction, ratio, catalog.level_by_type.get(change.type) is not None)
        shapes = [find_shape(str(side), catalog) if driver.kind == "machine" else None for side in (before, after)]
        if shapes[1] and shapes[1].gpus > (shapes[0].gpus if shapes[0] else 0):
            severity = "high"
        texts = (_say(before, shapes[0]), _say(after, shapes[1]))
        yield _cost(stack, change, direction, driver.path, *texts, severity, because, ratio)


def _is_unknown(change: Change, driver: Driver, before: Any, after: Any) -> bool:
    """Known only after apply although the configuration sets it, or hidden on one side."""
    is_set = change.references is None or driver.path.partition(".")[0] in _arguments(change)
    return (_special(after) == UNKNOWN and is_set) or HIDDEN in (_special(before), _special(after))


def _special(value: Any) -> str:
    """UNKNOWN or HIDDEN where a value is, or holds, one of them."""
    text = value if isinstance(value, str) else ""
    return next((word for word in (UNKNOWN, HIDDEN) if word in text), "")


def _arguments(change: Change) -> set[str]:
    return {path.partition(".")[0] for path in change.references or {}}


Compared = tuple[Direction | None, float | None, str]


def _compare(driver: Driver, before: Any, after: Any, catalog: CostCatalog) -> Compared:
    if driver.kind == "machine":
        return _compare_shapes(find_shape(str(before), catalog), find_shape(str(after), catalog))
    if driver.kind in NUMBERS:
        return _compare_numbers(driver, before, after)
    if driver.kind == "spot":
        dearer = after is False or after in DEAR_SPOT
        cheaper = before is False or before in DEAR_SPOT or before is None
        word: Direction = "up" if dearer and not cheaper else "down" if cheaper and not dearer else "changed"
        return word, None, "Machines that may be taken away cost a half to a quarter of those that may not."
    if driver.kind == "flag" and isinstance(before, bool | None) and isinstance(after, bool | None):
        return (
            ("up" if after else "down") if bool(before) != bool(after) else None,
            None,
            "It is billed while it is on.",
        )
    return _compare_ranks(str(before), str(after), catalog)


def _compare_shapes(before: Shape | None, after: Shape | None) -> Compared:
    if before is None or after is None:
        return "changed", None, "The shape of one of the machines is not known."
    pairs = [(before.vcpu, after.vcpu), (before.memory, after.memory), (before.gpus, after.gpus)]
    grows, shrinks = any(b < a for b, a in pairs), any(b > a for b, a in pairs)
    ratio = after.vcpu / before.vcpu if before.vcpu else None
    told = f"{say_shape(before)} → {say_shape(after)}."
    if grows == shrinks:
        return "changed", None, told
    return ("up" if grows else "down"), ratio, told


def _compare_numbers(driver: Driver, before: Any, after: Any) -> Compared:
    old, new = _number(before), _number(after)
    if old is None or new is None:
        return "changed", None, "One of the values is no number."
    if old == new:
        return None, None, ""
    limit = "It is a ceiling, not what runs." if driver.path.rpartition(".")[2].startswith(("max", "total_max")) else ""
    unit = f" {UNITS[driver.kind]}" if driver.kind in UNITS else ""
    ratio = new / old if old else None
    times = f", {ratio:.3g} times as much" if ratio else ""
    return ("up" if new > old else "down"), ratio, f"{old:g} → {new:g}{unit}{times}. {limit}".strip()


def _compare_ranks(before: str, after: str, catalog: CostCatalog) -> Compared:
    lists = [*catalog.tiers.values(), catalog.google_gpus.rank]
    for ranked in lists:
        names = [name.lower() for name in ranked]
        if before.lower() in names and after.lower() in names:
            up = names.index(after.lower()) > names.index(before.lower())
            return ("up" if up else "down"), None, "The order of the tiers is known, their prices are not."
    return "changed", None, "Whether it gets dearer nobody knows from the names."


def _severity(driver: Driver, direction: Direction, ratio: float | None, weighty: bool) -> Severity:
    if direction == "down":
        return "info"
    if direction != "up":
        return "low"
    if driver.kind in ("gpus", "gpu"):
        return "high"
    doubles = ratio is not None and ratio >= 2 and driver.kind != "usage"
    return "medium" if weighty and (driver.kind == "spot" or doubles) else "low"


# --- values ----------------------------------------------------------------------------------------------------------


def _value(values: Any, driver: Driver) -> Any:
    """What stands at a driver's path: one value, the sum of several numbers, the number of several things."""
    found = _nodes(values, driver.path.split("."), counted=driver.kind in NUMBERS)
    if len(found) < 2:
        return found[0] if found else None
    numbers = [number for node in found if (number := _number(node)) is not None]
    if len(numbers) == len(found):
        return sum(numbers)
    return ", ".join(str(node) for node in found if node is not None) or None


def _nodes(node: Any, steps: Sequence[str], *, counted: bool) -> list[Any]:
    """The values at a path; of a list at its end the elements, or how many they are."""
    for number, step in enumerate(steps):
        if isinstance(node, list):
            return [found for child in node for found in _nodes(child, steps[number:], counted=counted)]
        if not isinstance(node, dict):
            return [node] if node in (UNKNOWN, HIDDEN) else []
        node = node.get(step)
    if isinstance(node, list) and not counted:
        return [found for child in node for found in _nodes(child, (), counted=counted)]
    return [len(node) if isinstance(node, list | dict) else node]


def _number(value: Any) -> float | None:
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, str) and not value.replace(".", "", 1).isdecimal():
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None  # what is too large to compare is no number


def _say(value: Any, shape: Shape | None) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else canonical(value).decode()
    return f"{text} ({say_shape(shape)})" if shape else text


def _cost(
    stack: str,
    change: Change,
    direction: Direction,
    driver: str,
    before: str,
    after: str,
    severity: Severity,
    because: str,
    ratio: float | None = None,
    exact: str = "",
) -> CostChange:
    return CostChange(
        address=change.address,
        stack=stack,
        type=change.type,
        direction=direction,
        driver=driver,
        before=before,
        after=after,
        ratio=ratio,
        severity=severity,
        because=because,
        exact=exact,
    )
