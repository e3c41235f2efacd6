"""Persistent sync state of a pair: activation, sessions as last loaded, row hashes and known registrants.

The sync state saves calls and decides which sessions were past at activation. Without it the next run reads everything
and finds nothing to change.
"""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.domain.registrants.change_detection import ROW_HASHES, empty
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.listing import LISTS
from livestorm_salesforce.domain.sessions.sync_state import SyncState
from livestorm_salesforce.domain.sessions.transform import transform_events
from livestorm_salesforce.enums import ReadState
from livestorm_salesforce.storage import Folder, safe_name

#: States after which the session's other registrants were not read.
PARTIAL_STATES = (ReadState.INCREMENTAL, ReadState.WEBHOOK_PARTIAL)


def load(state: Folder) -> SyncState | None:
    """The sync state; None before the first successful run."""
    times = state.read_json("times")
    if not times:
        return None
    began = times["window_began"]
    return SyncState(
        pd.Timestamp(times["last_success"]),
        {name: pd.Timestamp(times[name]) for name in LISTS},
        pd.Timestamp(began) if began else None,
        times["remaining"],
        times["refreshed"],
        known=scope.typed_known(state.read("sessions")),
        events=state.read("events") if state.has("events.parquet") else transform_events([]),
    )


def save(state: Folder, new: SyncState) -> None:
    """Replace the sync state. Written last, when all other state of the run is stored."""
    state.write("sessions", scope.typed_known(new.known))
    state.write("events", new.events)
    times = {"last_success": new.last_success, **new.listings}
    began = new.window_began.isoformat() if new.window_began is not None else None
    document = {name: time.isoformat() for name, time in times.items()} | {"window_began": began}
    state.write_json("times", document | {"remaining": new.remaining, "refreshed": new.refreshed})


def activation(state: Folder, now: pd.Timestamp, *, keep: bool) -> pd.Timestamp:
    """Activation time of the pair: sessions that ended before it are out of scope (R12, Q5).

    Args:
        state: the pair's folder.
        now: returned, and stored with `keep`, if the pair was not activated yet.
        keep: whether the run writes; previews do not activate a pair.
    """
    stored = state.read_json("activation")
    if stored is None and keep:
        state.write_json("activation", stored := now.isoformat())
    return pd.Timestamp(stored) if stored else now


def load_row_hashes(state: Folder, session_ids: list[str]) -> pd.DataFrame:
    """Hashes of the rows loaded for these sessions: columns `change_detection.ROW_HASHES`."""
    folder = state.folder("row_hashes")
    names = [safe_name(session_id) for session_id in session_ids]
    frames = [folder.read(name, list(ROW_HASHES)) for name in names if folder.has(f"{name}.parquet")]
    return pd.concat(frames, ignore_index=True).astype(ROW_HASHES) if frames else empty(ROW_HASHES)


def upsert_row_hashes(state: Folder, session_id: str, rows: pd.DataFrame, *, read: pd.DataFrame | None = None) -> None:
    """Replace the row hashes of a session.

    The hash of the address is stored too, so that an erasure finds the rows.

    Args:
        state: the pair's folder.
        session_id: the session.
        rows: registrations whose row in Salesforce is up to date.
        read: all registrations of a read that was not full; hashes of the others are kept.
    """
    folder, name = state.folder("row_hashes"), safe_name(session_id)
    columns = ROW_HASHES | {"key_hash": "uint64"}
    rows = rows.assign(key_hash=latest_answers.key_hash(rows["email_key"]))[list(columns)]
    if read is not None and folder.has(f"{name}.parquet"):
        old = folder.read(name)
        rows = pd.concat([old[~old["person_id"].isin(read["person_id"])], rows[list(old)]], ignore_index=True)
    folder.write(name, rows[list(columns)].astype(columns))


def known_registrants(state: Folder, session_id: str) -> set[str] | None:
    """Ids of a session's registrants as of its last read; None if it was never read in full."""
    folder, name = state.folder("known_registrants"), safe_name(session_id)
    return set(folder.read(name)["person_id"]) if folder.has(f"{name}.parquet") else None


def save_known_registrants(state: Folder, session_id: str, ids: set[str]) -> None:
    """Replace the ids of a session's registrants."""
    frame = pd.DataFrame({"person_id": sorted(ids)}, dtype="str")
    state.folder("known_registrants").write(safe_name(session_id), frame)
