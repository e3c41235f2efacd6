"""What `mapping.yaml` may say: one model per section, every word checked.

Defaults are the recommended answers to the open questions Q1 to Q20 of the rules.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from livestorm_salesforce.config import attributes as attrs
from livestorm_salesforce.config import constraints
from livestorm_salesforce.enums import WritePolicy

RuledField = Literal["Name", "Type", "Status", "IsActive", "StartDate", "EndDate", "Description", "ParentId"]
ACCOUNT_ID = re.compile(r"001[0-9A-Za-z]{12}([0-9A-Za-z]{3})?")
DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")
CampaignId = Annotated[str, Field(pattern=r"^701[0-9A-Za-z]{12}([0-9A-Za-z]{3})?$")]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]
Label = Annotated[str, Field(min_length=1, max_length=40)]  # CampaignMember.Status holds 40 characters


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FieldRule(Section):
    """How one Salesforce field gets its value: from an attribute or a constant, with a write policy."""

    attribute: str | None = Field(None, alias="from")
    value: str | int | float | bool | None = None
    fallback: str | int | float | bool | None = None
    policy: WritePolicy = WritePolicy.OVERWRITE
    protect_edits: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> FieldRule:
        if (self.attribute is None) == (self.value is None):
            raise PydanticCustomError("one_source", "give either 'from' (an attribute) or 'value' (a constant)")
        return self


def _short_form(rule: Any) -> Any:
    """`Title: job_title` is short for `Title: {from: job_title}`."""
    return {"from": rule} if isinstance(rule, str) else rule


Rule = Annotated[FieldRule, BeforeValidator(_short_form)]
Fields = dict[FieldName, Rule]


class Link(Section):
    """Sessions or events whose Campaign exists already: Livestorm id to Campaign id (Q8)."""

    sessions: dict[str, CampaignId] = {}
    events: dict[str, CampaignId] = {}


class StatusMap(Section):
    """Campaign.Status per state of the session (Q6). An empty value leaves the field alone."""

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
    fields: Fields = {}
    link: Link = Link()
    policies: dict[RuledField, WritePolicy] = {}
    parents: dict[str, CampaignId] = {}
    recreate_deleted: bool = True


class Status(Section):
    label: Label
    responded: bool = False


class StatusRules(Section):
    """Campaign Member statuses (Q1, Q2). `registered` is the Campaign's default."""

    registered: Status = Status(label="Registered")
    not_attended: Status = Status(label="Not Attended")
    attended: Status = Status(label="Attended", responded=True)
    raise_on_demand: bool = False

    @model_validator(mode="after")
    def _sound(self) -> StatusRules:
        labels = {status.label.casefold() for status in self.ranked}
        if len(labels) < 3:
            raise PydanticCustomError("same_label", "two statuses have the same label")
        if not any(status.responded for status in self.ranked):
            raise PydanticCustomError("responded", "Salesforce wants at least one status with 'responded: true'")
        return self

    @property
    def ranked(self) -> tuple[Status, Status, Status]:
        """In the only direction a member may move."""
        return self.registered, self.not_attended, self.attended


class ReplayRules(Section):
    field: FieldName = "Livestorm_Replay_Status__c"
    watched: str = "Watched"
    not_watched: str = "Not Watched"


def _account_policy(account: str) -> str:
    if account not in ("none", "match") and not ACCOUNT_ID.fullmatch(account):
        raise PydanticCustomError("account", "is none, match, or the id of one Account (it starts with 001)")
    return account


def _mail_domain(domain: str) -> str:
    if not DOMAIN.fullmatch(domain):
        raise PydanticCustomError("domain", "is not the domain of addresses, as in mail.example")
    return domain.lower()


MailDomain = Annotated[str, AfterValidator(_mail_domain)]
AccountPolicy = Annotated[str, AfterValidator(_account_policy)]


