"""What a template of the user's own may be written with.  Everything else is refused before anything runs.

A template runs in a sandbox, but its bare text goes into the comment as it is.  So that no such text can hide what
comes after it, or make a value active, its HTML is a short list of tags that close where they open, its fences and
code spans are whole, and no value ends up in the target of a link or behind an ``@``.
"""

import re
from collections.abc import Iterator, Sequence

import jinja2
from jinja2 import nodes
from msgspec import Struct

TAGS = (
    *("details", "summary", "sub", "sup", "kbd", "table", "thead", "tbody", "tr", "th", "td", "blockquote"),
    *("ul", "ol", "li", "b", "i", "em", "strong", "code", "del", "ins", "samp", "br", "hr"),
)
VOID = ("br", "hr")
_TAG = re.compile(rf"<(/?)({'|'.join(TAGS)})(?: open)? ?/?>")
_FENCE = re.compile(r"[ \t>*+-]*(`{3,}|~{3,})([^`]*)")
_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.Filter, nodes.Test, nodes.Call, nodes.Keyword, nodes.If, nodes.For, nodes.Assign,
    nodes.AssignBlock, nodes.With, nodes.Include, nodes.Import, nodes.FromImport, nodes.Macro, nodes.CondExpr,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair,
    nodes.Add, nodes.Sub, nodes.Neg, nodes.Scope,
)  # fmt: skip
_SPELLING = {
    nodes.Concat: "~",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
    nodes.Pos: "+",
    nodes.Block: "{% block %}",
    nodes.Extends: "{% extends %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.ScopedEvalContextModifier: "{% autoescape %}",
    nodes.NSRef: "a namespace",
}
# Bare text in which a value (\0) or a statement (\1) must not stand, and why.
_PLACES = (
    (re.compile(r"!\["), "images are not shown"),
    (re.compile(r"^[ >\t]*\[[^\]\n]*\]:", re.M), "a definition of a link or footnote would not be seen"),
    (re.compile(r"\]\([^)\n]*[\0\1]"), "a value cannot be part of a link's target"),
    (re.compile(r"(?:https?:/|www\.)[^\s)\]]*[\0\1]"), "a value cannot be part of a link's target"),
    (re.compile(r"[@#][\0\1]"), "a value directly behind @ or # would be a mention or a reference"),
)


class Refused(Exception):
    """A rule that a template breaks: ``text`` says which, without any value; ``line`` is 0 where nobody knows."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.line = line


class Source(Struct, frozen=True, kw_only=True):
    """A template that was read: its tree, the templates it names with their lines, and the macros it offers."""

    text: str
    tree: nodes.Template
    links: tuple[tuple[str, int], ...]
    macros: frozenset[str]

    @property
    def only_macros(self) -> bool:
        """Does it show nothing by itself?"""
        return bool(self.macros) and all(_shows_nothing(node) for node in self.tree.body)


def read_source(environment: jinja2.Environment, name: str, text: str) -> Source:
    """Raises Refused where it is no template at all."""
    try:
        tree = environment.parse(text, name)
        links = tuple(_list_links(tree))
    except jinja2.TemplateSyntaxError as error:
        raise Refused(say_syntax(error), error.lineno) from None
    except RecursionError:
        raise Refused("it is nested too deeply") from None
    macros = frozenset(node.name for node in tree.body if isinstance(node, nodes.Macro))
    return Source(text=text, tree=tree, links=links, macros=macros)


def _list_links(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    for node in tree.find_all(nodes.Stmt):
        if isinstance(node, (nodes.Include, nodes.Import, nodes.FromImport)) and isinstance(node.template, nodes.Const):
            yield str(node.template.value), node.lineno


def say_syntax(error: jinja2.TemplateSyntaxError) -> str:
    """Jinja2's own words; they quote the template alone.  Its hints, of several sentences, stay out."""
    said = (error.message or "this is no template").partition(". ")[0].rstrip(".")
    return said[:1].lower() + said[1:]


