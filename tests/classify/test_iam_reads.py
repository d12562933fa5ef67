"""A row of the catalog names what it reads: where all of that stays, one reading is that of both sides."""

import msgspec
import pytest

from bot.access import read_access
from bot.access.gather import TOUCHING, rows_for, stays
from bot.access.side import Side
from bot.catalog.iam import AccessRow
from bot.changes import list_changes
from bot.errors import BotError
from bot.plan import decode_plan
from tests.support.corpus import corpus_folder, list_corpus
from tests.support.plans import CATALOG


def reads(**fields: object) -> list[str] | None:
    row = {"types": ("a_b",), "form": "grant", "because": "Test.", "source": "test", **fields}
    found = msgspec.convert(row, AccessRow).reads
    return None if found is None else sorted(found)


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"principal": ("user {user}",), "role": ("{^role.name}",)}, ["", "role", "user"]),
        ({"resource": ("{@scope}",), "role": ("{role}",)}, None),
        ({"form": "manifest", "documents": ("manifest",)}, None),
        ({"each": "binding", "when": {"effect": ("allow",)}}, ["binding", "effect"]),
        ({"form": "aws_policy", "documents": ("inline_policy.policy", "policy")}, ["", "inline_policy", "policy"]),
        ({"principal": (r"{labels.a\.b}", "{members,}", r"{a\.b}")}, ["", "a.b", "labels", "members"]),
    ],
)
def test_what_a_row_reads(fields: dict[str, object], result: list[str] | None) -> None:
    assert reads(**fields) == result


def test_in_real_plans_both_sides_say_the_same_where_all_that_is_read_stays() -> None:
    compared = 0
    for entry in list_corpus():
        try:
            plan = list_changes(decode_plan((corpus_folder() / entry.file).read_bytes()))
        except BotError:
            continue
        for change in plan.changes:
            for row in rows_for(change, CATALOG.access) if change.kind in TOUCHING else ():
                if stays(change, row):
                    sides = [(change.before, False), (change.after, True)]
                    before, after = (
                        read_access(Side(change, values, late, {}, {}), row, CATALOG.access) for values, late in sides
                    )
                    assert before == after
                    compared += 1
    assert compared > 0
