"""The same scenario twice, in fair and in foul weather; when it rests, both orgs must hold the same."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from include.livestorm_salesforce.clients.salesforce import client
from include.livestorm_salesforce.pipeline import loading, sending, unheard
from include.livestorm_salesforce.pipeline.plans import saved
from tests.chaos import scenario as stories
from tests.chaos.airflow_like import QuickWorld
from tests.chaos.weather import Weather, blowing, tally, weather
from tests.safety import world as worlds

REST = (1, 25, 25, 25, 25, 25)  # hours between further runs
BULKY = 3
SCHEDULES = 5  # of weather for each scenario: the fair run is made once for all of them
PEOPLE = ("Lead", "Contact")
#: Where a record stands, which the audit tells by its own columns.
PLACES = {"Id", "CampaignId", "LeadId", "ContactId", "attributes"}
OURS = ("Campaign", "CampaignMemberStatus", "CampaignMember", *PEOPLE)


Content = dict[str, list[dict[str, Any]]]


class Broken(AssertionError):
    """A promise was broken; the message names it and the seed."""


@dataclass(frozen=True)
class Outcome:
    """What a schedule met: tasks by state, faults struck, kills, runs until it rested."""

    seed: int
    states: Counter[str]
    faults: Counter[str]
    runs: int


@contextmanager
def quick_world(seed: int):
    """An empty org. To every third a load of more than two rows goes as a bulk job, as thousands of rows would."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory, ExitStack() as bulky:
        if seed % BULKY == 0:
            for module in (client, loading, sending, unheard):
                bulky.enter_context(patch.object(module, "BULK_ABOVE", 2))
        calm = {"livestorm": {"seed": seed, "settings": {"interval_limit": 0}}}
        with worlds.world(Path(directory), {"extends": "empty", **calm}, kind=QuickWorld) as made:
            yield made


def live_through(world: QuickWorld, given: stories.Scenario, rng: Random | None) -> Outcome:
    """The scenario's moments with a run after each, then further runs until one writes nothing."""
    sessions = stories.plant(world.sandbox, given)
    states: Counter[str] = Counter()
    struck: Counter[str] = Counter()
    for number, moment in enumerate(given.moments):
        stories.act(world.sandbox, moment, sessions)
        foul = weather(rng) if rng and number else Weather()
        with blowing(world.sandbox, foul):
            states.update(world.run_with_retries().values())
            struck.update(tally(world.sandbox, foul))
    _rest(world)
    return Outcome(given.seed, states, struck, world.number)


def _rest(world: QuickWorld) -> None:
    for hours in REST:
        world.sandbox.clock.advance(hours=hours)
        before = world.org.writes.count()
        states = world.run_with_retries()
        if "failed" in states.values():
            raise Broken(f"a run in fair weather failed: {states}, {world.last.get('problems')}")
        if world.org.writes.count() == before:
            return
    raise Broken("it does not come to rest")


def check(wanted: Content, foul: QuickWorld) -> None:
    """Raise `Broken` with the first promise that does not hold."""
    _same_org(wanted, foul.org.content())
    _nobody_twice(foul)
    _all_audited(foul)
    _nothing_unplanned(foul)
    _nothing_beside_the_audit(foul)
    _nobody_lost(foul)


def _same_org(wanted: Content, held: Content) -> None:
    for name in wanted:
        rows, there = _timeless(wanted[name]), _timeless(held[name])
        missing = [row for row in rows if row not in there]
        surplus = [row for row in there if row not in rows]
        if missing or surplus or len(rows) != len(there):
            raise Broken(f"{name} differs: missing {_brief(missing)}; surplus {_brief(surplus)}")


