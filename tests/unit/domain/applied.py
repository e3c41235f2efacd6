"""Applies a plan to a small org in memory with the semantics of Salesforce.

Text is trimmed, and blank text is stored as null. Text longer than its field, a second member for one person and a
member for a converted Lead raise an error, because a plan must not contain them. A new Campaign has the org's own
statuses; a status that the Campaign does not offer becomes its default without an error.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema

Org = dict[str, list[dict[str, Any]]]
ORDER = ("Campaign", "CampaignMemberStatus", "Contact", "Lead", "CampaignMember")
PREFIX = {"Campaign": "701", "CampaignMemberStatus": "01Y", "Contact": "003", "Lead": "00Q", "CampaignMember": "00v"}
NOW = "2026-11-23T12:00:00.000+0000"
PERSON = {"Lead": "LeadId", "Contact": "ContactId"}


def apply(plan: Plan, org: Org, schemas: dict[str, ObjectSchema], wanted: Callable[[int], bool] = bool) -> Org:
    """The org after the plan; `wanted` gets the number of each change in the order of loading, from 1."""
    after = copy.deepcopy(org)
    number = 0
    for name in ORDER:
        for change in plan.changes[plan.changes["object"] == name].itertuples():
            number += 1
            if wanted(number):
                fields = plan.fields[plan.fields["change_id"] == change.change_id]
                sent = zip(fields["field"], fields["after"], strict=True)
                _write(after, change, {field: _stored(text, _info(schemas, name, field)) for field, text in sent}, plan)
    return after


def _write(org: Org, change: Any, values: dict[str, Any], plan: Plan) -> None:
    rows = org.setdefault(change.object, [])
    if change.action == "update":
        [row] = [row for row in rows if row["Id"] == change.record_id]
        assert not (change.object == "Lead" and row["IsConverted"]), "cannot reference converted lead"
        row |= values
    else:
        row = {"Id": f"{PREFIX[change.object]}{900_000_000_000 + len(rows):012d}AAA"} | values
        row |= EXTRA.get(change.object, lambda *_: {})(org, change, plan)
        rows.append(row)
    if change.object == "CampaignMemberStatus" and values.get("IsDefault"):
        for other in rows:
            other["IsDefault"] = other is row if other["CampaignId"] == row["CampaignId"] else other["IsDefault"]
    if change.object == "CampaignMember":
        row["Status"] = _offered(org, row)


def _new_campaign(org: Org, change: Any, plan: Plan) -> dict[str, Any]:
    campaign = f"701{900_000_000_000 + len(org['Campaign']):012d}AAA"
    own = [("Sent", True, False), ("Responded", False, True)]
    for place, (label, default, responded) in enumerate(own):
        statuses = org.setdefault("CampaignMemberStatus", [])
        statuses.append({"Id": f"01Y{800_000_000_000 + len(statuses):012d}AAA", "CampaignId": campaign, "Label": label,
                         "IsDefault": default, "HasResponded": responded, "SortOrder": place + 3})  # fmt: skip
    return {}


def _new_status(org: Org, change: Any, plan: Plan) -> dict[str, Any]:
    return {"CampaignId": _campaign_id(org, change.campaign_ref)}


def _new_lead(org: Org, change: Any, plan: Plan) -> dict[str, Any]:
    return {"IsConverted": False, "CreatedDate": NOW}


def _new_contact(org: Org, change: Any, plan: Plan) -> dict[str, Any]:
    return {"CreatedDate": NOW}


def _new_member(org: Org, change: Any, plan: Plan) -> dict[str, Any]:
    person = plan.people.set_index("email_key").loc[change.source_key]
    made = [row["Id"] for row in org[person["object"]] if str(row.get("Email")).strip().lower() == change.source_key]
    record = person["record_id"] if isinstance(person["record_id"], str) else made[-1]
    ids = {"CampaignId": _campaign_id(org, change.campaign_ref), PERSON[person["object"]]: record}
    same = [row for row in org["CampaignMember"] if all(row.get(name) == value for name, value in ids.items())]
    assert not same, "Already a campaign member."
    return ids


EXTRA = {"Campaign": _new_campaign, "CampaignMemberStatus": _new_status, "Lead": _new_lead, "Contact": _new_contact,
         "CampaignMember": _new_member}  # fmt: skip


def _campaign_id(org: Org, campaign: str) -> str:
    """`campaign` is the Id of a linked one, else the session's own by the external id."""
    [found] = [row["Id"] for row in org["Campaign"] if campaign in (row["Id"], row.get("Livestorm_Session_Id__c"))]
    return found


def _offered(org: Org, member: dict[str, Any]) -> str:
    statuses = [row for row in org["CampaignMemberStatus"] if row["CampaignId"] == member["CampaignId"]]
    labels = [row["Label"] for row in statuses]
    default = [row["Label"] for row in statuses if row["IsDefault"]]
    return member["Status"] if member.get("Status") in labels else default[0]


def _stored(value: str, info: FieldInfo) -> Any:
    if info.type == "boolean":
        return value == "true"
    if info.is_number:
        return float(value)
    text = value.strip()
    assert not info.length or len(text) <= info.length, f"{info.name}: data value too large (max length={info.length})"
    return text or None


def _info(schemas: dict[str, ObjectSchema], name: str, field: str) -> FieldInfo:
    if name == "CampaignMemberStatus":
        kind = {"IsDefault": "boolean", "HasResponded": "boolean", "SortOrder": "int"}.get(field, "string")
        return FieldInfo(field, kind)
    return schemas[name].fields[field]


def erased(before: Org, after: Org) -> list[str]:
    """Fields that had a value and are empty now."""
    gone = []
    for name, rows in before.items():
        now = {row["Id"]: row for row in after[name]}
        gone += [f"{name}.{field}" for row in rows for field, value in row.items()
                 if not pd.isna(value) and pd.isna(now[row["Id"]][field])]  # fmt: skip
    return gone
