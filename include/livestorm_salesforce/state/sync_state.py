"""What is remembered between runs: when we were switched on, each session as last loaded, what each row held.

The memory saves calls and gives "past" its meaning; it is never needed to be right. Without it the next run reads
everything and finds nothing to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.domain.registrants.change_detection import ROW_HASHES, empty
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.enums import ReadMode, ReadState
from livestorm_salesforce.storage import Folder, safe_name

LISTS = ("long", "on_demand", "events")
#: States after which the session's other registrants were not read.
PARTIAL_STATES = (ReadState.INCREMENTAL, ReadState.WEBHOOK_PARTIAL)


@dataclass(frozen=True)
class SyncState:
    """What the last successful run left; times are of Livestorm's clock.

    `listings`: when each of `LISTS` was read last. `window_began`, `remaining`: of Livestorm's 30 days' allowance, as
    far as seen; `refreshed`: calls of that window that only refreshed. `known` and `events`: frames by id.
    """

    last_success: pd.Timestamp
    listings: dict[str, pd.Timestamp]
    window_began: pd.Timestamp | None
    remaining: int | None
    refreshed: int
    known: pd.DataFrame
    events: pd.DataFrame


def load(state: Folder) -> SyncState | None:
    """None before the first successful run."""
    times = state.read_json("times")
    if not times:
        return None
    began = times.get("window_began")
    return SyncState(
        pd.Timestamp(times["last_success"]),
        {name: pd.Timestamp(times.get(name, "1970-01-01T00:00:00Z")) for name in LISTS},
        pd.Timestamp(began) if began else None,
        times.get("remaining"),
        times.get("refreshed", 0),
        known=scope.typed_known(state.read("sessions")) if state.has("sessions.parquet") else scope.empty_known(),
        events=state.read("events") if state.has("events.parquet") else transform_events([]),
    )


def save(state: Folder, memory: SyncState) -> None:
    """Written last, when everything else of a run is done."""
    state.write("sessions", scope.typed_known(memory.known))
    state.write("events", memory.events)
    times = {"last_success": memory.last_success, "window_began": memory.window_began, **memory.listings}
    told = {name: moment.isoformat() for name, moment in times.items() if moment is not None}
    state.write_json("times", told | {"remaining": memory.remaining, "refreshed": memory.refreshed})


def activation(state: Folder, now: pd.Timestamp, *, keep: bool) -> pd.Timestamp:
    """When this pair was switched on: what is over by then stays out (R12, Q5). Kept from the first run that writes."""
    moment = state.read_json("activation")
    if moment is None and keep:
        state.write_json("activation", moment := now.isoformat())
    return pd.Timestamp(moment) if moment else now


def load_row_hashes(state: Folder, session_ids: list[str]) -> pd.DataFrame:
    """What was loaded of these sessions: one row per registration, hashes only."""
    folder = state.folder("row_hashes")
    names = [safe_name(session_id) for session_id in session_ids]
    parts = [folder.read(name, list(ROW_HASHES)) for name in names if folder.has(f"{name}.parquet")]
    return pd.concat(parts, ignore_index=True).astype(ROW_HASHES) if parts else empty(ROW_HASHES)


def upsert_row_hashes(state: Folder, session_id: str, rows: pd.DataFrame, *, also: pd.DataFrame | None = None) -> None:
    """Replace a session's ledger: `rows` are the registrations known to be in Salesforce as they are.

    The hash of the address is kept besides, so that an erasure finds them.

    Args:
        also: after a read of new people only: all rows of that read; what was known of the others stays.
    """
    folder, name = state.folder("row_hashes"), safe_name(session_id)
    rows = rows.assign(key_hash=latest_answers.key_hash(rows["email_key"]))
    if also is not None and folder.has(f"{name}.parquet"):
        old = folder.read(name)
        old = old.assign(key_hash=old.get("key_hash", 0))  # earlier versions kept none
        rows = pd.concat([old[~old["person_id"].isin(also["person_id"])], rows[list(old)]], ignore_index=True)
    kept = ROW_HASHES | {"key_hash": "uint64"}
    folder.write(name, rows[list(kept)].astype(kept))


def known_registrants(state: Folder, session_id: str) -> set[str] | None:
    """Ids of everybody who was in a session's list when it was read; None if it never was."""
    folder, name = state.folder("known_registrants"), safe_name(session_id)
    return set(folder.read(name)["person_id"]) if folder.has(f"{name}.parquet") else None


def save_known_registrants(state: Folder, session_id: str, ids: set[str]) -> None:
    frame = pd.DataFrame({"person_id": sorted(ids)}, dtype="str")
    state.folder("known_registrants").write(safe_name(session_id), frame)


