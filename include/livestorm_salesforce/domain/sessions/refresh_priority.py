"""Reads that only refresh: how often they are wanted, and what one is worth, so that the least useful waits.

Pure: the clock is `now`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from livestorm_salesforce.config.mapping import ReadingRules
from livestorm_salesforce.domain.sessions.scope import OPEN, Request

HOUR = pd.Timedelta(hours=1)
DAY = 24.0  # hours
#: Hours between full reads of a session to come whose list entry tells no count (nullable in the API's description):
#: registrations are wanted at least hourly (Q16), and runs do not start on the second.
UNTOLD_HOURS = 0.9
FIRST = 1e9  # of sessions to come that tell no count: nothing else shows who registered


def worth(frame: pd.DataFrame, since_end: pd.Series, waited: pd.Series, overdue: pd.Series) -> pd.Series:
    """People whose news a call may bring, against each other: more is better.

    A replay is watched the more rarely the older it is: about as often within the first day as within the two after it,
    and as within the four after those. So what counts is how often the age of a session has doubled since everybody was
    read, and how full the pages are. News of a session on demand may come at any time. A session still ahead has only
    corrected answers to tell, and is read in full after its end: it comes after all others, unless a refused row waits.

    Args:
        frame: `status`, `registrants_count`, `pages` (calls of the read) and `refused` (a row of it is due).
        since_end: hours. waited: hours since everybody was read. overdue: the same in intervals of the session's state.
    """
    over = (frame["status"] == "past") & since_end.notna()
    then = (since_end - waited).clip(lower=0).where(over, 0.0)
    doublings = np.log2((then + waited.clip(lower=0) + DAY) / (then + DAY))
    news = doublings * frame["registrants_count"].fillna(1) / frame["pages"].clip(lower=1)
    ahead = frame["status"].isin(["upcoming", "live"]) & ~frame["refused"]
    news = news.mask(ahead, -1 / (1 + overdue.clip(lower=0)))
    return news.mask(without_count(frame), FIRST)


def without_count(frame: pd.DataFrame) -> pd.Series:
    """Sessions open for registration whose list entry tells no count (nullable in the API's description)."""
    return frame["registrants_count"].isna() & frame["status"].isin(OPEN)


def end_time(frame: pd.DataFrame) -> pd.Series:
    return frame["ended_at"].fillna(frame["estimated_started_at"])


def interval_hours(frame: pd.DataFrame, request: Request, rules: ReadingRules, now: pd.Timestamp) -> pd.Series:
    """Hours between full reads of a session whose counts stand still. Replays are watched any time later without the
    session changing, so the intervals follow its age (Q16). Who triggers a run by hand wants those read now."""
    since_end = (now - end_time(frame)) / HOUR
    over = frame["status"] == "past"
    ages = [
        (frame["status"] == "upcoming", rules.upcoming_hours),
        (frame["status"] == "live", rules.live_hours),
        (frame["status"] == "on_demand", rules.on_demand_hours),
        (over & (since_end < 6), rules.ended_hours),
        (over & (since_end < 48), rules.settled_hours),
        (over & (since_end < rules.replay_days * 24), rules.replay_hours),
        (over & (since_end < rules.late_replay_days * 24), rules.late_replay_hours),
    ]
    hours = pd.Series(np.select([age for age, _ in ages], [value for _, value in ages], np.inf), index=frame.index)
    hours = hours.mask(without_count(frame), hours.clip(upper=UNTOLD_HOURS))
    moving = hours.lt(np.inf) & (frame["status"] != "upcoming")
    return hours.mask(moving, 0.0) if request.manual else hours
