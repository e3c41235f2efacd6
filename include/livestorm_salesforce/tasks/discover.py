"""Selects the sessions to read in this run, within the API call budget."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.connections import override_note
from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.config import Settings
from livestorm_salesforce.domain.plan.campaign_facts import campaigns_of_sessions
from livestorm_salesforce.domain.sessions import backfill, read_schedule, scope
from livestorm_salesforce.domain.sessions.call_budget import apply_call_budget, refresh_calls
from livestorm_salesforce.domain.sessions.quota import Quota
from livestorm_salesforce.domain.sessions.sync_state import SyncState, has_future_times, without_future_times
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import SessionStatus
from livestorm_salesforce.readers import webhook_deliveries
from livestorm_salesforce.readers.event_listing import EventListing, read_events
from livestorm_salesforce.readers.session_listing import SessionListing, SessionReader
from livestorm_salesforce.runs.retry_policy import quarantine_retry_policy
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import pairs, quarantine, sync_state, webhook_queue
from livestorm_salesforce.tasks import plan, queue_only, read_results
from livestorm_salesforce.tasks.backfill import session_reader
from livestorm_salesforce.tasks.configuration_check import check_configuration
from livestorm_salesforce.tasks.queue_only import Selection

log = logging.getLogger(__name__)
#: Statuses of sessions that get no new Campaign but may have one from before.
ENDED = (SessionStatus.PAST, SessionStatus.CANCELED, SessionStatus.PAST_NOT_STARTED)


def discover(run: TaskRun) -> dict[str, Any]:
    """Write `sessions`, `events` and the batches to read to the run folder.

    What an earlier pass of a cleared run has read is removed.

    1. Check mapping and org. 2. List sessions and events. 3. Decide the scope. 4. Copy webhook deliveries. 5. Decide
    what is read. 6. Apply the call budget. 7. Compute the plan if nothing is read. A run that webhooks started lists
    nothing (`queue_only`).

    Returns:
        Indexes of the `batches`, numbers of sessions `listed`, `in_scope`, `to_read` and `deferred`, and `skipped`: why
        the tasks between this one and the report are not needed, or "".
    """
    run.mark_started()
    _log_overrides(run.app.settings)
    run.folder.folder(read_results.FOLDER).remove()
    with run.counted():
        check_configuration(run)
        found = queue_only.select_sessions(run) if run.by_webhook else _select_sessions(run)
        sessions = found.sessions
        batches = read_schedule.batches(sessions, run.app.settings.batch_registrants)
        run.folder.write("sessions", sessions)
        run.folder.write("events", found.events)
        run.folder.write_json("discover", found.document | {"batches": batches})
        skipped = "" if batches else plan.plan_ahead(run)
    counts = {"in_scope": "scope", "to_read": "read", "deferred": "deferred"}
    numbers = {name: int(sessions[column].sum()) for name, column in counts.items()}
    return {"batches": list(range(len(batches))), "listed": len(sessions), **numbers, "skipped": skipped}


def _select_sessions(run: TaskRun) -> Selection:
    """The sessions that Livestorm lists, and what is read of them."""
    state, reader = sync_state.load(run.app.state), session_reader(run.app, run.request)
    listed = _listed(run, reader, state)
    now = reader.service_time()
    if state and has_future_times(state, now):
        state = without_future_times(state, now)
        listed = _listed(run, reader, state)
    activation = pairs.activation(run.app.state, now, keep=run.writes)
    found = _events(run, state, listed)
    known = _known(run, state, listed.sessions, now)
    past = scope.Past(activation, known)
    scoped = scope.decide_scope(listed.sessions, found.events, past, run.request, run.app.mapping, found.unreadable)
    quota = reader.quota(state)
    cost = backfill.cost(scoped, known, quota)
    if cost.sessions:
        log.info("Backfill: %s.", cost)
    sessions = _decide_reading(run, reader, scoped, quota, all_listed=listed.all_listed)
    times = {"now": now.isoformat(), "activation": activation.isoformat(), "backfill": asdict(cost)}
    return Selection(sessions, found.events, times | _listing(run, listed) | _quota(run, quota, sessions))


def _log_overrides(settings: Settings) -> None:
    for note in map(override_note, (settings.livestorm_conn_id, settings.salesforce_conn_id)):
        if note:
            log.info(note)


def _listed(run: TaskRun, reader: SessionReader, state: SyncState | None) -> SessionListing:
    delivered = webhook_queue.sessions_not_in_every_list(run.app.state, state.known) if state else []
    return reader.read_listing(state, delivered, lambda now, urgent: _retry_sessions(run, now, urgent=urgent))


def _retry_sessions(run: TaskRun, now: pd.Timestamp, *, urgent: bool = False) -> set[str]:
    """Ids of sessions with refused rows that are due for another attempt."""
    return quarantine.due_sessions(run.app.state, quarantine_retry_policy(run, now), urgent=urgent)


def _events(run: TaskRun, state: SyncState | None, listed: SessionListing) -> EventListing:
    """The events of the listed sessions. Adds "events" to `listed.lists` if their list was read."""
    due = "events" in listed.lists or (state is not None and run.manual)
    event_ids = listed.sessions["event_id"].dropna().unique().tolist()
    found = read_events(run.app.livestorm, run.app.mapping.events, state, event_ids, list_due=due)
    if found.was_listed and "events" not in listed.lists:
        listed.lists.append("events")
    return found


def _known(run: TaskRun, state: SyncState | None, sessions: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """What earlier runs and Salesforce know of the sessions; `retry` where a refused row is to be tried now."""
    known = state.known if state else scope.empty_known()
    known = _with_campaigns(run, known[known["status"] != scope.GONE], sessions)
    known["retry"] |= known["session_id"].isin(_retry_sessions(run, now, urgent=True))
    return known


def _decide_reading(
    run: TaskRun, reader: SessionReader, scoped: pd.DataFrame, quota: Quota, *, all_listed: bool
) -> pd.DataFrame:
    """What is read now and what is deferred. A manual run is not held to the month's plan, except for a backfill."""
    now = quota.now
    deliveries = webhook_deliveries.copy_to_run(run, scoped, now)
    decided = read_schedule.decide_reading(
        scoped, run.request, run.app.mapping.reading, now, deliveries, _retry_sessions(run, now)
    )
    return apply_call_budget(
        decided,
        reader.calls_left(),
        None if run.manual else quota,
        all_listed=all_listed,
        backfill_calls=quota.backfill_calls,
    )


