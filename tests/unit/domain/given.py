"""The data of a case file as Livestorm resources and tables of the org, with defaults.

Unknown keys are errors: with a misspelt key, a rule would seem to hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.model import CurrentState
from livestorm_salesforce.domain.registrants import transform as registrant_transform
from livestorm_salesforce.domain.registrants.transform import transform_registrants
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions import transform as session_transform
from livestorm_salesforce.domain.sessions.transform import transform_events, transform_sessions
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema, parse_describe

TEXT = {"type": "string", "length": 255}
EPOCH_NEVER = dict.fromkeys(["started_at", "ended_at", "canceled_at"], 0)

SESSION = {"event_id": "e1", "timezone": "Europe/Paris", "name": None, "registrants_count": 1, "attendees_count": 0,
           "estimated_started_at": "2026-12-01T09:00:00Z", "created_at": "2026-10-01T00:00:00Z",
           "updated_at": "2026-10-01T00:00:00Z"}  # fmt: skip
SESSION_KEYS = {
    "id",
    *session_transform.SESSION_TEXT,
    *session_transform.SESSION_NUMBERS,
    *session_transform.SESSION_TIMES,
}
EVENT = {"title": "Spring tour", "description": None, "estimated_duration": 45, "registration_link": None,
         "updated_at": 1}  # fmt: skip
EVENT_KEYS = {"id", "fields", "tags", *session_transform.EVENT_TEXT, *EVENT}
PERSON = ("email", "first_name", "last_name", "timezone", *registrant_transform.COUNTS)
DETAIL = {"attended", "has_viewed_replay", "attendance_rate", "attendance_duration", "is_guest_speaker",
          *registrant_transform.DETAIL_TEXT}  # fmt: skip
ALWAYS = {
    "Contact": ["CreatedDate", "IsDeleted"],
    "Lead": ["CreatedDate", "IsConverted", "ConvertedContactId", "IsDeleted"],
    "Campaign": ["CreatedDate", "IsDeleted"],
    "CampaignMemberStatus": ["CampaignId", "Label", "IsDefault", "HasResponded", "SortOrder"],
    "CampaignMember": ["CampaignId", "LeadId", "ContactId"],
    "Account": ["Name", "Website"],
}
NOBODY = transform_registrants([], "")
IDS = ("Id", "CampaignId", "LeadId", "ContactId", "ConvertedContactId")


def _field(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "nillable": True, "createable": True, "updateable": True} | TEXT | more


def _required(name: str, length: int) -> dict[str, Any]:
    return _field(name, length=length, nillable=False, defaultedOnCreate=False)


#: The fields that decisions depend on, as in a new org (lengths: describe of Lead, Contact, Campaign).
ORG: dict[str, list[dict[str, Any]]] = {
    "Lead": [
        _field("FirstName", length=40), _required("LastName", 80), _required("Company", 255),
        _field("Email", type="email", length=80), _field("Title", length=128), _field("City", length=40),
        _field("Country", length=80), _field("Phone", type="phone", length=40), _field("Website", type="url"),
        _field("LeadSource", type="picklist"),
        _field("Status", type="picklist", nillable=False, defaultedOnCreate=True),
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


def schemas(changes: dict[str, Any]) -> dict[str, ObjectSchema]:
    """`describe: {Lead: {Company: {length: 20}, Website: null}}` changes or removes fields of the new org."""
    _known_words("describe", changes, ORG)
    return {name: _schema(name, fields, changes.get(name) or {}) for name, fields in ORG.items()}


def _schema(name: str, fields: list[dict[str, Any]], changes: dict[str, Any]) -> ObjectSchema:
    merged = {field["name"]: field for field in fields}
    for field, properties in changes.items():
        if properties is None:
            merged.pop(field)
        else:
            merged[field] = merged.get(field, _field(field, custom=field.endswith("__c"))) | properties
    return parse_describe({"name": name, "fields": list(merged.values())})


def sessions(given: list[dict[str, Any]]) -> pd.DataFrame:
    return transform_sessions([_session(one) for one in given])


def _session(given: dict[str, Any]) -> dict[str, Any]:
    _known_words("session", given, SESSION_KEYS)
    attributes = EPOCH_NEVER | _epochs(SESSION) | _epochs(given)
    return {"id": given["id"], "type": "sessions", "attributes": attributes}


def _epochs(given: dict[str, Any]) -> dict[str, Any]:
    """Livestorm's times are epoch seconds; the case files have ISO times."""
    return {name: _epoch(value) if name.endswith("_at") and value else value for name, value in given.items()}


def _epoch(written: str) -> int:
    return int(pd.Timestamp(written).timestamp())


