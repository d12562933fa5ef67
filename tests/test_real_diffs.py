"""Changes of plans that nobody here wrote, and the lines a reviewer reads.

``diffs/expected.txt`` is read, not generated: each part names the claim, the plan and the address.  Plans that are not
in ``corpus`` are cut down to the one row, in ``diffs/rows.json``, which says where each is from.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.blocks import build_block, build_output
from bot.config import SecretsConfig
from bot.record import Stack
from bot.review import build_stacks
from bot.text_lines import Line
from tests.support.corpus import OWN

FOLDER = Path(__file__).parent / "diffs"
PARTS = [part.partition("\n") for part in FOLDER.joinpath("expected.txt").read_text("utf-8").split("## ")[1:]]
ROWS: dict[tuple[str, str], Any] = {
    (row["file"], row["address"]): row["plan"] for row in json.loads(FOLDER.joinpath("rows.json").read_bytes())
}


def stack_of(file: str, address: str) -> Stack:
    own = OWN / file
    data = own.read_bytes() if own.is_file() else json.dumps(ROWS[file, address]).encode()
    (stack,) = build_stacks("default", data, SecretsConfig())
    return stack


def lines_of(stack: Stack, address: str, *, drift: bool) -> tuple[Line, ...]:
    if address.startswith("output."):
        (output,) = (output for output in stack.plan.outputs if f"output.{output.name}" == address)
        return build_output("default", output).lines
    rows = stack.plan.drift if drift else stack.plan.changes
    (change,) = (change for change in rows if change.address == address)
    return build_block("default", change).lines


@pytest.mark.parametrize(("head", "lines"), [(head, lines) for head, _, lines in PARTS], ids=[p[0][:60] for p in PARTS])
def test_the_lines_of_a_real_change(head: str, lines: str) -> None:
    claim, file, address = head.split(" | ")
    found = lines_of(stack_of(file, address), address, drift="(drift)" in claim)
    assert [f"{sign} {text}".rstrip() for sign, text in found] == lines.rstrip("\n").split("\n")
