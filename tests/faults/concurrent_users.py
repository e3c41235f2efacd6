"""Actions of users in Salesforce during a run. They are part of the scenario, so the baseline has them too.

They concern Campaigns and the records that exist before the first run, because those exist in both orgs. Actions on
records that a run creates are in `test_concurrent_changes.py`.
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
class ConcurrentUser:
    """Performs one action before a task, or at the end of the run if the task did not run.

    Attributes:
        tries: number of the attempt before which the action happens.
        done: actions that found their records.
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
        """Perform the action once."""
        action, self.action = self.action, ()
        if action and USER_ACTIONS[action[0]](self.sandbox, self.places, *action[1:]):
            self.done[action[0]] += 1


def draw_actions(given: Scenario) -> list[tuple[str, int, Action]]:
    """For every moment of a scenario: task, number of the attempt, action (may be empty). Half of the scenarios have
    none."""
    rng = Random(f"meanwhile {given.seed}")  # noqa: S311 a repeatable draw
    if rng.random() < 0.5:
        return [("", 1, ())] * len(given.moments)
    return [(rng.choice(TASKS), rng.choice([1, 1, 2]), _action(rng, given, one)) for one in range(len(given.moments))]


def _action(rng: Random, given: Scenario, moment: int) -> Action:
    """An action, or none. Each edit sets another title: a value that a user sets back is left alone (field A14)."""
    people = range(len(given.records))
    leads = [index for index in people if given.records[index][0] == "Lead"]
    pairs = [(one, other) for one in leads for other in leads if one < other and _has_same_address(given, one, other)]
    possible: list[Action] = [("drop_campaign", rng.choice(["soon", "later"]))]
    if people:
        possible.append(("edit", rng.choice(people), f"Somebody's {moment}"))
        possible += [(word, rng.choice(people)) for word in ("delete", "delete_member")]
    alone = [one for one in leads if not any(one in pair for pair in pairs)]
    if alone:  # with a duplicate, the older Lead's values would depend on the moment of the conversion
        possible.append(("convert", rng.choice(alone)))
    if pairs:
        one, other = rng.choice(pairs)
        possible += [("merge", one, other), ("merge", other, one)]
    return rng.choice([(), *possible])


def deleted_people(given: Scenario) -> set[str]:
    """Addresses of people whose record or member a user deletes."""
    actions = [action for *_, action in draw_actions(given) if action[:1] in (("delete",), ("delete_member",))]
    return {given.records[index][1]["Email"].lower() for _, index in actions}


def _has_same_address(given: Scenario, one: int, other: int) -> bool:
    return given.records[one][1]["Email"].lower() == given.records[other][1]["Email"].lower()


def _edit(sandbox: Sandbox, places: Places, index: int, title: str) -> bool:
    return _apply_to_existing(sandbox, places, lambda one: sandbox.org.edit(one, Title=title, Phone="1"), index)


def _delete(sandbox: Sandbox, places: Places, index: int) -> bool:
    return _apply_to_existing(sandbox, places, sandbox.org.delete, index)


def _delete_member(sandbox: Sandbox, places: Places, index: int) -> bool:
    person = places.people[index]
    rows = [row["Id"] for row in sandbox.org.rows("CampaignMember") if person in (row["LeadId"], row["ContactId"])]
    for one in rows:
        sandbox.org.delete(one)
    return bool(rows)


def _convert(sandbox: Sandbox, places: Places, index: int) -> bool:
    return _apply_to_existing(sandbox, places, sandbox.org.convert_lead, index)


def _merge(sandbox: Sandbox, places: Places, master: int, loser: int) -> bool:
    return _apply_to_existing(sandbox, places, sandbox.org.merge, master, loser)


def _drop_campaign(sandbox: Sandbox, places: Places, session: str) -> bool:
    found = [row["Id"] for row in sandbox.org.rows("Campaign")
             if row["Livestorm_Session_Id__c"] == places.sessions.get(session, "")]  # fmt: skip
    for one in found:
        sandbox.org.delete(one)
    return bool(found)


def _apply_to_existing(sandbox: Sandbox, places: Places, do: Callable[..., Any], *indexes: int) -> bool:
    """Apply to records that exist and are not converted; returns whether they do."""
    there = {row["Id"] for name in ("Lead", "Contact") for row in sandbox.org.rows(name) if not row.get("IsConverted")}
    ids = [places.people[index] for index in indexes]
    if not there.issuperset(ids):
        return False
    do(*ids)
    return True


USER_ACTIONS: dict[str, Callable[..., bool]] = {
    "edit": _edit,
    "delete": _delete,
    "delete_member": _delete_member,
    "convert": _convert,
    "merge": _merge,
    "drop_campaign": _drop_campaign,
}