def _listing(run: TaskRun, listed: SessionListing) -> dict[str, Any]:
    """Ids that Livestorm does not have, the number of deferred look-ups, and the lists read."""
    requested = {"session_id": run.request.session_ids, "event_id": run.request.event_ids}
    found = {column: set(listed.sessions[column].dropna()) for column in requested}
    return {
        "gone": listed.gone,
        "deferred_lookups": listed.deferred_lookups,
        "unknown": [one for column, ids in requested.items() for one in ids if one not in found[column]],
        "lists": listed.lists,
        "unreadable": run.app.livestorm.unreadable["sessions"],
    }


def _quota(run: TaskRun, quota: Quota, sessions: pd.DataFrame) -> dict[str, Any]:
    return {
        "window_began": quota.began.isoformat(),
        "remaining": quota.remaining,
        "refreshed": quota.refreshed + refresh_calls(sessions),
        "pressure": 0.0 if run.manual else quota.pressure,
    }


def _with_campaigns(run: TaskRun, known: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Add sessions that get no new Campaign and have one in Salesforce; of several Campaigns the one the plan takes."""
    ended = sessions.loc[sessions["status"].isin(ENDED), "session_id"]
    unknown = ended[~ended.isin(known["session_id"])]
    if unknown.empty:
        return known
    key = run.app.mapping.campaign.external_id
    names = ["Id", key, "CreatedDate"]
    records = run.app.salesforce.query(Query("Campaign", names, [soql.in_list(key, unknown)]))
    held = campaigns_of_sessions(pd.DataFrame(records, columns=names, dtype="object"), unknown, key)
    found = pd.DataFrame({"session_id": held["session_id"], "campaign_id": normalize.long_id(held["Id"])})
    return scope.typed_known(pd.concat([known, found], ignore_index=True))
