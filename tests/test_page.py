"""The page as a text: its policy, its data, and that nothing of a plan becomes a part of it."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from bot.page import render_page
from bot.page_rows import link_row, name_row
from bot.report import Origin
from bot.state import State
from tests.support.page import data_of
from tests.support.plans import TEMPLATES, plan, row, run

ATTACKS = (
    "</script><script>window.bad=1</script>",
    "<img src=x onerror=window.bad=1>",
    '"><svg onload=window.bad=1>',
    "<!--<script>",
    "]]>--></style></code></details>",
    "{{ 7 * 7 }}${7*7}",
    "javascript:alert(1)",
    "\u202e\u2028\u2029\x00",
)


ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


OUTPUT = {"actions": ["create"], "before": None, "before_sensitive": False, "after_sensitive": False}


class Skeleton(HTMLParser):
    """Tags with the names of their attributes, in order, and what stands in script and style elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.raw: list[str] = []
        self.policy = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(" ".join([tag, *values]))
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""
        if "href" in values:
            self.links.append(values["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:  # inside of script or style
            self.raw.append(data)


def read(page: str) -> Skeleton:
    parser = Skeleton()
    parser.feed(page)
    parser.close()
    return parser


def document(text: str) -> bytes:
    """A plan with the same text in every place where a plan has one."""
    key = json.dumps(text)
    value = {"bucket": text, "name": text, text: text, "policy": f"{text}\n{text}"}
    condition = {"status": "fail", "instances": [{"problems": [{"message": text}]}]}
    return plan(
        row(f"aws_s3_bucket.b[{key}]", ["delete"], value, deposed=text),
        row(f"a_b.c[{key}]", ["update"], {"x": text, text: 1}, {"x": f"{text}2", text: 2}),
        row(f"a_b.d[{key}]", ["create"], None, value, change={"importing": {"id": text}, "generated_config": text}),
        row(f"aws_instance.e[{key}]", ["create"], None, {"instance_type": text, "ami": text}),
        row("a_b.f", ["no-op"], {}, {}, previous_address=f"a_b.e[{key}]"),
        row("a_b.g", [text], {}, {}),
        checks=[{"address": {"to_display": text}, **condition}],
        output_changes={text: {**OUTPUT, "after": text}},
        resource_drift=[row(f"a_b.h[{key}]", ["update"], {"x": text}, {"x": f"{text}!"})],
    )


def page_of(text: str) -> str:
    return render_page(run(document(text), document(text)).report, TEMPLATES)


HARMLESS = read(page_of("harmless words")).tags


@settings(max_examples=25)
@given(st.text(min_size=2, max_size=40) | st.sampled_from(ATTACKS))
def test_no_value_changes_the_skeleton_of_the_page(text: str) -> None:
    padded = f"a{text}a"  # an empty or a blank value is left out, which is a difference that is meant
    assert read(page_of(padded)).tags == HARMLESS


def test_the_policy_names_the_digests_of_what_is_there_and_nothing_else() -> None:
    page = read(page_of("x"))
    style, _, script = page.raw
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    assert page.policy == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def test_the_page_loads_nothing_and_links_only_into_itself() -> None:
    page = read(page_of("https://example.com/x"))
    assert [tag for tag in page.tags if " src" in tag or " style" in tag or " on" in tag] == []
    assert [link for link in page.links if not link.startswith("#")] == []


def test_the_run_is_linked_where_its_address_is_plain() -> None:
    report = run(plan()).report
    origin = Origin(version="1", run_id="7", run_url="https://github.com/o/r/actions/runs/7/attempts/1")
    shown = render_page(structs.replace(report, origin=origin), TEMPLATES)
    assert '<a href="https://github.com/o/r/actions/runs/7/attempts/1">run 7</a>' in shown
    strange = structs.replace(origin, run_url='https://x/" onclick="bad()')
    assert "onclick" not in render_page(structs.replace(report, origin=strange), TEMPLATES)


def test_the_data_is_what_the_script_needs() -> None:
    page = render_page(
        run(
            plan(
                row("aws_s3_bucket.b", ["delete"], {"bucket": "models"}),
                row("a_b.c", ["update"], {"x": "<b>"}, {"x": "</script>"}),
                output_changes={"url": {**OUTPUT, "after": "u"}},
            )
        ).report,
        TEMPLATES,
    )
    assert data_of(page) == {
        "several": False,
        "rows": [
            {
                "id": "aws_s3_bucket.b",
                "list": "changes",
                "kind": "delete",
                "stack": "default",
                "address": "aws_s3_bucket.b",
                "title": "destroy",
                "concerns": ["destructive", "cost"],
                "notes": [
                    ["critical", "is destroyed. The bucket's objects are lost, and anybody may take its name."],
                ],
                "lines": ['-bucket = "models"'],
            },
            {
                "id": "a_b.c",
                "list": "changes",
                "kind": "update",
                "stack": "default",
                "address": "a_b.c",
                "title": "update, 1 attribute",
                "lines": [" x", '-  "<b>"', '+  "</script>"'],
            },
            {
                "id": "outputs url",
                "list": "outputs",
                "kind": "create",
                "stack": "default",
                "address": "url",
                "title": "create",
                "lines": ['+url = "u"'],
            },
        ],
    }


def test_what_cannot_be_seen_is_made_visible_in_the_data() -> None:
    rows = data_of(page_of("a\u202eb"))["rows"]
    assert not any("\u202e" in json.dumps(row, ensure_ascii=False) for row in rows)
    assert any("a\\u202eb" in line for row in rows for line in row.get("lines", []))


def test_more_than_fits_is_left_out_in_words() -> None:
    rows = [row(f"a_b.c[{i}]", ["create"], None, {"x": i}) for i in range(30)]
    report = run(plan(*rows, row("aws_s3_bucket.b", ["delete"], {"bucket": "b"}))).report
    page = render_page(report, TEMPLATES, most_rows=10)
    assert len(data_of(page)["rows"]) == 10
    assert "Left out of this page, which lists 10: 21 create. The JSON report lists all of them." in page
    assert "Left out" not in render_page(report, TEMPLATES)


def test_lists_are_bounded_and_counted_and_deletions_never_are() -> None:
    keys = [row(f'aws_s3_bucket.b["{i}"]', ["delete"], {"bucket": f"b{i}"}) for i in range(40)]
    page = render_page(run(plan(*keys)).report, TEMPLATES, most=5)
    assert len(set(re.findall(r"<code>aws_s3_bucket\.b\[&#34;(\d+)&#34;\]</code>", page))) == 40
    grants = [
        row(f"aws_iam_user_policy_attachment.a{i}", ["create"], None, {"user": f"u{i}", "policy_arn": ADMIN})
        for i in range(9)
    ]
    page = render_page(run(plan(*grants)).report, TEMPLATES, most=5)
    assert page.count("<strong>gains</strong>") == 5
    assert "… and 4 more, none of them worse. The JSON report lists all of them." in page


def test_links_name_what_is_needed_to_tell_a_change_from_others() -> None:
    assert name_row(("net", "a_b.c", None), several=False) == "a_b.c"
    assert name_row(("net", "a_b.c", "0011"), several=True) == "net a_b.c deposed 0011"
    assert link_row(("net", 'a_b.c["k/ü"]', None), several=True) == "#net%20a_b.c%5B%22k%2F%C3%BC%22%5D"
    assert link_row(("net", "a\ud800", None), several=False) == "#a%5Cud800"


def test_every_link_to_a_change_leads_to_one() -> None:
    page = page_of("x")
    ids = {link_row((row["stack"], row["address"], row.get("deposed")), several=True) for row in data_of(page)["rows"]}
    own = {"#deletions", "#permissions", "#exposure", "#cost", "#checklist", "#changes"}
    assert {link for link in read(page).links if link not in own} <= ids
    assert any("aws_s3_bucket" in link for link in read(page).links)


def test_what_matters_is_there_without_a_script() -> None:
    page = render_page(
        run(plan(row("aws_s3_bucket.b", ["delete"], {"bucket": "models"}), row("a_b.stays", ["no-op"], {}, {}))).report,
        TEMPLATES,
    )
    text = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "PROD: do not merge yet – 1 deletion nobody explained" in text
    assert '<strong>models</strong> <a href="#aws_s3_bucket.b"><code>aws_s3_bucket.b</code></a>' in text
    assert "can be searched and unfolded here where scripts are allowed" in text


def test_a_plan_that_cannot_be_read_has_a_page_too() -> None:
    made = run(b"{}")
    assert made.report.state == State.ERROR
    page = render_page(made.report, TEMPLATES)
    assert "PROD: this plan cannot be trusted" in page
    assert data_of(page) == {"several": False, "rows": []}
