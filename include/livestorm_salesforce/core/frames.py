"""Contracts of the frames: columns, types, nullability, key. Checked where a frame enters or leaves a step.

A contract is checked once per session read, so it must cost next to nothing; a schema library took a third of the time
of tidying.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from include.livestorm_salesforce.errors import ContractError

TIME = "datetime64[ms, UTC]"


@dataclass(frozen=True)
class Column:
    """Type as pandas names it; `words`: the only values allowed."""

    dtype: str
    nullable: bool = True
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """`key` is unique. Beyond `columns` only text columns whose name starts with `further` may be there."""

    name: str
    columns: dict[str, Column]
    key: tuple[str, ...]
    further: str = ""

    def faults(self, frame: pd.DataFrame) -> Iterator[str]:
        """What is wrong, one phrase each, without any value of the frame."""
        missing = [name for name in self.columns if name not in frame]
        strange = [name for name in frame if name not in self.columns and not self._may_be(name)]
        yield from (f"{name}: missing" for name in missing)
        yield from (f"{name}: not of this frame" for name in strange)
        for name in frame.columns.difference(strange, sort=False):
            wrong = self._fault(frame[name], self.columns.get(name, Column("str")))
            if wrong:
                yield f"{name}: {wrong}"
        if not missing and frame.duplicated(list(self.key)).any():
            yield f"{', '.join(self.key)}: not unique"

    def _may_be(self, name: str) -> bool:
        return bool(self.further) and name.startswith(self.further)

    @staticmethod
    def _fault(values: pd.Series, column: Column) -> str:
        if str(values.dtype) != column.dtype:
            return f"is {values.dtype}, not {column.dtype}"
        if not column.nullable and values.isna().any():
            return "has nulls"
        if column.words and not values.isin(column.words).all():
            return f"holds other words than {', '.join(column.words)}"
        return ""


TEXT, NEEDED, NUMBER, FLAG, MOMENT = Column("str"), Column("str", False), Column("float64"), Column("bool"), Column(TIME)


def _columns(column: Column, names: str) -> dict[str, Column]:
    return dict.fromkeys(names.split(), column)


SESSIONS = Contract(
    "sessions",
    _columns(NEEDED, "session_id status")
    | _columns(TEXT, "event_id timezone name room_link breakout_room_parent_session_id")
    | _columns(NUMBER, "attendees_count registrants_count duration")
    | _columns(MOMENT, "estimated_started_at started_at ended_at canceled_at created_at updated_at"),
    ("session_id",),
)
EVENTS = Contract(
    "events",
    _columns(NEEDED, "event_id")
    | _columns(TEXT, "title registration_link language scheduling_status status description form tags")
    | _columns(NUMBER, "estimated_duration")
    | _columns(MOMENT, "updated_at"),
    ("event_id",),
)
REGISTRANT_COLUMNS = (
    _columns(NEEDED, "session_id person_id")
    | _columns(TEXT, "event_id role email key timezone referrer registration_type")
    | _columns(TEXT, "utm_source utm_medium utm_term utm_content utm_campaign ip_city ip_country_code ip_country_name")
    | _columns(FLAG, "is_guest_speaker attended has_viewed_replay")
    | _columns(NUMBER, "attendance_rate attendance_duration attendance_minutes")
    | _columns(NUMBER, "messages_count questions_count votes_count up_votes_count")
    | _columns(MOMENT, "registered_at replay_watched_at")
)
REGISTRANTS = Contract("registrants", REGISTRANT_COLUMNS, ("session_id", "person_id"), further="form.")
OBJECTS = ("Campaign", "CampaignMemberStatus", "Lead", "Contact", "CampaignMember")
CHANGES = Contract(
    "changes",
    {
        "change_id": Column("int64"),
        "action": Column("str", False, ("create", "update")),
        "object": Column("str", False, OBJECTS),
        **_columns(TEXT, "key campaign record_id"),
        "reason": NEEDED,
    },
    ("change_id",),
)
FIELDS = Contract(
    "fields",
    {"change_id": Column("int64"), "field": NEEDED, "before": TEXT, "after": NEEDED},
    ("change_id", "field"),
)


def check(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """The frame itself when it keeps its contract.

    Raises:
        ContractError: names the frame, and the columns and what is wrong with them; no value of the frame is quoted.
    """
    faults = "; ".join(contract.faults(frame))
    if faults:
        raise ContractError(f"Frame '{contract.name}' breaks its contract ({len(frame)} rows): {faults}.")
    return frame


def empty(contract: Contract) -> pd.DataFrame:
    """A frame with the contract's columns and no rows."""
    return pd.DataFrame({name: pd.Series(dtype=column.dtype) for name, column in contract.columns.items()})
