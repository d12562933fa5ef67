"""Rendering with templates of the user's own, and without those that fail or leave out what must be seen.

What must be seen is measured on what the built-in templates show of the same report: the headline with the verdict
first, every sentence that says why the merge is held before anything is folded, and the address of every deletion that
is held, written as code; where the built-in templates have no room for it, its block.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct, structs

from bot.address import family
from bot.markdown import one_line
from bot.own_templates import drop_broken, list_notices, sort_out, tell_mistake
from bot.publication import Publication
from bot.report import Report
from bot.sandbox import Budget, build_own_environment, explain_error
from bot.template_file import Mistake, OwnTemplates
from bot.template_source import Source
from bot.templating import Templates, build_markdown_environment

STEPS = 30_000_000  # for all that one attempt renders: some seconds
ATTEMPTS = 8
HEADLINE, HOLDING = "parts/headline.md.j2", "parts/holding.md.j2"
DELETIONS, MACROS = "parts/deletions.md.j2", "macros.md.j2"
TOO_LARGE = "This plan is too large for a comment."
_BEFORE = re.compile(r"(?:#{1,6} )?[^\0<>\[\]|~+=-]{0,60}")
Make = Callable[[Templates, Markup], Publication]  # from templates and the notices below everything


class Lost(Struct, frozen=True, kw_only=True):
    """What a reviewer would not see, and the templates that could be the reason."""

    text: str
    suspects: tuple[str, ...]


class Must(Struct, frozen=True, kw_only=True):
    """What must be seen of ``report``, as ``plain`` shows it.

    ``elsewhere`` are lines in which built-in templates name resources for other reasons than that they are deleted.
    """

    report: Report
    plain: Publication
    elsewhere: frozenset[str]


class Rendering(Struct, frozen=True, kw_only=True):
    """One report to be rendered; ``plain`` is what the built-in templates make of it."""

    report: Report
    builtin: Mapping[str, str]
    plain: Publication
    make: Make

    def attempt(self, used: Mapping[str, Source], mistakes: Sequence[Mistake]) -> Publication | Mistake:
        """Whatever fails in the user's templates must not fail the review."""
        budget = Budget(STEPS)
        try:
            environment = build_own_environment(self.builtin, used, budget)
            return self.make(environment, list_notices(mistakes, self.builtin))
        except Exception as error:
            name, line, text = explain_error(error, used, budget)
            return Mistake(name=name, line=line, text=text)

    def require(self) -> Must:
        without = build_markdown_environment({**self.builtin, DELETIONS: "", HOLDING: ""})
        lines = self.make(without, Markup()) if any(row.held for row in self.report.deletions) else None
        texts = (lines.comment, lines.summary) if lines else ()
        elsewhere = frozenset(line for text in texts for line in text.split("\n"))
        return Must(report=self.report, plain=self.plain, elsewhere=elsewhere)

    def finish(self, made: Publication, mistakes: Sequence[Mistake]) -> Publication:
        return structs.replace(made, notices=tuple(tell_mistake(mistake, self.builtin) for mistake in mistakes))


def render_own(own: OwnTemplates, rendering: Rendering) -> Publication:
    """With those of ``own`` that can be used, and a notice for each that cannot."""
    used, mistakes = sort_out(own, rendering.builtin)
    must = rendering.require()
    for _ in range(ATTEMPTS):
        if not used:
            break
        made = rendering.attempt(used, mistakes)
        blamed = (made,) if isinstance(made, Mistake) else tuple(_blame(made, used, rendering, must))
        if isinstance(made, Publication) and not blamed:
            return rendering.finish(made, mistakes)
        names = {mistake.name for mistake in blamed}
        left = {name: source for name, source in used.items() if name not in names and "" not in names}
        used, more = drop_broken(left, rendering.builtin)
        mistakes = (*mistakes, *blamed, *more)
    if used:
        mistakes = (*mistakes, Mistake(text="too many of them fail"))
    notices = list_notices(mistakes, rendering.builtin)
    return rendering.finish(rendering.make(build_markdown_environment(rendering.builtin), notices), mistakes)


