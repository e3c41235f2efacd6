"""Which of Livestorm's session lists a run reads, and which sessions it looks up one by one.

Every run lists upcoming and recent sessions. Older and on-demand sessions are listed at intervals (`LISTS`). A session
that needs attention and is in no list of the run is looked up by its id, which costs one call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from livestorm_salesforce.config.sections import ReadingRules
from livestorm_salesforce.domain.sessions import backfill, scope
from livestorm_salesforce.domain.sessions.quota import PRESSURE_BAND
from livestorm_salesforce.enums import SessionStatus

#: Lists that not every run reads: sessions of the replay window, on-demand sessions, changed events.
LISTS = ("long", "on_demand", "events")
MAX_LOOKUPS = 20  # beyond this number a list costs fewer calls than look-ups
LONG_LIST_INTERVAL = pd.Timedelta(hours=24)
EVENTS_INTERVAL = pd.Timedelta(hours=6)  # titles and descriptions of events change rarely
TOLERANCE = pd.Timedelta(minutes=1)  # scheduled runs start some seconds late


def on_demand_interval(rules: ReadingRules, pressure: float, *, delivered: bool = False) -> pd.Timedelta:
    """Time between two lists of on-demand sessions: longer when the month is short of calls.

    Args:
        rules: section `reading` of the mapping.
        pressure: quota pressure in percent.
        delivered: whether webhooks delivered registrants of on-demand sessions. They do not wait for the interval
            unless the month is ahead of its planned use.
    """
    factor = max(0.0, pressure - PRESSURE_BAND) if delivered else 1 + pressure
    return pd.Timedelta(minutes=rules.on_demand_minutes) * factor


def due_lists(
    listings: Mapping[str, pd.Timestamp], rules: ReadingRules, pressure: float, now: pd.Timestamp, *, manual: bool
) -> list[str]:
    """The `LISTS` whose interval has passed; all of them in a manual run.

    The list of on-demand sessions is always read together with the long list, so that all reads that only refresh
    compete for the same calls.

    Args:
        listings: when each list was last read.
        rules: section `reading` of the mapping.
        pressure: quota pressure in percent.
        now: time of the run.
        manual: whether a person started the run.
    """
    intervals = {
        "long": LONG_LIST_INTERVAL,
        "on_demand": on_demand_interval(rules, pressure),
        "events": EVENTS_INTERVAL,
    }
    due = [name for name, interval in intervals.items() if manual or now + TOLERANCE - listings[name] >= interval]
    return list(dict.fromkeys([*due, "on_demand"])) if "long" in due else due


def due_deliveries(
    delivered: Sequence[str],
    known: pd.DataFrame,
    last_on_demand_list: pd.Timestamp,
    rules: ReadingRules,
    pressure: float,
    now: pd.Timestamp,
) -> list[str]:
    """Sessions with webhook deliveries to look up now.

    Known on-demand sessions wait for `on_demand_interval` while the month is ahead of its planned use.

    Args:
        delivered: ids of sessions with deliveries that are in no list of this run.
        known: sessions as last loaded, columns `scope.KNOWN_COLUMNS`.
        last_on_demand_list: when on-demand sessions were last listed.
        rules: section `reading` of the mapping.
        pressure: quota pressure in percent.
        now: time of the run.
    """
    if now - last_on_demand_list >= on_demand_interval(rules, pressure, delivered=True):
        return list(delivered)
    on_demand = set(known.loc[known["status"] == SessionStatus.ON_DEMAND, "session_id"])
    return [session_id for session_id in delivered if session_id not in on_demand]


def sessions_to_look_up(
    known: pd.DataFrame,
    listed: Collection[str],
    retry: Collection[str],
    *,
    full: bool,
    backfill_calls: float = float("inf"),
) -> list[str]:
    """Ids of known sessions that are in no list of the run and need attention.

    These are sessions that were upcoming or live, sessions to read again, and sessions that were not read yet; of a
    backfill, those that the month's pace allows. After a run with all lists, also on-demand sessions that are in none
    of them: they were canceled or deleted (Q9).

    Args:
        known: sessions as last loaded, columns `scope.KNOWN_COLUMNS`.
        listed: ids in the lists of this run.
        retry: ids of sessions with refused rows that are due for another attempt.
        full: whether all lists were read.
        backfill_calls: calls that the month's pace leaves for a backfill.
    """
    unread = known["status"].isin(scope.OVER) & known["campaign_id"].notna() & known["read_at"].isna()
    unread &= known["registrants_count"] != 0
    again = known["retry"].astype(bool) | known["session_id"].isin(list(retry))
    missing = (known["status"] == SessionStatus.ON_DEMAND) & known["campaign_id"].notna() & full
    unlisted = ~known["session_id"].isin(list(listed))
    first = known["status"].isin(scope.AHEAD) | again | unread | backfill.portion(known, backfill_calls)
    ids = [session_id for rows in (first, missing) for session_id in known.loc[rows & unlisted, "session_id"]]
    return list(dict.fromkeys(ids))


def not_in_every_list(known: pd.DataFrame) -> pd.Series[bool]:
    """Sessions that not every run lists and that may have new registrants at any time.

    These are on-demand sessions with a Campaign, and drafts without one, which may have been published.
    """
    has_campaign = known["campaign_id"].notna()
    on_demand, draft = known["status"] == SessionStatus.ON_DEMAND, known["status"] == SessionStatus.DRAFT
    return (on_demand & has_campaign) | (draft & ~has_campaign)


def prefer_listing(known: pd.DataFrame, delivered: Collection[str], page_size: int) -> bool:
    """Whether listing all on-demand sessions costs no more calls than looking up those with deliveries.

    Args:
        known: sessions as last loaded.
        delivered: ids of sessions with deliveries.
        page_size: sessions per call of the list.
    """
    on_demand = known[known["status"] == SessionStatus.ON_DEMAND]
    lookups = int(on_demand["session_id"].isin(list(delivered)).sum())
    return 0 < len(on_demand) <= lookups * page_size
