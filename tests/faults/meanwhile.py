"""What people do in Salesforce in the middle of a run: drawn with the scenario, so that it happens in fair weather too.

They touch the records that were there before us, and Campaigns: those are the same in both orgs whatever failed. Who
was made by a run may not be there yet in foul weather, so what is done to them is in `test_meanwhile.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from service_sandbox import Sandbox
from tests.faults.scenario import Action, Places, Scenario

TASKS = ("plan", "load_campaigns", "load_people", "load_members-0", "report")


@dataclass
class Somebody:
    """Does one thing before a task begins, or when the run is over if the task never came.

    Attributes:
        tries: before which try of the task.
        done: which acts found something to act upon.
    """

    sandbox: Sandbox
    places: Places
    task: str = ""
    tries: int = 1
    action: Action = ()
    done: Counter[str] = field(default_factory=Counter)

    def before(self, task: str, number: int) -> None:
        if task == self.task and number == self.tries:
            self.act()

    def act(self) -> None:
        """Do it, once."""
        action, self.action = self.action, ()
        if action and DEEDS[action[0]](self.sandbox, self.places, *action[1:]):
            self.done[action[0]] += 1


def drawn(given: Scenario) -> list[tuple[str, int, Action]]:
    """For every moment of a scenario: task, number of the try, action; an empty action is nobody's. Half are calm."""
    rng = Random(f"meanwhile {given.seed}")  # noqa: S311 a repeatable draw
    if rng.random() < 0.5:
        return [("", 1, ())] * len(given.moments)
    return [(rng.choice(TASKS), rng.choice([1, 1, 2]), _action(rng, given)) for _ in given.moments]


def _action(rng: Random, given: Scenario) -> Action:
    people = range(len(given.records))
    leads = [index for index in people if given.records[index][0] == "Lead"]
    pairs = [(one, other) for one in leads for other in leads if one < other and _same(given, one, other)]
    possible: list[Action] = [("drop_campaign", rng.choice(["soon", "later"]))]
    if people:
        possible += [("edit", rng.choice(people)), ("delete", rng.choice(people))]
    alone = [one for one in leads if not any(one in pair for pair in pairs)]
    if alone:  # converting a duplicate leaves its elder as it was by then: up to date, or not yet
        possible.append(("convert", rng.choice(alone)))
    if pairs:
        one, other = rng.choice(pairs)
        possible += [("merge", one, other), ("merge", other, one)]
    return rng.choice([(), *possible])


def _same(given: Scenario, one: int, other: int) -> bool:
    return given.records[one][1]["Email"].lower() == given.records[other][1]["Email"].lower()


def _edit(sandbox: Sandbox, places: Places, index: int) -> bool:
    return _to_living(sandbox, places, lambda one: sandbox.org.edit(one, Title="Somebody's", Phone="1"), index)


def _delete(sandbox: Sandbox, places: Places, index: int) -> bool:
    return _to_living(sandbox, places, sandbox.org.delete, index)


def _convert(sandbox: Sandbox, places: Places, index: int) -> bool:
    return _to_living(sandbox, places, sandbox.org.convert_lead, index)


def _merge(sandbox: Sandbox, places: Places, master: int, loser: int) -> bool:
    return _to_living(sandbox, places, sandbox.org.merge, master, loser)


def _drop_campaign(sandbox: Sandbox, places: Places, session: str) -> bool:
    found = [row["Id"] for row in sandbox.org.rows("Campaign")
             if row["Livestorm_Session_Id__c"] == places.sessions.get(session, "")]  # fmt: skip
    for one in found:
        sandbox.org.delete(one)
    return bool(found)


def _to_living(sandbox: Sandbox, places: Places, do: Callable[..., Any], *indexes: int) -> bool:
    """Done to records that are there, and are no converted Leads."""
    there = {row["Id"] for name in ("Lead", "Contact") for row in sandbox.org.rows(name) if not row.get("IsConverted")}
    ids = [places.people[index] for index in indexes]
    if not there.issuperset(ids):
        return False
    do(*ids)
    return True


DEEDS: dict[str, Callable[..., bool]] = {
    "edit": _edit,
    "delete": _delete,
    "convert": _convert,
    "merge": _merge,
    "drop_campaign": _drop_campaign,
}
