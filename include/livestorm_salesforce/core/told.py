"""What Livestorm's webhooks told: which version of a person counts, and whether the told explain a session's count.

Deliveries come late, twice and out of order. A delivery is a resource as the API gives it, with `meta.webhook` (event)
and `meta.sent` (epoch seconds, when Livestorm signed it). Pure: resources in, frames and resources out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

Resource = dict[str, Any]
TOLD_COLUMNS = {"session_id": "str", "told": "int64", "missing": "float64"}


def newest(deliveries: Collection[Resource]) -> list[Resource]:
    """One resource per person: of the newest change time, then the one that knows more, then the one sent last.

    Whether attendance or a replay view moves a change time is not documented, and a delivery that was tried again is
    sent after newer ones; but nobody's attendance or view is ever taken back.
    """
    latest: dict[str, Resource] = {}
    for resource in sorted(deliveries, key=_version):
        latest[str(resource["id"])] = resource
    return list(latest.values())


def superseded(resource: Resource, full_at: pd.Timestamp | None) -> bool:
    """Whether everybody was read after this was sent: it knows nothing that is not known."""
    return full_at is not None and not pd.isna(full_at) and sent_at(resource) < full_at.timestamp()


def sent_at(resource: Resource) -> float:
    """Epoch seconds; 0 if it is not known."""
    return _number(_part(resource, "meta").get("sent"))


def in_list(resource: Resource, now: pd.Timestamp) -> bool:
    """Whether the person was registered already when the sessions were listed."""
    detail = _part(_part(resource, "attributes"), "registrant_detail")
    return _number(detail.get("created_at")) <= now.timestamp()


def missing(session: Mapping[str, Any], roster: Collection[str], told: Collection[str]) -> float:
    """How many people of a session's count are neither known nor told of; negative if more are.

    Args:
        session: `registrants_count` as listed now, `surplus` as told by the last reading of everybody.
        roster: ids known to be in the session's list. told: ids told of, of people who were in the list by now.
    """
    return session["registrants_count"] + session["surplus"] - len({*roster, *told})


def told_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Columns `TOLD_COLUMNS`: people that webhooks told of, and how many only a call can bring (null: not known)."""
    return pd.DataFrame(rows, columns=list(TOLD_COLUMNS)).astype(TOLD_COLUMNS)


def _version(resource: Resource) -> tuple[float, bool, bool, float]:
    attributes = _part(resource, "attributes")
    detail, replay = _part(attributes, "registrant_detail"), _part(attributes, "replay_view_detail")
    moments = (attributes.get("updated_at"), detail.get("updated_at"), replay.get("watched_at"))
    viewed = detail.get("has_viewed_replay") is True or bool(replay)
    return max(map(_number, moments)), detail.get("attended") is True, viewed, sent_at(resource)


def _part(resource: Resource, name: str) -> dict[str, Any]:
    value = resource.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
