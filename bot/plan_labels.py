"""Labels that say what a plan does, for people who look through a list of pull requests.  Nothing reads them back."""

from collections.abc import Sequence

from bot.checklist import is_idle
from bot.classify.destructive import Deletion
from bot.findings import Finding
from bot.grant_change import GrantChange
from bot.publication import PLAN_LABELS
from bot.record import Stack
from bot.severity import SEVERITIES


def list_plan_labels(
    stacks: Sequence[Stack], deletions: Sequence[Deletion], grants: Sequence[GrantChange], findings: Sequence[Finding]
) -> tuple[str, ...]:
    """Those of PLAN_LABELS that fit, in their order; what cannot be read is never called "no changes"."""
    counts = [stack.plan.counts for stack in stacks]
    actions = {deletion.action for deletion in deletions}
    heavy = SEVERITIES.index("medium")
    fits = {
        "plan:delete": "delete" in actions or any(count.delete for count in counts),
        "plan:replace": "replace" in actions or any(count.replace for count in counts),
        "plan:iam": bool(grants),
        "plan:exposure": any(finding.concern == "exposure" for finding in findings),
        "plan:cost": any(f.concern == "cost" and SEVERITIES.index(f.severity) >= heavy for f in findings),
        "plan:no-changes": all(is_idle(stack) for stack in stacks),
    }
    return tuple(label for label in PLAN_LABELS if fits[label])
