"""Plans for Terraform to make: what is applied first, what is planned then, with which options.

``terraform_data`` is built into Terraform, so these need no provider and no cloud.
"""

from collections.abc import Mapping

from msgspec import Struct


class Case(Struct, frozen=True, kw_only=True):
    """``before`` is applied (nothing where it is empty), then ``after`` is planned with ``options``."""

    name: str
    before: str = ""
    after: str
    options: tuple[str, ...] = ()
    errored: bool = False
    apply_fails: bool = False  # the first apply has to fail half-way
    env: Mapping[str, str] = {}


def _data(name: str, value: str, more: str = "") -> str:
    return f'resource "terraform_data" "{name}" {{\n  input = "{value}"\n  {more}\n}}\n'


_TRIGGER_1, _TRIGGER_2 = 'triggers_replace = ["1"]', 'triggers_replace = ["2"]'
_CREATE_FIRST = "lifecycle {\n    create_before_destroy = true\n  }"

CASES = (
    Case(
        name="every-kind",
        before=_data("stays", "a")
        + _data("updated", "old")
        + _data("replaced", "a", _TRIGGER_1)
        + _data("replaced_first", "a", f"{_TRIGGER_1}\n  {_CREATE_FIRST}")
        + _data("deleted", "a")
        + _data("forgotten", "a")
        + _data("moved_from", "a"),
        after=_data("stays", "a")
        + _data("updated", "new")
        + _data("replaced", "a", _TRIGGER_2)
        + _data("replaced_first", "a", f"{_TRIGGER_2}\n  {_CREATE_FIRST}")
        + _data("created", "a")
        + _data("moved_to", "a")
        + "moved {\n  from = terraform_data.moved_from\n  to   = terraform_data.moved_to\n}\n"
        + "removed {\n  from = terraform_data.forgotten\n  lifecycle {\n    destroy = false\n  }\n}\n"
        + 'import {\n  to = terraform_data.imported\n  id = "some-id"\n}\n'
        + 'resource "terraform_data" "imported" {}\n',
    ),
    Case(name="first-plan", after=_data("one", "a") + _data("two", "b")),
    Case(name="no-changes", before=_data("one", "a"), after=_data("one", "a")),
    Case(
        name="destroy-everything",
        before=_data("one", "a") + _data("two", "b"),
        after=_data("one", "a") + _data("two", "b"),
        options=("-destroy",),
    ),
    Case(
        name="targeted",
        before=_data("one", "a") + _data("two", "b"),
        after=_data("one", "c") + _data("two", "d"),
        options=("-target=terraform_data.one",),
    ),
    Case(
        name="outputs-only",
        before=_data("one", "a") + 'output "gone" {\n  value = 1\n}\noutput "kept" {\n  value = "old"\n}\n',
        after=_data("one", "a") + 'output "kept" {\n  value = "new"\n}\noutput "come" {\n  value = [1, 2]\n}\n',
    ),
    Case(
        name="count-shift",
        before='resource "terraform_data" "node" {\n  count = 3\n  input = ["red", "green", "blue"][count.index]\n}\n',
        after='resource "terraform_data" "node" {\n  count = 2\n  input = ["green", "blue"][count.index]\n}\n',
    ),
    Case(
        name="exotic-keys",
        before='locals {\n  keys = ["a.b", "q\\"uote", "br]ack", "", "`tick`", "|", "<!--", "new\\nline"]\n}\n'
        'resource "terraform_data" "each" {\n  for_each = toset(local.keys)\n  input = each.key\n}\n',
        after='locals {\n  keys = ["a.b", "@octocat", "#1", "ü"]\n}\n'
        'resource "terraform_data" "each" {\n  for_each = toset(local.keys)\n  input = each.key\n}\n',
    ),
    Case(
        name="sensitive-copy",
        before='variable "secret" {\n  type      = string\n  sensitive = true\n}\n' + _data("holder", "${var.secret}"),
        after='variable "secret" {\n  type      = string\n  sensitive = true\n}\n'
        + _data("holder", "${var.secret}", "triggers_replace = 1")
        + 'resource "terraform_data" "copy" {\n  input = terraform_data.holder.output\n}\n',
        env={"TF_VAR_secret": "planted-value-not-a-secret"},
    ),
    Case(
        name="errored",
        before=_data("one", "a"),
        after=_data("one", "b")
        + _data(
            "bad",
            "a",
            'lifecycle {\n    precondition {\n      condition     = terraform_data.one.input == "z"\n'
            '      error_message = "Wrong input."\n    }\n  }',
        ),
        errored=True,
    ),
    Case(
        name="check-fails",
        after=_data("one", "a") + 'check "value" {\n  assert {\n    condition     = terraform_data.one.input == "z"\n'
        '    error_message = "The value is not z."\n  }\n}\n',
    ),
    Case(
        name="replace-asked-for",
        before=_data("one", "a"),
        after=_data("one", "a"),
        options=("-replace=terraform_data.one",),
    ),
    Case(
        name="deposed",
        before=_data("one", "a", f"{_TRIGGER_1}\n  {_CREATE_FIRST}"),
        after=_data(
            "one",
            "a",
            f'{_TRIGGER_2}\n  {_CREATE_FIRST}\n  provisioner "local-exec" {{\n    command = "exit 1"\n  }}',
        ),
        apply_fails=True,
    ),
)
