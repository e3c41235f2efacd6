"""The Livestorm attributes that a mapping may use, with their type and the objects they may be mapped to.

`person` attributes describe a person and may be mapped to Leads, Contacts and Campaign Members.
`registration` attributes belong to one registration; they may be mapped to people too (the newest registration wins).
`engagement` attributes belong to one session and may be mapped to Campaign Members only (R25).
`session` attributes may be mapped to custom fields of the Campaign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "boolean", "datetime"]
Scope = Literal["person", "registration", "engagement", "session"]


@dataclass(frozen=True)
class Attribute:
    name: str
    kind: Kind
    scope: Scope


def _attributes(scope: Scope, kinds: dict[Kind, str]) -> dict[str, Attribute]:
    return {name: Attribute(name, kind, scope) for kind, names in kinds.items() for name in names.split()}


#: Standard questions of Livestorm's registration forms (R26).
FORM_ATTRIBUTES = "first_name last_name email company job_title city state country phone website industry"

PERSON = _attributes("person", {"text": FORM_ATTRIBUTES})
REGISTRATION = _attributes(
    "registration",
    {
        "text": "person_id session_id event_id timezone referrer utm_source utm_medium utm_term utm_content "
        "utm_campaign registration_type ip_city ip_country_code ip_country_name",
        "datetime": "registered_at",
    },
)
ENGAGEMENT = _attributes(
    "engagement",
    {
        "boolean": "attended has_viewed_replay",
        "number": "attendance_rate attendance_duration attendance_minutes messages_count questions_count "
        "votes_count up_votes_count",
        "datetime": "replay_watched_at",
    },
)
SESSION = _attributes(
    "session",
    {
        "text": "session_id event_id event_title session_name timezone language registration_link room_link",
        "number": "registrants_count attendees_count duration estimated_duration",
        "datetime": "estimated_started_at started_at ended_at",
    },
)

#: Values that are another number, address or id when they are cut: too long, they are left out (field A19).
_INDIVISIBLE = "email phone website referrer registration_link room_link timezone language ip_country_code"
INDIVISIBLE = frozenset(f"{_INDIVISIBLE} person_id session_id event_id".split())

#: Attributes for fields of Leads and Contacts, Campaign Members, and Campaigns.
FOR_PEOPLE = PERSON | REGISTRATION
FOR_MEMBERS = PERSON | REGISTRATION | ENGAGEMENT
FOR_CAMPAIGNS = SESSION
