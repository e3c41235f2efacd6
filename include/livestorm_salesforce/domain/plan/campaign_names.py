"""Names of Campaigns: event title, session name, local date; a time or a code where that names two sessions (Q6).

Names of two sessions of one day differ, also if different runs list them (field A20). A name that got a time or a code
keeps this form, whichever other sessions a later run lists: names are stable.
"""

from __future__ import annotations

import hashlib
import re

import pandas as pd

from livestorm_salesforce.domain.shared import normalize, text_length
from livestorm_salesforce.enums import SessionStatus

NAME_LENGTH = 80  # characters of Campaign.Name in Salesforce; an org may store less
#: What distinguishes the sessions of an event at the end of a name; it matches the empty end of any other text.
SUFFIX = re.compile(r"( - \d{4}-\d{2}-\d{2}( \d{2}:\d{2})?)?( \([0-9a-f]{6}\))?$")
#: Columns of the three forms: by date; by date and time; by date, time and a code of the session.
FORMS = ["name", "name_with_time", "name_with_code"]
LEVEL = "name_form"  # number of the form that distinguishes the sessions of this run
WITH_TIME = re.compile(r" - \d{4}-\d{2}-\d{2} \d{2}:\d{2}$")
WITH_CODE = re.compile(r" \([0-9a-f]{6}\)$")
AHEAD = (SessionStatus.UPCOMING, SessionStatus.LIVE, SessionStatus.ON_DEMAND)


def add_names(
    facts: pd.DataFrame, others: pd.DataFrame | None = None, *, name_length: int = NAME_LENGTH
) -> pd.DataFrame:
    """Add the columns `FORMS` and `LEVEL`.

    Args:
        facts: session_id, event_title, session_name, start_date, status, timezone, estimated_started_at, started_at,
            linked, scope, campaign_id of all sessions of the run.
        others: the same columns of sessions that earlier runs listed and this one does not.
        name_length: characters that the field holds.
    """
    named = _with_forms(facts, name_length)
    rivals = [named] if others is None or others.empty else [named, _with_forms(others, name_length)]
    return named.assign(**{LEVEL: _levels(pd.concat(rivals)).reindex(named.index)})


def _with_forms(facts: pd.DataFrame, name_length: int) -> pd.DataFrame:
    title = facts["event_title"].fillna("Livestorm session")
    title = title.where(facts["session_name"].isna(), title + " - " + facts["session_name"])
    dated = facts["start_date"].notna() & (facts["status"] != SessionStatus.ON_DEMAND)
    date = (" - " + facts["start_date"]).where(dated, "").fillna("")
    planned = facts["estimated_started_at"].fillna(facts["started_at"])
    time = (" " + normalize.local_times(planned, facts["timezone"])).where(dated, "").fillna("")
    code = facts["session_id"].map(_code)
    suffixes = (date, date + time, date + time + code)
    forms = [(title + suffix).map(lambda name: cut_name(name, name_length)).astype("str") for suffix in suffixes]
    return facts.assign(**dict(zip(FORMS, forms, strict=True)))


def chosen_names(facts: pd.DataFrame, current: pd.Series) -> pd.Series:
    """The name of each session's Campaign.

    Args:
        facts: rows of `add_names`.
        current: present names in the order of `facts`, null if there is no Campaign yet.
    """
    stored = current.fillna("").set_axis(facts.index)
    coded, timed = stored.str.contains(WITH_CODE), stored.str.contains(WITH_TIME)
    kept = pd.Series(0, index=facts.index).mask(timed, 1).mask(coded, 2)
    level = kept.where(kept > facts[LEVEL], facts[LEVEL])
    names = facts[FORMS[0]].mask(level == 1, facts[FORMS[1]])
    return names.mask(level == 2, facts[FORMS[2]])


def _levels(named: pd.DataFrame) -> pd.Series:
    """The first form that no other session has. Sessions do not count that get no Campaign of their own, or whose event
    cannot be read: their title is provisional."""
    has_campaign = named["scope"].astype(bool) | named["campaign_id"].notna() | named["status"].isin(AHEAD)
    own = has_campaign & ~named["linked"].astype(bool) & named["event_title"].notna()
    level = pd.Series(0, index=named.index)
    for number, form in enumerate(FORMS[:-1], 1):
        same = named.loc[own, form].str.lower().duplicated(keep=False)
        level[same[same].index] = number
    return level


def _code(session_id: str) -> str:
    return f" ({hashlib.sha256(session_id.encode()).hexdigest()[:6]})"


def cut_name(name: str, limit: int) -> str:
    """A name of at most `limit` UTF-16 code units: the title is cut, so that date, time and code stay complete.

    If the field has no room for a title, the name begins with the date.
    """
    suffix = SUFFIX.search(name)
    end = suffix[0] if suffix else ""
    title = text_length.cut(name.removesuffix(end), max(limit - len(end), 0))
    return title + end if title else text_length.cut(end.lstrip(" -"), limit)


def loses_end(stored: str, name: str) -> bool:
    """Whether a stored text is the beginning of a name and lacks a part of its date, time or code."""
    suffix = SUFFIX.search(name)
    is_beginning = bool(stored) and stored != name and name.startswith(stored)
    return bool(suffix and suffix[0]) and is_beginning
