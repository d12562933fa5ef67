"""What GitHub's own settings make of the gate: branches, environments, forks, labels, people.  Rules over facts.

None stands for what the token may not read: that is told as unknown, and never taken for a yes or a no.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from bot.doctor import Trouble, Weight

ADMIN = "Ask with a token that may read it (fine-grained: Administration, read), or look at the page by hand."
ACTIONS = "Settings > Actions > General"


class Branch(Struct, frozen=True, kw_only=True):
    """A branch that deploys, and what classic protection and rulesets ask for together; ``seen``: both were read."""

    name: str
    context: str
    contexts: tuple[str, ...] = ()
    approvals: int = 0
    seen: bool = True


class PrivateForks(Struct, frozen=True, kw_only=True):
    """How a private repository treats runs of forks."""

    run: bool
    write: bool
    secrets: bool


class Person(Struct, frozen=True):
    login: str
    may_label: bool
    may_write: bool


class Hosted(Struct, frozen=True, kw_only=True):
    """Settings of one repository.  ``environments``: name -> branch rules, None where nobody may tell."""

    branches: tuple[Branch, ...]
    environments: Mapping[str, Sequence[str] | None]
    homes: Mapping[str, str]  # environment -> the branch that alone may use it
    default_branch: str | None = None
    public: bool | None = None
    deletes_heads: bool | None = None
    fork_approval: str | None = None  # GitHub's word, of a public repository
    private_forks: PrivateForks | None = None
    may_approve: bool | None = None  # may workflows approve pull requests?
    labels: frozenset[str] | None = None
    people: tuple[Person, ...] | None = None


def examine_github(hosted: Hosted, wanted: Sequence[str]) -> list[Trouble]:
    """``wanted`` are the labels that let something through."""
    parts = (_branches(hosted), _environments(hosted), _forks(hosted), _labels(hosted, wanted), _people(hosted))
    return [*(trouble for part in parts for trouble in part), *_repository(hosted)]


def _branches(hosted: Hosted) -> Iterator[Trouble]:
    for branch in hosted.branches:
        place, rule = f"branch {branch.name}", f"Settings > Branches, or Rules > Rulesets, for {branch.name}: require "
        required = branch.context in {context.casefold() for context in branch.contexts}
        if not required and branch.seen:
            why = "A held pull request can be merged all the same."
            yield _say("stop", place, f"The status {branch.context} is not required.", why, f"{rule}{branch.context}.")
        elif not required:
            yield _unknown(place, f"whether the status {branch.context} is required", "A held one could be merged.")
        if not branch.approvals and branch.seen:
            why = "Who may push can merge alone, and can push past every review."
            yield _say("warn", place, "No approval is required.", why, f"{rule}a pull request with 1 approval.")


def _environments(hosted: Hosted) -> Iterator[Trouble]:
    for name, branch in hosted.homes.items():
        rules, place = hosted.environments.get(name), f"environment {name}"
        if rules is None:
            yield _unknown(place, f"whether {branch} alone may use it", "Another branch could log in as its identity.")
        elif branch not in rules:
            why = f"Without one any branch can log in as the identity that changes {name.upper()}."
            mend = f"Settings > Environments > {name}: {branch} only."
            yield _say("stop", place, f"It has no rule for the branch {branch}.", why, mend)


def _forks(hosted: Hosted) -> Iterator[Trouble]:
    place = "forks"
    if hosted.public is None or (hosted.public and hosted.fork_approval is None):
        yield _unknown(place, "which pull requests of forks run without an approval", "They use the runners.")
    elif hosted.public and hosted.fork_approval != "all_external_contributors":
        why = "A stranger whose typing error was once merged starts runs at will: the plan of a fork runs its code."
        mend = f"{ACTIONS} > Approval for running fork pull request workflows: all external contributors."
        yield _say("warn", place, "Not every pull request of a fork needs an approval to run.", why, mend)
    forks = hosted.private_forks
    if hosted.public is not False:
        return
    if forks is None:
        yield _unknown(place, "whether runs of forks get secrets or a token that writes", "They run a fork's code.")
    elif forks.run and (forks.write or forks.secrets):
        given = " and ".join(
            word for word, on in (("a token that writes", forks.write), ("secrets", forks.secrets)) if on
        )
        why = "The plan of a fork runs the fork's code, with them at hand."
        yield _say(
            "stop", place, f"Runs of forks get {given}.", why, f"{ACTIONS} > Fork pull request workflows: both off."
        )
    elif not forks.run:
        why = "Its required status never comes, and it cannot be merged."
        mend = f"{ACTIONS} > Fork pull request workflows: on, without tokens and secrets; or take none of forks."
        yield _say("note", place, "A pull request of a fork starts no run.", why, mend)


def _labels(hosted: Hosted, wanted: Sequence[str]) -> Iterator[Trouble]:
    if hosted.labels is None:
        yield _unknown("labels", f"whether {', '.join(wanted)} are there", "Without them nothing is let through.")
        return
    if missing := [name for name in wanted if name.casefold() not in hosted.labels]:
        why = "What is held can only be let through with them."
        mend = " ; ".join(f"gh label create {name}" for name in missing)
        yield _say("warn", "labels", f"There is no label {', '.join(missing)}.", why, mend)


def _people(hosted: Hosted) -> Iterator[Trouble]:
    if hosted.people is None:
        yield _unknown("people", "who may set labels and who may approve", "Two people need two with write access.")
        return
    if sum(person.may_write for person in hosted.people) < 2:
        why = "PROD needs an approval of somebody with write access who is not the author: it can never be merged."
        mend = "Give a second person write access, or set two_people: false for PROD."
        yield _say("warn", "people", "Fewer than two people may write.", why, mend)
    if only := [person.login for person in hosted.people if person.may_label and not person.may_write]:
        why = "A label of theirs lets nothing through: only one of somebody with write access counts."
        shown = ", ".join(only[:5]) + (f" and {len(only) - 5} more" if len(only) > 5 else "")
        yield _say("note", "people", f"May set labels and may not write: {shown}.", why, "Nothing, if that is meant.")


def _repository(hosted: Hosted) -> Iterator[Trouble]:
    if hosted.may_approve is None:
        yield _unknown("workflows", "whether they may approve pull requests", "One could then be the second person.")
    elif hosted.may_approve:
        why = "A branch rule that asks for an approval takes one of a workflow; plan-review does not."
        mend = f"{ACTIONS} > Workflow permissions: switch off that Actions create and approve pull requests."
        yield _say("warn", "workflows", "They may approve pull requests.", why, mend)
    if hosted.deletes_heads and hosted.branches:
        name = hosted.branches[0].name
        why = f"The merge of {name} into {hosted.branches[-1].name} deletes {name} itself, unless a rule forbids that."
        mend = f"Settings > General > Pull Requests: off, or forbid the deletion of {name}."
        yield _say("warn", "repository", "Head branches are deleted after a merge.", why, mend)


def _say(weight: Weight, place: str, what: str, why: str, mend: str) -> Trouble:
    return Trouble(weight=weight, place=place, what=what, why=why, mend=mend)


def _unknown(place: str, what: str, why: str) -> Trouble:
    return _say("unknown", place, f"Not known: {what}.", why, ADMIN)
