"""Hide secret values: what Terraform marks, and what a censor finds besides.

``conceal`` turns one side of a change into a tree in which every secret leaf is a ``Secret`` and every leaf known
only after apply is ``UNKNOWN_LEAF``.  Everything later in the pipeline sees these trees, never the raw values.

Facts about the masks: a node is true (covers the whole subtree, whatever its shape), false, an object or an array;
either side's mark makes both sides secret; array masks fit the value of their own side only.
Source: hashicorp/terraform internal/command/jsonstate/state.go (SensitiveAsBool), jsonplan/plan.go (unknownAsBool).
"""

from collections.abc import Mapping, Sequence, Set
from operator import is_
from typing import Any, NamedTuple, Protocol

from bot.value import canonical

HIDDEN = "(sensitive value)"
UNKNOWN = "(known after apply)"
NAMED_BESIDE = ("value", "values", "content", "text")
NOTHING: Mapping[str, Any] = {}
Path = tuple[str | int, ...]


class Secret:
    """A hidden leaf.  Equal when the hidden values are equal, so that "changed" can be told; never shown.

    ``shown`` is HIDDEN, or a longer text in which HIDDEN stands for the secret parts.  ``marked`` is true where this
    very side carries Terraform's mark.
    """

    __slots__ = ("_raw", "marked", "shown")

    def __init__(self, raw: Any, shown: str = HIDDEN, *, marked: bool = False) -> None:
        self._raw = raw
        self.shown = shown
        self.marked = marked

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        return "Secret()"

    @property
    def content(self) -> bytes:
        """For comparing only.  The first byte keeps a secret apart from every JSON text."""
        return b"\0" + canonical(self._raw)

    @property
    def unknown(self) -> bool:
        return self._raw is None and self.shown == UNKNOWN

    @property
    def whole(self) -> bool:
        return self.shown in (HIDDEN, UNKNOWN)


class Unknown:
    """A leaf whose value only the apply will tell.  There is one: UNKNOWN_LEAF."""

    def __repr__(self) -> str:
        return "UNKNOWN_LEAF"


UNKNOWN_LEAF = Unknown()


class Censor(Protocol):
    """The second net: what is secret although this mask does not say so."""

    def leaf(self, value: Any, path: Path) -> Any:
        """Give a leaf back, or a Secret in its place."""

    def key(self, text: str) -> str:
        """Give a map key back with its secret parts replaced by HIDDEN."""


