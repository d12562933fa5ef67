"""docs/templates.md: what templates of the user's own may use, read off the types that are handed to them."""

import ast
import inspect
import io
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from markupsafe import Markup
from msgspec import Struct

from bot.blocks import Block
from bot.deletion_groups import AddressList, DeletionGroups
from bot.deletion_rows import DeletionRow, DeletionSection
from bot.edge.files import read_templates
from bot.families import Fold, Group
from bot.filling import Section
from bot.own_templates import FIXED
from bot.render import Form
from bot.report import Report
from bot.sandbox import COMPUTED
from bot.state import State
from bot.template_file import LARGEST, MOST_FILES, VERSION
from bot.template_source import TAGS

# What the whole texts and their parts are given, and what a single change is given.
VALUES: dict[str, tuple[Any, str]] = {
    "report": (Report, "All that is known."),
    "sections": (tuple[Section, ...], "The folded lists of single changes, with what there was room for."),
    "counts": (Markup, "How many of each kind, as a line or, for several stacks, a table."),
    "detail": (Form, "How long the text may become: the first form that fits is taken."),
    "deletion_sections": (tuple[DeletionSection, ...], "Deletions under what explains them, where `detail` is table."),
    "listed": (tuple[DeletionRow, ...], "Deletions where `detail` is list."),
    "groups": (DeletionGroups | None, "Deletions where `detail` is blocks or types."),
    "addresses": (AddressList, "Addresses of those, as many as there is room for."),
    "most_covers": (int, "How many names to list of what a label lets through."),
}
ITEM_VALUES: dict[str, tuple[Any, str]] = {
    "block": (Block, "The change, in `parts/block.md.j2` and `parts/quiet.md.j2`."),
    "group": (Group, "Like changes, in `parts/group.md.j2`."),
    "fold": (Fold, "What belongs to one module, in `parts/fold.md.j2`."),
    "several": (bool, "There is more than one stack: name it."),
    "shown": (tuple[Markup, ...], "What there was room for in a fold."),
    "left_out": (str, "What there was not, in words."),
}
FILTERS = {
    "code": "Text as code, on one line.  `cell_code` and `html_code` are the same.",
    "fence": "Text as a block of HCL.",
    "diff_fence": "Pairs of a sign and a text (such as `block.lines`) as a diff.",
    "plural": '`3\\|plural("change")` is 3 changes.',
    "link": '`report.origin.page_url\\|link("the page")` is a link to the run or its page, and to nothing else.',
    "count": "How many there are in a list.",
    "holding": "The children of a reason that hold the merge.",
    "tick": "The hidden end of a checklist's line, by which a tick is kept while its facts stay.",
}
SAME = ("cell_code", "html_code")

# What fields of these names are in every type, where its own source says nothing more.
MEANINGS = {
    "address": "of the resource; show it with `code`",
    "because": "the reason, in a sentence",
    "condition": 'under which it holds, "" where there is none',
    "deposed": "the key of an object that an earlier replacement left over",
    "icon": "a sign beside the words, never instead of them",
    "intent": "what explains the deletion",
    "kind": "what is done",
    "more": "how many are not listed",
    "notes": "remarks",
    "number": "how many share this line",
    "severity": "how bad it is",
    "stack": "the name of the stack; show it with `code`",
    "title": "in words",
    "blocks": "the changes, the dangerous first",
    "drift": "what changed outside of Terraform",
    "deferred": "what is put off to a later plan",
    "outputs": "outputs that change",
    "headline": "the verdict in words; must come first",
    "deletions": "what is destroyed or replaced, what is held first",
    "held": "it holds the merge until somebody lets it through",
    "checklist": "what was proved, and what only a person can know",
    "loud": "of medium severity or worse",
    "quiet": "below that",
    "principals": "who",
    "roles": "what they may do",
    "resources": "on what",
    "verb": "gains, loses and the like",
    "before": "the value before; none where it is secret",
    "after": "the value after; none where it is secret",
    "secret": "the value is not shown",
    "unknown": "known after apply",
    "forces_replacement": "the resource is replaced because of it",
    "path": "where in the resource",
    "previous_address": "where it was moved from",
    "import_id": "what it is imported from",
    "generated_config": "what Terraform wrote for it",
    "remarks": "what else is to be said, in words",
    "word": "in one word",
    "driver": "the attribute that drives the bill",
    "problem": "why the plan cannot be read",
    "name": "what people call it",
    "evidence": "what shows it",
    "ticked": "somebody ticked it",
    "digest": "stands for the items that are held",
    "several": "there is more than one stack",
    "thing": "the type as people call it",
    "given_by": "who set the label",
    "given_at": "when",
    "valid": "the label counts",
    "left_out": "what there was no room for",
    "shown": "what there was room for",
    "places": "project, region and the like",
    "facts": "more to know, in words",
    "loses": "what is lost, in words",
    "lasting": "data or identity is lost",
    "why": "Terraform's own reason",
    "why_paths": "the attributes that force it",
}

