"""Pairs: ids, connections, activation time and key of e-mail HMACs."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Select, select, update

from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import upsert_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import ConnectionBinding, Pair

PAIRS: Any = Pair.__table__
BINDINGS: Any = ConnectionBinding.__table__
IDS = ("pair_id", "organization_id", "org_id")


class Connections(NamedTuple):
    """Ids of both connections, a fingerprint of their content, and the addresses of both services."""

    livestorm: str
    salesforce: str
    fingerprint: str
    address: str


class StoredPair(NamedTuple):
    """A pair, the ids of its organization and org, and the addresses at which it was reached."""

    pair_id: str
    organization_id: str
    org_id: str
    address: str = ""


def bound(database: Database, connections: Connections) -> StoredPair | None:
    """The pair that these connections lead to, if they were not edited since."""
    return _first(database, _bindings(connections).where(BINDINGS.c.fingerprint == connections.fingerprint))


def latest(database: Database, connections: Connections) -> StoredPair | None:
    """The pair that the connections of these ids led to last, at the same addresses if they ever had these.

    Two deployments of Airflow with one state database may have connections of the same ids.
    """
    same_address = BINDINGS.c.address == connections.address
    return _first(database, _bindings(connections).where(same_address)) or _first(database, _bindings(connections))


def bind(database: Database, connections: Connections, pair: StoredPair) -> StoredPair:
    """Store a pair and the connections that lead to it."""
    now = datetime.now(UTC)
    ids = zip(IDS, pair, strict=False)
    row = dict(ids) | {"created_at": now, "activated_at": None, "hmac_key": secrets.token_hex(32)}
    names = zip(("livestorm_conn_id", "salesforce_conn_id", "fingerprint", "address"), connections, strict=True)
    with database.transaction(lock="pair") as connection:
        upsert_rows(connection, PAIRS, [row], replace=False)
        upsert_rows(connection, BINDINGS, [dict(names) | {"pair_id": pair.pair_id, "bound_at": now}])
    return pair


def is_known(database: Database, pair_id: str, address: str) -> bool:
    """Whether connections led to a pair at these addresses before."""
    same = (BINDINGS.c.pair_id == pair_id, BINDINGS.c.address == address)
    with database.reading() as connection:
        return connection.scalar(select(BINDINGS.c.pair_id).where(*same).limit(1)) is not None


def exists(database: Database, pair_id: str) -> bool:
    """Whether the database has the state of a pair."""
    with database.reading() as connection:
        return connection.scalar(select(PAIRS.c.pair_id).where(PAIRS.c.pair_id == pair_id)) is not None


def every_pair(database: Database) -> list[StoredPair]:
    """All pairs, oldest first."""
    with database.reading() as connection:
        rows = connection.execute(select(*map(PAIRS.c.get, IDS)).order_by(PAIRS.c.created_at))
        return [StoredPair(*row) for row in rows]


def activation(state: PairState, now: pd.Timestamp, *, keep: bool) -> pd.Timestamp:
    """Activation time of the pair: sessions that ended before it are out of scope (R12, Q5).

    Args:
        now: returned, and stored with `keep`, if the pair was not activated yet.
        keep: whether the run writes; previews do not activate a pair.
    """
    own = PAIRS.c.pair_id == state.pair_id
    with state.transaction("pair") as connection:
        stored = connection.scalar(select(PAIRS.c.activated_at).where(own))
        if stored is None and keep:
            connection.execute(update(PAIRS).where(own).values(activated_at=now.floor("us").to_pydatetime()))
    return pd.Timestamp(stored or now)


def hmac_key(database: Database, pair_id: str) -> str:
    """The key of e-mail HMACs of a pair."""
    with database.reading() as connection:
        return str(connection.scalar(select(PAIRS.c.hmac_key).where(PAIRS.c.pair_id == pair_id)))


def _bindings(connections: Connections) -> Select[Any]:
    """The pairs of the connections of these ids, newest first."""
    query = select(*map(PAIRS.c.get, IDS), BINDINGS.c.address).join(BINDINGS, BINDINGS.c.pair_id == PAIRS.c.pair_id)
    own = (
        BINDINGS.c.livestorm_conn_id == connections.livestorm,
        BINDINGS.c.salesforce_conn_id == connections.salesforce,
    )
    return query.where(*own).order_by(BINDINGS.c.bound_at.desc()).limit(1)


def _first(database: Database, query: Select[Any]) -> StoredPair | None:
    with database.reading() as connection:
        row = connection.execute(query).first()
    return StoredPair(*row) if row else None
