"""Counts of the report: buckets, records per object, matches, status moves, calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from livestorm_salesforce.config.sections import ReplayRules
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.report.accounting import BUCKETS
from livestorm_salesforce.enums import SObject

OBJECTS = ("Campaign", "CampaignMemberStatus", "Contact", "Lead", "CampaignMember")


@dataclass(frozen=True)
class Written:
    """What the loads of a run wrote, or what a preview would write.

    Attributes:
        records: number of records by object and action (`create` or `update`).
        member_fields: values of Campaign Members: field, before, after.
    """

    records: Mapping[tuple[str, str], int]
    member_fields: pd.DataFrame


def planned_writes(plan: Plan) -> Written:
    """What a preview would write."""
    members = plan.changes.loc[plan.changes["object"] == SObject.CAMPAIGN_MEMBER, "change_id"]
    return Written(planned_records(plan.changes), plan.fields[plan.fields["change_id"].isin(members)])


def planned_records(changes: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Number of changes of a plan by object and action."""
    kinds = zip(changes["object"], changes["action"], strict=True)
    return dict(Counter(kinds))


def field_counts(plan: Plan) -> list[dict[str, str | int]]:
    """Planned values by object and field: `object`, `field`, `create`, `update`, in the order of `OBJECTS`."""
    planned = plan.fields[["change_id", "field"]].merge(plan.changes[["change_id", "object", "action"]], on="change_id")
    counts = planned.groupby(["object", "field", "action"]).size()
    found = sorted({key[:2] for key in counts.index}, key=lambda key: (OBJECTS.index(key[0]), key[1]))
    return [
        {"object": sobject, "field": field}
        | {action: int(counts.get((sobject, field, action), 0)) for action in ("create", "update")}
        for sobject, field in found
    ]


def bucket_counts(accounting: pd.DataFrame) -> dict[str, int]:
    """Number of registrants per bucket."""
    counts = accounting["bucket"].value_counts()
    return {name: int(counts.get(name, 0)) for name in BUCKETS}


def skip_counts(accounting: pd.DataFrame) -> dict[str, int]:
    """Number of skipped registrants per reason."""
    counts = accounting.loc[accounting["bucket"] == "skipped", "reason"].value_counts()
    return {str(reason): int(count) for reason, count in counts.items()}


def object_counts(records: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Number of created and updated records per object, from `Written.records`."""
    return {
        name: {"created": records.get((name, "create"), 0), "updated": records.get((name, "update"), 0)}
        for name in OBJECTS
    }


def people_counts(people: pd.DataFrame) -> dict[str, int]:
    """Number of people of the plan per kind of match."""
    counts = people["matched_as"].value_counts()
    return {
        "matched_contact": int(counts.get("contact", 0)),
        "matched_converted_lead": int(counts.get("converted_lead", 0)),
        "matched_lead": int(counts.get("lead", 0)),
        "not_found": int(counts.get("created", 0)),
    }


def status_moves(member_fields: pd.DataFrame) -> dict[str, int]:
    """Number of members per `old status > new status`, from `Written.member_fields`."""
    moved = member_fields[member_fields["field"] == "Status"]
    labels = moved["before"].fillna("new") + " > " + moved["after"]
    return {str(label): int(count) for label, count in labels.value_counts().items()}


def replay_views(member_fields: pd.DataFrame, replay: ReplayRules | None) -> int:
    """Number of members whose replay field was set to *watched*, from `Written.member_fields`."""
    if replay is None:
        return 0
    return int(((member_fields["field"] == replay.field) & (member_fields["after"] == replay.watched)).sum())


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
