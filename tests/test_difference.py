"""What differs: sets, order, identity, JSON in text, unknown and secret leaves."""

import json
from typing import Any

import pytest

from bot.difference import AttributeChange, list_differences
from bot.mask import UNKNOWN_LEAF, Secret


def differences(before: Any, after: Any, *replace_paths: tuple[str | int, ...]) -> list[AttributeChange]:
    return list(list_differences(before, after, replace_paths))


def told(before: Any, after: Any) -> list[tuple[Any, ...]]:
    return [(change.path, change.before, change.after) for change in differences(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [(("b",), 2, 3)]),
        ({"a": 1}, {}, [(("a",), 1, None)]),
        ({"a": None}, {}, []),
        ({"a": 1}, {"a": True}, [(("a",), 1, True)]),
        (None, {"a": {"b": 1}}, [(("a",), None, {"b": 1})]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [(("a", "c"), 2, 3)]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [(("a",), [1, 2], [1, 3])]),
        # paired by content, then by identity
        (
            {"a": [{"name": "x", "v": 1}, {"name": "y", "v": 1}]},
            {"a": [{"name": "y", "v": 2}, {"name": "x", "v": 1}]},
            [(("a", 0, "v"), 1, 2)],
        ),
        # as many go as come, nothing identifies them: in order
        ({"a": [{"v": 1}, {"v": 2}]}, {"a": [{"v": 1}, {"v": 3}]}, [(("a", 1, "v"), 2, 3)]),
        # one more comes
        ({"a": [{"v": 1}]}, {"a": [{"v": 2}, {"v": 1}]}, [(("a", 0), None, {"v": 2})]),
        ({"a.b": {"": 1}}, {"a.b": {"": 2}}, [(("a.b", ""), 1, 2)]),
    ],
)
def test_pairs(before: Any, after: Any, result: list[tuple[Any, ...]]) -> None:
    assert told(before, after) == result


def test_another_order_of_the_same_elements_is_only_noted() -> None:
    (change,) = differences({"a": [{"v": 1}, {"v": 2}]}, {"a": [{"v": 2}, {"v": 1}]})
    assert (change.path, change.note) == (("a",), "order")


def test_json_in_text_is_compared_inside() -> None:
    old, new = json.dumps({"S": [{"Sid": "a", "E": "Allow"}]}), json.dumps({"S": [{"Sid": "a", "E": "Deny"}]}, indent=1)
    assert told({"policy": old}, {"policy": new}) == [(("policy", "S", 0, "E"), "Allow", "Deny")]


def test_other_formatting_of_the_same_json_is_only_noted() -> None:
    (change,) = differences({"p": '{"a": 1}'}, {"p": '{"a":1}'})
    assert change.note == "formatting"


def test_json_bombs_in_text_stay_text() -> None:
    bomb = "[" * 5000 + "]" * 5000
    assert told({"p": bomb}, {"p": bomb + " "}) == [(("p",), bomb, bomb + " ")]


def test_unknown_and_secret_leaves() -> None:
    after = {
        "id": UNKNOWN_LEAF,
        "p": Secret("new"),
        "q": Secret(None, "(known after apply)"),
        "r": Secret("same", marked=True),
    }
    before = {"id": "i-1", "p": Secret("old"), "q": Secret("old"), "r": Secret("same")}
    assert [(c.path, c.before, c.after, c.secret, c.unknown, c.note) for c in differences(before, after)] == [
        (("id",), "i-1", None, False, True, ""),
        (("p",), None, None, True, False, ""),
        (("q",), None, None, True, True, ""),
        (("r",), None, None, True, False, "sensitivity"),
    ]


def test_text_with_a_secret_inside_shows_the_rest() -> None:
    before, after = Secret("a=1 p=x", "a=1 p=(sensitive value)"), Secret("a=2 p=x", "a=2 p=(sensitive value)")
    assert told({"t": before}, {"t": after}) == [(("t",), "a=1 p=(sensitive value)", "a=2 p=(sensitive value)")]


