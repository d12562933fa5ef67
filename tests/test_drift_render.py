"""The text of a drift issue: whole, within its budget, exact in what it leaves out, and safe with any text."""

import json
import re
from typing import Any

import pytest
from msgspec import structs

from bot.config import Config, SecretsConfig, decode_config
from bot.drift import Drift, find_drift
from bot.drift_issue import DriftMarker, Seen, list_loud, read_drift_marker, write_drift_marker
from bot.drift_render import BUDGET, write_issue
from bot.drift_text import export_drift, format_drift, format_drift_markdown
from bot.report import Origin
from bot.review import build_stacks
from tests.support.html import parse
from tests.support.plans import CATALOG, TEMPLATES, plan, row

STAYS = row("a_b.stays", ["no-op"], {}, {})
NOW = "2026-11-25T01:17:00Z"
URL = "https://github.com/o/r/actions/runs/9/attempts/1"
ORIGIN = Origin(version="0.0.0", now=NOW, commit="ccccccc", run_url=URL, run_id="9", attempt=1)
TYPE = row("aws_instance.i", ["update"], {"instance_type": "a"}, {"instance_type": "b"})
GONE = row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}, None)
NOISE = row("aws_lb.x", ["update"], {"etag": "1"}, {"etag": "2"})
FIRST = Seen(first="2026-11-20T01:17:00Z")


def drift(*rows: dict[str, Any], config: Config | None = None, name: str = "net", **more: Any) -> Drift:
    data = plan(STAYS, **{"resource_drift": list(rows), **more})
    stacks = tuple(build_stacks(name, data, SecretsConfig()))
    return find_drift(stacks, config or Config(), CATALOG, "prod", NOW[:10])


def body(whole: Drift, seen: Seen = FIRST, budget: int = BUDGET) -> str:
    return write_issue(whole.stacks[0], whole, seen, ORIGIN, TEMPLATES, budget).body


WHOLE = """\
## 🌊 Drift in PROD, stack `net`: 2 objects changed outside Terraform

First seen 2026-11-20, 5 days ago.

<!-- plan-review:drift:seen -->
Looked at `2026-11-25T01:17:00Z` by [run 9](https://github.com/o/r/actions/runs/9/attempts/1). \
In the differences, `-` is what Terraform's state says and `+` what is really there.

### 🗑️ Deleted outside Terraform: 1 object

- 🗑️ `aws_s3_bucket.b` — an apply would make a new one
  - **critical:** is gone. The bucket's objects are lost, and anybody may take its name.

### 📝 Changed outside Terraform: 1 object

<details><summary>📝 <code>aws_instance.i</code> — it stays like this: the configuration does not set it</summary>

```diff
  instance_type
-   "a"
+   "b"
```

</details>

<details><summary>⏳ Not applied yet, and no drift: 1 planned change</summary>

Merged and not applied, or a change that an earlier run took into the state.

- ✨ `a_b.new` — create

</details>

<details><summary>🔇 Noise: 1 object</summary>

Only what the provider computes differs, what another object says anyway, order or form.

- · `aws_lb.x` — etag

</details>

<!-- plan-review:drift:end -->

**What to do.** Not wanted: an apply puts back what the configuration asks for. Unless `guard.other` in the settings \
says otherwise, the guard stops what no review has shown: open a pull request, whose one commit may be empty, and its \
plan shows it. Wanted: write it into the configuration. To stay as it is: `drift.accepted` in the settings, with an \
owner and a last day. This issue closes by itself.

<sub>plan of <code>ccccccc</code> · run `9` · plan-review 0.0.0</sub>
"""


def test_the_whole_text() -> None:
    again = row("aws_s3_bucket.b", ["create"], None, {"bucket": "b"})
    new = row("a_b.new", ["create"], None, {"x": 1})
    text = body(drift(TYPE, GONE, NOISE, resource_changes=[STAYS, again, new]))
    line, rest = text.split("\n", 1)
    marker = read_drift_marker(line)
    assert marker is not None
    assert structs.replace(marker, loud=()) == DriftMarker(environment="prod", stack="net", first_seen=FIRST.first)
    assert len(marker.loud) == 1
    assert rest == WHOLE