def _placed(sessions: pd.DataFrame, links: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The sessions with the Campaigns that they have now, and those that have another one than before.

    A session that is over and has none yet keeps waiting for it, or being past would take it out of scope (Q5).
    """
    linked = links.drop_duplicates("session_id").set_index("session_id").reindex(sessions["session_id"])
    linked = linked.set_index(sessions.index)
    before, created_before, created_now = (values.astype("str") for values in (
        sessions["campaign_id"], sessions["campaign_created"], linked["campaign_created"]
    ))  # fmt: skip
    seen = sessions.assign(campaign_created=created_now, campaign_id=linked["campaign_id"].astype("str").fillna(before))
    moved = before.notna() & (seen["campaign_id"] != before)
    moved |= created_before.notna() & created_now.notna() & (created_now != created_before)
    waiting = seen["creates"].astype(bool) & seen["scope"].astype(bool) & seen["campaign_id"].isna()
    status = seen["status"].mask(waiting & (seen["status"] == "past"), scope.WAITING)
    return seen.assign(status=status), moved


def _due(seen: pd.DataFrame) -> pd.Series:
    return seen["read"].astype(bool) | seen["deferred"].astype(bool)


def _again(seen: pd.DataFrame, states: pd.Series, read: pd.Series) -> pd.Series:
    """Sessions whose people are all to be read by the next run, because this one failed to read them. New people whose
    count moved show by that count again."""
    count_changed = seen["registrants_count"] != seen["known_registrants_count"]
    by_itself = (seen["read_mode"] == ReadMode.INCREMENTAL) & count_changed
    failed = _due(seen) & ~seen["deferred"].astype(bool) & (states != ReadState.WEBHOOK_PARTIAL) & ~by_itself
    return (failed | seen["retry"].astype(bool)) & ~read


def _readable(seen: pd.DataFrame) -> pd.Series:
    """In a state in which people are read, and with anybody to read."""
    return seen["status"].isin([*scope.OPEN, *scope.OVER, scope.WAITING]) & (seen["registrants_count"] != 0)


def _without_gone(known: pd.DataFrame, document: dict[str, Any]) -> pd.DataFrame:
    """Deleted in Livestorm: not asked for again. Of those that no run ever saw, webhooks go on to tell."""
    strange = sorted({*document["gone"]} - {*known["session_id"], *document.get("unknown", [])})
    known = known[~known["session_id"].isin(document["gone"])]
    if not strange:
        return known
    marks = scope.typed_known(pd.DataFrame({"session_id": strange, "status": scope.GONE}))
    return pd.concat([known, marks], ignore_index=True)


def next_sync_state(
    old: SyncState | None,
    sessions: pd.DataFrame,
    events: pd.DataFrame,
    links: pd.DataFrame,
    outcomes: pd.DataFrame,
    unsettled: list[str],
    document: dict[str, Any],
    verified: list[str],
    missed: list[str],
) -> SyncState:
    """Memory after a run: sessions as listed now, over what was known of the others.

    Counts and times are those of the reading, so that a session that could not be read, or has rows still to be
    loaded, is due again. What was put off is due again by itself.

    Args:
        outcomes: of the extraction: session_id, state (`read` in full, `read_new`, ...), `surplus`. With state `told`
            a session stays as due as it was.
        document: what `discover` left: now, lists, gone, unknown, window_began, remaining, refreshed.
        missed: sessions that are over, of whose people some have waited for another one that is given up by now.
    """
    now = pd.Timestamp(document["now"])
    seen, moved = _placed(sessions[sessions["reason"] != scope.NOT_ASKED], links)  # of the others this run says nothing
    told = (
        outcomes.set_index("session_id")[["state", "roster_excess"]].reindex(seen["session_id"]).set_index(seen.index)
    )
    full, read = told["state"] == ReadState.FULL, told["state"].isin([ReadState.FULL, ReadState.INCREMENTAL])
    seen["read_at"] = seen["read_at"].mask(read, now)
    seen["full_at"] = seen["full_at"].mask(full, now)
    seen["roster_excess"] = seen["roster_excess"].mask(full, told["roster_excess"])
    seen["verified_at"] = seen["verified_at"].mask(seen["session_id"].isin(verified) & full, now)
    seen["verified_at"] = seen["verified_at"].mask(moved & ~full)  # its new Campaign has not all of its people yet
    again = _again(seen, told["state"], read) | (moved & ~full) | seen["session_id"].isin(unsettled)
    seen["retry"] = again & seen["scope"].astype(bool) & _readable(seen)  # else it would be looked up for ever
    seen["read_at"] = seen["read_at"].mask(again & ~_readable(seen))  # should it come back
    unread = (_due(seen) | ~seen["scope"].astype(bool)) & ~read  # who registers while an event is excluded, too
    for name in ("registrants_count", "attendees_count", "updated_at"):
        seen[name] = seen[name].mask(unread, seen[f"known_{name}"])
    others = old.known[~old.known["session_id"].isin(seen["session_id"])] if old else scope.empty_known()
    known = pd.concat([scope.typed_known(others), scope.typed_known(seen)], ignore_index=True)
    known = _without_gone(known, document)
    known["retry"] |= known["session_id"].isin(missed)
    listings = {name: now if name in document["lists"] or old is None else old.listings[name] for name in LISTS}
    began = pd.Timestamp(document["window_began"])
    return SyncState(now, listings, began, document["remaining"], document["refreshed"], known=known, events=events)
