"""GitHub's own description of its API (npm @octokit/openapi) as the judge of requests and answers.

Requests are held to the letter, and a field that the description does not name is a finding too.  Our own GitHub answers
with part of the fields on purpose: what an answer has must be right; what it lacks must not be something we read.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.support.node import module_file
from tests.support.recording import Exchange

Json = dict[str, Any]
USED = (
    r"/repos/\{owner\}/\{repo\}(/(issues|pulls|commits|statuses|compare|collaborators|contents|labels|deployments"
    r"|environments|actions/(runs|artifacts|permissions)|check-runs|git/refs?|branches|rules|installation)(/.*)?)?"
    r"|/app(/.*)?|/user|/users/\{username\}|/installation/.*|/orgs/\{org\}/teams/.*"
)
ELSEWHERE = re.compile(r"/storage/.*|/(api/)?graphql")  # where artifacts lie; GraphQL has a schema of its own
VERBS = ("get", "post", "put", "patch", "delete")
NOISE = ("description", "example", "examples", "externalDocs", "summary", "tags", "x-github", "x-octokit")
# What our code reads, by operation: required fields that an answer of our own GitHub must not lack.
READ = {
    "issues/list-comments": ("id", "user", "body"),
    "issues/create-comment": ("id",),
    "issues/list-for-repo": ("number", "state", "title", "body", "user", "labels", "created_at"),
    "issues/create": ("number",),
    "issues/update": ("body",),
    "issues/list-events": ("event", "actor", "created_at"),
    "pulls/get": ("number", "title", "body", "user", "head", "base", "labels", "changed_files"),
    "pulls/list-reviews": ("user", "state", "commit_id"),
    "pulls/list-files": ("filename", "status"),
    "repos/get-collaborator-permission-level": ("permission",),
    "repos/compare-commits-with-basehead": ("behind_by",),
    "repos/list-commit-statuses-for-ref": ("state", "context", "created_at"),
    "repos/list-deployments": ("id", "sha", "environment", "created_at"),
    "repos/list-deployment-statuses": ("state", "created_at"),
    "repos/create-deployment": ("id",),
    "git/get-ref": ("object",),
}


class Operation:
    """One verb of one path; ``place`` is its JSON pointer."""

    def __init__(self, template: str, verb: str, described: Json) -> None:
        self.template, self.verb, self.described = template, verb, described
        self.name: str = described["operationId"]
        self.place = f"/paths/{template.replace('~', '~0').replace('/', '~1')}/{verb}"
        wide = {p["name"] for p in described["parameters"] if p.get("x-multi-segment")}
        parts = re.split(r"\{([^}]+)\}", template)
        self.names = parts[1::2]
        holes = [f"({'.+' if name in wide else '[^/]+'})" for name in self.names] + [""]
        self.pattern = re.compile("".join(re.escape(text) + hole for text, hole in zip(parts[::2], holes, strict=True)))


class Description:
    """The part of the description that ``USED`` names."""

    def __init__(self, whole: Json) -> None:
        strict = _cut(whole)
        self._documents = {"strict": strict, "given": _without_required(strict)}
        self._registry: Registry[Any] = Registry().with_resources(
            (f"urn:{name}", DRAFT4.create_resource(document)) for name, document in self._documents.items()
        )
        self._operations = sorted(
            (
                Operation(template, verb, item[verb])
                for template, item in strict["paths"].items()
                for verb in VERBS
                if verb in item
            ),
            key=lambda operation: (len(operation.names), -len(operation.template)),
        )

    def operations(self) -> set[str]:
        return {operation.name for operation in self._operations}

    def find(self, verb: str, path: str) -> tuple[Operation, list[str]] | None:
        """The operation of a request and the values in its path; literal paths win over those with holes."""
        for operation in self._operations:
            match = operation.pattern.fullmatch(path)
            if match and operation.verb == verb.lower():
                return operation, [unquote(value) for value in match.groups()]
        return None

    def judge(self, exchange: Exchange, *, answers: bool = True) -> list[str]:
        """Findings on a request and its answer, each a line; none where all is as GitHub describes it.

        ``answers`` is False where somebody else's GitHub answered: its mistakes are not ours to mend.
        """
        url = urlsplit(exchange.url)
        if ELSEWHERE.fullmatch(url.path):
            return []
        found = self.find(exchange.verb, url.path.removeprefix("/api/v3"))
        title = f"{exchange.verb} {url.path}"
        if found is None:
            return [f"{title}: GitHub describes no such request"]
        operation, values = found
        lines = [*self._parameters(operation, values, parse_qsl(url.query, keep_blank_values=True))]
        lines += self._request(operation, exchange.sent)
        if answers:
            lines += self._answer(operation, exchange.status, exchange.answer)
        return [f"{title}: {line}" for line in lines]

    def _parameters(self, operation: Operation, values: list[str], query: list[tuple[str, str]]) -> Iterator[str]:
        known = {(p["in"], p["name"]): (i, p) for i, p in enumerate(operation.described["parameters"])}
        given = [("path", name, value) for name, value in zip(operation.names, values, strict=True)]
        given += [("query", name, value) for name, value in query]
        for where, name, value in given:
            if (where, name) not in known:
                yield f"unknown {where} parameter {name}"
                continue
            index, described = known[where, name]
            typed: object = int(value) if described["schema"].get("type") == "integer" and value.isdecimal() else value
            pointer = f"{operation.place}/parameters/{index}/schema"
            yield from (f"{where} {name}: {line}" for line in self._check("strict", pointer, typed))
        names = {(where, name) for where, name, _ in given}
        yield from (f"lacks {w} {n}" for (w, n), (_, p) in known.items() if p.get("required") and (w, n) not in names)

    def _request(self, operation: Operation, sent: bytes) -> Iterator[str]:
        schema = _json_schema(operation.described.get("requestBody", {}))
        if not sent:
            if operation.described.get("requestBody", {}).get("required") and schema is not None:
                yield "lacks a body"
            return
        if schema is None:
            if json.loads(sent):
                yield "a body that the description does not have"
            return
        pointer = f"{operation.place}/requestBody/content/application~1json/schema"
        yield from (f"body: {line}" for line in self._whole("strict", pointer, schema, json.loads(sent)))

    def _answer(self, operation: Operation, status: int, answer: bytes) -> Iterator[str]:
        described = operation.described["responses"].get(str(status))
        value = _decoded(answer)
        if status == 0 or value is None or 300 <= status < 400:
            return  # no answer, an empty or broken one, a redirect: that is what a test is about
        if described is None or status >= 400:
            if status < 400:
                yield f"GitHub does not answer {status}"
            elif not isinstance(value, dict) or not isinstance(value.get("message"), str):
                yield f"an error {status} without a message"
            return
        schema = _json_schema(described)
        if schema is None:
            yield f"{status} has no body"
            return
        pointer = f"{operation.place}/responses/{status}/content/application~1json/schema"
        yield from (f"{status}: {line}" for line in self._whole("given", pointer, schema, value))
        rows = [row for row in (value if isinstance(value, list) else [value]) if isinstance(row, dict)]
        lacking = {name for row in rows for name in READ.get(operation.name, ()) if name not in row}
        yield from (f"{status}: lacks {name}, which we read" for name in sorted(lacking))

    def _whole(self, document: str, pointer: str, schema: Json, value: object) -> Iterator[str]:
        yield from self._check(document, pointer, value)
        yield from (f"unknown field {name}" for name in self._unknown([schema], value, ""))

    def _check(self, document: str, pointer: str, value: object) -> Iterator[str]:
        reference = {"$ref": f"urn:{document}#{_quoted(pointer)}"}
        validator = OAS30Validator(reference, registry=self._registry, format_checker=oas30_format_checker)
        for error in validator.iter_errors(value):
            # GitHub answers null where a fork was deleted, whatever its description says.
            if not (error.json_path == "$.head.repo" and error.instance is None):
                yield f"{error.json_path}: {error.message[:200]}"

    def _unknown(self, schemas: list[Json], value: object, path: str) -> Iterator[str]:
        """Fields that none of the alternatives names; a schema that names no field at all allows any."""
        flat = [leaf for schema in schemas for leaf in self._leaves(schema)]
        if isinstance(value, list):
            inner = [leaf["items"] for leaf in flat if "items" in leaf]
            for row in value if inner else []:
                yield from self._unknown(inner, row, f"{path}[]")
        if not isinstance(value, dict) or not any("properties" in leaf for leaf in flat):
            return
        for name, field in value.items():
            inner = [leaf["properties"][name] for leaf in flat if name in leaf.get("properties", {})]
            if inner:
                yield from self._unknown(inner, field, f"{path}.{name}")
            else:
                yield f"{path}.{name}"

    def _leaves(self, schema: Json) -> Iterator[Json]:
        if "$ref" in schema:
            schema = _at(self._documents["strict"], schema["$ref"])
        yield schema
        for word in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(word, ()):
                yield from self._leaves(part)


@cache
def description() -> Description:
    """Loaded once for each process."""
    path = module_file("@octokit/openapi/generated/api.github.com.json")
    return Description(json.loads(path.read_bytes()))


def _at(document: Json, reference: str) -> Json:
    value: Any = document
    for part in reference.removeprefix("#/").split("/"):
        value = value[part.replace("~1", "/").replace("~0", "~")]
    return dict(value)


def _quoted(pointer: str) -> str:
    return pointer.replace("{", "%7B").replace("}", "%7D")


def _json_schema(described: Json) -> Json | None:
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else dict(schema)


def _decoded(answer: bytes) -> object:
    try:
        return json.loads(answer) if answer else None
    except ValueError:
        return None


def _cut(whole: Json) -> Json:
    """The paths used and what they refer to; parameters, bodies and answers are put where they are referred to."""
    paths = {path: _tidy(item) for path, item in whole["paths"].items() if re.fullmatch(USED, path)}
    for item in paths.values():
        for operation in (item[verb] for verb in VERBS if verb in item):
            rows = [*item.get("parameters", []), *operation.get("parameters", [])]
            operation["parameters"] = [_tidy(_at(whole, row["$ref"])) if "$ref" in row else row for row in rows]
            operation["responses"] = {
                status: _tidy(_at(whole, row["$ref"])) if "$ref" in row else row
                for status, row in operation["responses"].items()
            }
    schemas: Json = {}
    waiting = [*_references(paths)]
    while waiting:
        reference = waiting.pop()
        name = reference.rpartition("/")[2]
        if name not in schemas:
            schemas[name] = _tidy(_at(whole, reference))
            waiting += _references(schemas[name])
    return {"paths": paths, "components": {"schemas": schemas}}


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for field in value.values():
            yield from _references(field)
    elif isinstance(value, list):
        for row in value:
            yield from _references(row)


def _tidy(value: Any, names: bool = False) -> Any:
    """Without prose and examples; a nullable enumeration also lists null, which GitHub sends and its description forgets."""
    if isinstance(value, list):
        return [_tidy(row) for row in value]
    if not isinstance(value, dict):
        return value
    tidy = {
        key: _tidy(field, names=key == "properties" and not names)
        for key, field in value.items()
        if names or key not in NOISE
    }
    if not names and tidy.get("nullable") is True and isinstance(tidy.get("enum"), list) and None not in tidy["enum"]:
        tidy["enum"] = [*tidy["enum"], None]
    return tidy


def _without_required(value: Any, names: bool = False) -> Any:
    """For answers that hold part of the fields: any alternative will do, and no field is required."""
    if isinstance(value, list):
        return [_without_required(row) for row in value]
    if not isinstance(value, dict):
        return value
    return {
        ("anyOf" if key == "oneOf" and not names else key): _without_required(
            field, names=key == "properties" and not names
        )
        for key, field in value.items()
        if names or key != "required"
    }