def test_a_text_for_the_terminal() -> None:
    assert format_drift(drift(TYPE, GONE, NOISE)) == (
        "🌊 Drift in PROD, net: 2 objects, 1 deleted\n"
        "  deleted: aws_s3_bucket.b — critical: is gone\n"
        "  changed: aws_instance.i\n"
        "  noise: 1\n"
    )
    assert format_drift(drift()) == "✅ No drift in PROD, net\n"
    assert format_drift(drift(complete=False)) == (
        "❓ Drift unknown in PROD, net\n"
        "  unknown: The plan is incomplete: targeted, or Terraform puts changes off. "
        "-> Plan the whole stack, without -target.\n"
    )


def test_a_document_for_machines() -> None:
    document = json.loads(export_drift(drift(TYPE, NOISE)))
    assert (document["version"], document["environment"], document["unused"]) == (1, "prod", [])
    (stack,) = document["stacks"]
    assert (stack["name"], stack["drift"], stack["doubt"], stack["pending"]) == ("net", "drifted", "", [])
    (changed,) = stack["changed"]
    assert (changed["address"], changed["what"], changed["planned"]) == ("aws_instance.i", ["changed"], "left")
    assert [row["address"] for row in stack["noise"]] == ["aws_lb.x"]


SETTINGS = """\
version: 1
drift:
  accepted:
    - {match: aws_instance, owner: "<b>ann</b>", reason: "moved @team", until: 2026-01-31}
    - {match: aws_lb.none, owner: bob, reason: known, until: 2027-01-31}
    - {match: aws_vpc.v, owner: cleo, reason: by hand until the move, until: 2027-01-31}
"""


def test_entries_that_are_over_are_loud_and_those_that_match_nothing_are_named() -> None:
    vpc = row("aws_vpc.v", ["update"], {"cidr": "a"}, {"cidr": "b"})
    text = body(drift(TYPE, vpc, config=decode_config(SETTINGS.encode(), "c.yml")))
    head, rest = text.split("<!-- plan-review:drift:seen -->")
    assert "> **What the settings accepted is over,** so it counts as drift again:\n> - `aws_instance`" in head
    assert "<b>" not in text
    assert "- **no longer accepted:** &lt;b&gt;ann" in rest
    assert "<summary>🤝 Accepted in the settings: 1 object</summary>" in rest
    assert "- 📝 `aws_vpc.v` — cleo, until 2027-01-31: by hand until the move" in rest
    assert "<summary>⚙️ 1 in the settings accepts nothing that is there</summary>" in rest
    assert "- `aws_lb.none` until 2027-01-31, bob: known" in rest


def test_unknown_keeps_what_was_seen_last() -> None:
    text = body(drift(complete=False), structs.replace(FIRST, kept="### Deleted\n\n- `x`"))
    assert "> **Whether there is drift is unknown.** The plan is incomplete" in text
    assert "### As it was when it was last known\n\n<!-- plan-review:drift:seen -->\n### Deleted\n\n- `x`\n" in text
    assert "First seen 2026-11-20" in text


def test_what_was_seen_last_gives_way_where_it_is_too_long() -> None:
    text = body(drift(complete=False), structs.replace(FIRST, kept="x" * BUDGET))
    assert "It is too long to stand here; the history of this description has it." in text
    assert len(text.encode()) <= BUDGET


def test_unknown_without_a_past() -> None:
    text = body(drift(complete=False), Seen(first=NOW))
    assert "Unknown since 2026-11-25, today." in text
    assert "last known" not in text


def many(number: int, kind: str) -> list[dict[str, Any]]:
    if kind == "deleted":
        return [row(f"aws_db_instance.d[{n}]", ["delete"], {"identifier": f"d{n}"}, None) for n in range(number)]
    return [row(f"aws_instance.i[{n}]", ["update"], {"type": "a"}, {"type": "b" * 200}) for n in range(number)]