HEAD = f"""\
# Templates of your own

Every part of the comment and the step summary is a [Jinja](https://jinja.palletsprojects.com/templates/) template, and
yours can take the place of ours:

```sh
plan-review templates list
plan-review templates show parts/cost.md.j2 -o .github/plan-review/templates/parts/cost.md.j2
```

Edit the file, and say in `.github/plan-review.yml` for which version of this page it is written. Without that nobody
looks for templates, so that whoever has none pays no request for them.

```yaml
templates: {VERSION}
```

Then look at what comes of it. The first command tries your templates on a bundled plan and names each mistake with its line.

```sh
plan-review config check
plan-review review plan.json --format markdown
plan-review demo --templates some/folder --format markdown
```

**On GitHub the templates are read from the base branch**, like the settings and in one request, so that a pull request
cannot dress its own review. `--templates DIR` takes a folder that the workflow vouches for instead, without any request.
A merge group's summary, and one written while GitHub cannot be reached, are always the built-in ones.

## What a template can do

- Everything that is printed is escaped: a value stays text, whatever is in it, wherever you print it. The filters are
  those below, and nothing else makes Markdown of a value.
- Fields of the values below, conditions, loops, `set`, `with`, macros, `include` and `import` of other files of the folder (or
  of the built-in ones) by their written-out names. `+` and `-` are for whole numbers. There are no methods, functions or globals.
- Of HTML: {", ".join(f"`{tag}`" for tag in TAGS)}, without attributes (but `<details open>`), each closed in the
  branch, loop or macro that opens it. No comments, images, or definitions of links.
- A fence or code span that you write yourself holds fixed text; for values there are filters. A value is never part of a
  link's target and never directly behind `@` or `#`.
- At most {MOST_FILES} files of {LARGEST // 1024} KiB, in the folder or one folder below it, named like `parts/name.md.j2`, in UTF-8. Links are not followed.
- `{"`, `".join(FIXED)}` cannot be replaced: the last resort, what machines read, and a page with scripts.

## What it cannot do

- **Lose the verdict.** The hidden first line is none of a template's business. The headline comes first, what holds the merge comes
  before anything is folded, and each held deletion is named by its address as code (`{{{{ row.address|code }}}}`) where it is
  about being deleted. What is asked for is what the built-in templates show of the same plan.
- **Stop a review.** A template that breaks a rule, fails, or loses something gives way to the built-in one of its name, with a notice
  below the comment and in the log. Status and exit code stay as they are.
- **Run away.** Turns of loops, calls, look-ups, includes and characters are counted over everything one review renders; beyond the
  limit (about three times what the built-in templates take for 3,000 deletions, some seconds) the greediest file gives way. It is
  work that is counted, not time: a template that is slow in every single step is slow, and the time limit of the job is what ends it.

What nobody checks: whether your words are true, and whether a table has a column for every cell.

## Versions

This page is version {VERSION}. Within a version fields are added, never taken away or given another meaning. A version
that is not known here, older or newer, gives the built-in templates and a notice.
"""


