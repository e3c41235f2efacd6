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

from livestorm_salesforce.clients.salesforce import client
from livestorm_salesforce.runs.plan_files import load_plan
from livestorm_salesforce.writers import row_sender
from service_sandbox.salesforce.org.write_log import Write
from tests.faults import meanwhile
from tests.faults import scenario as stories
from tests.faults.airflow_like import QuickWorld, SandboxClock
from tests.faults.injection import Weather, blowing, tally, weather
from tests.integration.safety import world as worlds

REST = (25, 25, 25, 25, 25)  # hours between further runs; every list is due by then
BULKY = 3
SETTLE = 15
"""Seconds that a load waits for a request without an answer, on a clock that costs nothing."""
LATE = {False: (10,), True: (10, 60)}
"""After how many seconds a late request is carried out. Later than we wait for it only where created people have a
mark: without one they may be there twice then, as docs/reference/limits-of-safety.md tells."""
MAPPINGS = {kind: str(Path(__file__).with_name(f"{kind}.yaml")) for kind in ("contacts", "leads")}
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
    """What a schedule met: tasks by state, faults struck, kills, what people did, runs until it rested."""

    seed: int
    states: Counter[str]
    faults: Counter[str]
    deeds: Counter[str]
    runs: int


@contextmanager
def quick_world(given: stories.Scenario):
    """An empty org. To every third a load of more than two rows goes as a bulk job, as thousands of rows would."""
    calm = {"livestorm": {"seed": given.seed, "settings": {"interval_limit": 0}}}
    ours = {"LIVESTORM_SALESFORCE_SETTLE_SECONDS": str(SETTLE), "LIVESTORM_SALESFORCE_KEY_SECRET": "one for both orgs"}
    ours["LIVESTORM_SALESFORCE_MAPPING"] = MAPPINGS["contacts" if given.contacts else "leads"]
    with tempfile.TemporaryDirectory(prefix="faults-") as directory, ExitStack() as patches:
        if given.seed % BULKY == 0:
            for module in (client, row_sender):
                patches.enter_context(patch.object(module, "BULK_ABOVE", 2))
        with worlds.world(Path(directory), {"extends": "empty", **calm}, kind=QuickWorld, **ours) as made:
            made.clock = SandboxClock(made.sandbox)
            yield made


def live_through(world: QuickWorld, given: stories.Scenario, rng: Random | None) -> Outcome:
    """The scenario's moments with a run after each, then further runs until one writes nothing."""
    somebody = meanwhile.Somebody(world.sandbox, stories.plant(world.sandbox, given, world.state))
    world.before_try = somebody.before
    states: Counter[str] = Counter()
    struck: Counter[str] = Counter()
    deeds = meanwhile.drawn(given)
    for moment, deed in zip(given.moments, deeds, strict=True):
        stories.act(world.sandbox, moment, somebody.places)
        somebody.task, somebody.tries, somebody.action = deed
        foul = weather(rng, late=LATE[given.marked]) if rng and moment.actions else Weather()
        with blowing(world.sandbox, foul):
            states.update(world.run_with_retries().values())
            struck.update(tally(world.sandbox, foul))
        somebody.act()
    _rest(world)
    if any(action for *_, action in deeds):  # what people do in Salesforce is seen when everybody is read
        _well(world, {"full_read": True}, manual=True)
    return Outcome(given.seed, states, struck, somebody.done, world.number)


def _rest(world: QuickWorld) -> None:
    for hours in REST:
        world.sandbox.clock.advance(hours=hours)
        before = world.org.writes.count()
        _well(world)
        if world.org.writes.count() == before:
            return
    raise Broken("it does not come to rest")


def _well(world: QuickWorld, params: dict[str, Any] | None = None, *, manual: bool = False) -> None:
    states = world.run_with_retries(params, manual=manual)
    if "failed" in states.values():
        raise Broken(f"a run in fair weather failed: {states}, {world.last.get('problems')}")


def check(wanted: Content, foul: QuickWorld, given: stories.Scenario) -> None:
    """Raise `Broken` with the first promise that does not hold."""
    _same_org(wanted, foul.org.content(), any(action[:1] == ("convert",) for *_, action in meanwhile.drawn(given)))
    _nobody_twice(foul)
    _all_audited(foul)
    _nothing_unplanned(foul)
    _nothing_beside_the_audit(foul)
    _nobody_lost(foul)


def _same_org(wanted: Content, held: Content, converted: bool) -> None:
    for name in wanted:
        rows, there = _timeless(wanted[name]), _timeless(held[name])
        if converted:
            rows, there = _since_converted(name, rows), _since_converted(name, there)
        missing = [row for row in rows if row not in there]
        roster_excess = [row for row in there if row not in rows]
        if missing or roster_excess or len(rows) != len(there):
            raise Broken(f"{name} differs: missing {_brief(missing)}; surplus {_brief(roster_excess)}")