@pytest.mark.parametrize("number", [200, 1_000])
@pytest.mark.parametrize("kind", ["deleted", "changed"])
def test_many_objects_are_counted_exactly(kind: str, number: int) -> None:
    text = body(drift(*many(number, kind), TYPE, NOISE))
    assert len(text.encode()) <= BUDGET
    shown = len(re.findall(rf"aws_(?:db_)?instance\.{kind[0].replace('c', 'i')}[^`<]*(?:`|</code>) — ", text))
    left = re.search(
        rf"{'Deleted' if kind == 'deleted' else 'Changed'} outside.*?… and ([\d,]+) more;", text, re.DOTALL
    )
    rest = int(left[1].replace(",", "")) if left else 0
    assert shown + rest == number + (kind == "changed"), "TYPE is one more that changed"
    assert shown > 90
    root = parse(text)
    assert len(root.find("details")) == len(root.find("summary"))
    assert text.endswith("plan-review 0.0.0</sub>\n")


def test_dangerous_objects_have_room_before_all_others() -> None:
    text = body(drift(*many(400, "changed"), *many(100, "deleted")))
    assert [n for n in range(100) if f"`aws_db_instance.d[{n}]`" not in text] == []
    assert len(text.encode()) <= BUDGET


HOSTILE = (
    'x["a`b<!-- -->|**@team** </details></summary>"]',
    'x["<!-- plan-review:drift:end -->"]',
    'x["\u202e##[error]"]',
    'x["```diff\\n- #1"]',
)


@pytest.mark.parametrize("address", HOSTILE)
def test_hostile_addresses_and_values_stay_text(address: str) -> None:
    value = f"{address}\n```\n</details>\n# Heading @team"
    rows = (
        row(f"aws_instance.{address}", ["update"], {"type": "a"}, {"type": value}),
        row(f"aws_s3_bucket.{address}", ["delete"], {"bucket": value}, None),
        row(f"aws_lb.{address}", ["update"], {"etag": "a"}, {"etag": "b"}),
    )
    root = parse(body(drift(*rows, name=address)))
    assert len(root.find("details")) == len(root.find("summary")) == 2
    assert [len(root.find(tag)) for tag in ("h1", "h2", "h3", "table")] == [0, 1, 2, 0]
    assert [link.attributes["href"] for link in root.find("a")] == [URL]
    assert "\u202e" not in format_drift(drift(*rows, name=address))


def test_no_secret_leaves() -> None:
    word = "-".join(["hunter", "twenty", "two"])
    marks = {"before_sensitive": {"pin": True}, "after_sensitive": {}}
    rows = (
        row(
            "a_b.s", ["update"], {"pin": word, "size": 1}, {"pin": f"{word}!", "size": 2, "note": f"is {word}"}, **marks
        ),
        row("a_b.t", ["delete"], {"password": word}, None),
    )
    whole = drift(*rows)
    texts = [body(whole), format_drift(whole), export_drift(whole).decode()]
    texts.append(format_drift_markdown(whole, ORIGIN, TEMPLATES, BUDGET))
    assert [text for text in texts if word in text] == []


def test_a_summary_holds_every_stack() -> None:
    stacks = [*build_stacks("net", plan(STAYS), SecretsConfig()), *build_stacks("app", b"{", SecretsConfig())]
    whole = find_drift(stacks, Config(), CATALOG, "prod", NOW[:10])
    text = format_drift_markdown(whole, ORIGIN, TEMPLATES, BUDGET)
    assert "## 🌊 No drift in PROD, stack `net`\n" in text
    assert "## 🌊 Drift unknown in PROD, stack `app`\n" in text


@pytest.mark.parametrize("stack", ["net", "a b", "-->", "ü" * 200])
def test_a_marker_is_read_as_it_was_written(stack: str) -> None:
    marker = DriftMarker(environment="prod", stack=stack, first_seen=NOW, times=3, loud=("a", "b"))
    line = write_drift_marker(marker)
    assert read_drift_marker(f"{line}\nmore") == marker
    assert read_drift_marker(f"{line}\r\nmore") == marker
    assert [read_drift_marker(text) for text in (f" {line}", f"x\n{line}", f"{line} x", line[:-5], "")] == [None] * 5


def test_a_marker_of_many_dangers_stays_small() -> None:
    whole = drift(*many(300, "deleted"))
    assert len(list_loud(whole.stacks[0])) == 200
    assert len(body(whole).split("\n", 1)[0]) < 5_000
