"""One model per section of `mapping.yaml`.

Defaults are the recommended answers to the open questions Q1 to Q20 of the rules.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from livestorm_salesforce.config.field_rules import FieldName, Fields, Section
from livestorm_salesforce.enums import ReadPurpose, WritePolicy

RuledField = Literal["Name", "Type", "Status", "IsActive", "StartDate", "EndDate", "Description", "ParentId"]
ACCOUNT_ID = re.compile(r"001[0-9A-Za-z]{12}([0-9A-Za-z]{3})?")
ADDRESS_PATTERN = re.compile(r"[^@\s]+@[^@\s]+")
DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")
CampaignId = Annotated[str, Field(pattern=r"^701[0-9A-Za-z]{12}([0-9A-Za-z]{3})?$")]
MAX_DAYS = 36_500  # longer durations cannot be subtracted from a date
Label = Annotated[str, Field(min_length=1, max_length=40)]  # CampaignMember.Status holds 40 characters


class Link(Section):
    """Existing Campaigns of sessions or events: Livestorm id to Campaign id (Q8)."""

    sessions: dict[str, CampaignId] = Field(default_factory=dict)
    events: dict[str, CampaignId] = Field(default_factory=dict)


class StatusMap(Section):
    """Campaign.Status per state of the session (Q6). An empty value leaves the field unchanged."""

    upcoming: str | None = "Planned"
    live: str | None = "In Progress"
    on_demand: str | None = "In Progress"
    past: str | None = "Completed"
    past_not_started: str | None = None
    canceled: str | None = "Aborted"


class CampaignRules(Section):
    external_id: FieldName = "Livestorm_Session_Id__c"
    type: str = "Webinar"
    status: StatusMap = StatusMap()
    fields: Fields = Field(default_factory=dict)
    link: Link = Link()
    policies: dict[RuledField, WritePolicy] = Field(default_factory=dict)
    parents: dict[str, CampaignId] = Field(default_factory=dict)
    recreate_deleted: bool = True


class Status(Section):
    label: Label
    responded: bool = False


class StatusRules(Section):
    """Campaign Member statuses (Q1, Q2). `registered` is the Campaign's default.

    `replaces`: statuses of invited people, which a registration replaces (field A6).
    """

    registered: Status = Status(label="Registered")
    not_attended: Status = Status(label="Not Attended")
    attended: Status = Status(label="Attended", responded=True)
    raise_on_demand: bool = False
    replaces: tuple[Label, ...] = ("Sent",)

    @model_validator(mode="after")
    def _sound(self) -> StatusRules:
        labels = {status.label.casefold() for status in self.ranked}
        if len(labels) < 3:
            raise PydanticCustomError("same_label", "two statuses have the same label")
        if not any(status.responded for status in self.ranked):
            raise PydanticCustomError("responded", "Salesforce wants at least one status with 'responded: true'")
        if own := sorted(label for label in self.replaces if label.casefold() in labels):
            raise PydanticCustomError("replaces", f"'{own[0]}' in 'replaces' is one of the three statuses")
        return self

    @property
    def ranked(self) -> tuple[Status, Status, Status]:
        """From lowest to highest; members only move up."""
        return self.registered, self.not_attended, self.attended


class ReplayRules(Section):
    field: FieldName = "Livestorm_Replay_Status__c"
    watched: str = "Watched"
    not_watched: str = "Not Watched"


def _account_policy(account: str) -> str:
    if account not in ("none", "match") and not ACCOUNT_ID.fullmatch(account):
        raise PydanticCustomError("account", "is none, match, or the id of one Account (it starts with 001)")
    return account


def _address_pattern(pattern: str) -> str:
    if not ADDRESS_PATTERN.fullmatch(pattern):
        raise PydanticCustomError("address", "is not an address, as in ada@mail.example or test*@mail.example")
    return pattern.lower()


def _mail_domain(domain: str) -> str:
    if not DOMAIN.fullmatch(domain):
        raise PydanticCustomError("domain", "is not the domain of addresses, as in mail.example")
    return domain.lower()


def _each_once(purposes: tuple[ReadPurpose, ...]) -> tuple[ReadPurpose, ...]:
    if len(set(purposes)) < len(purposes):
        raise PydanticCustomError("twice", "names a purpose twice")
    return purposes


AddressPattern = Annotated[str, AfterValidator(_address_pattern)]
MailDomain = Annotated[str, AfterValidator(_mail_domain)]
AccountPolicy = Annotated[str, AfterValidator(_account_policy)]


class PeopleRules(Section):
    """Which registrants are synced (Q14), and what is created when nobody matches (R17, Q13)."""

    create: Literal["lead", "contact"] = "lead"
    account: AccountPolicy = "none"
    public_domains: tuple[MailDomain, ...] = ()
    exclude_domains: tuple[MailDomain, ...] = ()
    exclude_emails: tuple[AddressPattern, ...] = ()
    team_members: bool = False
    guest_speakers: bool = False
    native_strict: bool = False
    assignment_rules: bool = False
    save_despite_duplicate_rules: bool = False
    key_field: FieldName | None = "Livestorm_Key__c"
    recreate_deleted: bool = False


class EventRules(Section):
    """Which events are synced (Q17): all but the excluded ones, or with `require` only the included ones."""

    require: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include_tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    include_titles: tuple[str, ...] = ()
    exclude_titles: tuple[str, ...] = ()


class ReadingRules(Section):
    """When sessions are read again (Q16), the share of Livestorm's calls to use, and what they are used for first
    (decision 0027).

    The other intervals of the read schedule are constants in `domain/sessions`.
    """

    month_percent: float = Field(80, gt=0, le=100)
    importance: Annotated[tuple[ReadPurpose, ...], AfterValidator(_each_once)] = ()
    replay_days: int = Field(30, ge=0, le=MAX_DAYS)
    replay_hours: float = Field(24, ge=0, le=24 * MAX_DAYS)
    late_replay_days: int = Field(90, ge=0, le=MAX_DAYS)
    late_replay_hours: float = Field(168, ge=0, le=24 * MAX_DAYS)
    verify_hours: float = Field(168, ge=0, le=24 * MAX_DAYS)
    attendance_minutes: float = Field(10, ge=0, le=1440 * MAX_DAYS)
    on_demand_minutes: float = Field(60, ge=0, le=1440 * MAX_DAYS)


class Limits(Section):
    """Beyond these a run stops before it writes (`UnsafePlan`) unless a person agrees. Empty: no such limit.

    The share of updates counts people found in Salesforce, and only from `share_from` of them on: of few people all may
    well have changed.
    """

    share_of_updates: Annotated[float, Field(gt=0, le=1)] | None = None
    share_from: Annotated[int, Field(ge=1)] = 500
    creates: Annotated[int, Field(ge=0)] | None = 250_000
    unmatched: Annotated[int, Field(ge=0)] | None = 100_000
