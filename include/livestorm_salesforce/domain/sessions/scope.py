"""Which sessions get a Campaign.

Pure: the clock is `now`, what we know of earlier runs is `known`, what a person asked for is `request`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.config.sections import EventRules
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.reasons import first_reason
from livestorm_salesforce.errors import ContractError

WAITING = "waiting"  # remembered of a session that is over and has no Campaign yet: being past must not take it out
GONE = "gone"  # remembered of a session that was told of and that Livestorm does not have: it is not asked for again
NOT_ASKED = "not among the sessions asked for"
AHEAD = ("upcoming", "live")
OPEN = (*AHEAD, "on_demand")
OVER = ("past", "past_not_started")  # who registered in the last hour before is still to be read
STATUSES = {*OPEN, *OVER, "canceled", "draft"}
NEVER = pd.Timestamp(0, tz="UTC")

#: What is remembered of each session between runs. `read_at`: its new people were read; `full_at`: all of them.
#: `surplus`: rows of its list of people beyond its registrants_count (whether that counts the team is not documented).
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
    """What the trigger form asked for. Dates are UTC; `backfill_to` is exclusive."""

    session_ids: tuple[str, ...] = ()
    event_ids: tuple[str, ...] = ()
    backfill_from: pd.Timestamp | None = None
    backfill_to: pd.Timestamp | None = None
    full_read: bool = False
    manual: bool = False
    mode: str = "apply"


@dataclass(frozen=True)
class Past:
    """What earlier runs left: when the workspace was switched on, and the sessions as last loaded."""

    activation: pd.Timestamp
    known: pd.DataFrame = field(default_factory=lambda: empty_known())  # noqa: PLW0108 defined below


def empty_known() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in KNOWN_COLUMNS.items()})


def typed_known(known: pd.DataFrame) -> pd.DataFrame:
    """`KNOWN_COLUMNS` and no others, each of its type; what is absent is null."""
    absent = {name: pd.Series(None, index=known.index, dtype="object") for name in KNOWN_COLUMNS if name not in known}
    frame = known.assign(**absent)[list(KNOWN_COLUMNS)]
    frame["retry"] = frame["retry"].eq(True)
    frame["full_at"] = frame["full_at"].where(frame["full_at"].notna(), frame["read_at"])
    return frame.astype(KNOWN_COLUMNS)


def decide_scope(
    sessions: pd.DataFrame, events: pd.DataFrame, past: Past, request: Request, mapping: Mapping
) -> pd.DataFrame:
    """Add `scope` (has or gets a Campaign), `creates`, `campaign_id` and `why` (R9 to R13, Q4, Q5, Q17).

    Raises:
        ContractError: the mapping chooses by tags (Q17), and those of an event cannot be told.
    """
    _check_tags(events[events["event_id"].isin(sessions["event_id"])], mapping.events)
    frame = sessions.merge(_remembered(past.known), on="session_id", how="left", validate="one_to_one")
    frame = frame.merge(events[["event_id", "title", "tags"]], on="event_id", how="left", validate="many_to_one")
    named = normalize.long_id(frame["session_id"].map(mapping.campaign.link.sessions))
    linked = named.fillna(normalize.long_id(frame["event_id"].map(mapping.campaign.link.events)))
    frame["linked"] = linked.notna()
    over = frame["status"] == "past"
    late = over & _was_ahead(frame, past.activation)
    asked = over & _in_backfill(frame, request)
    frame["creates"] = frame["status"].isin(OPEN) | late | asked
    # an event's link speaks of its sessions to come: it must not bring in all that were ever held (R12)
    has_campaign = (frame["campaign_id"].notna() | named.notna()) & (frame["status"] != "draft")
    rules = [
        (~_selected(frame, request), NOT_ASKED),
        (frame["breakout_room_parent_session_id"].notna(), "breakout room: its people belong to the parent session"),
        (~_allowed(frame, mapping.events), "event excluded by the mapping (section 'events')"),
        (frame["creates"] | has_campaign, ""),
        (over, "past: ended before this project was switched on; give backfill_from/backfill_to to include it"),
        (frame["status"] == "past_not_started", "never started: no Campaign is made"),
        (frame["status"] == "canceled", "canceled before it had a Campaign"),
        (frame["status"] == "draft", "draft: no Campaign until it is published"),
    ]
    default = "status unknown to this project: nothing is done"
    frame["reason"] = first_reason(rules, default, frame.index)
    frame["scope"] = frame["reason"] == ""
    moved = frame["scope"] & frame["campaign_id"].notna() & linked.notna() & (linked != frame["campaign_id"])
    frame["retry"] = frame["retry"].eq(True) | moved  # its people are wanted in the Campaign that it is linked to now
    frame["campaign_id"] = linked.where(frame["scope"]).fillna(frame["campaign_id"])
    return frame.drop(columns=["title", "tags"])


def _check_tags(events: pd.DataFrame, rules: EventRules) -> None:
    """An event whose tags are not known might be one that must stay out of the CRM."""
    unknown = int(events["tags"].isna().sum())
    if unknown and (rules.include_tags or rules.exclude_tags):
        raise ContractError(
            f"The tags of {unknown} of {len(events)} Livestorm events have no name that is known, and the mapping "
            "chooses events by their tags.",
            remedy="choose them by id or title (section 'events' of mapping.yaml), and report what GET /events with "
            "include=tags answers",
        )


def _remembered(known: pd.DataFrame) -> pd.DataFrame:
    names = {name: f"known_{name}" for name in ("status", "registrants_count", "attendees_count", "updated_at")}
    return known.rename(columns=names)


def _was_ahead(frame: pd.DataFrame, activation: pd.Timestamp) -> pd.Series:
    """Past now, but to come at the last successful run, made since, or not yet over at activation (Q5)."""
    end_time = frame["ended_at"].fillna(frame["estimated_started_at"])
    return frame["known_status"].isin([*OPEN, WAITING]) | (frame["created_at"] > activation) | (end_time > activation)


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
        plain = [pattern.lower().replace("[", "[[]") for pattern in patterns]  # a bracket is one: titles have them
        return title.map(lambda name: any(fnmatchcase(name, pattern) for pattern in plain)).astype(bool)

    out = frame["event_id"].isin(rules.exclude) | tagged(rules.exclude_tags) | titled(rules.exclude_titles)
    chosen = frame["event_id"].isin(rules.include) | tagged(rules.include_tags) | titled(rules.include_titles)
    return ~out & (chosen if rules.require else True)
