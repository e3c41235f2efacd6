"""Webhook deliveries until a run has used them. A delivery that arrives twice is stored once.

A run copies the deliveries to its own folder when it lists the sessions (`readers.webhook_deliveries`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import delete, func, select, update

from livestorm_salesforce.domain.sessions import listing
from livestorm_salesforce.domain.sessions.webhook_deliveries import sent_at
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.frames import in_keys, upsert_rows
from livestorm_salesforce.state.pair_state import PairState
from livestorm_salesforce.state.tables import WebhookActivity, WebhookDelivery

TABLE: Any = WebhookDelivery.__table__


def enqueue(state: PairState, body: bytes, session_id: str, registrant: dict[str, Any], now: float) -> None:
    """Store one registrant; returns when the transaction is durable.

    Args:
        body: the body of the request; its digest identifies the delivery.
        session_id: the registrant's session.
        registrant: JSON:API resource.
        now: epoch seconds.
    """
    row = {
        "pair_id": state.pair_id,
        "digest": hashlib.sha256(body).hexdigest(),
        "session_id": session_id.encode("utf-8", "ignore").decode(),
        "received_at": datetime.fromtimestamp(now, UTC),
        "seen_at": None,
        "registrant": _encodable(registrant),
    }
    activity = {"pair_id": state.pair_id, "last_sent_at": datetime.fromtimestamp(sent_at(registrant), UTC)}
    with state.transaction() as connection:
        upsert_rows(connection, TABLE, [row], replace=False)
        upsert_rows(connection, WebhookActivity.__table__, [activity])  # type: ignore[arg-type]


def newest_unseen(database: Database) -> float | None:
    """Arrival of the newest delivery that no run has seen, of all pairs, in epoch seconds; None if there is none."""
    with database.reading() as connection:
        newest = connection.scalar(select(func.max(TABLE.c.received_at)).where(TABLE.c.seen_at.is_(None)))
    return newest.timestamp() if newest else None


def mark_seen(state: PairState, digests: Collection[str], at: datetime) -> None:
    """State that a run has seen these deliveries: it uses them or leaves them to an ordinary run."""
    if not digests:
        return
    with state.transaction() as connection:
        own = (
            TABLE.c.pair_id == state.pair_id,
            in_keys(connection, TABLE.c.digest, digests),
            TABLE.c.seen_at.is_(None),
        )
        connection.execute(update(TABLE).where(*own).values(seen_at=at))


def last_sent_at(state: PairState) -> pd.Timestamp | None:
    """When Livestorm last sent a delivery, by its clock; None if it never did."""
    query = select(WebhookActivity.last_sent_at).where(WebhookActivity.pair_id == state.pair_id)
    with state.reading() as connection:
        sent = connection.scalar(query)
    return pd.Timestamp(sent) if sent else None


def _encodable(document: dict[str, Any]) -> dict[str, Any]:
    """A document without lone surrogates, which JSON can express and UTF-8 cannot."""
    cleaned: dict[str, Any] = json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "ignore"))
    return cleaned


def sessions_not_in_every_list(state: PairState, known: pd.DataFrame) -> list[str]:
    """Ids of sessions with deliveries that not every run lists, or that no run has listed yet.

    Args:
        known: sessions as last loaded, columns `scope.KNOWN_COLUMNS`.
    """
    infrequent = known.loc[listing.not_in_every_list(known), "session_id"]
    listed = {*known["session_id"]} - {*infrequent}
    query = select(TABLE.c.session_id).where(TABLE.c.pair_id == state.pair_id).distinct()
    with state.reading() as connection:
        return sorted({*connection.scalars(query)} - listed)


def read_deliveries(state: PairState) -> dict[str, dict[str, dict[str, Any]]]:
    """All deliveries, oldest first: session id, digest, registrant."""
    query = select(TABLE.c.session_id, TABLE.c.digest, TABLE.c.registrant).where(TABLE.c.pair_id == state.pair_id)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    with state.reading() as connection:
        for session_id, digest, registrant in connection.execute(query.order_by(TABLE.c.received_at, TABLE.c.digest)):
            found.setdefault(session_id, {})[digest] = registrant
    return found


def remove(state: PairState, digests: Collection[str]) -> None:
    """Delete deliveries that a run has used."""
    if not digests:
        return
    with state.transaction() as connection:
        of_digests = in_keys(connection, TABLE.c.digest, digests)
        connection.execute(delete(TABLE).where(TABLE.c.pair_id == state.pair_id, of_digests))


def prune(database: Database, oldest: pd.Timestamp) -> None:
    """Delete the deliveries of all pairs that arrived before `oldest`."""
    with database.transaction() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.received_at < oldest.to_pydatetime()))
