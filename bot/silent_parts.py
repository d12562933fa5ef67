"""Parts of the comment that say nothing about a report: to compile them would be a fifth of a small review."""

from collections.abc import Callable, Mapping

from bot.report import Report

_SPEAKS: dict[str, Callable[[Report], object]] = {
    "parts/cost.md.j2": lambda report: report.cost.rows or report.cost.total,
    "parts/deletions.md.j2": lambda report: report.deletions,
    "parts/exposure.md.j2": lambda report: report.access.exposures,
    "parts/failures.md.j2": lambda report: report.failures.number,
    "parts/holding.md.j2": lambda report: report.holding,
    "parts/noticing.md.j2": lambda report: report.noticing,
    "parts/override.md.j2": lambda report: report.overrides.needed,
    "parts/permissions.md.j2": lambda report: report.access.grants or report.access.notes or report.access.unchanged,
    "parts/promotion.md.j2": lambda report: report.promotion is not None,
    "parts/remarks.md.j2": lambda report: report.naming or report.scanners,
    "parts/renames.md.j2": lambda report: report.renames,
    "parts/since.md.j2": lambda report: report.since is not None,
}


def list_silent(report: Report) -> tuple[str, ...]:
    """Names of the built-in parts that are empty; what a user puts in their place may say something all the same."""
    return tuple(name for name, speaks in _SPEAKS.items() if not speaks(report))


def drop_silent(report: Report, templates: Mapping[str, str]) -> Mapping[str, str]:
    """The built-in ``templates``, those parts without any text."""
    return {**templates, **dict.fromkeys(list_silent(report), "")}