def events(given: list[dict[str, Any]]) -> pd.DataFrame:
    resources, tags = [], {}
    for one in given:
        _known_words("event", one, EVENT_KEYS)
        linked = [{"type": "tags", "id": f"tag-{name}"} for name in one.get("tags", [])]
        tags |= {tag["id"]: {**tag, "attributes": {"name": tag["id"][4:]}} for tag in linked}
        attributes = EVENT | {name: value for name, value in one.items() if name != "tags"}
        attributes["fields"] = [{"id": slug} for slug in one.get("fields", [])]
        resources.append(
            {"id": one["id"], "type": "events", "attributes": attributes, "relationships": {"tags": {"data": linked}}}
        )
    return transform_events(resources, list(tags.values()))


def registrants(given: dict[str, list[dict[str, Any]]]) -> pd.DataFrame:
    people = [transform_registrants([_person(row) for row in rows], session) for session, rows in given.items()]
    return pd.concat([NOBODY, *people], ignore_index=True)


def _person(given: dict[str, Any]) -> dict[str, Any]:
    """Keys of the person, of the registration, or answers of the form; `registered_at` is its `created_at`."""
    own = {"id", "role", "registered_at", "watched_at", *PERSON}
    detail = {name: value for name, value in given.items() if name in DETAIL}
    detail["created_at"] = _epoch(given.get("registered_at", "2026-11-01T00:00:00Z"))
    detail["fields"] = [{"id": name, "value": value} for name, value in given.items() if name not in own | DETAIL]
    replay = {"watched_at": _epoch(given["watched_at"])} if "watched_at" in given else None
    attributes = {name: given.get(name) for name in PERSON} | {
        "role": given.get("role", "participant"),
        "registrant_detail": detail,
        "replay_view_detail": replay,
    }
    return {"id": given["id"], "type": "people", "attributes": attributes}


def request(given: dict[str, Any]) -> scope.Request:
    times = {name: pd.Timestamp(value) for name, value in given.items() if name.startswith("backfill")}
    lists = {name: tuple(value) for name, value in given.items() if name.endswith("_ids")}
    return scope.Request(**{**given, **lists, **times})


def known(given: list[dict[str, Any]], org: dict[str, Any], mapping: Mapping) -> pd.DataFrame:
    """Sessions as stored by earlier runs; a session whose Campaign exists in the org is known, as in `discover`."""
    key = mapping.campaign.external_id
    rows = {row["session_id"]: dict(row) for row in given}
    for record in _alive(org.get("Campaign", [])):
        if key in record:
            rows.setdefault(record[key], {"session_id": record[key]}).setdefault("campaign_id", record["Id"])
    for row in rows.values():
        _known_words("known", row, scope.KNOWN_COLUMNS)
    frame = pd.DataFrame(list(rows.values()))
    for name in ("updated_at", "read_at", "verified_at"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True)
    return scope.typed_known(frame)


def current(org: dict[str, Any], mapping: Mapping, org_schemas: dict[str, ObjectSchema]) -> CurrentState:
    """The org's tables as read; queries return no deleted records."""
    _known_words("org", org, ALWAYS)
    tables = {name: _table(name, org.get(name, []), org_schemas) for name in ALWAYS}
    contacts, leads, campaigns = tables["Contact"], tables["Lead"], tables["Campaign"]
    campaigns["session_id"] = campaigns[mapping.campaign.external_id].astype("str")
    return CurrentState(
        campaigns=campaigns.dropna(subset="session_id"),
        statuses=tables["CampaignMemberStatus"],
        contacts=contacts,
        leads=leads,
        converted=contacts[contacts["Id"].isin(leads["ConvertedContactId"].dropna())],
        members=tables["CampaignMember"],
        accounts=tables["Account"],
        linked=campaigns[["Id"]],
    )


def _table(name: str, records: list[dict[str, Any]], org_schemas: dict[str, ObjectSchema]) -> pd.DataFrame:
    columns = dict.fromkeys(["Id", *ALWAYS[name], *(org_schemas[name].fields if name in org_schemas else ())])
    for record in records:
        _known_words(f"{name} record", record, columns)
    frame = pd.DataFrame(_alive(records), columns=list(columns), dtype="object")
    for column in IDS:
        if column in frame:
            frame[column] = normalize.long_id(frame[column])
    if "Email" in frame:
        frame["email_key"] = normalize.key(frame["Email"])
    return frame


def _alive(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if not record.get("IsDeleted")]


def _known_words(place: str, given: Iterable[str], valid: Iterable[str]) -> None:
    unknown = set(given) - set(valid)
    if unknown:
        raise ValueError(f"{place}: unknown {sorted(unknown)}; valid are {sorted(valid)}")