def _blame(made: Publication, used: Mapping[str, Source], rendering: Rendering, must: Must) -> Iterator[Mistake]:
    """The one template without which nothing is lost; where no single one is the reason, all that could be."""
    lost = find_lost(made, must)
    if lost is None:
        return
    suspects = [name for name in lost.suspects if name in used]
    for name in suspects:
        rest, _ = drop_broken({key: source for key, source in used.items() if key != name}, rendering.builtin)
        again = rendering.attempt(rest, ())
        if isinstance(again, Publication) and find_lost(again, must) != lost:
            yield Mistake(name=name, text=lost.text)
            return
    for name in suspects or [""]:
        yield Mistake(name=name, text=lost.text)


def find_lost(made: Publication, must: Must) -> Lost | None:
    """What the built-in templates show of what must be seen, and these do not; None where nothing is lost."""
    plain = must.plain
    pairs = ((made.comment, plain.comment, "comment.md.j2"), (made.summary, plain.summary, "summary.md.j2"))
    lost = (_find_lost(_body(mine), _body(theirs), whole, must) for mine, theirs, whole in pairs)
    return next((found for found in lost if found), None)


def _find_lost(mine: str, theirs: str, whole: str, must: Must) -> Lost | None:
    report = must.report
    if not _leads(mine, report.headline):
        return Lost(text="the headline with the verdict does not come first", suspects=(HEADLINE, whole))
    if TOO_LARGE in mine and TOO_LARGE not in theirs:
        return Lost(text="with them the comment becomes too long", suspects=())
    open_part, open_theirs = (_flatten(text.split("<details", 1)[0]) for text in (mine, theirs))
    sentences = [_flatten(one_line(rule.sentence)) for rule in report.holding]
    if any(sentence in open_theirs and sentence not in open_part for sentence in sentences):
        return Lost(text="it leaves out why the merge is held", suspects=(HOLDING, MACROS, whole))
    held = {row.address for row in report.deletions if row.held}
    shown = _list_shown(held, theirs, must.elsewhere)
    shown |= _list_shown({family(address) for address in held - shown}, theirs, must.elsewhere)
    if shown - _list_shown(shown, mine, must.elsewhere):
        suspects = (DELETIONS, HOLDING, MACROS, whole)
        return Lost(text="it leaves out the address of a deletion that is held", suspects=suspects)
    return None


def _list_shown(words: set[str], text: str, elsewhere: frozenset[str]) -> set[str]:
    """The addresses that stand in ``text`` as code, besides in lines that have nothing to do with it."""
    flat = _flatten("\n".join(line for line in text.split("\n") if line not in elsewhere))
    pieces = set(flat.split("\0"))
    flattened = {word: _flatten(one_line(word)) for word in words}
    return {word for word, piece in flattened.items() if piece in pieces or ("\0" in piece and f"\0{piece}\0" in flat)}


def _body(text: str) -> str:
    """Without the marker, which is no template's."""
    return re.sub(r"\A<!-- [^\n]* -->\n", "", text)


def _leads(text: str, headline: str) -> bool:
    """Is the first line the headline, with nothing before it but a sign, a few words and stars?"""
    first = text.lstrip("\n").split("\n", 1)[0]
    before, found, _ = _flatten(first).partition(_flatten(one_line(headline)))
    return bool(found) and _BEFORE.fullmatch(before) is not None


def _flatten(text: str) -> str:
    """The same for the same words, however they are escaped; what is written as code stands between NULs."""
    text = re.sub("`+|</?code>", "\0", text)
    for _ in range(3):
        text = html.unescape(text)
    return re.sub(" *\0[ \0]*", "\0", re.sub(r"[\\\u2060]", "", text).replace("`", "\0"))
