"""A small random world, as data: what an org holds at first, and what happens in a workspace between runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from include.sandbox import Sandbox
from include.sandbox.livestorm.forms import form

Action = tuple[Any, ...]
TITLES = ("Analyst", "Engineer", "Head of Sales", "CTO", None)  # not everybody answers every question


@dataclass(frozen=True)
class Moment:
    """The clock moves, these things happen, then a run starts."""

    hours: float
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Scenario:
    """`records`: (object, fields) of the org; `converted`: indexes of Leads among them that were converted."""

    seed: int
    records: tuple[tuple[str, dict[str, Any]], ...]
    converted: tuple[int, ...]
    moments: tuple[Moment, ...]


def scenario(seed: int) -> Scenario:
    rng = Random(seed)  # noqa: S311 a repeatable draw
    people = [f"person.{number}@acme.example" for number in range(rng.randint(4, 9))]
    records, converted = _records(rng, people)
    return Scenario(seed, tuple(records), tuple(converted), tuple(_moments(rng, people)))


def _records(rng: Random, people: list[str]) -> tuple[list[tuple[str, dict[str, Any]]], list[int]]:
    records: list[tuple[str, dict[str, Any]]] = []
    converted: list[int] = []
    for number, email in enumerate(people):
        spelt = rng.choice([email, email.upper(), email.title()])
        known = {"LastName": f"Known {number}", "Email": spelt, "Title": rng.choice(TITLES)}
        kinds = rng.choice([[], [], ["Lead"], ["Contact"], ["Lead", "Contact"], ["Lead", "Lead"], ["converted"]])
        for kind in kinds:
            if kind == "converted":
                converted.append(len(records))
            own = {} if kind == "Contact" else {"Company": "Known Inc."}
            records.append(("Contact" if kind == "Contact" else "Lead", known | own))
    return records, converted


def _moments(rng: Random, people: list[str]) -> list[Moment]:
    on_demand = rng.random() < 0.5
    first: list[Action] = [("event", "soon", 3, False), ("event", "later", 30, False)]
    if on_demand:
        first.append(("event", "always", 0, True))
    names = ["soon", "later", "always"] if on_demand else ["soon", "later"]
    taken: set[tuple[str, str]] = set()

    def register(session: str, share: float) -> list[Action]:
        chosen = [who for who in people if rng.random() < share and (session, who) not in taken]
        taken.update((session, who) for who in chosen)
        return [("register", session, who, rng.choice(TITLES)) for who in chosen]

    first += [action for name in names for action in register(name, 0.6)]
    first += [("attend", "soon", who) for session, who in sorted(taken) if session == "soon" and rng.random() < 0.5]
    second = register("later", 0.4)
    second += [("replay", session, who) for session, who in sorted(taken) if session != "later" and rng.random() < 0.4]
    second += [("edit", session, who, "Director") for session, who in sorted(taken) if rng.random() < 0.15]
    third: list[Action] = [("attend", "later", who) for session, who in sorted(taken) if session == "later"][::2]
    return [Moment(0, ()), Moment(0.1, tuple(first)), Moment(5, tuple(second)), Moment(30, tuple(third))]


def plant(sandbox: Sandbox, given: Scenario) -> dict[str, str]:
    """Fill the org; returns where sessions are noted by name."""
    ids = [sandbox.org.insert(sobject, [fields])[0] for sobject, fields in given.records]
    for index in given.converted:
        sandbox.org.convert_lead(ids[index])
    return {}


def act(sandbox: Sandbox, moment: Moment, sessions: dict[str, str]) -> None:
    """Let it happen."""
    sandbox.clock.advance(hours=moment.hours)
    for word, *words in moment.actions:
        ACTS[word](sandbox, sessions, *words)


def _event(sandbox: Sandbox, sessions: dict[str, str], name: str, hours: float, on_demand: bool) -> None:
    slugs = form("email", "first_name", "last_name", "company", "job_title")
    workspace = sandbox.livestorm
    event = workspace.add_event(name, estimated_duration=60, fields=slugs, on_demand=on_demand)
    sessions[name] = workspace.add_session(event, sandbox.clock.now() + timedelta(hours=hours))


def _register(sandbox: Sandbox, sessions: dict[str, str], session: str, who: str, title: str | None) -> None:
    sandbox.clock.advance(seconds=2)  # of two registrations in one second neither is the newer one
    sandbox.livestorm.register(sessions[session], who, "Given", who.split("@")[0], fields={"job_title": title})


def _attend(sandbox: Sandbox, sessions: dict[str, str], session: str, who: str) -> None:
    sandbox.livestorm.attend(sessions[session], who)


def _replay(sandbox: Sandbox, sessions: dict[str, str], session: str, who: str) -> None:
    sandbox.livestorm.view_replay(sessions[session], who)


def _edit(sandbox: Sandbox, sessions: dict[str, str], session: str, who: str, title: str) -> None:
    sandbox.livestorm.edit_registration(sessions[session], who, job_title=title)


ACTS = {"event": _event, "register": _register, "attend": _attend, "replay": _replay, "edit": _edit}
