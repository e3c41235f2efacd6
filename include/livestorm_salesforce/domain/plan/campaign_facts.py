"""Campaign facts: one row per session with the values that Campaign fields use (R9, Q6)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.plan.campaign_names import NAME_LENGTH, add_names
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.joins import lookup


def campaign_facts(
    sessions: pd.DataFrame,
    events: pd.DataFrame,
    mapping: Mapping,
    awaiting: Collection[str] = (),
    listed: pd.DataFrame | None = None,
    *,
    name_length: int = NAME_LENGTH,
) -> pd.DataFrame:
    """Sessions joined with their events, and the values of the rules' own Campaign fields.

    Args:
        sessions: columns of `contracts.SESSIONS`, campaign_id, linked and the other results of `decide_scope`.
        events: columns of `contracts.EVENTS`.
        awaiting: `closing.sessions_awaiting_attendance`: column awaits_attendance.
        name_length: characters that the org's field Campaign.Name holds.
        listed: sessions as last listed (`session_listings.load_named`), with which the names are compared.

    Returns:
        index and column session_id; the columns of `campaign_names.add_names`; type, campaign_status, is_active,
        start_date, end_date, text, parent;
        `campaign_ref`: the Campaign's Id if the mapping links the session, else the session id.
    """
    renamed = events.rename(
        columns={"title": "event_title", "status": "event_status", "updated_at": "event_updated_at"}
    )
    facts = sessions.merge(renamed, on="event_id", how="left", validate="many_to_one")
    facts = facts.set_index("session_id", drop=False).rename_axis(None)
    facts = _with_dates(facts)
    facts["session_name"] = facts["name"]
    others = None if listed is None else _listed_apart(listed, facts, mapping)
    facts = add_names(facts, others, name_length=name_length)
    facts["type"] = mapping.campaign.type
    facts["campaign_status"] = facts["status"].map(mapping.campaign.status.model_dump()).astype("str")
    facts["is_active"] = _is_active(facts["status"])
    facts["text"] = _descriptions(facts)
    facts["campaign_ref"] = facts["campaign_id"].where(facts["linked"], facts["session_id"])
    facts["awaits_attendance"] = facts["session_id"].isin(list(awaiting))
    facts["parent"] = facts["event_id"].map(mapping.campaign.parents).astype("str")
    return facts


def _listed_apart(listed: pd.DataFrame, facts: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Sessions of the same days that only earlier runs listed, with the columns that their names need."""
    started = listed["started_at"].fillna(listed["estimated_started_at"])
    link = mapping.campaign.link
    others = listed.assign(
        start_date=normalize.local_dates(started, listed["timezone"]),
        linked=listed["session_id"].isin([*link.sessions]) | listed["event_id"].isin([*link.events]),
    )
    is_near = others["start_date"].isna() | others["start_date"].isin(facts["start_date"])
    others = others[is_near & ~others["session_id"].isin(facts["session_id"])]
    return others.set_index("session_id", drop=False).rename_axis(None)


def _with_dates(facts: pd.DataFrame) -> pd.DataFrame:
    """Add start and end date in the session's time zone; an end that is not known is the planned one."""
    started = facts["started_at"].fillna(facts["estimated_started_at"])
    duration = pd.to_timedelta(facts["estimated_duration"].fillna(0), unit="min")
    ended = facts["ended_at"].fillna((started + duration).astype(started.dtype))
    zones = facts["timezone"]
    return facts.assign(start_date=normalize.local_dates(started, zones), end_date=normalize.local_dates(ended, zones))


def _is_active(status: pd.Series) -> pd.Series:
    active, over = status.isin(["upcoming", "live", "on_demand"]), status.isin(["past", "canceled"])
    return pd.Series(np.select([active, over], ["true", "false"], ""), index=status.index, dtype="str")


def _descriptions(facts: pd.DataFrame) -> pd.Series:
    return normalize.text(facts["description"].fillna("") + "\n\n" + facts["registration_link"].fillna(""))


def campaigns_of_sessions(records: pd.DataFrame, session_ids: pd.Series, external_id: str) -> pd.DataFrame:
    """The Campaign of each session, with `session_id`.

    If several Campaigns have the session's id (the field is not unique, or a Campaign was cloned), the oldest by
    CreatedDate, then Id, is used in every run (Q7). Salesforce compares external ids without case and returns them as
    they were stored.

    Args:
        records: Campaigns with Id, CreatedDate and the external id field.
    """
    stored = records[external_id].astype("str")
    requested = lookup(stored.str.lower(), session_ids.str.lower(), session_ids).astype("str")
    oldest = records.assign(session_id=requested.fillna(stored)).sort_values(["CreatedDate", "Id"])
    return oldest.drop_duplicates("session_id", ignore_index=True)
