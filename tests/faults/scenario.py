"""A random scenario as data: the initial records of an org, and what happens in a workspace between runs.

Actions of users in Salesforce during a run are in `concurrent_users.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from livestorm_salesforce.state.pair_state import PairState
from service_sandbox import Sandbox
from service_sandbox.livestorm.forms import form
from tests.faults import automation, sharing
from tests.faults.automation import MARK, MINUTES, Draw
from tests.faults.webhook_dispatcher import PendingWebhooks

Action = tuple[Any, ...]
TITLES = ("Analyst", "Engineer", "Head of Sales", "CTO", None)  # some questions are not answered


@dataclass(frozen=True)
class Moment:
    """The clock advances, the actions are applied, then a run starts."""

    hours: float
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Scenario:
    """Attributes:
    records: object and fields of the org's records.
    converted: indexes of converted Leads among them.
    marked: created people have an e-mail HMAC, in every second org.
    contacts: people are created as Contacts, in every fourth org.
    """

    seed: int
    records: tuple[tuple[str, dict[str, Any]], ...]
    converted: tuple[int, ...]
    moments: tuple[Moment, ...]

    @property
    def marked(self) -> bool:
        return self.seed % 2 == 1

    @property
    def contacts(self) -> bool:
        return self.seed // 2 % 4 == 1

    @property
    def hides(self) -> bool:
        """Whether some records that we created are hidden from us for a while."""
        return any(action[0] == "hide" for moment in self.moments for action in moment.actions)

    @property
    def org(self) -> Draw:
        return automation.draw_org(self.seed, marked=self.marked)


@dataclass
class Places:
    """Sessions by name, ids of the org's initial records in order, and undelivered webhooks."""

    sessions: dict[str, str]
    people: list[str]
    webhooks: PendingWebhooks


def scenario(seed: int) -> Scenario:
    rng = Random(seed)  # noqa: S311 a repeatable draw
    people = [f"person.{number}@acme.example" for number in range(rng.randint(4, 9))]
    records, converted = _records(rng, people)
    given = Scenario(seed, tuple(records), tuple(converted), tuple(_moments(rng, people)))
    return _with_sharing(given) if given.marked and MARK not in given.org.removed else given


def _with_sharing(given: Scenario) -> Scenario:
    drawn = sharing.draw_sharing(given.seed)
    if drawn is None:
        return given
    moments = list(given.moments)
    for index, word in zip(drawn, ("hide", "show"), strict=True):
        moments[index] = replace(moments[index], actions=((word,), *moments[index].actions))
    return replace(given, moments=tuple(moments))


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
    twice: set[tuple[str, str]] = set()

    def register(session: str, share: float) -> list[Action]:
        chosen = [who for who in people if rng.random() < share and (session, who) not in taken]
        taken.update((session, who) for who in chosen)
        return [("register", session, who, rng.choice(TITLES)) for who in chosen]

    def again(title: str) -> list[Action]:
        """Some registrants register again with another spelling of the address, some without title."""
        pairs = [pair for pair in sorted(taken - twice) if rng.random() < 0.15]
        twice.update(pairs)
        return [("register", session, who.upper(), rng.choice([title, None])) for session, who in pairs]

    first += [action for name in names for action in register(name, 0.6)]
    late = [pair for pair in sorted(taken) if rng.random() < 0.25]
    first += [("write", *pair, "people.registered") for pair in late]
    first += [("attend", "soon", who) for session, who in sorted(taken) if session == "soon" and rng.random() < 0.5]
    second = again("Partner")
    new = register("later", 0.4)
    second += new + [("tell", *words[:2], "people.registered") for _, *words in new if rng.random() < 0.4]
    second += [("replay", session, who) for session, who in sorted(taken) if session != "later" and rng.random() < 0.4]
    second += [("edit", session, who, "Director") for session, who in sorted(taken) if rng.random() < 0.15]
    third: list[Action] = [("attend", "later", who) for session, who in sorted(taken) if session == "later"][::2]
    third += [("tell", session, who, "people.attended") for _, session, who in third if rng.random() < 0.3]
    fourth = [*again("Chair"), *(("deliver", *pair) for pair in late)]
    hours = (0, 0.1, 5, 30, 2)
    return [Moment(*one) for one in zip(hours, map(tuple, ((), first, second, third, fourth)), strict=True)]


def populate(sandbox: Sandbox, given: Scenario, state: PairState) -> Places:
    """Configure the org's automation and create the initial records.

    Args:
        state: the product's state, for webhook deliveries.
    """
    sandbox.org.add_field("CampaignMember", MINUTES, type="double", precision=6, scale=0)
    if given.marked:
        for name in ("Lead", "Contact"):
            sandbox.org.add_field(name, MARK, label="Livestorm Key", length=64, unique=True, external_id=True)
    automation.configure(sandbox.org, given.seed, given.org)
    ids = [sandbox.org.insert(sobject, [fields])[0] for sobject, fields in given.records]
    for index in given.converted:
        sandbox.org.convert_lead(ids[index])
    return Places({}, ids, PendingWebhooks(state))


def apply_moment(sandbox: Sandbox, moment: Moment, places: Places) -> None:
    """Apply the actions of a moment."""
    sandbox.clock.advance(hours=moment.hours)
    for word, *words in moment.actions:
        ACTIONS[word](sandbox, places, *words)


def _event(sandbox: Sandbox, places: Places, name: str, hours: float, on_demand: bool) -> None:
    slugs = form("email", "first_name", "last_name", "company", "job_title")
    workspace = sandbox.livestorm
    event = workspace.add_event(name, estimated_duration=60, fields=slugs, on_demand=on_demand)
    places.sessions[name] = workspace.add_session(event, sandbox.clock.now() + timedelta(hours=hours))


def _register(sandbox: Sandbox, places: Places, session: str, who: str, title: str | None) -> None:
    sandbox.clock.advance(seconds=2)  # of two registrations in one second none is newer
    name, answers = who.split("@", maxsplit=1)[0].lower(), {"job_title": title}
    sandbox.livestorm.register(places.sessions[session], who, "Given", name, fields=answers)


def _attend(sandbox: Sandbox, places: Places, session: str, who: str) -> None:
    sandbox.livestorm.attend(places.sessions[session], who)


def _replay(sandbox: Sandbox, places: Places, session: str, who: str) -> None:
    sandbox.livestorm.view_replay(places.sessions[session], who)


def _edit(sandbox: Sandbox, places: Places, session: str, who: str, title: str) -> None:
    sandbox.livestorm.edit_registration(places.sessions[session], who, job_title=title)


def _write(sandbox: Sandbox, places: Places, session: str, who: str, event: str) -> None:
    places.webhooks.write(sandbox, places.sessions[session], who, event)


def _deliver(sandbox: Sandbox, places: Places, session: str, who: str) -> None:
    places.webhooks.deliver(sandbox, places.sessions[session], who)


def _deliver_now(sandbox: Sandbox, places: Places, session: str, who: str, event: str) -> None:
    _write(sandbox, places, session, who, event)
    _deliver(sandbox, places, session, who)


ACTIONS = {"event": _event, "register": _register, "attend": _attend, "replay": _replay, "edit": _edit,
        "write": _write, "deliver": _deliver, "tell": _deliver_now,
        "hide": sharing.hide, "show": sharing.show}  # fmt: skip
