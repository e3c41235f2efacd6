"""The question to the approving person: what a deployment would add, as a dry run has found. No personal data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from livestorm_salesforce.config import org_source
from livestorm_salesforce.config.org_source import PERMISSION_SET
from livestorm_salesforce.tasks.deployment.plan import DeploymentPlan


class Question(NamedTuple):
    """One sentence with numbers, and Markdown."""

    subject: str
    body: str


def question(plan: DeploymentPlan, tried: Sequence[str]) -> Question:
    """The question about a plan.

    Args:
        tried: full names of the components that the dry run would create.
    """
    permissions = len(plan.field_permissions) + len(plan.object_permissions)
    counts = {
        "custom field(s)": len(plan.fields),
        "permission set": int(plan.permission_set),
        "permission(s)": permissions,
        "assignment": int(plan.assign),
    }
    added = ", ".join(f"{count} {noun}" for noun, count in counts.items() if count)
    parts = [
        f"Org `{plan.org_id}`, connection `{plan.connection}`. Nothing that exists is changed or deleted.",
        _added(plan),
        _kept(plan),
        f"Dry run in Salesforce: {len(tried)} component(s) would be created, none refused." if tried else "",
        f"Plan `{plan.hash}`. An answer is stored with this code, your user and the time.",
    ]
    return Question(f"Add {added} to Salesforce?", "\n\n".join(part for part in parts if part))


def _added(plan: DeploymentPlan) -> str:
    labels = {field.full_name: field.label for field in org_source.source_fields()}
    rows = [
        *((f"Field `{name}`", labels[name]) for name in plan.fields),
        *([(f"Permission set `{PERMISSION_SET}`", _summary(plan))] if plan.permission_set else []),
        *((f"`{PERMISSION_SET}`: `{name}`", "object permissions") for name in plan.object_permissions),
        *((f"`{PERMISSION_SET}`: `{name}`", "field-level security") for name in plan.field_permissions),
        *([("Assignment", f"`{PERMISSION_SET}` to the user of the sync")] if plan.assign else []),
    ]
    return _table(("would be added", "as"), rows)


def _summary(plan: DeploymentPlan) -> str:
    fields = len(org_source.field_permissions()) - len(plan.left_out)
    return f"field-level security of {fields} fields; {', '.join(org_source.object_permissions())}; API Enabled"


def _kept(plan: DeploymentPlan) -> str:
    if not plan.kept:
        return ""
    return "**Different from the source, and kept**\n\n" + _table(("what", "difference"), [*plan.kept.items()])


def _table(header: tuple[str, str], rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"| {one} | {other} |" for one, other in [header, ("---", "---"), *rows])
