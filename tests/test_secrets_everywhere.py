"""A secret is planted in every place a plan can hold one; nothing that is ever written may hold it.

The secrets are made at run time.  They are looked for as they are, and as JSON, HTML, URL and base64 write them.
"""

import base64
import html
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import __version__
from bot.config import Config, SecretsConfig
from bot.export import export_report
from bot.mask import HIDDEN
from bot.page import render_page
from bot.record import Record, encode_record
from bot.render import render_status
from bot.review import Review
from bot.terminal import format_terminal
from tests.support.page import data_of
from tests.support.plans import TEMPLATES, plan, row, run

# Printable, long enough to be a secret, and no plain word: those are hidden in place, but not looked for elsewhere.
SECRETS = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=40).map(
    lambda text: f"s3{text}Z"
)
Place = Callable[[str], bytes]


def written(made: Review) -> str:
    """Everything that leaves the program, in one text."""
    record = Record(tool=__version__, stack=made.facts.stacks[0])
    texts = (
        made.publication.comment,
        made.publication.summary,
        made.publication.checklist,
        render_status(made.report, TEMPLATES),
        page := render_page(made.report, TEMPLATES),
        json.dumps(data_of(page), ensure_ascii=False),  # as its script sees it
        export_report(made.facts).decode(),
        encode_record(record).decode(),
        format_terminal(made.report, colour=True),
    )
    return "\n".join(texts)


def forms(secret: str) -> set[str]:
    """How the secret may be written down."""
    once = json.dumps(secret)[1:-1]
    return {secret, once, json.dumps(once)[1:-1], html.escape(secret), html.escape(once), quote(secret, safe="")}


def leaks(document: bytes, secret: str) -> set[str]:
    """Forms of the secret in anything written, base64 in it opened twice."""
    texts = [written(run(document))]
    texts.append(_opened(texts[0]))
    texts.append(_opened(texts[1]))
    return {form for form in forms(secret) if any(form in text for text in texts)}


def _opened(text: str) -> str:
    runs = (run[0] for run in re.finditer(r"[A-Za-z0-9+/]{8,}", text))
    return "\n".join(
        base64.b64decode(run + "=" * (-len(run) % 4)).decode("latin1") for run in runs if len(run) % 4 != 1
    )


# --- where Terraform says that it is secret ------------------------------------------------------------------------


def marked(secret: str, **elsewhere: Any) -> dict[str, Any]:
    """A row whose attribute ``p`` is marked; ``elsewhere`` are more attributes, unmarked."""
    return row("a_b.c", ["update"], {"p": "old"}, {"p": secret, **elsewhere}, after_sensitive={"p": True})


def nested(secret: str) -> bytes:
    value = {"user": [{"name": "a", "settings": {"inner": secret}}]}
    return plan(row("a_b.c", ["create"], None, value, after_sensitive={"user": [{"settings": {"inner": True}}]}))


def before_only(secret: str) -> bytes:
    return plan(row("a_b.c", ["update"], {"p": secret}, {"p": secret}, before_sensitive={"p": True}))


def ill_fitting(secret: str) -> bytes:
    return plan(row("a_b.c", ["create"], None, {"p": secret}, after_sensitive={"p": [True, {"x": True}]}))


def deleted(secret: str) -> bytes:
    return plan(row("aws_db_instance.c", ["delete"], {"name": secret, "id": secret}, before_sensitive={"name": True}))


def drifted(secret: str) -> bytes:
    drift = row("a_b.d", ["update"], {"p": "x"}, {"p": secret}, before_sensitive={"p": True})
    return plan(row("a_b.c", ["create"], None, {"copy": secret}), resource_drift=[drift])


def deferred(secret: str) -> bytes:
    inner = row("a_b.d", ["create"], None, {"p": secret}, after_sensitive={"p": True})
    return plan(deferred_changes=[{"reason": "unknown", "resource_change": inner}])


def output(secret: str) -> bytes:
    change = {
        "actions": ["update"],
        "before": secret,
        "after": secret + "2",
        "before_sensitive": True,
        "after_sensitive": True,
    }
    return plan(output_changes={"o": change})


