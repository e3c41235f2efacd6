"""Checks both accounts and Airflow within a task, and stores the result for the page Setup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from livestorm_salesforce.config.org_source import PERMISSION_SET
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import setup_checks
from livestorm_salesforce.tasks.setup.checklist import check_setup
from livestorm_salesforce.tasks.setup.items import Area, CheckItem, CheckState

#: Start of the subject of lines that need Airflow's database: a task cannot read it, the page can.
FROM_SERVER = ("DAG", "Source")
ASSIGNMENT = f"Permission set {PERMISSION_SET}"
Lines = Sequence[dict[str, str]]


def check_and_save(run: TaskRun, *, more: Sequence[CheckItem] = ()) -> dict[str, int]:
    """Check both accounts and Airflow, and replace the stored result; returns the number of lines by state.

    Args:
        more: further lines.
    """
    app = run.app
    items = [*check_setup(clock=app.clock, limits=app.limits), *more]
    lines = _with_server_lines(app, [item.document() for item in items])
    setup_checks.save(app.database, app.utc_now().to_pydatetime(), lines)
    return {str(state): sum(line["state"] == state for line in lines) for state in CheckState}


def add_lines(app: AppContext, items: Sequence[CheckItem]) -> None:
    """Add lines to the stored result, in place of those with the same subject."""
    stored = setup_checks.load(app.database)
    if stored and items:
        subjects = {item.subject for item in items}
        lines = [line for line in stored.items if line["subject"] not in subjects]
        setup_checks.save(app.database, stored.at, [*lines, *(item.document() for item in items)])


def missing(lines: Lines) -> list[str]:
    """What a person must do, one text per line that is missing."""
    return [f"{line['area']}: {line['subject']}: {line['detail']}" for line in lines if line["state"] == "missing"]


def stored_lines(app: AppContext) -> list[dict[str, Any]]:
    """The lines of the stored result; none before the first check."""
    stored = setup_checks.load(app.database)
    return stored.items if stored else []


def kept_items(kept: dict[str, str]) -> list[CheckItem]:
    """Lines of what a deployment does not change.

    Args:
        kept: difference from the source by full name.
    """
    return [
        CheckItem(
            Area.SALESFORCE, f"{name} differs", CheckState.MISSING, f"{name}: {difference}. It is not changed.",
            "Correct it in Setup, or name another field in the mapping.",
            "Salesforce: Setup, Object Manager, or Permission Sets", name,
        )
        for name, difference in kept.items()
    ]  # fmt: skip


def assignment_item(*, is_assigned: bool) -> CheckItem:
    """The line of the permission set after a deployment."""
    if is_assigned:
        return CheckItem(Area.SALESFORCE, ASSIGNMENT, CheckState.OK, "Assigned to the user of the sync.")
    return CheckItem(
        Area.SALESFORCE, ASSIGNMENT, CheckState.MISSING,
        "It is in the org and not assigned to the user of the sync, so deployed fields are hidden from it.",
        "Assign it to the user, or trigger the DAG livestorm_salesforce_setup with 'Assign the permission set'.",
        f"Salesforce: Setup, Permission Sets, {PERMISSION_SET}, Manage Assignments", PERMISSION_SET,
    )  # fmt: skip


def _with_server_lines(app: AppContext, lines: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The lines, with those that a task cannot fill in as they were at the last check on the page."""
    before = {line["subject"]: line for line in stored_lines(app) if line["subject"].startswith(FROM_SERVER)}
    found = [before.pop(line["subject"], line) for line in lines]
    airflow = [at for at, line in enumerate(found) if line["area"] == Area.AIRFLOW]
    at = airflow[-1] + 1 if airflow else 0
    return [*found[:at], *before.values(), *found[at:]]