def _timeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the day on which Salesforce learned of a response: a run put off writes it later. It also finds the later
    spelling of an address that was registered twice; two that differ in case are one (Q11)."""
    return [{name: _spelt(value) for name, value in _without(row, "FirstRespondedDate").items()} for row in rows]


def _spelt(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and "@" in value else value


def _since_converted(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what a Lead was like at the moment when somebody converted it, and whether it was a member by then: of a
    member who has both, the Contact counts."""
    if name == "Lead":
        return [{"Email": row["Email"].lower()} if row["IsConverted"] else row for row in rows]
    if name == "Campaign":
        return [_without(row, "NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts") for row in rows]
    return [_without(row, "LeadId") if row.get("ContactId") else row for row in rows]


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _brief(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if value not in (None, "", False, 0)} for row in rows[:3]]


def _nobody_twice(world: QuickWorld) -> None:
    made = {write.id for write in world.org.writes.list(operation="create", rejected=False)}
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
        done = {write.id for write in _lasting(world) if write.operation == verb}
        if done - noted:
            kinds = Counter(write.object for write in world.org.writes.all if write.id in done - noted)
            raise Broken(f"{verb} without a row in the audit: {dict(kinds)}")
    if rows.duplicated(["run_id", "object", "record_id", "field", "action", "after"]).any():
        raise Broken("a write is in the audit twice")


def _nothing_unplanned(world: QuickWorld) -> None:
    by = ["object", "source_key", "field", "after"]
    rows = world.audit()
    for run_id, part in rows[rows["object"] != "CampaignMemberStatus"].groupby("run_id"):
        plan = load_plan(world.task(run_id, "").folder)
        planned = plan.fields.merge(plan.changes, on="change_id")[by].drop_duplicates()
        if (part.merge(planned, on=by, how="left", indicator="in_plan")["in_plan"] != "both").any():
            raise Broken(f"{run_id} wrote what was not planned")


def _nothing_beside_the_audit(world: QuickWorld) -> None:
    """What the org was asked to hold, by its own journal, is what the audit says, field by field."""
    rows = world.audit()
    noted = {(record, name, _text(after)) for record, name, after in
             rows[["record_id", "field", "after"]].itertuples(index=False)}  # fmt: skip
    for write in _lasting(world):
        own = {name: value for name, value in write.values.items() if name not in PLACES}
        beside = [name for name, value in own.items() if (write.id, name, _text(value)) not in noted]
        if beside:
            raise Broken(f"{write.operation} of a {write.object} wrote {beside}, which the audit does not hold so")


def _nothing_turned_back(world: QuickWorld) -> None:
    """What was written over is never written again, and nobody's minutes become fewer. (Of two runs alike one could be
    as wrong as the other; in foul weather a request that is carried out late may do so, until the next one.)"""
    for name, kind in ((stories.MINUTES, float), ("Title", str)):
        held: dict[str, list[Any]] = {}
        for write in world.org.writes.list(rejected=False):
            if write.values.get(name) is not None:
                held.setdefault(write.id, []).append(kind(write.values[name]))
        for values in held.values():
            steps = [value for number, value in enumerate(values) if not number or value != values[number - 1]]
            if len(steps) != len(set(steps)) or (kind is float and steps != sorted(steps)):
                raise Broken(f"{name} turned back: {steps}")


def _lasting(world: QuickWorld) -> list[Write]:
    """Writes to records that nobody deleted: of a lost answer about those nothing is left that could be looked up."""
    there = {row["Id"] for name in OURS for row in world.org.rows(name)}
    return [write for write in world.org.writes.list(rejected=False) if write.id in there]


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).lower()


def _nobody_lost(world: QuickWorld) -> None:
    """A full reading finds everybody accounted for and nothing to write."""
    before = world.org.writes.count()
    world.run_with_retries({"full_read": True}, manual=True)
    told = world.last
    if world.org.writes.count() != before:
        raise Broken("a full reading found something to write")
    rows = world.livestorm.registrations()
    people = {(row["session_id"], row["email"].lower()) for row in rows}
    settled, again = told["buckets"]["unchanged"], told["buckets"]["skipped"]
    if (told["registrants"], settled, again) != (len(rows), len(people), len(rows) - len(people)):
        raise Broken(f"of {len(rows)} registrants {told['registrants']} were read and {settled} are settled")


def weather_of(seed: int) -> Random:
    return Random(f"weather {seed}")  # noqa: S311 a repeatable draw


def storm(seed: int) -> Outcome:
    """One schedule.

    Raises:
        Broken: a promise does not hold.
    """
    try:
        given = stories.scenario(seed // SCHEDULES)
        wanted = undisturbed(given.seed)
        with quick_world(given) as foul:
            outcome = live_through(foul, given, weather_of(seed))
            check(wanted, foul, given)
    except Broken as error:
        raise Broken(f"seed {seed}: {error}") from None
    return replace(outcome, seed=seed)


@lru_cache(maxsize=4)
def undisturbed(number: int) -> Content:
    """What the org holds after a scenario in fair weather."""
    given = stories.scenario(number)
    with quick_world(given) as calm:
        live_through(calm, given, None)
        _nothing_turned_back(calm)
        return calm.org.content()
