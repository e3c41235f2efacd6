"""Whose people are read now, all of them or only the new ones, and what waits when calls run short.

A list of sessions shows how many registered and, after the end, how many attended; it never shows who watched a
replay or corrected an answer. So what a list shows is read at once, what it hides is read at intervals, and only the
latter waits when the month runs ahead of its pace. Pure: the clock is `now`.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from livestorm_salesforce.config.mapping import ReadingRules
from livestorm_salesforce.domain.sessions.quota import BAND, Quota
from livestorm_salesforce.domain.sessions.refresh_priority import HOUR, end_time, interval_hours, without_count, worth
from livestorm_salesforce.domain.sessions.scope import NEVER, OPEN, OVER, WAITING, Request
from livestorm_salesforce.domain.sessions.webhook_deliveries import delivery_frame
from livestorm_salesforce.domain.shared.reasons import first_reason
from livestorm_salesforce.enums import ReadMode

PAGE_SIZE = 50  # registrants per Livestorm call (API: pagination)

ROUTINE_COST = 10_000.0  # routine reads queue behind all others, those that are worth the most first
ON_DEMAND_AHEAD = 24.0  # hours: an on-demand session waits like one of tomorrow
SLACK = 0.05  # hours: runs do not start on the second, and the next list of old sessions is a day later
LONGEST_SHARE = 0.75  # of the time until a session, however much the month strains
NO_BUDGET = "the calls of this run or month are spoken for"
AHEAD_OF_PACE = "the month's calls are ahead of pace: reads that only refresh wait"
DELIVERED = "Livestorm told of changes"
LEFT = "somebody left: who is new is told by the whole list only"
PARTIAL = "Livestorm told of some; the rest waits"
FEW = "few new registrants and time until the session: read together, to save calls"


def decide_reading(
    scoped: pd.DataFrame,
    request: Request,
    rules: ReadingRules,
    now: pd.Timestamp,
    told: pd.DataFrame | None = None,
    overdue: Collection[str] = (),
) -> pd.DataFrame:
    """Add `read`, `read_reason`, `read_mode`, `refresh_only`, `has_new`, `pages` (calls), `urgency` (smaller is
    sooner), `delivered` and `unaccounted`.

    The new people of a session are read by their change time. After the end everybody is read, because attendance
    need not move that time; so are replay views, at intervals.

    Args:
        told: what webhooks told, columns `DELIVERY_COLUMNS`; sessions that it does not name were not told of.
        overdue: ids of sessions with a refused row that has waited long enough, or was refused under another mapping.
    """
    frame = scoped.merge(
        delivery_frame([]) if told is None else told, on="session_id", how="left", validate="one_to_one"
    )
    frame["delivered"] = frame["delivered"].fillna(0).astype("int64")
    readable = frame["scope"] & frame["status"].isin([*OPEN, *OVER]) & (frame["registrants_count"] != 0)
    everybody = first_reason(_reasons_for_all(frame, request, rules, now), "", frame.index).where(readable, "")
    waited = (now - frame["full_at"].fillna(NEVER)) / HOUR
    interval = interval_hours(frame, request, rules, now)
    again = _reasons_to_refresh(frame, rules, waited + SLACK >= interval, overdue)
    routinely = first_reason(again, "", frame.index).where(readable, "")
    refresh = routinely != ""
    newcomers = first_reason(_reasons_for_new(frame, request), "", frame.index).where(readable, "")
    frame["read_mode"] = np.where((everybody != "") | refresh, ReadMode.FULL, ReadMode.INCREMENTAL)
    refresh_only = refresh & (everybody == "")
    why = everybody.mask(everybody == "", newcomers)
    why = why.mask((why == "") & readable & (frame["delivered"] > 0), DELIVERED)
    frame["read_mode"] = _for_nothing(frame, request.manual)
    frame["read_reason"] = why.mask(refresh & why.isin(["", DELIVERED]), routinely)
    frame["read"] = frame["read_reason"] != ""
    frame["refresh_only"] = refresh_only & (not request.manual)
    frame["has_new"] = newcomers != ""
    frame["refused"] = frame["session_id"].isin(overdue)
    return _weighed(frame, waited, interval, now).drop(columns="refused")


def _reasons_for_all(
    frame: pd.DataFrame, request: Request, rules: ReadingRules, now: pd.Timestamp
) -> list[tuple[pd.Series | np.ndarray, str]]:
    over = frame["status"] == "past"
    told_at, unread = attendance_available(frame, rules)
    return [
        (frame["read_at"].isna(), "first reading"),
        (frame["retry"], "rows refused or unread last time"),
        (np.full(len(frame), request.full_read), "full read asked for"),
        (unread & ((now >= told_at) | request.manual), "it has ended"),
        (over & ~unread & _differs(frame, "attendees_count"), "its counts changed"),
        (_left(frame), LEFT),
    ]


def _left(frame: pd.DataFrame) -> pd.Series:
    """Sessions with fewer people than are known: who is new there cannot be proved by the count, only by the list."""
    fewer = frame["registrants_count"] < frame["known_registrants_count"]
    return (fewer & ~(frame["unaccounted"] >= 0)) | (frame["unaccounted"] < 0)


def attendance_available(frame: pd.DataFrame, rules: ReadingRules) -> tuple[pd.Series, pd.Series]:
    """When Livestorm tells who came, and the sessions that are over and whose people were not all read since.

    Needs status, full_at and what `refreshing.ended` looks at.
    """
    told_at = end_time(frame) + pd.Timedelta(minutes=rules.attendance_minutes)
    return told_at, (frame["status"] == "past") & (frame["full_at"].fillna(NEVER) < told_at)


def _reasons_to_refresh(
    frame: pd.DataFrame, rules: ReadingRules, waited: pd.Series, overdue: Collection[str]
) -> list[tuple[pd.Series, str]]:
    """Why everybody is read again when calls are to spare. Whether a registration moves a session's change time is not
    documented: where the count moved too, the new people are read, and no more."""
    settled = (frame["status"] == "past") & ~attendance_available(frame, rules)[1]
    touched = frame["updated_at"] > frame["known_updated_at"].fillna(NEVER)
    return [
        (settled & touched & ~_differs(frame, "registrants_count"), "it was changed in Livestorm"),
        (frame["session_id"].isin(overdue), "a refused row is tried again"),
        (waited, "its interval has passed"),
    ]


def _reasons_for_new(frame: pd.DataFrame, request: Request) -> list[tuple[pd.Series | np.ndarray, str]]:
    return [
        (_differs(frame, "registrants_count"), "its counts changed"),
        ((frame["status"] != frame["known_status"]) & (frame["known_status"] != WAITING), "its state changed"),
        (np.full(len(frame), request.manual) & frame["status"].isin(OPEN), "the run was started by hand"),
    ]


def _weighed(frame: pd.DataFrame, waited: pd.Series, interval: pd.Series, now: pd.Timestamp) -> pd.DataFrame:
    """Add what a read costs and how urgent it is: the nearest session first, then refreshing by what it is worth."""
    frame = frame.assign(pages=_pages(frame))
    since_end = (now - end_time(frame)) / HOUR
    turn = ROUTINE_COST - worth(frame, since_end, waited, waited / interval).clip(upper=ROUTINE_COST / 2)
    return frame.assign(urgency=since_end.abs().fillna(24.0).mask(frame["refresh_only"], turn))


def keep_within(
    frame: pd.DataFrame,
    calls: int,
    quota: Quota | None = None,
    rules: ReadingRules | None = None,
    *,
    all_listed: bool = True,
) -> pd.DataFrame:
    """Put off what can wait: columns `put_off` and `put_off_why`.

    1. Ahead of the month's pace: reads that only refresh, and the few new people of sessions still ahead.
    2. Whatever passes the `calls` at hand, the least urgent first.

    What costs no call never waits: of a session that waits, those are read whom webhooks told of (partial).

    Args:
        all_listed: old and on-demand sessions are among these. Where they are not, the calls that are kept for
            refreshing are kept for them.
    """
    why = pd.Series("", index=frame.index, dtype="str")
    if quota is not None and rules is not None:
        waiting = _too_many(frame[frame["read"] & frame["refresh_only"]], quota, all_listed)
        why[waiting] = AHEAD_OF_PACE
        frame = _only_new(frame, frame.index.isin(waiting) & frame["has_new"])
        why = why.mask(frame["has_new"] & (why == AHEAD_OF_PACE), "")
        why = why.mask(_may_wait(frame, rules, quota), FEW)
    queue = frame[frame["read"] & (why == "") & (frame["pages"] > 0)].sort_values(["urgency", "session_id"])
    why[queue.index[queue["pages"].cumsum() > calls]] = NO_BUDGET
    part = (why != "") & (frame["delivered"] > 0)
    frame = _only_told(frame, part)
    why = why.mask(part, "")
    deferred = why != ""
    return frame.assign(deferred=deferred, deferred_reason=why, read=frame["read"] & ~deferred)


def _too_many(refresh_only: pd.DataFrame, quota: Quota, all_listed: bool) -> pd.Index:
    """Reads that only refresh, and for which the calls do not last: those that are worth the least."""
    queue = refresh_only.sort_values(["urgency", "session_id"])
    waiting = queue.index[queue["pages"].cumsum() > quota.refresh_headroom]
    if all_listed:
        return waiting
    queue = queue[~without_count(queue)]
    return waiting.union(queue.index[queue["pages"].cumsum() > quota.unreserved_headroom])


def batches(frame: pd.DataFrame, registrants: int) -> list[list[str]]:
    """Sessions to read, most urgent first, in groups of about that many registrants."""
    queue = frame[frame["read"]].sort_values(["urgency", "session_id"])
    if queue.empty:
        return []
    rows = np.maximum(queue["pages"] * PAGE_SIZE, queue["delivered"]).clip(lower=1)
    group = rows.cumsum().sub(1) // registrants
    return [part["session_id"].tolist() for _, part in queue.groupby(group)]


def refreshing(frame: pd.DataFrame) -> int:
    """Calls of the reads that only refresh."""
    return int(frame.loc[frame["read"] & frame["refresh_only"], "pages"].sum())


def on_demand_wait(rules: ReadingRules, pressure: float, *, told: bool = False) -> pd.Timedelta:
    """Time between two lists of on-demand sessions. These have no start to be in time for: the more the month strains,
    the rarer they are listed. Where webhooks told of one, every run lists them until the month is ahead of its pace."""
    return pd.Timedelta(minutes=rules.on_demand_minutes) * (max(0.0, pressure - BAND) if told else 1 + pressure)


def _may_wait(frame: pd.DataFrame, rules: ReadingRules, quota: Quota) -> pd.Series:
    """Few registrants more or fewer in a session still ahead: the further it is, the longer they wait. The more the
    month strains, the more count as few, and the longer they wait. A mere change of state waits for what follows it."""
    moved = (frame["registrants_count"] - frame["known_registrants_count"]).abs()
    moved = frame["unaccounted"].abs().fillna(moved)
    few = (moved < rules.patience_registrants * quota.pressure) & frame["read"]
    few &= (frame["read_mode"] == ReadMode.INCREMENTAL) | (frame["read_reason"] == LEFT)
    ahead = ((frame["estimated_started_at"] - quota.now) / HOUR).mask(frame["status"] == "on_demand", ON_DEMAND_AHEAD)
    waited = (quota.now - frame["read_at"].fillna(NEVER)) / HOUR
    share = min(LONGEST_SHARE, rules.patience_percent / 100 * (1 + quota.pressure))
    return few & ((waited < ahead * share) | (moved == 0))


def _only_new(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Where everybody was to be read again and must wait, the new people are read all the same."""
    frame = frame.assign(
        read_mode=frame["read_mode"].mask(rows, ReadMode.INCREMENTAL), refresh_only=frame["refresh_only"] & ~rows
    )
    frame["read_mode"] = _for_nothing(frame, manual=False)
    frame["urgency"] = frame["urgency"].mask(rows, 0.0)
    return frame.assign(pages=_pages(frame))


