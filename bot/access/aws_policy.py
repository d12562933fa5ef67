"""AWS policy documents, compared by meaning: statements become grants.

Order, whitespace, Sid, Version and string-or-list are nothing; actions are compared without case; what Not* leaves out
stays a pattern.  Source: AWS IAM user guide, JSON policy elements and grammar.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from bot.access.policy_text import BadPolicy, decode_policy
from bot.access.reading import NOTHING, Reading, join
from bot.access.side import Side, fill_all
from bot.catalog.iam import AccessRow
from bot.condition import aws_condition
from bot.grant import Grant
from bot.mask import HIDDEN, UNKNOWN
from bot.pattern import Pattern, only

_STARS = re.compile(r"\*{2,}")
MOST_GRANTS = 2_000  # of one statement; above that its resources, then its actions, stay together
MOST_TEXTS = 200_000  # actions and resources, once for each principal; above that the principals stay together as well
Owner = tuple[Pattern | None, Pattern, str]  # who and what, where the document names none; holder


def read_aws_policy(side: Side, row: AccessRow) -> Reading:
    """Rows of the form ``aws_policy``: with a principal an identity's policy, with a resource a resource's own."""
    return join(_read(side, block, name, row) for block in side.blocks(row.each) for name in row.documents)


def _owner(side: Side, block: Any, row: AccessRow) -> Owner:
    principals = fill_all(row.principal, side, block, row)
    resources = fill_all(row.resource, side, block, row)
    holder = ", ".join(principals or resources) or side.change.address
    return (Pattern(tuple(principals)) if principals else None, only(holder), holder)


def _read(side: Side, block: Any, name: str, row: AccessRow) -> Reading:
    text = block.get(name) if isinstance(block, dict) else block
    if text in (None, "", {}):
        return NOTHING
    owner = _owner(side, block, row)
    path = f"{row.each}.{name}" if row.each else name
    if text == UNKNOWN:
        return _read_source(side, path, owner) if side.is_set(path) else Reading()
    if text == HIDDEN:
        return Reading(problems=(f"The policy of {owner[2]} is hidden as sensitive, so it was not compared.",))
    return read_document(text, owner, side.spelling)


def read_document(text: Any, owner: Owner, spelling: dict[str, str]) -> Reading:
    try:
        return Reading(tuple(_statements(decode_policy(text), owner, spelling)))
    except BadPolicy as error:
        return Reading(problems=(f"The policy of {owner[2]} cannot be read: {error}.",))


def _read_source(side: Side, path: str, owner: Owner) -> Reading:
    """What the data source aws_iam_policy_document will write, as far as the plan knows."""
    source = side.read_by(path)
    by = ", ".join(side.refers_to(path)[:3])
    told = f"The policy of {owner[2]} is known only after apply{f' (from {by})' if by else ''}"
    if source is None or source.type != "aws_iam_policy_document" or not isinstance(source.after, dict):
        return Reading(unknown=(f"{told}: it may allow and deny anything.",))
    values = source.after
    inner = Side(source, values, True, side.data, side.spelling)
    own = Reading()
    if values.get("statement"):
        statements = [_statement(block, inner) for block in _listed(values["statement"])]
        version = values.get("version") or "2012-10-17"
        own = read_document({"Version": version, "Statement": statements}, owner, side.spelling)
    others = [
        text
        for name in ("source_policy_documents", "override_policy_documents", "source_json", "override_json")
        for text in _listed(values.get(name) or [])
        if text != UNKNOWN or inner.is_set(name)
    ]
    rest = join(read_document(text, owner, side.spelling) for text in others if text and text != UNKNOWN)
    known = join((own, rest))
    if UNKNOWN in others or not known.grants:
        return join((known, Reading(unknown=(f"{told}: a part of it may allow and deny anything.",))))
    return known


def _statement(block: Any, source: Side) -> dict[str, Any]:
    """A statement block of the data source, in the words of the JSON."""
    if not isinstance(block, dict):
        return {"Effect": "Allow", "Action": UNKNOWN, "Resource": UNKNOWN}
    statement: dict[str, Any] = {"Effect": block.get("effect") or "Allow"}
    for name, word in (("actions", "Action"), ("resources", "Resource")):
        for prefix, key in (("", word), ("not_", f"Not{word}")):
            if block.get(prefix + name):
                statement[key] = [
                    _named(text, f"statement.{prefix}{name}", source) for text in _listed(block[prefix + name])
                ]
    for name, word in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if block.get(name):
            statement[word] = _principals_of_blocks(_listed(block[name]))
    conditions: dict[str, dict[str, list[Any]]] = {}
    for test in _listed(block.get("condition") or []):
        known = test if isinstance(test, dict) else {"test": UNKNOWN, "variable": UNKNOWN, "values": [UNKNOWN]}
        by_key = conditions.setdefault(str(known.get("test")), {})
        by_key.setdefault(str(known.get("variable")), []).extend(_listed(known.get("values")))
    return {**statement, "Condition": conditions}


def _named(text: Any, path: str, source: Side) -> Any:
    """What is unknown, by what it refers to."""
    return f"{', '.join(source.refers_to(path)[:3])} {UNKNOWN}".strip() if text == UNKNOWN else text


def _principals_of_blocks(blocks: list[Any]) -> Any:
    found: dict[str, list[Any]] = {}
    for block in blocks:
        known = block if isinstance(block, dict) else {"type": "AWS", "identifiers": [UNKNOWN]}
        found.setdefault(str(known.get("type")), []).extend(_listed(known.get("identifiers")))
    return "*" if "*" in found else found


def _statements(policy: Mapping[str, Any], owner: Owner, spelling: dict[str, str]) -> Iterator[Grant]:
    if "Statement" not in policy:
        raise BadPolicy("it has no Statement")
    old = policy.get("Version") != "2012-10-17"
    for statement in _listed(policy["Statement"]):
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise BadPolicy("a statement is no object, or its Effect is neither Allow nor Deny")
        actions = _patterns(statement, "Action", spelling)
        resources = _patterns(statement, "Resource", None) if _has(statement, "Resource") else _whole(owner)
        if old:
            resources = [_without_variables(pattern) for pattern in resources]
        for principal, action, resource in _product(_principals(statement, owner), actions, resources):
            yield Grant(
                principal=principal,
                role=action,
                resource=resource,
                condition=aws_condition(statement.get("Condition")),
                deny=statement["Effect"] == "Deny",
                wild=True,
                holder=owner[2],
            )


def _whole(owner: Owner) -> list[Pattern]:
    """A trust policy names no resource: it is about the role itself.  An identity's policy must name some."""
    if owner[0] is not None:
        raise BadPolicy("a statement has no Resource")
    return [owner[1]]


