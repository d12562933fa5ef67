"""Limits: what is too large is refused with advice, in little time and memory, and the documentation has the numbers."""

import base64
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from bot import document, fallback, template_file
from bot import plan as plans
from bot.apply_log import LARGEST as LARGEST_LOG
from bot.changes import list_changes
from bot.classify.scanners import MOST_BESIDE
from bot.edge import files, forks
from bot.edge.reading import LARGEST_FILE
from bot.errors import UntrustedPlan
from bot.grant import MOST_GLOBS as MOST_PATTERNS
from bot.intent import MOST_GLOBS
from bot.page import MOST_ROWS as MOST_PAGE_ROWS
from bot.rename import MOST_PAIRS
from bot.render import BUDGET, SUMMARY_BUDGET
from bot.strict_yaml import MAX_BYTES, MAX_DIGITS, MAX_LEVELS
from tests.support.plans import changes, plan, row

ROOT = Path(__file__).parents[1]
MIB = 1024**2
PATIENCE = 120  # seconds on a busy machine; most take one
LAUGHS = "x0: &x0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
DEEP = "The JSON is nested deeper than any plan of Terraform."
TOO_DEEP = "A value is nested deeper than 200 levels, which no plan of Terraform is."
DIGITS = "The plan holds a number with thousands of digits, which Terraform never writes."
UNICODE = "The document is not text in UTF-8 or UTF-16."
PARTS = "A value of the plan has more than 250,000 parts."


def holding(raw: bytes) -> bytes:
    """A plan with one attribute, written as it stands."""
    return plan(row("a_b.c", ["update"], {"x": "old"}, {"x": "HERE"})).replace(b'"HERE"', raw)


def rows(number: int) -> bytes:
    one = json.dumps(row("a_b.c", ["no-op"], {"x": 1}, {"x": 1})).encode()
    listed = b",".join(one.replace(b"a_b.c", b"a_b.c%d" % index) for index in range(number))
    return plan().replace(b'"resource_changes": []', b'"resource_changes": [' + listed + b"]")


def yaml_text(text: str) -> bytes:
    return plan(row("a_b.c", ["update"], {"x": text}, {"x": text + "y: 1\n"}))


def noisy(number: int) -> Iterator[dict[str, Any]]:
    """Rows of which each marks a long text as a secret, in which no letter follows from those before it."""
    dice = random.Random(1)
    for i in range(number):
        text = base64.b64encode(dice.randbytes(150_000)).decode()
        yield row(f"a_b.c{i}", ["create"], None, {"p": text, "copy": f"x{text}x"}, after_sensitive={"p": True})


class Bomb(Struct, frozen=True):
    """What is made, what is said ("" for a verdict), how much memory it may take besides twice its own size."""

    made: Callable[[], bytes]
    said: str = ""
    mib: int = 300


BOMBS = {
    "100,000 levels, never closed": Bomb(lambda: b'{"format_version":"1.2","x":' + b"[" * 100_000, DEEP),
    "100,000 lists": Bomb(lambda: holding(b"[" * 100_000 + b"]" * 100_000), DEEP),
    "100,000 objects": Bomb(lambda: holding(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), DEEP),
    "900 objects": Bomb(lambda: holding(b'{"a":' * 900 + b"1" + b"}" * 900), TOO_DEEP),
    "a string of 200 MB": Bomb(
        lambda: holding(b'"' + b"x" * 200_000_000 + b'"'), "A value of the plan is larger than 16 MiB."
    ),
    "20 million lines": Bomb(
        lambda: holding(b'"' + b"\\n" * 20_000_000 + b'"'), "A value of the plan is larger than 16 MiB."
    ),
    "a million rows": Bomb(lambda: rows(1_000_000), "The plan has more than 500,000 rows.", 1200),
    "a million digits": Bomb(lambda: holding(b"9" * 1_000_000), DIGITS),
    "an exponent without end": Bomb(lambda: holding(b"1e99999999999999999999"), DIGITS),
    "a large exponent": Bomb(lambda: holding(b"1e999999999")),
    "a million digits after the point": Bomb(lambda: holding(b"0." + b"9" * 1_000_000)),
    "one key two million times": Bomb(lambda: holding(b"{" + b",".join([b'"k":1'] * 2_000_000) + b"}")),
    "500,000 keys": Bomb(lambda: holding(b"{" + b",".join(b'"k%d":1' % n for n in range(500_000)) + b"}"), PARTS),
    "two million lists": Bomb(lambda: holding(b"[" + b",".join([b"[]"] * 2_000_000) + b"]"), PARTS),
    "a mask of a million marks": Bomb(
        lambda: plan(row("a_b.c", ["create"], None, {"p": ["x"]}, after_sensitive={"p": [True] * 1_000_000})), PARTS
    ),
    "a billion laughs": Bomb(lambda: yaml_text(LAUGHS)),
    "YAML that only opens": Bomb(lambda: yaml_text("a: " + "[" * 99_000 + "\n")),
    "JSON that only opens": Bomb(lambda: yaml_text("[" * 1_000_000)),
    "no UTF-8": Bomb(lambda: holding(b'"\xff\xfe\xfa"'), UNICODE),
    "half a character": Bomb(lambda: holding(b'"\\ud800"'), "The document is not valid JSON."),
    "NUL in a text": Bomb(lambda: holding(b'"\\u0000"')),
    "NUL as it stands": Bomb(lambda: holding(b'"\0"'), "The document is not valid JSON."),
    "20,000 plans": Bomb(lambda: b"\n".join([plan()] * 20_000), "The file holds more than 1,000 plans."),
    "2,000 plans in one line": Bomb(lambda: plan() * 2_000, "The file holds more than 1,000 plans."),
    "fifty secrets of 200 KB": Bomb(lambda: plan(*noisy(50))),
    "a secret of 10 MB that repeats itself": Bomb(
        lambda: plan(row("a_b.c", ["create"], None, {"p": "ab" * 5_000_000}, after_sensitive={"p": True})), mib=800
    ),
}


