"""Whether the registrants at hand account for the registrants count of a session.

If they do, no registrant is missing, and no further call can bring one. Everything else is verified by a full read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

#: Livestorm repeats a failed delivery for 22 minutes (Livestorm portal, webhooks); then it ends the subscription.
DELIVERY_TIME = pd.Timedelta(minutes=30)


def unaccounted(session: Mapping[str, Any], known: Collection[Any], found: Collection[Any]) -> float:
    """Number of registrants in a session's count that are neither known nor found; negative if there are more.

    Args:
        session: `registrants_count` as listed by this run, and `roster_excess` of the last full read.
        known: ids of the session's registrants as of the last read.
        found: ids delivered or read since, of registrants who were registered when the session was listed.
    """
    return float(session["registrants_count"] + session["roster_excess"] - len({*known, *found}))


def accounts_for(
    session: Mapping[str, Any], known: Collection[str], registrants: pd.DataFrame, listed_at: pd.Timestamp
) -> bool:
    """Whether known registrants and those just read are all registrants of the session.

    Args:
        session: as for `unaccounted`.
        known: ids of the session's registrants as of the last read.
        registrants: `person_id` and `registered_at` of the registrants just read.
        listed_at: when the sessions were listed.
    """
    return unaccounted(session, known, set(registered_by(registrants, listed_at))) == 0


def can_be_checked(session: Mapping[str, Any], known: Collection[str] | None) -> bool:
    """Whether the session was read in full before, so that a partial read can be compared with its count."""
    return known is not None and not pd.isna(session["roster_excess"]) and not pd.isna(session["read_at"])


def registered_by(registrants: pd.DataFrame, listed_at: pd.Timestamp) -> pd.Series[str]:
    """Ids of the registrants who were registered when the sessions were listed."""
    return registrants.loc[~(registrants["registered_at"] > listed_at), "person_id"]


def roster_excess(session: Mapping[str, Any], registrants: pd.DataFrame, listed_at: pd.Timestamp) -> float:
    """Registrants of a full read beyond the session's count (it is not documented whether that counts the team)."""
    return float(registered_by(registrants, listed_at).nunique() - session["registrants_count"])


def new_registrants(
    registrants: pd.DataFrame, known: Collection[str] | None, delivered: Collection[str]
) -> dict[str, int]:
    """Numbers of registrants read that were not known before: `new_by_webhook` and `new_by_calls`.

    Args:
        registrants: `person_id` of the registrants just read.
        known: ids as of the last read; None if the session was never read.
        delivered: ids delivered by webhooks.
    """
    new = set() if known is None else set(registrants["person_id"]) - set(known)
    by_webhook = len(new & set(delivered))
    return {"new_by_webhook": by_webhook, "new_by_calls": len(new) - by_webhook}


def unannounced(
    registrants: pd.DataFrame,
    known: Collection[str] | None,
    delivered: Collection[str],
    last_delivery: pd.Timestamp | None,
    now: pd.Timestamp,
) -> int:
    """Number of new registrants that no delivery announced although there was time for one, since the last delivery.

    Args:
        registrants: `person_id` and `registered_at` of the registrants just read.
        known: ids as of the last read; None if the session was never read.
        delivered: ids delivered by webhooks.
        last_delivery: when Livestorm last sent a delivery; None if it never did.
        now: when the sessions were listed.
    """
    if known is None or last_delivery is None:
        return 0
    registered = registrants["registered_at"]
    silent = (registered > last_delivery) & (registered < now - DELIVERY_TIME)
    return len(set(registrants.loc[silent, "person_id"]) - set(known) - set(delivered))
