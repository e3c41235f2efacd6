"""Registrations of a pair as of the last read: what was loaded, who is registered, and how runs accounted for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from livestorm_salesforce.domain.plan.deleted_members import LOADED
from livestorm_salesforce.domain.registrants import withheld
from livestorm_salesforce.domain.registrants.change_detection import ROW_HASHES, empty
from livestorm_salesforce.state.frames import (
    Row,
    in_keys,
    replace_rows,
    select_rows,
    to_frame,
    to_rows,
    upsert_rows,
)
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import RegistrantList, Registration

TABLE: Any = Registration.__table__
#: Columns of a registration that a run writes.
WRITTEN = [
    "person_id", "email_key", "registered_at", "person_hash", "member_hash", "record_id", "campaign_id", "attended",
    "watched", "bucket", "reason",
]  # fmt: skip


def load_row_hashes(state: PairState, session_ids: Collection[str]) -> pd.DataFrame:
    """Hashes of the rows loaded for these sessions: columns `change_detection.ROW_HASHES`."""
    if not len(session_ids):
        return empty(ROW_HASHES)
    with state.reading() as connection:
        query = select(*(TABLE.c[name] for name in ROW_HASHES)).where(
            TABLE.c.pair_id == state.pair_id,
            in_keys(connection, TABLE.c.session_id, session_ids),
            TABLE.c.person_hash.is_not(None),
        )
        return to_frame(connection, query).astype(ROW_HASHES)


def known_registrants(state: PairState, session_id: str) -> set[str] | None:
    """Ids of a session's registrants as of its last read; None if it was never read in full."""
    lists = select(RegistrantList.session_id).where(
        RegistrantList.pair_id == state.pair_id, RegistrantList.session_id == session_id
    )
    query = select(TABLE.c.person_id).where(
        TABLE.c.pair_id == state.pair_id, TABLE.c.session_id == session_id, TABLE.c.in_list
    )
    with state.reading() as connection:
        return set(connection.scalars(query)) if connection.scalar(lists) is not None else None


def stored_records(state: PairState, rows: pd.DataFrame) -> pd.DataFrame:
    """The records that earlier runs created or matched for these people.

    A record is found by the registration, whatever its address is now, and by the address of any registration; the
    newest one wins.

    Returns:
        `email_key`, `record_id`, and `readdressed`: only the registration leads to the record, and it had another
        address in Livestorm then.

    Args:
        rows: `session_id`, `person_id`, `email_key`.
    """
    hmacs = state.email_hmacs(rows["email_key"].dropna().unique().tolist())
    names = ("session_id", "person_id", "email_hmac", "record_id", "registered_at")
    own = (TABLE.c.pair_id == state.pair_id) & TABLE.c.record_id.is_not(None)
    query = select(*(TABLE.c[name] for name in names)).where(own).order_by(TABLE.c.registered_at)
    found: list[Any] = []
    with state.reading() as connection:
        for column, wanted in (("person_id", rows["person_id"].unique()), ("email_hmac", hmacs.values())):
            found += connection.execute(query.where(in_keys(connection, TABLE.c[column], wanted)))
    of_keys = [(key, *record) for key, record in _by_email_key(found, rows, hmacs).items()]
    stored = pd.DataFrame(of_keys, columns=["email_key", "record_id", "readdressed"])
    return stored.astype({"email_key": "str", "record_id": "str", "readdressed": "bool"})


def _by_email_key(found: list[Any], rows: pd.DataFrame, hmacs: dict[str, str]) -> dict[str, tuple[str, bool]]:
    """The last of the found records of each person, by the registration or else by the address, and whether only the
    registration leads to it."""
    rows = rows[rows["person_id"].isin({row.person_id for row in found})]
    of_person = dict(zip(zip(rows["session_id"], rows["person_id"], strict=True), rows["email_key"], strict=True))
    addresses = {row.email_hmac for row in found}
    keys = {hmac: email_key for email_key, hmac in hmacs.items() if hmac in addresses}
    records: dict[str, tuple[str, bool]] = {}
    for row in found:
        of_address = keys.get(row.email_hmac)
        if key := of_person.get((row.session_id, row.person_id)) or of_address:
            records[key] = row.record_id, key != of_address
    return records


def loaded_members(state: PairState, record_ids: Collection[str]) -> pd.DataFrame:
    """Members that earlier runs left in Salesforce: columns `deleted_members.LOADED`.

    Args:
        record_ids: of Leads and Contacts.
    """
    if not len(record_ids):
        return pd.DataFrame(columns=LOADED, dtype="str")
    with state.reading() as connection:
        query = select(*(TABLE.c[name] for name in LOADED)).where(
            TABLE.c.pair_id == state.pair_id,
            in_keys(connection, TABLE.c.record_id, record_ids),
            TABLE.c.campaign_id.is_not(None),
        )
        return to_frame(connection, query).astype("str")