class SwiftCensor(Censor, Protocol):
    """A censor that tells of whole attributes what needs no further look."""

    def sift(
        self, before: Mapping[str, Any], after: Mapping[str, Any], same: Set[str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Of each side the attributes in which nothing is secret, as long as no mask says otherwise.

        Those of ``after`` that are the ``same`` are left out: they are told with ``before``.
        """


class Sides(NamedTuple):
    """Both sides of a change: concealed for comparing, and as the plain JSON that may be shown.

    An attribute that is one object on both sides, and means the same there, stays one.
    """

    before: Any
    after: Any
    shown_before: Any
    shown_after: Any


def conceal_sides(
    before: Any, after: Any, marks_before: Any, marks_after: Any, unknown: Any, censor: SwiftCensor
) -> Sides:
    """``conceal`` both sides; of one in which nothing is secret and nothing unknown, nothing is copied.

    The masks are pruned (see ``prune``).
    """
    olds, news = _keyed(before), _keyed(after)
    same = {name for name, value in news.items() if _is_same(name, value, olds, news)}
    plain, come = censor.sift(olds, news, same)
    old = conceal(before, marks_before, marks_after, False, censor, stays=_unmarked(plain, marks_before, marks_after))
    told = _keyed(old)
    keep = (name for name in same if name in plain or (HIDDEN not in name and censor.key(name) == name))
    stays = {name: told[name] for name in keep if name in told}
    stays = _unmarked({**stays, **come}, marks_before, marks_after, unknown)
    new = conceal(after, marks_after, marks_before, unknown, censor, stays=stays)
    shown = _reveal(old, olds, NOTHING, NOTHING)
    return Sides(old, new, shown, _reveal(new, news, told, _keyed(shown)))


def _is_same(name: str, value: Any, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    return name in olds and olds[name] is value and name_beside(name, olds) == name_beside(name, news)


def _unmarked(attributes: dict[str, Any], *masks: Any) -> dict[str, Any]:
    if not all(mask is False or isinstance(mask, dict) for mask in masks):
        return {}
    marked = {name for mask in masks if mask for name in mask}
    return {name: value for name, value in attributes.items() if name not in marked} if marked else attributes


def _reveal(tree: Any, raw: Mapping[str, Any], other: Mapping[str, Any], other_shown: Mapping[str, Any]) -> Any:
    """``reveal_nothing`` without walking what is as it was in ``raw``, or is told already for the other side."""
    if tree is raw or not isinstance(tree, dict):
        return tree if tree is raw else reveal_nothing(tree)
    shown = {}
    for name, child in tree.items():
        if child is raw.get(name):
            shown[name] = child
        elif child is other.get(name):
            shown[name] = other_shown[name]
        else:
            shown[name] = reveal_nothing(child)
    return shown


def prune(mask: Any) -> Any:
    """The mask without what marks nothing; it hides the same."""
    if isinstance(mask, dict):
        kept = {name: node for name, child in mask.items() if (node := prune(child)) is not False}
        return kept or False
    if isinstance(mask, list):
        items = [prune(child) for child in mask]
        return items if any(item is not False for item in items) else False
    return False if mask is None else mask


def conceal(
    value: Any,
    marks: Any,
    other_marks: Any,
    unknown: Any,
    censor: Censor,
    path: Path = (),
    stays: Mapping[str, Any] = NOTHING,
) -> Any:
    """Conceal one side: ``marks`` fit this side, ``other_marks`` the other one, ``unknown`` is False for before.

    ``stays`` are attributes of it that are concealed already.
    """
    if not stays and all(_says_nothing(mask, value) for mask in (marks, other_marks, unknown)):
        return _conceal_unmarked(value, censor, path)
    if marks is True or other_marks is True or _misfit(marks, value) or _misfit(other_marks, value):
        return _hide(value, unknown, marked=marks is not False and marks is not None)
    if unknown is True:
        return UNKNOWN_LEAF
    if isinstance(value, dict) or (value is None and isinstance(unknown, dict) and unknown):
        masks = (_keyed(marks), _keyed(other_marks), _keyed(unknown))
        return _conceal_object(value or {}, masks, censor, path, stays)
    if isinstance(value, list) or (value is None and isinstance(unknown, list) and any_true(unknown)):
        return _conceal_array(value or [], marks, other_marks, unknown, censor, path)
    return censor.leaf(value, path)


def reveal_nothing(tree: Any) -> Any:
    """Turn a concealed tree into plain JSON: a Secret becomes its ``shown`` text, an unknown leaf UNKNOWN.

    What hides nothing is given back as it is, so that a plan's values are held once.
    """
    if tree is None or isinstance(tree, str | bool):
        return tree
    if isinstance(tree, Secret):
        return tree.shown
    if isinstance(tree, Unknown):
        return UNKNOWN
    if isinstance(tree, dict):
        shown = {key: reveal_nothing(child) for key, child in tree.items()}
        return tree if all(map(is_, shown.values(), tree.values())) else shown
    if isinstance(tree, list):
        items = [reveal_nothing(child) for child in tree]
        return tree if all(map(is_, items, tree)) else items
    return tree


def hide_spans(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Replace the spans, sorted by their start, by HIDDEN; what overlaps becomes one."""
    pieces, position = [], 0
    for start, end in spans:
        if start >= position:
            pieces += [text[position:start], HIDDEN]
        position = max(position, end)
    return "".join([*pieces, text[position:]])


def any_true(mask: Any) -> bool:
    """Does the mask mark anything?"""
    if isinstance(mask, dict):
        return any(any_true(child) for child in mask.values())
    if isinstance(mask, list):
        return any(any_true(child) for child in mask)
    return mask is True


def _hide(value: Any, unknown: Any, *, marked: bool) -> Any:
    if unknown is True or (value is None and any_true(unknown)):
        return Secret(None, UNKNOWN, marked=marked)
    return None if value is None else Secret([value, unknown or None], marked=marked)


def _says_nothing(mask: Any, value: Any) -> bool:
    """The mask fits the value and marks nothing in it."""
    if mask is False or mask is None:
        return True
    if isinstance(mask, dict):
        fits = not mask or isinstance(value, dict)
        return fits and all(_says_nothing(node, value.get(key)) for key, node in mask.items())
    if isinstance(mask, list):
        fits = isinstance(value, list) and len(mask) <= len(value)
        return not mask or (fits and all(map(_says_nothing, mask, value)))
    return False


def _misfit(mask: Any, value: Any) -> bool:
    """A mask of another shape than its value hides the whole value: better too much than a secret."""
    if value is None or not isinstance(mask, dict | list) or not any_true(mask):
        return not isinstance(mask, dict | list | bool | None)
    return not isinstance(value, type(mask))


def _conceal_object(
    value: dict[str, Any],
    masks: tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]],
    censor: Censor,
    path: Path,
    stays: Mapping[str, Any],
) -> dict[str, Any]:
    marks, others, unknown = masks
    if len(stays) == len(value) and not unknown and all(stays[key] is child for key, child in value.items()):
        return value
    shown: dict[str, Any] = {}
    numbers: dict[str, int] = {}
    for key in {**value, **{name: None for name, node in unknown.items() if node is True or any_true(node)}}:
        if key in stays:
            shown[key] = stays[key]
            continue
        name = _free_name(censor.key(key), shown, numbers)
        child, unknowns = value.get(key), unknown.get(key, False)
        if unknowns is True and key not in marks and key not in others:
            shown[name] = UNKNOWN_LEAF
            continue
        where = (*path, name_beside(key, value))
        shown[name] = conceal(child, marks.get(key, False), others.get(key, False), unknowns, censor, where)
    return shown


