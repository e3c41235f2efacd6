"""Which sessions are worth reading now, within the call budget."""

from __future__ import annotations

from typing import Any

import pandas as pd

from include.livestorm_salesforce.clients import soql
from include.livestorm_salesforce.clients.livestorm import Listing
from include.livestorm_salesforce.clients.salesforce import Query
from include.livestorm_salesforce.core import cadence, scope, tidy
from include.livestorm_salesforce.core import canonical as canon
from include.livestorm_salesforce.core.campaigns import of_sessions
from include.livestorm_salesforce.core.pace import Pace, window_began
from include.livestorm_salesforce.pipeline import inbox, memory, quarantine
from include.livestorm_salesforce.pipeline.run import Run

EVENT_OVERLAP = pd.Timedelta(minutes=10)
LOOKED_UP_ALONE = 20  # beyond that, listing costs fewer calls than asking one by one


def discover(run: Run) -> dict[str, Any]:
    """List, decide, and leave `sessions`, `events` and the batches to read in the run folder.

    1. Check mapping and org. 2. List sessions and events. 3. Decide scope. 4. See what webhooks told. 5. Decide
    reading. 6. Cut to the budget.
    """
    run.begin()
    with run.counted():
        run.schemas  # noqa: B018 check the org before the first call to Livestorm
        past = memory.recall(run.state)
        sessions, gone, lists = listed_sessions(run, past)
        now = service_time(run)
        activation = memory.activation(run.state, now, keep=run.writes)
        events = events_of(run, past, sessions, lists)
        known = _with_campaigns(run, past.known if past else scope.empty_known(), sessions)
        known["retry"] |= known["session_id"].isin(quarantine.due_sessions(run, now, urgent=True))
        scoped = scope.decide_scope(sessions, events, scope.Past(activation, known), run.request, run.mapping)
        pace = month_pace(run, past, now)
        rules = run.mapping.reading
        told = inbox.open_inbox(run, scoped, now)
        reading = cadence.decide_reading(scoped, run.request, rules, now, told, quarantine.due_sessions(run, now))
        reading = cadence.keep_within(reading, calls_left(run), None if run.by_hand else pace, rules)
        batches = cadence.batches(reading, run.settings.batch_registrants)
        run.folder.write("sessions", reading)
        run.folder.write("events", events)
        run.folder.write_json(
            "discover",
            {
                "now": now.isoformat(),
                "activation": activation.isoformat(),
                "batches": batches,
                "gone": gone,
                "unknown": _unknown(run.request, sessions),
                "lists": lists,
                "window_began": pace.began.isoformat(),
                "remaining": pace.remaining,
                "refreshed": pace.refreshed + cadence.refreshing(reading),
                "strain": 0.0 if run.by_hand else pace.strain,
            },
        )
    counts = {
        "listed": len(reading),
        "in_scope": int(reading["scope"].sum()),
        "to_read": int(reading["read"].sum()),
        "put_off": int(reading["put_off"].sum()),
    }
    return {"batches": list(range(len(batches))), **counts}


def listed_sessions(run: Run, past: memory.Memory | None) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The sessions to consider, the ids of those that Livestorm no longer has, and which of the lists were read.

    Every run lists what is to come and what began a short while ago: one call for up to 50 sessions. On-demand and
    older sessions are listed at intervals, all of them when a person asks. One that waits for the next run, because a
    reading failed or a row was not loaded, is looked up alone where no list shows it, however old it is.
    """
    livestorm, request, rules = run.livestorm, run.request, run.mapping.reading
    asked = [*request.session_ids]
    if asked and not request.event_ids and len(asked) <= LOOKED_UP_ALONE:
        return *_one_by_one(run, asked), []
    narrow = bool(asked or request.event_ids)
    if narrow or past is None or request.full_read or request.backfill_from or request.backfill_to:
        return tidy.tidy_sessions(livestorm.list_sessions()), [], [] if narrow else ["long", "on_demand"]
    recent = int((past.last_success - pd.Timedelta(hours=rules.recent_hours)).timestamp())
    resources = livestorm.list_sessions(date_from=recent)
    lists = _due_lists(run, past, month_pace(run, past, service_time(run)).strain)
    if "on_demand" in lists:
        resources += livestorm.list_sessions(status="on_demand")
    if "long" in lists:
        oldest = int((past.last_success - pd.Timedelta(days=rules.late_replay_days)).timestamp())
        resources += livestorm.list_sessions(date_from=oldest, date_to=recent)
    listed = tidy.tidy_sessions(_unique(resources))
    missing = past.known[_wanted(run, past, service_time(run)) & ~past.known["session_id"].isin(listed["session_id"])]
    if missing.empty:
        return listed, [], lists
    found, gone = _one_by_one(run, missing["session_id"].tolist()[:LOOKED_UP_ALONE])
    return pd.concat([listed, found], ignore_index=True), gone, lists


def _wanted(run: Run, past: memory.Memory, now: pd.Timestamp) -> pd.Series:
    """Sessions that are looked up alone where no list shows them: those that were to come, those that wait for the next
    run, and those of a backfill whose turn to be read has not come yet. Refused rows that could be tried, but would be
    put off because the month's calls are short, are not worth the look-up."""
    known, strained = past.known, not run.by_hand and month_pace(run, past, now).for_refreshing < 1
    unread = known["status"].isin(scope.OVER) & known["campaign_id"].notna() & known["read_at"].isna()
    unread &= known["registrants_count"] != 0
    waits = known["retry"].astype(bool) | known["session_id"].isin(quarantine.due_sessions(run, now, urgent=strained))
    return known["status"].isin(["upcoming", "live"]) | waits | unread


