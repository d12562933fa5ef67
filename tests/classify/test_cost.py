"""What gets dearer or cheaper, what drives it, and what Infracost says it costs."""

import json
from decimal import Decimal
from typing import Any

import pytest

from bot.catalog.cost import Shape
from bot.classify.cost import find_costs
from bot.config import SecretsConfig
from bot.cost_report import build_cost_report
from bot.errors import CannotRead
from bot.infracost import Price, Prices, decode_infracost, say_money
from bot.machine import find_shape, say_shape
from bot.review import build_stacks
from tests.support.plans import CATALOG, plan, row


def costs(type_: str, before: Any, after: Any, **more: Any) -> list[tuple[str, str, str, str, str]]:
    """Direction, driver, before, after, severity."""
    actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    stacks = list(build_stacks("default", plan(row(f"{type_}.x", actions, before, after, **more)), SecretsConfig()))
    found = find_costs(stacks, CATALOG.cost)
    return [(cost.direction, cost.driver, cost.before, cost.after, cost.severity) for cost in found]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("t3.micro", Shape(2, 1)),
        ("p4d.24xlarge", Shape(96, 1152, 8, "A100")),
        ("db.r5.large", Shape(2, 16)),
        ("ml.g5.xlarge", Shape(4, 16, 1, "A10G")),
        ("r5.large.search", Shape(2, 16)),
        ("n2-standard-8", Shape(8, 32)),
        ("n1-standard-4", Shape(4, 15)),
        ("n2-highmem-4", Shape(4, 32)),
        ("c3-highcpu-8", Shape(8, 16)),
        ("e2-micro", Shape(0.25, 1)),
        ("custom-4-8192", Shape(4, 8)),
        ("n2-custom-6-12288", Shape(6, 12)),
        ("db-custom-2-7680", Shape(2, 7.5)),
        ("db-perf-optimized-N-8", Shape(8, 64)),
        ("a2-highgpu-8g", Shape(96, 680, 8, "A100 40GB")),
        ("projects/p/zones/z/machineTypes/n2-standard-2", Shape(2, 8)),
        ("Standard_D4s_v5", Shape(4, 16)),
        ("Standard_E32-8s_v5", Shape(32, 256)),
        ("Standard_NC4as_T4_v3", Shape(4, 0, 1, "GPU")),
        ("Standard_D11_v2", None),
        ("Standard_D3_v2", None),
        ("made.up", None),
    ],
)
def test_a_machine_is_known_by_its_name(name: str, shape: Shape | None) -> None:
    assert find_shape(name, CATALOG.cost) == shape


def test_a_shape_in_words() -> None:
    assert say_shape(Shape(96, 680, 8, "A100 40GB")) == "96 vCPU, 680 GiB, 8 × A100 40GB"
    assert say_shape(None) == ""