def _conceal_unmarked(value: Any, censor: Censor, path: Path) -> Any:
    """What no mask speaks of: most of most plans, and so the shortest way."""
    if isinstance(value, dict):
        shown: dict[str, Any] = {}
        numbers: dict[str, int] = {}
        for key, child in value.items():
            name = _free_name(censor.key(key), shown, numbers)
            shown[name] = _conceal_unmarked(child, censor, (*path, name_beside(key, value)))
        return shown
    if isinstance(value, list):
        return [_conceal_unmarked(child, censor, (*path, i)) for i, child in enumerate(value)]
    return censor.leaf(value, path)


def name_beside(key: str, value: Mapping[str, Any]) -> str:
    """The value of {"name": "DB_PASSWORD", "value": …}, an item of an environment list, is judged by that name."""
    if key not in NAMED_BESIDE:
        return key
    name = value.get("name") or value.get("key")
    return name if isinstance(name, str) else key


def _conceal_array(value: list[Any], marks: Any, others: Any, unknown: Any, censor: Censor, path: Path) -> Any:
    own = marks if isinstance(marks, list) else []
    if any_true(own) and len(own) != len(value):
        return _hide(value, unknown, marked=True)
    unknowns = unknown if isinstance(unknown, list) else []
    # The other side's elements do not correspond to ours: what it marks in any of them is hidden in all of ours.
    other = _collapse(others) if isinstance(others, list) else False
    return [
        conceal(_at(value, i, None), _at(own, i, False), other, _at(unknowns, i, False), censor, (*path, i))
        for i in range(max(len(value), len(unknowns)))
    ]


def _collapse(masks: list[Any]) -> Any:
    """One mask that marks whatever any of ``masks`` marks."""
    marking = [mask for mask in masks if any_true(mask)]
    if not marking:
        return False
    if all(isinstance(mask, dict) for mask in marking):
        keys = {key for mask in marking for key in mask}
        return {key: _collapse([mask.get(key, False) for mask in marking]) for key in keys}
    if all(isinstance(mask, list) for mask in marking):
        return [_collapse([child for mask in marking for child in mask])]
    return True


def _at(items: list[Any], index: int, default: Any) -> Any:
    return items[index] if index < len(items) else default


def _keyed(mask: Any) -> Mapping[str, Any]:
    return mask if isinstance(mask, dict) else {}


def _free_name(name: str, taken: Mapping[str, Any], numbers: dict[str, int]) -> str:
    """Two hidden keys must not become one; ``numbers`` holds the last number of each name."""
    free = name
    while free in taken:
        numbers[name] = numbers.get(name, 1) + 1
        free = f"{name} #{numbers[name]}"
    return free