def _only_told(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """Sessions that wait, of which those are read whom webhooks told of."""
    read_mode, refresh_only = frame["read_mode"].mask(rows, ReadMode.WEBHOOK_PARTIAL), frame["refresh_only"] & ~rows
    frame = frame.assign(
        read_mode=read_mode, refresh_only=refresh_only, read_reason=frame["read_reason"].mask(rows, PARTIAL)
    )
    return frame.assign(pages=_pages(frame))


def _for_nothing(frame: pd.DataFrame, manual: bool) -> pd.Series:
    """`people`, where those known and those told of make up the session's count: no call could bring more. Who
    triggers a run by hand does not want to believe that."""
    free = (frame["read_mode"] == ReadMode.INCREMENTAL) & (frame["unaccounted"] == 0)
    return frame["read_mode"].mask(free & (not manual), ReadMode.WEBHOOK_ONLY)


def _pages(frame: pd.DataFrame) -> pd.Series:
    """Calls that reading a session costs."""
    grown = (frame["registrants_count"] - frame["known_registrants_count"]).clip(lower=0)
    rows = frame["registrants_count"].where(frame["read_mode"] != ReadMode.INCREMENTAL, grown)
    pages = np.maximum(1, np.ceil(rows.fillna(0) / PAGE_SIZE))
    return pages.mask(frame["read_mode"].isin([ReadMode.WEBHOOK_ONLY, ReadMode.WEBHOOK_PARTIAL]), 0).astype("int64")


def _differs(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name].fillna(-1) != frame[f"known_{name}"].fillna(-1)