CASES: dict[str, tuple[str, Any, Any, list[tuple[str, str, str, str, str]]]] = {
    "a bigger machine": (
        "aws_instance",
        {"instance_type": "m5.large"},
        {"instance_type": "m5.2xlarge"},
        [("up", "instance_type", "m5.large (2 vCPU, 8 GiB)", "m5.2xlarge (8 vCPU, 32 GiB)", "medium")],
    ),
    "a little bigger": (
        "aws_instance",
        {"instance_type": "c5.9xlarge"},
        {"instance_type": "c5.12xlarge"},
        [("up", "instance_type", "c5.9xlarge (36 vCPU, 72 GiB)", "c5.12xlarge (48 vCPU, 96 GiB)", "low")],
    ),
    "a smaller machine": (
        "google_compute_instance",
        {"machine_type": "n2-standard-8"},
        {"machine_type": "n2-standard-4"},
        [("down", "machine_type", "n2-standard-8 (8 vCPU, 32 GiB)", "n2-standard-4 (4 vCPU, 16 GiB)", "info")],
    ),
    "another kind of machine": (
        "google_compute_instance",
        {"machine_type": "n2-highmem-4"},
        {"machine_type": "c3-highcpu-8"},
        [("changed", "machine_type", "n2-highmem-4 (4 vCPU, 32 GiB)", "c3-highcpu-8 (8 vCPU, 16 GiB)", "low")],
    ),
    "a machine nobody knows": (
        "google_compute_instance",
        {"machine_type": "n2-standard-4"},
        {"machine_type": "q9-quantum-4"},
        [("changed", "machine_type", "n2-standard-4 (4 vCPU, 16 GiB)", "q9-quantum-4", "low")],
    ),
    "an accelerator more": (
        "google_compute_instance",
        {"guest_accelerator": []},
        {"guest_accelerator": [{"type": "nvidia-l4", "count": 1}]},
        [
            ("up", "guest_accelerator.count", "", "1", "high"),
            ("changed", "guest_accelerator.type", "", "nvidia-l4", "low"),
        ],
    ),
    "a stronger accelerator": (
        "google_compute_instance",
        {"guest_accelerator": [{"type": "nvidia-tesla-t4", "count": 1}]},
        {"guest_accelerator": [{"type": "nvidia-tesla-a100", "count": 1}]},
        [("up", "guest_accelerator.type", "nvidia-tesla-t4", "nvidia-tesla-a100", "high")],
    ),
    "more nodes": (
        "google_container_node_pool",
        {"autoscaling": [{"min_node_count": 1, "max_node_count": 3}]},
        {"autoscaling": [{"min_node_count": 3, "max_node_count": 4}]},
        [
            ("up", "autoscaling.min_node_count", "1", "3", "medium"),
            ("up", "autoscaling.max_node_count", "3", "4", "low"),
        ],
    ),
    "a bigger disk": (
        "aws_db_instance",
        {"allocated_storage": 100},
        {"allocated_storage": 150},
        [("up", "allocated_storage", "100", "150", "low")],
    ),
    "several disks": (
        "aws_instance",
        {"ebs_block_device": [{"volume_size": 10}, {"volume_size": 20}]},
        {"ebs_block_device": [{"volume_size": 10}, {"volume_size": 60}]},
        [("up", "ebs_block_device.volume_size", "30.0", "70.0", "medium")],
    ),
    "a dearer tier": (
        "google_sql_database_instance",
        {"settings": [{"availability_type": "ZONAL"}]},
        {"settings": [{"availability_type": "REGIONAL"}]},
        [("up", "settings.availability_type", "ZONAL", "REGIONAL", "low")],
    ),
    "no more spot": (
        "google_container_node_pool",
        {"node_config": [{"spot": True}]},
        {"node_config": [{"spot": False}]},
        [("up", "node_config.spot", "true", "false", "medium")],
    ),
    "a second zone": (
        "aws_db_instance",
        {"multi_az": False},
        {"multi_az": True},
        [("up", "multi_az", "false", "true", "low")],
    ),
    "a new machine with an accelerator": (
        "aws_instance",
        None,
        {"instance_type": "p4d.24xlarge"},
        [("new", "", "", "instance_type p4d.24xlarge (96 vCPU, 1152 GiB, 8 × A100)", "high")],
    ),
    "a new small machine": (
        "aws_instance",
        None,
        {"instance_type": "t3.micro"},
        [("new", "", "", "instance_type t3.micro (2 vCPU, 1 GiB)", "low")],
    ),
    "a machine goes": (
        "aws_instance",
        {"instance_type": "t3.micro"},
        None,
        [("gone", "", "instance_type t3.micro (2 vCPU, 1 GiB)", "", "info")],
    ),
    "a commitment goes": (
        "google_compute_region_commitment",
        {"plan": "TWELVE_MONTH"},
        None,
        [("changed", "", "", "", "medium")],
    ),
    "slots": (
        "google_bigquery_reservation",
        {"slot_capacity": 100},
        {"slot_capacity": 500},
        [("up", "slot_capacity", "100", "500", "medium")],
    ),
    "replicas": (
        "kubernetes_deployment",
        {"spec": [{"replicas": "1"}]},
        {"spec": [{"replicas": "3"}]},
        [("up", "spec.replicas", "1", "3", "medium")],
    ),
    "nothing that drives the bill": ("aws_instance", {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, []),
    "a type that costs nothing": ("aws_iam_role", None, {"name": "r"}, []),
}


@pytest.mark.parametrize("case", CASES)
def test_what_drives_the_bill(case: str) -> None:
    type_, before, after, expected = CASES[case]
    assert costs(type_, before, after) == expected


def test_a_value_only_the_apply_knows() -> None:
    found = costs("aws_instance", {"instance_type": "t3.micro"}, {}, unknown={"instance_type": True})
    assert found == [("unknown", "instance_type", "", "", "low")]


def test_accelerators_where_there_were_none_are_high() -> None:
    (found,) = costs("aws_instance", {"instance_type": "m5.large"}, {"instance_type": "p4d.24xlarge"})
    assert (found[0], found[4]) == ("up", "high")


def test_machines_in_a_list() -> None:
    found = costs("aws_eks_node_group", None, {"instance_types": ["g5.xlarge"], "scaling_config": []})
    assert found == [("new", "", "", "instance_types g5.xlarge (4 vCPU, 16 GiB, 1 × A10G)", "high")]


OLD = {
    "version": "0.2",
    "currency": "USD",
    "totalMonthlyCost": "150",
    "projects": [
        {
            "pastBreakdown": {"resources": [{"name": "aws_instance.x", "monthlyCost": "50"}]},
            "breakdown": {
                "resources": [
                    {"name": "aws_instance.x", "monthlyCost": "150.5"},
                    {"name": "aws_lambda_function.f", "monthlyCost": None},
                    {"name": "aws_instance.y", "monthlyCost": "3", "costComponents": [{"priceNotFound": True}]},
                ]
            },
        }
    ],
    "summary": {"unsupportedResourceCounts": {"google_tpu_node": 2}},
}


def test_infracost_as_it_was() -> None:
    prices = decode_infracost(json.dumps(OLD).encode(), None, "infracost.json")
    assert prices == Prices(
        currency="USD",
        by_address={
            "aws_instance.x": Price(before=Decimal(50), after=Decimal("150.5")),
            "aws_lambda_function.f": Price(before=Decimal(0), after=None),
            "aws_instance.y": Price(before=Decimal(0), after=None),
        },
        unpriced=("aws_instance.y", "aws_lambda_function.f", "2 x google_tpu_node"),
    )
    assert prices.increase == Decimal("100.5")


def scanned(cost: Any) -> bytes:
    part = {"name": "hours", "total_monthly_cost": cost}
    resources = [
        {"name": "aws_instance.x", "cost_components": [part], "subresources": [{"cost_components": [part]}]},
        {"name": "aws_vpc.v", "is_free": True},
        {"name": "google_tpu_node.t", "is_supported": False},
    ]
    return json.dumps({"currency": "EUR", "summary": {}, "projects": [{"resources": resources}]}).encode()


def test_infracost_as_it_is() -> None:
    prices = decode_infracost(scanned("20"), scanned(5), "infracost.json")
    assert prices == Prices(
        currency="EUR",
        by_address={
            "aws_instance.x": Price(before=Decimal(10), after=Decimal(40)),
            "aws_vpc.v": Price(before=Decimal(0), after=Decimal(0)),
            "google_tpu_node.t": Price(before=None, after=None),
        },
        unpriced=("google_tpu_node.t",),
    )


def test_texts_of_infracost_that_would_fill_the_comment_are_cut() -> None:
    """They left no room for the names of what is destroyed."""
    long = {"currency": "`|" * 50_000, "summary": {"unsupportedResourceCounts": {"t" * 99_999: "9" * 99_999}}}
    prices = decode_infracost(json.dumps({**OLD, **long}).encode(), None, "infracost.json")
    assert prices.currency == "`|`|`|`|`|"
    assert [len(name) for name in prices.unpriced] == [14, 21, 200]


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense"])
def test_what_is_not_infracost(text: str) -> None:
    with pytest.raises(CannotRead):
        decode_infracost(text.encode(), None, "infracost.json")


def test_one_side_is_not_enough() -> None:
    with pytest.raises(CannotRead, match="writes one side only"):
        decode_infracost(scanned("20"), None, "infracost.json")


@pytest.mark.parametrize(("value", "money"), [("NaN", None), ("1e99", None), (True, None), ("x", None), ("1.5", "1.5")])
def test_odd_money_is_no_price(value: Any, money: str | None) -> None:
    report = {**OLD, "projects": [{"breakdown": {"resources": [{"name": "a.b", "monthlyCost": value}]}}]}
    after = decode_infracost(json.dumps(report).encode(), None, "i.json").by_address["a.b"].after
    assert after == (None if money is None else Decimal(money))


def test_money_in_words() -> None:
    assert say_money(Decimal("1234.5"), "USD", signed=True) == "+1,234.50 USD"


def test_what_has_no_price_is_named_without_its_keys() -> None:
    """A key may be a secret of the plan, and Infracost writes it as it is."""
    made = Price(before=None, after=None)
    addresses = ('aws_x.y["hush-hush"]', 'aws_x.y["b"]', "aws_z.z[0]")
    prices = Prices(currency="USD", by_address=dict.fromkeys(addresses, made), unpriced=(*addresses, "2 x aws_q"))
    assert build_cost_report((), prices).unpriced == "4 without a price: aws_x.y (2), aws_z.z, 2 x aws_q"
