"""The health of the sync in one word with its cause: pure decisions on what Airflow and the state database say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from livestorm_salesforce.web.airflow_data import DagRunState, Schedule

#: A last success older than this many intervals of the schedule is overdue.
OVERDUE_INTERVALS = 3
WINDOW_DAYS = 30


class Health(StrEnum):
    """Health of the sync, most serious first. The value is part of the ids of its messages."""

    NOT_SET_UP = "not-set-up"
    NOT_SYNCED = "not-synced"
    PAUSED = "paused"
    FAILED = "failed"
    OVERDUE = "overdue"
    ATTENTION = "attention"
    WAITING = "waiting"
    OK = "ok"


@dataclass(frozen=True)
class Facts:
    """What the health is decided from.

    Attributes:
        ended: the ended run of the sync that decides (`freshness.Freshness.decisive`).
        last_success: end of the last successful run that was no preview.
        open_items: people in quarantine, and other problems of the last run.
        approvals: questions that wait for an answer.
    """

    schedule: Schedule
    ended: DagRunState | None
    last_success: datetime | None
    open_items: int
    approvals: int
    now: datetime


def health_of(facts: Facts) -> Health:
    """The most serious state that applies."""
    schedule = facts.schedule
    if not schedule.is_known or (facts.last_success is None and facts.ended is None):
        return Health.NOT_SET_UP
    if facts.ended and facts.ended.state == "failed":
        return Health.FAILED
    if facts.last_success is None:
        return Health.NOT_SYNCED
    if schedule.is_paused and schedule.next_at:
        return Health.PAUSED
    if is_overdue(facts.last_success, schedule.interval, facts.now):
        return Health.OVERDUE
    if facts.approvals:
        return Health.WAITING
    return Health.ATTENTION if facts.open_items else Health.OK


def is_overdue(last_success: datetime | None, interval: timedelta | None, now: datetime) -> bool:
    """Whether no run was successful for several intervals of the schedule."""
    if interval is None or last_success is None:
        return False
    return now - last_success > interval * OVERDUE_INTERVALS


@dataclass(frozen=True)
class Forecast:
    """Calls left at a service, and how long they are sufficient.

    Attributes:
        per_day: calls per day, from the runs of the last week.
        ends_at: end of the service's window.
        left_at_end: calls left then, at that rate; negative if they are not sufficient.
    """

    left: int
    per_day: float
    ends_at: datetime
    left_at_end: int

    @property
    def is_sufficient(self) -> bool:
        """Whether the calls last until the end of the window."""
        return self.left_at_end >= 0


def forecast(left: int, window_began: datetime, used: int, days: float, now: datetime) -> Forecast:
    """The forecast for Livestorm's window of 30 days.

    Args:
        left: calls left in the window.
        used: calls of the runs of the last days.
        days: number of these days, at least one hour.
    """
    ends_at = window_began + timedelta(days=WINDOW_DAYS)
    while ends_at <= now:
        ends_at += timedelta(days=WINDOW_DAYS)
    per_day = used / max(days, 1 / 24)
    remaining_days = (ends_at - now).total_seconds() / 86400
    return Forecast(left, per_day, ends_at, round(left - per_day * remaining_days))