class PeopleRules(Section):
    """Who counts as a registrant (Q14) and what is made when nobody is found (R17, Q13)."""

    create: Literal["lead", "contact"] = "lead"
    account: AccountPolicy = "none"
    public_domains: tuple[MailDomain, ...] = ()
    team_members: bool = False
    guest_speakers: bool = False
    native_strict: bool = False
    assignment_rules: bool = False
    save_despite_duplicate_rules: bool = False
    key_field: FieldName | None = "Livestorm_Key__c"


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
    """When sessions are read again (Q16), and the share of Livestorm's calls to use (decision 0027).

    The other intervals of the read schedule are constants in `domain/sessions`.
    """

    month_percent: float = Field(80, gt=0, le=100)
    replay_days: int = 30
    replay_hours: float = 24
    late_replay_days: int = 90
    late_replay_hours: float = 168
    verify_hours: float = 168
    attendance_minutes: float = Field(10, ge=0)
    on_demand_minutes: float = 60


class Limits(Section):
    """Beyond these a run stops before it writes (`UnsafePlan`) unless a person agrees. Empty: no such limit.

    The share of updates counts people found in Salesforce, and only from `share_from` of them on: of few people all may
    well have changed.
    """

    share_of_updates: Annotated[float, Field(gt=0, le=1)] | None = None
    share_from: Annotated[int, Field(ge=1)] = 500
    creates: Annotated[int, Field(ge=0)] | None = 250_000
    unmatched: Annotated[int, Field(ge=0)] | None = 100_000


Question = Annotated[str, AfterValidator(constraints.question)]

LEAD_DEFAULTS = {
    "FirstName": "first_name", "LastName": "last_name", "Email": {"from": "email", "policy": "create_only"},
    "Company": "company", "Title": "job_title", "City": "city", "Country": "country", "Phone": "phone",
    "Website": "website",
}  # fmt: skip
CONTACT_DEFAULTS = {
    "FirstName": "first_name", "LastName": "last_name", "Email": {"from": "email", "policy": "create_only"},
    "Title": "job_title", "Phone": "phone", "MailingCity": "city", "MailingCountry": "country",
}  # fmt: skip


def _rules(raw: dict[str, Any]) -> Fields:
    return {field: FieldRule.model_validate(_short_form(rule)) for field, rule in raw.items()}


class Mapping(Section):
    """The whole of `mapping.yaml`. `Mapping()` is the native integration's behaviour."""

    version: Literal[1] = 1
    fallback: str = Field("[not provided]", min_length=1, max_length=40)
    custom_attributes: tuple[Question, ...] = ()
    campaign: CampaignRules = CampaignRules()
    people: PeopleRules = PeopleRules()
    lead: Fields = Field(default_factory=lambda: _rules(LEAD_DEFAULTS))
    contact: Fields = Field(default_factory=lambda: _rules(CONTACT_DEFAULTS))
    campaign_member: Fields = {}
    statuses: StatusRules = StatusRules()
    replay: ReplayRules | None = ReplayRules()
    events: EventRules = EventRules()
    reading: ReadingRules = ReadingRules()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _attributes(self) -> Mapping:
        custom = self.custom_attributes
        constraints.known_attributes(self.lead, attrs.FOR_PEOPLE, custom, "lead")
        constraints.known_attributes(self.contact, attrs.FOR_PEOPLE, custom, "contact")
        constraints.known_attributes(self.campaign_member, attrs.FOR_MEMBERS, custom, "campaign_member")
        constraints.known_attributes(self.campaign.fields, attrs.FOR_CAMPAIGNS, (), "campaign.fields")
        return self

    @model_validator(mode="after")
    def _own_fields(self) -> Mapping:
        levels = {"lead": self.lead, "contact": self.contact, "campaign_member": self.campaign_member}
        for place, rules in levels.items():
            constraints.not_our_own(rules, constraints.OWN[place], place)
        constraints.not_our_own(
            self.campaign.fields, constraints.OWN["campaign.fields"] | {self.campaign.external_id}, "campaign.fields"
        )
        return self

    @model_validator(mode="after")
    def _found_again(self) -> Mapping:
        """People are matched by address alone (R15): made without it, they would be made again."""
        rule = self.fields_of(self.created_object).get("Email")
        if rule is None or rule.attribute != "email":
            raise PydanticCustomError(
                "no_address",
                "must map 'Email' from 'email': who is made without the address is not found again, and is made again",
                {"path": [self.people.create]},
            )
        return self

    def fields_of(self, sobject: str) -> Fields:
        return {"Lead": self.lead, "Contact": self.contact, "CampaignMember": self.campaign_member}[sobject]

    @property
    def created_object(self) -> str:
        return self.people.create.capitalize()
