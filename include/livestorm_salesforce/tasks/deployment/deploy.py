"""Deploys the missing fields and permissions after a person has approved them.

What was asked, answered and done is stored per run in the table `setup_check`: a run may precede the first contact with
Livestorm, so there is no pair of accounts, and no run folder.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from livestorm_salesforce import config
from livestorm_salesforce.clients.salesforce import Create
from livestorm_salesforce.config import load_mapping, org_source
from livestorm_salesforce.config.org_source import PERMISSION_SET
from livestorm_salesforce.errors import ConfigError, StalePlan, SyncError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import setup_checks
from livestorm_salesforce.tasks.deployment.accounts import Accounts, open_accounts
from livestorm_salesforce.tasks.deployment.comparison import OBJECT_COLUMNS, make_plan, refusals
from livestorm_salesforce.tasks.deployment.plan import DeploymentPlan
from livestorm_salesforce.tasks.deployment.question import Question, question
from livestorm_salesforce.tasks.setup import stored

log = logging.getLogger(__name__)
#: What a cleared comparison keeps: the plan that was asked about, and a deployment under way.
LASTING = ("asked", "deployment_id")
ASSIGN_REMEDY = f"assign it by hand: Setup, Permission Sets, {PERMISSION_SET}, Manage Assignments"


def compare(run: TaskRun) -> DeploymentPlan:
    """Compare the org with the source, try the difference in a dry run, and store it for the question.

    Raises:
        ConfigError: a connection or a right is missing, or Salesforce refuses a component.
    """
    accounts = _accounts(run)
    plan, tried = make_plan(accounts, valid_mapping(run.app), assign=bool(run.params.get("assign")))
    before = setup_checks.load(run.app.database, name=_name(run))
    lasting = {name: value for name, value in (before.items[0] if before else {}).items() if name in LASTING}
    _save(run, {**lasting, "plan": plan.document(), "tried": tried})
    stored.add_lines(run.app, stored.kept_items(dict(plan.kept)))
    for line in (*(f"missing: {name}" for name in plan.fields), *(f"kept: {one}" for one in plan.kept)):
        log.info("%s", line)
    return plan


def ask(run: TaskRun) -> Question:
    """The question about the stored difference.

    Raises:
        StalePlan: this run has asked about another difference before: Airflow would show the earlier text.
    """
    document = _load(run)
    plan = DeploymentPlan.from_document(document["plan"])
    if document.get("asked", plan.hash) != plan.hash:
        raise StalePlan(
            "The org has changed since this run asked for an approval, and Airflow would show the earlier question.",
            remedy="trigger a new run of the DAG",
        )
    _save(run, {**document, "asked": plan.hash})
    return question(plan, document["tried"])


def save_decision(run: TaskRun, decision: str, decided_by: str | None, at: datetime) -> None:
    """Store who has answered the question, and when.

    Args:
        decided_by: user of Airflow; None if nobody answered in time.
    """
    _save(run, {**_load(run), "decision": decision, "decided_by": decided_by, "decided_at": at.isoformat()})


def deploy(run: TaskRun) -> dict[str, int]:
    """Add what was approved and is still missing; returns the number of added fields and permissions.

    A repeated attempt waits for a deployment that an earlier one has started.

    Raises:
        ConfigError: Salesforce refused the deployment, a permission or the assignment.
        StalePlan: the connections lead to another org than at the approval.
    """
    accounts, document = _accounts(run), _load(run)
    approved = DeploymentPlan.from_document(document["plan"])
    _check_org(accounts, approved)
    if (started := document.get("deployment_id")) is not None:
        _finish(run, accounts, started)
    plan, _ = make_plan(accounts, valid_mapping(run.app), assign=approved.assign)
    plan = plan.limited_to(approved)
    if plan.has_components:
        deployment_id = accounts.deployer.start_deployment(plan.package, check_only=False)
        _save(run, {**_load(run), "deployment_id": deployment_id})
        log.info("Deployment %s of %s component(s) started.", deployment_id, len(plan.package.components))
        _finish(run, accounts, deployment_id)
    _add_permissions(accounts, plan)
    if plan.assign:
        _assign(accounts)
    permissions = len(plan.field_permissions) + len(plan.object_permissions)
    return {"fields": len(plan.fields), "permission_sets": int(plan.permission_set), "permissions": permissions,
            "assigned": int(plan.assign)}  # fmt: skip


def check_again(run: TaskRun) -> dict[str, int]:
    """Check both accounts and Airflow after a deployment, and store the result with what the deployment left."""
    accounts, plan = _accounts(run), DeploymentPlan.from_document(_load(run)["plan"])
    permission_set = accounts.permission_set_id()
    is_assigned = permission_set is not None and accounts.is_assigned(permission_set)
    more = [*stored.kept_items(dict(plan.kept)), stored.assignment_item(is_assigned=is_assigned)]
    return stored.check_and_save(run, more=more)


def _check_org(accounts: Accounts, approved: DeploymentPlan) -> None:
    if accounts.org_id != approved.org_id:
        raise StalePlan(
            f"The connections lead to the org {accounts.org_id}; the deployment was approved for {approved.org_id}. "
            "Nothing was deployed.",
            remedy="correct the connections, or trigger the DAG again for the other org",
        )


def _finish(run: TaskRun, accounts: Accounts, deployment_id: str) -> None:
    """Wait for a deployment and forget it: an attempt after a refusal must start another one."""
    result = accounts.deployer.wait_for_deployment(deployment_id)
    _save(run, {name: value for name, value in _load(run).items() if name != "deployment_id"})
    if not result.succeeded:
        raise refusals(result)


def _add_permissions(accounts: Accounts, plan: DeploymentPlan) -> None:
    """Add rows to the existing permission set: a deployment would replace its whole content."""
    if not (plan.field_permissions or plan.object_permissions):
        return
    parent = {"ParentId": accounts.permission_set_id()}
    wanted = org_source.object_permissions()
    objects = [
        {**parent, "SobjectType": name, **{column: wanted[name][right] for right, column in OBJECT_COLUMNS.items()}}
        for name in plan.object_permissions
    ]
    editable = org_source.field_permissions()
    fields = [
        {**parent, "SobjectType": name.partition(".")[0], "Field": name, "PermissionsRead": True,
         "PermissionsEdit": editable[name]}
        for name in plan.field_permissions
    ]  # fmt: skip
    _create(accounts, "ObjectPermissions", objects, plan.object_permissions)
    _create(accounts, "FieldPermissions", fields, plan.field_permissions)


def _assign(accounts: Accounts) -> None:
    user, permission_set = accounts.own.user_id(), accounts.permission_set_id()
    if not user:
        raise ConfigError("The login of the sync does not tell which user it belongs to.", remedy=ASSIGN_REMEDY)
    if permission_set and not accounts.is_assigned(permission_set):
        row = {"AssigneeId": user, "PermissionSetId": permission_set}
        _create(accounts, "PermissionSetAssignment", [row], [PERMISSION_SET], remedy=ASSIGN_REMEDY)


def _create(
    accounts: Accounts, sobject: str, rows: Sequence[Mapping[str, Any]], names: Sequence[str], *, remedy: str = ""
) -> None:
    """Create rows of Setup; `names` are those of the rows for the message."""
    if not rows:
        return
    results = accounts.deployer.write(Create(sobject, rows))
    refused = [f"{name} ({one.code})" for name, one in zip(names, results, strict=True) if not one.success]
    if refused:
        raise ConfigError(
            f"Salesforce refused {len(refused)} of {len(rows)} {sobject}: {', '.join(refused)}.",
            remedy=remedy or f"add it in Setup, Permission Sets, {PERMISSION_SET}, then trigger the DAG again",
        )


def valid_mapping(app: AppContext) -> config.Mapping:
    """The mapping, or the default one while it is invalid: the checklist has a line for that."""
    try:
        return app.mapping
    except SyncError:
        return load_mapping()


def _accounts(run: TaskRun) -> Accounts:
    return open_accounts(run.app, str(run.params.get("connection") or "").strip())


def _name(run: TaskRun) -> str:
    return f"deployment {run.run_id}"


def _save(run: TaskRun, document: Mapping[str, Any]) -> None:
    setup_checks.save(run.app.database, run.app.utc_now().to_pydatetime(), [dict(document)], name=_name(run))


def _load(run: TaskRun) -> dict[str, Any]:
    found = setup_checks.load(run.app.database, name=_name(run))
    if found is None:
        raise StalePlan("This run has not compared the org with the source.", remedy="clear its first task")
    return dict(found.items[0])
