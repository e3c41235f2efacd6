"""Contracts of the frames: columns, types, nullability, key. Checked where a frame enters or leaves a step."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from include.livestorm_salesforce.errors import ContractError

TIME = "datetime64[ms, UTC]"


def _text(nullable: bool = True) -> pa.Column:
    return pa.Column("str", nullable=nullable)


def _time() -> pa.Column:
    return pa.Column(TIME, nullable=True)


def _number() -> pa.Column:
    return pa.Column("float64", nullable=True)


def _schema(name: str, columns: dict[str, pa.Column], key: list[str]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, name=name, unique=key, strict=True)


SESSIONS = _schema(
    "sessions",
    {
        "session_id": _text(False),
        **{name: _text() for name in ("event_id", "timezone", "name", "room_link", "breakout_room_parent_session_id")},
        "status": _text(False),
        **{name: _number() for name in ("attendees_count", "registrants_count", "duration")},
        **{
            name: _time()
            for name in ("estimated_started_at", "started_at", "ended_at", "canceled_at", "created_at", "updated_at")
        },
    },
    ["session_id"],
)
EVENTS = _schema(
    "events",
    {
        "event_id": _text(False),
        **{name: _text() for name in ("title", "registration_link", "language", "scheduling_status", "status")},
        "description": _text(),
        "estimated_duration": _number(),
        "updated_at": _time(),
        "form": _text(),
        "tags": _text(),
    },
    ["event_id"],
)
REGISTRANT_COLUMNS = {
    "session_id": _text(False),
    "person_id": _text(False),
    **{name: _text() for name in ("event_id", "role", "email", "key", "timezone", "referrer", "registration_type")},
    **{name: _text() for name in ("utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign")},
    **{name: _text() for name in ("ip_city", "ip_country_code", "ip_country_name")},
    **{name: pa.Column("bool") for name in ("is_guest_speaker", "attended", "has_viewed_replay")},
    **{name: _number() for name in ("attendance_rate", "attendance_duration", "attendance_minutes")},
    **{name: _number() for name in ("messages_count", "questions_count", "votes_count", "up_votes_count")},
    "registered_at": _time(),
    "replay_watched_at": _time(),
}
REGISTRANTS = _schema(
    "registrants",
    {**REGISTRANT_COLUMNS, r"^form\..+$": pa.Column("str", nullable=True, regex=True, required=False)},
    ["session_id", "person_id"],
)
CHANGES = _schema(
    "changes",
    {
        "change_id": pa.Column("int64"),
        "action": pa.Column("str", pa.Check.isin(["create", "update"])),
        "object": pa.Column(
            "str", pa.Check.isin(["Campaign", "CampaignMemberStatus", "Lead", "Contact", "CampaignMember"])
        ),
        "key": _text(),
        "campaign": _text(),
        "record_id": _text(),
        "reason": _text(False),
    },
    ["change_id"],
)
FIELDS = _schema(
    "fields",
    {"change_id": pa.Column("int64"), "field": _text(False), "before": _text(), "after": _text(False)},
    ["change_id", "field"],
)


def check(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The frame itself when it keeps its contract.

    Raises:
        ContractError: names the frame, and the columns and checks that fail; no value of the frame is quoted.
    """
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases[["column", "check"]].astype("str").drop_duplicates()
        told = "; ".join(f"{row.column}: {row.check}" for row in cases.itertuples())
    else:
        return frame
    raise ContractError(f"Frame '{schema.name}' breaks its contract ({len(frame)} rows): {told}.")


def empty(schema: pa.DataFrameSchema) -> pd.DataFrame:
    """A frame with the contract's columns and no rows."""
    return pd.DataFrame({name: pd.Series(dtype=str(column.dtype)) for name, column in schema.columns.items()
                         if not column.regex})  # fmt: skip
