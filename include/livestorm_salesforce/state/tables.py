"""The tables of the state database. Every table belongs to a pair (`pair_id`), except `pair`, `rate_window`,
`task_failure`, `notification`, `setup_check` and `erasure_certificate`.

Tables with personal data: `quarantine` (messages), `audit`, `webhook_delivery`. E-mail addresses are stored as HMAC
elsewhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from livestorm_salesforce.state.column_types import Hash64, UtcTime

NAMING = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}


class Base(DeclarativeBase):
    """Declares the types of annotated columns."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcTime, str: Text, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class Pair(Base):
    """A pair of a Livestorm organisation and a Salesforce org.

    Attributes:
        organization_id, org_id: ids of both, as the services tell them, see `runs.identity`.
        activated_at: sessions that ended before it are out of scope (R12, Q5).
        hmac_key: secret of the e-mail HMACs.
    """

    __tablename__ = "pair"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    org_id: Mapped[str]
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    hmac_key: Mapped[str]


class ConnectionBinding(Base):
    """The pair that connections lead to. `fingerprint` changes when a connection is edited; `address` are the addresses
    of both services.
    """

    __tablename__ = "connection_binding"
    livestorm_conn_id: Mapped[str] = mapped_column(primary_key=True)
    salesforce_conn_id: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    pair_id: Mapped[str]
    address: Mapped[str]
    bound_at: Mapped[datetime]


class SyncPosition(Base):
    """Times and call allowance after the last successful run. Times are those of Livestorm's clock.

    Attributes:
        listings: time of the last read of each list (`listing.LISTS`).
        window_began: start of the current 30-day window of Livestorm's allowance.
    """

    __tablename__ = "sync_position"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    last_success: Mapped[datetime]
    listings: Mapped[dict[str, Any]]
    window_began: Mapped[datetime | None]
    remaining: Mapped[int | None]
    refreshed: Mapped[int]


class Session(Base):
    """A session as last loaded: `scope.KNOWN_COLUMNS`."""

    __tablename__ = "session"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str | None]
    campaign_id: Mapped[str | None]
    campaign_created: Mapped[str | None]
    registrants_count: Mapped[float | None]
    attendees_count: Mapped[float | None]
    updated_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    full_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    roster_excess: Mapped[float | None]
    retry: Mapped[bool]


class SessionListing(Base):
    """A session as last listed, with its Campaign or the reason why it has none; for pages, warehouse tools, and runs
    that webhooks start, which list nothing.

    Attributes:
        in_scope: whether the session has or gets a Campaign.
        note: why it has no Campaign, or why its registrants were not read; a text of the report.
        listed_at: time of the run by Livestorm's clock.
    """

    __tablename__ = "session_listing"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str | None]
    title: Mapped[str | None]
    name: Mapped[str | None]
    status: Mapped[str]
    in_scope: Mapped[bool]
    note: Mapped[str]
    campaign_id: Mapped[str | None]
    timezone: Mapped[str | None]
    breakout_room_parent_session_id: Mapped[str | None]
    starts_at: Mapped[datetime | None]
    estimated_started_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    registrants_count: Mapped[float | None]
    attendees_count: Mapped[float | None]
    listed_at: Mapped[datetime]
    run_id: Mapped[str]
    __table_args__ = (Index(None, "pair_id", "starts_at"),)


class Event(Base):
    """An event as last listed: `contracts.EVENTS`."""

    __tablename__ = "event"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    registration_link: Mapped[str | None]
    language: Mapped[str | None]
    scheduling_status: Mapped[str | None]
    status: Mapped[str | None]
    description: Mapped[str | None]
    form: Mapped[str | None]
    tags: Mapped[str | None]
    estimated_duration: Mapped[float | None]
    updated_at: Mapped[datetime | None]


class RegistrantList(Base):
    """A session whose registrants were read in full at least once; it may have none."""

    __tablename__ = "registrant_list"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)


