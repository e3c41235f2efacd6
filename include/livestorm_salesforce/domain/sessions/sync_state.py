"""What one run leaves for the next: the sessions as last loaded, when lists were read, and the call allowance."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.listing import LISTS
from livestorm_salesforce.enums import ReadMode, ReadState, SessionStatus

#: Columns of a session as listed by Livestorm that are stored once the session was read.
READ_TIMES = ("read_at", "full_at", "verified_at")
MAX_LEAD = pd.Timedelta(days=1)
FALLBACK = pd.Timedelta(days=30)
LISTED = ("registrants_count", "attendees_count", "updated_at")


@dataclass(frozen=True)
class SyncState:
    """State after the last successful run. Times are those of Livestorm's clock.

    Attributes:
        last_success: time of the last successful run.
        listings: when each of `LISTS` was last read.
        window_began: start of the current 30-day window of Livestorm's allowance, as far as observed.
        remaining: calls left in that window.
        refreshed: calls of that window that only refreshed.
        known: one row per session, columns `scope.KNOWN_COLUMNS`.
        events: one row per event, columns of `contracts.EVENTS`.
    """

    last_success: pd.Timestamp
    listings: dict[str, pd.Timestamp]
    window_began: pd.Timestamp | None
    remaining: int | None
    refreshed: int
    known: pd.DataFrame
    events: pd.DataFrame


def has_future_times(state: SyncState, now: pd.Timestamp) -> bool:
    """Whether a clock was wrong when the state was stored. Times are compared with those of the service, not of the
    host."""
    return max(state.last_success, *state.listings.values()) > now + MAX_LEAD


def without_future_times(state: SyncState | None, now: pd.Timestamp) -> SyncState | None:
    """The state without times more than `MAX_LEAD` ahead: they were stored while a clock was wrong.

    Such a time would make everything look recently read until it has passed. A list or session with one counts as not
    read recently, and a last success in the future as `FALLBACK` ago, so that the sessions since then are listed.

    Args:
        now: the current time.
    """
    if state is None:
        return None
    latest = now + MAX_LEAD
    known = state.known.assign(**{name: state.known[name].mask(state.known[name] > latest) for name in READ_TIMES})
    return replace(
        state,
        last_success=state.last_success if state.last_success <= latest else now - FALLBACK,
        listings={name: at if at <= latest else now - FALLBACK for name, at in state.listings.items()},
        window_began=state.window_began if state.window_began is None or state.window_began <= latest else None,
        known=known,
    )


def next_sync_state(
    old: SyncState | None,
    sessions: pd.DataFrame,
    events: pd.DataFrame,
    links: pd.DataFrame,
    outcomes: pd.DataFrame,
    unsettled: Collection[str],
    document: dict[str, Any],
    verified: Collection[str],
    retry: Collection[str],
) -> SyncState:
    """The sync state after a run: listed sessions replace their rows, other sessions keep theirs.

    The stored counts and times are those of the last read. A session that could not be read, or has rows that were
    not loaded, therefore remains due; a deferred session is due because its counts still differ.

    Args:
        old: state before the run, None before the first successful run.
        sessions: as written by `discover`, columns of `read_schedule.decide_reading`.
        events: events of these sessions.
        links: session_id, campaign_id and campaign_created of the Campaigns of this run.
        outcomes: session_id, state (`ReadState`) and roster_excess of the sessions that were read.
        unsettled: ids of sessions with rows that should be in Salesforce and are not.
        document: the document of `discover`: now, lists, gone, unknown, window_began, remaining, refreshed.
        verified: ids of sessions that were compared with Salesforce row by row.
        retry: ids of further sessions to read in full by the next run.
    """
    now = pd.Timestamp(document["now"])
    seen = _read(sessions[sessions["reason"] != scope.NOT_ASKED], links, outcomes, unsettled, verified, now)
    others = old.known[~old.known["session_id"].isin(seen["session_id"])] if old else scope.empty_known()
    known = pd.concat([scope.typed_known(others), scope.typed_known(seen)], ignore_index=True)
    known = _without_deleted(known, document["gone"], document.get("unknown", []))
    known["retry"] |= known["session_id"].isin(list(retry))
    listings = {name: now if name in document["lists"] or old is None else old.listings[name] for name in LISTS}
    began = pd.Timestamp(document["window_began"])
    return SyncState(now, listings, began, document["remaining"], document["refreshed"], known, events)


def _read(
    sessions: pd.DataFrame,
    links: pd.DataFrame,
    outcomes: pd.DataFrame,
    unsettled: Collection[str],
    verified: Collection[str],
    now: pd.Timestamp,
) -> pd.DataFrame:
    """The listed sessions with the times and counts of their last read, and `retry`."""
    seen, moved = _with_campaigns(sessions, links)
    result = outcomes.set_index("session_id")[["state", "roster_excess"]].reindex(seen["session_id"])
    result = result.set_index(seen.index)
    full, read = result["state"] == ReadState.FULL, result["state"].isin([ReadState.FULL, ReadState.INCREMENTAL])
    in_scope, readable = seen["scope"].astype(bool), _readable(seen)
    seen["read_at"] = seen["read_at"].mask(read, now)
    seen["full_at"] = seen["full_at"].mask(full, now)
    seen["roster_excess"] = seen["roster_excess"].mask(full, result["roster_excess"])
    seen["verified_at"] = seen["verified_at"].mask(seen["session_id"].isin(list(verified)) & full, now)
    seen["verified_at"] = seen["verified_at"].mask(moved & ~full)  # the new Campaign lacks registrants
    again = _failed(seen, result["state"], read) | (moved & ~full) | seen["session_id"].isin(list(unsettled))
    seen["retry"] = again & in_scope & readable  # a session out of scope would be looked up by every run
    seen["read_at"] = seen["read_at"].mask(again & ~readable)  # read in full if it becomes readable again
    # registrations of an excluded session must remain visible as a change; a backfill stores what it will cost
    unread = ((_due(seen) & ~_waits(seen)) | ~in_scope) & ~read
    for name in LISTED:
        seen[name] = seen[name].mask(unread, seen[f"known_{name}"])
    return seen


def _with_campaigns(sessions: pd.DataFrame, links: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[bool]]:
    """The sessions with the Campaigns they have now, and whether that is another Campaign than before.

    A past session that has no Campaign yet is stored as `scope.WAITING`: as a past session it would leave the scope
    (Q5).
    """
    linked = links.drop_duplicates("session_id").set_index("session_id").reindex(sessions["session_id"])
    linked = linked.set_index(sessions.index)
    before, created_before, created = (
        values.astype("str")
        for values in (sessions["campaign_id"], sessions["campaign_created"], linked["campaign_created"])
    )
    seen = sessions.assign(campaign_created=created, campaign_id=linked["campaign_id"].astype("str").fillna(before))
    moved = before.notna() & (seen["campaign_id"] != before)
    moved |= created_before.notna() & created.notna() & (created != created_before)
    waiting = seen["creates"].astype(bool) & seen["scope"].astype(bool) & seen["campaign_id"].isna()
    status = seen["status"].mask(waiting & (seen["status"] == SessionStatus.PAST), scope.WAITING)
    return seen.assign(status=status), moved


def _due(seen: pd.DataFrame) -> pd.Series[bool]:
    return seen["read"].astype(bool) | seen["deferred"].astype(bool)


def _waits(seen: pd.DataFrame) -> pd.Series[bool]:
    """Sessions of a backfill that a later run reads."""
    return seen["backfill"].astype(bool) & seen["deferred"].astype(bool)


def _failed(seen: pd.DataFrame, states: pd.Series[str], read: pd.Series[bool]) -> pd.Series[bool]:
    """Sessions to read in full by the next run, because this run failed to read them.

    New registrants of a session whose count changed need no mark: the count still differs in the next run.
    """
    count_changed = seen["registrants_count"] != seen["known_registrants_count"]
    by_itself = (seen["read_mode"] == ReadMode.INCREMENTAL) & count_changed
    failed = _due(seen) & ~seen["deferred"].astype(bool) & (states != ReadState.WEBHOOK_PARTIAL) & ~by_itself
    return (failed | seen["retry"].astype(bool)) & ~read


def _readable(seen: pd.DataFrame) -> pd.Series[bool]:
    """Whether registrants of a session in this status are read, and there are any."""
    return seen["status"].isin([*scope.OPEN, *scope.OVER, scope.WAITING]) & (seen["registrants_count"] != 0)


def _without_deleted(known: pd.DataFrame, deleted: Collection[str], unknown: Collection[str]) -> pd.DataFrame:
    """`known` without sessions deleted in Livestorm.

    Sessions that no run has ever listed are stored as `scope.GONE`: webhooks may continue to deliver their
    registrants, and each delivery would cause a look-up. `unknown` ids were given by a person and are not stored.
    """
    never_listed = sorted({*deleted} - {*known["session_id"], *unknown})
    known = known[~known["session_id"].isin(list(deleted))]
    if not never_listed:
        return known
    marks = scope.typed_known(pd.DataFrame({"session_id": never_listed, "status": scope.GONE}))
    return pd.concat([known, marks], ignore_index=True)