@pytest.mark.parametrize(
    ("path", "forces"),
    [(("disk", 0, "size"), True), (("disk",), True), (("disk", 1), False), (("name",), False)],
)
def test_what_forces_the_replacement(path: tuple[str | int, ...], forces: bool) -> None:
    (change,) = differences({"disk": [{"size": 1}]}, {"disk": [{"size": 2}]}, path)
    assert change.forces_replacement is forces


def noted(before: Any, after: Any) -> list[tuple[Any, ...]]:
    return [(change.path, change.note) for change in differences({"x": before}, {"x": after})]


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        (None, "", [(("x",), "empty")]),
        ([], None, [(("x",), "empty")]),
        ({}, None, [(("x",), "empty")]),
        (None, False, [(("x",), "")]),
        (None, 0, [(("x",), "")]),
        ("", " ", [(("x",), "")]),
        ("a: 1\nb: [x, y]\n", "b:\n- x\n- y\na: 1\n", [(("x",), "formatting")]),
        ("a: yes\nb: 1\n", "a: true\nb: 1\n", [(("x",), "")]),
        ("a: 012\nb: 1\n", "a: 10\nb: 1\n", [(("x",), "")]),
        ('a: "1"\nb: 1\n', "a: 1\nb: 1\n", [(("x", "a"), "")]),
        ("a: 1\nb: 1\n", "#cloud-config\na: 1\nb: 1\n", [(("x",), "")]),
        ("a: &x 1\nb: *x\n", "a: 1\nb: 1\n", [(("x",), "")]),
        ("a: !Ref x\nb: 1\n", "a: x\nb: 1\n", [(("x",), "")]),
        ("a: 1\na: 2\n", "a: 2\nb: 1\n", [(("x",), "")]),
        ("a\nb  \n", "a\r\nb\r\n", [(("x",), "line-ends")]),
        ("a\nb", "a\nb\n", [(("x",), "line-ends")]),
        ("a\n  b\n", "a\nb\n", [(("x",), "")]),
        ('{"a": 1.0}', '{"a": "1.0"}', [(("x", "a"), "")]),
        ('{"a": 1, "a": 2}', '{"a": 2}', [(("x",), "")]),
        ('{"a": NaN}', '{"a": 1}', [(("x",), "")]),
    ],
)
def test_what_is_noise_and_what_is_not(before: Any, after: Any, result: list[tuple[Any, ...]]) -> None:
    assert noted(before, after) == result


def test_an_empty_value_of_a_new_object_is_no_noise() -> None:
    assert [change.note for change in differences(None, {"x": ""})] == [""]


def test_yaml_in_text_is_compared_inside() -> None:
    old = "replicas: 2\nimage:\n  tag: v1\nhosts:\n- name: a\n  port: 1\n- name: b\n  port: 2\n"
    new = "hosts:\n- name: b\n  port: 3\n- name: a\n  port: 1\nimage: {tag: v2}\nreplicas: 2\n"
    assert told({"values": old}, {"values": new}) == [
        (("values", "image", "tag"), "v1", "v2"),
        (("values", "hosts", 0, "port"), 2, 3),
    ]


def test_several_documents_of_yaml() -> None:
    old, new = "a: 1\n---\nb: 1\n", "a: 1\n---\nb: 2\n"
    assert told({"x": old}, {"x": new}) == [(("x", 1, "b"), 1, 2)]


