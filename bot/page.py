"""The report as one self-contained HTML page: nothing is loaded, and nothing runs but the page's own script.

The page says so to the browser: its policy names its style and its script by their digests and allows nothing else.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256

from bot.deletion_rows import list_deletion_sections
from bot.kind import Kind
from bot.markdown import trusted
from bot.page_rows import build_data, list_page_blocks
from bot.report import Report
from bot.sections import tell_left_out
from bot.templating import build_html_environment
from bot.wording import KIND_WORDS

MOST_ROWS = 50_000  # changes listed one by one
COUNTED: tuple[Kind, ...] = ("unknown", "delete", "replace", "forget", "update", "create", "move", "import")
MOST_LINES = 2_000  # lines of any other list, but of deletions: those are never cut


def render_page(
    report: Report, templates: Mapping[str, str], *, most: int = MOST_LINES, most_rows: int = MOST_ROWS
) -> str:
    """``most`` bounds every list but that of deletions, ``most_rows`` the single changes; what is cut is counted."""
    blocks = list_page_blocks(report)
    shown = blocks[:most_rows]
    style, script = templates["report.css"], templates["report.js"]
    page = build_html_environment(templates).get_template("report.html.j2")
    text = page.render(
        report=report,
        most=most,
        style=trusted(style),
        script=trusted(script),
        policy=trusted(_write_policy(style, script)),
        data=build_data(report, shown),
        linked=frozenset((block.stack, block.address, block.deposed) for name, block in shown if name == "changes"),
        counts=_list_counts(report),
        lasting=[row for row in report.deletions if row.lasting],
        answers=_list_answers(report),
        deletion_sections=list_deletion_sections(report.deletions),
        number=len(blocks),
        shown=len(shown),
        left_out=tell_left_out([block for _, block in blocks[most_rows:]]),
    )
    return text.strip() + "\n"


def _list_counts(report: Report) -> list[tuple[Kind, str, str]]:
    """Kind, word and number over all stacks, the dangerous first."""
    totals = [(kind, sum(stack.counts[kind] for stack in report.stacks)) for kind in COUNTED]
    return [(kind, KIND_WORDS.get(kind, kind), f"{total:,}") for kind, total in totals if total]


def _list_answers(report: Report) -> list[tuple[int, str]]:
    """How many points of the checklist are answered how: ``(1, "failed")``; what asks for somebody comes first."""
    words = {"fail": "failed", "human": "for you", "ticked": "ticked", "pass": "passed", "not_applicable": "not needed"}
    numbers = Counter("ticked" if item.ticked else item.state for item in report.checklist)
    return [(numbers[state], word) for state, word in words.items() if numbers[state]]


def _write_policy(style: str, script: str) -> str:
    """Content-Security-Policy.  Trusted types: a script that would make HTML of a text is refused by the browser."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
