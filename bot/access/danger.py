"""How dangerous a grant is, and why.

Tables of roles and actions, and rules by who, what and where, stand in catalog/iam_roles.toml; here stands what needs
more than a table: conditions, accounts, federation and the size of the scope.
"""

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from ipaddress import ip_network

from msgspec import Struct

from bot.catalog.iam import AccessCatalog, AccessRow, DangerRule
from bot.changes import Change
from bot.condition import Condition, Test
from bot.grant import Grant
from bot.mask import UNKNOWN
from bot.pattern import Pattern, covers_glob, may_overlap
from bot.severity import SEVERITIES, Severity, lower

# Condition keys that say whose the caller is.  With one of them "everybody" is not everybody.
WHOSE = frozenset(
    "aws:sourcearn aws:sourceaccount aws:sourceorgid aws:principalorgid aws:principalorgpaths aws:principalarn "
    "aws:principalaccount aws:sourcevpce aws:sourcevpc kms:calleraccount sts:externalid aws:sourceowner "
    "aws:sourceorgpaths aws:principalservicename aws:userid s3:dataaccesspointaccount".split()
)
MULTI_TENANT = (
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "app.terraform.io",
    "oidc.circleci.com",
    "agent.buildkite.com",
    "api.bitbucket.org",
)
WIDE_SCOPES = ("project ", "folder ", "organization ", "billing account ")
_ACCOUNT = re.compile(r"arn:aws[\w-]*:(?:iam|sts)::(\d{12}):(?!oidc-provider/|saml-provider/)")

_OWN_POLICY = re.compile(r"arn:aws[\w-]*:iam::\d{12}:policy/")


class Danger(Struct, frozen=True):
    """A severity and the sentence that explains it."""

    severity: Severity
    because: str


def judge_gain(grant: Grant, row: AccessRow, type_: str, catalog: AccessCatalog, accounts: Set[str]) -> Danger:
    """How bad it is that somebody gets this; ``accounts`` are the AWS accounts known to be one's own."""
    found = [Danger(row.severity, row.because), *_dangers(grant, row, type_, catalog, accounts)]
    return max(found, key=lambda danger: SEVERITIES.index(danger.severity))


def goes_whole(change: Change, row: AccessRow) -> bool:
    """Is the thing itself deleted, rather than what stands beside it about access?"""
    return change.kind == "delete" and not row.always and not change.type.endswith("policy")


def judge_loss(grant: Grant, row: AccessRow, change: Change, catalog: AccessCatalog) -> Danger:
    """Whoever loses access may stop working."""
    if grant.deny:
        return Danger("info", "It is forbidden from now on.")
    if row.form == "runtime" or (row.form == "aws_policy" and goes_whole(change, row)):
        return Danger("info", "It goes with the resource, or with what the resource runs as.")
    if any("gcp-sa-" in name or "@cloudservices." in name for name in grant.principal.globs):
        return Danger("high", "It is the cloud's own service agent: the service stops working without it.")
    if _table(grant, catalog, ("google_roles", "aws_managed_policies", "azure_roles")) == "critical":
        return Danger("high", "It is an administrator's role: make sure somebody keeps it.")
    return Danger("medium", "Whoever relies on it stops working.")


def _dangers(grant: Grant, row: AccessRow, type_: str, catalog: AccessCatalog, accounts: Set[str]) -> Iterator[Danger]:
    if grant.deny:
        yield Danger("medium", "Somebody forbade it for a reason, and a deny wins over every grant.")
    else:
        yield from _by_rule(grant, type_, catalog)
        yield from _by_role(grant, catalog)
        yield from _by_own_policy(grant)
        yield from _by_account(grant, type_, accounts)
        yield from _by_trust(grant, row)
        if grant.principal.negated:
            yield Danger("critical", "NotPrincipal with Allow means everybody else.")
    if grant.wild and type_.startswith("aws_"):
        yield from _by_action(grant, row, catalog)
    if type_ == "azurerm_role_definition" and not grant.deny:
        yield from _by_operation(grant, catalog)


def _by_rule(grant: Grant, type_: str, catalog: AccessCatalog) -> Iterator[Danger]:
    for rule in catalog.roles.rule:
        if _rule_fits(rule, grant, type_):
            public = rule.because.startswith("Everybody on the internet")
            yield _unless_restricted(rule, grant) if public else Danger(rule.severity, rule.because)


