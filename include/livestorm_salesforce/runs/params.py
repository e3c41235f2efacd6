"""The values of the trigger form, parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.errors import ConfigError


def parse_request(params: Mapping[str, Any], *, manual: bool) -> Request:
    """The trigger form of the sync DAG as a request.

    Args:
        manual: whether a person triggered the run.

    Raises:
        ConfigError: a date of the form is not a date, or `backfill_to` is not after `backfill_from`.
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


def parse_ids(values: Iterable[Any] | None) -> tuple[str, ...]:
    """The ids of a list in the form, without duplicates, blanks and empty lines: such lists are pasted from tables."""
    return tuple(dict.fromkeys(text for value in values or () if (text := str(value).strip())))


def _date(params: Mapping[str, Any], name: str) -> pd.Timestamp | None:
    value = params.get(name)
    if not value:
        return None
    try:
        date = pd.Timestamp(value)
    except ValueError:
        raise ConfigError(f"{name} is not a date.", remedy="give it as 2026-11-23 or 2026-11-23T10:00:00Z") from None
    return date.tz_localize("UTC") if date.tzinfo is None else date.tz_convert("UTC")
