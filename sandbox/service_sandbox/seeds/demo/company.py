"""The demo's Salesforce org: 5,000 Leads and Contacts with the disorder of real ones, a third of the registrants."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from service_sandbox.salesforce import Org
from service_sandbox.salesforce.values import stamp
from service_sandbox.seeds.demo.population import Person, Population

Row = dict[str, Any]
PEOPLE = 5_000
KNOWN = 0.35
"""Share of the registrants whom the org knows."""
KINDS = {"contact": 38, "lead": 34, "both": 10, "two_leads": 6, "two_contacts": 4, "converted": 8}
FILLERS = {"contact": 34, "lead": 54, "both": 4, "two_leads": 4, "two_contacts": 2, "converted": 2}
DELETED = 60
"""Of all records this many are in the recycle bin."""


class Company:
    """Plans rows first and inserts them object by object, oldest first, as an org grows."""

    def __init__(self, org: Org, population: Population, draw: random.Random, start: datetime) -> None:
        self.org, self.population, self.draw, self.start = org, population, draw, start
        self.accounts: dict[str, str] = {}
        self.contacts: list[Row] = []
        self.leads: list[Row] = []
        self.conversions: list[tuple[Row, Row]] = []

    # --- rows ---------------------------------------------------------------------------------------------------------

    def _born(self) -> str:
        """When a record was made: one to 1,200 days before the start, and never the same second on purpose."""
        return stamp(self.start - timedelta(seconds=self.draw.randrange(86_400, 1_200 * 86_400)))

    def _maybe(self, value: Any, chance: float = 0.6) -> Any:
        return value if self.draw.random() < chance else None

    def _stored(self, email: str) -> str:
        """An address as somebody once typed it into Salesforce."""
        chance = self.draw.random()
        if chance < 0.06:
            return email.upper()
        return email.title() if chance < 0.1 else email

    def contact(self, person: Person, **more: Any) -> Row:
        """A Contact for somebody; now and then without an account."""
        row = {
            "FirstName": person.first_name, "LastName": person.last_name, "Email": self._stored(person.email),
            "Title": self._maybe(person.title), "Phone": self._maybe(person.phone),
            "MailingCity": self._maybe(person.city), "MailingCountry": self._maybe(person.country),
            "LeadSource": self._source(), "CreatedDate": self._born(),
            "AccountId": self._maybe(self.accounts[person.company.domain], 0.94), **more,
        }  # fmt: skip
        self.contacts.append(row)
        return row

    def lead(self, person: Person, **more: Any) -> Row:
        """A Lead for somebody."""
        row = {
            "FirstName": self._maybe(person.first_name, 0.95), "LastName": person.last_name,
            "Email": self._stored(person.email), "Company": person.company.name, "Title": self._maybe(person.title),
            "Phone": self._maybe(person.phone, 0.5), "City": self._maybe(person.city, 0.5),
            "Country": self._maybe(person.country, 0.5), "Website": self._maybe(f"www.{person.company.domain}", 0.4),
            "Industry": self._maybe(person.company.industry, 0.3), "LeadSource": self._source(),
            "Status": self.draw.choice(["Open - Not Contacted", "Working - Contacted"]), "CreatedDate": self._born(),
            **more,
        }  # fmt: skip
        self.leads.append(row)
        return row

    def _source(self) -> str | None:
        return self._maybe(self.draw.choice(self.population.words["lead_sources"]), 0.8)

    # --- people -------------------------------------------------------------------------------------------------------

    def add(self, person: Person, kinds: dict[str, int]) -> None:
        """Somebody in one of the ways in which orgs know people."""
        kind = self.draw.choices(list(kinds), list(kinds.values()))[0]
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
        """Leads and Contacts so far."""
        return len(self.contacts) + len(self.leads)

    # --- into the org -------------------------------------------------------------------------------------------------

    def found_accounts(self) -> None:
        """One Account per company."""
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
        """Everything planned, each object's oldest records first; conversions come last."""
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


def plant_company(org: Org, population: Population, registered: dict[str, list[Person]], draw: random.Random,
                  start: datetime, labels: dict[str, str]) -> None:  # fmt: skip
    """Fill the org; `registered` are the people of the webinars, by session label."""
    company = Company(org, population, draw, start)
    company.found_accounts()
    people = list(dict.fromkeys(person for group in registered.values() for person in group))
    special = registered["soon"][:8]
    cases = list(_special_cases(company, special))
    for person in people:
        if person not in special and draw.random() < KNOWN:
            company.add(person, KINDS)
    while company.size < PEOPLE - 1:
        company.add(population.person(), FILLERS)
    while company.size < PEOPLE:
        company.lead(population.person())
    company.insert()
    labels.update({label: row["Id"] for label, row in cases})
    _delete(company, draw, labels)


def _special_cases(company: Company, people: list[Person]) -> Iterator[tuple[str, Row]]:
    """Registrants of the next webinar whose matching is not plain; labels say what each record is."""
    moved, orphan, gone_lead, gone_contact, replaced, twins, tied, private = people
    lead, contact = company.lead(moved), company.contact(moved, Email=f"new.{moved.email}")
    company.conversions.append((lead, contact))
    yield from (("moved_lead", lead), ("moved_contact", contact))
    lead, contact = company.lead(orphan), company.contact(orphan)
    company.conversions.append((lead, contact))
    yield from (("orphan_lead", lead), ("deleted_orphan_contact", contact))
    yield "deleted_lead", company.lead(gone_lead)
    yield "deleted_contact", company.contact(gone_contact)
    for label, days in (("deleted_older_lead", 900), ("younger_lead", 20)):
        yield label, company.lead(replaced, CreatedDate=stamp(company.start - timedelta(days=days)))
    for place, days in (("oldest", 700), ("middle", 400), ("youngest", 30)):
        born = stamp(company.start - timedelta(days=days))
        yield f"{place}_twin", company.contact(twins, CreatedDate=born, Email=twins.email.upper())
    born = stamp(company.start - timedelta(days=333))
    yield from ((f"tied_lead_{number}", company.lead(tied, CreatedDate=born)) for number in (1, 2))
    yield "private_contact", company.contact(private, AccountId=None)


def _delete(company: Company, draw: random.Random, labels: dict[str, str]) -> None:
    for label, identity in labels.items():
        if label.startswith("deleted_"):
            company.org.delete(identity)
    kept = set(labels.values()) | {row["Id"] for pair in company.conversions for row in pair}
    others = [row["Id"] for row in company.leads + company.contacts if row["Id"] not in kept]
    for identity in draw.sample(others, DELETED):
        company.org.delete(identity)