@pytest.mark.parametrize(
    ("before", "after", "items"),
    [
        (
            [{"Sid": "Read", "Effect": "Allow"}, {"Effect": "Deny", "Action": "x"}],
            [{"Effect": "Deny", "Action": "y"}, {"Sid": "Read", "Effect": "Deny"}],
            {(1, "Effect"): 'Sid "Read"', (0, "Action"): ""},
        ),
        (
            [
                {"protocol": "tcp", "from_port": 80, "to_port": 80, "c": "a"},
                {"protocol": "tcp", "from_port": 1, "to_port": 2},
            ],
            [{"protocol": "tcp", "from_port": 80, "to_port": 80, "c": "b"}],
            {
                (0, "c"): 'protocol "tcp", from_port 80, to_port 80',
                (1,): 'protocol "tcp", from_port 1, to_port 2',
            },
        ),
        (
            [{"protocol": "tcp", "ports": ["80"], "d": 1}, {"protocol": "udp", "ports": ["53"], "d": 1}],
            [{"protocol": "udp", "ports": ["53"], "d": 2}, {"protocol": "tcp", "ports": ["80"], "d": 2}],
            {(1, "d"): 'protocol "tcp", ports ["80"]', (0, "d"): 'protocol "udp", ports ["53"]'},
        ),
        # nothing identifies them, one goes: the most alike stay together
        (
            [{"cidr": "a", "text": "one", "on": True}, {"cidr": "b", "text": "two", "on": True}],
            [{"cidr": "b", "text": "2", "on": True}],
            {(0, "text"): "", (0,): ""},
        ),
    ],
)
def test_objects_are_paired_by_identity(before: Any, after: Any, items: dict[Any, str]) -> None:
    found = {change.path[1:]: change.item for change in differences({"x": before}, {"x": after})}
    assert found == items


def test_the_value_of_a_secret_is_no_identity() -> None:
    before, after = [{"name": Secret("a"), "v": 1}, {"v": 5}], [{"name": Secret("a"), "v": 2}, {"v": 6}]
    assert [change.item for change in differences({"x": before}, {"x": after})] == ["", ""]


@pytest.mark.parametrize("number", [1_000, 10_000])
def test_large_sets_and_policies_are_compared(number: int) -> None:
    members = [{"value": f"m{i}", "text": "x"} for i in range(number)]
    assert told({"x": members}, {"x": members[::-1]}) == [(("x",), members, members[::-1])]
    assert told({"x": members}, {"x": [*members[::-1], {"value": "new"}]}) == [(("x", number), None, {"value": "new"})]
    policy = {"Statement": [{"Sid": f"s{i}", "Effect": "Allow", "Action": ["a:b"] * 5} for i in range(number)]}
    later = {"Statement": [*policy["Statement"][1:], {"Sid": "s0", "Effect": "Deny", "Action": ["a:b"] * 5}]}
    (change,) = differences({"p": json.dumps(policy)}, {"p": json.dumps(later)})
    assert (change.path, change.item) == (("p", "Statement", number - 1, "Effect"), 'Sid "s0"')


def test_beyond_a_bound_both_sides_are_given_whole() -> None:
    old, new = [{"name": f"{i}", "v": 1} for i in range(3_000)], [{"name": f"{i}", "v": 2} for i in range(3_000)]
    (change,) = differences({"x": old}, {"x": new})
    assert (change.path, change.note, change.before, change.after) == (("x",), "large", old, new)
    (text,) = differences({"x": json.dumps({"o": old})}, {"x": json.dumps({"o": new})})
    assert (text.path, text.note) == (("x", "o"), "large")
    (long,) = differences({"x": "a\n" * 2_500_001}, {"x": "b\n" * 2_500_001})
    assert long.note == "large"


def test_the_order_of_a_command_is_a_meaning() -> None:
    assert noted({"command": ["a", "b"]}, {"command": ["b", "a"]}) == [(("x", "command"), "")]
    assert noted({"ids": ["a", "b"]}, {"ids": ["b", "a"]}) == [(("x", "ids"), "order")]


def test_one_value_and_a_list_of_it_are_the_same_in_a_policy_and_nowhere_else() -> None:
    one, several = {"Statement": [{"Action": "s3:*"}]}, {"Statement": [{"Action": ["s3:*"]}]}
    assert noted(one, several) == [(("x", "Statement", 0, "Action"), "formatting")]
    assert noted({"a": "x"}, {"a": ["x"]}) == [(("x", "a"), "")]


def test_the_values_of_a_helm_release_are_compared_inside() -> None:
    assert told({"values": ["a: 1\nb: 2\n"]}, {"values": ["a: 1\nb: 3\n"]}) == [(("values", 0, "b"), 2, 3)]