def action(secret: str) -> bytes:
    invocation = {
        "address": "action.a_b.c",
        "type": "a_b",
        "name": "c",
        "config_values": {"p": secret, "plain": f"x {secret} y"},
        "config_sensitive": {"p": True},
        "invoke_action_trigger": {},
    }
    return plan(action_invocations=[invocation])


# --- copies of it elsewhere ----------------------------------------------------------------------------------------


def in_an_attribute(secret: str) -> bytes:
    return plan(marked(secret, output=secret, text=f"prefix {secret} suffix"))


def in_json_text(secret: str) -> bytes:
    return plan(marked(secret, policy=json.dumps({"Statement": [{"Value": secret}]})))


def in_base64(secret: str) -> bytes:
    return plan(marked(secret, user_data=base64.b64encode(f"#!/bin/sh\nlogin {secret}\n".encode()).decode()))


def in_base64_twice(secret: str) -> bytes:
    once = base64.b64encode(f"login {secret} now".encode())
    return plan(marked(secret, user_data=base64.b64encode(b"x: " + once + b"\n").decode()))


def in_a_url(secret: str) -> bytes:
    return plan(marked(secret, endpoint=f"https://host.example/?x={quote(secret, safe='')}&y=1"))


def in_a_map_key(secret: str) -> bytes:
    return plan(marked(secret, labels={secret: "on"}))


def in_an_address(secret: str) -> bytes:
    key = secret.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")
    return plan(marked(secret), row(f'a_b.d["{key}"]', ["delete"], {}), row(f'a_b.e["{key}"]', ["no-op"], {}, {}))


def in_an_import(secret: str) -> bytes:
    imported = row("a_b.d", ["no-op"], {}, {}, change={"importing": {"id": secret}})
    generated = row(
        "a_b.e", ["update"], {}, {"x": 1}, change={"importing": {"id": "x"}, "generated_config": f'p = "{secret}"'}
    )
    return plan(marked(secret), imported, generated)


def in_a_check(secret: str) -> bytes:
    instance = {"address": {"to_display": "check.c"}, "status": "fail", "problems": [{"message": f"Got {secret}."}]}
    check = {"address": {"kind": "check", "to_display": "check.c"}, "status": "fail", "instances": [instance]}
    return plan(marked(secret), checks=[check])


def in_words_that_terraform_chooses(secret: str) -> bytes:
    strange = row("a_b.d", [secret], {}, {}, action_reason=secret)
    check = {"address": {"kind": secret, "to_display": "check.c"}, "status": secret, "instances": []}
    trigger = {"triggering_resource_address": "a_b.c", "action_trigger_event": secret}
    invoked = {"address": "action.a_b.c", "lifecycle_action_trigger": trigger}
    return plan(marked(secret), strange, checks=[check], action_invocations=[invoked])


def of_a_variable(secret: str) -> bytes:
    configuration = {"root_module": {"variables": {"v": {"sensitive": True}}}}
    return plan(
        row("a_b.c", ["create"], None, {"x": secret}), variables={"v": {"value": secret}}, configuration=configuration
    )


def of_a_data_source(secret: str) -> bytes:
    resource = {"address": "data.a_b.d", "values": {"s": secret}, "sensitive_values": {"s": True}}
    state = {"format_version": "1.0", "values": {"root_module": {"resources": [resource]}}}
    return plan(row("a_b.c", ["create"], None, {"x": secret}), prior_state=state)


def of_a_data_source_in_a_module(secret: str) -> bytes:
    resource = {"address": "module.m.module.n.data.a_b.d", "values": {"s": [secret]}, "sensitive_values": {"s": True}}
    inner = {"resources": [resource], "address": "module.m.module.n"}
    state = {"values": {"root_module": {"child_modules": [{"child_modules": [inner], "address": "module.m"}]}}}
    return plan(row("a_b.c", ["create"], None, {"x": secret}), prior_state=state)


