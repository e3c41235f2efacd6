"""The audit log: one entry per written field with run, time, record, values before and after, and reason.

Append-only until the retention `keep_audit_days`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, and_, func, select

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.enums import Action, SObject
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import in_keys, insert_frame, to_frame, to_text_frame
from livestorm_salesforce.state.growth import delete_before, unindexed
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import AuditEntry

TABLE: Any = AuditEntry.__table__
COLUMNS = ["run_id", "at", *entries.COLUMNS]
UNDONE = ("undo", "undo delete")


class Attempt(NamedTuple):
    """Identifies one attempt of one task of a run."""

    run_id: str
    task: str
    try_number: int


def append(state: PairState, attempt: Attempt, rows: pd.DataFrame, at: pd.Timestamp) -> None:
    """Add rows with the columns of `entries.COLUMNS`, written by this attempt at this time."""
    if rows.empty:
        return
    shared = {"pair_id": state.pair_id, **attempt._asdict(), "at": at.to_pydatetime()}
    with state.transaction() as connection:
        insert_frame(connection, TABLE, rows[entries.COLUMNS].astype("str"), shared)


def read(state: PairState, run_id: str | None = None, record_ids: Collection[str] | None = None) -> pd.DataFrame:
    """Read entries in the order in which they were written: columns `COLUMNS`, all text.

    Args:
        run_id: only entries of this run.
        record_ids: only entries of these records.
    """
    query = select(*(TABLE.c[name] for name in COLUMNS)).where(TABLE.c.pair_id == state.pair_id).order_by(TABLE.c.id)
    if run_id is not None:
        query = query.where(TABLE.c.run_id == run_id)
    with state.reading() as connection:
        if record_ids is not None:
            query = query.where(in_keys(connection, TABLE.c.record_id, record_ids))
        return _typed(to_frame(connection, query))


def count_records(state: PairState, run_id: str) -> dict[tuple[str, str], int]:
    """Number of records that a run has written, by object and action."""
    kind = (unindexed(TABLE.c.object), unindexed(TABLE.c.action))
    query = select(*kind, func.count(TABLE.c.record_id.distinct())).where(_of_run(state, run_id)).group_by(*kind)
    with state.reading() as connection:
        return {(sobject, action): count for sobject, action, count in connection.execute(query)}


def read_member_fields(state: PairState, run_id: str, fields: Collection[str]) -> pd.DataFrame:
    """Values of Campaign Members that a run has written: field, before, after.

    Several attempts of a load may record the same value: it is read once.
    """
    of_members = (unindexed(TABLE.c.object) == SObject.CAMPAIGN_MEMBER) & unindexed(TABLE.c.field).in_([*fields])
    same = (TABLE.c.action, TABLE.c.record_id, TABLE.c.field, TABLE.c.after)
    first = select(func.min(TABLE.c.id)).where(_of_run(state, run_id), of_members).group_by(*same)
    with state.reading() as connection:
        query = select(TABLE.c.field, TABLE.c.before, TABLE.c.after).where(TABLE.c.id.in_(first))
        return to_text_frame(connection, query)


def _of_run(state: PairState, run_id: str) -> ColumnElement[bool]:
    return and_(TABLE.c.pair_id == state.pair_id, TABLE.c.run_id == run_id)


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    times = [at.isoformat(timespec="seconds") for at in rows["at"]]
    return rows.assign(at=times).astype("str")


def last_writes(state: PairState, record_ids: pd.Series[str], fields: Collection[str]) -> pd.DataFrame:
    """The last write of these fields of these records: columns record_id, field, before, after, action, how.

    A field whose last write was an undo is left out.
    """
    columns = [TABLE.c[name] for name in ("record_id", "field", "before", "after", "action", "how")]
    own = (TABLE.c.pair_id == state.pair_id) & TABLE.c.field.in_([*fields])
    with state.reading() as connection:
        of_records = in_keys(connection, TABLE.c.record_id, record_ids)
        rows = to_frame(connection, select(*columns).where(own, of_records).order_by(TABLE.c.id))
    last = rows.drop_duplicates(["record_id", "field"], keep="last")
    return last[last["action"].isin([Action.CREATE, Action.UPDATE])].astype("str")


def last_written(state: PairState, record_ids: pd.Series, converted_fields: pd.DataFrame) -> pd.DataFrame:
    """The value last written to each field of these records: `record_id`, `field`, `after`, `carried`.

    A Contact that a Lead was converted to holds its own value or the Lead's, so a field may have several rows.
    Values written by an undo are left out: like an edit in Salesforce, an undo is a decision of a person.

    Args:
        converted_fields: `edit_protection.converted_fields`.
    """
    rows = read(state, record_ids={*record_ids, *converted_fields["lead_id"]})
    rows = rows[~rows["action"].isin(UNDONE)]
    rows = rows.drop_duplicates(["record_id", "field"], keep="last")[["record_id", "field", "after"]]
    rows = rows.rename_axis("position").reset_index()
    own = rows[rows["record_id"].isin(record_ids)].assign(carried=True)
    both = pd.concat([own, _inherited(rows, own, converted_fields)], ignore_index=True)
    return both[["record_id", "field", "after", "carried"]]


def _inherited(rows: pd.DataFrame, own: pd.DataFrame, converted_fields: pd.DataFrame) -> pd.DataFrame:
    """Values written to Leads, as values of their Contacts, except where the Contact was written later."""
    of_leads = rows.rename(columns={"record_id": "lead_id", "field": "lead_field"})
    passed = of_leads.merge(converted_fields, on=["lead_id", "lead_field"])
    later = own[["record_id", "field", "position"]].rename(columns={"position": "own_position"})
    passed = passed.merge(later, on=["record_id", "field"], how="left")
    return passed[~(passed["own_position"] > passed["position"])]


def prune(database: Database, before: pd.Timestamp) -> int:
    """Remove entries of all pairs written before a time; returns their number."""
    with database.transaction() as connection:
        return delete_before(connection, TABLE, TABLE.c.at, before.to_pydatetime())
