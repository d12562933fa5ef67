"""Real plans, damaged: a seed gives a document, always the same one.

What is damaged: types swapped, keys dropped, doubled and renamed, masks reshaped and lengthened, texts hostile and
endless, numbers huge, values nested, rows doubled.  A secret is planted after the damage, in a row of its own whose marks are intact, and copied to
where texts of the plan stood; ``secret`` is "" where the damage leaves no place for such a row.
"""

import base64
import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from tests.support.corpus import corpus_folder, list_corpus
from tests.support.make_plans import PLANS
from tests.support.plans import row

LARGEST = 60_000  # bytes of a plan that is damaged: many small ones find more in the same time
MOST_DAMAGES = 6
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{after}: &{after} [{', '.join(['*' + before] * 9)}]" for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)
# What is written into the JSON as it stands: no Python value is written like that.
NUMBERS = [
    "1e400",
    "-1e400",
    "1e-400",
    "1E+999999999",
    "1e-999999999",
    "-0",
    "-0.0",
    "1.0",
    "1" * 400,
    "9" * 4000,
    "9" * 5000,
]
NUMBERS += [
    "1" + "0" * 30 + ".5",
    "0." + "1" * 2000,
    "18446744073709551616",
    "1e99999999999999999999",
    "0e99999999999999999999",
    "-9223372036854775809",
    "1e22",
]
TEXTS = [
    "",
    " ",
    "\0",
    "\ud800",
    "\udc00x\ud800",
    "\u202egnp.exe",
    "\u2028\u2029\x85\x0b",
    "\ufeff",
    "a\r\nb\rc\n",
    "-->",
    "<!-- plan-review:v1 e30 -->",
    "</code></summary></details><script>alert(1)</script>",
    "```\n````\n" + "`" * 300,
    "|" * 50 + "\\" * 50,
    "@org/team #1 GH-1 $x^2$ :tada: www.example.com https://x.example",
    "::error::text\n::add-mask::x",
    "(sensitive value)",
    "(known after apply)",
    "…",
    "[" * 5000,
    '{"a":' * 300 + "1" + "}" * 300,
    '{"a":1,"a":2}',
    '{"a":1e999999999}',
    '[1e999999999, {"x": 1E-999999999}]',
    "[" + "9" * 5000 + "]",
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["iam:*",7],"Resource":null}]}',
    '{"Statement":[{"Effect":"Allow","Principal":{"AWS":[{}]},"Action":{},"Condition":[1]}]}',
    '{"bindings":[{"role":"roles/owner","members":["allUsers",null]}]}',
    'path "secret/*" { capabilities = ["sudo", "read"] }',
    'path "' + "\\" * 3000,
    BOMB,
    "a: 1\nb: !!python/object/apply:os.system [x]\n",
    "a: 2001-99-99\nb: 1:2:3\nc: .inf\n<<: *a\n",
    "? [a, b]\n: c\nd: {e: f}\n",
    "line\n" * 300,
    "A" * 20_000,
    "é" * 3000,
    "QUJD" * 500,
    base64.b64encode(b"\xff\xfe" * 40).decode(),
    'module.x["a.b[\\"c\\"]"].aws_s3_bucket.y[0]',
    'aws_s3_bucket.x["' + "\\" * 99,
    "%s %(x)s {x} {{x}} {% x %} ${x} $${x}",
    "0",
    "NaN",
    "9" * 400,
    "2026-13-45T99:99:99Z",
]
FLOODS = [
    "`",
    "|",
    "<details>",
    "\n",
    "\u202e",
    "\0",
    "ab",
    "sk-",
    "=eyJ",
    "[0]",
    "module.m.",
    '["',
    "a: ",
    "\\",
    "key=",
]
OTHERS: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    [],
    {},
    [None],
    [[]],
    {"": None},
    {"a": {}},
    [{}],
    ["x"],
    {"0": [0]},
]
MASKS: list[Any] = [
    True,
    False,
    None,
    {},
    [],
    [True],
    [False, True],
    [{}],
    {"": True},
    "true",
    1,
    {"x": "true"},
    [[True]],
]
ACTIONS: list[Any] = [
    [],
    ["delete"],
    ["forget"],
    ["delete", "create"],
    ["create", "delete"],
    ["create", "forget"],
    ["no-op"],
    ["read"],
    ["update", "delete"],
    ["implode"],
    ["delete", "delete"],
    [""],
]
MARK = "\x01"  # begins what is written into the JSON as it stands
Place = tuple[Any, Any]


class Damaged(Struct, frozen=True):
    """A document, what it was made of, and a secret that nothing written of it may hold."""

    data: bytes
    origin: str
    secret: str


