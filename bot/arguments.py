"""The command line: every command, option, help text and example."""

import argparse
from collections.abc import Sequence
from typing import TypeAlias, get_args

from bot import __version__
from bot.environment import ENVIRONMENTS
from bot.workflows import Cloud, Tool

EXIT_CODES = """\
exit codes:
  0   pass, or attention
  10  held: a person must decide first, or the plan is incomplete
  11  the document cannot be trusted: unreadable, errored, unknown format or action
  1   could not run, with advice      2  wrong usage      70  a bug of ours
"""
TOP = """\
examples:
  plan-review demo                                     the whole job on a bundled real plan
  terraform show -json tfplan | plan-review review -   review your own plan
  plan-review review plan.json --format markdown       the pull request comment
"""
REVIEW = """\
examples:
  plan-review review plan.json                              a report in the terminal, judged as PROD
  plan-review review plan.json --environment stage          judged as STAGE
  plan-review review net=net.json app=app.json              two stacks with names
  plan-review review records/                               every record of a folder
  plan-review review plan.json --intent description.md      what the pull request says it deletes
  plan-review review plan.json --label allow-deletions      what a second person's label would do
  plan-review review plan.json --since yesterday.json       what changed since an earlier plan
  plan-review review plan.json --promoted-from stage.json   what PROD gets that STAGE never saw
  plan-review review plan.json --infracost infracost.json   what it costs, in money
  plan-review review plan.json --sarif checkov.sarif        what scanners say, beside the resources
  plan-review review plan.json --html report.html           the whole report as one page, to search and filter
  plan-review review records/ --publish                     in GitHub Actions: comment, status, summary
"""
GUARD = """\
examples:
  plan-review guard net=net.json -e prod                       in the apply job, on the merge commit
  plan-review guard net=net.json -e prod --reviewed net.record.json
"""
APPLIED = """\
in one job, which does all of it:
  plan-review applied --outcome success --apply-log apply.log net=plan.json -e stage

one job for each stack, and a last one that reports:
  plan-review applied --outcome started -e stage                 before: refuses to apply an old commit again
  plan-review applied --outcome failure --apply-log apply.log net=plan.json -e stage -o outcomes/net.json
  plan-review applied --outcome failure outcomes/ --expect net --expect app -e stage

The log is that of `terraform apply -json`, or the text it prints. The exit code says whether the outcome could be
written (1: it could not), never what it was: the apply's own step is red already. Started is refused with 10.
"""
DRIFT = """\
examples:
  plan-review drift plan.json -e prod                  what was changed outside Terraform, dangerous first
  plan-review drift net=net.json app=app.json          two stacks with names
  plan-review drift records/ -e prod --publish         in GitHub Actions: one issue for each stack
  plan-review drift plan.json --format json            for machines

what is drift:
  What is really there and not what Terraform's state says (resource_drift of the plan).  Planned changes that no drift
  accounts for are listed apart: merged and not applied, or taken into the state by an earlier run.  Both kinds of plan
  will do: `terraform plan` also tells what an apply would put back, `terraform plan -refresh-only` does not.

the issue (--publish):
  Opened when drift appears, updated in place, closed with a comment when it is gone, opened again when it comes back.
  Where the plan cannot be read it says so, and is never closed for that.  What may stay goes into the settings,
  drift.accepted, with an owner and a last day.

exit code and output:
  0 with and without drift, 11 where the drift of a stack is unknown, 1 where an issue could not be written.
  The output `drift` of the step is true, false or unknown.

"""
INIT = """\
examples:
  plan-review init --action OWNER/plan-review@SHA   writes .github/workflows and .github/plan-review.yml
  plan-review init --yes                            once more, replacing files that differ
  GITHUB_TOKEN=... plan-review init --apply         required statuses and environments, as far as they are missing

Folders, backends, the tool and the cloud are found out.  Nothing is replaced without --yes, and what must be set in
GitHub is printed.  Then: plan-review doctor
"""
STATUS = """\
examples:
  plan-review status pending -e prod    first step of the job
  plan-review status close -e prod      last step, with `if: always()`: a crash is an error, no pending is forgotten
"""

