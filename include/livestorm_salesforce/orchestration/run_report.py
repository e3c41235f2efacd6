"""What happens with the report of a run in Airflow: XCom, notifications, asset events."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from livestorm_salesforce.number_text import number_text
from livestorm_salesforce.orchestration.assets import add_events
from livestorm_salesforce.orchestration.notifications import notify_report

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


def logged(result: dict[str, Any], *without: str) -> dict[str, Any]:
    """The result of a task, after logging its counts as the last line of the log.

    Args:
        without: keys that are no counts.
    """
    log.info(as_sentence(result, *without))
    return result


def as_sentence(result: Mapping[str, Any], *without: str) -> str:
    """Counts of a task in words, such as `listed 29, in scope 15`; zeros are left out.

    Args:
        without: keys to leave out.
    """
    counts: dict[str, Any] = {}
    for name, value in result.items():
        if name not in without:
            counts |= value if isinstance(value, Mapping) else {name: value}
    shown = [f"{name.replace('_', ' ')} {number_text(number)}" for name, number in counts.items() if number]
    return ", ".join(shown) or "nothing to do"


def keep_report(context: Context, report: dict[str, Any]) -> None:
    """Store and notify the public report; called before the verdict, which may fail the task."""
    context["ti"].xcom_push("return_value", report)
    add_events(context, report)
    notify_report(context, report)