@cache
def sources() -> tuple[tuple[str, bytes], ...]:
    """Name and bytes of every plan that is damaged, always in one order."""
    named = [(entry.file, corpus_folder() / entry.file) for entry in list_corpus() if "wrong-input" not in entry.file]
    own = [(path.name, path) for path in sorted(PLANS.glob("*.json"))]
    found = [(name, path.read_bytes()) for name, path in (*own, *named) if path.stat().st_size <= LARGEST]
    return tuple((name, data) for name, data in found if _is_plan(data))


def damage(seed: int) -> Damaged:
    """The document of a seed."""
    dice = random.Random(seed)
    origin, data = dice.choice(sources())
    document = json.loads(data)
    secret = f"s3-{dice.getrandbits(80):020x}-Z"
    if dice.random() < 0.7:
        copy_secret(document, secret, dice)
    for _ in range(dice.randint(1, MOST_DAMAGES)):
        dice.choice(DAMAGES)(document, dice)
    unname(document, secret)
    planted = plant(document, secret, dice)
    return Damaged(write(document), origin, secret if planted else "")


def places(node: Any) -> list[Place]:
    """Every (container, key) of a document."""
    found: list[Place] = []
    stack = [node]
    while stack:
        container = stack.pop()
        for key in container.keys() if isinstance(container, dict) else range(len(container)):
            found.append((container, key))
            if isinstance(container[key], dict | list):
                stack.append(container[key])
    return found


def write(document: Any) -> bytes:
    """JSON, with doubled keys and numbers as they stand."""
    text = json.dumps(document)
    text = re.sub(r'"\\u0001number:([^"]*)"', r"\1", text)
    return re.sub(r'"\\u0001again:[0-9]+:', '"', text).encode()


def plant(document: Any, secret: str, dice: random.Random) -> bool:
    """Add a row that marks the secret as Terraform does.  False where there is not one list of rows any more."""
    rows = document.get("resource_changes") if isinstance(document, dict) else None
    if not isinstance(rows, list) or any(re.fullmatch(f"{MARK}again:[0-9]+:resource_changes", key) for key in document):
        return False  # or the list is written twice: then the first one is not the plan's
    value = {"p": secret, "copy": f"x {secret}", "json": json.dumps({"a": [secret]}), "plain": "x"}
    marks = dice.choice([True, {"p": True}, {"p": True, "x": [{}]}])
    rows.insert(
        dice.randint(0, len(rows)),
        row("a_b.planted", dice.choice(ACTIONS[1:8]), value, {**value, "plain": "y"}, before_sensitive=marks),
    )
    return True


def unname(document: Any, secret: str) -> None:
    """Damage may bring the secret into an address or a type; names are no secrets, whatever they are."""
    for name in ("resource_changes", "resource_drift"):
        rows = document.get(name) if isinstance(document, dict) else None
        for one in rows if isinstance(rows, list) else ():
            for key in (
                [key for key in one if secret in str(one[key]) and key != "change"] if isinstance(one, dict) else ()
            ):
                one[key] = "a_b.c"


def copy_secret(document: Any, secret: str, dice: random.Random) -> None:
    """To where a text of a value stands, as it is or in a form in which plans carry it."""
    texts = [(at, key) for at, key in _values(document) if isinstance(at[key], str)]
    forms = (
        secret,
        f"before {secret} after",
        json.dumps({"x": [secret]}),
        base64.b64encode(f"login {secret} now".encode()).decode(),
        quote(f"{secret}&x", safe=""),
        f"a: 1\nb: {secret}\n",
    )
    for container, key in dice.sample(texts, min(len(texts), 3)):
        container[key] = dice.choice(forms)


def _values(document: Any) -> Iterator[Place]:
    """Places inside the values of rows: there, and not in a type or a name, is what Terraform calls data."""
    for change in _changes(document):
        for side in ("before", "after"):
            if isinstance(change.get(side), dict):
                yield from places(change[side])


def _changes(document: Any) -> Iterator[dict[str, Any]]:
    for name in ("resource_changes", "resource_drift"):
        rows = document.get(name) if isinstance(document, dict) else None
        for one in rows if isinstance(rows, list) else ():
            if isinstance(one, dict) and isinstance(one.get("change"), dict):
                yield one["change"]


def _swap(document: Any, dice: random.Random) -> None:
    found = places(document)
    if len(found) > 1:
        (here, key), (there, other) = dice.sample(found, 2)
        here[key] = copy.deepcopy(there[other])  # a copy: a value must not come to hold itself


def _drop(document: Any, dice: random.Random) -> None:
    if found := places(document):
        container, key = dice.choice(found)
        del container[key]


def _replace(document: Any, dice: random.Random) -> None:
    if found := places(document):
        container, key = dice.choice(found)
        container[key] = copy.deepcopy(dice.choice(OTHERS))