def of_a_data_source_beside_a_module_of_another_shape(secret: str) -> bytes:
    resource = {"address": "module.m.data.a_b.d", "values": {"s": secret}, "sensitive_values": {"s": True}}
    modules = [{"resources": 7}, {"resources": [resource]}, {"child_modules": [None]}, "m"]
    state = {"values": {"root_module": {"child_modules": [{"child_modules": modules}]}}}
    return plan(row("a_b.c", ["create"], None, {"x": secret}), prior_state=state)


def of_a_data_source_beside_one_of_another_shape(secret: str) -> bytes:
    resource = {"address": "data.a_b.d", "values": {"s": secret}, "sensitive_values": {"s": True}}
    state = {"values": {"root_module": {"resources": [7, None, resource]}}}
    return plan(row("a_b.c", ["create"], None, {"x": secret}), prior_state=state)


def of_an_output_beside_one_of_another_shape(secret: str) -> bytes:
    outputs = {"n": 7, "o": {"sensitive": True, "value": secret}, "p": {"sensitive": "yes"}}
    return plan(row("a_b.c", ["create"], None, {"x": secret}), prior_state={"values": {"outputs": outputs}})


def of_an_output_of_the_state(secret: str) -> bytes:
    state = {"values": {"outputs": {"o": {"sensitive": True, "value": secret}}}}
    return plan(row("a_b.c", ["create"], None, {"x": secret}), prior_state=state)


def of_a_write_only_argument(secret: str) -> bytes:
    resource = {"address": "a_b.c", "expressions": {"value_wo": {"constant_value": secret}}}
    return plan(row("a_b.c", ["create"], None, {"x": secret}), configuration={"root_module": {"resources": [resource]}})


def of_a_provider(secret: str) -> bytes:
    provider = {"aws": {"name": "aws", "expressions": {"secret_key": {"constant_value": secret}}}}
    return plan(row("a_b.c", ["create"], None, {"x": secret}), configuration={"provider_config": provider})


def of_an_unchanged_row(secret: str) -> bytes:
    same = row(
        "a_b.d", ["no-op"], {"p": secret}, {"p": secret}, before_sensitive={"p": True}, after_sensitive={"p": True}
    )
    return plan(same, row("a_b.c", ["create"], None, {"x": f"--{secret}--"}))


# --- nobody marked it, but its name says so ------------------------------------------------------------------------


def by_name(secret: str) -> bytes:
    return plan(
        row("a_b.c", ["update"], {"db_password": "x"}, {"db_password": secret, "nested": [{"api_key": secret}]})
    )


def by_environment(secret: str) -> bytes:
    variables = [{"name": "DB_PASSWORD", "value": secret}]
    lambda_like = {"environment": [{"variables": {"API_TOKEN": secret}}]}
    return plan(row("a_b.c", ["create"], None, {"env": variables, **lambda_like}))


def without_masks(secret: str) -> bytes:
    old = row("a_b.c", ["update"], {"anything": "x"}, {"anything": secret})
    del old["change"]["before_sensitive"], old["change"]["after_sensitive"]
    return plan(old)


