"""Rows per transaction that the org of a pair accepts, by object: what one run found out, later ones start with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from livestorm_salesforce.clients.salesforce.transaction_sizes import StoredSize
from livestorm_salesforce.state.frames import replace_rows, select_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import TransactionSize

TABLE: Any = TransactionSize.__table__


def load(state: PairState) -> dict[str, StoredSize]:
    """The stored sizes by object."""
    query = select(TABLE.c.object, TABLE.c.rows, TABLE.c.successes).where(TABLE.c.pair_id == state.pair_id)
    with state.reading() as connection:
        return {name: StoredSize(rows, successes) for name, rows, successes in connection.execute(query)}


def save(state: PairState, sizes: dict[str, StoredSize]) -> None:
    """Replace the stored sizes."""
    rows = [
        {"pair_id": state.pair_id, "object": name, "rows": size.rows, "successes": size.successes}
        for name, size in sizes.items()
    ]
    with state.transaction("transaction sizes") as connection:
        old = select_rows(connection, select(TABLE).where(TABLE.c.pair_id == state.pair_id))
        replace_rows(connection, TABLE, old, rows)
