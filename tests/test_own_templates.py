"""Templates of the user's own: used where they can be, refused with a notice where not, and never without the verdict."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from bot.marker import read_marker
from bot.own_templates import FIXED, collect_templates
from bot.publication import Publication
from bot.render import render
from bot.report import Report
from bot.template_file import LARGEST, OwnTemplates, TemplateFile
from tests.support.html import Node, parse
from tests.support.plans import TEMPLATES, plan, row, run

COST, FOOTER, HOLDING = "parts/cost.md.j2", "parts/footer.md.j2", "parts/holding.md.j2"
HEADLINE, DELETIONS = "parts/headline.md.j2", "parts/deletions.md.j2"
OURS = "of this repository could not be used: "
BUILT_IN = "; the built-in one was used."
HELD = 'aws_s3_bucket.held["k"]'
REPORT = run(
    plan(
        row(HELD, ["delete"], {"bucket": "b", "arn": "x"}),
        row("aws_instance.i", ["update"], {"instance_type": "a"}, {"instance_type": "b"}),
        row("aws_vpc.stays", ["no-op"], {}, {}),
    )
).report
BARE = render(REPORT, TEMPLATES)
REPLACEABLE = sorted(name for name in TEMPLATES if name.endswith(".md.j2") and name not in FIXED)


def made(**texts: str) -> Publication:
    """Rendered with templates by their names; ``__`` stands for ``/``."""
    return made_of({f"{name.replace('__', '/')}.md.j2": text for name, text in texts.items()})


def made_of(texts: dict[str, str]) -> Publication:
    return render(REPORT, TEMPLATES, OwnTemplates(texts=texts))


def test_a_template_takes_the_place_of_the_built_in_one() -> None:
    publication = made(parts__footer="Reviewed by *us*, {{ report.environment }}.\n")
    assert publication.notices == ()
    assert publication.comment.splitlines()[-1] == "Reviewed by *us*, prod."
    assert publication.summary.splitlines()[-1] == "Reviewed by *us*, prod."
    assert publication.comment.split("Reviewed by")[0] == BARE.comment.split("<sub>")[0]


def test_the_whole_comment_and_files_of_ones_own() -> None:
    publication = made(
        comment='{% include "parts/headline.md.j2" %}\n{% include "parts/holding.md.j2" %}\n'
        '{% include "team/runbook.md.j2" %}\n{% include "parts/deletions.md.j2" %}\n',
        team__runbook="{% from 'macros.md.j2' import place %}\nSee [the runbook](https://wiki.example/x), "
        "{% for row in report.deletions %}{{ place(row, true) }}{% endfor %}.\n",
    )
    assert publication.notices == ()
    lines = publication.comment.splitlines()
    assert read_marker(publication.comment) == read_marker(BARE.comment)
    assert lines[1] == BARE.comment.splitlines()[1]
    assert (
        "See [the runbook](https://wiki.example/x), <code>default</code> "
        '<code>aws_s3_bucket.held&#91;"k"&#93;</code>.' in lines
    )
    assert "### Checklist" not in lines
    assert publication.summary == BARE.summary


@pytest.mark.parametrize("name", REPLACEABLE)
def test_every_built_in_template_is_one_to_start_from(name: str) -> None:
    """Copied without a change it is accepted, and shows the same to a reader."""
    publication = made_of({name: TEMPLATES[name]})
    assert publication.notices == ()
    assert parse(publication.comment).text.split() == parse(BARE.comment).text.split()


def test_all_of_them_at_once_too() -> None:
    publication = made_of({name: TEMPLATES[name] for name in REPLACEABLE})
    assert publication.notices == ()
    assert parse(publication.summary).text.split() == parse(BARE.summary).text.split()


REFUSED = [
    # what Jinja2 itself refuses
    ("{{ report.", "line 1: expected name or number"),
    ("\n{% for a in report.blocks %}", "line 2: unexpected end of template"),
    ("{{ report.headline|safe }}", "line 1: no filter named 'safe'"),
    ("{{ report.headline|format }}", "line 1: no filter named 'format'"),
    ("{% unknown %}", "line 1: encountered unknown tag 'unknown'"),
    # what is not there
    ("\n\n{{ report.totl }}", "line 3: there is no value called totl"),
    ("{{ cots }}", "line 1: there is no value called cots"),
    ("{% from 'macros.md.j2' import nope %}{{ nope(1) }}", "line 1: there is no value called nope"),
    ("{{ report[report.headline] }}", "line 1: it uses something that is not there"),
    ("{% include 'nope.md.j2' %}", "line 1: it names a template that cannot be used"),
    ("{% include '../../secret.md.j2' %}", "line 1: it names a template that cannot be used"),
    ("{% include '/etc/passwd' %}", "line 1: it names a template that cannot be used"),
    ("{% include 'report.html.j2' %}", "line 1: it names a template that cannot be used"),
    ("{% include report.headline %}", "line 1: the name of an included template must be written out"),
    # what reaches out
    ("{{ report.__class__ }}", "line 1: it reaches for what templates cannot see"),
    ("{{ report.__struct_fields__ }}", "line 1: it reaches for what templates cannot see"),
    ("{{ report['__class__'] }}", "line 1: it reaches for what templates cannot see"),
    ("{{ ''.__class__.__mro__ }}", "line 1: it reaches for what templates cannot see"),
    ("{{ report.overrides.giver('iam') }}", "line 1: it reaches for what templates cannot see"),
    ("{{ report.headline.upper() }}", "line 1: it reaches for what templates cannot see"),
    ("{{ '{0.__class__}'.format(report) }}", "line 1: it reaches for what templates cannot see"),
    ("{{ self._TemplateReference__context }}", "line 1: it reaches for what templates cannot see"),
    (
        "{% for a in report.blocks %}{{ loop._iterable }}{% endfor %}",
        "line 1: it reaches for what templates cannot see",
    ),
    ("{% for a in range(9) %}{% endfor %}", "line 1: there is no value called range"),
    ("{% set _x = 1 %}", "line 1: a name cannot begin with _"),
    # what passes the escaping by
    ("{{ 'a' ~ report.headline }}", "line 1: ~ is nothing that templates can use"),
    ("{{ '%s' % report.headline }}", "line 1: % is nothing that templates can use"),
    ("{{ (report.headline|code) + 'a' }}", "line 1: + is for whole numbers"),
    ("{{ (report.headline|code)[6:] }}", "line 1: what a filter or macro made cannot be taken apart"),
    ("{{ (report.headline|code)[6] }}", "line 1: what a filter or macro made cannot be taken apart"),
    ("{{ (report.headline|code).strip('<') }}", "line 1: what a filter or macro made cannot be taken apart"),
    ("{% autoescape false %}{{ 1 }}{% endautoescape %}", "line 1: {% autoescape %} is nothing that templates can use"),
    ("{% filter code %}{{ 1 }}{% endfilter %}", "line 1: {% filter %} is nothing that templates can use"),
    ("{{ report.headline|link('x') }}", "line 1: link is for report.origin.run_url and report.origin.page_url"),
    ("{{ report|tick }}", "line 1: tick is for an item of the checklist"),
    # what runs away
    ("{{ 9 ** 9 ** 9 }}", "line 1: ** is nothing that templates can use"),
    ("{{ 'a' * 999999999 }}", "line 1: * is nothing that templates can use"),
    ("{% include 'parts/cost.md.j2' %}", "it includes itself"),
    ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "line 1: it calls itself without end"),
    (
        "{% for a in report.blocks recursive %}{{ loop(report.blocks) }}{% endfor %}",
        "line 1: a loop cannot call itself",
    ),
    ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "it is nested too deeply"),
    ("{{ " + "not " * 5000 + "1 }}", "it is nested too deeply"),
    ("{{ 1" + " + 1" * 5000 + " }}", "it is nested too deeply"),
    ("{% if 1 %}" * 300 + "{% endif %}" * 300, "it is nested too deeply"),
    # what could hide or awaken something
    (
        "a\n<!-- ",
        "line 2: of HTML there is details, summary, sub, sup, kbd, table and the like, bare; for the sign itself write &lt;",
    ),
    ("<details>\n", "line 1: <details> must be closed where it is opened: in the same branch, loop or macro"),
    (
        "{% if report.idle %}<details>{% endif %}</details>",
        "line 1: </details> closes what is not open here",
    ),
    ("</details>", "line 1: </details> closes what is not open here"),
    (
        "```\n{{ report.headline }}\n```\n",
        "line 1: a fence cannot hold a value or a statement; use the filters fence or diff_fence",
    ),
    ("```\n", "line 1: a fence cannot hold a value or a statement; use the filters fence or diff_fence"),
    ("a `{{ report.headline }}`", "line 1: a code span cannot hold a value; use the filter code"),
    ("[a]({{ report.origin.run_url }})", "line 1: a value cannot be part of a link's target"),
    ("\nhttps://x.example/{{ report.headline }}", "line 2: a value cannot be part of a link's target"),
    ("[a]: /x '{{ report.headline }}'", "line 1: a definition of a link or footnote would not be seen"),
    ("[^a]: {{ report.headline }}", "line 1: a definition of a link or footnote would not be seen"),
    ("![{{ report.headline }}](x)", "line 1: images are not shown"),
    ("@{{ report.headline }}", "line 1: a value directly behind @ or # would be a mention or a reference"),
    # what its values do not fit
    ("{{ report|code }}", "line 1: code is for text"),
    ("{% for a in 5 %}{% endfor %}", "line 1: it does something that does not fit its values (TypeError)"),
    ("{{ 1 is divisibleby 0 }}", "line 1: it does something that does not fit its values (ZeroDivisionError)"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_a_broken_template_gives_way_to_the_built_in_one(text: str, why: str) -> None:
    publication = made(parts__cost=text)
    assert publication.notices == (f"The template {COST} {OURS}{why}{BUILT_IN}",)
    body, _, notice = publication.comment.rstrip("\n").rpartition("\n\n")
    assert body == BARE.comment.rstrip("\n")
    assert parse(notice).text.strip() == f"⚠️ The template {COST} {OURS}{why}{BUILT_IN}"
    assert publication.summary == f"{BARE.summary}\n{notice}\n"
    assert (publication.exit_code, publication.status) == (BARE.exit_code, BARE.status)


def test_only_the_broken_one_gives_way() -> None:
    publication = made(parts__cost="{{ nope }}", parts__footer="our footer\n", parts__idle="{{ also }}")
    assert publication.notices == (f"The template {COST} {OURS}line 1: there is no value called nope{BUILT_IN}",)
    assert "\n\nour footer\n\n⚠️" in publication.comment


def test_a_file_that_includes_a_broken_one_gives_way_with_it() -> None:
    publication = made(parts__cost="{% include 'team/x.md.j2' %}", team__x="{{ nope }}")
    assert publication.notices == (
        f"The template team/x.md.j2 {OURS}line 1: there is no value called nope.",
        f"The template {COST} {OURS}line 1: it names a template that cannot be used{BUILT_IN}",
    )


def test_files_that_include_one_another_in_a_ring() -> None:
    publication = made(parts__cost="{% include 'team/x.md.j2' %}", team__x="{% include 'parts/cost.md.j2' %}")
    assert publication.notices[0] == f"The template {COST} {OURS}it includes itself{BUILT_IN}"
    assert publication.comment.startswith(BARE.comment.rstrip("\n"))


def test_a_file_that_nobody_includes_is_a_slip() -> None:
    publication = made(parts__costs="hello")
    assert publication.notices == (
        f"The template parts/costs.md.j2 {OURS}there is no built-in one of that name, and no other one includes it.",
    )


def test_macros_that_built_in_templates_need() -> None:
    publication = made(macros="{% macro place(item, several) %}x{% endmacro %}")
    assert publication.notices == (f"The template macros.md.j2 {OURS}others need its macro reason{BUILT_IN}",)


FIRST = "the headline with the verdict does not come first"
NO_REASON = "it leaves out why the merge is held"
NO_ADDRESS = "it leaves out the address of a deletion that is held"
WITHOUT = [
    ({HEADLINE: "## All is well\n"}, [(HEADLINE, FIRST)]),
    ({HEADLINE: ""}, [(HEADLINE, FIRST)]),
    ({HEADLINE: "> {{ report.headline }}\n"}, [(HEADLINE, FIRST)]),
    ({HEADLINE: "[{{ report.headline }}](https://x.example)\n"}, [(HEADLINE, FIRST)]),
    ({HEADLINE: "<kbd>{{ report.headline }}</kbd>\n"}, [(HEADLINE, FIRST)]),
    ({"comment.md.j2": "{% include 'parts/counts.md.j2' %}"}, [("comment.md.j2", FIRST)]),
    (
        {"comment.md.j2": "<details><summary>x</summary>\n\n{% include 'parts/headline.md.j2' %}\n\n</details>"},
        [("comment.md.j2", FIRST)],
    ),
    ({"comment.md.j2": "", HEADLINE: "## {{ report.headline }}\n"}, [("comment.md.j2", FIRST)]),
    ({"comment.md.j2": "", HEADLINE: ""}, [(HEADLINE, FIRST), ("comment.md.j2", FIRST)]),
    ({"summary.md.j2": ""}, [("summary.md.j2", FIRST)]),
    ({HOLDING: ""}, [(HOLDING, NO_REASON)]),
    (
        {HOLDING: "<details><summary>why</summary>\n\n{% for r in report.holding %}{{ r.sentence }}{% endfor %}\n</details>"},
        [(HOLDING, NO_REASON)],
    ),
    (
        {
            HOLDING: "{% for r in report.holding %}{{ r.sentence }} {% endfor %}\n",
            DELETIONS: "{{ report.deletions|count|plural('deletion') }}\n",
            "parts/override.md.j2": "",
        },
        [(DELETIONS, NO_ADDRESS)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "blamed"), WITHOUT)
def test_the_verdict_cannot_be_left_out(texts: dict[str, str], blamed: list[tuple[str, str]]) -> None:
    publication = made_of(texts)
    assert publication.notices == tuple(f"The template {name} {OURS}{why}{BUILT_IN}" for name, why in blamed)
    check_verdict(publication)


def check_verdict(publication: Publication) -> None:
    """Marker, headline, reasons and the address are there, and a reader of the rendered comment sees them."""
    assert read_marker(publication.comment) == read_marker(BARE.comment)
    for text in (publication.comment, publication.summary):
        top = [node for node in parse(text).children if isinstance(node, Node)]
        assert top[0].tag in ("h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol")
        assert REPORT.headline in top[0].text
        seen = " ".join(node.text for node in top if node.tag != "details")
        assert all(rule.sentence in seen for rule in REPORT.holding)
        assert HELD in parse(text).text
    assert (publication.exit_code, publication.status) == (BARE.exit_code, BARE.status)


def test_a_headline_in_other_words_around_it() -> None:
    publication = made(parts__headline="# 🚦 Payments team: **{{ report.headline }}**\n")
    assert publication.notices == ()
    assert publication.comment.splitlines()[1] == f"# 🚦 Payments team: **{REPORT.headline}**"


TEN = "(1, 2, 3, 4, 5, 6, 7, 8, 9, 0)"


@pytest.mark.parametrize(
    "text",
    [
        f"{{% for a in {TEN} %}}" * 15 + "{% endfor %}" * 15,
        f"{{% for a in {TEN} %}}" * 14 + f"{{% for a in {TEN} if false %}}{{% endfor %}}" + "{% endfor %}" * 14,
        f"{{% for a in {TEN} %}}" * 15 + "x" * 2000 + "{% endfor %}" * 15,
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "".join(f"{{% set a{i + 1} %}}{{{{ a{i} }}}}{{{{ a{i} }}}}{{% endset %}}" for i in range(60)).join(
            ["{% set a0 = 'xxxxxxxxxx' %}", "{{ a60 }}"]
        ),
    ],
    ids=["loops", "loops that skip", "output", "macros", "doubling"],
)
def test_work_is_bounded(text: str) -> None:
    publication = made(parts__cost=text)
    assert publication.notices == (f"The template {COST} {OURS}it does more than a template may{BUILT_IN}",)


def test_includes_that_double_are_bounded() -> None:
    texts = {f"team/x{i}.md.j2": f"{{% include 'team/x{i + 1}.md.j2' %}}" * 2 for i in range(35)}
    publication = made_of({COST: "{% include 'team/x0.md.j2' %}", **texts, "team/x35.md.j2": "x"})
    assert publication.notices[0].endswith("it does more than a template may.")
    assert publication.comment.startswith(BARE.comment.rstrip("\n"))


def test_a_very_long_output_gives_way_too() -> None:
    loops = f"{{% for a in {TEN} %}}" * 3 + "{{ report.headline }} " * 3 + "{% endfor %}" * 3
    publication = made(parts__since=loops)
    assert publication.notices == (
        (
            "The templates of this repository could not be used: with them the comment becomes too long; "
            "the built-in ones were used."
        ),
    )
    assert len(publication.comment.encode()) <= 65_000


def test_notices_are_escaped_and_few() -> None:
    texts = {f"parts/a{i}.md.j2": "{{ [x](https://evil.example) @octocat" for i in range(9)}
    publication = made_of(texts)
    assert len(publication.notices) == 9
    assert publication.comment.rstrip("\n").endswith("⚠️ 4 more templates of this repository could not be used.")
    assert parse(publication.comment).find("a") == []


def test_a_value_is_in_no_notice() -> None:
    """A template that looks something up by a value of the plan."""
    publication = made(
        parts__cost="{{ report.deletions[0].nope[report.deletions[0].address] }}{{ report[report.deletions[0].address] }}"
    )
    assert "held" not in " ".join(publication.notices)


FILES = [
    (TemplateFile(name="parts/cost.md.j2", data=b"\xff\xfe"), "it is not UTF-8"),
    (TemplateFile(name="parts/cost.md.j2", data=None, size=5), "it is no ordinary text file"),
    (TemplateFile(name="parts/cost.md.j2", data=b" " * (LARGEST + 1)), "it is larger than 32 KiB"),
    (TemplateFile(name="parts/cost.md.j2", data=None, size=LARGEST + 1), "it is larger than 32 KiB"),
    (TemplateFile(name="report.html.j2", data=b""), "its name is not like parts/name.md.j2: letters, digits, - and _, in one folder at most"),
    (TemplateFile(name="bare.md.j2", data=b""), "this one cannot be replaced"),
    (TemplateFile(name="../x.md.j2", data=b""), "its name is not like parts/name.md.j2: letters, digits, - and _, in one folder at most"),
    (TemplateFile(name="a/b/c.md.j2", data=b""), "its name is not like parts/name.md.j2: letters, digits, - and _, in one folder at most"),
    (TemplateFile(name="a\n@octocat.md.j2", data=b""), "its name is not like parts/name.md.j2: letters, digits, - and _, in one folder at most"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "why"), FILES)
def test_files_that_cannot_be_used(file: TemplateFile, why: str) -> None:
    own = collect_templates([file, TemplateFile(name="parts/footer.md.j2", data="\ufeffé\r\n".encode())], 1)
    assert own.texts == {FOOTER: "é\n"}
    assert [(mistake.name, mistake.text) for mistake in own.mistakes] == [(file.name, why)]


@pytest.mark.parametrize(
    ("files", "version", "why"),
    [
        ([TemplateFile(name=COST, data=b"x")], 2, "the settings say that they are written for version 2, and this is version 1"),
        ([TemplateFile(name="README.md", data=b"x")], 1, "there is none in .github/plan-review/templates"),
        ([TemplateFile(name=f"a{i}.md.j2", data=b"x") for i in range(41)], 1, "there are more than 40"),
    ],
)  # fmt: skip
def test_folders_that_cannot_be_used(files: list[TemplateFile], version: int, why: str) -> None:
    publication = render(REPORT, TEMPLATES, collect_templates(files, version))
    told = f"The templates of this repository could not be used: {why}; the built-in ones were used."
    assert publication.notices == (told,)
    assert parse(publication.comment).text.strip().endswith(f"⚠️ {told}")
    check_verdict(publication)


PIECES = st.sampled_from(
    [
        *"{{ }} {% %} {# #} ` ``` ~~~ <!-- --> <details> </details> <summary> </summary> <sub> </sub> \n \n\n > - # | [ ] ( )".split(" "),
        *"report headline deletions holding sentence .report .headline |code |fence |html_code [0] ~ + in if else".split(" "),
        "{{ report.headline }}",
        "{{ report.headline|code }}",
        "{% for row in report.deletions %}",
        "{% for rule in report.holding %}",
        "{% endfor %}",
        "{% if report.holding %}",
        "{% else %}",
        "{% endif %}",
        "{{ row.address|code }}",
        "{{ row.address }}",
        "{{ rule.sentence }}",
        "{{ counts }}",
        '{% include "parts/headline.md.j2" %}',
        '{% include "parts/holding.md.j2" %}',
        '{% include "parts/deletions.md.j2" %}',
        '{% include "parts/changes.md.j2" %}',
        '{% from "macros.md.j2" import place %}',
        "<script>",
        "<table><tr><td>",
        "</td></tr></table>",
        "\n\n    ",
        "$$",
        "\\",
        "[x]: /y",
        "![x](y)",
        "<!-- plan-review:v1 e30 -->",
        "- [x] Cost is acceptable <!-- tick:cost:0123456789abcdef -->",
    ]
)  # fmt: skip
GARBAGE = st.one_of(
    st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join), st.lists(PIECES, max_size=25).map("\n".join)
)


@settings(max_examples=60)
@given(texts=st.dictionaries(st.sampled_from([*REPLACEABLE, "team/x.md.j2"]), GARBAGE, min_size=1, max_size=3))
def test_whatever_a_template_is_the_verdict_is_seen(texts: dict[str, str]) -> None:
    publication = made_of(texts)
    check_verdict(publication)
    root = parse(publication.comment)
    assert publication.comment.count("<!-- plan-review:") == 1
    top = [node for node in root.children if isinstance(node, Node)]
    if not texts.keys() & {"comment.md.j2", "checklist.md.j2"}:
        assert [node.text for node in top if node.text == "Checklist"] == ["Checklist"]
    if not texts.keys() & {"comment.md.j2", FOOTER}:
        assert any("plan-review 0.0.0" in node.text for node in top if node.tag == "p")


SHOWING = """\
# {{ v }} {{ v|code }}

