"""Reads sessions from Livestorm: the lists that are due, and single sessions that no list contains."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.livestorm.client import LivestormClient
from livestorm_salesforce.config.sections import ReadingRules
from livestorm_salesforce.domain.sessions import listing
from livestorm_salesforce.domain.sessions.quota import Quota, window_began
from livestorm_salesforce.domain.sessions.read_schedule import PAGE_SIZE
from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.domain.sessions.transform import transform_sessions
from livestorm_salesforce.errors import ContractError, QuotaExhausted, TransientError

#: Look-ups of sessions with deliveries per run. Deliveries of another workspace, received by mistake, must not use up
#: the month's calls.
MAX_DELIVERY_LOOKUPS = 5
#: Sessions that started within this time before the last success are listed by every run, besides upcoming ones.
RECENT = pd.Timedelta(hours=24)

Resource = dict[str, Any]
RetrySessions = Callable[[pd.Timestamp, bool], Collection[str]]


@dataclass(frozen=True)
class SessionListing:
    """The sessions that a run considers.

    Attributes:
        sessions: columns of `contracts.SESSIONS`.
        gone: ids of sessions that Livestorm no longer has.
        lists: names of the lists that were read (`listing.LISTS`).
        deferred_lookups: number of sessions with deliveries that a later run looks up.
    """

    sessions: pd.DataFrame
    gone: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    deferred_lookups: int = 0

    @property
    def all_listed(self) -> bool:
        """Whether all sessions that may need a refresh are among these."""
        return {"long", "on_demand"} <= {*self.lists}


@dataclass(frozen=True)
class SessionReader:
    """Reads sessions within the call limits of a run.

    Attributes:
        client: Livestorm's client.
        rules: section `reading` of the mapping.
        request: the trigger form.
        calls_per_run: Livestorm calls that one run may make.
        monthly_reserve: calls of the month that are never used.
        utc_now: clock of this host, used until Livestorm has answered.
    """

    client: LivestormClient
    rules: ReadingRules
    request: Request
    calls_per_run: int
    monthly_reserve: int
    utc_now: Callable[[], pd.Timestamp]

    def service_time(self) -> pd.Timestamp:
        """Livestorm's clock, from its `Date` header: the statuses of sessions follow it."""
        return pd.Timestamp(self.client.server_time or self.utc_now()).tz_convert("UTC").floor("s")

    def calls_left(self) -> int:
        """Calls left for this run, within the month's allowance less the reserve."""
        left = self.calls_per_run - self.client.calls
        if self.client.monthly_remaining is not None:
            left = min(left, self.client.monthly_remaining - self.monthly_reserve)
        return max(0, left)

    def quota(self, state: SyncState | None) -> Quota:
        """The month's allowance as of Livestorm's last response."""
        now, remaining = self.service_time(), self.client.monthly_remaining
        before, known, refreshed = (state.remaining, state.window_began, state.refreshed) if state else (None, None, 0)
        began = window_began(remaining, before, known, now)
        refreshed = refreshed if began == known else 0
        return Quota(self.client.monthly_limit, remaining, began, now, self.rules.month_percent, refreshed)

    def read_listing(
        self, state: SyncState | None, delivered: Sequence[str], retry_sessions: RetrySessions
    ) -> SessionListing:
        """Read the lists that are due, and look up sessions that need attention and are in no list.

        Every run lists upcoming and recent sessions, at one call for 50. A first run, a full read and a backfill list
        everything; a run for few session ids looks up these only.

        Args:
            state: the sync state; None before the first successful run.
            delivered: ids of sessions with webhook deliveries that not every run lists.
            retry_sessions: returns the ids of sessions with refused rows that are due at a time; with True only those
                that are read however few calls are left.
        """
        request, ids = self.request, [*self.request.session_ids]
        if ids and not request.event_ids and len(ids) <= listing.MAX_LOOKUPS:
            found, gone = self._look_up(ids)
            return SessionListing(transform_sessions(found), gone)
        selective = bool(ids or request.event_ids)
        if selective or state is None or request.full_read or request.backfill_from or request.backfill_to:
            sessions = transform_sessions(self.client.list_sessions())
            return SessionListing(sessions, [], [] if selective else ["long", "on_demand"])
        return self._due_listing(state, delivered, retry_sessions)

    def _due_listing(self, state: SyncState, delivered: Sequence[str], retry_sessions: RetrySessions) -> SessionListing:
        recent = int((state.last_success - RECENT).timestamp())
        resources = self.client.list_sessions(date_from=recent)
        lists, due = self._due_lists(state, delivered, _ids(resources))
        if "on_demand" in lists:
            resources += self.client.list_sessions(status="on_demand")
        if "long" in lists:
            oldest = int((state.last_success - pd.Timedelta(days=self.rules.late_replay_days)).timestamp())
            resources += self.client.list_sessions(date_from=oldest, date_to=recent)
        short_of_calls = not self.request.manual and self.quota(state).refresh_headroom < 1
        ids = listing.sessions_to_look_up(
            state.known,
            _ids(resources),
            retry_sessions(self.service_time(), short_of_calls),
            full="long" in lists,
            backfill_calls=self.quota(state).backfill_calls,
        )[: listing.MAX_LOOKUPS]
        found, gone = self._look_up(ids)
        unlisted = [session_id for session_id in due if session_id not in {*_ids(resources), *ids}]
        others, others_gone, deferred = self._look_up_delivered(unlisted)
        sessions = transform_sessions(_unique(resources + found + others))
        return SessionListing(sessions, gone + others_gone, lists, deferred)

    def _due_lists(
        self, state: SyncState, delivered: Sequence[str], listed: Collection[str]
    ) -> tuple[list[str], list[str]]:
        """The lists to read, and the sessions with deliveries to look up."""
        now, manual, quota = self.service_time(), self.request.manual, self.quota(state)
        lists = listing.due_lists(state.listings, self.rules, quota.pressure, now, manual=manual)
        unlisted = [session_id for session_id in delivered if session_id not in listed]
        pressure = 0.0 if manual else quota.pressure
        due = listing.due_deliveries(unlisted, state.known, state.listings["on_demand"], self.rules, pressure, now)
        if "on_demand" not in lists and self.calls_left() and listing.prefer_listing(state.known, due, PAGE_SIZE):
            lists.append("on_demand")
        return lists, due

    def _look_up(self, session_ids: Sequence[str]) -> tuple[list[Resource], list[str]]:
        """Resources of these sessions, and ids of those that Livestorm does not have (404).

        A session in an unknown format does not affect the others.
        """
        found, gone = [], []
        for session_id in session_ids:
            try:
                resource = self.client.get_session(session_id)
            except ContractError:
                self.client.unreadable["sessions"] += 1
                continue
            if resource is None:
                gone.append(session_id)
            else:
                found.append(resource)
        return found, gone

    def _look_up_delivered(self, session_ids: Sequence[str]) -> tuple[list[Resource], list[str], int]:
        """Resources of sessions with deliveries, ids of deleted ones, and the number of those left for a later run.

        A session that cannot be read stops neither the others nor the run.
        """
        found, gone = [], []
        for session_id in session_ids[: min(self.calls_left(), MAX_DELIVERY_LOOKUPS)]:
            try:
                resource = self.client.get_session(session_id)
            except ContractError:
                self.client.unreadable["sessions"] += 1
                continue
            except (TransientError, QuotaExhausted):
                break  # the next look-ups would fail too
            if resource is None:
                gone.append(session_id)
            else:
                found.append(resource)
        return found, gone, len(session_ids) - len(found) - len(gone)


def _ids(resources: Sequence[Resource]) -> set[str]:
    return {resource["id"] for resource in resources}


def _unique(resources: Sequence[Resource]) -> list[Resource]:
    return list({resource["id"]: resource for resource in resources}.values())
