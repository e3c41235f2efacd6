"""Compares the org with the source, and tries the difference in a dry run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from livestorm_salesforce import config
from livestorm_salesforce.clients.salesforce import soql
from livestorm_salesforce.clients.salesforce.deployment import ComponentResult, DeploymentResult
from livestorm_salesforce.config import org_source
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.tasks.deployment.accounts import Accounts
from livestorm_salesforce.tasks.deployment.plan import DeploymentPlan

Fields = Mapping[str, dict[str, Any]]
HIDDEN = "exists and is hidden from both users, so its type is not known"
#: Columns of ObjectPermissions by the elements of the source.
OBJECT_COLUMNS = {
    "allowRead": "PermissionsRead",
    "allowCreate": "PermissionsCreate",
    "allowEdit": "PermissionsEdit",
    "viewAllRecords": "PermissionsViewAllRecords",
}
#: Word in Salesforce's reason for a refused component, and what to do.
REMEDIES = {
    "maximum": "delete custom fields of the object that nobody uses, or ask Salesforce to raise the limit",
    "already": "erase the deleted field of this name (Setup, Object Manager, Deleted Fields)",
    "depends": "tick the named permission in your copy of the permission set and deploy it by `sf`",
    "license": "use a user whose licence allows the permission (docs/operate/connections.md)",
}
DEFAULT_REMEDY = "correct it in Setup of Salesforce, then trigger the DAG again"


def make_plan(accounts: Accounts, mapping: config.Mapping, *, assign: bool) -> tuple[DeploymentPlan, list[str]]:
    """What is missing, and the result of a dry run of it as full names of the components that it would create.

    Raises:
        ConfigError: a user lacks a right, or Salesforce refuses a component; the message lists all refusals.
    """
    source, used = org_source.source_fields(), org_source.used_fields(mapping)
    visible = accounts.described_fields(sorted({field.object for field in source}))
    lacking = {field.full_name for field in source if field.full_name.lower() not in visible}
    wanted = {field.full_name for field in used}
    plan = DeploymentPlan(
        accounts.org_id,
        accounts.connection,
        fields=tuple(sorted(wanted & lacking)),
        left_out=tuple(sorted(lacking - wanted)),
        kept=_kept(used, visible),
    )
    return _tried(accounts, _with_permissions(accounts, plan, assign=assign))


def refusals(result: DeploymentResult) -> ConfigError:
    """The error for a deployment that Salesforce refused, with all reasons and the first remedy."""
    reasons = "; ".join(f"{one.name}: {one.problem.rstrip('.')}" for one in result.problems)
    return ConfigError(f"Salesforce refused the deployment {result.id}, and nothing was deployed: {reasons}.",
                       remedy=remedy_of(result.problems[0]))  # fmt: skip


def remedy_of(refused: ComponentResult) -> str:
    """What to do about a refused component."""
    return next((text for word, text in REMEDIES.items() if word in refused.problem), DEFAULT_REMEDY)


def _kept(used: tuple[org_source.SourceField, ...], visible: Fields) -> dict[str, str]:
    found = {}
    for field in used:
        described = visible.get(field.full_name.lower())
        if described and (differences := field.differences(described)):
            found[field.full_name] = ", ".join(differences)
    return found


def _with_permissions(accounts: Accounts, plan: DeploymentPlan, *, assign: bool) -> DeploymentPlan:
    permission_set = accounts.permission_set_id()
    if permission_set is None:
        return replace(plan, permission_set=True, assign=assign)
    parent = soql.equals("ParentId", permission_set)
    fields = accounts.setup_records("FieldPermissions", ["Field"], parent)
    objects = accounts.setup_records("ObjectPermissions", ["SobjectType", *OBJECT_COLUMNS.values()], parent)
    present = {str(row["SobjectType"]): row for row in objects}
    granted = {str(row["Field"]).lower() for row in fields}
    names = [name for name in org_source.field_permissions() if name not in plan.left_out]
    return replace(
        plan,
        field_permissions=tuple(name for name in names if name.lower() not in granted),
        object_permissions=tuple(name for name in org_source.object_permissions() if name not in present),
        assign=assign and not accounts.is_assigned(permission_set),
        kept={**plan.kept, **_weaker(present)},
    )


def _weaker(present: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Object permissions that somebody has reduced in the existing permission set."""
    found = {}
    for name, rights in org_source.object_permissions().items():
        if name in present:
            lacking = [right for right, column in OBJECT_COLUMNS.items() if rights[right] and not present[name][column]]
            if lacking:
                found[f"{org_source.PERMISSION_SET}: {name}"] = f"without {', '.join(lacking)}"
    return found


def _tried(accounts: Accounts, plan: DeploymentPlan) -> tuple[DeploymentPlan, list[str]]:
    """The plan without fields that the dry run found to exist: they are hidden, and a deployment would change them."""
    if not plan.has_components:
        return plan, []
    result = _dry_run(accounts, plan)
    hidden = {one.name for one in result.components if one.type == "CustomField" and not one.created}
    if not hidden:
        return plan, sorted(one.name for one in result.components if one.created)
    kept = {**plan.kept, **dict.fromkeys(sorted(hidden), HIDDEN)}
    return _tried(accounts, replace(plan, fields=tuple(sorted({*plan.fields} - hidden)), kept=kept))


def _dry_run(accounts: Accounts, plan: DeploymentPlan) -> DeploymentResult:
    client = accounts.deployer
    result = client.wait_for_deployment(client.start_deployment(plan.package, check_only=True))
    if not result.succeeded:
        raise refusals(result)
    return result