{{ v }} text {{ v|code }} {{ v|code|code }} {{ v|fence|code }} and {{ v|html_code }}, <b>{{ v }}</b> [{{ v }}](https://x.example) [{{ v|code }}](https://x.example)
{{ v }}

- {{ v }}
- {{ v|code }} {{ v|fence }}

1. {{ v|html_code }}

> {{ v }} {{ v|code }}

| {{ v }} | {{ v|code }} |
|---|---|
| {{ v|cell_code }} | {{ v|html_code }} |

<details><summary>{{ v }} {{ v|code }} {{ v|html_code }}</summary>
{{ v }} {{ v|code }} {{ v|fence }}

{{ v }}

</details>
<sub>
{{ v|code }}
{{ v }}
</sub>

<table><tr><td>{{ v }}</td><td>{{ v|code }}</td></tr></table>

~~~
fixed
~~~

{{ (("+", v), (v, v))|diff_fence }}

{% macro m(x) %}<i>{{ x }}</i> {{ x|code }}{% endmacro %}
{{ m(v) }} <kbd>{{ m(v) }}</kbd> {% set held %}{{ v }}{% endset %}{{ held }}
"""


def skeleton(text: str) -> str:
    return re.sub(r"(^|>)[^<]+", r"\1", re.sub(r'="[^"]*"', "", _html(parse(text))))


def _html(node: Node) -> str:
    if node.tag == "span":  # what keeps GitHub from reading a sign of money as mathematics
        return ""
    inner = "".join("" if isinstance(child, str) else _html(child) for child in node.children)
    return f"<{node.tag} {sorted(node.attributes)}>{inner}</{node.tag}>"


HOSTILE = st.one_of(
    st.text(min_size=1, max_size=30),
    st.lists(PIECES, min_size=1, max_size=8).map("".join),
    st.sampled_from(["@octocat", "#1", "https://evil.example", "www.evil.example", "a@evil.example", ":+1:", "o/r#1"]),
).filter(lambda text: text.strip())


@settings(max_examples=60)
@given(value=HOSTILE)
def test_whatever_a_value_is_it_stays_text(value: str) -> None:
    """Wherever a template prints it, and with whatever filter."""
    texts = {FOOTER: "{% set v = report.plan_labels[0] %}\n" + SHOWING}
    harmless, hostile = (render(_with(text), TEMPLATES, OwnTemplates(texts=texts)) for text in ("x", value))
    assert (harmless.notices, hostile.notices) == ((), ())
    assert skeleton(hostile.comment) == skeleton(harmless.comment)


def _with(text: str) -> Report:
    return structs.replace(REPORT, plan_labels=(text,))  # which no built-in template shows
