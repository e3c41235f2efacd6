"""Which registrants of which sessions a run reads, before the call budget is applied.

Livestorm's list of sessions shows the number of registrants and, after the end, of attendees. It does not show replay
views or corrected answers. Changes that the list shows are read at once; the others are read at intervals
(`refresh_priority`), and only these reads are deferred when the month is ahead of its planned use (`call_budget`).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from livestorm_salesforce.config.sections import ReadingRules
from livestorm_salesforce.domain.sessions.refresh_priority import (
    HOUR,
    attendance_available,
    end_time,
    importance,
    interval_hours,
    refresh_priority,
)
from livestorm_salesforce.domain.sessions.scope import NEVER, OPEN, OVER, WAITING, Request
from livestorm_salesforce.domain.sessions.webhook_deliveries import delivery_frame
from livestorm_salesforce.domain.shared.reasons import Rules, first_reason
from livestorm_salesforce.enums import ReadMode, SessionStatus

PAGE_SIZE = 50  # registrants per Livestorm call (API: pagination)
#: An incremental read starts this long before the last read, for changes that arrive late in Livestorm's lists.
OVERLAP = pd.Timedelta(minutes=10)
#: Columns by which reads are ordered, the first one first.
READ_ORDER = ["importance", "urgency", "session_id"]
REFRESH_URGENCY = 10_000.0  # reads that only refresh queue behind all others, in the order of their priority
UNKNOWN_START_HOURS = 24.0  # urgency of a session without times
TOLERANCE_HOURS = 0.05  # runs start some seconds late, and the next list of old sessions is read a day later
DELIVERED = "webhooks delivered registrants"
UNREGISTERED = "registrants left: only a full read shows who is new"


def decide_reading(
    scoped: pd.DataFrame,
    request: Request,
    rules: ReadingRules,
    now: pd.Timestamp,
    deliveries: pd.DataFrame | None = None,
    overdue: Collection[str] = (),
) -> pd.DataFrame:
    """Decide what to read of each session.

    New registrants are selected by their change time. After the end of a session all registrants are read, because
    attendance may not change that time; the same holds for replay views, which are read at intervals.

    Args:
        scoped: sessions, columns of `scope.decide_scope`.
        request: the trigger form.
        rules: section `reading` of the mapping.
        now: time of the run.
        deliveries: columns `webhook_deliveries.DELIVERY_COLUMNS`; other sessions have no deliveries.
        overdue: ids of sessions with a refused row that is due for another attempt.

    Returns:
        `scoped` with `read`, `read_reason`, `read_mode` (`ReadMode`), `refresh_only`, `has_new`, `pages` (calls),
        `importance` and `urgency` (smaller is sooner), `delivered` and `unaccounted`.
    """
    frame = _with_deliveries(scoped, deliveries)
    waited = (now - frame["full_at"].fillna(NEVER)).dt.total_seconds() / 3_600
    interval = interval_hours(frame, request, rules, now)
    full = _reason(frame, _full_reasons(frame, request, rules, now))
    refresh = _reason(frame, _refresh_reasons(frame, rules, waited + TOLERANCE_HOURS >= interval, overdue))
    new = _reason(frame, _incremental_reasons(frame, request))
    delivered = _reason(frame, [(frame["delivered"] > 0, DELIVERED)])
    reason = full.where(full != "", new.where(new != "", delivered))
    frame["read_mode"] = np.where((full != "") | (refresh != ""), ReadMode.FULL, ReadMode.INCREMENTAL)
    frame["read_mode"] = without_needless_calls(frame, manual=request.manual)
    frame["read_reason"] = reason.mask((refresh != "") & reason.isin(["", DELIVERED]), refresh)
    frame["read"] = frame["read_reason"] != ""
    frame["refresh_only"] = (refresh != "") & (full == "") & (not request.manual)
    frame["has_new"] = new != ""
    frame["importance"] = importance(frame, rules)
    return _with_urgency(frame.assign(refused=frame["session_id"].isin(list(overdue))), waited, interval, now)


def _with_deliveries(scoped: pd.DataFrame, deliveries: pd.DataFrame | None) -> pd.DataFrame:
    """Add `delivered` (0 without deliveries) and `unaccounted`."""
    counts = delivery_frame([]) if deliveries is None else deliveries
    frame = scoped.merge(counts, on="session_id", how="left", validate="one_to_one")
    return frame.assign(delivered=frame["delivered"].fillna(0).astype("int64"))


def _reason(frame: pd.DataFrame, rules: Rules) -> pd.Series[str]:
    """The first reason that applies to each session; empty for sessions without registrants or out of scope."""
    readable = frame["scope"] & frame["status"].isin([*OPEN, *OVER]) & (frame["registrants_count"] != 0)
    return first_reason(rules, "", frame.index).where(readable, "")


def _full_reasons(frame: pd.DataFrame, request: Request, rules: ReadingRules, now: pd.Timestamp) -> Rules:
    over = frame["status"] == SessionStatus.PAST
    available, unread = attendance_available(frame, rules.attendance_minutes)
    return [
        (frame["read_at"].isna(), "first reading"),
        (frame["retry"], "rows refused or unread last time"),
        (np.full(len(frame), request.full_read), "full read requested"),
        (unread & ((now >= available) | request.manual), "the session has ended"),
        (over & ~unread & _differs(frame, "attendees_count"), "counts changed"),
        (_left(frame), UNREGISTERED),
    ]


def _left(frame: pd.DataFrame) -> pd.Series[bool]:
    """Sessions with fewer registrants than are known: the count cannot prove who is new."""
    fewer = frame["registrants_count"] < frame["known_registrants_count"]
    return (fewer & ~(frame["unaccounted"] >= 0)) | (frame["unaccounted"] < 0)


def _refresh_reasons(
    frame: pd.DataFrame, rules: ReadingRules, waited: pd.Series[bool], overdue: Collection[str]
) -> Rules:
    """Reasons for a full read when calls are available.

    It is not documented whether a registration changes the session's change time. Where the count changed too, an
    incremental read is sufficient.
    """
    settled = (frame["status"] == SessionStatus.PAST) & ~attendance_available(frame, rules.attendance_minutes)[1]
    changed = frame["updated_at"] > frame["known_updated_at"].fillna(NEVER)
    return [
        (settled & changed & ~_differs(frame, "registrants_count"), "changed in Livestorm"),
        (frame["session_id"].isin(list(overdue)), "a refused row is tried again"),
        (waited, "read interval passed"),
    ]


def _incremental_reasons(frame: pd.DataFrame, request: Request) -> Rules:
    return [
        (_differs(frame, "registrants_count"), "counts changed"),
        ((frame["status"] != frame["known_status"]) & (frame["known_status"] != WAITING), "status changed"),
        (np.full(len(frame), request.manual) & frame["status"].isin(OPEN), "manual run"),
    ]


def _with_urgency(
    frame: pd.DataFrame, waited: pd.Series[float], interval: pd.Series[float], now: pd.Timestamp
) -> pd.DataFrame:
    """Add `pages` and `urgency`: the session nearest in time first, then refreshes by their priority."""
    frame = frame.assign(pages=pages(frame))
    since_end = (now - end_time(frame)) / HOUR
    priority = refresh_priority(frame, since_end, waited, waited / interval).clip(upper=REFRESH_URGENCY / 2)
    urgency = since_end.abs().fillna(UNKNOWN_START_HOURS).mask(frame["refresh_only"], REFRESH_URGENCY - priority)
    return frame.assign(urgency=urgency).drop(columns="refused")


def without_needless_calls(frame: pd.DataFrame, *, manual: bool) -> pd.Series[str]:
    """`read_mode` as WEBHOOK_ONLY where known and delivered registrants account for the session's count.

    A call could bring no further registrant. A manual run reads nevertheless.
    """
    needless = (frame["read_mode"] == ReadMode.INCREMENTAL) & (frame["unaccounted"] == 0)
    return frame["read_mode"].mask(needless & (not manual), ReadMode.WEBHOOK_ONLY)


def pages(frame: pd.DataFrame) -> pd.Series[int]:
    """Calls that reading each session costs."""
    added = (frame["registrants_count"] - frame["known_registrants_count"]).clip(lower=0)
    rows = frame["registrants_count"].where(frame["read_mode"] != ReadMode.INCREMENTAL, added)
    calls = np.maximum(1, np.ceil(rows.fillna(0) / PAGE_SIZE))
    free = frame["read_mode"].isin([ReadMode.WEBHOOK_ONLY, ReadMode.WEBHOOK_PARTIAL])
    return pd.Series(calls, index=frame.index).mask(free, 0).astype("int64")


def _differs(frame: pd.DataFrame, name: str) -> pd.Series[bool]:
    return frame[name].fillna(-1) != frame[f"known_{name}"].fillna(-1)


def batches(frame: pd.DataFrame, registrants: int) -> list[list[str]]:
    """Ids of the sessions to read in `READ_ORDER`, in groups of about `registrants` registrants."""
    queue = frame[frame["read"]].sort_values(READ_ORDER)
    if queue.empty:
        return []
    pages_rows = queue["pages"] * PAGE_SIZE
    rows = pages_rows.where(pages_rows >= queue["delivered"], queue["delivered"]).clip(lower=1)
    group = rows.cumsum().sub(1) // registrants
    return [sessions["session_id"].tolist() for _, sessions in queue.groupby(group)]
