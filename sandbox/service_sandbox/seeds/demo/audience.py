"""Who registers to the demo's sessions, and what they do there, before and after the seed's start."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from service_sandbox.livestorm.forms import BUILT_IN
from service_sandbox.livestorm.workspace import Workspace
from service_sandbox.seeds.demo.agenda import Planned
from service_sandbox.seeds.demo.population import Person, Population

REGULARS = 0.45
"""Share of an audience that has been to another webinar already."""
NON_TRIVIAL = 20
"""From this size on a session has a guest speaker and an anonymous registrant besides its hosts."""


class Audience:
    """Fills sessions from one population, so that many people come more than once."""

    def __init__(self, workspace: Workspace, population: Population, odd: list[dict[str, Any]], draw: random.Random,
                 start: datetime) -> None:  # fmt: skip
        self.workspace, self.population, self.odd = workspace, population, odd
        self.draw, self.start = draw, start
        self.registered: dict[str, list[Person]] = {}
        """People by session label, in the order in which they register."""
        self._known: list[Person] = []

    def fill(self, session: Planned, webinars: dict[str, Any]) -> None:
        """Register everybody to one session, team members and strange people included."""
        size = session.audience["size"]
        self._team(session, webinars)
        if size >= NON_TRIVIAL:
            self._speaker(session, webinars["speakers"])
            self._anonymous(session)
        strange = self._strange(session) if session.audience.get("odd") else 0
        people = self._people(session, size - strange)
        moments = {person: self._register(session, person) for person in people}
        self.registered[session.label] = sorted(people, key=moments.__getitem__)

    # --- who --------------------------------------------------------------------------------------------------------

    def _people(self, session: Planned, size: int) -> list[Person]:
        regulars = [one for one in self._known if one.language == session.language]
        chosen = self.draw.sample(regulars, min(len(regulars), int(size * REGULARS)))
        new = [self.population.person(session.language) for _ in range(size - len(chosen))]
        self._known += new
        return [*new, *chosen]

    def _team(self, session: Planned, webinars: dict[str, Any]) -> None:
        for member in webinars["team"][:2]:
            person = self.workspace.register(
                session.id, member["email"], member["first_name"], member["last_name"], role="team_member",
                timezone=member.get("timezone", "Europe/Paris"), at=self._opened(session),
            )  # fmt: skip
            self._attend(session, person, 1.0)

    def _speaker(self, session: Planned, speakers: list[list[str]]) -> None:
        email, first, last = speakers[session.language == "en"]
        person = self.workspace.register(
            session.id, email, first, last, guest_speaker=True, at=self._opened(session) + timedelta(hours=1)
        )
        self._attend(session, person, 1.0)

    def _anonymous(self, session: Planned) -> None:
        """Livestorm's invented address: when it registered, and a UUID."""
        at = self._moment(session)
        made = uuid.UUID(int=self.draw.getrandbits(128), version=4)
        email = f"{int(at.timestamp())}+{made}@unknown.livestorm.co"
        self.workspace.register(session.id, email, fields={"email": None}, at=at)

    def _strange(self, session: Planned) -> int:
        """The odd people of the demo; returns how many."""
        form = {item["id"] for item in self._form(session)}
        for row in self.odd:
            given = {key: _spelt_out(value) for key, value in row.items() if key in form and key in BUILT_IN}
            custom = {key: value for key, value in row.items() if key in form and key not in BUILT_IN}
            email = given.pop("email")
            first, last = given.pop("first_name"), given.pop("last_name")
            at = self._opened(session) + timedelta(hours=2, minutes=self.draw.randrange(600))
            person = self.workspace.register(session.id, email, first, last, fields={**given, **custom}, at=at)
            if self.draw.random() < 0.6:
                self._attend(session, person, 1.0)
            if row.get("removed"):
                self.workspace.unregister(session.id, person, at=self.start + timedelta(minutes=30))
        return len(self.odd)

    # --- what they do -----------------------------------------------------------------------------------------------

    def _register(self, session: Planned, person: Person) -> datetime:
        """Register somebody and decide what comes of it; returns when they register."""
        draw = self.draw
        at = self._moment(session)
        first_only = session.form == "light"
        identity = self.workspace.register(
            session.id, self._typed(person), person.first_name, None if first_only else person.last_name,
            fields=self._answers(session, person), at=at, timezone=draw.choice(["Europe/Paris", None]),
            origin=self._origin(person), leave_out=("session_role", "registration_type") if draw.random() < 0.1 else (),
        )  # fmt: skip
        share = session.audience
        if draw.random() < share.get("attended", 0.55):
            self._attend(session, identity, draw.betavariate(3, 1))
        if draw.random() < share.get("replay", 0.2) and session.takes_place:
            self.workspace.view_replay(session.id, identity, at=self._watched(session, at))
        return at

    def _typed(self, person: Person) -> str:
        """The address as somebody types it: the same person always the same way."""
        spell = random.Random(person.email)  # noqa: S311 - a repeatable draw, no secret
        chance = spell.random()
        if chance < 0.04:
            return person.email.upper()
        if chance < 0.08:
            local, domain = person.email.split("@")
            return f"{local.title()}@{domain}"
        return f" {person.email}" if chance < 0.09 else person.email

    def _form(self, session: Planned) -> list[dict[str, Any]]:
        return self.workspace.event_row(self.workspace.session_row(session.id)["event_id"])["fields"]

    def _answers(self, session: Planned, person: Person) -> dict[str, Any]:
        """Answers to the session's form; some people leave out what they may."""
        known = {"company": person.company.name, "job_title": person.title, "phone": person.phone,
                 "country": person.country, "website": f"https://www.{person.company.domain}"}  # fmt: skip
        given: dict[str, Any] = {}
        for item in self._form(session):
            slug = item["id"]
            if slug in known and self.draw.random() < 0.85:
                given[slug] = known[slug]
            elif item.get("custom") and self.draw.random() < 0.6:
                given[slug] = self._custom(item)
        return given

    def _custom(self, item: dict[str, Any]) -> Any:
        options = [one["value"] for one in item.get("options", {}).get("items", [])]
        return self.draw.sample(options, self.draw.randint(1, 2)) if options else "Merci & à bientôt : ça m'intéresse !"

    def _origin(self, person: Person) -> dict[str, Any]:
        draw, words = self.draw, self.population.words
        place = {"ip_city": person.city, "ip_country_code": person.country_code, "ip_country_name": person.country}
        return {**draw.choice(words["sources"]), **draw.choice(words["devices"]), **place}

    def _attend(self, session: Planned, person: str, share: float) -> None:
        draw = self.draw
        counters = {"messages_count": draw.choice([0, 0, 0, 1, 2, 7]), "questions_count": draw.choice([0, 0, 0, 0, 1]),
                    "votes_count": draw.choice([0, 0, 1, 3]), "up_votes_count": draw.choice([0, 0, 0, 2])}  # fmt: skip
        self.workspace.attend(session.id, person, rate=round(100 * share, 1), **counters)

    # --- when -------------------------------------------------------------------------------------------------------

    def _opened(self, session: Planned) -> datetime:
        """When registration opened: 38 days before the session."""
        return min(session.planned - timedelta(days=38), self.start - timedelta(days=30))

    def _moment(self, session: Planned) -> datetime:
        """When somebody registers: mostly before the seed's start, for sessions to come some after it."""
        first = self._opened(session) + timedelta(days=1)
        closes = self.start + timedelta(days=30) if session.on_demand else session.planned
        if closes <= self.start:
            return first + (closes - first) * self.draw.random()
        if self.draw.random() < session.audience.get("later", 0):
            return self.start + timedelta(minutes=3) + (closes - self.start - timedelta(minutes=3)) * self.draw.random()
        # Registrations come thicker as the day comes near.
        return self.start - (self.start - first) * self.draw.random() ** 2

    def _watched(self, session: Planned, registered: datetime) -> datetime:
        """Minutes after registering for what is on demand, else hours to days after the end."""
        if session.on_demand:
            return registered + timedelta(minutes=self.draw.choice([4, 6, 45, 60 * 26]))
        return session.planned + timedelta(hours=self.draw.choice([3, 5, 20, 30, 50, 70, 120, 240]))


def _spelt_out(value: Any) -> Any:
    """A text given as `{repeat: text, length: characters}`."""
    if not isinstance(value, dict):
        return value
    text, length = value["repeat"], value["length"]
    return (text * (length // len(text) + 1))[:length].rstrip().ljust(length, ".")
