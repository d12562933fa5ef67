"""A shelf changes nothing but where the values of a row are: every text and every comparison stays the same."""

from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from bot.app import gather_facts
from bot.changes import Change
from bot.compare import compare_plans, digest_stacks
from bot.config import Config
from bot.edge.spool import Spool
from bot.errors import CannotRead
from bot.export import ReportOut, export_report, stream_report
from bot.page import render_page
from bot.record import Record, Stack, encode_record
from bot.review import Review, Settings, build_stacks, review, review_facts
from bot.shelf import ShelvedChange, list_attributes, shelve
from tests.support.corpus import OWN
from tests.support.plans import SETTINGS, TEMPLATES, only_change, plan, row, run

FILES = sorted(OWN.glob("*/*.json"))


def read(*documents: bytes) -> list[Stack]:
    return [
        stack
        for number, data in enumerate(documents)
        for stack in build_stacks(f"stack-{number}", data, Config().secrets)
    ]


def on_disk(stacks: list[Stack], settings: Settings = SETTINGS) -> Review:
    """As ``plan-review`` reviews several files; nothing is kept in memory."""
    return review_facts(gather_facts(stacks, settings.rules, len(stacks), Spool(in_memory=1)), settings)


def texts(made: Review) -> list[Any]:
    return [made.publication, export_report(made.facts), render_page(made.report, TEMPLATES)]


@pytest.mark.parametrize("start", range(0, len(FILES), 6))
def test_plans_of_other_people_read_the_same_from_disk(start: int) -> None:
    stacks = read(*(file.read_bytes() for file in FILES[start : start + 6]))
    made = on_disk(stacks)
    assert all(type(change) is ShelvedChange for stack in made.facts.stacks for change in stack.plan.changes)
    assert texts(made) == texts(review(stacks, SETTINGS))


def test_the_order_of_records_does_not_matter() -> None:
    stacks = read(*(file.read_bytes() for file in FILES[:3]))
    assert len({export_report(on_disk(list(order)).facts) for order in permutations(stacks)}) == 1


def test_a_change_gives_its_values_back() -> None:
    change = only_change(
        row("a_b.c", ["update"], {"p": 1.50, "n": 2**70, "t": "ä"}, {"p": 2, "n": 1, "t": "ä"}, name="c")
    )
    (shelved,) = shelve(Stack(name="one", plan=_plan(change)), Spool(in_memory=1)).plan.changes
    assert type(shelved) is ShelvedChange
    assert {name: getattr(shelved, name) for name in Change.__struct_fields__} == structs.asdict(change)
    assert shelved.before == {"p": Decimal("1.50"), "n": 2**70, "t": "ä"}
    lazy = list_attributes(shelved)
    assert (tuple(lazy), len(lazy), lazy[0], lazy[1:]) == (
        change.attributes,
        2,
        change.attributes[0],
        change.attributes[1:],
    )
    assert list_attributes(change) is change.attributes
    assert shelve(Stack(name="one", plan=_plan(shelved)), Spool()).plan.changes[0] is shelved


def _plan(change: Change) -> Any:
    return structs.replace(run(plan()).facts.stacks[0].plan, changes=(change,))


def test_what_no_file_could_hold_stays_in_memory() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    for value in (deep, "\ud800", object()):
        change = structs.replace(only_change(row("a_b.c", ["create"], None, {"p": 1})), after={"p": value})
        assert shelve(Stack(name="one", plan=_plan(change)), Spool()).plan.changes == (change,)


def test_a_change_on_a_shelf_is_never_written_without_its_values() -> None:
    (stack,) = read(plan(row("a_b.c", ["update"], {"p": 1}, {"p": 2})))
    with pytest.raises(TypeError, match="Spool"):
        encode_record(Record(tool="0.0.0", stack=shelve(stack, Spool())))


def test_drift_and_what_is_put_off_lie_on_the_shelf_as_well() -> None:
    drift = row("a_b.d", ["update"], {"p": 1}, {"p": 2})
    later = {"reason": "instance_count_unknown", "resource_change": row("a_b.e", ["delete"], {"p": 1}, None)}
    stacks = read(
        plan(row("a_b.c", ["create"], None, {"p": 1})), plan(resource_drift=[drift], deferred_changes=[later])
    )
    made = on_disk(stacks)
    rows = [*made.facts.stacks[1].plan.drift, *(one.change for one in made.facts.stacks[1].plan.deferred)]
    assert [(type(change), change.before) for change in rows] == [(ShelvedChange, {"p": 1})] * 2
    assert texts(made) == texts(review(stacks, SETTINGS))


def test_plans_on_a_shelf_compare_as_in_memory() -> None:
    (old,) = read(plan(row("a_b.c", ["update"], {"p": 1}, {"p": 2}), row("a_b.r", ["delete", "create"], {"id": 1}, {})))
    (new,) = read(plan(row("a_b.c", ["update"], {"p": 1}, {"p": 3}), row("a_b.r", ["delete", "create"], {"id": 2}, {})))
    spool = Spool()
    plain, shelved = (compare_plans(a.plan, b.plan) for a, b in ((old, new), (shelve(old, spool), shelve(new, spool))))
    assert [change.address for change in shelved.changed] == ["a_b.c", "a_b.r"]
    assert shelved.differing == plain.differing == (("p",), ("id", "object"))
    assert digest_stacks([shelve(new, spool)]) == digest_stacks([new])
    assert compare_plans(shelve(old, spool).plan, old.plan).empty


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    class Full(Spool):
        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(CannotRead) as caught:
        Full().put(b"x")
    assert caught.value.message == "The folder for temporary files cannot be used: No space left on device."
    assert caught.value.advice == "Make room, or name another folder in the environment variable TMPDIR."


def test_a_spool_gives_back_what_was_put() -> None:
    spool = Spool(in_memory=4)
    read_one, read_two = spool.keep(b"one"), spool.keep(b"and two")
    assert (read_two(), read_one(), read_two()) == (b"and two", b"one", b"and two")


def test_the_report_comes_in_pieces_and_is_one_document() -> None:
    stacks = read(plan(row("a_b.c", ["create"], None, {"p": "x\ny ##["})), plan())
    pieces = list(stream_report(on_disk(stacks).facts))
    assert [piece for piece in pieces if b"##[" in piece] == [pieces[6]]
    assert [piece.split(b"\n")[1:3] for piece in pieces[6:8]] == [
        [b"    {", b'      "name": "stack-0",'],
        [b"    {", b'      "name": "stack-1",'],
    ]
    for made in (on_disk(stacks), on_disk([]), on_disk(read(b"{"))):
        whole = export_report(made.facts)
        assert msgspec.json.format(whole, indent=2) + b"\n" == whole
        assert msgspec.json.decode(whole, type=ReportOut).environment == "prod"
