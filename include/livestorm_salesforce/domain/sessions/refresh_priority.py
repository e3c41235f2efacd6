"""The order in which sessions are read, and how often a session is read in full although no list shows a change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from livestorm_salesforce.config.sections import ReadingRules
from livestorm_salesforce.domain.sessions.scope import AHEAD, NEVER, OPEN, Request
from livestorm_salesforce.enums import ReadPurpose, SessionStatus

HOUR = pd.Timedelta(hours=1)
DAY = 24.0  # hours
#: Hours between full reads of a session whose counts do not change, by status and hours since its end (Q16). New
#: registrations do not wait for these intervals. Replay views follow within the replay window (section `reading`).
UPCOMING_HOURS = 168.0  # only corrected answers are missed, and all registrants are read after the end
LIVE_HOURS = 6.0
ON_DEMAND_HOURS = 24.0
JUST_ENDED, JUST_ENDED_HOURS = 6.0, 3.0  # hours since the end, hours between reads: most replays are watched early
SETTLED, SETTLED_HOURS = 48.0, 12.0
#: Hours between full reads of an open session whose list entry has no count (nullable in the API's description):
#: registrations are read at least hourly (Q16), and runs start some seconds late.
UNCOUNTED_HOURS = 0.9
FIRST = 1e9  # priority of open sessions without a count: nothing else shows who registered


def refresh_priority(
    frame: pd.DataFrame, since_end: pd.Series[float], waited: pd.Series[float], overdue: pd.Series[float]
) -> pd.Series[float]:
    """Changed registrants that one call is expected to bring, relative to other sessions: more is read sooner.

    A replay is watched less often the older it is: about as often within the first day as within the two days after
    it, and as within the four days after those. The estimate is therefore the number of times the age of a session has
    doubled since its last full read, times the registrants per page. An on-demand session may change at any time. An
    upcoming session has only corrected answers to bring and is read in full after its end: it comes last, unless a
    refused row is due.

    Args:
        frame: `status`, `registrants_count`, `pages` (calls of the read) and `refused` (a refused row is due).
        since_end: hours since the end of the session.
        waited: hours since the last full read.
        overdue: `waited` in intervals of the session.
    """
    over = (frame["status"] == SessionStatus.PAST) & since_end.notna()
    age_at_read = (since_end - waited).clip(lower=0).where(over, 0.0)
    growth = (age_at_read + waited.clip(lower=0) + DAY) / (age_at_read + DAY)
    doublings = pd.Series(np.log2(growth), index=frame.index)
    expected = doublings * frame["registrants_count"].fillna(1) / frame["pages"].clip(lower=1)
    ahead = frame["status"].isin(AHEAD) & ~frame["refused"]
    expected = expected.mask(ahead, -1 / (1 + overdue.clip(lower=0)))
    priority: pd.Series[float] = expected.mask(without_count(frame), FIRST)
    return priority


def importance(frame: pd.DataFrame, rules: ReadingRules) -> pd.Series[int]:
    """Position of each read's purpose in `reading.importance` of the mapping, smaller is sooner; 0 where the mapping
    names none.

    Args:
        frame: `status`, `registrants_count`, `refresh_only` and `has_new`.
        rules: section `reading` of the mapping.
    """
    ahead, refreshes = frame["status"].isin(AHEAD), frame["refresh_only"] & ~frame["has_new"] & ~without_count(frame)
    is_open = frame["status"].isin(OPEN)
    purposes = pd.Series(ReadPurpose.ATTENDANCE, index=frame.index, dtype="str").mask(
        is_open, ReadPurpose.REGISTRATIONS
    )
    purposes = purposes.mask(refreshes, ReadPurpose.REPLAYS).mask(refreshes & ahead, ReadPurpose.ANSWERS)
    ranks = {purpose: rank for rank, purpose in enumerate(rules.importance)}
    return purposes.map(ranks).fillna(len(ranks)).astype("int64")


def without_count(frame: pd.DataFrame) -> pd.Series[bool]:
    """Sessions open for registration whose list entry has no count (nullable in the API's description)."""
    return frame["registrants_count"].isna() & frame["status"].isin(OPEN)


def end_time(frame: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """End of each session; the planned start if Livestorm does not state the end."""
    return frame["ended_at"].fillna(frame["estimated_started_at"])


def attendance_available(
    frame: pd.DataFrame, attendance_minutes: float
) -> tuple[pd.Series[pd.Timestamp], pd.Series[bool]]:
    """When Livestorm has computed attendance, and the past sessions that were not read in full since.

    Args:
        frame: `status`, `full_at`, `ended_at` and `estimated_started_at`.
        attendance_minutes: minutes from the end of a session until its attendance is available.
    """
    available = end_time(frame) + pd.Timedelta(minutes=attendance_minutes)
    return available, (frame["status"] == SessionStatus.PAST) & (frame["full_at"].fillna(NEVER) < available)


def interval_hours(frame: pd.DataFrame, request: Request, rules: ReadingRules, now: pd.Timestamp) -> pd.Series[float]:
    """Hours between full reads of a session whose counts do not change; infinite outside the replay window.

    Replays are watched at any time without a change of the session, so the intervals grow with its age (Q16). A manual
    run reads all of them, except upcoming sessions.
    """
    since_end = (now - end_time(frame)) / HOUR
    over = frame["status"] == SessionStatus.PAST
    intervals = [
        (frame["status"] == SessionStatus.UPCOMING, UPCOMING_HOURS),
        (frame["status"] == SessionStatus.LIVE, LIVE_HOURS),
        (frame["status"] == SessionStatus.ON_DEMAND, ON_DEMAND_HOURS),
        (over & (since_end < JUST_ENDED), JUST_ENDED_HOURS),
        (over & (since_end < SETTLED), SETTLED_HOURS),
        (over & (since_end < rules.replay_days * DAY), rules.replay_hours),
        (over & (since_end < rules.late_replay_days * DAY), rules.late_replay_hours),
    ]
    chosen = np.select([rows for rows, _ in intervals], [hours for _, hours in intervals], np.inf)
    hours = pd.Series(chosen, index=frame.index)
    hours = hours.mask(without_count(frame), hours.clip(upper=UNCOUNTED_HOURS))
    changing = hours.lt(np.inf) & (frame["status"] != SessionStatus.UPCOMING)
    return hours.mask(changing, 0.0) if request.manual else hours
