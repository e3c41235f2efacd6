"""Decides which sessions are in scope: they have or get a Campaign (R9 to R13)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.config.sections import EventRules
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.reasons import first_reason
from livestorm_salesforce.enums import SessionStatus
from livestorm_salesforce.errors import ContractError

#: Stored status of a past session that has no Campaign yet and remains in scope.
WAITING = "waiting"
#: Stored status of a session with webhook deliveries that Livestorm does not have; it is not looked up again.
GONE = "gone"
EVENT_UNREADABLE = "its event cannot be read: it is processed once Livestorm sends the event in a known format"
BEFORE_ACTIVATION = "past: ended before this project was switched on; give backfill_from/backfill_to to include it"
NOT_ASKED = "not among the requested sessions"
AHEAD = (SessionStatus.UPCOMING, SessionStatus.LIVE)
OPEN = (*AHEAD, SessionStatus.ON_DEMAND)
#: Ended sessions whose registrants are still read: people register until the end.
OVER = (SessionStatus.PAST, SessionStatus.PAST_NOT_STARTED)
STATUSES = set(SessionStatus)
NEVER = pd.Timestamp(0, tz="UTC")

#: Sessions in the sync state. `read_at`: last read of new registrants; `full_at`: last read of all registrants;
#: `roster_excess`: registrants listed beyond registrants_count (it is not documented whether that counts the team).
KNOWN_COLUMNS = {
    "session_id": "str",
    "status": "str",
    "campaign_id": "str",
    "campaign_created": "str",
    "registrants_count": "float64",
    "attendees_count": "float64",
    "updated_at": "datetime64[ms, UTC]",
    "read_at": "datetime64[ms, UTC]",
    "full_at": "datetime64[ms, UTC]",
    "verified_at": "datetime64[ms, UTC]",
    "roster_excess": "float64",
    "retry": "bool",
}


@dataclass(frozen=True)
class Request:
    """The values of the trigger form. Dates are UTC; `backfill_to` is exclusive."""

    session_ids: tuple[str, ...] = ()
    event_ids: tuple[str, ...] = ()
    backfill_from: pd.Timestamp | None = None
    backfill_to: pd.Timestamp | None = None
    full_read: bool = False
    manual: bool = False
    mode: str = "apply"


@dataclass(frozen=True)
class Past:
    """State of earlier runs: activation time of the pair, and the sessions as last loaded (`KNOWN_COLUMNS`)."""

    activation: pd.Timestamp
    known: pd.DataFrame = field(default_factory=lambda: empty_known())  # noqa: PLW0108 defined below


def empty_known() -> pd.DataFrame:
    """`KNOWN_COLUMNS` without rows."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in KNOWN_COLUMNS.items()})


def typed_known(known: pd.DataFrame) -> pd.DataFrame:
    """`KNOWN_COLUMNS`, each of its type; absent columns are null."""
    absent = {name: pd.Series(None, index=known.index, dtype="object") for name in KNOWN_COLUMNS if name not in known}
    frame = known.assign(**absent)[list(KNOWN_COLUMNS)]
    frame["retry"] = frame["retry"].eq(True)
    frame["full_at"] = frame["full_at"].where(frame["full_at"].notna(), frame["read_at"])
    return frame.astype(KNOWN_COLUMNS)


def decide_scope(
    sessions: pd.DataFrame,
    events: pd.DataFrame,
    past: Past,
    request: Request,
    mapping: Mapping,
    unreadable_events: Collection[str] = (),
) -> pd.DataFrame:
    """Add `scope` (has or gets a Campaign), `creates`, `campaign_id`, `reason` (R9 to R13, Q4, Q5, Q17) and `backfill`.

    `backfill`: ended before activation and never read (`backfill.py`).

    Args:
        unreadable_events: ids of events that Livestorm sent in an unknown format.

    Raises:
        ContractError: the mapping selects events by tags (Q17), and the tags of all events are unknown.
    """
    without_tags = _without_tags(events[events["event_id"].isin(sessions["event_id"])], mapping.events)
    frame = sessions.merge(_as_known(past.known), on="session_id", how="left", validate="one_to_one")
    frame = frame.merge(events[["event_id", "title", "tags"]], on="event_id", how="left", validate="many_to_one")
    frame["unreadable"] = frame["event_id"].isin({*unreadable_events, *without_tags})
    named = normalize.long_id(frame["session_id"].map(mapping.campaign.link.sessions))
    linked = named.fillna(normalize.long_id(frame["event_id"].map(mapping.campaign.link.events)))
    frame["linked"] = linked.notna()
    over = frame["status"] == SessionStatus.PAST
    late = over & _was_ahead(frame, past.activation)
    asked = over & _in_backfill(frame, request)
    frame["creates"] = frame["status"].isin(OPEN) | late | asked
    # the link of an event applies to its upcoming sessions: it must not include past ones (R12)
    has_campaign = (frame["campaign_id"].notna() | named.notna()) & (frame["status"] != SessionStatus.DRAFT)
    frame["reason"] = _reasons(frame, has_campaign, request, mapping.events)
    frame["scope"] = frame["reason"] == ""
    frame["backfill"] = over & frame["scope"] & frame["read_at"].isna() & ~(_end_time(frame) > past.activation)
    moved = frame["scope"] & frame["campaign_id"].notna() & linked.notna() & (linked != frame["campaign_id"])
    frame["retry"] = frame["retry"].eq(True) | moved  # its registrants are added to the Campaign it is linked to now
    frame["campaign_id"] = linked.where(frame["scope"]).fillna(frame["campaign_id"])
    return frame.drop(columns=["title", "tags", "unreadable"])


