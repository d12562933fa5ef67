"""Issues and labels for our small GitHub: as strict as the real one, and as forgiving where the real one is."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.support.loopback_github import BOT_LOGIN, Json, Refusal, State, checked, only, person

REASONS = {"completed", "not_planned", "duplicate", "reopened"}


@dataclass
class Issues:
    """What the repository holds; ``said`` are comments by the number of their issue."""

    state: State
    rows: list[Json] = field(default_factory=list)
    labels: list[Json] = field(default_factory=list)
    said: dict[int, list[str]] = field(default_factory=dict)
    switched_off: bool = False
    keeps_old: bool = False  # a description that is too long is answered with 200 and not taken, as has been seen
    longest: int = 65536

    def add(self, body: str, *, login: str = BOT_LOGIN, title: str = "Drift", **more: Any) -> Json:
        """An issue that is there already."""
        row = {
            "number": 100 + len(self.rows),
            "title": title,
            "body": body,
            "state": "open",
            "user": person(login),
            "labels": [{"name": "drift"}],
            "created_at": "2026-01-02T03:04:05Z",
            **more,
        }
        self.rows.append(row)
        return row

    def answer(self, verb: str, path: str, body: Json, query: dict[str, list[str]]) -> tuple[int, Any] | None:
        """None for what is none of its business.  Raises Refusal."""
        if verb in self.state.denied:
            raise Refusal(403, "Resource not accessible by integration")
        if path == "/repos/o/r/issues":
            if self.switched_off:
                raise Refusal(410, "Issues has been disabled in this repository.")
            return (200, self._list(query)) if verb == "GET" else (201, self._create(body))
        if path.startswith("/repos/o/r/labels"):
            return self._label(verb, unquote(path.removeprefix("/repos/o/r/labels").lstrip("/")), body)
        match = re.fullmatch(r"/repos/o/r/issues/(\d+)(/comments|/labels)?", path)
        row = next((row for row in self.rows if match and row["number"] == int(match[1])), None)
        if match is None or row is None:
            return None
        if verb == "PATCH" and not match[2]:
            return 200, self._edit(row, body)
        if verb == "POST" and match[2] == "/comments":
            self.said.setdefault(row["number"], []).append(checked(body))
            return 201, {"id": 5000 + sum(len(texts) for texts in self.said.values()), "body": body["body"]}
        if verb == "POST" and match[2] == "/labels":
            only(body, "labels")
            self._put(row, body["labels"])
            return 200, row["labels"]
        raise Refusal(404, "Not Found")

    def _list(self, query: dict[str, list[str]]) -> list[Json]:
        """The newest first, as GitHub does; pull requests are issues too."""
        state, creator = query.get("state", ["open"])[0], query.get("creator", [""])[0]
        wanted = set(filter(None, query.get("labels", [""])[0].split(",")))
        pull = {**self.state.pull, "created_at": "2026-01-01T00:00:00Z", "pull_request": {}}
        keys = ("number", "title", "body", "state", "user", "labels", "created_at", "pull_request")
        pull = {key: pull[key] for key in keys}
        return [
            row
            for row in [*reversed(self.rows), pull]
            if state in ("all", row["state"])
            and (not creator or row["user"]["login"] == creator)
            and wanted <= {label["name"] for label in row["labels"]}
        ]

    def _create(self, body: Json) -> Json:
        only(body, "title", "body", "labels")
        self._check(body)
        row = self.add(body["body"], login=self.state.author, title=body["title"], labels=[])
        row["created_at"] = "2026-11-20T01:17:00Z"
        self._put(row, body["labels"])
        return row

    def _edit(self, row: Json, body: Json) -> Json:
        only(body, "title", "body", "state", "state_reason")
        if body.get("state", "open") not in ("open", "closed") or body.get("state_reason", "completed") not in REASONS:
            raise Refusal(422, "state is not included in the list")
        changed = dict(body)
        if self.keeps_old and len(changed.get("body", "")) > self.longest:
            del changed["body"]
        self._check({"title": row["title"], "body": row["body"], **changed})
        changed.pop("state_reason", None)
        row.update(changed)
        return row

    def _check(self, body: Json) -> None:
        if not isinstance(body.get("title"), str) or not 0 < len(body["title"]) <= 256:
            raise Refusal(422, "title is missing or too long (maximum is 256 characters)")
        if len(body["body"]) > self.longest:
            raise Refusal(422, f"body is too long (maximum is {self.longest} characters)")

    def _put(self, row: Json, names: list[str]) -> None:
        """GitHub makes labels that do not exist, in grey."""
        for name in names:
            if name not in [label["name"] for label in self.labels]:
                self.labels.append({"name": name, "color": "ededed"})
            if name not in [label["name"] for label in row["labels"]]:
                row["labels"] = [*row["labels"], {"name": name}]

    def _label(self, verb: str, name: str, body: Json) -> tuple[int, Json]:
        known = {label["name"]: label for label in self.labels}
        if verb == "GET" and name in known:
            return 200, known[name]
        if verb != "POST" or name:
            raise Refusal(404, "Not Found")
        only(body, "name", "color", "description")
        if body["name"] in known:
            raise Refusal(422, "already_exists")
        if not re.fullmatch(r"[0-9a-fA-F]{6}", body["color"]) or len(body["description"]) > 100:
            raise Refusal(422, "Validation Failed")
        self.labels.append(dict(body))
        return 201, body
