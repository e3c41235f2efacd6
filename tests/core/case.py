"""A case file says: given these sessions, people and org, expect these changes and reasons. See cases/README.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from include.livestorm_salesforce.config import Mapping
from include.livestorm_salesforce.core import account, scope, tidy
from include.livestorm_salesforce.core import canonical as canon
from include.livestorm_salesforce.core.campaigns import campaign_facts
from include.livestorm_salesforce.core.plan import Current, Plan, make_plan
from include.livestorm_salesforce.core.registrations import columns_needed, prepare
from include.livestorm_salesforce.core.schema import ObjectSchema, parse_describe

CASES = Path(__file__).parent / "cases"
NOW = "2026-11-23T10:00:00Z"
TEXT = {"type": "string", "length": 255}


def _field(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "nillable": True, "createable": True, "updateable": True} | TEXT | more


def _required(name: str, length: int) -> dict[str, Any]:
    return _field(name, length=length, nillable=False, defaultedOnCreate=False)


#: The fields that matter to decisions, as in a fresh org (lengths: describe of Lead, Contact, Campaign).
ORG: dict[str, list[dict[str, Any]]] = {
    "Lead": [
        _field("FirstName", length=40), _required("LastName", 80), _required("Company", 255),
        _field("Email", type="email", length=80), _field("Title", length=128), _field("City", length=40),
        _field("Country", length=80), _field("Phone", type="phone", length=40), _field("Website", type="url"),
        _field("LeadSource", type="picklist"), _field("Status", type="picklist", nillable=False, defaultedOnCreate=True),
    ],
    "Contact": [
        _field("FirstName", length=40), _required("LastName", 80), _field("Email", type="email", length=80),
        _field("Title", length=128), _field("Phone", type="phone", length=40), _field("MailingCity", length=40),
        _field("MailingCountry", length=80), _field("AccountId", type="reference", length=18),
    ],
    "Campaign": [
        _required("Name", 80), _field("Type", type="picklist"), _field("Status", type="picklist"),
        _field("IsActive", type="boolean", nillable=False, defaultedOnCreate=True), _field("StartDate", type="date"),
        _field("EndDate", type="date"), _field("Description", type="textarea", length=32000),
        _field("ParentId", type="reference", length=18), _field("Livestorm_Session_Id__c", length=50, custom=True),
    ],
    "CampaignMember": [
        _field("Status", type="picklist", length=40), _field("Livestorm_Replay_Status__c", length=40, custom=True),
        _field("Livestorm_Rate__c", type="double", scale=1, custom=True),
        _field("Livestorm_UTM__c", length=40, custom=True),
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One file, decided."""

    document: dict[str, Any]
    scoped: pd.DataFrame
    plan: Plan
    account: pd.DataFrame


def load(path: Path) -> dict[str, Any]:
    return YAML(typ="safe").load(path.read_text("utf-8"))


def decide(document: dict[str, Any]) -> Case:
    """Run the whole of core over a case, from Livestorm's resources to the account, without any I/O."""
    given = document["given"]
    mapping = Mapping.model_validate(document.get("mapping", {}))
    schemas = {name: _schema(name, fields, document.get("describe", {})) for name, fields in ORG.items()}
    now = pd.Timestamp(document.get("now", NOW))
    activation = pd.Timestamp(document.get("activation", NOW))
    sessions = tidy.tidy_sessions([_session(session) for session in given["sessions"]])
    events = tidy.tidy_events([_event(event) for event in given.get("events", [{"id": "e1"}])])
    org = given.get("org", {})
    past = scope.Past(activation, _known(given.get("known", []), org, mapping))
    scoped = scope.decide_scope(sessions, events, past, _request(document.get("request", {})), mapping)
    scoped = scope.decide_reading(scoped, _request(document.get("request", {})), mapping.reading, now)
    facts = campaign_facts(scoped[scoped["scope"]], events, mapping)
    people = [tidy.tidy_people(list(map(_person, rows)), session) for session, rows in given.get("people", {}).items()]
    registrants = pd.concat([tidy.tidy_people([], ""), *people], ignore_index=True)
    registrants = registrants[registrants["session_id"].isin(scoped.loc[scoped["read"], "session_id"])]
    rows = prepare(registrants.reindex(columns=columns_needed(mapping)), facts, mapping, activation)
    dirty = rows[rows["person_dirty"] | rows["member_dirty"]]
    plan = make_plan(facts, dirty, _current(org, mapping, schemas), mapping, schemas)
    return Case(document, scoped, plan, account.account_for(rows, plan, account.Results(False, None, None, None)))


def shown_changes(case: Case) -> dict[str, dict[str, Any]]:
    """The plan as the case files write it: `create Lead a@x.io` -> {field: after}; updates [before, after]."""
    shown: dict[str, dict[str, Any]] = {}
    for change in case.plan.changes.itertuples():
        place = f" in {change.campaign}" if change.object in ("CampaignMember", "CampaignMemberStatus") else ""
        record = f" {change.record_id}" if isinstance(change.record_id, str) else ""
        fields = case.plan.fields[case.plan.fields["change_id"] == change.change_id]
        values = {
            row.field: row.after
            if change.action == "create"
            else [None if pd.isna(row.before) else row.before, row.after]
            for row in fields.itertuples()
        }
        shown[f"{change.action} {change.object} {change.key}{place}{record}"] = values
    return shown