def _reasons(frame: pd.DataFrame, has_campaign: pd.Series, request: Request, events: EventRules) -> pd.Series:
    """Why a session is not in scope; empty if it is."""
    rules = [
        (~_selected(frame, request), NOT_ASKED),
        (frame["unreadable"], EVENT_UNREADABLE),
        (frame["breakout_room_parent_session_id"].notna(), "breakout room: its people belong to the parent session"),
        (~_allowed(frame, events), "event excluded by the mapping (section 'events')"),
        (frame["creates"] | has_campaign, ""),
        (frame["status"] == SessionStatus.PAST, BEFORE_ACTIVATION),
        (frame["status"] == SessionStatus.PAST_NOT_STARTED, "never started: no Campaign is made"),
        (frame["status"] == SessionStatus.CANCELED, "canceled before it had a Campaign"),
        (frame["status"] == SessionStatus.DRAFT, "draft: no Campaign until it is published"),
    ]
    return first_reason(rules, "status unknown to this project: nothing is done", frame.index)


def _without_tags(events: pd.DataFrame, rules: EventRules) -> list[str]:
    """Events whose tags are needed and unknown: they might be events that must not be synced.

    Raises:
        ContractError: the tags of all events are unknown.
    """
    if not (rules.include_tags or rules.exclude_tags):
        return []
    without: list[str] = events.loc[events["tags"].isna(), "event_id"].tolist()
    unknown = len(without)
    if unknown and unknown == len(events):
        raise ContractError(
            f"The tags of {unknown:,} of {len(events):,} Livestorm events have no name that is known, and the mapping "
            "chooses events by their tags.",
            remedy="choose them by id or title (section 'events' of mapping.yaml), and report what GET /events with "
            "include=tags answers",
        )
    return without


def _as_known(known: pd.DataFrame) -> pd.DataFrame:
    names = {name: f"known_{name}" for name in ("status", "registrants_count", "attendees_count", "updated_at")}
    return known.rename(columns=names)


def _was_ahead(frame: pd.DataFrame, activation: pd.Timestamp) -> pd.Series:
    """Past sessions that were open at the last success, created since, or not ended at activation (Q5)."""
    created = frame["created_at"] > activation
    return frame["known_status"].isin([*OPEN, WAITING]) | created | (_end_time(frame) > activation)


def _end_time(frame: pd.DataFrame) -> pd.Series:
    return frame["ended_at"].fillna(frame["estimated_started_at"])


def _in_backfill(frame: pd.DataFrame, request: Request) -> pd.Series:
    if request.backfill_from is None and request.backfill_to is None:
        return pd.Series(False, index=frame.index)
    started = frame["started_at"].fillna(frame["estimated_started_at"])
    inside = started.notna()
    if request.backfill_from is not None:
        inside &= started >= request.backfill_from
    if request.backfill_to is not None:
        inside &= started < request.backfill_to
    return inside


def _selected(frame: pd.DataFrame, request: Request) -> pd.Series:
    if not request.session_ids and not request.event_ids:
        return pd.Series(True, index=frame.index)
    return frame["session_id"].isin(request.session_ids) | frame["event_id"].isin(request.event_ids)


def _allowed(frame: pd.DataFrame, rules: EventRules) -> pd.Series:
    tags = frame["tags"].fillna("").str.split(";")
    title = frame["title"].fillna("").str.lower()

    def tagged(wanted: tuple[str, ...]) -> pd.Series:
        words = {tag.strip().lower() for tag in wanted}
        return tags.map(lambda own: not words.isdisjoint(own)).astype(bool)

    def titled(patterns: tuple[str, ...]) -> pd.Series:
        plain = [
            pattern.lower().replace("[", "[[]") for pattern in patterns
        ]  # brackets are literal: titles contain them
        return title.map(lambda name: any(fnmatchcase(name, pattern) for pattern in plain)).astype(bool)

    out = frame["event_id"].isin(rules.exclude) | tagged(rules.exclude_tags) | titled(rules.exclude_titles)
    chosen = frame["event_id"].isin(rules.include) | tagged(rules.include_tags) | titled(rules.include_titles)
    return ~out & (chosen if rules.require else True)
