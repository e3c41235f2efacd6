"""The reason of each changed field of a Campaign Member."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.config.attributes import ENGAGEMENT, REGISTRATION
from livestorm_salesforce.config.field_rules import FieldRule
from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.domain.registrants import change_causes

REGISTERED = "registered in Livestorm"
ATTENDANCE = "attendance in Livestorm"
REPLAY = "replay view in Livestorm"
ANSWERS = "answers in Livestorm"
REGISTRATION_DATA = "registration data in Livestorm"
CONSTANT = "fixed value of the mapping"
REPLAY_ATTRIBUTES = ("has_viewed_replay", "replay_watched_at")


def with_member_reasons(updated: pd.DataFrame, causes: pd.Series, mapping: Mapping) -> pd.DataFrame:
    """Differences of members with `field_reason`.

    Args:
        updated: row, field, before, after.
        causes: `change_causes.ChangeCause` of each member, by row number.
    """
    if updated.empty:
        return updated
    reasons = {field: _reason(rule) for field, rule in mapping.campaign_member.items()} | {"Status": ATTENDANCE}
    if mapping.replay:
        reasons[mapping.replay.field] = REPLAY
    by_field = updated["field"].map(reasons)
    registered = mapping.statuses.registered.label.lower()
    is_registered = (updated["field"] == "Status") & (updated["after"].str.lower() == registered)
    by_cause = updated["row"].map(causes).map(change_causes.REASONS)
    return updated.assign(field_reason=by_cause.fillna(by_field.mask(is_registered, REGISTERED)).astype("str"))


def _reason(rule: FieldRule) -> str:
    name = rule.attribute
    if name is None:
        return CONSTANT
    if name in ENGAGEMENT:
        return REPLAY if name in REPLAY_ATTRIBUTES else ATTENDANCE
    return REGISTRATION_DATA if name in REGISTRATION else ANSWERS
