"""Starts a run when webhook deliveries wait: an asset of Airflow whose watcher looks at the queue in the triggerer.

Airflow creates at most one run at a time of the DAG (`max_active_runs`), keeps one event until then, and watches no
asset of a paused DAG. Imported at parse time, so light.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable
from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.orchestration.dag_defaults import parse_schedule
from livestorm_salesforce.orchestration.durations import PREFIX

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0
#: After a look that failed, for example because the database does not answer.
RETRY_SECONDS = 15.0
ACTIVE = ["queued", "running"]
OFF = ("0", "false", "no", "off", "n", "f")
#: Schedules that cannot be combined with an asset.
NO_CRON = ("@once", "@continuous")


def sync_schedule(dag_id: str) -> Any:
    """The schedule of the sync: the setting, or webhook deliveries too if webhooks are configured.

    Raises:
        ConfigError: the schedule cannot be combined with runs that webhooks start.
    """
    schedule = parse_schedule(os.environ.get(f"{PREFIX}SCHEDULE", "@hourly"))
    if schedule is None or not _is_on():
        return schedule
    if schedule in NO_CRON:
        raise ConfigError(
            f"The schedule {schedule} cannot be combined with runs that webhooks start.",
            remedy=f"set {PREFIX}SCHEDULE to a cron expression, or {PREFIX}WEBHOOK_RUNS=false",
        )
    watcher = AssetWatcher(name="webhook_queue", trigger=WebhookQueueTrigger(dag_id=dag_id))
    asset = Asset("livestorm_webhook_deliveries", uri="x-livestorm://webhooks/deliveries", watchers=[watcher])
    return AssetOrTimeSchedule(timetable=CronTriggerTimetable(schedule, timezone="UTC"), assets=[asset])


def _is_on() -> bool:
    secret = os.environ.get(f"{PREFIX}WEBHOOK_SECRET", "")
    return bool(secret) and os.environ.get(f"{PREFIX}WEBHOOK_RUNS", "").strip().lower() not in OFF


class WebhookQueueTrigger(BaseEventTrigger):
    """Emits an event when the deliveries that no run has seen are due (`debounce`) and no run is active.

    Args:
        dag_id: the DAG that the event starts.
    """

    def __init__(self, dag_id: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.dag_id = dag_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments; settings are read from the environment of the triggerer."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"dag_id": self.dag_id}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look at the queue every second, for ever. An error of the database ends no watch.

        Airflow builds its API at the first question, which takes seconds: it is asked once before the first delivery.
        """
        from livestorm_salesforce.domain.sessions.debounce import Observation

        rules, observation = _rules(), Observation()
        is_ready = False
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                if not is_ready:
                    await self._has_active_run()
                    is_ready = True
                observation = observation.seen(await sync_to_async(newest_delivery)(), time.monotonic())
                is_due = observation.is_due(rules, time.monotonic()) and not await self._has_active_run()
            except Exception as error:  # noqa: BLE001 a watcher that raises is not started again
                log.warning("The webhook queue could not be read (%s).", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if is_due:
                observation = observation.started(time.monotonic())
                yield TriggerEvent({"webhooks": "due"})  # type: ignore[no-untyped-call]

    async def _has_active_run(self) -> bool:
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        count = sync_to_async(RuntimeTaskInstance.get_dr_count)
        return await count(dag_id=self.dag_id, states=ACTIVE) > 0


def _rules() -> Any:
    from livestorm_salesforce.config import Settings
    from livestorm_salesforce.domain.sessions.debounce import DebounceRules

    settings = Settings.read()
    return DebounceRules(
        settings.webhook_debounce_seconds, settings.webhook_max_wait_seconds, settings.webhook_interval_seconds
    )


def newest_delivery() -> float | None:
    """Arrival of the newest delivery that no run has seen; None if there is none."""
    from livestorm_salesforce.config import Settings
    from livestorm_salesforce.runs import locations
    from livestorm_salesforce.state import webhook_queue
    from livestorm_salesforce.state.opening import open_database

    return webhook_queue.newest_unseen(open_database(locations.state_database_url(Settings.read())))
