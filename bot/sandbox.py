"""Templates of the user's own, run where they can neither reach out, nor run away, nor make a value active.

They see fields of our values and nothing else: no methods, no Python, no other files.  What they print is escaped so
that it is plain text in Markdown and in HTML alike, because nobody knows where in a text of theirs it comes to stand.
Work is counted in steps, not in seconds: this core has no clock, and the same template gives the same result anywhere.
"""

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import cached_property, lru_cache
from typing import Any

import jinja2
import msgspec
from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from bot.checklist import ChecklistItem
from bot.markdown import code_anywhere, diff_fence, escape_text, fence, link, trusted
from bot.report import Origin
from bot.state import State
from bot.template_source import Refused, Source, check_source, read_source, say_syntax
from bot.templating import Templates, build_markdown_environment
from bot.ticks import write_tick
from bot.verdict import list_holding
from bot.wording import plural

CHECKING = 1_000_000  # steps: reading takes none
INCLUDE, CALL, TURN, LOOK, SHOW = 500, 300, 10, 5, 10  # steps: about what each takes of time, where a character is one
_LOOP = (
    "index",
    "index0",
    "revindex",
    "revindex0",
    "first",
    "last",
    "length",
    "previtem",
    "nextitem",
    "cycle",
    "changed",
)
_UNKNOWN = re.compile(r"(?:attribute '|requested name '|\A')([A-Za-z_]\w{0,60})'")
_LOOP_CALLS = ("cycle", "changed")
COMPUTED = (property, cached_property)  # fields that are worked out when somebody asks for them


class Budget:
    """Steps that are left, and who took how many."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.taken: dict[str, int] = {}

    def take(self, name: str, steps: int) -> None:
        self.left -= steps
        self.taken[name] = self.taken.get(name, 0) + steps
        if self.left < 0:
            raise Exhausted

    @property
    def greediest(self) -> str:
        return max(filter(None, self.taken), key=lambda name: self.taken[name], default="")


class Exhausted(Exception):
    """The templates want to do more than there are steps for."""


class Forbidden(SecurityError):
    """What a template must not do, in words without any value."""


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset("+ - * / // % **".split())

    def __init__(self, budget: Budget, loader: jinja2.BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            finalize=_build_finalize(budget),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.budget = budget
        self.globals = {}
        self.filters = _build_filters(budget)

    def getattr(self, obj: Any, attribute: str) -> Any:
        _refuse_markup(obj)
        value = super().getattr(obj, attribute)
        self.budget.take("", LOOK + (len(value) // 10 if isinstance(value, tuple) else 0))
        return value

    def getitem(self, obj: Any, argument: Any) -> Any:
        _refuse_markup(obj)
        self.budget.take("", LOOK)
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Fields and computed fields of our values; what is documented is what can be reached, and nothing else."""
        if isinstance(obj, msgspec.Struct):
            return attr in obj.__struct_fields__ or (attr[:1] != "_" and isinstance(getattr(type(obj), attr), COMPUTED))
        if isinstance(obj, LoopContext):
            return attr in _LOOP
        if isinstance(obj, State):
            return attr == "word"
        return isinstance(value, Macro) and attr[:1] != "_"

    def is_safe_callable(self, obj: Any) -> bool:
        owner = getattr(obj, "__self__", None)
        if isinstance(obj, jinja2.Undefined):
            return True  # to call it says what is not there
        return isinstance(obj, Macro) or (isinstance(owner, LoopContext) and obj.__name__ in _LOOP_CALLS)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if type(left) is not int or type(right) is not int or operator not in ("+", "-"):
            raise Forbidden(f"{operator} is for whole numbers")
        return super().call_binop(context, operator, left, right)


def _refuse_markup(value: Any) -> None:
    """A piece of what is safe as a whole need not be safe."""
    if isinstance(value, Markup):
        raise Forbidden("what a filter or macro made cannot be taken apart")


