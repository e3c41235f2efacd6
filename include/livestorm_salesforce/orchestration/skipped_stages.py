"""Skips the tasks of a run that has nothing to do, without starting a process for each of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk.exceptions import DownstreamTasksSkipped

from livestorm_salesforce.orchestration.run_report import as_sentence

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)
#: XCom key of the reason.
REASON = "skipped_stages"


def return_or_skip(context: Context, result: Mapping[str, Any], name: str, task_ids: Sequence[str]) -> list[int]:
    """Log the counts of a task's result and return one list of it, which later tasks are mapped over.

    Args:
        result: of the task; `skipped` says why later tasks are not needed, or is empty.
        name: name of the list in the result.
        task_ids: the tasks to skip.

    Raises:
        DownstreamTasksSkipped: see `skip_stages`.
    """
    log.info(as_sentence(result, name, "skipped"))
    if result["skipped"]:
        skip_stages(context, result["skipped"], task_ids)
    found: list[int] = result[name]
    return found


def skip_stages(context: Context, reason: str, task_ids: Sequence[str]) -> NoReturn:
    """End a task that returns an empty list with success, and skip the others.

    The reason is in the log and in the XCom `skipped_stages` of this task. A skipped task that a person clears runs.
    Airflow discards the return value of a task that skips others, so it is stored here, with the length from which
    Airflow expands the mapped tasks again after a clear.

    Raises:
        DownstreamTasksSkipped: always; Airflow marks the tasks as skipped.
    """
    from airflow.sdk.execution_time.xcom import XCom

    ti: Any = context["ti"]
    log.info("Skipped: %s. Reason: %s.", ", ".join(task_ids), reason)
    ti.xcom_push(REASON, reason)
    XCom.set(
        key=XCom.XCOM_RETURN_KEY,
        value=[],
        dag_id=ti.dag_id,
        task_id=ti.task_id,
        run_id=ti.run_id,
        map_index=ti.map_index,
        _mapped_length=0,
    )
    raise DownstreamTasksSkipped(tasks=[*task_ids])  # type: ignore[no-untyped-call]
