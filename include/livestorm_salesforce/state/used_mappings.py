"""The mappings that runs have written with, as far as row hashes depend on them."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import delete, select

from livestorm_salesforce.domain.registrants.row_hashes import HashedMapping
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import UsedMapping

TABLE: Any = UsedMapping.__table__
#: Mappings that are kept: a registration that was last loaded under an older one counts as changed in Livestorm.
KEPT = 5


def save(state: PairState, mapping: HashedMapping, now: pd.Timestamp) -> None:
    """Store the mapping of a run, and delete those before the newest `KEPT`."""
    row = {"pair_id": state.pair_id, **mapping._asdict(), "used_at": now.to_pydatetime()}
    newest = select(TABLE.c.mapping_hash).where(TABLE.c.pair_id == state.pair_id)
    with state.transaction() as connection:
        upsert_rows(connection, TABLE, [row])
        kept = [*connection.scalars(newest.order_by(TABLE.c.used_at.desc(), TABLE.c.mapping_hash).limit(KEPT))]
        connection.execute(delete(TABLE).where(TABLE.c.pair_id == state.pair_id, TABLE.c.mapping_hash.not_in(kept)))


def load(state: PairState) -> list[HashedMapping]:
    """The stored mappings, the newest first."""
    query = select(TABLE.c.mapping_hash, TABLE.c.person, TABLE.c.member).where(TABLE.c.pair_id == state.pair_id)
    with state.reading() as connection:
        return [HashedMapping(*row) for row in connection.execute(query.order_by(TABLE.c.used_at.desc()))]