def _unknown(request: scope.Request, sessions: pd.DataFrame) -> list[str]:
    """Ids that were asked for and that Livestorm has no session of."""
    asked = {"session_id": request.session_ids, "event_id": request.event_ids}
    return [one for column, ids in asked.items() for one in ids if one not in set(sessions[column].dropna())]


def _due_lists(run: Run, past: memory.Memory, strain: float) -> list[str]:
    """Which of the lists that need not be read by every run are due; all of them when a person asks."""
    rules = run.mapping.reading
    waits = {
        "long": pd.Timedelta(hours=rules.long_listing_hours),
        "on_demand": cadence.on_demand_wait(rules, strain),
        "events": pd.Timedelta(minutes=rules.events_minutes),
    }
    now = service_time(run) + pd.Timedelta(minutes=1)  # runs do not start on the second
    return [name for name, wait in waits.items() if run.by_hand or now - past.listings[name] >= wait]


def _one_by_one(run: Run, ids: list[str]) -> tuple[pd.DataFrame, list[str]]:
    answers = {session_id: run.livestorm.get_session(session_id) for session_id in ids}
    gone = [session_id for session_id, resource in answers.items() if resource is None]
    return tidy.tidy_sessions([resource for resource in answers.values() if resource]), gone


def _unique(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({resource["id"]: resource for resource in resources}.values())


def service_time(run: Run) -> pd.Timestamp:
    """Livestorm's own clock, from its `Date` header: its statuses follow that one, not ours."""
    return pd.Timestamp(run.livestorm.server_time or pd.Timestamp.now("UTC")).tz_convert("UTC").floor("s")


def events_of(run: Run, past: memory.Memory | None, sessions: pd.DataFrame, lists: list[str]) -> pd.DataFrame:
    """The events of these sessions, from memory between two lists of what changed. Adds "events" to `lists` if read.

    Tags are asked for only where the mapping speaks of them; null are those never asked for, and such an event is read.
    """
    include = ("tags",) if run.mapping.events.include_tags or run.mapping.events.exclude_tags else ()
    needed = sessions["event_id"].dropna().unique()
    old = past.events if past else tidy.tidy_events([])
    old = old[old["tags"].notna()] if include else old
    new = [event_id for event_id in needed if event_id not in set(old["event_id"])]
    if "events" in lists or len(new) > LOOKED_UP_ALONE or (past and run.by_hand):
        since = int((past.listings["events"] - EVENT_OVERLAP).timestamp()) if past else None
        whole = len(new) > LOOKED_UP_ALONE or include  # that a tag moves an event's change time is not documented
        listing = run.livestorm.list_events(updated_since=None if whole else since, include=include)
        fresh = _tidied([listing], include)
        old = pd.concat([fresh, old], ignore_index=True).drop_duplicates("event_id", ignore_index=True)
        lists[:] = [*dict.fromkeys([*lists, "events"])]
    missing = [event_id for event_id in needed if event_id not in set(old["event_id"])]
    found = [run.livestorm.get_event(event_id, include=include) for event_id in missing]
    return pd.concat([old, _tidied(found, include)], ignore_index=True) if found else old


def _tidied(listings: list[Listing], include: tuple[str, ...]) -> pd.DataFrame:
    events = tidy.tidy_events(
        [event for listing in listings for event in listing.data],
        [item for listing in listings for item in listing.included],
    )
    return events if "tags" in include else events.assign(tags=pd.Series(None, index=events.index, dtype="str"))


def _with_campaigns(run: Run, known: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Ask Salesforce which of the sessions that get no Campaign any more have one from before; of several the one that
    the planning takes too."""
    over = sessions[sessions["status"].isin(["past", "canceled", "past_not_started"])]["session_id"]
    unsure = over[~over.isin(known["session_id"])]
    if unsure.empty:
        return known
    key = run.mapping.campaign.external_id
    names = ["Id", key, "CreatedDate"]
    queries = [Query(soql.select("Campaign", names, where)) for where in soql.chunks(key, unsure.tolist())]
    records = [record for rows in run.salesforce.execute(queries) for record in rows]
    held = of_sessions(pd.DataFrame(records, columns=names, dtype="object"), unsure, key)
    found = pd.DataFrame({"session_id": held["session_id"], "campaign_id": canon.long_id(held["Id"])})
    return scope.typed_known(pd.concat([known, found], ignore_index=True))


def calls_left(run: Run) -> int:
    """Calls that reading people may use: this run's, and what the 30 days still hold above the reserve."""
    left = run.settings.livestorm_calls_per_run - run.livestorm.calls
    monthly = run.livestorm.monthly_remaining
    if monthly is not None:
        left = min(left, monthly - run.settings.livestorm_monthly_reserve)
    return max(0, left)


def month_pace(run: Run, past: memory.Memory | None, now: pd.Timestamp) -> Pace:
    client, rules = run.livestorm, run.mapping.reading
    before, began, refreshed = (past.remaining, past.window_began, past.refreshed) if past else (None, None, 0)
    opened = window_began(client.monthly_remaining, before, began, now)
    return Pace(
        client.monthly_limit,
        client.monthly_remaining,
        opened,
        now,
        rules.month_percent,
        refreshed if opened == began else 0,
        rules.refresh_percent,
    )
