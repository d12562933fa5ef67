"""Other people's findings beside the resources they concern."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.classify import scanners
from bot.cli import main
from bot.config import decode_config, resolve_environment
from bot.edge.files import read_sources
from bot.errors import CannotRead
from bot.judge import judge
from bot.review import build_stacks
from bot.sarif import Remark, block_at, decode_sarif, locate
from bot.state import State
from tests.fuzz.check import limited
from tests.support.plans import plan, row, run

SOURCE = """resource "aws_s3_bucket" "b" {
  bucket = "models"
}

module "net" {
  source = "./net"
}

data "aws_ami" "a" {
  owners = ["self"]
}
# the end
"""


def result(rule: str = "R1", *, line: int = 2, text: str = "is open", uri: str = "main.tf", **more: Any) -> Any:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {"ruleId": rule, "message": {"text": text}, "locations": [{"physicalLocation": place}], **more}


def sarif(*results: Any, rules: Any = ()) -> bytes:
    driver = {"name": "checkov", "rules": list(rules)}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": list(results)}]}).encode()


def remarks(*results: Any, rules: Any = ()) -> tuple[Remark, ...]:
    return decode_sarif(sarif(*results, rules=rules), "checkov.sarif", lambda text: text.replace("hunter2", "…"))


@pytest.mark.parametrize(
    ("line", "block"),
    [
        (1, "aws_s3_bucket.b"),
        (2, "aws_s3_bucket.b"),
        (3, "aws_s3_bucket.b"),
        (4, ""),
        (6, "module.net"),
        (10, "data.aws_ami.a"),
        (12, ""),
        (99, ""),
    ],
)
def test_the_block_of_a_line(line: int, block: str) -> None:
    assert block_at(SOURCE, line) == block


@pytest.mark.parametrize(
    ("more", "rules", "severity"),
    [
        ({"level": "error"}, (), "high"),
        ({"level": "note"}, (), "low"),
        ({}, (), "medium"),
        ({}, ({"id": "R1", "defaultConfiguration": {"level": "error"}},), "high"),
        ({"level": "error"}, ({"id": "R1", "properties": {"security-severity": "9.8"}},), "critical"),
        ({"properties": {"security-severity": "2.0"}}, (), "low"),
    ],
)
def test_how_bad_a_result_is(more: Any, rules: Any, severity: str) -> None:
    assert [remark.severity for remark in remarks(result(**more), rules=rules)] == [severity]


def test_what_is_suppressed_or_passed_is_no_result() -> None:
    assert remarks(result(suppressions=[{"kind": "inSource"}]), result(kind="pass")) == ()


def test_a_result_twice_is_one() -> None:
    assert len(remarks(result(), result())) == 1


def test_a_message_is_scrubbed() -> None:
    assert remarks(result(text="the password is hunter2\nmore"))[0].message == "the password is …"


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"runs": 5}'])
def test_what_is_no_sarif(text: bytes) -> None:
    with pytest.raises(CannotRead):
        decode_sarif(text, "x.sarif", str)


def test_results_stand_beside_their_resources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.tf").write_text(SOURCE)
    (tmp_path / "plan.json").write_bytes(
        plan(
            row("aws_s3_bucket.b", ["create"], None, {"bucket": "models"}),
            row("module.m.aws_s3_bucket.b", ["create"], None, {"bucket": "other"}),
            row("module.net.aws_vpc.v", ["create"], None, {"cidr_block": "10.0.0.0/8"}),
        )
    )
    found = (result("R1"), result("R2", line=6), result("R3", line=10), result("R4", uri="../../etc/passwd"))
    (tmp_path / "c.sarif").write_bytes(sarif(*found))
    plan_file, sarif_file = str(tmp_path / "plan.json"), str(tmp_path / "c.sarif")
    code = main(["review", plan_file, "--sarif", sarif_file, "--source", str(tmp_path), "-f", "json"])
    report = json.loads(capsys.readouterr().out)
    told = [(one["id"], one["address"]) for one in report["findings"] if one["concern"] == "scanners"]
    assert (code, report["verdict"]["state"]) == (0, "pass")
    assert told == [
        ("scanners/R1", "aws_s3_bucket.b"),
        ("scanners/R1", "module.m.aws_s3_bucket.b"),
        ("scanners/R2", "module.net.aws_vpc.v"),
        ("scanners/elsewhere", ""),
    ]


def test_an_address_in_the_message_is_enough() -> None:
    assert remarks(result(text="Resource: module.a.aws_vpc.v is open", uri="x.json"))[0].block == "module.a.aws_vpc.v"
    logical = {"logicalLocations": [{"fullyQualifiedName": "aws_vpc.v[0]"}]}
    assert remarks({"ruleId": "R", "message": {"text": "x"}, "locations": [logical]})[0].block == "aws_vpc.v[0]"


def test_the_verdict_changes_only_where_the_settings_say_so() -> None:
    stacks = list(
        build_stacks("default", plan(row("aws_vpc.v", ["create"], None, {})), decode_config(b"", "x").secrets)
    )
    found = scanners.find(stacks, remarks(result(level="error", text="aws_vpc.v is open", uri="")))
    for text, state in ((b"", State.PASS), (b"environments: {dev: {findings: {scanners: {hold: high}}}}", State.HOLD)):
        config = decode_config(text, "plan-review.yml")
        assert resolve_environment(config, "dev").findings.scanners.attention == "never"
        made = judge(stacks, (), (), found, config=config, environment="dev", pull_request=None)
        assert made.verdict.state == state


def test_nothing_of_it_without_the_option() -> None:
    assert run(plan(row("aws_vpc.v", ["create"], None, {}))).report.scanners == ()


@pytest.mark.parametrize("uri", ["\0", "a\0.tf", "a" * 5_000 + ".tf", "\ud800.tf", "."])
def test_a_file_that_cannot_be_has_no_block(uri: str, tmp_path: Path) -> None:
    assert read_sources(str(tmp_path), [uri]) == {}


def test_many_results_about_many_changes_and_lines_are_told_in_a_moment() -> None:
    """Each result was held against each change, and each file read again for each result."""
    number = 20_000
    rows = [row(f"module.net.aws_vpc.v{i}", ["create"], None, {"x": i}) for i in range(number)]
    listed = remarks(*(result(f"R{i}", text=f"aws_subnet.s{i}", line=4 * i + 2) for i in range(number)))
    inside = remarks(*(result(f"R{i}", text=f"{i}", line=2) for i in range(number)))
    stacks = list(build_stacks("default", plan(*rows), decode_config(b"", "x").secrets))
    with limited(60):
        (elsewhere,) = scanners.find(stacks, locate(listed, {}))
        found = scanners.find(stacks, locate(inside, {"main.tf": 'module "net" {\n}\n' + "# more\n" * 100_000}))
    assert elsewhere.title == "20000 more results about what this plan does not change"
    assert len({one.id for one in found}) == number


def test_a_result_about_a_module_names_its_first_changes_and_counts_the_others() -> None:
    rows = [row(f"module.net.aws_vpc.v{i}", ["create"], None, {}) for i in range(150)]
    stacks = list(build_stacks("default", plan(*rows), decode_config(b"", "x").secrets))
    found = scanners.find(stacks, locate(remarks(result(line=6)), {"main.tf": SOURCE}))
    assert [one.address for one in found] == [change.address for change in stacks[0].plan.changes[:100]]
    assert {one.because for one in found} == {
        "checkov says so about main.tf, line 6. That concerns 150 changes, of which 100 are listed."
    }
