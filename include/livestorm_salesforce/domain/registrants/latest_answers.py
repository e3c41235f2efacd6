"""Latest answers: per person and attribute, the newest registration whose value was written (Q11).

Within a run the newest registration with a value wins per field (`desired_state.newest_values`). Across runs sessions
are read in any order, so the time of the registration is stored per attribute and an older answer that is read later
does not replace a newer one. Columns: `key_hash` (64 bits that stand for an address) and `<attribute> at` (UTC; null:
no registration had a value).
"""

from __future__ import annotations

import pandas as pd

TIME = "datetime64[ms, UTC]"
#: A registration may be newer than the list of sessions, by the duration of the run.
TOLERANCE = pd.Timedelta(days=1)


def key_hash(email_keys: pd.Series[str]) -> pd.Series[int]:
    """64-bit hash of each address, so that no address is stored."""
    return pd.util.hash_pandas_object(email_keys.astype("str"), index=False)


def at(attribute: str) -> str:
    """Column with the time of an attribute's latest answer. No slug of a form contains a blank."""
    return f"{attribute} at"


def stale(attribute: str) -> str:
    """Column that marks the registrations whose answer is older than the latest one."""
    return f"{attribute} stale"


def with_columns(stored: pd.DataFrame | None, attributes: list[str]) -> pd.DataFrame:
    """Latest answers with a column for each of these attributes."""
    frame = pd.DataFrame({"key_hash": pd.Series(dtype="uint64")}) if stored is None else stored
    absent = [at(name) for name in attributes if at(name) not in frame]
    frame = frame.assign(**{name: pd.Series(None, index=frame.index, dtype=TIME) for name in absent})
    return frame.astype({"key_hash": "uint64"} | dict.fromkeys(frame.columns.drop("key_hash"), TIME))


def upserted(stored: pd.DataFrame, applied: pd.DataFrame, attributes: list[str]) -> pd.DataFrame:
    """Latest answers after registrations were written.

    Args:
        stored: as returned by `with_columns`.
        applied: registrations: `email_key`, `registered_at` and attributes.
        attributes: the attributes to store.
    """
    times = {at(name): applied["registered_at"].where(applied[name].notna()) for name in attributes if name in applied}
    new = pd.DataFrame({"key_hash": key_hash(applied["email_key"]), **times})[applied["email_key"].notna()]
    updated = stored["key_hash"].isin(new["key_hash"])
    both = pd.concat([stored[updated], new.reindex(columns=stored.columns).astype(stored.dtypes)], ignore_index=True)
    return pd.concat([stored[~updated], both.groupby("key_hash", as_index=False).max()], ignore_index=True)


def mark_stale(registrations: pd.DataFrame, stored: pd.DataFrame, attributes: list[str]) -> pd.DataFrame:
    """Add `<attribute> stale` where a newer registration had a value; no column if there is no such registration."""
    if stored.empty:
        return registrations
    latest = stored.set_index("key_hash").reindex(key_hash(registrations["email_key"])).set_axis(registrations.index)
    older = {stale(name): registrations["registered_at"] < latest[at(name)] for name in attributes}
    return registrations.assign(**{name: rows for name, rows in older.items() if rows.any()})


def without_future_times(registrations: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Registrations without times in the future: stored as the latest answer, such a one would win for ever."""
    at = registrations["registered_at"]
    is_future = at > now + TOLERANCE
    return registrations.assign(registered_at=at.mask(is_future)) if is_future.any() else registrations


def without_stale_answers(registrations: pd.DataFrame) -> pd.DataFrame:
    """The registrations with stale answers set to null."""
    pairs = [(name, stale(name)) for name in registrations.columns if stale(name) in registrations]
    return registrations.assign(**{name: registrations[name].mask(registrations[mark]) for name, mark in pairs})
