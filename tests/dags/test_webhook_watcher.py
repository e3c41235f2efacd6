"""The schedule with webhooks, and the trigger that starts runs when deliveries wait."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from livestorm_salesforce.errors import ConfigError, TransientError
from livestorm_salesforce.orchestration import webhook_watcher
from livestorm_salesforce.orchestration.webhook_watcher import WebhookQueueTrigger, sync_schedule

PREFIX = "LIVESTORM_SALESFORCE_"
SYNC = "livestorm_to_salesforce"


@pytest.fixture
def webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}WEBHOOK_SECRET", "a secret of the workspace")


def test_without_webhooks_the_schedule_is_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sync_schedule(SYNC) == "@hourly"
    monkeypatch.setenv(f"{PREFIX}SCHEDULE", "none")
    assert sync_schedule(SYNC) is None


@pytest.mark.parametrize("word", ["false", "False", "0", "off", "no"])
def test_runs_by_webhooks_can_be_switched_off(webhooks: None, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(f"{PREFIX}WEBHOOK_RUNS", word)
    assert sync_schedule(SYNC) == "@hourly"


def test_without_a_schedule_webhooks_start_nothing(webhooks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews are being checked: nothing may be written."""
    monkeypatch.setenv(f"{PREFIX}SCHEDULE", "none")
    assert sync_schedule(SYNC) is None


def test_a_schedule_that_cannot_be_combined_is_an_import_error(webhooks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}SCHEDULE", "@continuous")
    with pytest.raises(ConfigError, match="@continuous cannot be combined"):
        sync_schedule(SYNC)


def test_airflow_stores_and_restores_the_schedule(webhooks: None) -> None:
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DAG("by_webhooks", schedule=sync_schedule("by_webhooks"), start_date=datetime(2026, 1, 1, tzinfo=UTC))
    restored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert restored.timetable.summary == "Asset or 0 * * * *"
    (asset,) = [asset for _, asset in restored.timetable.asset_condition.iter_assets()]
    (watcher,) = asset.watchers
    assert watcher.trigger["classpath"] == "livestorm_salesforce.orchestration.webhook_watcher.WebhookQueueTrigger"
    assert watcher.trigger["kwargs"] == {"dag_id": "by_webhooks"}


class Queue:
    """The queue and the runs as the trigger sees them: the newest delivery and the number of active runs per look."""

    def __init__(self, *looks: float | Exception | None, active: tuple[int, ...] = ()) -> None:
        self._looks, self._active = iter(looks), iter(active)
        self.looks = 0

    def newest(self) -> float | None:
        self.looks += 1
        found = next(self._looks)
        if isinstance(found, Exception):
            raise found
        return found

    def active_runs(self, dag_id: str, states: list[str]) -> int:
        assert (dag_id, states) == (SYNC, ["queued", "running"])
        return next(self._active, 0)


def events_of(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of the look after which each event was emitted; ends when the queue tells nothing more."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    for name, value in (("DEBOUNCE", "0.001"), ("MAX_WAIT", "60"), ("INTERVAL", "0")):
        monkeypatch.setenv(f"{PREFIX}WEBHOOK_{name}_SECONDS", value)
    monkeypatch.setattr(webhook_watcher, "POLL_SECONDS", 0.002)
    monkeypatch.setattr(webhook_watcher, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(webhook_watcher, "newest_delivery", queue.newest)
    monkeypatch.setattr(RuntimeTaskInstance, "get_dr_count", staticmethod(queue.active_runs))

    async def collect() -> list[int]:
        found: list[int] = []
        async for event in WebhookQueueTrigger(SYNC).run():
            assert event.payload == {"webhooks": "due"}, "an event of Airflow's database holds no personal data"
            found.append(queue.looks)
            if queue.looks >= 6:
                break
        return found

    return asyncio.run(asyncio.wait_for(collect(), 20))


def test_deliveries_emit_one_event_after_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    assert events_of(Queue(*[None, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0]), monkeypatch) == [3, 7]


def test_no_event_is_emitted_while_a_run_is_active(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of the answers is the one that the trigger asks for in advance."""
    assert events_of(Queue(*[1.0] * 8, active=(0, 1, 1, 1, 1, 1)), monkeypatch) == [7]


def test_an_error_of_the_database_does_not_end_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [TransientError("The database does not answer."), RuntimeError("closed"), *[1.0] * 2, *[2.0] * 3]
    assert events_of(Queue(*looks), monkeypatch) == [4, 6]
