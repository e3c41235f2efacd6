"""Synthetic company of any size: sessions, registrants as Livestorm sends them, and an org that has most of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.plan.model import CurrentState
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.transform import transform_events, transform_sessions
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import FieldInfo, ObjectSchema

PER_SESSION = 1000
NOW = pd.Timestamp("2026-11-23T10:00:00Z")
CREATED = "2020-01-01T00:00:00.000+0000"
STATUS_COLUMNS = ["Id", "CampaignId", "Label", "IsDefault", "HasResponded", "SortOrder"]
LENGTHS = {"FirstName": 40, "LastName": 80, "Company": 255, "Title": 128, "City": 40, "Country": 80, "Phone": 40,
           "Website": 255, "MailingCity": 40, "MailingCountry": 80}  # fmt: skip
DETAIL = {"utm_source": "newsletter", "utm_medium": "email", "utm_term": None, "utm_content": None,
          "utm_campaign": "spring", "referrer": "https://exemple.test/agenda", "ip_city": "Lyon",
          "ip_country_code": "FR", "ip_country_name": "France", "registration_type": "registration_page",
          "is_guest_speaker": False, "browser_name": "Chrome", "os_name": "macOS", "password_key": None}  # fmt: skip


@dataclass(frozen=True)
class Company:
    """Inputs of the domain code; `people()` yields the raw responses of each session."""

    size: int
    scoped: pd.DataFrame
    events: pd.DataFrame
    current: CurrentState
    schemas: dict[str, ObjectSchema]
    activation: pd.Timestamp = NOW

    def people(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield session id and people resources of each session."""
        for number, start in enumerate(range(0, self.size, PER_SESSION)):
            yield _session_id(number), [_person(n) for n in range(start, min(start + PER_SESSION, self.size))]


