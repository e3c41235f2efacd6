"""The lists of sessions that a run reads, and those that it asks for one by one; what calls and clock allow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.sessions import read_schedule, scope, webhook_deliveries
from livestorm_salesforce.domain.sessions.quota import Quota, window_began
from livestorm_salesforce.domain.sessions.transform import transform_sessions
from livestorm_salesforce.readers import session_lookup
from livestorm_salesforce.runs.retry_policy import quarantine_retry_policy
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import quarantine, sync_state

MAX_LOOKUPS = 20  # beyond that, listing costs fewer calls than asking one by one


@dataclass(frozen=True)
class SessionListing:
    """The sessions to consider, the ids of those that Livestorm no longer has, which of the lists were read, and how
    many sessions webhooks told of that no list shows and that wait for another run to be asked for."""

    sessions: pd.DataFrame
    gone: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    not_asked: int = 0

    @property
    def all_listed(self) -> bool:
        """Whether all sessions are here that may have to be refreshed."""
        return {"long", "on_demand"} <= {*self.lists}


def read_session_listing(
    run: TaskRun, past: sync_state.SyncState | None, waiting: Sequence[str] = ()
) -> SessionListing:
    """What Livestorm lists, and what no list shows and is looked up alone.

    Every run lists what is to come and what began a short while ago: one call for up to 50 sessions. On-demand and
    older sessions are listed at intervals, all of them when a person asks. One that waits for the next run, because a
    reading failed or a row was not loaded, is looked up alone where no list shows it, however old it is.

    Args:
        waiting: ids of sessions with deliveries, of those that not every run lists and of those that no run has seen.
    """
    livestorm, request, rules = run.app.livestorm, run.request, run.app.mapping.reading
    asked = [*request.session_ids]
    if asked and not request.event_ids and len(asked) <= MAX_LOOKUPS:
        return SessionListing(*_one_by_one(run, asked))
    narrow = bool(asked or request.event_ids)
    if narrow or past is None or request.full_read or request.backfill_from or request.backfill_to:
        return SessionListing(
            transform_sessions(livestorm.list_sessions()), [], [] if narrow else ["long", "on_demand"]
        )
    recent = int((past.last_success - pd.Timedelta(hours=rules.recent_hours)).timestamp())
    resources = livestorm.list_sessions(date_from=recent)
    lists = _due_lists(run, past)
    due = _due_of(run, past, waiting, {one["id"] for one in resources})
    if (
        "on_demand" not in lists
        and calls_left(run)
        and webhook_deliveries.prefer_listing(past.known, due, read_schedule.PAGE_SIZE)
    ):
        lists.append("on_demand")
    if "on_demand" in lists:
        resources += livestorm.list_sessions(status="on_demand")
    if "long" in lists:
        oldest = int((past.last_success - pd.Timedelta(days=rules.late_replay_days)).timestamp())
        resources += livestorm.list_sessions(date_from=oldest, date_to=recent)
    asked = _asked_alone(run, past, due, {one["id"] for one in resources}, whole="long" in lists)
    resources += asked.resources
    return SessionListing(transform_sessions(_unique(resources)), asked.gone, lists, asked.waiting)


def _due_of(run: TaskRun, past: sync_state.SyncState, waiting: Sequence[str], listed: set[str]) -> list[str]:
    now = service_time(run)
    pressure = 0.0 if run.manual else month_quota(run, past, now).pressure
    unlisted = [session_id for session_id in waiting if session_id not in listed]
    return session_lookup.due(past, unlisted, run.app.mapping.reading, pressure, now)


def _asked_alone(
    run: TaskRun, past: sync_state.SyncState, due: list[str], listed: set[str], *, whole: bool
) -> session_lookup.LookupResult:
    """Sessions that are wanted, or whose people wait in the inbox, and that no list of this run shows.

    Args:
        whole: every list was read, as once a day: a session on demand that is known and in none of them was canceled or
            deleted (Q9).
    """
    known = past.known
    vanished = (known["status"] == "on_demand") & known["campaign_id"].notna() & whole
    wanted = [rows & ~known["session_id"].isin(listed) for rows in (_wanted(run, past, service_time(run)), vanished)]
    ids = dict.fromkeys(session_id for rows in wanted for session_id in known.loc[rows, "session_id"])
    alone = list(ids)[:MAX_LOOKUPS]
    found, gone = _resources_of(run, alone)
    strange = [session_id for session_id in due if session_id not in listed and session_id not in alone]
    asked = session_lookup.look_up(run, strange, calls_left(run))
    return session_lookup.LookupResult(found + asked.resources, gone + asked.gone, asked.waiting)


def _wanted(run: TaskRun, past: sync_state.SyncState, now: pd.Timestamp) -> pd.Series:
    """Sessions that are looked up alone where no list shows them: those that were to come, those that wait for the next
    run, and those of a backfill whose turn to be read has not come yet. Refused rows that could be tried, but would be
    put off because the month's calls are short, are not worth the look-up."""
    known, strained = past.known, not run.manual and month_quota(run, past, now).refresh_headroom < 1
    unread = known["status"].isin(scope.OVER) & known["campaign_id"].notna() & known["read_at"].isna()
    unread &= known["registrants_count"] != 0
    waits = known["retry"].astype(bool) | known["session_id"].isin(
        quarantine.due_sessions(run.app.state, quarantine_retry_policy(run, now), urgent=strained)
    )
    return known["status"].isin(["upcoming", "live"]) | waits | unread


