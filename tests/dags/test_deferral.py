"""Tasks that wait without a worker: which errors are waited for, the trigger, and a DAG run with deferred tasks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred

from livestorm_salesforce.errors import BulkJobRunning, ConfigError, QuotaExhausted, SyncError, TransientError
from livestorm_salesforce.orchestration import deferral
from livestorm_salesforce.orchestration.deferral import RESUMED, ServiceWait, deferral_seconds
from livestorm_salesforce.orchestration.task_context import task_run
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import discover

JOB = "750000000000001AAA"


def running() -> BulkJobRunning:
    return BulkJobRunning("Bulk job runs.", job_id=JOB, retry_after=0.01)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (running(), 0.01),
        (QuotaExhausted("used up", retry_after=1800), 1800),
        (QuotaExhausted("used up", retry_after=3601), None),
        (QuotaExhausted("budget of the run used up"), None),
        (TransientError("HTTP 503", retry_after=600), 600),
        (TransientError("HTTP 503", retry_after=30), None),  # Airflow's own retry comes as soon
        (TransientError("HTTP 503"), None),
    ],
)
def test_long_waits_up_to_an_hour_are_deferred(error: SyncError, seconds: float | None) -> None:
    assert deferral_seconds(error) == seconds


def operator(fail: BaseException | None) -> Any:
    def work() -> None:
        if fail:
            raise fail

    return deferral.DeferrableTask(task_id="work", python_callable=work, op_args=(), op_kwargs={})


def context(*, try_number: int = 1) -> Any:
    return {"ti": SimpleNamespace(try_number=try_number, max_tries=2)}


def test_a_deferred_task_passes_ids_and_numbers_only() -> None:
    with pytest.raises(TaskDeferred) as deferred:
        operator(running()).execute(context())
    trigger = deferred.value.trigger
    assert trigger.serialize() == (
        "livestorm_salesforce.orchestration.deferral.ServiceWait",
        {"seconds": 0.01, "resumed": 1, "job_id": JOB},
    )
    assert deferred.value.method_name == "resume"
    assert deferred.value.timeout.total_seconds() == 2 * 3600 + 600


@pytest.mark.parametrize("error", [ConfigError("wrong"), TransientError("HTTP 503")])
def test_other_errors_are_raised(error: SyncError) -> None:
    with pytest.raises(type(error)):
        operator(error).execute(context())


def test_the_last_attempt_and_the_thirteenth_wait_stay_in_the_worker() -> None:
    with pytest.raises(BulkJobRunning):
        operator(running()).execute(context(try_number=3))
    with pytest.raises(BulkJobRunning):
        operator(running()).resume(context(), {"resumed": 12})
    with pytest.raises(TaskDeferred):
        operator(running()).resume(context(), {"resumed": 11})


@pytest.mark.parametrize("resumed", [1, 12])
def test_a_task_that_goes_on_knows_it_also_after_its_last_wait(resumed: int) -> None:
    """Otherwise it would apply the plan as if nothing had been written."""
    given = context()
    operator(None).resume(given, {"resumed": resumed})
    assert given[RESUMED] == resumed


def events(trigger: ServiceWait) -> list[Any]:
    async def collect() -> list[Any]:
        return [event.payload async for event in trigger.run()]

    return asyncio.run(collect())


def test_the_trigger_ends_when_the_job_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([False, TransientError("HTTP 503"), True])

    def look(job_id: str) -> bool:
        found = next(looks)
        assert job_id == JOB
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(deferral, "has_job_ended", look)
    monkeypatch.setattr(deferral, "JOB_POLL", 0.01)
    assert events(ServiceWait(0.01, 3, JOB)) == [{"resumed": 3}]
    assert not [*looks]


def test_the_trigger_gives_up_after_two_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The task then looks at the job itself."""
    monkeypatch.setattr(deferral, "has_job_ended", lambda job_id: False)
    monkeypatch.setattr(deferral, "JOB_TIMEOUT", 0.05)
    monkeypatch.setattr(deferral, "JOB_POLL", 0.02)
    assert events(ServiceWait(0.01, 1, JOB)) == [{"resumed": 1}]


def test_only_deferrable_tasks_have_a_limit_of_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    ti = SimpleNamespace(task_id="load_people", map_index=-1, try_number=1, dag_id="livestorm_to_salesforce")
    given: Any = {"params": {}, "dag": SimpleNamespace(params={}), "ti": ti, "run_id": "run-1",
                  "dag_run": SimpleNamespace(run_type="manual")}  # fmt: skip
    assert task_run(given).app.limits.longest_wait is None
    monkeypatch.setenv("LIVESTORM_SALESFORCE_LONGEST_WAIT_SECONDS", "45")
    first, later = task_run(given | {RESUMED: 0}), task_run(given | {RESUMED: 2})
    assert (first.app.limits.longest_wait, first.is_repeated) == (45, False)
    assert (later.app.limits.longest_wait, later.resumed, later.is_repeated) == (None, 2, True)


def test_a_dag_run_goes_on_after_its_waits(dagbag: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without connections the report fails, and so does the run."""
    monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{tmp_path}/store")
    monkeypatch.setattr(deferral, "has_job_ended", lambda job_id: True)
    seen: list[tuple[int, int]] = []

    def list_webinars(run: TaskRun) -> dict[str, Any]:
        seen.append((run.try_number, run.resumed))
        if run.resumed < 2:
            raise running()
        return {"batches": [], "skipped": "nothing to read"}

    monkeypatch.setattr(discover, "discover", list_webinars)
    run = dagbag.dags["livestorm_to_salesforce"].test()
    assert seen == [(1, 0), (1, 1), (1, 2)]
    assert run.get_task_instance("discover").state == "success"