def _timeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the day on which Salesforce learned of a response: a run put off writes it later."""
    return [{key: value for key, value in row.items() if key != "FirstRespondedDate"} for row in rows]


def _brief(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if value not in (None, "", False, 0)} for row in rows[:3]]


def _nobody_twice(world: QuickWorld) -> None:
    made = {write.id for write in world.org.writes.list(verb="create", refused=False)}
    ours = [row["Email"].lower() for name in PEOPLE for row in world.org.rows(name) if row["Id"] in made]
    twice = [email for email, count in Counter(ours).items() if count > 1]
    if twice:
        raise Broken(f"{len(twice)} person(s) made twice")
    emails = {row["Id"]: (row["Email"] or "").lower() for name in PEOPLE for row in world.org.rows(name)}
    rows = world.org.rows("CampaignMember")
    members = [(row["CampaignId"], emails.get(row["ContactId"] or row["LeadId"])) for row in rows]
    if len(members) != len(set(members)):
        raise Broken("a member twice in one Campaign")


def _all_audited(world: QuickWorld) -> None:
    rows = world.audit()
    for verb, actions in (("create", ["create"]), ("update", ["create", "update"])):
        noted = set(rows.loc[rows["action"].isin(actions), "record_id"].dropna())
        done = {write.id for write in world.org.writes.list(verb=verb, refused=False) if write.object in OURS}
        if done - noted:
            kinds = Counter(write.object for write in world.org.writes.all if write.id in done - noted)
            raise Broken(f"{verb} without a row in the audit: {dict(kinds)}")
    if rows.duplicated(["run_id", "object", "record_id", "field", "action", "after"]).any():
        raise Broken("a write is in the audit twice")


def _nothing_unplanned(world: QuickWorld) -> None:
    by = ["object", "key", "field", "after"]
    rows = world.audit()
    for run_id, part in rows[rows["object"] != "CampaignMemberStatus"].groupby("run_id"):
        plan = saved(world.task(run_id, ""))
        planned = plan.fields.merge(plan.changes, on="change_id")[by].drop_duplicates()
        if (part.merge(planned, on=by, how="left", indicator="in_plan")["in_plan"] != "both").any():
            raise Broken(f"{run_id} wrote what was not planned")


def _nothing_beside_the_audit(world: QuickWorld) -> None:
    """What the org was asked to hold, by its own journal, is what the audit says, field by field."""
    rows = world.audit()
    noted = {(record, name, _text(after)) for record, name, after in
             rows[["record_id", "field", "after"]].itertuples(index=False)}  # fmt: skip
    for write in world.org.writes.list(refused=False):
        own = {name: value for name, value in write.values.items() if name not in PLACES}
        beside = [name for name, value in own.items() if (write.id, name, _text(value)) not in noted]
        if write.object in OURS and beside:
            raise Broken(f"{write.verb} of a {write.object} wrote {beside}, which the audit does not hold so")


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).lower()


def _nobody_lost(world: QuickWorld) -> None:
    """A full reading finds everybody accounted for and nothing to write."""
    before = world.org.writes.count()
    world.run_with_retries({"full_read": True}, by_hand=True)
    told = world.last
    if world.org.writes.count() != before:
        raise Broken("a full reading found something to write")
    everybody = len(world.livestorm.registrations())
    settled = told["buckets"]["unchanged"]
    if (told["registrants"], settled) != (everybody, everybody):
        raise Broken(f"of {everybody} registrants {told['registrants']} were read and {settled} are settled")


def weather_of(seed: int) -> Random:
    return Random(f"weather {seed}")  # noqa: S311 a repeatable draw


def storm(seed: int) -> Outcome:
    """One schedule.

    Raises:
        Broken: a promise does not hold.
    """
    try:
        wanted = undisturbed(seed // SCHEDULES)
        with quick_world(seed // SCHEDULES) as foul:
            outcome = live_through(foul, stories.scenario(seed // SCHEDULES), weather_of(seed))
            check(wanted, foul)
    except Broken as error:
        raise Broken(f"seed {seed}: {error}") from None
    return replace(outcome, seed=seed)


@lru_cache(maxsize=4)
def undisturbed(number: int) -> Content:
    """What the org holds after a scenario in fair weather."""
    with quick_world(number) as calm:
        live_through(calm, stories.scenario(number), None)
        return calm.org.content()