PLACES: tuple[Place, ...] = (
    nested,
    before_only,
    ill_fitting,
    deleted,
    drifted,
    deferred,
    output,
    action,
    in_an_attribute,
    in_json_text,
    in_base64,
    in_base64_twice,
    in_a_url,
    in_a_map_key,
    in_an_address,
    in_an_import,
    in_a_check,
    in_words_that_terraform_chooses,
    of_a_variable,
    of_a_data_source,
    of_a_data_source_in_a_module,
    of_a_data_source_beside_a_module_of_another_shape,
    of_a_data_source_beside_one_of_another_shape,
    of_an_output_beside_one_of_another_shape,
    of_an_output_of_the_state,
    of_a_write_only_argument,
    of_a_provider,
    of_an_unchanged_row,
    by_name,
    by_environment,
    without_masks,
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@settings(max_examples=25)
@given(secret=SECRETS)
def test_no_secret_survives(place: Place, secret: str) -> None:
    assert leaks(place(secret), secret) == set()


def test_a_secret_that_quotes_our_placeholder_is_hidden_too() -> None:
    """Found by the property above: such a value passed for one that was hidden already."""
    secret = f"s3{HIDDEN}Z"
    assert leaks(by_name(secret), secret) == set()


# Shapes that tokens have, put together here so that no scanner finds them in this file.
TOKENS = {
    "github": "ghp" + "_" + "a1B2" * 9,
    "github fine-grained": "github" + "_pat_" + "11ABCDEFG0" * 4,
    "gitlab": "glpat" + "-" + "a1B2c3D4e5F6g7H8i9J0",
    "aws key id": "AKIA" + "ABCDEFGHIJKLMNOP",
    "slack": "xox" + "b-1234567890-abcdefghijkl",
    "stripe": "sk" + "_live_" + "a1b2c3d4e5f6g7h8i9j0k1l2",
    "google": "AIza" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R",
    "jwt": "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0" + ".c2lnbmF0dXJl",
    "vault": "hvs." + "a1B2c3D4e5F6g7H8i9J0k1L2",
    "private key": "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIEabc\nDEF123\n-----END " + "RSA PRIVATE KEY-----",
    "npm": "npm" + "_" + "a1B2" * 9,
}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_is_known_by_its_shape_anywhere(kind: str) -> None:
    token = TOKENS[kind]
    value = {
        "note": token,
        "text": f"curl -H 'X: {token}' host",
        "tags": {token: "x"},
        "json": json.dumps({"a": token}),
    }
    assert leaks(plan(row("a_b.c", ["create"], None, value)), token) == set()


@pytest.mark.parametrize(
    "text",
    [
        "postgres://app:{}@db.example:5432/app",
        "Server=db;User Id=sa;Password={};",
        "DB_PASSWORD={}\nOTHER=1",
        "export API_TOKEN='{}'",
        "psql --password {} -h db",
        "Authorization: Bearer {}",
        '{{"auth": {{"client_secret": "{}"}}}}',
        "password: {}",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=x",
    ],
)
def test_a_secret_is_known_by_what_stands_before_it(text: str) -> None:
    secret = "Tr0ub4dor" + "And3Horses"
    document = plan(row("a_b.c", ["update"], {"x": "old"}, {"x": text.format(secret), "y": {"z": text.format(secret)}}))
    assert leaks(document, secret) == set()


def test_the_users_own_names_patterns_and_exceptions() -> None:
    own = SecretsConfig(names=("*_pin",), patterns=(r"acme-[0-9a-f]{8}",), allow=("password_text",))
    value = {"card_pin": "4711-0815", "note": "see acme-0123abcd!", "password_text": "Choose a good one"}
    made = run(plan(row("a_b.c", ["create"], None, value)), config=Config(secrets=own))
    attributes = made.facts.stacks[0].plan.changes[0].attributes
    assert [(a.path[0], a.after, a.secret) for a in attributes] == [
        ("card_pin", None, True),
        ("note", f"see {HIDDEN}!", False),
        ("password_text", "Choose a good one", False),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arn", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-a1b2c3"),
        ("password_length", "24"),
        ("secret_id", "projects/p/secrets/db-password"),
        ("kms_key_id", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("source_code_hash", "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="),
        ("etag", "d41d8cd98f00b204e9800998ecf8427e"),
        ("image", "repo.example/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("commit", "4f7a9c21e0d35b8862f4a1c7d90be3f5126a8d07"),
        ("public_key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGd0 somebody"),
        ("token_url", "https://auth.example/oauth/token"),
        ("secret_name", "db-password"),
        ("user_id", "AIDAABCDEFGHIJKLMNOPQ"),
    ],
)
def test_what_only_looks_secret_is_shown(name: str, value: str) -> None:
    made = run(plan(row("a_b.c", ["update"], {name: "old"}, {name: value})))
    assert [attribute.after for attribute in made.facts.stacks[0].plan.changes[0].attributes] == [value]
