"""Counts of the report: buckets, records per object, matches, status moves, calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from livestorm_salesforce.config.sections import ReplayRules
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.report.accounting import BUCKETS

OBJECTS = ("Campaign", "CampaignMemberStatus", "Contact", "Lead", "CampaignMember")
#: One row per written field: several attempts of a load may record the same one.
WRITTEN_FIELD = ["object", "action", "record_id", "field", "after"]
WRITTEN_RECORD = ["object", "action", "record_id"]


def planned_fields(plan: Plan) -> pd.DataFrame:
    """The fields that a preview would write, with the columns of audit entries."""
    planned = plan.fields.merge(plan.changes, on="change_id")
    return planned.assign(record_id=planned["change_id"].astype("str"))


def field_counts(plan: Plan) -> list[dict[str, str | int]]:
    """Planned values by object and field: `object`, `field`, `create`, `update`, in the order of `OBJECTS`."""
    planned = plan.fields.merge(plan.changes, on="change_id")
    counts = planned.groupby(["object", "field", "action"]).size()
    found = sorted({key[:2] for key in counts.index}, key=lambda key: (OBJECTS.index(key[0]), key[1]))
    return [
        {"object": sobject, "field": field}
        | {action: int(counts.get((sobject, field, action), 0)) for action in ("create", "update")}
        for sobject, field in found
    ]


def written_fields(entries: pd.DataFrame) -> pd.DataFrame:
    """The fields that all attempts of a run have written, each once."""
    return entries.drop_duplicates(WRITTEN_FIELD)


def bucket_counts(accounting: pd.DataFrame) -> dict[str, int]:
    """Number of registrants per bucket."""
    counts = accounting["bucket"].value_counts()
    return {name: int(counts.get(name, 0)) for name in BUCKETS}


def skip_counts(accounting: pd.DataFrame) -> dict[str, int]:
    """Number of skipped registrants per reason."""
    counts = accounting.loc[accounting["bucket"] == "skipped", "reason"].value_counts()
    return {str(reason): int(count) for reason, count in counts.items()}


def object_counts(changes: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Number of created and updated records per object.

    Args:
        changes: `object` and `action` (`create` or `update`), one row per record.
    """
    counts = changes.groupby(["object", "action"]).size()
    return {
        name: {"created": int(counts.get((name, "create"), 0)), "updated": int(counts.get((name, "update"), 0))}
        for name in OBJECTS
    }


def written_object_counts(fields: pd.DataFrame) -> dict[str, dict[str, int]]:
    """`object_counts` of written fields."""
    return object_counts(fields.drop_duplicates(WRITTEN_RECORD))


def people_counts(people: pd.DataFrame) -> dict[str, int]:
    """Number of people of the plan per kind of match."""
    counts = people["matched_as"].value_counts()
    return {
        "matched_contact": int(counts.get("contact", 0)),
        "matched_converted_lead": int(counts.get("converted_lead", 0)),
        "matched_lead": int(counts.get("lead", 0)),
        "not_found": int(counts.get("created", 0)),
    }


def status_moves(fields: pd.DataFrame) -> dict[str, int]:
    """Number of members per `old status > new status`."""
    moved = fields[(fields["object"] == "CampaignMember") & (fields["field"] == "Status")]
    labels = moved["before"].fillna("new") + " > " + moved["after"]
    return {str(label): int(count) for label, count in labels.value_counts().items()}


def replay_views(fields: pd.DataFrame, replay: ReplayRules | None) -> int:
    """Number of members whose replay field was set to *watched*."""
    if replay is None:
        return 0
    watched = (fields["field"] == replay.field) & (fields["after"] == replay.watched)
    return int((watched & (fields["object"] == "CampaignMember")).sum())


def calls_used(attempts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Number of calls per service.

    Args:
        attempts: per attempt of a task `livestorm`, `salesforce` and, once Livestorm has answered, `monthly_remaining`.
    """
    used = list(attempts)
    return {service: sum(int(one[service]) for one in used) for service in ("livestorm", "salesforce")}


def monthly_remaining(attempts: Iterable[Mapping[str, Any]]) -> int | None:
    """Calls left in Livestorm's allowance of 30 days, None if Livestorm was not called."""
    values = [int(one["monthly_remaining"]) for one in attempts if one.get("monthly_remaining") is not None]
    return min(values, default=None)


def monthly_limit(attempts: Iterable[Mapping[str, Any]]) -> int | None:
    """Livestorm's allowance of calls per 30 days, None if Livestorm was not called."""
    return max((int(one["monthly_limit"]) for one in attempts if one.get("monthly_limit") is not None), default=None)


def salesforce_usage(attempts: Iterable[Mapping[str, Any]]) -> dict[str, int] | None:
    """`used` and `limit` of the org's API calls in 24 hours, None if no response stated them."""
    stated = [one["salesforce_usage"] for one in attempts if one.get("salesforce_usage")]
    if not stated:
        return None
    used, limit = max(stated)
    return {"used": int(used), "limit": int(limit)}
