"""The mapping file as one model."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from livestorm_salesforce.config import attributes as attrs
from livestorm_salesforce.config import constraints
from livestorm_salesforce.config.field_rules import FieldRule, Fields, Section, expand_short_form
from livestorm_salesforce.config.sections import (
    CampaignRules,
    EventRules,
    Limits,
    PeopleRules,
    ReadingRules,
    ReplayRules,
    StatusRules,
)

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
    return {field: FieldRule.model_validate(expand_short_form(rule)) for field, rule in raw.items()}


def _as_version(raw: Any) -> Any:
    """Unquoted values of the file are text (`yaml_text`)."""
    return int(raw) if raw == "1" else raw


class Mapping(Section):
    """All sections of `mapping.yaml`. `Mapping()` behaves like the native integration."""

    version: Annotated[Literal[1], BeforeValidator(_as_version)] = 1
    fallback: str = Field("[not provided]", min_length=1, max_length=40)
    custom_attributes: tuple[Question, ...] = ()
    campaign: CampaignRules = CampaignRules()
    people: PeopleRules = PeopleRules()
    lead: Fields = Field(default_factory=lambda: _rules(LEAD_DEFAULTS))
    contact: Fields = Field(default_factory=lambda: _rules(CONTACT_DEFAULTS))
    campaign_member: Fields = Field(default_factory=dict)
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
    def _has_address(self) -> Mapping:
        """People are matched by address only (R15): without it every run would create them again."""
        rule = self.fields_of(self.created_object).get("Email")
        if rule is None or rule.attribute != "email":
            raise PydanticCustomError(
                "no_address",
                "must map 'Email' from 'email': a person created without it is not matched, and is created again",
                {"path": [self.people.create]},
            )
        return self

    def fields_of(self, sobject: str) -> Fields:
        return {"Lead": self.lead, "Contact": self.contact, "CampaignMember": self.campaign_member}[sobject]

    @property
    def created_object(self) -> str:
        return self.people.create.capitalize()
