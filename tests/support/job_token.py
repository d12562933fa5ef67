"""What the token of a job may do, by the ``permissions:`` of the job."""

import re
from collections.abc import Mapping

from tests.support.emulate import token
from tests.support.loopback_github import BOT_LOGIN, Refusal

# Source: GitHub's documentation, "Permissions required for GitHub Apps": path -> the permissions of which one is needed.
SCOPES = (
    (r"(statuses/.+|commits/[0-9a-f]+/status(es)?)", ("statuses",)),
    (r"deployments(/.+)?", ("deployments",)),
    (r"commits/[0-9a-f]+/pulls", ("contents", "pull-requests")),
    (r"actions/.+", ("actions",)),
    (r"pulls(/.+)?", ("pull-requests",)),
    (r"issues/(comments/)?\d+(/.+)?", ("issues", "pull-requests")),
    (r"labels(/.+)?", ("issues", "pull-requests")),
    (r"issues", ("issues",)),
    (r"(contents|git|compare|commits|branches)/.+", ("contents",)),
    (r"collaborators/[^/]+/permission", ("metadata",)),
    (r"/graphql", ("contents", "pull-requests")),
    (r"/repos/[^/]+/[^/]+", ("metadata",)),
)


def check_token(tokens: Mapping[str, Mapping[str, str]], word: str, verb: str, path: str) -> str:
    """Whose token it is.  ``path`` is below the repository.  Raises Refusal as GitHub refuses."""
    if word not in tokens:
        login = word.removesuffix("-token")
        if not word or word.startswith("ghs_") or word != token(login):
            raise Refusal(401, "Bad credentials")
        return login
    wanted = next((scopes for pattern, scopes in SCOPES if re.fullmatch(pattern, path)), ())
    needed = ("read", "write") if verb == "GET" or path == "/graphql" else ("write",)
    if not any(tokens[word].get(scope) in needed for scope in wanted):
        raise Refusal(403, f"Resource not accessible by integration: {verb} {path}")
    return BOT_LOGIN