def _rule_fits(rule: DangerRule, grant: Grant, type_: str) -> bool:
    return (
        any(covers_glob(glob, type_) for glob in rule.types)
        and not grant.principal.negated
        and any(_fits(glob, text, False) for glob in rule.principal for text in grant.principal.globs)
        and any(_fits(glob, text, grant.wild) for glob in rule.role for text in grant.role.globs)
        and any(_fits(glob, text, grant.wild) for glob in rule.resource for text in grant.resource.globs)
    )


@lru_cache(maxsize=20_000)  # what one stack needs: another one has names of its own
def _fits(glob: str, text: str, wild: bool) -> bool:
    r"""Does the text fit, or, itself a glob, does it give all the rule names?  In a rule ``\*`` is a star."""
    if _compile(glob).fullmatch(text):
        return True
    return wild and "*" in text and covers_glob(text, glob.replace("\\*", "*"))


@lru_cache(maxsize=4096)
def _compile(glob: str) -> re.Pattern[str]:
    parts = [re.escape(part).replace(re.escape("\\*"), re.escape("*")) for part in re.split(r"(?<!\\)\*", glob)]
    return re.compile(".*".join(parts), re.DOTALL)


def _unless_restricted(rule: DangerRule, grant: Grant) -> Danger:
    if restricts(grant.condition):
        return Danger("medium", "Everybody is meant, as far as the condition lets them.")
    return Danger(rule.severity, rule.because)


def restricts(condition: Condition) -> bool:
    """Does the condition say whose the caller is?  ``0.0.0.0/0`` and ``*`` say nothing."""
    return any(_restricts(test) for test in condition.tests)


def _restricts(test: Test) -> bool:
    """A key that may be missing, any value and a value of anybody's account restrict nothing."""
    if not test.operator:
        return True  # an expression of the cloud, or a source given beside the principal
    name = test.operator.rpartition(":")[2]
    if "Not" in name or name == "Null" or name.endswith("IfExists") or test.operator.startswith("ForAllValues:"):
        return False
    if test.key == "aws:sourceip":
        return not any(_is_half_the_internet(value) for value in test.values)
    return test.key in WHOSE and not any(_is_anybodys(value) for value in test.values)


def _is_half_the_internet(network: str) -> bool:
    """Two halves make the whole, so a half is already nobody in particular."""
    try:
        return ip_network(network, strict=False).prefixlen <= 1
    except ValueError:
        return True


def _is_anybodys(value: str) -> bool:
    """Does a wildcard stand where the account, the organisation or, in S3's short names, the bucket is named?"""
    parts = value.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return re.fullmatch(r"o-[*?]+(/.*)?|[*?].*|arn:[^:]*[*?].*", value) is not None
    return parts[4].startswith(("*", "?")) or (not parts[4] and parts[5].startswith(("*", "?")))


def _by_role(grant: Grant, catalog: AccessCatalog) -> Iterator[Danger]:
    tables = "google_roles", "google_permissions", "aws_managed_policies", "azure_roles", "entra_roles", "graph_roles"
    severity = _table(grant, catalog, tables)
    if severity is None or _is_own_agent(grant):
        return
    if _is_narrow(grant):
        severity = lower(severity)
    if grant.condition.tests:
        severity = lower(severity)
    yield Danger(severity, ROLE_WORDS[severity])


def _by_own_policy(grant: Grant) -> Iterator[Danger]:
    """A managed policy of one's own holds anything; a plan shows what it allows only where it changes it."""
    if not grant.wild and any(_OWN_POLICY.match(text) for text in grant.role.globs):
        yield Danger("medium", "A policy of your own is attached: read what it allows, this plan may not show it.")


_AGENT = re.compile(r"serviceAccount:service-\d+@gcp-sa-[\w-]+\.iam\.gserviceaccount\.com")


def _is_own_agent(grant: Grant) -> bool:
    """Has Google's own agent the role that is made for agents?"""
    roles = all(name.lower().endswith("serviceagent") for name in grant.role.globs)
    return roles and all(_AGENT.fullmatch(name) for name in grant.principal.globs)


ROLE_WORDS: dict[Severity, str] = {
    "critical": "The role can give itself anything in its scope.",
    "high": "The role can act as others, or run code as somebody powerful.",
    "medium": "The role reads secrets, runs code or changes who has access.",
    "low": "The role is powerful, but only on this one object or under the condition.",
}


