"""Runs that webhook deliveries start: they read the queue only, and only sessions that earlier runs have listed.

Such a run makes no Livestorm call. It uses the deliveries of sessions that have a Campaign and were read in full
before; an ordinary run reads the others. It does not verify the count of a session, which the next ordinary run does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.read_schedule import DELIVERED, pages
from livestorm_salesforce.enums import ReadMode, SessionStatus

NOT_DELIVERED = "a run started by webhooks processes the sessions with deliveries only"
#: Events of a person that Livestorm sends after the end of a session only (Livestorm portal, webhooks).
AFTER_THE_END = ("people.attended", "people.not_attended")


def with_ended_sessions(sessions: pd.DataFrame, ended: Collection[str], now: pd.Timestamp) -> pd.DataFrame:
    """Sessions as last listed; those whose attendance was delivered have ended since.

    Args:
        sessions: columns of `contracts.SESSIONS`.
        ended: ids of sessions with a delivery of `AFTER_THE_END`.
        now: time of the run.
    """
    over = sessions["session_id"].isin(list(ended)) & sessions["status"].isin(scope.AHEAD)
    return sessions.assign(
        status=sessions["status"].mask(over, SessionStatus.PAST),
        ended_at=sessions["ended_at"].mask(over & sessions["ended_at"].isna(), now),
    )


def can_use_deliveries(scoped: pd.DataFrame, events: pd.DataFrame) -> pd.Series[bool]:
    """Sessions in scope that have a Campaign, whose event is known and which were read in full before.

    Args:
        scoped: columns of `scope.decide_scope`.
        events: columns of `contracts.EVENTS`.
    """
    is_known = scoped["campaign_id"].notna() & scoped["event_id"].isin(events["event_id"])
    return scoped["scope"] & is_known & scoped["read_at"].notna() & scoped["roster_excess"].notna()


def read_queue_only(decided: pd.DataFrame) -> pd.DataFrame:
    """The sessions with deliveries, each read without a call; all others leave the scope of the run.

    Args:
        decided: columns of `read_schedule.decide_reading`.
    """
    used = decided["scope"] & (decided["delivered"] > 0)
    reason = decided["reason"].mask(decided["scope"] & ~used, NOT_DELIVERED)
    frame = decided.assign(
        scope=used,
        reason=reason,
        read=used,
        read_mode=decided["read_mode"].mask(used, ReadMode.WEBHOOK_PARTIAL),
        read_reason=pd.Series("", index=decided.index, dtype="str").mask(used, DELIVERED),
        refresh_only=False,
        has_new=False,
        deferred=False,
        deferred_reason="",
    )
    return frame.assign(pages=pages(frame))


def left_to_ordinary_runs(
    queued: Collection[str], known: pd.DataFrame, scoped: pd.DataFrame, usable: pd.Series[bool]
) -> int:
    """Number of sessions with deliveries that no run has listed, or that have not been read in full.

    Sessions that are out of scope, or that Livestorm does not have, wait for no run.

    Args:
        queued: ids of the sessions with deliveries.
        known: sessions as last loaded, columns `scope.KNOWN_COLUMNS`.
        scoped: columns of `scope.decide_scope`.
        usable: `can_use_deliveries`.
    """
    gone = set(known.loc[known["status"] == scope.GONE, "session_id"])
    unread = set(scoped.loc[scoped["scope"] & ~usable, "session_id"])
    return len(set(queued) - set(scoped["session_id"]) - gone) + len(unread & set(queued))


def attendance_of(deliveries: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """Registrants whose attendance was delivered: columns session_id and person_id.

    Args:
        deliveries: ids of these registrants by session.
    """
    pairs = [(session_id, person_id) for session_id, ids in deliveries.items() for person_id in ids]
    return pd.DataFrame(pairs, columns=["session_id", "person_id"], dtype="str")
