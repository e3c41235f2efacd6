"""Which sessions are worth reading now, within the call budget."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.clients.livestorm import Listing
from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.domain.plan.campaign_facts import campaigns_of_sessions
from livestorm_salesforce.domain.sessions import read_schedule, scope
from livestorm_salesforce.domain.sessions.quota import Quota
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.readers import webhook_deliveries
from livestorm_salesforce.readers.session_listing import (
    MAX_LOOKUPS,
    SessionListing,
    calls_left,
    month_quota,
    read_session_listing,
    service_time,
)
from livestorm_salesforce.runs.retry_policy import quarantine_retry_policy
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import quarantine, sync_state, webhook_queue

EVENT_OVERLAP = pd.Timedelta(minutes=10)


def discover(run: TaskRun) -> dict[str, Any]:
    """List, decide, and leave `sessions`, `events` and the batches to read in the run folder.

    1. Check mapping and org. 2. List sessions and events. 3. Decide scope. 4. See what webhooks told. 5. Decide
    reading. 6. Cut to the budget.
    """
    run.mark_started()
    with run.counted():
        run.app.schemas  # noqa: B018 check the org before the first call to Livestorm
        past = sync_state.load(run.app.state)
        listed = read_session_listing(
            run, past, webhook_queue.not_in_every_list(run.app.state, past.known) if past else []
        )
        now = service_time(run)
        activation = sync_state.activation(run.app.state, now, keep=run.writes)
        events = events_of(run, past, listed.sessions, listed.lists)
        known = _known(run, past, listed.sessions, now)
        scoped = scope.decide_scope(
            listed.sessions, events, scope.Past(activation, known), run.request, run.app.mapping
        )
        quota = month_quota(run, past, now)
        reading = _reading(run, scoped, quota, now, all_listed=listed.all_listed)
        batches = read_schedule.batches(reading, run.app.settings.batch_registrants)
        run.folder.write("sessions", reading)
        run.folder.write("events", events)
        run.folder.write_json(
            "discover",
            {
                "now": now.isoformat(),
                "activation": activation.isoformat(),
                "batches": batches,
                **_of_lists(run, listed),
                "window_began": quota.began.isoformat(),
                "remaining": quota.remaining,
                "refreshed": quota.refreshed + read_schedule.refreshing(reading),
                "pressure": 0.0 if run.manual else quota.pressure,
            },
        )
    counts = {
        "listed": len(reading),
        "in_scope": int(reading["scope"].sum()),
        "to_read": int(reading["read"].sum()),
        "deferred": int(reading["deferred"].sum()),
    }
    return {"batches": list(range(len(batches))), **counts}


def _known(run: TaskRun, past: sync_state.SyncState | None, sessions: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """What earlier runs and Salesforce know of the sessions; `retry` where a refused row is to be tried at once."""
    known = past.known if past else scope.empty_known()
    known = _with_campaigns(run, known[known["status"] != scope.GONE], sessions)
    known["retry"] |= known["session_id"].isin(
        quarantine.due_sessions(run.app.state, quarantine_retry_policy(run, now), urgent=True)
    )
    return known


def _reading(run: TaskRun, scoped: pd.DataFrame, quota: Quota, now: pd.Timestamp, *, all_listed: bool) -> pd.DataFrame:
    """What of it is read now and what is put off. Who triggers a run by hand is not held to the month's pace."""
    rules = run.app.mapping.reading
    told = webhook_deliveries.copy_to_run(run, scoped, now)
    reading = read_schedule.decide_reading(
        scoped, run.request, rules, now, told, quarantine.due_sessions(run.app.state, quarantine_retry_policy(run, now))
    )
    held_to = None if run.manual else quota
    return read_schedule.keep_within(reading, calls_left(run), held_to, rules, all_listed=all_listed)


def _of_lists(run: TaskRun, listed: SessionListing) -> dict[str, Any]:
    """What the lists told besides sessions: ids that are not there, how many were not asked for, the lists read."""
    return {
        "gone": listed.gone,
        "deferred_lookups": listed.not_asked,
        "unknown": _unknown(run.request, listed.sessions),
        "lists": listed.lists,
    }


def _unknown(request: scope.Request, sessions: pd.DataFrame) -> list[str]:
    """Ids that were asked for and that Livestorm has no session of."""
    asked = {"session_id": request.session_ids, "event_id": request.event_ids}
    return [one for column, ids in asked.items() for one in ids if one not in set(sessions[column].dropna())]


def events_of(
    run: TaskRun, past: sync_state.SyncState | None, sessions: pd.DataFrame, lists: list[str]
) -> pd.DataFrame:
    """The events of these sessions, from memory between two lists of what changed. Adds "events" to `lists` if read.

    Tags are asked for only where the mapping speaks of them; null are those never asked for, and such an event is read.
    """
    include = ("tags",) if run.app.mapping.events.include_tags or run.app.mapping.events.exclude_tags else ()
    needed = sessions["event_id"].dropna().unique()
    old = past.events if past else transform_events([])
    old = old[old["tags"].notna()] if include else old
    new = [event_id for event_id in needed if event_id not in set(old["event_id"])]
    if "events" in lists or len(new) > MAX_LOOKUPS or (past and run.manual):
        since = int((past.listings["events"] - EVENT_OVERLAP).timestamp()) if past else None
        whole = len(new) > MAX_LOOKUPS or include  # that a tag moves an event's change time is not documented
        listing = run.app.livestorm.list_events(updated_since=None if whole else since, include=include)
        fresh = _tidied([listing], include)
        old = pd.concat([fresh, old], ignore_index=True).drop_duplicates("event_id", ignore_index=True)
        lists[:] = [*dict.fromkeys([*lists, "events"])]
    absent = [event_id for event_id in needed if event_id not in set(old["event_id"])]
    found = [run.app.livestorm.get_event(event_id, include=include) for event_id in absent]
    return pd.concat([old, _tidied(found, include)], ignore_index=True) if found else old


def _tidied(listings: list[Listing], include: tuple[str, ...]) -> pd.DataFrame:
    events = transform_events(
        [event for listing in listings for event in listing.data],
        [item for listing in listings for item in listing.included],
    )
    return events if "tags" in include else events.assign(tags=pd.Series(None, index=events.index, dtype="str"))


def _with_campaigns(run: TaskRun, known: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Ask Salesforce which of the sessions that get no Campaign any more have one from before; of several the one that
    the planning takes too."""
    over = sessions[sessions["status"].isin(["past", "canceled", "past_not_started"])]["session_id"]
    unsure = over[~over.isin(known["session_id"])]
    if unsure.empty:
        return known
    key = run.app.mapping.campaign.external_id
    names = ["Id", key, "CreatedDate"]
    records = run.app.salesforce.query(Query("Campaign", names, [soql.in_list(key, unsure)]))
    held = campaigns_of_sessions(pd.DataFrame(records, columns=names, dtype="object"), unsure, key)
    found = pd.DataFrame({"session_id": held["session_id"], "campaign_id": normalize.long_id(held["Id"])})
    return scope.typed_known(pd.concat([known, found], ignore_index=True))
