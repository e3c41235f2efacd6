"""The values of the trigger form, parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.errors import ConfigError

YEARS = range(1970, 2200)


def parse_request(params: Mapping[str, Any], *, manual: bool) -> Request:
    """The trigger form of the sync DAG as a request.

    Args:
        manual: whether a person triggered the run.

    Raises:
        ConfigError: a date or an id of the form is invalid, or `backfill_to` is not after `backfill_from`.
    """
    start, end = (_date(params, name) for name in ("backfill_from", "backfill_to"))
    if start is not None and end is not None and end <= start:
        raise ConfigError("backfill_to is not after backfill_from.", remedy="trigger the run with a later end")
    return Request(
        session_ids=parse_ids(params.get("session_ids")),
        event_ids=parse_ids(params.get("event_ids")),
        backfill_from=start,
        backfill_to=end,
        full_read=bool(params.get("full_read")),
        manual=manual,
        mode=params.get("mode") or "apply",
    )


def mapping_draft(params: Mapping[str, Any]) -> str:
    """The id of the draft of the mapping that a preview tries; empty for the mapping.

    Raises:
        ConfigError: the run would write. A draft is never applied.
    """
    draft = str(params.get("mapping_draft") or "")
    if draft and (params.get("mode") or "apply") != "preview":
        raise ConfigError(
            "A draft of the mapping was given to a run that writes. Nothing was written.",
            remedy="trigger it as a preview; to apply the draft, save it as the mapping file",
        )
    return draft


def parse_ids(values: Iterable[Any] | None) -> tuple[str, ...]:
    """The ids of a list in the form, without duplicates, blanks and empty lines: such lists are pasted from tables.

    Raises:
        ConfigError: an id holds half a surrogate pair, which cannot be stored or sent, or an e-mail address: ids are
            named in logs and reports.
    """
    lines = [values] if isinstance(values, str) else values or ()
    ids = tuple(dict.fromkeys(text for value in lines if (text := str(value).replace("\0", "").strip())))
    if not all(map(is_encodable, ids)):
        raise ConfigError("An id in the trigger form holds half a surrogate pair.", remedy="copy the id again")
    if any("@" in text for text in ids):
        raise ConfigError(
            "An e-mail address in the trigger form stands where an id is expected.",
            remedy="give ids as in the addresses of Livestorm's pages; Airflow shows and stores what the form holds",
        )
    return ids


def is_encodable(text: str) -> bool:
    """False for text with half a surrogate pair."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _date(params: Mapping[str, Any], name: str) -> pd.Timestamp | None:
    """ISO dates only: pandas also accepts `NaT`, `today` and `05/11/2026`, and takes the last one for May 11."""
    value = params.get(name)
    if value is None or value == "":
        return None
    try:
        date = datetime.fromisoformat(value.strip())
        moment = (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, AttributeError):  # not text
        moment = None
    if moment is None or moment.year not in YEARS:
        raise ConfigError(
            f"{name} is not a date between {YEARS[0]} and {YEARS[-1]}.",
            remedy="give it as 2026-11-23 or 2026-11-23T10:00:00Z",
        )
    return pd.Timestamp(moment)