def make(size: int) -> Company:
    """Create `size` registrants and an org of twice as many people, with 80 % of the registrants, half as Contacts."""
    sessions = transform_sessions([_session(number) for number in range(-(-size // PER_SESSION))])
    event = {"title": "Tour", "estimated_duration": 45}
    events = transform_events([{"id": "e1", "type": "events", "attributes": event}])
    past = scope.Past(NOW - pd.Timedelta(days=30))
    scoped = scope.decide_scope(sessions, events, past, scope.Request(), Mapping())
    return Company(size, scoped, events, _org(size), _schemas())


def _session_id(number: int) -> str:
    return f"s{number:06d}"


def _session(number: int) -> dict[str, Any]:
    ended = int((NOW - pd.Timedelta(hours=number % 200)).timestamp())
    attributes = {"event_id": "e1", "status": "past", "timezone": "Europe/Paris", "registrants_count": PER_SESSION,
                  "estimated_started_at": ended - 2700, "started_at": ended - 2700, "ended_at": ended, "created_at": 1,
                  "updated_at": ended}  # fmt: skip
    return {"id": _session_id(number), "type": "sessions", "attributes": attributes}


def _person(number: int) -> dict[str, Any]:
    """Return a person with mixed-case address, blanks and nulls; 1 in 10 has a new title, 1 in 50 is a team member."""
    firm = number % 997
    email = f"Person{number}@Company{firm}.example" if number % 3 else f"person{number}@company{firm}.example"
    answers = {"email": email, "first_name": f"First{number % 500}", "last_name": f"Last {number}",
               "company": f"Company {firm}", "job_title": f"Title {number % 50}" if number % 10 else "New title",
               "city": "Lyon", "country": "France" if number % 7 else None, "phone": f" +33 {number} ",
               "website": f"https://company{firm}.example"}  # fmt: skip
    fields = [{"id": slug, "type": "text", "value": value} for slug, value in answers.items()]
    detail = DETAIL | {"event_id": "e1", "created_at": 1790000000 + number, "attended": number % 2 == 0,
                       "attendance_rate": 82.5 if number % 2 == 0 else None,
                       "attendance_duration": 2371 if number % 2 == 0 else 0,
                       "has_viewed_replay": number % 5 == 0, "fields": fields}  # fmt: skip
    attributes = {"role": "participant" if number % 50 else "team_member", "email": email, "timezone": None,
                  "first_name": answers["first_name"], "last_name": answers["last_name"], "registrant_detail": detail,
                  "messages_count": 2, "questions_count": 0, "votes_count": 1, "up_votes_count": 0,
                  "replay_view_detail": {"watched_at": 1793450000} if number % 5 == 0 else None}  # fmt: skip
    return {"id": f"p{number:09d}", "type": "people", "attributes": attributes}


def _records(numbers: np.ndarray, prefix: str) -> pd.DataFrame:
    """Return people of the org as a query returns them."""
    number = pd.Series(numbers)
    words = number.astype("str")
    firm = (number % 997).astype("str")
    frame = pd.DataFrame({
        "Id": prefix + words.str.zfill(12) + "AAA",
        "Email": "PERSON" + words + "@company" + firm + ".example",
        "CreatedDate": CREATED,
        "FirstName": "First" + (number % 500).astype("str"),
        "LastName": "Last " + words,
        "Title": "Title " + (number % 50).astype("str"),
        "Phone": "+33 " + words,
    })  # fmt: skip
    place = {"City": "Lyon", "Country": "France", "Company": "Company " + firm,
             "Website": "https://company" + firm + ".example"}  # fmt: skip
    mailing = {"MailingCity": "Lyon", "MailingCountry": "France"}
    frame = frame.assign(**(mailing if prefix == "003" else place))
    return frame.assign(email_key=normalize.key(frame["Email"]))


def _org(size: int) -> CurrentState:
    known = np.arange(int(size * 0.8))
    strangers = np.arange(size, size + 2 * size - len(known))
    contacts = _records(np.concatenate([known[::2], strangers[::2]]), "003")
    leads = _records(np.concatenate([known[1::2], strangers[1::2]]), "00Q")
    leads = leads.assign(IsConverted=False, ConvertedContactId=None)
    count = -(-size // PER_SESSION)
    sessions = [_session_id(number) for number in range(count)]
    campaigns = pd.DataFrame({"Id": [f"701{n:012d}AAA" for n in range(count)], "CreatedDate": CREATED,
                              "Livestorm_Session_Id__c": sessions,
                              "session_id": pd.Series(sessions, dtype="str")})  # fmt: skip
    statuses = pd.DataFrame(columns=STATUS_COLUMNS, dtype="str")
    accounts = pd.DataFrame(columns=["Id", "Name", "Website"], dtype="str")
    converted, linked = contacts.iloc[:0], campaigns[["Id"]]
    return CurrentState(campaigns, statuses, contacts, leads, converted, _members(known), accounts, linked)


def _members(known: np.ndarray) -> pd.DataFrame:
    """Return memberships of half of the registrants that the org has."""
    number = pd.Series(known[: len(known) // 2])
    words = number.astype("str").str.zfill(12)
    campaign = "701" + (number // PER_SESSION).astype("str").str.zfill(12) + "AAA"
    even = number % 2 == 0
    return pd.DataFrame({
        "Id": "00v" + words + "AAA",
        "CampaignId": campaign,
        "LeadId": ("00Q" + words + "AAA").mask(even),
        "ContactId": ("003" + words + "AAA").where(even),
        "Status": "Registered",
        "Livestorm_Replay_Status__c": pd.Series(None, index=number.index, dtype="str"),
    })  # fmt: skip


def _schemas() -> dict[str, ObjectSchema]:
    def text(*names: str) -> dict[str, FieldInfo]:
        return {name: FieldInfo(name, length=LENGTHS.get(name, 255)) for name in names}

    email = {"Email": FieldInfo("Email", "email", 80)}
    last = {"LastName": FieldInfo("LastName", length=80, nillable=False)}
    firm = {"Company": FieldInfo("Company", length=255, nillable=False)}
    fields = {
        "Lead": email | last | firm | text("FirstName", "Title", "City", "Country", "Phone", "Website"),
        "Contact": email | last | text("FirstName", "Title", "Phone", "MailingCity", "MailingCountry"),
        "Campaign": text("Name", "Type", "Status", "Livestorm_Session_Id__c"),
        "CampaignMember": text("Status", "Livestorm_Replay_Status__c"),
    }
    return {name: ObjectSchema(name, True, True, known) for name, known in fields.items()}
