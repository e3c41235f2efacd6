"""Contracts of frames: columns, types, nullability and key. Checked where a frame enters or leaves a step."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import pandas as pd
import pandera.pandas as pa
from pandera.dtypes import DataType
from pandera.engines.pandas_engine import Engine

from livestorm_salesforce.errors import ContractError

TIME = "datetime64[ms, UTC]"
Kind = Callable[[], pa.Column]


def _kind(dtype: str, *, nullable: bool = True, words: tuple[str, ...] = ()) -> Kind:
    """Columns of one type; `words`: the allowed values."""
    return lambda: pa.Column(dtype, pa.Check.isin(words) if words else None, nullable=nullable)


TEXT, NEEDED, NUMBER = _kind("str"), _kind("str", nullable=False), _kind("float64")
FLAG, MOMENT, WHOLE = _kind("bool", nullable=False), _kind(TIME), _kind("int64", nullable=False)


def _columns(kind: Kind, names: str) -> dict[str, pa.Column]:
    return {name: kind() for name in names.split()}


def _contract(name: str, columns: dict[str, pa.Column], key: tuple[str, ...], further: str = "") -> pa.DataFrameSchema:
    """A contract with a unique `key`. Additional columns must be text, and their names start with `further`."""
    more = {rf"^{further}.+$": pa.Column("str", nullable=True, regex=True, required=False)} if further else {}
    return pa.DataFrameSchema(columns | more, name=name, unique=list(key), strict=True)


SESSIONS = _contract(
    "sessions",
    _columns(NEEDED, "session_id status")
    | _columns(TEXT, "event_id timezone name room_link breakout_room_parent_session_id")
    | _columns(NUMBER, "attendees_count registrants_count duration")
    | _columns(MOMENT, "estimated_started_at started_at ended_at canceled_at created_at updated_at"),
    ("session_id",),
)
EVENTS = _contract(
    "events",
    _columns(NEEDED, "event_id")
    | _columns(TEXT, "title registration_link language scheduling_status status description form tags")
    | _columns(NUMBER, "estimated_duration")
    | _columns(MOMENT, "updated_at"),
    ("event_id",),
)
REGISTRANT_COLUMNS = (
    _columns(NEEDED, "session_id person_id")
    | _columns(TEXT, "event_id role email email_key timezone referrer registration_type")
    | _columns(TEXT, "utm_source utm_medium utm_term utm_content utm_campaign ip_city ip_country_code ip_country_name")
    | _columns(FLAG, "is_guest_speaker attended has_viewed_replay")
    | _columns(NUMBER, "attendance_rate attendance_duration attendance_minutes")
    | _columns(NUMBER, "messages_count questions_count votes_count up_votes_count")
    | _columns(MOMENT, "registered_at replay_watched_at")
)
REGISTRANTS = _contract("registrants", REGISTRANT_COLUMNS, ("session_id", "person_id"), further=r"form\.")
OBJECTS = ("Campaign", "CampaignMemberStatus", "Lead", "Contact", "CampaignMember")
CHANGES = _contract(
    "changes",
    {
        "change_id": WHOLE(),
        "action": _kind("str", nullable=False, words=("create", "update"))(),
        "object": _kind("str", nullable=False, words=OBJECTS)(),
        **_columns(TEXT, "source_key campaign_ref record_id"),
        "reason": NEEDED(),
    },
    ("change_id",),
)
FIELDS = _contract(
    "fields",
    {"change_id": WHOLE(), "field": NEEDED(), "before": TEXT(), "after": NEEDED(), "field_reason": TEXT()},
    ("change_id", "field"),
)


def check(frame: pd.DataFrame, contract: pa.DataFrameSchema) -> pd.DataFrame:
    """Return the frame if it satisfies its contract.

    Raises:
        ContractError: names the frame, and the columns and what is wrong with them; no value of the frame is quoted.
    """
    if _satisfies(frame, contract):
        return frame
    try:
        contract.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.astype("str")
        names = cases["column"].where(~cases["check"].str.startswith("column_in"), cases["failure_case"])
        faults = "; ".join(dict.fromkeys(names + ": " + cases["check"]))
    else:
        return frame
    raise ContractError(f"Frame '{contract.name}' breaks its contract ({len(frame)} rows): {faults}.")


def _satisfies(frame: pd.DataFrame, contract: pa.DataFrameSchema) -> bool:
    """Whether the frame certainly satisfies its contract. pandera takes 60 ms for a frame, and words the errors."""
    names = list(frame.columns)
    more = next((column for column in contract.columns.values() if column.regex), None)
    required = {name for name, column in contract.columns.items() if not column.regex}
    if len(set(names)) < len(names) or not required <= set(names):
        return False
    if not all(_fits(frame[name], contract.columns.get(name) or _matched(name, more)) for name in names):
        return False
    return not frame.duplicated(contract.unique).any()


def _matched(name: str, more: pa.Column | None) -> pa.Column | None:
    """The rule for additional columns, if the name is one of theirs."""
    return more if more is not None and re.match(more.name, name) else None


def _fits(values: pd.Series, column: pa.Column | None) -> bool:
    if column is None or not _accepts(column.dtype, values.dtype) or not (column.nullable or values.notna().all()):
        return False
    return all(values.isin(check.statistics["allowed_values"]).all() for check in column.checks)


@cache
def _accepts(expected: DataType, actual: object) -> bool:
    return bool(expected.check(Engine.dtype(actual)))


def empty(contract: pa.DataFrameSchema) -> pd.DataFrame:
    """A frame with the contract's columns and no rows."""
    named = {name: column for name, column in contract.columns.items() if not column.regex}
    return pd.DataFrame({name: pd.Series(dtype=str(column.dtype)) for name, column in named.items()})