TEMPLATES = """\
examples:
  plan-review templates list
  plan-review templates show parts/cost.md.j2 -o .github/plan-review/templates/parts/cost.md.j2

Edit that file, write `templates: 1` into .github/plan-review.yml, and look at what comes of it:
  plan-review config check      says what is wrong, with the line
  plan-review review plan.json --format markdown
On GitHub both files are read from the base branch.  docs/templates.md lists what a template can show.
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="plan-review",
        description="Reviews Terraform plans: says what a plan would destroy, and holds what nobody intended.",
        epilog=TOP + "\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"plan-review {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_review(commands)
    _add_record(commands)
    _add_guard(commands)
    _add_applied(commands)
    _add_drift(commands)
    _add_environment(commands)
    _add_status(commands)
    _add_init(commands)
    _add_doctor(commands)
    _add_demo(commands)
    _add_config(commands)
    _add_templates(commands)
    return parser


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Exits with 2 and the usage where the arguments do not fit together."""
    parser = build_parser()
    given = parser.parse_args(argv)
    if given.command == "review":
        from_run = given.from_run is not None or given.from_latest_run
        if not given.plans and not from_run:
            parser.error("review: name a plan: a file, - for standard input, or a folder of records")
        if from_run and (given.plans or not given.publish):
            parser.error(
                "review: --from-run and --from-latest-run take the plans of a run: name no plan, and add --publish"
            )
    return given


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_review(commands: Commands) -> None:
    parser = _command(commands, "review", "judge plans and say what they would do", REVIEW)
    parser.add_argument(
        "plans", nargs="*", metavar="PLAN", help="[NAME=]FILE of `terraform show -json`, a record, - or a folder"
    )
    _add_judging(parser)
    _add_publishing(parser)
    parser.add_argument("--intent", metavar="FILE", help="the pull request: description (.md) or facts (.yml)")
    parser.add_argument(
        "--since",
        action="append",
        default=[],
        metavar="PLAN",
        help="an earlier plan or record: say what changed since (with --publish: that of the earlier run)",
    )
    parser.add_argument(
        "--promoted-from",
        action="append",
        default=[],
        metavar="RECORD",
        help="[NAME=]FILE or folder, what STAGE got: say what PROD gets that STAGE did not, and the other way round",
    )
    parser.add_argument("--infracost", metavar="FILE", help="Infracost's JSON: real money beside the cost flags")
    parser.add_argument("--infracost-base", metavar="FILE", help="the same of the base branch (Infracost 2 only)")
    parser.add_argument(
        "--sarif", action="append", default=[], metavar="FILE", help="a scanner's results, shown beside the resources"
    )
    parser.add_argument("--source", default=".", metavar="DIR", help="where the scanned .tf files are (default: .)")
    parser.add_argument(
        "--expect", action="append", default=[], metavar="NAME", help="a stack that must be there; else it is an error"
    )
    parser.add_argument("--summary", metavar="FILE", help="also write the long Markdown summary")
    parser.add_argument(
        "--html", metavar="FILE", help="also write the page: one file, to search and filter every change"
    )
    parser.add_argument("--commit", default="", help="the commit the plan was made of, for the footer")
    _add_config_option(parser)


def _add_publishing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "on GitHub", "Token, event, repository and run are taken from the environment of GitHub Actions."
    )
    group.add_argument("--publish", action="store_true", help="write comment, status, step summary and outputs")
    group.add_argument("--pull-request", type=int, metavar="N", help="the pull request (default: the event's)")
    group.add_argument("--repository", default="", metavar="OWNER/NAME", help="default: GITHUB_REPOSITORY")
    group.add_argument("--from-run", type=int, metavar="ID", help="judge the records of that workflow run again")
    group.add_argument(
        "--from-latest-run", action="store_true", help="judge the records of the pull request's latest run again"
    )
    group.add_argument("--decision", default="decision.json", metavar="FILE", help="default: decision.json")