def load_withheld(state: PairState) -> pd.DataFrame:
    """Registrations whose record or member a user deleted and that is not created again: columns `withheld.COLUMNS`."""
    with state.reading() as connection:
        query = select(*(TABLE.c[name] for name in withheld.COLUMNS)).where(
            TABLE.c.pair_id == state.pair_id, TABLE.c.in_list, TABLE.c.reason.in_(withheld.REASONS)
        )
        return to_frame(connection, query).astype("str")


def save(
    state: PairState,
    session_id: str,
    rows: pd.DataFrame,
    known: set[str] | None,
    run: tuple[str, datetime],
    *,
    partial: bool,
) -> None:
    """Replace the registrations of a session.

    Args:
        session_id: the session.
        rows: the registrations that were read: columns `WRITTEN`. Hashes are null where Salesforce does not hold the
            values of the row.
        known: ids of all registrants of the session; None keeps what is stored.
        run: id and time of the run that read them.
        partial: other registrations of the session were not read, and are kept.
    """
    with state.transaction("registrations") as connection:
        old = _stored(connection, state.pair_id, session_id)
        before = {row["person_id"]: row for row in old}
        made = {row["person_id"]: row for row in _new_rows(state, session_id, rows, before, run)}
        new = before | made if partial else made
        if known is not None:
            new |= {person: _bare(state, session_id, person) for person in known - new.keys()}
            for row in made.values():
                row["in_list"] = row["person_id"] in known
            wrong = [person for person, row in new.items() if row["in_list"] != (person in known)]
            new |= {person: new[person] | {"in_list": person in known} for person in wrong}
            upsert_rows(connection, RegistrantList.__table__, [_key(state, session_id)])  # type: ignore[arg-type]
        replace_rows(connection, TABLE, old, list(new.values()))


def save_records(state: PairState, session_id: str, rows: pd.DataFrame) -> None:
    """Add the records of people of a run that did not finish; nothing else of the registrations is stored.

    Args:
        session_id: the session.
        rows: `person_id`, `email_key`, `registered_at`, `record_id`.
    """
    hmacs = state.email_hmacs(rows["email_key"].dropna().unique().tolist())
    with state.transaction("registrations") as connection:
        known = {row["person_id"]: row for row in _stored(connection, state.pair_id, session_id)}
        new = []
        for row in to_rows(rows[["person_id", "email_key", "registered_at", "record_id"]]):
            row["email_hmac"] = hmacs.get(row.pop("email_key"))
            bare = _bare(state, session_id, row["person_id"]) | row | {"in_list": False}
            if (old := known.get(row["person_id"], bare))["record_id"] is None or old is bare:
                new.append(old | {"record_id": row["record_id"]})
        upsert_rows(connection, TABLE, new)


def _stored(connection: Connection, pair_id: str, session_id: str) -> list[Row]:
    query = select(TABLE).where(TABLE.c.pair_id == pair_id, TABLE.c.session_id == session_id)
    return select_rows(connection, query)


def _new_rows(
    state: PairState, session_id: str, rows: pd.DataFrame, before: dict[str, Row], run: tuple[str, datetime]
) -> list[Row]:
    """Rows as stored; an unchanged row keeps its run, and the record of a registration is kept."""
    hmacs = state.email_hmacs(rows["email_key"].dropna().unique().tolist())
    made, shared = to_rows(rows[WRITTEN]), _key(state, session_id)
    for row in made:
        old = before.get(row["person_id"], {})
        row.update(shared, in_list=old.get("in_list", False))
        row["email_hmac"] = hmacs.get(row.pop("email_key"))
        row["record_id"] = row["record_id"] or old.get("record_id")
        if row["reason"] != withheld.RECORD_DELETED:  # the members of a deleted record are deleted with it
            row["campaign_id"] = row["campaign_id"] or old.get("campaign_id")
        row["run_id"], at = run
        row["loaded_at"] = old.get("loaded_at") or (at if row["member_hash"] is not None else None)
    return made


def _bare(state: PairState, session_id: str, person_id: str) -> Row:
    own = {**_key(state, session_id), "person_id": person_id, "in_list": True}
    return dict.fromkeys(TABLE.c.keys()) | own


def _key(state: PairState, session_id: str) -> Row:
    return {"pair_id": state.pair_id, "session_id": session_id}