def check_source(source: Source) -> None:
    """Raises Refused for the first rule that the template breaks."""
    try:
        _check_node(source.tree)
        for body in _bodies(source.tree):
            _check_text(body)
    except RecursionError:
        raise Refused("it is nested too deeply") from None


def _shows_nothing(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Output):
        return all(isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes)
    return isinstance(node, (nodes.Macro, nodes.Import, nodes.FromImport))


def _check_node(node: nodes.Node) -> None:
    if not isinstance(node, _NODES):
        raise Refused(
            f"{_SPELLING.get(type(node), type(node).__name__)} is nothing that templates can use", node.lineno
        )
    if isinstance(node, (nodes.Include, nodes.Import, nodes.FromImport)) and not _is_text(node.template):
        raise Refused("the name of an included template must be written out", node.lineno)
    if isinstance(node, nodes.For) and node.recursive:
        raise Refused("a loop cannot call itself", node.lineno)
    if isinstance(node, nodes.Name) and node.name.startswith("_"):
        raise Refused("a name cannot begin with _", node.lineno)
    for child in node.iter_child_nodes():
        _check_node(child)


def _is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, str)


def _bodies(node: nodes.Node) -> Iterator[Sequence[nodes.Node]]:
    """Every list of statements: each must be whole by itself, because nobody knows whether and how often it runs."""
    for field in ("body", "else_"):
        inner = getattr(node, field, None)
        if isinstance(inner, list) and inner:
            yield inner
    for child in node.iter_child_nodes():
        yield from _bodies(child)


def _check_text(body: Sequence[nodes.Node]) -> None:
    open_tags: list[tuple[str, int]] = []
    flat, first = "", 0
    for node in body:
        if not isinstance(node, nodes.Output):
            flat += "\1"
            continue
        first = first or node.lineno
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                _check_fences(part)
                _match_tags(part, open_tags)
                flat += part.data
            else:
                flat += "\0"
    for tag, line in open_tags:
        raise Refused(f"<{tag}> must be closed where it is opened: in the same branch, loop or macro", line)
    for pattern, why in _PLACES:
        if found := pattern.search(flat):
            raise Refused(why, first + flat.count("\n", 0, found.start()))


def _match_tags(part: nodes.TemplateData, open_tags: list[tuple[str, int]]) -> None:
    for place in (match.start() for match in re.finditer("<", part.data)):
        line = part.lineno + part.data.count("\n", 0, place)
        tag = _TAG.match(part.data, place)
        if tag is None:
            raise Refused(
                f"of HTML there is {', '.join(TAGS[:6])} and the like, bare; for the sign itself write &lt;", line
            )
        if tag[1] and (not open_tags or open_tags.pop()[0] != tag[2]):
            raise Refused(f"</{tag[2]}> closes what is not open here", line)
        if not tag[1] and tag[2] not in VOID:
            open_tags.append((tag[2], line))


def _check_fences(part: nodes.TemplateData) -> None:
    """A fence or code span that a value or statement interrupts could be closed, or opened again, by what it shows."""
    fence, lines = "", part.data.split("\n")
    for number, line in enumerate(lines):
        mark = _FENCE.fullmatch(line)
        if fence:
            whole = mark and mark[1].startswith(fence) and not mark[2].strip() and number + 1 < len(lines)
            fence = "" if whole else fence
        elif mark:
            fence = mark[1]
        elif not _has_whole_spans(line):
            raise Refused("a code span cannot hold a value; use the filter code", part.lineno + number)
    if fence:
        raise Refused("a fence cannot hold a value or a statement; use the filters fence or diff_fence", part.lineno)


def _has_whole_spans(line: str) -> bool:
    """Does every run of backticks find its like?"""
    runs = [len(run) for run in re.findall("`+", line)]
    while runs:
        length = runs.pop(0)
        if length not in runs:
            return False
        del runs[: runs.index(length) + 1]
    return True
