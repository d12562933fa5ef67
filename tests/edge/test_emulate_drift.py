"""The drift issue on a GitHub that somebody else wrote: its life, its pages, duplicates and strangers."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, SecretsConfig
from bot.drift import find_drift
from bot.drift_issue import DriftMarker, plan_step, write_drift_marker
from bot.drift_render import write_issue
from bot.edge.hub import Hub
from bot.edge.issues import list_issues, perform
from bot.report import Origin
from bot.review import build_stacks
from tests.edge.test_emulate import connected
from tests.support.emulate import BOT, OWNER, STRANGER, Emulated, emulated_github
from tests.support.plans import CATALOG, TEMPLATES, plan, row

pytestmark = pytest.mark.foreign_answers
STAYS = row("a_b.stays", ["no-op"], {}, {})
TYPE = row("aws_instance.i", ["update"], {"instance_type": "a"}, {"instance_type": "b"})
GONE = row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}, None)
CLEAN, DRIFT, WORSE = plan(STAYS), plan(STAYS, resource_drift=[TYPE]), plan(STAYS, resource_drift=[TYPE, GONE])
LATER = "2999-01-01T00:00:00Z"  # after whatever that GitHub says an issue was made


@pytest.fixture
def emulated(tmp_path: Path) -> Iterator[Emulated]:
    with emulated_github(tmp_path) as emulated:
        yield emulated


def run(hub: Hub, data: bytes) -> str:
    """One run for the stack net; what it did."""
    whole = find_drift(tuple(build_stacks("net", data, SecretsConfig())), Config(), CATALOG, "prod", LATER[:10])
    (stack,) = whole.stacks
    write = partial(write_issue, stack, whole, origin=Origin(version="0.0.0", now=LATER), templates=TEMPLATES)
    step = plan_step(stack, "prod", list_issues(hub, BOT, "drift"), LATER, write)
    perform(hub, step, BOT, "drift", lambda: write(step.seen, budget=30_000))
    return step.word


def issues(emulated: Emulated) -> list[dict[str, Any]]:
    rows = emulated.call(OWNER, "GET", "/issues?state=all&per_page=100&sort=created&direction=asc")
    return [row for row in rows if "pull_request" not in row]


def states(emulated: Emulated) -> list[tuple[str, str, str]]:
    return [(row["user"]["login"], row["state"], row["title"]) for row in issues(emulated)]


def test_its_whole_life(emulated: Emulated) -> None:
    hub = connected(emulated.address)
    assert [run(hub, data) for data in (CLEAN, DRIFT, DRIFT, WORSE, CLEAN, CLEAN, DRIFT)] == [
        "none",
        "open",
        "same",
        "update",
        "close",
        "none",
        "reopen",
    ]
    (only,) = issues(emulated)
    assert (only["state"], only["title"]) == ("open", "Drift in PROD, net: 1 object")
    assert [label["name"] for label in only["labels"]] == ["drift"]
    assert "time 2 that it is there" in only["body"]
    said = [row["body"] for row in emulated.call(OWNER, "GET", f"/issues/{only['number']}/comments")]
    assert [text.split(":")[0].split(";")[0] for text in said] == [
        "New since the last run and dangerous (deleted)",
        "No drift any more",
        "There is drift",
    ]
    assert emulated.call(OWNER, "GET", "/labels/drift")["color"] == "d4c5f9"


def test_a_stranger_and_a_duplicate(emulated: Emulated) -> None:
    hub = connected(emulated.address)
    line = write_drift_marker(DriftMarker(environment="prod", stack="net"))
    emulated.call(OWNER, "POST", "/labels", {"name": "drift", "color": "ffffff"})
    sent = {"title": "Mine", "body": f"{line}\nAll is well.", "labels": ["drift"]}
    emulated.call(STRANGER, "POST", "/issues", sent)
    run(hub, DRIFT)
    emulated.call(BOT, "POST", "/issues", {**sent, "title": "Twin"})
    assert run(hub, DRIFT) == "same"
    assert states(emulated) == [
        (STRANGER, "open", "Mine"),
        (BOT, "open", "Drift in PROD, net: 1 object"),
        (BOT, "closed", "Twin"),
    ]


def test_a_hundred_and_fifty_issues(emulated: Emulated) -> None:
    hub = connected(emulated.address)
    run(hub, DRIFT)
    for number in range(150):
        line = write_drift_marker(DriftMarker(environment="prod", stack=f"other-{number}"))
        emulated.call(BOT, "POST", "/issues", {"title": str(number), "body": line, "labels": ["drift"]})
    assert run(hub, WORSE) == "update"
    assert issues(emulated)[0]["title"] == "Drift in PROD, net: 2 objects, 1 deleted"
