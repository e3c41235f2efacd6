"""What happens with the report of a run in Airflow: XCom, notifications, asset events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livestorm_salesforce.orchestration.notifications import notify_report

if TYPE_CHECKING:
    from airflow.sdk import Context


def keep_report(context: Context, report: dict[str, Any]) -> None:
    """Store and notify the public report; called before the verdict, which may fail the task."""
    context["ti"].xcom_push("return_value", report)
    notify_report(context, report)
