"""Persistent latest answers of a pair: per person and attribute, the time of the registration last written."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from livestorm_salesforce.domain.registrants import latest_answers
from livestorm_salesforce.state.frames import Row, in_keys, upsert_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import LatestAnswer

TABLE: Any = LatestAnswer.__table__
#: People whose answers are in memory at once.
PART = 10_000
#: Stands for an attribute without a value.
NONE = -(1 << 62)


def load(state: PairState, email_keys: pd.Series[str], attributes: list[str]) -> pd.DataFrame:
    """The latest answers of these addresses: columns as of `latest_answers.with_columns`."""
    keys = email_keys.dropna().unique().tolist()
    parts = [_load_part(state, keys[start : start + PART]) for start in range(0, len(keys), PART)]
    found = [frame for frames in parts for frame in frames]
    return latest_answers.with_columns(pd.concat(found, ignore_index=True) if found else None, attributes)


def _load_part(state: PairState, email_keys: Iterable[str]) -> list[pd.DataFrame]:
    """One frame per set of attributes that people have values of."""
    hmacs = state.email_hmacs(email_keys)
    stored = _stored(state, hmacs)
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for key, hmac in hmacs.items():
        if hmac in stored:
            times = stored[hmac]
            groups.setdefault(tuple(times), []).append((key, *times.values()))
    return [_frame(names, rows) for names, rows in groups.items()]


def _frame(attributes: tuple[str, ...], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Latest answers of people who have values of the same attributes.

    Args:
        rows: e-mail key and the time of each attribute, in milliseconds.
    """
    keys, *columns = zip(*rows, strict=True)
    times = {
        latest_answers.at(name): pd.to_datetime(np.array(moments, dtype="int64"), unit="ms", utc=True)
        for name, moments in zip(attributes, columns, strict=True)
    }
    return pd.DataFrame({"key_hash": latest_answers.key_hash(pd.Series(keys, dtype="str")), **times})


def upsert(state: PairState, applied: pd.DataFrame, attributes: list[str]) -> None:
    """Store the answers that were written.

    Args:
        applied: registrations whose values Salesforce holds: `email_key`, `registered_at` and the attributes.
        attributes: columns of form answers and registration data that are mapped to people.
    """
    applied = applied[applied["email_key"].notna()]
    names = [name for name in attributes if name in applied]
    people = pd.factorize(applied["email_key"])[0]
    with state.transaction("latest answers"):
        for start in range(0, len(np.unique(people)), PART):
            part = applied[(people >= start) & (people < start + PART)]
            _upsert_part(state, _times(part, names))


def _upsert_part(state: PairState, new: dict[str, dict[str, int]]) -> None:
    """Store the newest time of each attribute, by e-mail key."""
    hmacs = state.email_hmacs(new)
    stored = _stored(state, hmacs)
    rows: list[Row] = []
    for key, times in new.items():
        old = stored.get(hmacs[key])
        if times == old:
            continue
        merged = {**old, **{name: max(at, old.get(name, at)) for name, at in times.items()}} if old else times
        if merged != old:
            rows.append({"pair_id": state.pair_id, "email_hmac": hmacs[key], "times": merged})
    with state.transaction() as connection:
        upsert_rows(connection, TABLE, sorted(rows, key=itemgetter("email_hmac")))  # the order of the primary key


def _times(applied: pd.DataFrame, attributes: list[str]) -> dict[str, dict[str, int]]:
    """Per e-mail key the newest registration time of each attribute with a value, in milliseconds."""
    epoch = applied["registered_at"].dt.as_unit("ms").astype("int64").to_numpy()
    has_time = applied["registered_at"].notna().to_numpy()
    columns = {name: np.where(applied[name].notna().to_numpy() & has_time, epoch, NONE) for name in attributes}
    newest = pd.DataFrame(columns).groupby(applied["email_key"].to_numpy()).max()
    rows = zip(*(newest[name].tolist() for name in attributes), strict=True) if attributes else ((),) * len(newest)
    found = ({name: at for name, at in zip(attributes, row, strict=True) if at != NONE} for row in rows)
    return dict(zip(newest.index, found, strict=True))


def _stored(state: PairState, hmacs: dict[str, str]) -> dict[str, dict[str, int]]:
    """The stored times of these people, by HMAC."""
    if not hmacs:
        return {}
    with state.reading() as connection:
        query = select(TABLE.c.email_hmac, TABLE.c.times).where(
            TABLE.c.pair_id == state.pair_id, in_keys(connection, TABLE.c.email_hmac, hmacs.values())
        )
        return dict(map(tuple, connection.execute(query).fetchall()))
