"""What needs a person: people held back by person and cause, and everything else that waits, from literal facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from livestorm_salesforce.domain.report.quarantine import MAX_TRANSIENT_TRIES, TRANSIENT_CODES
from livestorm_salesforce.enums import Severity, SObject
from livestorm_salesforce.problems import ProblemCode
from livestorm_salesforce.state.quarantine_queries import HeldRow

#: Joins the ids of a group in one form field; Livestorm's ids contain neither.
SEPARATOR = "|"


@dataclass(frozen=True)
class HeldGroup:
    """Rows in quarantine of one person, or of one refused Campaign, with one cause.

    Attributes:
        is_campaign: the Campaign of a webinar was refused, so everybody of the webinar is held back.
        rows: oldest first.
        next_at: when the rows are sent again; None: with the next run.
    """

    is_campaign: bool
    rows: tuple[HeldRow, ...]
    next_at: datetime | None

    @property
    def code(self) -> str:
        """Code of the cause; empty if Salesforce gave none."""
        return self.rows[0].code or ""

    @property
    def message(self) -> str:
        """Salesforce's message of the newest row; it may quote values."""
        return self.rows[-1].message or ""

    @property
    def since(self) -> datetime | None:
        """Time of the first refusal."""
        return min((row.first_at for row in self.rows if row.first_at), default=None)

    @property
    def tries(self) -> int:
        """Number of attempts of the row that was tried most often."""
        return max(row.tries for row in self.rows)

    @property
    def dismissed(self) -> bool:
        """Whether a person dismissed the rows."""
        return self.rows[0].dismissed

    @property
    def webinars(self) -> list[HeldRow]:
        """One row per webinar."""
        return list({row.session_id: row for row in self.rows}.values())

    @property
    def people(self) -> int:
        """Number of registrants."""
        return len({row.person_id for row in self.rows})

    @property
    def ids(self) -> str:
        """The rows as one form value, for `parse_groups`: the session of a Campaign, session and registrant else."""
        if self.is_campaign:
            return self.rows[0].session_id
        return SEPARATOR.join(f"{row.session_id} {row.person_id}" for row in self.rows)


def parse_groups(values: Sequence[str]) -> list[str]:
    """The ids of the selected groups, for the param `ids` of the quarantine DAG."""
    return list(dict.fromkeys(one.strip() for value in values for one in value.split(SEPARATOR) if one.strip()))


def held_groups(
    rows: Sequence[HeldRow], person_of: Callable[[HeldRow], str], wait: timedelta, now: datetime
) -> list[HeldGroup]:
    """The rows by person and cause, dismissed ones apart from others, oldest first.

    Args:
        person_of: what identifies the person of a row.
        wait: time between two attempts.
    """
    groups: dict[tuple[Any, ...], list[HeldRow]] = {}
    for row in rows:
        is_campaign = row.object == SObject.CAMPAIGN
        key = (is_campaign, row.session_id if is_campaign else person_of(row), row.code, row.dismissed)
        groups.setdefault(key, []).append(row)
    return [HeldGroup(key[0], tuple(own), next_attempt(own, wait, now)) for key, own in groups.items()]


def next_attempt(rows: Sequence[HeldRow], wait: timedelta, now: datetime) -> datetime | None:
    """When the first of these rows is sent again (`domain.report.quarantine.due`); None: with the next run."""
    times = [_next_attempt(row, wait) for row in rows]
    earliest = min((at for at in times if at), default=None)
    return None if None in times or earliest is None or earliest <= now else earliest


def _next_attempt(row: HeldRow, wait: timedelta) -> datetime | None:
    is_transient = row.code in TRANSIENT_CODES and row.tries < MAX_TRANSIENT_TRIES
    return None if row.due or is_transient or row.last_at is None else row.last_at + wait


def open_problems(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Problems of a run that a person should settle, without the rows that the quarantine lists."""
    return [
        problem
        for problem in report.get("problems", [])
        if problem["severity"] in (Severity.PROBLEM, Severity.FAILED) or problem["code"] == ProblemCode.WEBHOOKS_MISSED
    ]
