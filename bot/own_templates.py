"""Templates of the user's own: which of them can be used at all, and what is said about the others."""

import re
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from bot.markdown import code, escape_text, trusted
from bot.sandbox import read_builtin, read_own
from bot.template_file import FOLDER, LARGEST, MOST_FILES, VERSION, Mistake, OwnTemplates, TemplateFile
from bot.template_source import Refused, Source

# The last resort, what machines read, a page with a script, and what is written when the review is over.
FIXED = (
    *("bare.md.j2", "status.txt.j2", "report.html.j2", "report.js", "report.css"),
    *("parts/applied.md.j2", "drift.md.j2", "parts/drift_row.md.j2"),  # written by other commands
)
MOST_TOLD = 5
_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,60}/)?[A-Za-z0-9_-]{1,60}\.md\.j2")


def collect_templates(files: Sequence[TemplateFile], version: int) -> OwnTemplates:
    """What can be read of ``files`` as text, written for ``version``.  Files without ``.j2`` do not matter."""
    if version != VERSION:
        return _all_wrong(
            f"the settings say that they are written for version {version}, and this is version {VERSION}"
        )
    templates = sorted((file for file in files if file.name.endswith(".j2")), key=lambda file: file.name)
    if not templates:
        return _all_wrong(f"there is none in {FOLDER}")
    if len(templates) > MOST_FILES:
        return _all_wrong(f"there are more than {MOST_FILES}")
    texts, mistakes = {}, []
    for file in templates:
        try:
            texts[file.name] = _decode(file)
        except Refused as refused:
            mistakes.append(Mistake(name=file.name, text=refused.text))
    return OwnTemplates(texts=texts, mistakes=tuple(mistakes))


def _all_wrong(text: str) -> OwnTemplates:
    return OwnTemplates(mistakes=(Mistake(text=text),))


def _decode(file: TemplateFile) -> str:
    if not _NAME.fullmatch(file.name):
        raise Refused("its name is not like parts/name.md.j2: letters, digits, - and _, in one folder at most")
    if file.name in FIXED:
        raise Refused("this one cannot be replaced")
    if max(file.size, len(file.data or b"")) > LARGEST:
        raise Refused(f"it is larger than {LARGEST // 1024} KiB")
    if file.data is None:
        raise Refused("it is no ordinary text file")
    try:
        return file.data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Refused("it is not UTF-8") from None


def sort_out(own: OwnTemplates, builtin: Mapping[str, str]) -> tuple[dict[str, Source], tuple[Mistake, ...]]:
    """Those that keep the rules, with what they name there, and why the others do not."""
    sources: dict[str, Source] = {}
    mistakes = list(own.mistakes)
    for name, text in own.texts.items():
        try:
            sources[name] = read_own(name, text)
        except Refused as refused:
            mistakes.append(Mistake(name=name, text=refused.text, line=refused.line))
    kept, more = drop_broken(sources, builtin)
    return kept, (*mistakes, *more, *_list_unused(own.texts, sources, builtin))


def drop_broken(sources: Mapping[str, Source], builtin: Mapping[str, str]) -> tuple[dict[str, Source], list[Mistake]]:
    """Without those that name what is not there, again and again: each that goes may be named by another."""
    ours = {name: read_builtin(name, text) for name, text in builtin.items() if name.endswith(".md.j2")}
    kept, mistakes = dict(sources), []
    while found := next(_list_broken(kept, ours), None):
        del kept[found.name]
        mistakes.append(found)
    return kept, mistakes


def _list_broken(kept: Mapping[str, Source], ours: Mapping[str, Source]) -> Iterator[Mistake]:
    together = {**ours, **kept}
    for name, source in kept.items():
        for link, line in source.links:
            if link not in together or link in FIXED:
                yield Mistake(name=name, text="it names a template that cannot be used", line=line)
        needed = ours[name].macros if name in ours and ours[name].only_macros else frozenset[str]()
        for macro in sorted(needed - source.macros)[:1]:
            yield Mistake(name=name, text=f"others need its macro {macro}")
        if name in _reach(name, together):
            yield Mistake(name=name, text="it includes itself")


def _reach(name: str, together: Mapping[str, Source]) -> set[str]:
    """Everything that is included, directly or not."""
    reached: set[str] = set()
    ahead = [link for link, _ in together[name].links]
    while ahead:
        link = ahead.pop()
        if link not in reached and link in together:
            reached.add(link)
            ahead += [further for further, _ in together[link].links]
    return reached


def _list_unused(
    names: Mapping[str, str], sources: Mapping[str, Source], builtin: Mapping[str, str]
) -> Iterator[Mistake]:
    """Most often a name with a slip in it."""
    named = {link for source in sources.values() for link, _ in source.links}
    if len(sources) == len(names):  # a broken one may name it
        for name in names:
            if name not in builtin and name not in named:
                yield Mistake(name=name, text="there is no built-in one of that name, and no other one includes it")


def tell_mistake(mistake: Mistake, builtin: Mapping[str, str]) -> str:
    """A sentence in plain text."""
    return "".join(str(part) for part in _tell(mistake, builtin))


def _tell(mistake: Mistake, builtin: Mapping[str, str]) -> tuple[str, str, str]:
    """What comes before the name, the name, and the rest."""
    where = f"line {mistake.line}: " if mistake.line else ""
    text = mistake.text[:300]
    if not mistake.name:
        return "The templates of this repository could not be used: ", "", f"{text}; the built-in ones were used."
    used = "; the built-in one was used" if mistake.name in builtin else ""
    return "The template ", mistake.name, f" of this repository could not be used: {where}{text}{used}."


def list_notices(mistakes: Sequence[Mistake], builtin: Mapping[str, str]) -> Markup:
    """Paragraphs for comment and summary, "" where nothing was wrong."""
    told = []
    for mistake in mistakes[:MOST_TOLD]:
        before, name, after = _tell(mistake, builtin)
        told.append(f"⚠️ {before}{code(name[:150]) if name else ''}{escape_text(after)}")
    if len(mistakes) > MOST_TOLD:
        told.append(f"⚠️ {len(mistakes) - MOST_TOLD} more templates of this repository could not be used.")
    return trusted("\n\n".join(told))