class Registration(Base):
    """A registration as of the last read.

    Attributes:
        in_list: whether the registrant was in the session's list at the last read.
        person_hash, member_hash: hashes of the loaded values; null if Salesforce does not hold the values.
        record_id: Salesforce id of the Lead or Contact.
        campaign_id: Salesforce id of the Campaign that this record was left a member of.
        attended, watched: whether Livestorm says that the person attended the session, or watched its replay.
        loaded_at: end of the run that loaded the member for the first time, by the host's clock.
        bucket, reason: how the last run that read the registration accounted for it.
    """

    __tablename__ = "registration"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    email_hmac: Mapped[str | None]
    in_list: Mapped[bool]
    registered_at: Mapped[datetime | None]
    person_hash: Mapped[int | None] = mapped_column(Hash64)
    member_hash: Mapped[int | None] = mapped_column(Hash64)
    record_id: Mapped[str | None]
    campaign_id: Mapped[str | None]
    attended: Mapped[bool | None]
    watched: Mapped[bool | None]
    loaded_at: Mapped[datetime | None]
    bucket: Mapped[str | None]
    reason: Mapped[str | None]
    run_id: Mapped[str | None]
    __table_args__ = (Index(None, "pair_id", "email_hmac"), Index(None, "pair_id", "record_id"))


class LatestAnswer(Base):
    """Per person the registration time of the answer last written, by attribute (milliseconds since 1970).

    One row per person: 100,000 registrants with ten attributes are 100,000 rows, not a million.
    """

    __tablename__ = "latest_answer"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    email_hmac: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[dict[str, Any]]


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


class WebhookDelivery(Base):
    """A registrant delivered by a webhook, until a run has used it.

    `seen_at`: when a run copied it or left it to an ordinary run; until then it may start a run.
    """

    __tablename__ = "webhook_delivery"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(index=True)
    received_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    registrant: Mapped[dict[str, Any]]


class WebhookActivity(Base):
    """When Livestorm last sent a delivery, by its own clock: it ends a subscription without notice."""

    __tablename__ = "webhook_activity"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    last_sent_at: Mapped[datetime]


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


class Run(Base):
    """A DAG run of this project. `report` is its public report: counts, codes and ids, no personal data.

    Times are epoch seconds of the host; `ended_at` is null while a task may hold personal data in memory.
    """

    __tablename__ = "run"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    dag_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(primary_key=True)
    is_manual: Mapped[bool]
    mode: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    verdict: Mapped[str | None]
    report: Mapped[dict[str, Any] | None]


class TaskFailure(Base):
    """A failed attempt of a task. It belongs to no pair: a run may fail before the pair is known.

    Attributes:
        map_index: -1 if the task is not mapped.
        error: class of the error.
        cause, remedy: its message, without personal data.
        will_retry: whether Airflow runs the task again.
    """

    __tablename__ = "task_failure"
    dag_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(primary_key=True)
    map_index: Mapped[int] = mapped_column(primary_key=True)
    try_number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    error: Mapped[str]
    cause: Mapped[str]
    remedy: Mapped[str]
    will_retry: Mapped[bool]


class Notification(Base):
    """The state last notified per subject: a notification is sent once per change."""

    __tablename__ = "notification"
    subject: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    at: Mapped[datetime]


class Approval(Base):
    """The answer to the question whether a plan is written.

    Attributes:
        plan_hash: identifies the plan that was shown.
        decision: the chosen option.
        decided_by: user of Airflow; null if nobody answered in time.
    """

    __tablename__ = "approval"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    dag_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    plan_hash: Mapped[str]
    decision: Mapped[str]
    decided_by: Mapped[str | None]


class SetupCheck(Base):
    """The last result of the setup checklist: lines of `tasks.setup.items.CheckItem`, without secrets.

    It belongs to no pair: a check may fail before the pair is known. `name` is always the same.
    """

    __tablename__ = "setup_check"
    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    items: Mapped[list[Any]]


class ErasureCertificate(Base):
    """The result of an erasure in all pairs. It holds neither the address nor its HMAC.

    Attributes:
        run_id: of the DAG run, or of the command.
        is_complete: whether everything was searched and nothing of the person is left.
        cause, remedy: of an incomplete erasure.
        counts: files searched, rows and lines removed.
    """

    __tablename__ = "erasure_certificate"
    run_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    is_complete: Mapped[bool]
    cause: Mapped[str]
    remedy: Mapped[str]
    counts: Mapped[dict[str, Any]]


class RateWindow(Base):
    """Times of the last requests to one workspace, in seconds of the database's clock; see `rate_limit`."""

    __tablename__ = "rate_window"
    workspace: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[list[Any]]
