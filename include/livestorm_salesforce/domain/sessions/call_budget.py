"""Defers reads of sessions when Livestorm's calls are short."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.sessions import backfill
from livestorm_salesforce.domain.sessions.quota import Quota
from livestorm_salesforce.domain.sessions.read_schedule import READ_ORDER, UNREGISTERED, pages, without_needless_calls
from livestorm_salesforce.domain.sessions.refresh_priority import HOUR, without_count
from livestorm_salesforce.domain.sessions.scope import NEVER
from livestorm_salesforce.enums import ReadMode, SessionStatus

#: New registrants of an upcoming session that are deferred, per percent of quota pressure. With the next two constants
#: the result of the simulated month: the largest delays without exceeding the planned use (decision 0021).
FEW_PER_PERCENT = 3.5
#: They are deferred for at most this share of the time until the session, and as much again per percent of pressure.
DEFERRED_SHARE = 0.15
MAX_DEFERRED_SHARE = 0.75  # of the time until the session, at any pressure
ON_DEMAND_HOURS = 24.0  # an on-demand session is deferred like a session that starts in 24 hours

NO_BUDGET = "the calls of this run or month are used up"
AHEAD_OF_PACE = "the month's calls are ahead of plan: reads that only refresh are deferred"
FEW = "few new registrants and time until the session: read together, to save calls"
PARTIAL = "webhooks delivered some registrants; the others are deferred"


def apply_call_budget(
    frame: pd.DataFrame,
    calls: int,
    quota: Quota | None = None,
    *,
    all_listed: bool = True,
    backfill_calls: float = float("inf"),
) -> pd.DataFrame:
    """Add `deferred` and `deferred_reason`, and clear `read` of deferred sessions.

    1. Ahead of the month's planned use: reads that only refresh, and the few new registrants of upcoming sessions.
    2. Sessions of a backfill beyond `backfill_calls`, in a manual run too.
    3. Reads beyond `calls`, the last ones of `READ_ORDER` first.

    Registrants delivered by webhooks cost no call and are never deferred: their session is read as WEBHOOK_PARTIAL.

    Args:
        frame: columns of `read_schedule.decide_reading`.
        calls: calls left for this run.
        quota: the month's allowance; None in a manual run, which is not held to the month's plan.
        all_listed: whether old and on-demand sessions are among these. If not, the calls reserved for refreshes are
            left to them.
        backfill_calls: calls that the month's pace leaves for a backfill.
    """
    reason = pd.Series("", index=frame.index, dtype="str")
    if quota is not None:
        waiting = _refreshes_beyond(frame[frame["read"] & frame["refresh_only"]], quota, all_listed=all_listed)
        reason[waiting] = AHEAD_OF_PACE
        frame = _new_registrants_only(frame, frame.index.isin(waiting) & frame["has_new"])
        reason = reason.mask(frame["has_new"] & (reason == AHEAD_OF_PACE), "")
        reason = reason.mask(_few_and_early(frame, quota), FEW)
    reason[backfill.beyond_pace(frame, backfill_calls)] = backfill.PACED
    queue = frame[frame["read"] & (reason == "") & (frame["pages"] > 0)].sort_values(READ_ORDER)
    reason[queue.index[queue["pages"].cumsum() > calls]] = NO_BUDGET
    partial = (reason != "") & (frame["delivered"] > 0)
    frame, reason = _delivered_only(frame, partial), reason.mask(partial, "")
    deferred = reason != ""
    return frame.assign(deferred=deferred, deferred_reason=reason, read=frame["read"] & ~deferred)


def refresh_calls(frame: pd.DataFrame) -> int:
    """Calls of the reads that only refresh."""
    return int(frame.loc[frame["read"] & frame["refresh_only"], "pages"].sum())


def _refreshes_beyond(refreshes: pd.DataFrame, quota: Quota, *, all_listed: bool) -> pd.Index[int]:
    """Reads that only refresh and exceed the calls for them: those of the lowest priority."""
    queue = refreshes.sort_values(READ_ORDER)
    waiting = queue.index[queue["pages"].cumsum() > quota.refresh_headroom]
    if all_listed:
        return waiting
    queue = queue[~without_count(queue)]
    return waiting.union(queue.index[queue["pages"].cumsum() > quota.unreserved_headroom])


def _few_and_early(frame: pd.DataFrame, quota: Quota) -> pd.Series[bool]:
    """Few registrants more or fewer in a session that is not near: more count as few, and wait longer, with pressure.

    A mere change of status waits for the change that follows it.
    """
    changed = (frame["registrants_count"] - frame["known_registrants_count"]).abs()
    changed = frame["unaccounted"].abs().fillna(changed)
    few = (changed < FEW_PER_PERCENT * quota.pressure) & frame["read"]
    few &= (frame["read_mode"] == ReadMode.INCREMENTAL) | (frame["read_reason"] == UNREGISTERED)
    until_start = (frame["estimated_started_at"] - quota.now) / HOUR
    until_start = until_start.mask(frame["status"] == SessionStatus.ON_DEMAND, ON_DEMAND_HOURS)
    waited = (quota.now - frame["read_at"].fillna(NEVER)).dt.total_seconds() / 3_600
    share = min(MAX_DEFERRED_SHARE, DEFERRED_SHARE * (1 + quota.pressure))
    deferred: pd.Series[bool] = few & ((waited < until_start * share) | (changed == 0))
    return deferred


def _new_registrants_only(frame: pd.DataFrame, rows: pd.Series[bool]) -> pd.DataFrame:
    """Reads the new registrants of sessions whose refresh is deferred."""
    read_mode = frame["read_mode"].mask(rows, ReadMode.INCREMENTAL)
    frame = frame.assign(read_mode=read_mode, refresh_only=frame["refresh_only"] & ~rows)
    frame["read_mode"] = without_needless_calls(frame, manual=False)
    frame["urgency"] = frame["urgency"].mask(rows, 0.0)
    return frame.assign(pages=pages(frame))


def _delivered_only(frame: pd.DataFrame, rows: pd.Series[bool]) -> pd.DataFrame:
    """Reads the delivered registrants of deferred sessions."""
    frame = frame.assign(
        read_mode=frame["read_mode"].mask(rows, ReadMode.WEBHOOK_PARTIAL),
        refresh_only=frame["refresh_only"] & ~rows,
        read_reason=frame["read_reason"].mask(rows, PARTIAL),
    )
    return frame.assign(pages=pages(frame))
