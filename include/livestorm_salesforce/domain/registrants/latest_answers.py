"""Per person and answer the newest registration that was loaded: an older one read later turns nothing back (Q11).

Within a run the newest registration that has a value speaks (`desired.newest_values`). Across runs the order of reading
is chance, so the time of the registration that spoke is remembered for each attribute: `key_hash` (64 bits that stand
for an address) and a column `<attribute> at` (UTC; null: no registration had a value).
"""

from __future__ import annotations

import pandas as pd

TIME = "datetime64[ms, UTC]"
#: Earlier versions remembered one time for all attributes.
ONE_FOR_ALL = "registered_at"


def key_hash(keys: pd.Series) -> pd.Series:
    """64 bits that stand for an address in what is remembered, so that no address is."""
    return pd.util.hash_pandas_object(keys.astype("str"), index=False)


def at(attribute: str) -> str:
    return f"{attribute} at"  # no slug of a form has a blank


def stale(attribute: str) -> str:
    return f"{attribute} stale"


def typed(kept: pd.DataFrame | None, attributes: list[str]) -> pd.DataFrame:
    """What was kept, with a column for each of these attributes."""
    if kept is None:
        kept = pd.DataFrame({"key_hash": pd.Series(dtype="uint64")})
    before = kept[ONE_FOR_ALL] if ONE_FOR_ALL in kept else pd.Series(None, index=kept.index, dtype=TIME)
    absent = {at(name): before for name in attributes if at(name) not in kept}
    frame = kept.drop(columns=ONE_FOR_ALL, errors="ignore").assign(**absent)
    return frame.astype({"key_hash": "uint64"} | dict.fromkeys(frame.columns.drop("key_hash"), TIME))


def entered(kept: pd.DataFrame, loaded: pd.DataFrame, attributes: list[str]) -> pd.DataFrame:
    """What is known after registrations were loaded.

    Args:
        kept: `typed`. loaded: registrations: key, registered_at, attributes.
    """
    times = {at(name): loaded["registered_at"].where(loaded[name].notna()) for name in attributes if name in loaded}
    told = pd.DataFrame({"key_hash": key_hash(loaded["email_key"]), **times})[loaded["email_key"].notna()]
    known = kept["key_hash"].isin(told["key_hash"])
    both = pd.concat([kept[known], told.reindex(columns=kept.columns).astype(kept.dtypes)], ignore_index=True)
    return pd.concat([kept[~known], both.groupby("key_hash", as_index=False).max()], ignore_index=True)


def mark_stale(registrations: pd.DataFrame, kept: pd.DataFrame, attributes: list[str]) -> pd.DataFrame:
    """Add `<attribute> stale` where a newer registration that was loaded had a value; no column where none had."""
    known = kept.set_index("key_hash").reindex(key_hash(registrations["email_key"])).set_axis(registrations.index)
    late = {stale(name): registrations["registered_at"] < known[at(name)] for name in attributes}
    return registrations.assign(**{name: rows for name, rows in late.items() if rows.any()})


def without_stale_answers(registrations: pd.DataFrame) -> pd.DataFrame:
    """The registrations without the answers that are stale."""
    pairs = [(name, stale(name)) for name in registrations.columns if stale(name) in registrations]
    return registrations.assign(**{name: registrations[name].mask(registrations[late]) for name, late in pairs})
