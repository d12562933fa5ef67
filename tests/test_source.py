"""What the configuration tells: the same as if all of it were decoded and walked, however it is damaged."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.changes import list_changes
from bot.errors import UntrustedPlan
from bot.plan import Plan, decode_plan
from bot.references import list_references
from bot.secret_scan import build_secret_scan
from bot.source import Source, read_source
from tests.fuzz.mutation import sources
from tests.support.plans import plan, row

SCAN = build_secret_scan((), (), ())
NOBODY = frozenset[str]()
WORD = "made-up-for-this-test"
LITERAL = {"constant_value": WORD}
SECRET = {"password": LITERAL}
DAMAGES: tuple[Any, ...] = (
    *(None, 5, "x", [], {}, True, [None], SECRET, [SECRET], {"k": SECRET}, {"k": [7, SECRET]}),
    *({"sensitive": True, "default": WORD}, {"value_wo": LITERAL}, {"references": ["var.a"]}, {"references": [SECRET]}),
    *({"resources": [{"expressions": SECRET}]}, {"module": {"resources": [{"address": 5, "expressions": [SECRET]}]}}),
)


def read(configuration: Any, wanted: frozenset[str] = NOBODY) -> Source:
    return read_source(decoded(configuration), wanted, SCAN)


def decoded(configuration: Any) -> Plan:
    return decode_plan(plan(configuration=configuration))


def secrets_of(configuration: Any) -> list[Any]:
    """By the book: every part decoded, every part walked."""
    if not isinstance(configuration, dict):
        return []
    found = list(literals(configuration.get("provider_config")))
    modules = [configuration.get("root_module")]
    for module in modules:
        if isinstance(module, dict):
            found += [one.get("default") for one in values(module.get("variables")) if one.get("sensitive") is True]
            resources = module.get("resources")
            for resource in resources if isinstance(resources, list) else ():
                found += literals(resource.get("expressions") if isinstance(resource, dict) else None)
            modules += [call.get("module") for call in values(module.get("module_calls"))]
    return found


def values(node: Any) -> list[dict[str, Any]]:
    return [child for child in node.values() if isinstance(child, dict)] if isinstance(node, dict) else []


def literals(node: Any) -> Iterator[Any]:
    for name, child in node.items() if isinstance(node, dict) else ():
        if name == "constant_value":
            continue
        value = child.get("constant_value") if isinstance(child, dict) else None
        if isinstance(value, str) and (name.endswith("_wo") or SCAN.is_secret_value((name,), value)):
            yield value
        for inner in child if isinstance(child, list) else [child]:
            yield from literals(inner)


def damage(node: Any, dice: random.Random) -> None:
    places = [(node, key) for key in (node if isinstance(node, dict) else range(len(node)))]
    for holder, key in places:  # which grows meanwhile
        child = holder[key]
        if isinstance(child, dict | list):
            places += [(child, inner) for inner in (child if isinstance(child, dict) else range(len(child)))]
    for _ in range(dice.randint(1, 3)):
        holder, key = dice.choice(places)
        holder[key] = dice.choice((*DAMAGES, [holder[key]], {"password": holder[key]}))


@settings(max_examples=200)
@given(st.integers(min_value=0, max_value=2**32))
def test_a_damaged_configuration_gives_up_the_same_secrets_as_if_all_of_it_were_walked(seed: int) -> None:
    dice = random.Random(seed)
    box = {"c": json.loads(dice.choice(sources())[1]).get("configuration") or {}}
    damage(box, dice)
    read_here = map(repr, read(box["c"]).secrets)
    assert sorted(read_here) == sorted(map(repr, secrets_of(box["c"])))


def test_only_what_is_asked_for_is_kept_under_the_name_it_has_in_the_plan() -> None:
    inner = {"resources": [{"address": "a_b.c", "expressions": {"x": {"references": ["var.y"]}}}]}
    outer = {"resources": [{"address": "a_b.c", "expressions": {}}], "module_calls": {"n": {"module": inner}}}
    source = read({"root_module": {"module_calls": {"m": {"module": outer}}}}, frozenset({"module.m.module.n.a_b.c"}))
    assert list_references(source) == {"module.m.module.n.a_b.c": {"x": ("module.m.module.n.var.y",)}}


def test_beside_what_has_another_shape_the_rest_is_read() -> None:
    good = {"address": "a_b.good", "expressions": {"x": {"references": ["local.a"]}}}
    modules = {
        "resources": {"resources": [7, None, {"address": ["a_b.bad"]}, good]},
        "calls": {"resources": [good], "module_calls": {"k": 7, "l": {"module": []}, "n": {"module": None}}},
        "variables": {"resources": [good], "variables": [7]},
    }
    calls = {"module_calls": {name: {"module": module} for name, module in modules.items()}}
    wanted = frozenset(f"module.{name}.a_b.good" for name in modules)
    assert list_references(read({"root_module": calls}, wanted)) == {
        f"module.{name}.a_b.good": {"x": (f"module.{name}.local.a",)} for name in modules
    }


@pytest.mark.parametrize("beside", [{}, {"resources": 7}], ids=["as Terraform writes it", "of another shape"])
def test_modules_of_the_state_without_an_end_are_refused(beside: dict[str, Any]) -> None:
    module: dict[str, Any] = {**beside}
    for _ in range(70):
        module = {**beside, "child_modules": [module]}
    document = plan(row("a_b.c", ["create"], None, {}), prior_state={"values": {"root_module": module}})
    with pytest.raises(UntrustedPlan, match="nested deeper than 66 levels"):
        list_changes(decode_plan(document))


@pytest.mark.parametrize("beside", [{}, {"resources": 7}], ids=["as Terraform writes it", "of another shape"])
def test_modules_in_modules_without_an_end_are_refused(beside: dict[str, Any]) -> None:
    module: dict[str, Any] = {**beside}
    for _ in range(70):
        module = {**beside, "module_calls": {"m": {"module": module}}}
    with pytest.raises(UntrustedPlan, match="nested deeper than 200 levels"):
        read({"root_module": module})
