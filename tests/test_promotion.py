"""What STAGE got beside what PROD will get."""

from collections.abc import Mapping
from typing import Any

from bot.changes import ChangeSet
from bot.config import Config, NamingConfig, Rules
from bot.promotion import Promotion, Source, compare_promotion, list_steps, read_source
from bot.promotion_report import build_promotion
from bot.record import Problem, Record, Stack, encode_record
from tests.support.plans import changes, row

Row = Mapping[str, Any]


def stage(*rows: Row, name: str = "net") -> Source:
    return Source(name="stage", steps=tuple(list_steps(name, changes(*rows))))


def promote(theirs: Source, *ours: Row, config: Config | None = None, name: str = "net") -> Promotion:
    stacks = [Stack(name=name, plan=changes(*ours))]
    promotion = compare_promotion((theirs,), stacks, "prod", config or Config())
    assert promotion is not None
    return promotion


def create(address: str) -> Row:
    return row(address, ["create"], None, {"x": 1})


def delete(address: str) -> Row:
    return row(address, ["delete"], {"x": 1})


def test_the_environments_name_is_left_out() -> None:
    same = promote(
        stage(create('module.stage_net.a_b.x["stage-a"]'), create("a_b.STG"), create("a_b.main")),
        create('module.prod_net.a_b.x["prod-a"]'),
        create("a_b.production"),
        create("a_b.main"),
    )
    assert (same.agrees, same.same) == (True, 3)


def test_only_whole_words_are() -> None:
    other = promote(stage(create("a_b.stages")), create("a_b.prods"))
    assert [step.address for step in other.here] == ["a_b.prods"]
    assert [step.address for step in other.there] == ["a_b.stages"]


def test_words_of_the_settings() -> None:
    naming = NamingConfig(environment_words={"stage": ("qa",), "prod": ("live", "eu-live")})
    config = Config(rules=Rules(naming=naming))
    assert promote(stage(create("a_b.qa_x")), create("a_b.live_x"), config=config).agrees
    assert promote(stage(create('a_b.x["qa"]')), create('a_b.x["eu-live"]'), config=config).agrees
    assert not promote(stage(create("a_b.qa_x")), create("a_b.live_x")).agrees


def test_an_object_of_stage_in_prod_is_not_the_one_stage_got() -> None:
    found = promote(stage(create('a_b.x["stage"]')), create('a_b.x["prod"]'), delete('a_b.x["stage"]'))
    assert [step.address for step in found.here] == ['a_b.x["stage"]']
    assert [step.address for step in found.destroys] == ['a_b.x["stage"]']


def test_another_action_and_what_is_destroyed_here_alone() -> None:
    replace = row("a_b.one", ["delete", "create"], {"x": 1}, {"x": 2})
    update = row("a_b.one", ["update"], {"x": 1}, {"x": 2})
    found = promote(
        stage(update, delete("a_b.both")), replace, delete("a_b.both"), create("a_b.new"), delete("a_b.gone")
    )
    assert [(pair.there.kind, pair.here.kind) for pair in found.different] == [("update", "replace")]
    assert [step.address for step in found.here] == ["a_b.gone", "a_b.new"]
    assert [step.address for step in found.destroys] == ["a_b.gone", "a_b.one"]
    shown = build_promotion(found)
    assert shown.warning == "2 objects destroyed here that STAGE never destroyed"
    assert [[step.address for step in group.steps] for group in shown.destroyed] == [["a_b.gone"]]
    assert not promote(stage(replace), update).destroys


def test_deposed_objects_pair_whatever_their_key() -> None:
    def deposed(key: str) -> Row:
        return row("a_b.one", ["delete"], {"x": 1}, deposed=key)

    assert promote(stage(deposed("abcd0123")), deposed("0123abcd")).agrees
    assert not promote(stage(deposed("abcd0123")), delete("a_b.one")).agrees


def test_reads_do_not_count_and_nothing_is_the_same_as_nothing() -> None:
    read = row("data.a.b", ["read"], None, {}, mode="data")
    assert promote(stage(read)).agrees


def test_stacks_are_matched_by_name_unless_there_is_one_on_each_side() -> None:
    assert promote(stage(create("a_b.one"), name="default")).there != ()
    assert promote(stage(create("a_b.one"), name="default"), create("a_b.one"), name="net").agrees
    two = [Stack(name="prod-net", plan=changes(create("a_b.one"))), Stack(name="app", plan=changes())]
    found = compare_promotion((stage(create("a_b.one"), name="stage-net"),), two, "prod", Config())
    assert found is not None
    assert found.agrees


def recorded(environment: str, plan: ChangeSet | None = None, problem: Problem | None = None) -> bytes:
    stack = Stack(name="net", plan=plan or ChangeSet(), problem=problem)
    return encode_record(Record(tool="1", stack=stack, environment=environment))


def test_what_is_no_record_of_stage_says_so() -> None:
    def because(data: bytes) -> str:
        return read_source("s", data).because

    assert because(recorded("stage")) == ""
    assert because(recorded("prod")) == "is of PROD, not of STAGE"
    assert because(recorded("moon")) == "is of another environment, not of STAGE"
    assert because(recorded("")) == "does not say which environment it is of; record it with --environment stage"
    assert because(recorded("stage", problem=Problem("No plan.", "a"))) == "holds no plan: No plan"
    assert because(b"{}") == "is no record; make it with: plan-review record --environment stage"
    assert because(recorded("stage")[:-20]).startswith("cannot be read: The record is cut off")
    named = read_source("s", recorded("stage", changes(create("a_b.one"))), "app").steps
    assert named is not None
    assert [step.stack for step in named] == ["app"]


def test_a_broken_record_never_agrees_and_only_prod_is_compared() -> None:
    broken = Source(name="s", because="is of PROD, not of STAGE")
    stacks = [Stack(name="net", plan=changes())]
    alone = compare_promotion((broken,), stacks, "prod", Config())
    beside = compare_promotion((broken, stage()), stacks, "prod", Config())
    other = compare_promotion((stage(),), stacks, "stage", Config())
    unread = compare_promotion((stage(),), [Stack(name="net", problem=Problem("m", "a"))], "prod", Config())
    for found in (alone, beside, other, unread):
        assert found is not None
        assert not found.agrees
    assert compare_promotion(None, stacks, "prod", Config()) is None