def _table(grant: Grant, catalog: AccessCatalog, tables: tuple[str, ...]) -> Severity | None:
    """The worst severity of any of its roles in the tables."""
    found = [
        catalog.severities[table][name]
        for text in grant.role.globs
        for name in role_names(text, catalog)
        for table in tables
        if name in catalog.severities[table]
    ]
    return max(found, key=SEVERITIES.index, default=None)


def call_role(text: str, catalog: AccessCatalog) -> str:
    """A role as people call it: ``Contributor (b24988ac-…)`` for a definition of Azure's that has a name."""
    guid = text.lower().rpartition("/")[2].rpartition("|")[2]
    name = catalog.roles.names.get(guid)
    return f"{name} ({guid})" if name else text


def role_names(text: str, catalog: AccessCatalog) -> list[str]:
    """A role in lower case as the tables spell it: itself, its GUID, the name behind the GUID, any partition's ARN."""
    name = text.lower().removeprefix("app role ")
    guid = name.rpartition("/")[2].rpartition("|")[2]
    behind = catalog.roles.names.get(guid, "").lower()
    return [name, guid, behind, re.sub(r"^arn:aws[\w-]*:", "arn:aws:", name)]


def _is_narrow(grant: Grant) -> bool:
    """One object rather than a project, a subscription or a management group."""
    text = grant.resource.globs[0] if grant.resource.globs else ""
    role = grant.role.globs[0] if grant.role.globs else ""
    if role.startswith(("roles/", "projects/", "organizations/")):
        return not text.startswith(WIDE_SCOPES)
    return "/providers/" in text.lower() and "/managementgroups/" not in text.lower()


def _by_action(grant: Grant, row: AccessRow, catalog: AccessCatalog) -> Iterator[Danger]:
    """Actions of an AWS policy; for a deny, what its loss would set free."""
    of_resource = not row.principal  # in a resource's own policy even a star means that resource alone
    everywhere = (grant.resource.everything or grant.resource.negated) and not of_resource
    if grant.role.everything or grant.role.negated:
        yield Danger("critical" if everywhere else "high", "Every action is allowed, or every action but a few.")
        return
    for action in grant.role.globs:
        severity = _action_severity(action, catalog)
        if severity is None:
            continue
        whole = action.endswith(":*") and severity == "high"
        danger = Danger(severity, "Every action of the service is allowed." if whole else ACTION_WORDS[severity])
        narrow = of_resource or not is_wide(grant.resource) or bool(grant.condition.tests)
        yield Danger(lower(danger.severity), danger.because) if narrow else danger


ACTION_WORDS: dict[Severity, str] = {
    "critical": "Its holder can give itself every action.",
    "high": "The action lets its holder become, or act as, somebody more powerful.",
    "medium": "The action hands out credentials or reads data.",
}

# Every object of a kind: arn:aws:iam::111111111111:role/*, arn:aws:s3:::*, arn:aws:s3:::*/*.
_WHOLE_KIND = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(?::\*+(?:/\*+)?|[^:]+:(?:[a-z][\w-]*[:/])?\*+)|arn:[^:]*(?::\*)+")


def is_wide(resource: Pattern) -> bool:
    """Does it name everything, or everything of one kind?"""
    return resource.everything or resource.negated or any(_WHOLE_KIND.fullmatch(glob) for glob in resource.globs)


def _action_severity(action: str, catalog: AccessCatalog) -> Severity | None:
    table = catalog.severities["aws_actions"]
    if not set("*?") & set(action):
        return table.get(action)
    given: list[Severity] = [severity for name, severity in table.items() if _gives(action, name)]
    if action.endswith(":*"):
        given.append("high")
    return max(given, key=SEVERITIES.index, default=None)


def _gives(action: str, name: str) -> bool:
    """A question mark gives a name, but not what stands behind the star of another one."""
    return may_overlap(action, name) if "*" not in name else covers_glob(action, name)


def _by_operation(grant: Grant, catalog: AccessCatalog) -> Iterator[Danger]:
    """Operations of an Azure role, which compare without case."""
    for text in grant.role.globs:
        for name, severity in catalog.severities["azure_actions"].items():
            if covers_glob(text.lower(), name):
                yield Danger(severity, ROLE_WORDS[severity])


def _by_account(grant: Grant, type_: str, accounts: Set[str]) -> Iterator[Danger]:
    for principal in grant.principal.globs:
        match = _ACCOUNT.match(principal) or (type_.startswith("aws_") and re.fullmatch(r"(\d{12})", principal))
        if match and match[1] not in accounts:
            whose = "Another AWS account is meant." if accounts else UNKNOWN_ACCOUNT
            yield Danger("high" if accounts else "medium", whose)


