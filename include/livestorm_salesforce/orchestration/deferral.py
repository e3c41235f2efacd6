"""Tasks that wait without a worker: a long wait for a service is handed to the triggerer, then the task runs again.

A repeated task finds out what was done before, as after a lost worker. Imported at parse time, so light.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory
from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from livestorm_salesforce.errors import SOON, BulkJobRunning, QuotaExhausted, SyncError, TransientError

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)
#: Key of the task's context: how often this attempt has gone on after a wait. Absent: the task is not deferred.
RESUMED = "livestorm_salesforce_resumed"
#: Waits of one attempt; then the error is raised and Airflow's retries decide.
MOST_DEFERRALS = 12
#: Seconds between two looks at a bulk job: each is a call.
JOB_POLL = 20.0
#: Seconds after which the task looks at a job itself, and those that Airflow allows a trigger beyond its end.
JOB_TIMEOUT, GRACE = 2 * 3600.0, 600.0


class DeferrableTask(DecoratedOperator, PythonOperator):
    """A function that is called again after a long wait, which the triggerer keeps.

    The last attempt waits in the worker, so that an installation without a triggerer works.
    """

    template_fields = ("templates_dict", "op_args", "op_kwargs")
    custom_operator_name = "@task"

    def __init__(self, *, python_callable: Any, op_args: Any, op_kwargs: Any, **kwargs: Any) -> None:
        given = {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs}
        super().__init__(kwargs_to_upstream=given, **given, **kwargs)

    def execute(self, context: Context) -> Any:
        """Call the function; after an error that a long wait cures, wait for it in the triggerer."""
        return self._call(context, resumed=0)

    def resume(self, context: Context, event: dict[str, Any]) -> Any:
        """Call the function again after a wait."""
        return self._call(context, resumed=int(event["resumed"]))

    def _call(self, context: Context, *, resumed: int) -> Any:
        ti: Any = context["ti"]
        is_last = resumed >= MOST_DEFERRALS or ti.try_number > ti.max_tries
        if resumed or not is_last:
            context[RESUMED] = resumed  # type: ignore[literal-required]
        if is_last:
            return super().execute(context)
        try:
            return super().execute(context)
        except (TransientError, QuotaExhausted) as error:
            seconds = deferral_seconds(error)
            if seconds is None:
                raise
            log.info("%s The task waits without a worker, at first for %.0f s.", error.cause, seconds)
            trigger = ServiceWait(seconds, resumed + 1, getattr(error, "job_id", None))
        timeout = timedelta(seconds=trigger.longest + GRACE)
        return self.defer(trigger=trigger, method_name="resume", timeout=timeout)


#: `@task` for tasks that may be deferred.
deferrable_task = partial(task_decorator_factory, decorated_operator_class=DeferrableTask)


def deferral_seconds(error: SyncError) -> float | None:
    """Seconds to wait without a worker before the task is called again; None for an error that no such wait cures."""
    from livestorm_salesforce.clients.retry import MAX_WAIT

    seconds: float = getattr(error, "retry_after", None) or 0.0
    if isinstance(error, BulkJobRunning):
        return seconds
    return seconds if MAX_WAIT < seconds <= SOON else None


class ServiceWait(BaseTrigger):
    """Ends after a number of seconds, or when a bulk job has ended.

    Args:
        seconds: the wait; of a bulk job, the wait before the first look at it.
        resumed: passed to the task.
        job_id: id of the bulk job.
    """

    def __init__(self, seconds: float, resumed: int, job_id: str | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seconds, self.resumed, self.job_id = seconds, resumed, job_id

    @property
    def longest(self) -> float:
        """Seconds until this trigger ends at the latest."""
        return JOB_TIMEOUT if self.job_id else self.seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, which contain neither personal data nor a secret."""
        arguments = {"seconds": self.seconds, "resumed": self.resumed, "job_id": self.job_id}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait. A look at the job that fails is repeated: the task itself reports a service that does not answer."""
        await asyncio.sleep(self.seconds)
        waited = self.seconds
        while self.job_id and waited < JOB_TIMEOUT and not await self._has_job_ended():
            await asyncio.sleep(JOB_POLL)
            waited += JOB_POLL
        yield TriggerEvent({"resumed": self.resumed})  # type: ignore[no-untyped-call]

    async def _has_job_ended(self) -> bool:
        try:
            return await sync_to_async(has_job_ended)(str(self.job_id))
        except SyncError as error:
            log.warning("Bulk job %s could not be looked at (%s).", self.job_id, type(error).__name__)
            return False


def has_job_ended(job_id: str) -> bool:
    """Whether a bulk job has ended; one call."""
    from livestorm_salesforce.runs.context import AppContext

    return AppContext.from_environment().salesforce.has_ended(job_id)
