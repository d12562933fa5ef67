"""Settings: strict, with the place of every mistake."""

from time import process_time

import msgspec
import pytest

from bot.config import Config, config_schema, decode_config, resolve_environment, show_config
from bot.errors import BadConfig
from bot.strict_yaml import decode_yaml

TIMESTAMP = "x.yml: line 1, column 4: could not determine a constructor for the tag 'tag:yaml.org,2002:timestamp'."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "x.yml: line 1, column 5: expected the node content, but found '<stream end>'."),
        ("version: 2", "x.yml: version: Invalid enum value 2."),
        (
            "environments: {prod: {two_peopl: true}}",
            "x.yml: environments[...]: Object contains unknown field `two_peopl`.",
        ),
        ("environments: {production: {}}", "x.yml: keys of environments: Invalid enum value 'production'."),
        ("version: 1\nversion: 1", "x.yml: line 1, column 1: the key 'version' is written twice."),
        ("rules: &a {}\nsecrets: *a", "x.yml: YAML aliases (*name) are not allowed."),
        ("[" * 400_000, "x.yml: nested deeper than 50 levels."),
        ("- " * 400_000, "x.yml: nested deeper than 50 levels."),
        ("a: " + "{b: " * 51, "x.yml: nested deeper than 50 levels."),
        ("rules: 3", "x.yml: rules: Expected `object`, got `int`."),
        ("just text", "x.yml: the top: Expected `object`, got `str`."),
        (
            "environments: {prod: {deletions: {declared: {stateful: maybe}}}}",
            "x.yml: environments[...].deletions.declared.stateful: Invalid enum value 'maybe'.",
        ),
        ("secrets: {names: [1]}", "x.yml: secrets.names[0]: Expected `str`, got `int`."),
        (
            "!!python/object:os.system x",
            "x.yml: line 1, column 1: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'.",
        ),
        (
            "!!set {a, b}",
            "x.yml: line 1, column 1: could not determine a constructor for the tag 'tag:yaml.org,2002:set'.",
        ),
        ("a: !!timestamp x", TIMESTAMP),
        ("a: !!bool x", "x.yml: this is not YAML."),
        ('a: "\\UFFFFFFFF"', "x.yml: this is not YAML."),
        ('a: "\\ud800"', "x.yml: this is not YAML."),
        ("a: " + "1:" * 300_000 + "1", "x.yml: line 1, column 4: a number of more than 100 digits."),
        ("a: 0x" + "f" * 300_000, "x.yml: line 1, column 4: a number of more than 100 digits."),
        ("a: 1.5" + "0" * 300_000, "x.yml: line 1, column 4: a number of more than 100 digits."),
        ("\x00", "x.yml: this is not YAML."),
    ],
)
def test_a_mistake_says_where_it_is(text: str, message: str) -> None:
    with pytest.raises(BadConfig) as caught:
        decode_config(text.encode(), "x.yml")
    assert caught.value.message == message
    assert caught.value.advice


def test_a_mapping_of_many_keys_is_read_in_proportion() -> None:
    """Each key was compared with all before it."""

    def seconds(number: int) -> float:
        text = "\n".join(f"k{i}:" for i in range(number)).encode()
        start = process_time()
        decode_yaml(text, "x.yml", "")
        return process_time() - start

    assert any(seconds(32_000) < 6 * seconds(8_000) for _ in range(3))


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}"])
def test_an_empty_file_is_no_settings(text: str) -> None:
    assert decode_config(text.encode(), "x.yml") == Config()


def test_a_patch_changes_one_cell_and_nothing_else() -> None:
    config = decode_config(b"environments: {prod: {deletions: {declared: {stateful: pass}}, two_people: false}}", "x")
    before, after = resolve_environment(Config(), "prod"), resolve_environment(config, "prod")
    assert (before.deletions.declared.stateful, after.deletions.declared.stateful) == ("hold", "pass")
    assert msgspec.structs.replace(after.deletions.declared, stateful="hold") == before.deletions.declared
    assert (before.two_people, after.two_people) == (True, False)
    assert after.deletions.explained == before.deletions.explained
    assert resolve_environment(config, "stage") == resolve_environment(Config(), "stage")


def test_what_is_shown_can_be_read_again() -> None:
    config = decode_config(b"environments: {dev: {destroy_everything: pass}}", "x")
    again = decode_config(show_config(config).encode(), "x")
    assert resolve_environment(again, "dev") == resolve_environment(config, "dev")
    assert resolve_environment(again, "prod") == resolve_environment(config, "prod")


def test_the_schema_refuses_unknown_keys() -> None:
    assert config_schema()["$defs"]["Config"]["additionalProperties"] is False


def test_a_large_file_is_refused() -> None:
    with pytest.raises(BadConfig, match="larger than 1000000 bytes"):
        decode_config(b"#" * 1_000_001, "x.yml")