class Ended(Struct, frozen=True):
    exit_code: int
    mib: float  # peak of the process
    said: str


# The peak of a process begins with that of the one that started it, so Linux is asked by the process itself.
CHILD = """
import sys
from pathlib import Path
from bot.cli import main
code = main(["review", "bomb.json", "--format", "json", "-o", "out.json"])
status = Path("/proc/self/status")
peak = status.read_text().split("VmHWM:")[1].split()[0] if status.exists() else "0"
Path("peak").write_text(peak)
sys.exit(code)
"""


def review_apart(data: bytes, folder: Path) -> Ended:
    """As a process of its own, which is killed when it takes too long."""
    (folder / "bomb.json").write_bytes(data)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=folder, env=environment, capture_output=True, timeout=PATIENCE, check=False
    )
    problem = json.loads((folder / "out.json").read_bytes())["stacks"][0]["problem"]
    peak = int((folder / "peak").read_text(encoding="utf-8")) / 1024
    return Ended(process.returncode, peak, problem["message"] if problem else "")


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_bounded_memory(name: str, tmp_path: Path) -> None:
    bomb = BOMBS[name]
    data = bomb.made()
    ended = review_apart(data, tmp_path)
    assert ended.said == bomb.said
    assert ended.exit_code in ((11,) if bomb.said else (0, 10))
    assert ended.mib <= 2 * len(data) / MIB + bomb.mib


def test_advice_goes_with_every_limit() -> None:
    for data in (holding(b'"' + b"x" * (16 * MIB) + b'"'), rows(500_001)):
        with pytest.raises(UntrustedPlan) as caught:
            changes_of(data)
        assert caught.value.advice.endswith(".")


def changes_of(data: bytes) -> None:
    for one in document.split_documents(data):
        list_changes(plans.decode_plan(one))


def test_what_is_just_within_the_limits_gets_a_verdict() -> None:
    assert changes(row("a_b.c", ["create"], None, {"x": "y" * (15 * MIB)})).changes
    assert changes(row("a_b.c", ["create"], None, {"x": [0] * 249_000})).changes
    assert len(document.split_documents(b"\n".join([plan()] * 1_000))) == 1_000


def test_commas_in_a_text_are_no_parts() -> None:
    assert changes(row("a_b.c", ["create"], None, {"x": "," * 1_000_000})).changes


def test_the_documentation_has_the_numbers() -> None:
    told = re.findall(
        r"^\| [^|]+ \| ([^|]+) \|", (ROOT / "docs" / "limits.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert told[1:] == [
        f"{files.LARGEST // 1024**3} GiB",
        f"{document.MOST_DOCUMENTS:,}",
        f"{plans.MOST_ROWS:,}",
        f"{plans.LARGEST_VALUE // MIB} MiB",
        f"{plans.MOST_PARTS:,}",
        f"{plans.MAX_DEPTH}",
        "4,300",
        f"{MOST_GLOBS}",
        f"{MAX_BYTES:,} bytes",
        f"{MAX_LEVELS}",
        f"{MAX_DIGITS}",
        f"{template_file.MOST_FILES} files of {template_file.LARGEST // 1024} KiB",
        f"{fallback.STEPS:,}",
        f"{forks.LARGEST_ARTIFACT // MIB} MiB zipped",
        f"{forks.MOST_FILES} files, {forks.LARGEST_FILE // MIB} MiB each, {forks.LARGEST_SUM // MIB} MiB together",
        f"{LARGEST_FILE // MIB} MiB",
        f"{LARGEST_LOG // MIB} MiB",
        f"{MOST_BESIDE}",
        f"{MOST_PATTERNS:,}",
        f"{MOST_PAIRS:,}",
        f"{BUDGET:,} bytes",
        f"{SUMMARY_BUDGET:,} bytes",
        f"{MOST_PAGE_ROWS:,}",
    ]
