"""Intents of loads and undos whose result is not known completely, and times of last writes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select

from livestorm_salesforce.domain.plan.plan_trust import Writer
from livestorm_salesforce.enums import IntentKind
from livestorm_salesforce.state.frames import Row, select_rows, upsert_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import LastWrite, Pair, WriteIntent

INTENTS: Any = WriteIntent.__table__
WRITES: Any = LastWrite.__table__
#: Attempts whose last write is kept.
KEPT_WRITERS = 200


def record(state: PairState, intent: Row) -> None:
    """Store an intent (columns of `WriteIntent` without the pair); it replaces an earlier one of the same task."""
    with state.transaction() as connection:
        upsert_rows(connection, INTENTS, [{"pair_id": state.pair_id, **intent}])


def remove(state: PairState, dag_id: str, run_id: str, task: str) -> None:
    """Delete the intent of a task."""
    with state.transaction() as connection:
        connection.execute(
            delete(INTENTS).where(
                INTENTS.c.pair_id == state.pair_id,
                INTENTS.c.dag_id == dag_id,
                INTENTS.c.run_id == run_id,
                INTENTS.c.task == task,
            )
        )


def load(state: PairState) -> list[Row]:
    """All intents of the pair, oldest first."""
    columns = [column for column in INTENTS.c if column.name != "pair_id"]
    query = select(*columns).where(INTENTS.c.pair_id == state.pair_id).order_by(INTENTS.c.recorded_at)
    with state.reading() as connection:
        return select_rows(connection, query)


def note_write(state: PairState, writer: Writer, at: float) -> None:
    """Store the time of the last write of an attempt, in epoch seconds; the newest `KEPT_WRITERS` are kept."""
    own = WRITES.c.pair_id == state.pair_id
    with state.transaction() as connection:
        upsert_rows(connection, WRITES, [{"pair_id": state.pair_id, **writer._asdict(), "at": at}])
        newest = select(WRITES.c.at).where(own).order_by(WRITES.c.at.desc()).offset(KEPT_WRITERS).limit(1)
        oldest = connection.scalar(newest)
        if oldest is not None:
            connection.execute(delete(WRITES).where(own, WRITES.c.at <= oldest))


def last_writes(state: PairState) -> dict[Writer, float]:
    """Time of the last write of each attempt to the org, in epoch seconds.

    Several workspaces may share an org. Runs of two pairs may have the same id, so those of other pairs are qualified.
    """
    query = select(WRITES.c.pair_id, WRITES.c.run_id, WRITES.c.task, WRITES.c.try_number, WRITES.c.at)
    with state.reading() as connection:
        rows = connection.execute(query.where(_of_org(WRITES, state))).fetchall()
    return {
        Writer(run_id if pair_id == state.pair_id else f"{pair_id} {run_id}", task, number): at
        for pair_id, run_id, task, number, at in rows
    }


def objects_in_bulk(state: PairState) -> set[str]:
    """Objects that loads to the org, of all its pairs, write by bulk jobs, and whose result is not known completely."""
    query = select(INTENTS.c.details).where(_of_org(INTENTS, state), INTENTS.c.kind == IntentKind.LOAD)
    with state.reading() as connection:
        return {name for details in connection.scalars(query) for name in details["in_bulk"]}


def _of_org(table: Any, state: PairState) -> ColumnElement[bool]:
    """Rows of all pairs with the Salesforce org of this pair."""
    org = select(Pair.org_id).where(Pair.pair_id == state.pair_id).scalar_subquery()
    pairs = select(Pair.pair_id).where(Pair.org_id == org)
    return or_(table.c.pair_id == state.pair_id, table.c.pair_id.in_(pairs))
