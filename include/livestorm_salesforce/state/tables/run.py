"""Tables of runs: reports, failures, notifications, approvals, setup, erasures, webhook deliveries, rate limit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from livestorm_salesforce.state.tables.base import Base


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
    __table_args__ = (Index(None, "pair_id", "started_at"),)


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

    It belongs to no pair: a check may fail before the pair is known. `name` is `latest`, or `deployment` and a run id
    for the document of a deployment: what was missing, who has approved it and when.
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
        counts: files searched, rows and lines removed, rows by table, paths that could not be read or are left.
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