def _add_guard(commands: Commands) -> None:
    parser = _command(commands, "guard", "before an apply: is this plan still what was reviewed?", GUARD)
    parser.add_argument("plans", nargs="+", metavar="PLAN", help="[NAME=]FILE of the plan that would be applied")
    parser.add_argument("-e", "--environment", choices=ENVIRONMENTS, default="prod", help="default: prod")
    parser.add_argument(
        "--reviewed",
        action="append",
        default=[],
        metavar="RECORD",
        help="what was reviewed (default: found on GitHub through the merged pull request)",
    )
    parser.add_argument("--scheduled", action="store_true", help="refuse every destruction, even a reviewed one")
    parser.add_argument("--keep", metavar="FILE", help="also write what is said to FILE, for `applied --guard`")
    _add_config_option(parser)


def _add_applied(commands: Commands) -> None:
    help_ = "after an apply: write its outcome into the pull request's comment, and record the deployment"
    parser = _command(commands, "applied", help_, APPLIED)
    parser.add_argument(
        "plans", nargs="*", metavar="PLAN", help="[NAME=]FILE of the plan that was applied, a record, or outcomes kept"
    )
    parser.add_argument(
        "--outcome",
        required=True,
        choices=("started", "success", "failure", "cancelled", "skipped"),
        help="what the apply's step or job says; skipped: it did not begin",
    )
    parser.add_argument("-e", "--environment", choices=ENVIRONMENTS, help="default: that of the event's branch")
    parser.add_argument("--apply-log", metavar="FILE", help="what the apply has printed; secrets in it are hidden")
    parser.add_argument("--guard", metavar="FILE", help="what the guard said (`guard --keep`), told where it stopped")
    parser.add_argument(
        "--stack", action="append", default=[], metavar="NAME=OUTCOME", help="the outcome of one stack (repeatable)"
    )
    parser.add_argument(
        "--expect", action="append", default=[], metavar="NAME", help="a stack that counts as not applied when missing"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="only keep the outcome of one stack; nothing is sent")
    parser.add_argument("--commit", default="", help="the commit that was applied (default: the event's)")
    parser.add_argument("--no-deployment", action="store_true", help="record no deployment on GitHub")
    _add_config_option(parser)


def _add_drift(commands: Commands) -> None:
    parser = _command(commands, "drift", "say what was changed outside Terraform, and keep an issue for it", DRIFT)
    parser.add_argument(
        "plans", nargs="+", metavar="PLAN", help="[NAME=]FILE of `terraform show -json`, a record, - or a folder"
    )
    parser.add_argument("-e", "--environment", choices=ENVIRONMENTS, default="prod", help="default: prod")
    parser.add_argument("-f", "--format", choices=("text", "markdown", "json"), default="text")
    parser.add_argument("-o", "--output", metavar="FILE", help="file to write to (default: standard output)")
    parser.add_argument(
        "--expect", action="append", default=[], metavar="NAME", help="a stack that must be there; else it is unknown"
    )
    parser.add_argument("--commit", default="", help="the commit the plan was made of, for the footer")
    group = parser.add_argument_group(
        "on GitHub", "Token, event, repository and run are taken from the environment of GitHub Actions."
    )
    group.add_argument("--publish", action="store_true", help="open, update or close the issues; step summary, outputs")
    group.add_argument("--repository", default="", metavar="OWNER/NAME", help="default: GITHUB_REPOSITORY")
    _add_config_option(parser)