def _by_trust(grant: Grant, row: AccessRow) -> Iterator[Danger]:
    if row.federation:
        yield from _by_federation(grant)
    elif row.trust and _takes_tokens(grant):
        yield from _by_subject(grant)


WEB_IDENTITY = "sts:assumerolewithwebidentity"
UNKNOWN_ACCOUNT = "An AWS account is meant; whether it is yours the plan does not tell (list yours in rules.iam)."
# What names whose token it is; Cognito says it by the identity pool, which is the audience.
SUBJECTS = (":sub", ":repository", ":repository_id", ":repository_owner", ":repository_owner_id", ":job_workflow_ref")
COGNITO = "cognito-identity.amazonaws.com:aud"


def _takes_tokens(grant: Grant) -> bool:
    asked = any(may_overlap(action, WEB_IDENTITY) for action in grant.role.globs)
    return asked and any(_gives_tokens(name) for name in grant.principal.globs)


def _gives_tokens(principal: str) -> bool:
    """Is it an issuer of web identities, not a service, an account or SAML?"""
    if principal.startswith("arn:"):
        return ":oidc-provider/" in principal
    return principal.startswith("Federated ") or principal in TOKEN_ISSUERS or UNKNOWN in principal


TOKEN_ISSUERS = ("cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com")


def _by_subject(grant: Grant) -> Iterator[Danger]:
    """A role trusted by tokens must say whose tokens."""
    subjects = [test for test in grant.condition.tests if test.key.endswith(SUBJECTS) or test.key == COGNITO]
    said = [test for test in subjects if "Not" not in test.operator and not test.operator.endswith("Null")]
    values = [value for test in said for value in test.values]
    if not values:
        yield Danger("critical", "No condition on the subject: every token of the issuer is accepted.")
    elif any(_WILD_OWNER.match(value) for value in values):
        yield Danger("critical", "The subject begins with a wildcard: anybody's repository is accepted.")
    elif any(_WILD_PART.match(value) for value in values):
        yield Danger("high", "The subject has a wildcard: every repository of the organisation is accepted.")
    elif all(test.key.endswith((":repository_owner", ":repository_owner_id")) for test in said):
        yield Danger("high", "Only the owner is tested: every repository of the organisation is accepted.")


# "repo:ORG/NAME:…", "organization:ORG:…", "system:serviceaccount:NAMESPACE:NAME", or "ORG/NAME" alone.
_WILD_OWNER = re.compile(r"(?:[\w-]+:)?(?!serviceaccount:)[^:/]*[*?]|.{0,4}\*$")
_WILD_PART = re.compile(r"system:serviceaccount:[^:]*[*?]|(?:[\w-]+:)?[^:/]+/[^:@]*[*?]")


def _by_federation(grant: Grant) -> Iterator[Danger]:
    """A pool's provider, or a federated credential: who outside the cloud may sign in."""
    text = str(grant.condition)
    who = " ".join(grant.principal.globs)
    shared = any(issuer in who for issuer in MULTI_TENANT)
    if not who.startswith(("identities of ", "AWS account ")):  # a credential names its subject
        if "*" in who:
            yield Danger("high", "The subject has a wildcard.")
    elif not text:
        yield Danger("critical" if shared else "high", "No attribute condition: the whole issuer may sign in.")
    elif _lets_all_in(text):
        yield Danger("critical" if shared else "high", "The attribute condition lets everybody in.")


# Tests that every token of the issuer passes: a claim is there, equals itself, or is only what the token is meant for.
_WEAK = re.compile(
    r"""true|has\([\w.]+\)|size\([\w.]+\)\s*>\s*0|[\w.]+\s*!=\s*(?:''|"")|(['"\w.]+)\s*==\s*\1"""
    r"""|assertion\.(?:aud|iss)\s*(?:==|in)\s*.+|assertion\.sub\.startsWith\(['"](?:repo:)?['"]\)""",
    re.IGNORECASE | re.DOTALL,
)


def _lets_all_in(text: str) -> bool:
    """Is one way through the condition made of such tests alone?"""
    return any(all(_WEAK.fullmatch(_bare(test)) for test in way.split("&&")) for way in _bare(text).split("||"))


def _bare(text: str) -> str:
    text = text.strip()
    inner = text[1:-1]
    return _bare(inner) if text.startswith("(") and text.endswith(")") and not set("()") & set(inner) else text