def _product(
    principals: list[Pattern], actions: list[Pattern], resources: list[Pattern]
) -> Iterator[tuple[Pattern, Pattern, Pattern]]:
    if len(principals) * len(actions) * len(resources) > MOST_GRANTS:
        resources = _together(resources)
    if len(principals) * len(actions) * len(resources) > MOST_GRANTS:
        actions = _together(actions)
    if len(principals) * sum(len(pattern.globs) for pattern in (*actions, *resources)) > MOST_TEXTS:
        principals = _together(principals)
    yield from product(principals, actions, resources)


def _together(patterns: list[Pattern]) -> list[Pattern]:
    if any(pattern.negated for pattern in patterns):
        return patterns
    return [Pattern(tuple(sorted({glob for pattern in patterns for glob in pattern.globs})))]


def _patterns(statement: Mapping[str, Any], word: str, spelling: dict[str, str] | None) -> list[Pattern]:
    """``word`` gives a pattern for each text, ``Notword`` one pattern for all of them."""
    if _has(statement, word) is False or (word in statement and f"Not{word}" in statement):
        raise BadPolicy(f"a statement has no {word}, or {word} and Not{word} at once")
    negated = word not in statement
    texts = [_text(value) for value in _listed(statement[f"Not{word}" if negated else word])]
    if spelling is not None:
        texts = ["*" if set(text) <= {"*", ":"} else text for text in texts]
        for text in texts:
            spelling.setdefault(_STARS.sub("*", text.lower()), text)
        texts = [text.lower() for text in texts]
    texts = [_STARS.sub("*", text) for text in texts]
    texts = sorted(set(texts))
    return [Pattern(tuple(texts), negated=True)] if negated else [only(text) for text in texts]


def _has(statement: Mapping[str, Any], word: str) -> bool:
    return word in statement or f"Not{word}" in statement


def _principals(statement: Mapping[str, Any], owner: Owner) -> list[Pattern]:
    """Who a statement is about: its own principals, or the identity the document belongs to."""
    if "Principal" in statement:
        return [only(text) for text in _principal_texts(statement["Principal"])]
    if "NotPrincipal" in statement:
        return [Pattern(tuple(_principal_texts(statement["NotPrincipal"])), negated=True)]
    if owner[0] is None:
        raise BadPolicy("a statement names no principal")
    return [only(text) for text in owner[0].globs]


def _principal_texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        found = [_principal(str(kind), _text(value)) for kind, values in node.items() for value in _listed(values)]
        return sorted(set(found))
    return sorted({_principal("AWS", _text(value)) for value in _listed(node)})


def _principal(kind: str, text: str) -> str:
    """The account number is short for the account's root."""
    if kind != "AWS":
        return text if kind in ("Service", "Federated") and text != "*" else f"{kind} {text}"
    return f"arn:aws:iam::{text}:root" if text.isdecimal() and len(text) == 12 else text


def _without_variables(pattern: Pattern) -> Pattern:
    """Before version 2012-10-17 ``${aws:username}`` was plain text, so it must not equal today's variable."""
    return Pattern(tuple(glob.replace("${", "$ {") for glob in pattern.globs), pattern.negated)


def _listed(node: Any) -> list[Any]:
    return node if isinstance(node, list) else [node]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadPolicy("an action, a resource or a principal is no text")
    return value