def _add_init(commands: Commands) -> None:
    parser = _command(
        commands, "init", "write the workflows and the settings of the GitFlow kit into a repository", INIT
    )
    parser.add_argument("--directory", default=".", metavar="DIR", help="the checkout (default: .)")
    parser.add_argument(
        "--action", default="", metavar="OWNER/plan-review@SHA", help="the release you trust, 40 digits"
    )
    parser.add_argument("--tool", choices=get_args(Tool), help="default: found out")
    parser.add_argument("--cloud", choices=get_args(Cloud), help="where the login goes (default: that of the backend)")
    parser.add_argument("--stage", default="develop", metavar="BRANCH", help="branch of STAGE (default: develop)")
    parser.add_argument("--prod", default="main", metavar="BRANCH", help="branch of PROD (default: main)")
    parser.add_argument(
        "--yes", action="store_true", help="replace files that differ; without it you see the difference"
    )
    parser.add_argument("--apply", action="store_true", help="write no file: set what is missing in GitHub")


def _add_doctor(commands: Commands) -> None:
    parser = _command(commands, "doctor", "check a repository's workflows, state and settings", "")
    parser.add_argument("--directory", default=".", metavar="DIR", help="the checkout (default: .)")
    _add_config_option(parser)


def _add_environment(commands: Commands) -> None:
    help_ = "say which environment and action the event of this workflow run means"
    parser = _command(commands, "environment", help_, "")
    _add_config_option(parser)


def _add_status(commands: Commands) -> None:
    parser = _command(commands, "status", "set the status pending, or close one that a run left pending", STATUS)
    parser.add_argument("word", choices=("pending", "close"))
    parser.add_argument("-e", "--environment", choices=ENVIRONMENTS, help="default: that of the pull request's target")
    parser.add_argument("--commit", default="", help="the commit to set it on (default: the pull request's head)")
    _add_config_option(parser)


def _add_record(commands: Commands) -> None:
    parser = _command(commands, "record", "keep a plan without its secrets, to be judged again later", "")
    parser.add_argument("plan", metavar="PLAN", help="[NAME=]FILE of `terraform show -json`, or -")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")
    parser.add_argument("--commit", default="", help="the commit the plan was made of")
    parser.add_argument("-e", "--environment", choices=ENVIRONMENTS, help="the environment it was planned for")
    parser.add_argument("--failed", action="store_true", help="FILE is what a plan that failed has written")
    _add_config_option(parser)


def _add_demo(commands: Commands) -> None:
    parser = _command(commands, "demo", "the whole job on a bundled real plan: no token, no network", "")
    _add_judging(parser)
    parser.set_defaults(output="plan-review-demo")


def _add_config(commands: Commands) -> None:
    parser = _command(commands, "config", "check the settings, show them with defaults, or print their schema", "")
    parser.add_argument("action", choices=("check", "show", "schema"))
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    parser.add_argument("--templates", metavar="DIR", help="check: the templates of this folder as well")
    _add_config_option(parser)


def _add_templates(commands: Commands) -> None:
    help_ = "list the built-in templates, or show one to start your own from"
    parser = _command(commands, "templates", help_, TEMPLATES)
    parser.add_argument("action", choices=("list", "show"))
    parser.add_argument("name", nargs="?", metavar="NAME", help="e.g. parts/cost.md.j2")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: standard output)")


def _command(commands: Commands, name: str, help_: str, examples: str) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=help_,
        description=help_[0].upper() + help_[1:] + ".",
        epilog=examples + ("\n" if examples else "") + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_judging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-e",
        "--environment",
        choices=ENVIRONMENTS,
        help="whose rules judge (default: prod; with --publish that of the pull request's target)",
    )
    parser.add_argument("--label", action="append", default=[], metavar="NAME", help="play a label of the pull request")
    parser.add_argument("-f", "--format", choices=("text", "markdown", "html", "json"), default="text")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="file to write to (demo: a folder, default plan-review-demo)"
    )
    parser.add_argument(
        "--templates",
        metavar="DIR",
        help="templates of your own (default: .github/plan-review/templates, if the settings say `templates: 1`)",
    )
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")


def _add_config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--config", metavar="FILE", help="settings (default: .github/plan-review.yml)")
