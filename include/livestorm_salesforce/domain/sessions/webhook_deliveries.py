"""What Livestorm's webhooks told: which version of a person counts, and whether the told explain a session's count.

Deliveries come late, twice and out of order. A delivery is a resource as the API gives it, with `meta.webhook` (event)
and `meta.sent` (epoch seconds, when Livestorm signed it). Pure: resources in, frames and resources out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

Resource = dict[str, Any]
DELIVERY_COLUMNS = {"session_id": "str", "delivered": "int64", "unaccounted": "float64"}


def latest_versions(deliveries: Collection[Resource]) -> list[Resource]:
    """One resource per person: of the newest change time, then the one that knows more, then the one sent last.

    Whether attendance or a replay view moves a change time is not documented, and a delivery that was tried again is
    sent after newer ones; but nobody's attendance or view is ever taken back.
    """
    latest: dict[str, Resource] = {}
    for resource in sorted(deliveries, key=_version):
        latest[str(resource["id"])] = resource
    return list(latest.values())


def is_outdated(resource: Resource, full_at: pd.Timestamp | None, settled: bool = False) -> bool:
    """Whether everybody was read after this was sent, or after the newest change it tells of: it says nothing new.

    A delivery that was tried again may be signed anew and hold what was true before: an answer corrected since would
    come back. Whether attendance moves a change time is not documented: who came is told, however old the resource
    says it is, until everybody was read after the end.

    Args:
        settled: the session is over and everybody was read since attendance was known.
    """
    if full_at is None or pd.isna(full_at):
        return False
    read = full_at.timestamp()
    return sent_at(resource) < read or (_tells_its_age(resource, settled) and 0 < _changed_at(resource) < read)


def _tells_its_age(resource: Resource, settled: bool) -> bool:
    event = _part(_part(resource, "meta"), "webhook").get("event")
    viewed = bool(_part(_part(resource, "attributes"), "replay_view_detail"))
    return event == "people.registered" or (viewed if event == "people.watched_replay" else settled)


def _changed_at(resource: Resource) -> float:
    """The newest moment that it tells of, epoch seconds; 0 if of none."""
    attributes = _part(resource, "attributes")
    detail, replay = _part(attributes, "registrant_detail"), _part(attributes, "replay_view_detail")
    moments = (part.get(name) for part in (attributes, detail) for name in ("created_at", "updated_at"))
    return max(map(_number, (*moments, replay.get("watched_at"))))


def sent_at(resource: Resource) -> float:
    """Epoch seconds; 0 if it is not known."""
    return _number(_part(resource, "meta").get("sent"))


def registered_before(resource: Resource, now: pd.Timestamp) -> bool:
    """Whether the person was registered already when the sessions were listed."""
    detail = _part(_part(resource, "attributes"), "registrant_detail")
    return _number(detail.get("created_at")) <= now.timestamp()


def unaccounted(session: Mapping[str, Any], roster: Collection[str], told: Collection[str]) -> float:
    """How many people of a session's count are neither known nor told of; negative if more are.

    Args:
        session: `registrants_count` as listed now, `surplus` as told by the last reading of everybody.
        roster: ids known to be in the session's list. told: ids told of, of people who were in the list by now.
    """
    return session["registrants_count"] + session["roster_excess"] - len({*roster, *told})


def not_in_every_list(known: pd.DataFrame) -> pd.Series:
    """Sessions that not every run lists, and that somebody may have registered for a moment ago: those on demand that
    have a Campaign, and drafts without one, which may be published by now."""
    has_campaign = known["campaign_id"].notna()
    return ((known["status"] == "on_demand") & has_campaign) | ((known["status"] == "draft") & ~has_campaign)


def prefer_listing(known: pd.DataFrame, told: Collection[str], page: int) -> bool:
    """Whether sessions on demand were told of, and to list all of them costs no more calls than to ask for those.

    Args:
        told: ids of sessions with deliveries. page: sessions that one call lists.
    """
    on_demand = known[known["status"] == "on_demand"]
    asked = int(on_demand["session_id"].isin(told).sum())
    return 0 < len(on_demand) <= asked * page


def delivery_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Columns `TOLD_COLUMNS`: people that webhooks told of, and how many only a call can bring (null: not known)."""
    return pd.DataFrame(rows, columns=list(DELIVERY_COLUMNS)).astype(DELIVERY_COLUMNS)


def _version(resource: Resource) -> tuple[float, bool, bool, float]:
    attributes = _part(resource, "attributes")
    detail, replay = _part(attributes, "registrant_detail"), _part(attributes, "replay_view_detail")
    viewed = detail.get("has_viewed_replay") is True or bool(replay)
    return _changed_at(resource), detail.get("attended") is True, viewed, sent_at(resource)


def _part(resource: Resource, name: str) -> dict[str, Any]:
    value = resource.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