def make_template_docs() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield "## Files\n"
    names = sorted(name for name in read_templates() if name.endswith(".md.j2") and name not in FIXED)
    yield ", ".join(f"`{name}`" for name in names) + ".\n"
    yield "A `macros.md.j2` of your own must have every macro of the built-in one, because other parts use them.\n"
    yield "## Values\n"
    yield "In `comment.md.j2`, `summary.md.j2` and everything they include (`checklist.md.j2` is also rendered with `report` alone):\n"
    yield from _table(VALUES)
    yield "\nIn the templates of the single changes, once for each item of a section:\n"
    yield from _table(ITEM_VALUES)
    yield "\n## Filters\n"
    yield "| filter | what it makes |"
    yield "|---|---|"
    yield from (f"| `{name}` | {text} |" for name, text in FILTERS.items())
    yield "\n## Types\n"
    yield 'Texts are as the plan has them, without its secrets; "" is an empty text, and says that there is nothing to say.'
    for type_ in list_types():
        yield f"\n### {type_.__name__}\n"
        if described(type_):
            yield f"{described(type_)}\n"
        yield "| field | what it is | |"
        yield "|---|---|---|"
        notes = _comments(type_)
        for name, hint in list_fields(type_).items():
            yield f"| `{name}` | {say_type(hint)} | {notes.get(name) or MEANINGS.get(name, '')} |"


def _table(values: Mapping[str, tuple[Any, str]]) -> Iterator[str]:
    yield "| name | what it is | |"
    yield "|---|---|---|"
    yield from (f"| `{name}` | {say_type(type_)} | {text} |" for name, (type_, text) in values.items())


def list_types() -> list[type[Struct]]:
    """Every type that a template can come to, by name."""
    ahead = [type_ for type_, _ in (*VALUES.values(), *ITEM_VALUES.values())]
    found: dict[str, type[Struct]] = {}
    while ahead:
        hint = ahead.pop()
        if isinstance(hint, type) and issubclass(hint, Struct) and hint.__name__ not in found:
            found[hint.__name__] = hint
            ahead += list_fields(hint).values()
        ahead += get_args(hint) if get_origin(hint) is not Literal else ()
    return [found[name] for name in sorted(found)]


def list_fields(type_: type[Struct]) -> dict[str, Any]:
    """Fields, then computed ones, with their types."""
    hints = get_type_hints(type_)
    fields = {name: hints[name] for name in type_.__struct_fields__}
    computed = {name: part for name, part in vars(type_).items() if isinstance(part, COMPUTED) and name[:1] != "_"}
    making = {name: part.fget if isinstance(part, property) else part.func for name, part in computed.items()}
    return {**fields, **{name: get_type_hints(made)["return"] for name, made in making.items()}}


WORDS: dict[Any, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "yes or no",
    NoneType: "none",
    Markup: "Markdown, ready made",
    Any: "a value of the plan",
    State: "state; its `word` is pass, attention, hold or error",
}


def say_type(hint: Any) -> str:
    origin, parts = get_origin(hint), get_args(hint)
    if hint in WORDS:
        return WORDS[hint]
    if isinstance(hint, type) and issubclass(hint, Struct):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in parts)
    if origin in (Union, UnionType):
        return " or ".join(say_type(part) for part in parts)
    if origin in (tuple, Sequence) and (len(parts) == 1 or parts[1] is Ellipsis):
        return f"list of {say_type(parts[0])}"
    if origin in (Mapping, dict):
        return f"{say_type(parts[1])} by {say_type(parts[0])}"
    if origin is tuple:
        return f"({', '.join(say_type(part) for part in parts)})"
    raise TypeError(f"no words for {hint}")


def described(type_: type[Struct]) -> str:
    """Its docstring, in Markdown."""
    text = inspect.cleandoc(vars(type_).get("__doc__") or "")
    return text.replace("``", "`").replace("<", "&lt;").replace("\n\n", "\n").replace("\n", " ")


def _comments(type_: type[Struct]) -> dict[str, str]:
    """What the source says behind a field, or below a computed one."""
    source = inspect.getsource(type_)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    by_line = {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
    body = ast.parse(source).body[0]
    notes: dict[str, str] = {}
    for node in body.body if isinstance(body, ast.ClassDef) else ():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            notes[node.target.id] = by_line.get(node.end_lineno or 0, "")
        elif isinstance(node, ast.FunctionDef):
            notes[node.name] = (ast.get_docstring(node) or "").split("\n\n")[0]
    clean = {name: " ".join(note.split()).replace("``", "`").replace("|", "\\|") for name, note in notes.items()}
    return {name: note.replace("<", "&lt;") for name, note in clean.items()}