def shown_account(case: Case) -> dict[str, str]:
    """`session person` -> `bucket` or `bucket: reason` for what was skipped or refused."""
    shown = {}
    for row in case.account.itertuples():
        why = f": {row.code}" if row.bucket == "refused" else f": {row.reason}" if row.bucket == "skipped" else ""
        shown[f"{row.session_id} {row.person_id}"] = f"{row.bucket}{why}"
    return shown


def _schema(name: str, fields: list[dict[str, Any]], changes: dict[str, Any]) -> ObjectSchema:
    """`describe: {Lead: {Company: {length: 20}, Website: null}}` changes or removes fields of the fresh org."""
    merged = {field["name"]: field for field in fields}
    for field, properties in changes.get(name, {}).items():
        if properties is None:
            merged.pop(field)
        else:
            merged[field] = merged.get(field, _field(field, custom=field.endswith("__c"))) | properties
    return parse_describe({"name": name, "fields": list(merged.values())})


def _session(given: dict[str, Any]) -> dict[str, Any]:
    times = {
        name: int(pd.Timestamp(value).timestamp()) for name, value in given.items() if name.endswith("_at") and value
    }
    base = {"event_id": "e1", "timezone": "Europe/Paris", "name": None, "registrants_count": 1, "attendees_count": 0,
            "estimated_started_at": "2026-12-01T09:00:00Z", "created_at": "2026-10-01T00:00:00Z", "updated_at": "2026-10-01T00:00:00Z"}  # fmt: skip
    base |= {name: int(pd.Timestamp(value).timestamp()) for name, value in base.items() if name.endswith("_at")}
    zeros = dict.fromkeys(["started_at", "ended_at", "canceled_at"], 0)
    return {"id": given["id"], "type": "sessions", "attributes": zeros | base | given | times}


def _event(given: dict[str, Any]) -> dict[str, Any]:
    base = {
        "title": "Spring tour",
        "description": None,
        "estimated_duration": 45,
        "registration_link": None,
        "updated_at": 1,
    }
    return {"id": given["id"], "type": "events", "attributes": base | given}


DETAIL = {"attended", "has_viewed_replay", "attendance_rate", "attendance_duration", "is_guest_speaker", "utm_source"}


def _person(given: dict[str, Any]) -> dict[str, Any]:
    """Keys of the detail, of the person, or answers of the form; `registered_at` is the detail's `created_at`."""
    own = {"id", "email", "role", "first_name", "last_name", "registered_at", "watched_at", "messages_count"}
    detail = {name: value for name, value in given.items() if name in DETAIL}
    detail["created_at"] = int(pd.Timestamp(given.get("registered_at", "2026-11-01T00:00:00Z")).timestamp())
    detail["fields"] = [{"id": name, "value": value} for name, value in given.items() if name not in own | DETAIL]
    replay = {"watched_at": int(pd.Timestamp(given["watched_at"]).timestamp())} if "watched_at" in given else None
    person = {name: given.get(name) for name in ("email", "first_name", "last_name", "messages_count")}
    attributes = {
        "role": given.get("role", "participant"),
        **person,
        "registrant_detail": detail,
        "replay_view_detail": replay,
    }
    return {"id": given["id"], "type": "people", "attributes": attributes}


def _request(given: dict[str, Any]) -> scope.Request:
    times = {name: pd.Timestamp(value) for name, value in given.items() if name.startswith("backfill")}
    lists = {name: tuple(value) for name, value in given.items() if name.endswith("_ids")}
    return scope.Request(**{**given, **lists, **times})


def _known(given: list[dict[str, Any]], org: dict[str, Any], mapping: Mapping) -> pd.DataFrame:
    """What earlier runs knew; a session whose Campaign is in the org is known by it, as `discover` finds it."""
    key = mapping.campaign.external_id
    held = {record[key]: record["Id"] for record in org.get("Campaign", []) if key in record}
    rows = {row["session_id"]: row for row in given}
    for session, campaign in held.items():
        rows.setdefault(session, {"session_id": session}).setdefault("campaign_id", campaign)
    frame = pd.DataFrame(list(rows.values()))
    for name in ("updated_at", "read_at", "verified_at"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True)
    return scope.typed_known(frame)


def _current(org: dict[str, Any], mapping: Mapping, schemas: dict[str, ObjectSchema]) -> Current:
    def table(name: str, *always: str) -> pd.DataFrame:
        columns = dict.fromkeys(["Id", *always, *(schemas[name].fields if name in schemas else ())])
        frame = pd.DataFrame(org.get(name, []), columns=list(columns), dtype="object")
        for column in ("Id", "CampaignId", "LeadId", "ContactId", "ConvertedContactId"):
            if column in frame:
                frame[column] = canon.long_id(frame[column])
        if "Email" in frame:
            frame["key"] = canon.key(frame["Email"])
        return frame

    contacts, leads = table("Contact", "CreatedDate"), table("Lead", "CreatedDate", "IsConverted", "ConvertedContactId")
    campaigns = table("Campaign")
    campaigns["session_id"] = campaigns[mapping.campaign.external_id].astype("str")
    statuses = table("CampaignMemberStatus", "CampaignId", "Label", "IsDefault", "HasResponded", "SortOrder")
    members = table("CampaignMember", "CampaignId", "LeadId", "ContactId")
    converted = contacts[contacts["Id"].isin(leads["ConvertedContactId"].dropna())]
    accounts = table("Account", "Name", "Website")
    return Current(
        campaigns.dropna(subset="session_id"),
        statuses,
        contacts,
        leads,
        converted,
        members,
        accounts,
        campaigns[["Id"]],
    )
