"""The guard between plans that the real Terraform makes here and now: reviewed, half applied, drifted."""

from pathlib import Path

import pytest

from bot.config import Config, SecretsConfig
from bot.guard import Apply, Guarded, compare_reviewed
from bot.record import Record
from bot.review import build_stacks
from tests.support.plans import CATALOG
from tests.support.terraform import Workspace, terraform_available, write_files

pytestmark = pytest.mark.skipif(not terraform_available(), reason="there is no terraform here")

FIRST = 'resource "terraform_data" "a" {\n  input = "1"\n}\n'
THREE = FIRST.replace('"1"', '"2"') + "".join(
    f'resource "terraform_data" "{name}" {{\n  input = "{name}"\n}}\n' for name in ("b", "c")
)
MORE = THREE + 'resource "terraform_data" "extra" {}\n'
FEWER = THREE.replace(FIRST.replace('"1"', '"2"'), "")


def guard(before: bytes, after: bytes) -> Guarded:
    (reviewed,) = build_stacks("default", before, SecretsConfig())
    record = Record(tool="1.0.0", stack=reviewed, head="a" * 40, environment="prod")
    fresh = tuple(build_stacks("default", after, SecretsConfig()))
    return compare_reviewed([record], fresh, Apply(environment="prod", head="a" * 40), Config(), CATALOG)


def prepare(folder: Path) -> tuple[Workspace, bytes]:
    workspace = Workspace(folder=folder)
    workspace.run("init")
    write_files(folder, {"main.tf": FIRST})
    workspace.apply()
    write_files(folder, {"main.tf": THREE})
    return workspace, workspace.plan()[0]


def test_planned_twice_is_equal(tmp_path: Path) -> None:
    workspace, reviewed = prepare(tmp_path)
    found = guard(reviewed, workspace.plan()[0])
    assert (found.goes_on, found.stacks[0].word, found.differences) == (True, "equal", ())


def test_after_half_an_apply_it_is_a_subset(tmp_path: Path) -> None:
    workspace, reviewed = prepare(tmp_path)
    workspace.apply("-target=terraform_data.b")
    found = guard(reviewed, workspace.plan()[0])
    assert (found.goes_on, found.stacks[0].word, found.stacks[0].done) == (True, "subset", ("terraform_data.b",))
    workspace.apply()
    done = guard(reviewed, workspace.plan()[0])
    assert done.goes_on
    assert done.stacks[0].done == ("terraform_data.a", "terraform_data.b", "terraform_data.c")


def test_what_the_merge_took_away_would_be_destroyed_and_stops(tmp_path: Path) -> None:
    workspace, reviewed = prepare(tmp_path)
    write_files(tmp_path, {"main.tf": FEWER})
    found = guard(reviewed, workspace.plan()[0])
    assert [(d.what, d.address) for d in found.differences] == [("deletion", "terraform_data.a")]
    assert not found.goes_on


def test_what_somebody_made_by_hand_and_nobody_declared_would_be_destroyed_and_stops(tmp_path: Path) -> None:
    workspace, reviewed = prepare(tmp_path)
    write_files(tmp_path, {"main.tf": MORE})
    workspace.apply("-target=terraform_data.extra")
    write_files(tmp_path, {"main.tf": THREE})
    found = guard(reviewed, workspace.plan()[0])
    assert [(d.what, d.address) for d in found.differences] == [("deletion", "terraform_data.extra")]
    assert not found.goes_on


def test_a_replacement_asked_for_after_the_review_stops(tmp_path: Path) -> None:
    workspace, reviewed = prepare(tmp_path)
    found = guard(reviewed, workspace.plan("-replace=terraform_data.a")[0])
    assert [(d.what, d.address) for d in found.differences] == [("deletion", "terraform_data.a")]


def test_a_creation_that_came_with_the_merge_stops(tmp_path: Path) -> None:
    workspace, reviewed = prepare(tmp_path)
    write_files(tmp_path, {"main.tf": MORE})
    found = guard(reviewed, workspace.plan()[0])
    assert [(d.what, d.address) for d in found.differences] == [("other", "terraform_data.extra")]
    assert not found.goes_on
