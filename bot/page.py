"""The report as one self-contained HTML page."""

from collections.abc import Mapping

from bot.report import Report
from bot.sections import list_sections, tell_left_out
from bot.templating import build_html_environment


def render_page(report: Report, templates: Mapping[str, str], *, most: int = 2_000) -> str:
    """One self-contained HTML page: no script, nothing loaded from elsewhere."""
    sections = [(title, blocks[:most]) for title, blocks in list_sections(report)]
    page = build_html_environment(templates).get_template("report.html.j2")
    return (
        page.render(report=report, sections=sections, most=most, left_out=tell_left_out(report.blocks[most:])).strip()
        + "\n"
    )
