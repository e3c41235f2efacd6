"""Webhook deliveries: the current version of each registrant, and which deliveries are outdated.

Deliveries arrive late, twice and out of order. A delivery is a JSON:API resource with `meta.webhook` (event) and
`meta.sent` (epoch seconds when Livestorm signed it).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.shared import jsonapi

Resource = dict[str, Any]
DELIVERY_COLUMNS = {"session_id": "str", "delivered": "int64", "unaccounted": "float64"}


def latest_versions(deliveries: Collection[Resource]) -> list[Resource]:
    """One resource per registrant: of the newest change time, then with more activity, then sent last.

    It is not documented whether attendance or a replay view changes the change time, and a delivery that is retried is
    sent after newer ones. Attendance and views are never withdrawn.
    """
    latest: dict[str, Resource] = {}
    for resource in sorted(deliveries, key=_version):
        latest[str(resource["id"])] = resource
    return list(latest.values())


def is_outdated(resource: Resource, full_at: pd.Timestamp | None, settled: bool = False) -> bool:
    """Whether the last full read is newer than the delivery, or than the newest change it contains.

    A retried delivery may be signed again and contain old data: an answer corrected since would be reverted. It is not
    documented whether attendance changes the change time: attendance is therefore used, however old the resource is,
    until a full read after the end.

    Args:
        resource: the delivery.
        full_at: time of the last full read of the session.
        settled: the session has ended and was read in full since attendance is available.
    """
    if full_at is None or pd.isna(full_at):
        return False
    read = full_at.timestamp()
    return sent_at(resource) < read or (_has_change_time(resource, settled) and 0 < _changed_at(resource) < read)


def _has_change_time(resource: Resource, settled: bool) -> bool:
    """Whether the times of a resource include the change that caused its event."""
    event = event_of(resource)
    viewed = bool(_object(_object(resource, "attributes"), "replay_view_detail"))
    return event == "people.registered" or (viewed if event == "people.watched_replay" else settled)


def _changed_at(resource: Resource) -> float:
    """The newest time in the resource, epoch seconds; 0 if it has none."""
    attributes = _object(resource, "attributes")
    detail, replay = _object(attributes, "registrant_detail"), _object(attributes, "replay_view_detail")
    moments = (one.get(name) for one in (attributes, detail) for name in ("created_at", "updated_at"))
    return max(map(jsonapi.seconds, (*moments, replay.get("watched_at"))))


def event_of(resource: Resource) -> str:
    """The event that the delivery announces; empty if unknown."""
    return str(_object(_object(resource, "meta"), "webhook").get("event") or "")


def sent_at(resource: Resource) -> float:
    """When Livestorm signed the delivery, epoch seconds; 0 if unknown."""
    return _number(_object(resource, "meta").get("sent"))


def registered_before(resource: Resource, now: pd.Timestamp) -> bool:
    """Whether the person was registered when the sessions were listed (`now`)."""
    detail = _object(_object(resource, "attributes"), "registrant_detail")
    return jsonapi.seconds(detail.get("created_at")) <= now.timestamp()


def delivery_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Deliveries per session, columns `DELIVERY_COLUMNS`.

    `delivered`: registrants delivered. `unaccounted`: registrants that only a call can bring; null if unknown.
    """
    return pd.DataFrame(rows, columns=list(DELIVERY_COLUMNS)).astype(DELIVERY_COLUMNS)


def _version(resource: Resource) -> tuple[float, bool, bool, float]:
    attributes = _object(resource, "attributes")
    detail, replay = _object(attributes, "registrant_detail"), _object(attributes, "replay_view_detail")
    viewed = detail.get("has_viewed_replay") is True or bool(replay)
    return _changed_at(resource), detail.get("attended") is True, viewed, sent_at(resource)


def _object(resource: Resource, name: str) -> dict[str, Any]:
    value = resource.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
