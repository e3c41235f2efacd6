"""Tables of writes: quarantine, audit log, write-ahead log, and what was learned from the org."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from livestorm_salesforce.state.column_types import Hash64
from livestorm_salesforce.state.tables.base import Base


class Quarantine(Base):
    """A registration that Salesforce rejected: `domain.report.quarantine.COLUMNS`."""

    __tablename__ = "quarantine"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    object: Mapped[str | None]
    code: Mapped[str | None]
    message: Mapped[str | None]
    fields: Mapped[str | None]
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    tries: Mapped[int]
    person_hash: Mapped[int | None] = mapped_column(Hash64)
    member_hash: Mapped[int | None] = mapped_column(Hash64)
    mapping_hash: Mapped[int | None] = mapped_column(Hash64)
    due: Mapped[bool]
    dismissed: Mapped[bool]
    dismiss_reason: Mapped[str | None]
    run_id: Mapped[str | None]


class AuditEntry(Base):
    """One written field. `source_key` is the e-mail key of a person; `how` is a `Detection`."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    pair_id: Mapped[str]
    run_id: Mapped[str]
    task: Mapped[str]
    try_number: Mapped[int]
    at: Mapped[datetime]
    action: Mapped[str | None]
    object: Mapped[str | None]
    record_id: Mapped[str | None]
    field: Mapped[str | None]
    before: Mapped[str | None]
    after: Mapped[str | None]
    reason: Mapped[str | None]
    source_key: Mapped[str | None]
    campaign_ref: Mapped[str | None]
    how: Mapped[str | None]
    __table_args__ = (
        Index(None, "pair_id", "record_id", "field"),
        Index(None, "pair_id", "source_key"),
        Index(None, "pair_id", "run_id"),
        Index(None, "pair_id", "at"),
        Index(None, "pair_id", "object", "field", "action", "reason"),
        Index(None, "pair_id", "campaign_ref"),
    )


class WriteIntent(Base):
    """A load or an undo whose result is not known completely (`writers.write_ahead_log`)."""

    __tablename__ = "write_intent"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    dag_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    recorded_at: Mapped[float]
    details: Mapped[dict[str, Any]]


class LastWrite(Base):
    """Epoch seconds of the last write of an attempt."""

    __tablename__ = "last_write"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    try_number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float]


class TransactionSize(Base):
    """Rows per transaction that the org's automation accepts, by object; only sizes below the limit are stored."""

    __tablename__ = "transaction_size"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    object: Mapped[str] = mapped_column(primary_key=True)
    rows: Mapped[int]
    successes: Mapped[int]


class OrgDescribe(Base):
    """Reduced describe results of the org's objects. `read_at` is in epoch seconds."""

    __tablename__ = "org_describe"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    read_at: Mapped[float]
    objects: Mapped[dict[str, Any]]
