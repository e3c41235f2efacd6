"""Persistent latest answers of a pair: per person and attribute, the time of the registration last written.

Stored in parts by the first bits of the address's hash. A run reads and writes the parts of its own registrants, one at
a time, so that its memory does not grow with the number of people who ever registered.
"""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.storage import Folder

FOLDER = "latest_answers"
BITS = 4  # sixteen parts


def load(state: Folder, email_keys: pd.Series[str], attributes: list[str]) -> pd.DataFrame:
    """The latest answers of these addresses: columns as of `latest_answers.with_columns`."""
    hashes = latest_answers.key_hash(email_keys.dropna().drop_duplicates())
    frames = []
    for number in sorted(_part_of(hashes).unique()):
        stored = _stored(state, int(number), attributes)
        frames.append(stored[stored["key_hash"].isin(hashes)])
    return latest_answers.with_columns(pd.concat(frames, ignore_index=True) if frames else None, attributes)


def upsert(state: Folder, applied: pd.DataFrame, attributes: list[str]) -> None:
    """Store the answers that were written.

    Args:
        state: the pair's folder.
        applied: registrations whose values Salesforce holds: `email_key`, `registered_at` and the attributes.
        attributes: columns of form answers and registration data that are mapped to people.
    """
    applied = applied[applied["email_key"].notna()]
    part = _part_of(latest_answers.key_hash(applied["email_key"]))
    for number in sorted(part.unique()):
        own = applied[(part == number).to_numpy()]
        merged = latest_answers.upserted(_stored(state, int(number), attributes), own, attributes)
        state.folder(FOLDER).write(f"{number:02d}", merged)


def _part_of(hashes: pd.Series[int]) -> pd.Series[int]:
    return (hashes.astype("uint64") // (1 << (64 - BITS))).astype("int64")


def _stored(state: Folder, number: int, attributes: list[str]) -> pd.DataFrame:
    folder, name = state.folder(FOLDER), f"{number:02d}"
    return latest_answers.with_columns(folder.read(name) if folder.has(f"{name}.parquet") else None, attributes)