def _text(document: Any, dice: random.Random) -> None:
    if found := [(at, key) for at, key in places(document) if isinstance(at[key], str)]:
        container, key = dice.choice(found)
        container[key] = dice.choice(TEXTS)


def _text_in_values(document: Any, dice: random.Random) -> None:
    """On both sides at once, differing a little, so that the two texts are opened and compared."""
    changes = [one for one in _changes(document) if isinstance(one.get("after"), dict) and one["after"]]
    if changes:
        change = dice.choice(changes)
        key, text = dice.choice([*change["after"]]), dice.choice(TEXTS)
        change["actions"] = ["update"]
        change["after"][key] = text
        change["before"] = {**change["after"], key: dice.choice([text + "\n", dice.choice(TEXTS), text[:-1]])}


def _number(document: Any, dice: random.Random) -> None:
    found = [(at, key) for at, key in _values(document) if not isinstance(at[key], dict | list)] or places(document)
    if found:
        container, key = dice.choice(found)
        container[key] = f"{MARK}number:{dice.choice(NUMBERS)}"


def _mask(document: Any, dice: random.Random) -> None:
    if changes := [*_changes(document)]:
        change = dice.choice(changes)
        name = dice.choice(["before_sensitive", "after_sensitive", "after_unknown", "replace_paths"])
        inner = (
            [(at, key) for at, key in places(change.get(name)) if dice.random() < 0.5] if _is_tree(change, name) else []
        )
        container, key = dice.choice(inner) if inner else (change, name)
        container[key] = copy.deepcopy(dice.choice(MASKS))


def _nest(document: Any, dice: random.Random) -> None:
    if found := places(document):
        container, key = dice.choice(found)
        for _ in range(dice.choice([1, 2, 20, 90, 150, 210, 400])):
            container[key] = [container[key]] if dice.random() < 0.5 else {"x": container[key]}


def _double_key(document: Any, dice: random.Random) -> None:
    if found := [(at, key) for at, key in places(document) if isinstance(at, dict)]:
        container, key = dice.choice(found)
        container[f"{MARK}again:{dice.randrange(10**6)}:{key}"] = copy.deepcopy(dice.choice([container[key], *OTHERS]))


def _rename_key(document: Any, dice: random.Random) -> None:
    if found := [(at, key) for at, key in places(document) if isinstance(at, dict)]:
        container, key = dice.choice(found)
        others = {other for at, other in found if at is not container}
        container[dice.choice([*TEXTS, *sorted(others)])] = container.pop(key)


def _double_row(document: Any, dice: random.Random) -> None:
    lists = [at[key] for at, key in places(document) if isinstance(at[key], list) and at[key]]
    if lists:
        items = dice.choice(lists)
        items += copy.deepcopy(dice.choices(items, k=dice.choice([1, 1, 2, 50])))


def _act(document: Any, dice: random.Random) -> None:
    if changes := [*_changes(document)]:
        dice.choice(changes)["actions"] = copy.deepcopy(dice.choice(ACTIONS))


def _flood(document: Any, dice: random.Random) -> None:
    """A text anywhere, of one piece again and again: what nothing cuts grows beyond what GitHub takes."""
    if found := [(at, key) for at, key in places(document) if isinstance(at[key], str)]:
        container, key = dice.choice(found)
        container[key] = dice.choice(FLOODS) * dice.choice([2_000, 30_000])


def _lengthen_mask(document: Any, dice: random.Random) -> None:
    """Marks for what is not there: more of them, or deeper, than there are values."""
    if changes := [*_changes(document)]:
        change = dice.choice(changes)
        name = dice.choice(["before_sensitive", "after_sensitive", "after_unknown"])
        value = change.get(name.partition("_")[0])
        value = value if isinstance(value, dict) else {"x": 1}
        deep: Any = True
        for _ in range(dice.choice([1, 3, 40])):
            deep = {"x": deep, "0": [deep]} if dice.random() < 0.1 else [deep] if dice.random() < 0.5 else {"x": deep}
        change[name] = {key: dice.choice([deep, [True] * 50, {"": {}}]) for key in value}


def _shuffle(document: Any, dice: random.Random) -> None:
    lists = [at[key] for at, key in places(document) if isinstance(at[key], list)]
    if lists:
        dice.shuffle(dice.choice(lists))


DAMAGES: tuple[Callable[[Any, random.Random], None], ...] = (
    _swap,
    _drop,
    _replace,
    _text,
    _text_in_values,
    _text_in_values,
    _number,
    _mask,
    _mask,
    _nest,
    _double_key,
    _rename_key,
    _double_row,
    _flood,
    _lengthen_mask,
    _act,
    _act,
    _shuffle,
)


def _is_tree(change: dict[str, Any], name: str) -> bool:
    return isinstance(change.get(name), dict | list)


def _is_plan(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict)
    except ValueError:
        return False