def _due_lists(run: TaskRun, past: sync_state.SyncState) -> list[str]:
    """Which of the lists that need not be read by every run are due; all of them when a person asks."""
    rules, pressure = run.app.mapping.reading, month_quota(run, past, service_time(run)).pressure
    waits = {
        "long": pd.Timedelta(hours=rules.long_listing_hours),
        "on_demand": read_schedule.on_demand_wait(rules, pressure),
        "events": pd.Timedelta(minutes=rules.events_minutes),
    }
    now = service_time(run) + pd.Timedelta(minutes=1)  # runs do not start on the second
    due = [name for name, wait in waits.items() if run.manual or now - past.listings[name] >= wait]
    return list(dict.fromkeys([*due, "on_demand"])) if "long" in due else due  # what only refreshes is weighed together


def _one_by_one(run: TaskRun, ids: list[str]) -> tuple[pd.DataFrame, list[str]]:
    resources, gone = _resources_of(run, ids)
    return transform_sessions(resources), gone


def _resources_of(run: TaskRun, ids: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    answers = {session_id: run.app.livestorm.get_session(session_id) for session_id in ids}
    gone = [session_id for session_id, resource in answers.items() if resource is None]
    return [resource for resource in answers.values() if resource], gone


def _unique(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({resource["id"]: resource for resource in resources}.values())


def service_time(run: TaskRun) -> pd.Timestamp:
    """Livestorm's own clock, from its `Date` header: its statuses follow that one, not ours."""
    return pd.Timestamp(run.app.livestorm.server_time or run.app.utc_now()).tz_convert("UTC").floor("s")


def calls_left(run: TaskRun) -> int:
    """Calls that reading people may use: this run's, and what the 30 days still hold above the reserve."""
    left = run.app.settings.livestorm_calls_per_run - run.app.livestorm.calls
    monthly = run.app.livestorm.monthly_remaining
    if monthly is not None:
        left = min(left, monthly - run.app.settings.livestorm_monthly_reserve)
    return max(0, left)


def month_quota(run: TaskRun, past: sync_state.SyncState | None, now: pd.Timestamp) -> Quota:
    client, rules = run.app.livestorm, run.app.mapping.reading
    before, began, refreshed = (past.remaining, past.window_began, past.refreshed) if past else (None, None, 0)
    opened = window_began(client.monthly_remaining, before, began, now)
    return Quota(
        client.monthly_limit,
        client.monthly_remaining,
        opened,
        now,
        rules.month_percent,
        refreshed if opened == began else 0,
        rules.refresh_percent,
    )
