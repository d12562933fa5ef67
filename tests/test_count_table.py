"""How many changes of each kind, for one stack and for many."""

from bot.count_table import build_count_table
from bot.kind import Counts
from bot.report import StackRow


def stack(name: str, problem: str = "", **counts: int) -> StackRow:
    return StackRow(name=name, counts=Counts(**counts), problem=problem)


def test_one_stack_is_a_line() -> None:
    table = build_count_table([stack("default", create=1200, delete=2, move=1)])
    assert table.total == "**2 destroy** · 1,200 create · 1 move"
    assert (table.rows, table.folded) == ("", "")


def test_nothing_to_count() -> None:
    assert build_count_table([stack("default")]).total == "nothing to create, update or destroy"
    assert build_count_table([stack("default", "broken")]).total == "what would change is not known"


def test_several_stacks_are_a_table_of_what_they_do_and_no_more() -> None:
    table = build_count_table([stack("a", create=3), stack("b", delete=1), stack("c"), stack("d|`", "broken")])
    assert table.total == "**1 of 4 stacks cannot be read** · **1 destroy** · 3 create"
    assert table.idle == 1
    header, _, *rows = (line.replace(" ", "") for line in table.rows.splitlines())
    assert header == "|stack|destroy|create|"
    assert rows == ["|``d\\|```|cannotberead||", "|`b`|**1**|–|", "|`a`|–|3|"]


def test_a_table_without_a_number_is_none() -> None:
    table = build_count_table([stack("a", "broken"), stack("b", "broken"), stack("c")])
    assert (table.total, table.rows, table.left_out, table.idle) == ("what would change is not known", "", 0, 1)


def test_a_long_name_does_not_widen_every_row() -> None:
    table = build_count_table([stack("n" * 5000, create=1), stack("b", create=1)])
    assert max(map(len, table.rows.splitlines())) < 100


def test_beyond_ten_the_others_fold_and_beyond_three_hundred_they_are_counted() -> None:
    table = build_count_table([stack(f"s{i}", create=1, delete=i % 2) for i in range(500)])
    assert (table.rows.count("\n"), table.more, table.left_out) == (11, 290, 200)
    assert "–" not in table.rows  # those that destroy come first
