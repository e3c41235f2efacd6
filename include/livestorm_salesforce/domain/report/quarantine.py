"""The quarantine: rows that Salesforce rejected, and the decision when they are sent again.

A row is sent again when its values or the mapping changed (its hashes tell), when it has waited long enough, or when a
person requests it. It leaves the quarantine when it is loaded, is no longer eligible, or its registrant is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from livestorm_salesforce.domain.shared.joins import index_of, isin, take_rows
from livestorm_salesforce.problems import ProblemCode

TIME: Final = "datetime64[ms, UTC]"
ROW = ["session_id", "person_id"]
#: Codes with a temporary cause: the next run retries the row, but each attempt reads the whole session, which costs
#: calls of Livestorm's allowance.
TRANSIENT_CODES = frozenset(
    ["UNABLE_TO_LOCK_ROW", "UNPROCESSED", "DUPLICATE_VALUE", "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "UNKNOWN_ERROR"]
)
MAX_TRANSIENT_TRIES = 3
#: Codes of rows that time does not help: they are sent again by a manual run, with another mapping or other values, or
#: when their Campaign exists again.
MANUAL_CODES = frozenset(
    map(str, [ProblemCode.CAMPAIGN_DELETED, ProblemCode.CAMPAIGN_HIDDEN, ProblemCode.MEMBER_FROZEN])
)
HASHES = ["person_hash", "member_hash", "mapping_hash"]
COLUMNS = {
    "session_id": "str",
    "person_id": "str",
    "object": "str",
    "code": "str",
    "message": "str",
    "fields": "str",
    "first_at": TIME,
    "last_at": TIME,
    "tries": "int64",
    "person_hash": "uint64",
    "member_hash": "uint64",
    "mapping_hash": "uint64",
    "due": "bool",
    "dismissed": "bool",
    "dismiss_reason": "str",
    "run_id": "str",
}


@dataclass(frozen=True)
class RetryPolicy:
    """When rows in quarantine are sent again.

    Attributes:
        now: time of this run.
        wait: time between two attempts.
        at_once: whether all rows are sent in this run.
        mapping: `eligibility.mapping_hash` of the mapping; rows last sent with another one are sent again.
    """

    now: pd.Timestamp
    wait: pd.Timedelta
    at_once: bool
    mapping: int


def empty() -> pd.DataFrame:
    """A quarantine without rows."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns `COLUMNS` of a frame, with their types."""
    return rows.reindex(columns=list(COLUMNS)).astype(COLUMNS).reset_index(drop=True)


def due(quarantine: pd.DataFrame, policy: RetryPolicy) -> pd.Series:
    """Rows that are sent again although their values did not change.

    All rows of a session are due together, because each attempt reads the whole session. A dismissed row is due only
    with another mapping.
    """
    is_active = ~quarantine["dismissed"]
    is_remapped = quarantine["mapping_hash"] != np.uint64(policy.mapping)
    waited = policy.now - quarantine["last_at"]
    # a try that is dated a day ahead was stored while a clock was wrong
    has_waited = (waited >= policy.wait) | (waited < -pd.Timedelta(days=1))
    is_manual = quarantine["code"].isin(MANUAL_CODES)
    is_due = ((urgent(quarantine, policy) | (has_waited & ~is_manual)) & is_active) | is_remapped
    together = is_due.groupby(quarantine["session_id"]).transform("max").astype(bool)
    return (together & is_active & ~is_manual) | is_due


def urgent(quarantine: pd.DataFrame, policy: RetryPolicy) -> pd.Series:
    """Due rows that are sent however few calls are left this month."""
    is_transient = quarantine["code"].isin(TRANSIENT_CODES) & (quarantine["tries"] < MAX_TRANSIENT_TRIES)
    return ~quarantine["dismissed"] & (quarantine["due"] | is_transient | policy.at_once)


def exclude_quarantined(registrations: pd.DataFrame, quarantine: pd.DataFrame, policy: RetryPolicy) -> pd.DataFrame:
    """Mark rows in quarantine that are not due as unchanged, so that the plan does not contain them.

    Rows that are written as one are sent as one: if one row of a person or member is sent, all of them are.

    Returns:
        `registrations` with `hold_reason` (why a row is not sent, or empty) and `quarantine_code` (or null).
    """
    waiting = quarantine[~due(quarantine, policy)]
    places = index_of(identity(registrations), identity(waiting))
    is_held = _is_held(registrations, waiting, places)
    reasons = waiting[["code"]].assign(hold_reason=_hold_reasons(waiting, policy))
    held = take_rows(reasons, np.where(is_held, places, -1)).set_axis(registrations.index)
    return registrations.assign(
        hold_reason=held["hold_reason"].fillna("").astype("str"),
        quarantine_code=held["code"].astype("str"),
        person_changed=registrations["person_changed"] & ~is_held,
        member_changed=registrations["member_changed"] & ~is_held,
    )


def _is_held(rows: pd.DataFrame, waiting: pd.DataFrame, places: np.ndarray) -> pd.Series[bool]:
    """Changed rows with the same values as in quarantine; `places` are their row numbers there, -1 for none."""
    is_same = places >= 0
    for name in ("person_hash", "member_hash"):
        is_same[is_same] = waiting[name].to_numpy()[places[is_same]] == rows[name].to_numpy()[is_same]
    is_changed = rows["person_changed"] | rows["member_changed"]
    is_held = rows["is_eligible"] & is_same & is_changed
    for key, flag in (("email_key", "person_changed"), ("member", "member_changed")):
        if is_held.any():
            is_held &= ~isin(rows[key], rows.loc[rows[flag] & ~is_held, key])
    return is_held


def _hold_reasons(waiting: pd.DataFrame, policy: RetryPolicy) -> pd.Series:
    next_at = (waiting["last_at"] + policy.wait).dt.strftime("%Y-%m-%d %H:%M UTC")
    times = waiting["tries"].astype("str").where(waiting["tries"] != 1, "once").replace({"2": "twice"})
    times = times.where(times.isin(["once", "twice"]), times + " times")
    next_at = next_at.mask(waiting["code"].isin(MANUAL_CODES), "in a manual run")
    reasons = "in quarantine: " + waiting["code"] + ", tried " + times + ", next try " + next_at
    return reasons.mask(waiting["dismissed"], "dismissed from quarantine: " + waiting["code"]).astype("str")


def identity(rows: pd.DataFrame) -> pd.Series:
    """Session id and registrant id with a blank between them."""
    return rows["session_id"].astype("str") + " " + rows["person_id"].astype("str")


def matches(quarantine: pd.DataFrame, ids: list[str]) -> pd.Series:
    """Whether a row is selected by its session id, its registrant id, or both with a blank between them."""
    return quarantine["session_id"].isin(ids) | quarantine["person_id"].isin(ids) | identity(quarantine).isin(ids)


def retry(quarantine: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Make these rows due in the next run, also dismissed ones."""
    return typed(quarantine.assign(
        due=quarantine["due"] | rows, dismissed=quarantine["dismissed"] & ~rows,
        dismiss_reason=quarantine["dismiss_reason"].mask(rows, ""),
    ))  # fmt: skip


def dismiss(quarantine: pd.DataFrame, rows: pd.Series, reason: str) -> pd.DataFrame:
    """Do not send these rows again until their registrant or the mapping changes."""
    return typed(quarantine.assign(
        due=quarantine["due"] & ~rows, dismissed=quarantine["dismissed"] | rows,
        dismiss_reason=quarantine["dismiss_reason"].mask(rows, reason),
    ))  # fmt: skip
