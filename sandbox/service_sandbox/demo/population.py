"""Invented people and companies, drawn from word lists."""

import random
import re
import unicodedata
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Company:
    """A company with its e-mail domain."""

    name: str
    domain: str
    industry: str


@dataclass(frozen=True)
class Person:
    """A person who may be a registrant, a record of the org, or both."""

    first_name: str
    last_name: str
    email: str
    title: str
    language: str
    company: Company
    city: str
    country_code: str
    country: str
    phone: str


class Population:
    """Generates people with distinct e-mail addresses."""

    def __init__(self, words: dict[str, Any], draw: random.Random) -> None:
        self.words, self.draw = words, draw
        self.companies = [self._company(name) for name in words["companies"]]
        self._addresses: set[str] = set()

    def _company(self, name: str) -> Company:
        form = self.draw.choice(self.words["forms"])
        return Company(f"{name} {form}".strip(), f"{plain(name)}.example", self.draw.choice(self.words["industries"]))

    def person(self, language: str | None = None) -> Person:
        """Returns a new person who speaks `language` (`fr` or `en`; None: drawn)."""
        draw, words = self.draw, self.words
        language = language or draw.choices(["fr", "en"], [65, 35])[0]
        home = "other" if draw.random() < 0.15 else language
        first, last = draw.choice(words["first_names"][home]), draw.choice(words["last_names"][home])
        company = draw.choice(self.companies)
        city, code, country = draw.choice(words["places"])
        return Person(
            first, last, self._address(first, last, company.domain), draw.choice(words["titles"][language]), language,
            company, city, code, country, self._phone(code),
        )  # fmt: skip

    def _address(self, first: str, last: str, domain: str) -> str:
        stem = f"{plain(first)}.{plain(last)}"
        address, number = f"{stem}@{domain}", 2
        while address in self._addresses:
            address, number = f"{stem}{number}@{domain}", number + 1
        self._addresses.add(address)
        return address

    def _phone(self, code: str) -> str:
        """Returns a number reserved for fiction: 0199 00 in France, 01632 in the UK, 555 01 in North America."""
        digits = f"{self.draw.randrange(10_000):04d}"
        if code == "GB":
            return f"+44 1632 96{digits}"
        if code in ("US", "CA"):
            return f"+1 (212) 555-01{digits[:2]}"
        return f"01 99 00 {digits[:2]} {digits[2:]}"


def plain(text: str) -> str:
    """Returns a name as part of an address: lower-case ASCII letters, digits and hyphens."""
    replaced = text.translate(str.maketrans("łŁøØıßœŒ", "lLoOisoO"))
    letters = unicodedata.normalize("NFKD", replaced).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
