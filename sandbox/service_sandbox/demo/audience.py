"""Registrants of the demo: registration, attendance and replay views, before and after the start of the seed."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from service_sandbox.demo.agenda import PlannedSession
from service_sandbox.demo.population import Person, Population
from service_sandbox.livestorm.forms import BUILT_IN
from service_sandbox.livestorm.workspace import Workspace

REGULARS = 0.45
"""Share of an audience that registered for an earlier session too."""
SPEAKER_SIZE = 20
"""Sessions of this size or larger have a guest speaker and an anonymous registrant."""


class Audience:
    """Registers people of one population, so that many people register for several sessions."""

    def __init__(self, workspace: Workspace, population: Population, odd: list[dict[str, Any]], draw: random.Random,
                 start: datetime) -> None:  # fmt: skip
        self.workspace, self.population, self.odd = workspace, population, odd
        self.draw, self.start = draw, start
        self.registered: dict[str, list[Person]] = {}
        """People by session label, in the order of their registration."""
        self._known: list[Person] = []

    def fill(self, session: PlannedSession, webinars: dict[str, Any]) -> None:
        """Registers the whole audience of one session, including team members and people with unusual values."""
        size = session.audience["size"]
        self._team(session, webinars)
        if size >= SPEAKER_SIZE:
            self._speaker(session, webinars["speakers"])
            self._anonymous(session)
        unusual = self._unusual(session) if session.audience.get("odd") else 0
        people = self._people(session, size - unusual)
        moments = {person: self._register(session, person) for person in people}
        self.registered[session.label] = sorted(people, key=moments.__getitem__)

    # --- people -------------------------------------------------------------------------------------------------------

    def _people(self, session: PlannedSession, size: int) -> list[Person]:
        regulars = [one for one in self._known if one.language == session.language]
        chosen = self.draw.sample(regulars, min(len(regulars), int(size * REGULARS)))
        new = [self.population.person(session.language) for _ in range(size - len(chosen))]
        self._known += new
        return [*new, *chosen]

    def _team(self, session: PlannedSession, webinars: dict[str, Any]) -> None:
        for member in webinars["team"][:2]:
            person = self.workspace.register(
                session.id, member["email"], member["first_name"], member["last_name"], role="team_member",
                timezone=member.get("timezone", "Europe/Paris"), at=self._opened(session),
            )  # fmt: skip
            self._attend(session, person, 1.0)

    def _speaker(self, session: PlannedSession, speakers: list[list[str]]) -> None:
        email, first, last = speakers[session.language == "en"]
        person = self.workspace.register(
            session.id, email, first, last, guest_speaker=True, at=self._opened(session) + timedelta(hours=1)
        )
        self._attend(session, person, 1.0)

    def _anonymous(self, session: PlannedSession) -> None:
        """Registers somebody without an e-mail address: Livestorm generates one from the time and a UUID."""
        at = self._moment(session)
        identifier = uuid.UUID(int=self.draw.getrandbits(128), version=4)
        email = f"{int(at.timestamp())}+{identifier}@unknown.livestorm.co"
        self.workspace.register(session.id, email, fields={"email": None}, at=at)

    def _unusual(self, session: PlannedSession) -> int:
        """Registers the people with unusual values; returns their number."""
        form = {item["id"] for item in self._form(session)}
        for row in self.odd:
            given = {key: _expanded(value) for key, value in row.items() if key in form and key in BUILT_IN}
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

    # --- activity -----------------------------------------------------------------------------------------------------

    def _register(self, session: PlannedSession, person: Person) -> datetime:
        """Registers a person and draws attendance and replay view; returns the time of the registration."""
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
            self.workspace.view_replay(session.id, identity, at=self._replay_time(session, at))
        return at

    def _typed(self, person: Person) -> str:
        """Returns the address as the person types it: always the same spelling."""
        spell = random.Random(person.email)  # noqa: S311 - a repeatable draw, no secret
        chance = spell.random()
        if chance < 0.04:
            return person.email.upper()
        if chance < 0.08:
            local, domain = person.email.split("@")
            return f"{local.title()}@{domain}"
        return f" {person.email}" if chance < 0.09 else person.email

    def _form(self, session: PlannedSession) -> list[dict[str, Any]]:
        event = self.workspace.event_row(self.workspace.session_row(session.id)["event_id"])
        return list(event["fields"])

    def _answers(self, session: PlannedSession, person: Person) -> dict[str, Any]:
        """Returns answers to the form of the session; some people leave out optional fields."""
        known = {"company": person.company.name, "job_title": person.title, "phone": person.phone,
                 "country": person.country, "website": f"https://www.{person.company.domain}"}  # fmt: skip
        answers: dict[str, Any] = {}
        for item in self._form(session):
            slug = item["id"]
            if slug in known and self.draw.random() < 0.85:
                answers[slug] = known[slug]
            elif item.get("custom") and self.draw.random() < 0.6:
                answers[slug] = self._custom(item)
        return answers

    def _custom(self, item: dict[str, Any]) -> Any:
        options = [one["value"] for one in item.get("options", {}).get("items", [])]
        return self.draw.sample(options, self.draw.randint(1, 2)) if options else "Merci & à bientôt : ça m'intéresse !"

    def _origin(self, person: Person) -> dict[str, Any]:
        draw, words = self.draw, self.population.words
        place = {"ip_city": person.city, "ip_country_code": person.country_code, "ip_country_name": person.country}
        return {**draw.choice(words["sources"]), **draw.choice(words["devices"]), **place}

    def _attend(self, session: PlannedSession, person: str, share: float) -> None:
        draw = self.draw
        counters = {"messages_count": draw.choice([0, 0, 0, 1, 2, 7]), "questions_count": draw.choice([0, 0, 0, 0, 1]),
                    "votes_count": draw.choice([0, 0, 1, 3]), "up_votes_count": draw.choice([0, 0, 0, 2])}  # fmt: skip
        self.workspace.attend(session.id, person, rate=round(100 * share, 1), **counters)

    # --- times --------------------------------------------------------------------------------------------------------

    def _opened(self, session: PlannedSession) -> datetime:
        """Returns when registration opened: 38 days before the session."""
        return min(session.planned - timedelta(days=38), self.start - timedelta(days=30))

    def _moment(self, session: PlannedSession) -> datetime:
        """Returns a registration time: before the seed's start, or after it for the share `later` of the audience."""
        first = self._opened(session) + timedelta(days=1)
        closes = self.start + timedelta(days=30) if session.on_demand else session.planned
        if closes <= self.start:
            return first + (closes - first) * self.draw.random()
        if self.draw.random() < session.audience.get("later", 0):
            return self.start + timedelta(minutes=3) + (closes - self.start - timedelta(minutes=3)) * self.draw.random()
        # Registrations become more frequent towards the start of the seed.
        return self.start - (self.start - first) * self.draw.random() ** 2

    def _replay_time(self, session: PlannedSession, registered: datetime) -> datetime:
        """Returns the time of a replay view: minutes after registration if on demand, else hours or days later."""
        if session.on_demand:
            return registered + timedelta(minutes=self.draw.choice([4, 6, 45, 60 * 26]))
        return session.planned + timedelta(hours=self.draw.choice([3, 5, 20, 30, 50, 70, 120, 240]))


def _expanded(value: Any) -> Any:
    """Returns the text; `{repeat: text, length: characters}` is expanded."""
    if not isinstance(value, dict):
        return value
    text, length = value["repeat"], value["length"]
    return (text * (length // len(text) + 1))[:length].rstrip().ljust(length, ".")
