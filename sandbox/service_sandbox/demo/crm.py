"""The demo's Salesforce org: 5,000 Leads and Contacts with typical data problems, and a third of the registrants."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

from service_sandbox.demo.population import Person, Population
from service_sandbox.salesforce import Org
from service_sandbox.salesforce.model.values import format_datetime

Row = dict[str, Any]
Value = TypeVar("Value")
PEOPLE = 5_000
KNOWN = 0.35
"""Share of the registrants that the org knows."""
REGISTRANT_RECORDS = {"contact": 38, "lead": 34, "both": 10, "two_leads": 6, "two_contacts": 4, "converted": 8}
OTHER_RECORDS = {"contact": 34, "lead": 54, "both": 4, "two_leads": 4, "two_contacts": 2, "converted": 2}
DELETED = 60
"""Number of records in the recycle bin."""


class Crm:
    """Collects rows, and inserts them object by object, oldest first."""

    def __init__(self, org: Org, population: Population, draw: random.Random, start: datetime) -> None:
        self.org, self.population, self.draw, self.start = org, population, draw, start
        self.accounts: dict[str, str] = {}
        self.contacts: list[Row] = []
        self.leads: list[Row] = []
        self.conversions: list[tuple[Row, Row]] = []

    # --- rows ---------------------------------------------------------------------------------------------------------

    def _created(self) -> str:
        """Returns a creation time, 1 to 1,200 days before the start."""
        return format_datetime(self.start - timedelta(seconds=self.draw.randrange(86_400, 1_200 * 86_400)))

    def _maybe(self, value: Value, chance: float = 0.6) -> Value | None:
        return value if self.draw.random() < chance else None

    def _stored(self, email: str) -> str:
        """Returns an address in the spelling in which it was entered."""
        chance = self.draw.random()
        if chance < 0.06:
            return email.upper()
        return email.title() if chance < 0.1 else email

    def contact(self, person: Person, **more: Any) -> Row:
        """Adds a Contact of a person; some have no account."""
        row = {
            "FirstName": person.first_name, "LastName": person.last_name, "Email": self._stored(person.email),
            "Title": self._maybe(person.title), "Phone": self._maybe(person.phone),
            "MailingCity": self._maybe(person.city), "MailingCountry": self._maybe(person.country),
            "LeadSource": self._source(), "CreatedDate": self._created(),
            "AccountId": self._maybe(self.accounts[person.company.domain], 0.94), **more,
        }  # fmt: skip
        self.contacts.append(row)
        return row

    def lead(self, person: Person, **more: Any) -> Row:
        """Adds a Lead of a person."""
        row = {
            "FirstName": self._maybe(person.first_name, 0.95), "LastName": person.last_name,
            "Email": self._stored(person.email), "Company": person.company.name, "Title": self._maybe(person.title),
            "Phone": self._maybe(person.phone, 0.5), "City": self._maybe(person.city, 0.5),
            "Country": self._maybe(person.country, 0.5), "Website": self._maybe(f"www.{person.company.domain}", 0.4),
            "Industry": self._maybe(person.company.industry, 0.3), "LeadSource": self._source(),
            "Status": self.draw.choice(["Open - Not Contacted", "Working - Contacted"]), "CreatedDate": self._created(),
            **more,
        }  # fmt: skip
        self.leads.append(row)
        return row

    def _source(self) -> str | None:
        return self._maybe(self.draw.choice(self.population.words["lead_sources"]), 0.8)

    # --- people -------------------------------------------------------------------------------------------------------

    def add(self, person: Person, weights: dict[str, int]) -> None:
        """Adds records of a person; `weights` are the odds of each combination of records."""
        kind = self.draw.choices(list(weights), list(weights.values()))[0]
        if kind in ("contact", "both", "two_contacts"):
            self.contact(person)
        if kind in ("lead", "both", "two_leads"):
            self.lead(person)
        if kind == "two_leads":
            self.lead(person, Company=f"{person.company.name} (doublon)")
        if kind == "two_contacts":
            self.contact(person)
        if kind == "converted":
            self.conversions.append((self.lead(person), self.contact(person)))

    @property
    def size(self) -> int:
        """Number of Leads and Contacts."""
        return len(self.contacts) + len(self.leads)

    # --- insertion -------------------------------------------------------------------------------------------------

    def insert_accounts(self) -> None:
        """Inserts one Account per company."""
        rows = [
            {
                "Name": one.name,
                "Website": self._maybe(f"https://www.{one.domain}"),
                "Industry": self._maybe(one.industry),
            }
            for one in self.population.companies
        ]  # fmt: skip
        identities = self.org.insert("Account", rows)
        self.accounts = {
            one.domain: identity for one, identity in zip(self.population.companies, identities, strict=True)
        }

    def insert(self) -> None:
        """Inserts all rows, the oldest records of each object first, and then converts Leads."""
        for name, rows in (("Contact", self.contacts), ("Lead", self.leads)):
            rows.sort(key=lambda row: row["CreatedDate"])
            identities = self.org.insert(name, [{k: v for k, v in row.items() if v is not None} for row in rows])
            for row, identity in zip(rows, identities, strict=True):
                row["Id"] = identity
        for lead, contact in self.conversions:
            self.org.edit(
                lead["Id"], IsConverted=True, Status="Closed - Converted", ConvertedContactId=contact["Id"],
                ConvertedAccountId=contact.get("AccountId"), ConvertedDate=lead["CreatedDate"][:10],
            )  # fmt: skip


def fill_org(org: Org, population: Population, registered: dict[str, list[Person]], draw: random.Random,
                  start: datetime, labels: dict[str, str]) -> None:  # fmt: skip
    """Fills the org; `registered` are the people of the webinars by session label."""
    crm = Crm(org, population, draw, start)
    crm.insert_accounts()
    people = list(dict.fromkeys(person for group in registered.values() for person in group))
    special = registered["soon"][:8]
    cases = list(_special_cases(crm, special))
    for person in people:
        if person not in special and draw.random() < KNOWN:
            crm.add(person, REGISTRANT_RECORDS)
    while crm.size < PEOPLE - 1:
        crm.add(population.person(), OTHER_RECORDS)
    while crm.size < PEOPLE:
        crm.lead(population.person())
    crm.insert()
    labels.update({label: row["Id"] for label, row in cases})
    _delete(crm, draw, labels)


def _special_cases(crm: Crm, people: list[Person]) -> Iterator[tuple[str, Row]]:
    """Yields label and row of records of the next webinar's registrants that are difficult to match."""
    moved, orphan, gone_lead, gone_contact, replaced, duplicates, tied, private = people
    lead, contact = crm.lead(moved), crm.contact(moved, Email=f"new.{moved.email}")
    crm.conversions.append((lead, contact))
    yield from (("moved_lead", lead), ("moved_contact", contact))
    lead, contact = crm.lead(orphan), crm.contact(orphan)
    crm.conversions.append((lead, contact))
    yield from (("orphan_lead", lead), ("deleted_orphan_contact", contact))
    yield "deleted_lead", crm.lead(gone_lead)
    yield "deleted_contact", crm.contact(gone_contact)
    for label, days in (("deleted_older_lead", 900), ("younger_lead", 20)):
        yield label, crm.lead(replaced, CreatedDate=format_datetime(crm.start - timedelta(days=days)))
    for place, days in (("oldest", 700), ("middle", 400), ("youngest", 30)):
        created = format_datetime(crm.start - timedelta(days=days))
        yield f"{place}_duplicate", crm.contact(duplicates, CreatedDate=created, Email=duplicates.email.upper())
    created = format_datetime(crm.start - timedelta(days=333))
    yield from ((f"tied_lead_{number}", crm.lead(tied, CreatedDate=created)) for number in (1, 2))
    yield "private_contact", crm.contact(private, AccountId=None)


def _delete(crm: Crm, draw: random.Random, labels: dict[str, str]) -> None:
    for label, identity in labels.items():
        if label.startswith("deleted_"):
            crm.org.delete(identity)
    kept = set(labels.values()) | {row["Id"] for pair in crm.conversions for row in pair}
    others = [row["Id"] for row in crm.leads + crm.contacts if row["Id"] not in kept]
    for identity in draw.sample(others, DELETED):
        crm.org.delete(identity)
