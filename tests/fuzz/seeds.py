"""Where the fuzzing of a target begins: known trouble, and small real documents."""

import json
from functools import cache

from bot.marker import Marker, write_marker
from bot.record import Record, encode_record
from tests.fuzz.mutation import TEXTS, damage, sources
from tests.support.plans import run

SMALL = 6_000  # bytes
POLICY_WORDS = ("Statement", "bindings", "path ")
SETTINGS = b"version: 1\nenvironments:\n  prod:\n    two_people: {state: hold}\nsecrets:\n  patterns: ['a+']\n"


@cache
def seeds_of(target: str) -> tuple[bytes, ...]:
    texts = tuple(text.encode("utf-8", "surrogatepass") for text in TEXTS)
    plans = tuple(data for _, data in sources() if len(data) <= SMALL)[:40]
    more = {
        "decode": (*plans, *(damage(seed).data for seed in range(40))),
        "record": tuple(_record_of(data) for data in plans[:10]),
        "mask": (
            json.dumps([{"a": [1, {"b": "x"}]}, {"a": [False, {"b": True}]}, {"a": True}, {"c": True}]).encode(),
            json.dumps([[1, 2], [True], [False, [True]], [False, False, True]]).encode(),
        ),
        "iam": tuple(_policies()),
        "markdown": (b"a\n```\n", b"`|`\\", b"@a #1 <b> &amp; $x$"),
        "marker": (write_marker(Marker(key="prod", run_id="5", attempt=1, plan="sha256:0")).encode(),),
        "inside": (b'{"a": 1}\0{"a": 2}', b"a: 1\nb: [x]\n\0a: 2\nb: [y]\n"),
        "config": (SETTINGS,),
    }
    return (*texts, *more[target])


def _record_of(data: bytes) -> bytes:
    return encode_record(Record(tool="0.0.0", stack=run(data).facts.stacks[0]))


def _policies() -> list[bytes]:
    """Texts of policies that stand in real plans."""
    found: dict[str, None] = {}
    for _, data in sources():
        stack = [json.loads(data)]
        while stack:
            node = stack.pop()
            stack += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
            if isinstance(node, str) and len(node) < SMALL and any(word in node for word in POLICY_WORDS):
                found[node] = None
    return [text.encode("utf-8", "surrogatepass") for text in found][:60]