def _build_finalize(budget: Budget) -> Callable[[Context, Any], Markup]:
    @pass_context
    def finalize(context: Context, value: Any) -> Markup:
        if isinstance(value, jinja2.Undefined):
            str(value)  # raises
        text = escape_text(value)
        budget.take(context.name or "", SHOW + len(text))
        return _set_apart(text) if "\n" in text.strip() else text

    return finalize


def _set_apart(text: str) -> Markup:
    """Blank lines end whatever HTML or paragraph is open, so that a fence is a fence and a list a list."""
    return trusted(f"\n\n{text.strip(chr(10))}\n\n")


def _build_filters(budget: Budget) -> dict[str, Callable[..., Any]]:
    @pass_context
    def counted(context: Context, values: Any, weight: int) -> Any:
        """What a loop goes over; every turn of it costs."""
        budget.take(context.name or "", len(values) * weight)
        return values

    @pass_context
    def charged(context: Context, weight: int) -> str:
        budget.take(context.name or "", weight)
        return ""

    @pass_context
    def sliced(context: Context, values: Any) -> Any:
        _refuse_markup(values)
        budget.take(context.name or "", LOOK + len(values) // 10)
        return values

    return {
        " counted": counted,
        " charged": charged,
        " sliced": sliced,
        "plural": plural,
        "count": len,
        "holding": list_holding,
        **dict.fromkeys(("code", "cell_code", "html_code"), _code),
        "diff_fence": diff_fence,
        "fence": lambda text: fence(text.splitlines(), "hcl"),
        "link": _link,
        "tick": _tick,
    }


def _code(value: Any) -> Markup:
    """Anew, also what was code before: a piece of Markdown inside of a tag is not what it was."""
    if not isinstance(value, str | int):
        raise Forbidden("code is for text")
    return code_anywhere(str(value))


@pass_context
def _link(context: Context, url: Any, text: Any) -> Markup:
    """To the run and its page alone: an address of a plan must not become a link."""
    origin = getattr(context.get("report"), "origin", None)
    if not isinstance(origin, Origin) or url not in (origin.run_url, origin.page_url):
        raise Forbidden("link is for report.origin.run_url and report.origin.page_url")
    label = escape_text(str(text))
    return trusted(f'<a href="{url}">{label}</a>') if link(url, "").startswith("<a ") else label


def _tick(item: Any) -> Markup:
    if not isinstance(item, ChecklistItem):
        raise Forbidden("tick is for an item of the checklist")
    return trusted(write_tick(item.id, item.facts))


def _count_steps(tree: nodes.Template) -> nodes.Template:
    """Make loops, macros and slices say how much they do."""
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = nodes.Filter(loop.iter, " counted", [nodes.Const(TURN + _weigh(loop.body))], [], None, None)
    for part in list(tree.find_all(nodes.Getitem)):
        if isinstance(part.arg, nodes.Slice):
            part.node = nodes.Filter(part.node, " sliced", [], [], None, None)
    for macro in list(tree.find_all(nodes.Macro)):
        toll = nodes.Filter(nodes.Const(CALL + _weigh(macro.body)), " charged", [], [], None, None)
        macro.body.insert(0, nodes.ExprStmt(toll))
    return tree


def _weigh(body: list[nodes.Node]) -> int:
    """Characters that are written at most, besides inner loops, which count for themselves."""
    weight = 0
    for node in body:
        if isinstance(node, nodes.TemplateData):
            weight += len(node.data)
        elif not isinstance(node, (nodes.For, nodes.Macro)):
            weight += _weigh(list(node.iter_child_nodes()))
    return weight


class _Loader(jinja2.BaseLoader):
    """Gives the user's own template where there is one, else ours, to both kinds of templates."""

    def __init__(self, builtin: Mapping[str, str], own: Mapping[str, Source], budget: Budget) -> None:
        self.builtin, self.own, self.budget = builtin, own, budget
        self.sandbox = _Sandbox(budget, self)
        self.plain = build_markdown_environment(builtin)
        self.inner = self.plain.loader
        self.plain.loader = self

    def load(
        self, environment: jinja2.Environment, name: str, values: MutableMapping[str, Any] | None = None
    ) -> jinja2.Template:
        if name in self.own:
            return self._compile(name, self.own[name])
        if environment is self.plain and self.inner is not None:
            return self.inner.load(environment, name, values)
        text = self.builtin.get(name)
        if text is None:
            raise jinja2.TemplateNotFound(name)
        source = read_source(self.sandbox, name, text)
        return self._compile(name, source) if source.only_macros else self._frame(self.plain.get_template(name))

    def _compile(self, name: str, source: Source) -> jinja2.Template:
        tree = _count_steps(self.sandbox.parse(source.text, name))
        compiled = self.sandbox.compile(tree, name, name)
        template = jinja2.Template.from_code(self.sandbox, compiled, {})
        return self._frame(template) if name in self.builtin and not source.only_macros else self._toll(template)

    def _frame(self, template: jinja2.Template) -> jinja2.Template:
        """A whole part stands by itself, whoever includes it and wherever."""
        return self._around(template, _set_apart)

    def _toll(self, template: jinja2.Template) -> jinja2.Template:
        return self._around(template, trusted)

    def _around(self, template: jinja2.Template, make: Callable[[str], Markup]) -> jinja2.Template:
        framed = object.__new__(jinja2.Template)  # as jinja2 itself does; the other one stays in its cache as it is
        vars(framed).update(vars(template))
        inner, name, budget = template.root_render_func, template.name or "", self.budget

        def render(context: Context) -> Iterator[str]:
            budget.take(name, INCLUDE)
            text = "".join(inner(context))
            budget.take(name, len(text))
            yield make(text)

        framed.root_render_func = render
        return framed


def build_own_environment(builtin: Mapping[str, str], own: Mapping[str, Source], budget: Budget) -> Templates:
    """For comment and summary, with ``own`` in the place of what is built in.  ``own`` must have passed the check."""
    return _Loader(builtin, own, budget).plain


def explain_error(error: Exception, own: Mapping[str, Source], budget: Budget) -> tuple[str, int, str]:
    """Which of ``own`` failed ("" where none can be told), in which line, and why, in words without any value."""
    if isinstance(error, Exhausted):
        return budget.greediest if budget.greediest in own else "", 0, "it does more than a template may"
    name, line = "", 0
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in own:
            name, line = frame.f_code.co_filename, number
    return name, line, _explain(error, own[name].text if name else "")


def _explain(error: Exception, text: str) -> str:
    if isinstance(error, Forbidden):
        return str(error)
    if isinstance(error, SecurityError):
        return "it reaches for what templates cannot see"
    if isinstance(error, RecursionError):
        return "it calls itself without end"
    if isinstance(error, jinja2.UndefinedError):
        found = _UNKNOWN.search(str(error))
        known = found is not None and re.search(rf"\b{found[1]}\b", text)  # written out, and no value of a plan
        return f"there is no value called {found[1]}" if found and known else "it uses something that is not there"
    return f"it does something that does not fit its values ({type(error).__name__})"


def list_filters() -> tuple[str, ...]:
    """The names that templates of the user's own can use, and a few with a space before that only we can."""
    return tuple(_build_filters(Budget(CHECKING)))


@lru_cache(maxsize=64)
def read_builtin(name: str, text: str) -> Source:
    return read_source(_Sandbox(Budget(CHECKING), jinja2.DictLoader({})), name, text)


def read_own(name: str, text: str) -> Source:
    """Raises Refused for whatever keeps the template from being used at all."""
    sandbox = _Sandbox(Budget(CHECKING), jinja2.DictLoader({}))
    source = read_source(sandbox, name, text)
    check_source(source)
    try:
        sandbox.compile(_count_steps(sandbox.parse(text, name)), name, name)
    except jinja2.TemplateSyntaxError as error:
        raise Refused(say_syntax(error), error.lineno) from None
    except (RecursionError, SyntaxError, MemoryError):
        raise Refused("it is nested too deeply") from None
    return source
