"""The org and the mapping of a scenario, drawn at random: the baseline has the same, so both orgs end alike.

Where the end depends on the moment of a write, `Draw` states what the comparison leaves out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any

from service_sandbox.salesforce import Org
from service_sandbox.salesforce.org.record_types import enable_currencies

OBJECTS = ("Lead", "Contact", "CampaignMember")
PEOPLE = ("Lead", "Contact")
LIMITS = ("soql", "cpu", "flow", "unknown")
STATUSES = [{"Label": "Invited", "IsDefault": True, "HasResponded": False}, {"Label": "Came", "HasResponded": True}]
REPLAY = "Livestorm_Replay_Status__c"
MARK = "Livestorm_Key__c"
MINUTES = "Minutes__c"
#: A flow that reformats a mapped value on every save.
REWRITTEN = ("Title", "^Head of ", "VP ")
#: A value that describe lists and that the record type of new records does not offer.
SOURCE = "Partner Referral"
#: Fields of a person that a mapping with a section of its own names again.
PERSON = {
    "FirstName": "first_name",
    "LastName": "last_name",
    "Email": {"from": "email", "policy": "create_only"},
    "Title": "job_title",
}


@dataclass(frozen=True)
class Draw:
    """Attributes:
    automation: settings of the org, see `automation_rules` of the sandbox.
    restricted: LeadSource is mapped to a value that the record type of people does not offer.
    currencies: of the org; empty: one currency.
    encrypted: mapped fields of people that cannot be filtered.
    recreate_deleted: `people.recreate_deleted` of the mapping.
    """

    automation: dict[str, Any] = field(default_factory=dict)
    restricted: bool = False
    currencies: tuple[str, ...] = ()
    encrypted: tuple[str, ...] = ()
    recreate_deleted: bool = True

    @property
    def is_frozen(self) -> bool:
        """Members of closed Campaigns are rejected: which ones depends on the run that closes the Campaign."""
        return bool(self.automation.get("frozen_members"))

    @property
    def removed(self) -> tuple[str, ...]:
        """Fields that an admin removes meanwhile."""
        return tuple(one["field"] for one in self.automation.get("disappearing_fields", ()))

    @property
    def rewrites(self) -> bool:
        """A flow reformats a mapped value on every save."""
        return any(one.get("field") == REWRITTEN[0] for one in self.automation.get("flows", ()))

    @property
    def replaces_statuses(self) -> bool:
        """An app replaces the statuses of a new Campaign, perhaps after its last ordinary run."""
        return bool(self.automation.get("status_apps"))

    def rewritten(self, title: Any) -> Any:
        """A Title as the org's flow saves it: whether an unchanged record is saved depends on the faults."""
        _, pattern, replace = REWRITTEN
        return re.sub(pattern, replace, title) if title and self.rewrites else title

    def mapping(self, *, contacts: bool) -> dict[str, Any]:
        """The mapping of the scenario; the rest is the default."""
        people = {"recreate_deleted": self.recreate_deleted} | ({"create": "contact"} if contacts else {})
        fields = {**PERSON, "LeadSource": {"value": SOURCE}}
        sections = {"lead": {**fields, "Company": "company"}, "contact": fields} if self.restricted else {}
        return {"version": 1, "people": people, "campaign_member": {MINUTES: "attendance_minutes"}, **sections}


def draw_org(seed: int, *, marked: bool = False) -> Draw:
    """The org of a scenario: everything that the sandbox emulates; nothing in a third of the scenarios.

    Args:
        marked: people have an e-mail HMAC.
    """
    rng = Random(f"automation {seed}")  # noqa: S311 a repeatable draw
    recreate = rng.random() < 0.5
    if rng.random() < 0.33:
        return Draw(recreate_deleted=recreate)
    return Draw(
        automation={name: rules for name, rules in _automation(rng, marked=marked).items() if rules},
        restricted=rng.random() < 0.25,
        currencies=rng.choice([(), (), (), ("EUR", "USD")]),
        encrypted=rng.choice([(), (), ("Title",), ("FirstName", "Title")]),
        recreate_deleted=recreate,
    )


def _automation(rng: Random, *, marked: bool) -> dict[str, list[dict[str, Any]]]:
    limits = [
        {"object": name, "rows": rng.randint(1, 3), "error": rng.choice(LIMITS)}
        for name in OBJECTS
        if rng.random() < 0.4
    ]
    apps = [{"type": "Webinar", "statuses": STATUSES, "after_seconds": rng.choice([0, 0, 600])}]
    apps = apps if rng.random() < 0.3 else []
    removable = [("CampaignMember", REPLAY), *([(name, MARK) for name in PEOPLE] if marked else [])]
    removed = [{**_named(rng.choice(removable)), "after_calls": rng.randint(5, 60)}] if rng.random() < 0.25 else []
    frozen = [{"field": "IsActive", "value": False}] if rng.random() < 0.2 else []
    return {
        "transaction_limits": limits,
        "status_apps": apps,
        "flows": _flows(rng, offers_came=bool(apps and not apps[0]["after_seconds"])),
        "disappearing_fields": removed,
        "frozen_members": frozen,
    }


def _named(names: tuple[str, str]) -> dict[str, str]:
    return {"object": names[0], "field": names[1]}


def _flows(rng: Random, *, offers_came: bool) -> list[dict[str, Any]]:
    """A flow that sets another field, one that reformats a mapped field, and one that replaces a status."""
    flows: list[dict[str, Any]] = []
    if rng.random() < 0.3:
        flows.append({"object": "Lead", "when": rng.choice(["before", "after"]), "set": {"Rating": "Warm"}})
    if rng.random() < 0.4:
        name, pattern, replace = REWRITTEN
        when = rng.choice(["before", "after"])
        flows += [
            {"object": one, "when": when, "field": name, "pattern": pattern, "replace": replace} for one in PEOPLE
        ]
    if offers_came and rng.random() < 0.5:
        when = rng.choice(["before", "after"])
        flows.append(
            {"object": "CampaignMember", "when": when, "where": {"Status": "Attended"}, "set": {"Status": "Came"}}
        )
    return flows


def configure(org: Org, seed: int, draw: Draw) -> None:
    """Configure the org of a scenario."""
    org.automation.configure(draw.automation)
    org.text_units = Random(f"units {seed}").choice(["characters", "utf16"])  # noqa: S311 a repeatable draw
    if draw.currencies:
        enable_currencies(org, list(draw.currencies))
    for sobject in PEOPLE:
        if draw.restricted:
            org.record_types.add(sobject, "Webinar", {"LeadSource": ["Web", "Other"]}, default=True)
        for name in draw.encrypted:
            org.schema[sobject].fields[name].encrypt()
