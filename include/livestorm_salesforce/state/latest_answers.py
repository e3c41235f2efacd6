"""Who spoke last, kept between runs: per person and attribute the newest registration that was loaded (`core.newest`).

Kept in parts by the first bits of the address's hash: a run reads and writes those of its own people, one at a time, so
that what it holds does not grow with everybody who ever registered.
"""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.storage import Folder

FOLDER = "newest"  # earlier versions kept everybody in one file of that name
BITS = 4  # sixteen parts


def load(state: Folder, keys: pd.Series, attributes: list[str]) -> pd.DataFrame:
    """What is kept of these addresses: `newest.typed`."""
    hashes = latest_answers.key_hash(keys.dropna().drop_duplicates())
    parts = []
    for part in sorted(_part_of(hashes).unique()):
        kept = _kept(state, int(part), attributes)
        parts.append(kept[kept["key_hash"].isin(hashes)])
    return latest_answers.typed(pd.concat(parts, ignore_index=True) if parts else None, attributes)


def upsert(state: Folder, loaded: pd.DataFrame, attributes: list[str]) -> None:
    """Keep what was loaded.

    Args:
        loaded: registrations: key, registered_at, attributes.
    """
    loaded = loaded[loaded["email_key"].notna()]
    part = _part_of(latest_answers.key_hash(loaded["email_key"]))
    old = state.has(f"{FOLDER}.parquet")
    for number in range(1 << BITS) if old else sorted(part.unique()):
        mine = loaded[(part == number).to_numpy()]
        state.folder(FOLDER).write(
            f"{number:02d}", latest_answers.entered(_kept(state, number, attributes), mine, attributes)
        )
    if old:
        state.drop(f"{FOLDER}.parquet")


def _part_of(hashes: pd.Series) -> pd.Series:
    return (hashes.astype("uint64") // (1 << (64 - BITS))).astype("int64")


def _kept(state: Folder, number: int, attributes: list[str]) -> pd.DataFrame:
    folder = state.folder(FOLDER)
    if folder.has(f"{number:02d}.parquet"):
        return latest_answers.typed(folder.read(f"{number:02d}"), attributes)
    if not state.has(f"{FOLDER}.parquet"):
        return latest_answers.typed(None, attributes)
    whole = latest_answers.typed(state.read(FOLDER), attributes)
    return whole[_part_of(whole["key_hash"]) == number].reset_index(drop=True)
