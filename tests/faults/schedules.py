"""Run a scenario without and with faults: in the end both orgs must have the same content."""

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
from tests.fake_clock import SandboxClock
from tests.faults import concurrent_users
from tests.faults import scenario as scenarios
from tests.faults.injection import FaultSchedule, count_applied, draw_schedule, inject
from tests.harness import world as worlds
from tests.harness.world import World

IDLE_HOURS = (25, 25, 25, 25, 25)  # hours between the last runs; every list is due by then
BULK_EVERY = 3
SETTLE_SECONDS = 15
"""Seconds that a load waits for a request without response, on the sandbox's clock."""
LATE_SECONDS = {False: (10,), True: (10, 60)}
"""After how many seconds a late request is executed. It exceeds `SETTLE_SECONDS` only if created people have an e-mail
HMAC: without one they may be created twice (docs/reference/limits-of-safety.md)."""
MAPPINGS = {kind: str(Path(__file__).with_name(f"{kind}.yaml")) for kind in ("contacts", "leads")}
SCHEDULES = 5  # of each scenario: the baseline run is shared
PEOPLE = ("Lead", "Contact")
#: Fields for which the audit log has columns of its own.
REFERENCE_FIELDS = {"Id", "CampaignId", "LeadId", "ContactId", "attributes"}
WRITTEN_OBJECTS = ("Campaign", "CampaignMemberStatus", "CampaignMember", *PEOPLE)


Content = dict[str, list[dict[str, Any]]]


class InvariantViolated(AssertionError):
    """An invariant was violated; the message names it and the seed."""


@dataclass(frozen=True)
class Outcome:
    """Result of a schedule: tasks by state, applied faults, actions of users, number of runs."""

    seed: int
    states: Counter[str]
    faults: Counter[str]
    user_actions: Counter[str]
    runs: int


@contextmanager
def scenario_world(given: scenarios.Scenario):
    """An empty org. In every third world, loads of more than two rows are bulk jobs."""
    baseline = {"livestorm": {"seed": given.seed, "settings": {"interval_limit": 0}}}
    ours = {
        "LIVESTORM_SALESFORCE_SETTLE_SECONDS": str(SETTLE_SECONDS),
        "LIVESTORM_SALESFORCE_KEY_SECRET": "one for both orgs",
    }
    ours["LIVESTORM_SALESFORCE_MAPPING"] = MAPPINGS["contacts" if given.contacts else "leads"]
    with tempfile.TemporaryDirectory(prefix="faults-") as directory, ExitStack() as patches:
        if given.seed % BULK_EVERY == 0:
            for module in (client, row_sender):
                patches.enter_context(patch.object(module, "BULK_ABOVE", 2))
        with worlds.open_world(Path(directory), {"extends": "empty", **baseline}, fast=True, **ours) as made:
            made.clock = SandboxClock(made.sandbox)
            yield made


def play(world: World, given: scenarios.Scenario, rng: Random | None) -> Outcome:
    """Run after each moment of the scenario, then until a run writes nothing."""
    user = concurrent_users.ConcurrentUser(world.sandbox, scenarios.populate(world.sandbox, given, world.state))
    world.before_attempt = user.before
    states: Counter[str] = Counter()
    applied: Counter[str] = Counter()
    user_actions = concurrent_users.draw_actions(given)
    for moment, user_action in zip(given.moments, user_actions, strict=True):
        scenarios.apply_moment(world.sandbox, moment, user.places)
        user.task, user.tries, user.action = user_action
        faulty = draw_schedule(rng, late=LATE_SECONDS[given.marked]) if rng and moment.actions else FaultSchedule()
        with inject(world.sandbox, faulty):
            states.update(world.run_with_retries().values())
            applied.update(count_applied(world.sandbox, faulty))
        user.act()
    _run_until_idle(world)
    if any(action for *_, action in user_actions):  # a full read detects changes in Salesforce
        _run_without_faults(world, {"full_read": True}, manual=True)
    return Outcome(given.seed, states, applied, user.done, world.number)


def _run_until_idle(world: World) -> None:
    for hours in IDLE_HOURS:
        world.sandbox.clock.advance(hours=hours)
        before = world.org.writes.count()
        _run_without_faults(world)
        if world.org.writes.count() == before:
            return
    raise InvariantViolated("every run writes")


def _run_without_faults(world: World, params: dict[str, Any] | None = None, *, manual: bool = False) -> None:
    states = world.run_with_retries(params, manual=manual)
    if "failed" in states.values():
        raise InvariantViolated(f"a run without faults failed: {states}, {world.last.get('problems')}")


def check(wanted: Content, faulty: World, given: scenarios.Scenario) -> None:
    """Raise `InvariantViolated` for the first invariant that does not hold."""
    _check_content(
        wanted,
        faulty.org.content(),
        any(action[:1] == ("convert",) for *_, action in concurrent_users.draw_actions(given)),
    )
    check_no_duplicates(faulty)
    check_audit_complete(faulty)
    _check_audit_planned(faulty)
    check_writes_audited(faulty)
    _check_accounting(faulty)


def _check_content(wanted: Content, held: Content, converted: bool) -> None:
    for name in wanted:
        rows, there = _without_dates(wanted[name]), _without_dates(held[name])
        if converted:
            rows, there = _without_converted(name, rows), _without_converted(name, there)
        missing = [row for row in rows if row not in there]
        excess = [row for row in there if row not in rows]
        if missing or excess or len(rows) != len(there):
            raise InvariantViolated(f"{name} differs: missing {_excerpt(missing)}; excess {_excerpt(excess)}")


def _without_dates(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the day of the first response, which a delayed run writes later, and with lower-case addresses: of an
    address that was registered twice, a delayed run finds the later spelling (Q11)."""
    return [
        {name: _lower_address(value) for name, value in _without(row, "FirstRespondedDate").items()} for row in rows
    ]


def _lower_address(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and "@" in value else value


def _without_converted(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without values of converted Leads, which depend on the moment of the conversion, and without the Lead of members
    that have a Contact."""
    if name == "Lead":
        return [{"Email": row["Email"].lower()} if row["IsConverted"] else row for row in rows]
    if name == "Campaign":
        return [_without(row, "NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts") for row in rows]
    return [_without(row, "LeadId") if row.get("ContactId") else row for row in rows]


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _excerpt(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if value not in (None, "", False, 0)} for row in rows[:3]]


def check_no_duplicates(world: World) -> None:
    made = {write.id for write in world.org.writes.list(operation="create", rejected=False)}
    ours = [row["Email"].lower() for name in PEOPLE for row in world.org.rows(name) if row["Id"] in made]
    twice = [email for email, count in Counter(ours).items() if count > 1]
    if twice:
        raise InvariantViolated(f"{len(twice)} person(s) created twice")
    emails = {row["Id"]: (row["Email"] or "").lower() for name in PEOPLE for row in world.org.rows(name)}
    rows = world.org.rows("CampaignMember")
    members = [(row["CampaignId"], emails.get(row["ContactId"] or row["LeadId"])) for row in rows]
    if len(members) != len(set(members)):
        raise InvariantViolated("a member twice in one Campaign")


def check_audit_complete(world: World) -> None:
    rows = world.audit()
    for verb, actions in (("create", ["create"]), ("update", ["create", "update"])):
        noted = set(rows.loc[rows["action"].isin(actions), "record_id"].dropna())
        done = {write.id for write in _writes_to_existing(world) if write.operation == verb}
        if done - noted:
            kinds = Counter(write.object for write in world.org.writes.all if write.id in done - noted)
            raise InvariantViolated(f"{verb} without an audit entry: {dict(kinds)}")
    if rows.duplicated(["run_id", "object", "record_id", "field", "action", "after"]).any():
        raise InvariantViolated("a write has two audit entries")


def _check_audit_planned(world: World) -> None:
    by = ["object", "source_key", "field", "after"]
    rows = world.audit()
    for run_id, part in rows[rows["object"] != "CampaignMemberStatus"].groupby("run_id"):
        plan = load_plan(world.task(run_id, "").folder)
        planned = plan.fields.merge(plan.changes, on="change_id")[by].drop_duplicates()
        if (part.merge(planned, on=by, how="left", indicator="in_plan")["in_plan"] != "both").any():
            raise InvariantViolated(f"{run_id} wrote an unplanned value")


def check_writes_audited(world: World) -> None:
    """The org's write log and the audit log contain the same values."""
    rows = world.audit()
    noted = {(record, name, _text(after)) for record, name, after in
             rows[["record_id", "field", "after"]].itertuples(index=False)}  # fmt: skip
    for write in _writes_to_existing(world):
        own = {name: value for name, value in write.values.items() if name not in REFERENCE_FIELDS}
        beside = [name for name, value in own.items() if (write.id, name, _text(value)) not in noted]
        if beside:
            raise InvariantViolated(
                f"{write.operation} of a {write.object} wrote {beside}, which the audit log does not contain"
            )


def _check_no_old_values(world: World) -> None:
    """An overwritten value is never written again, and minutes never decrease. Checked in the baseline only: under
    faults a request that is executed late may restore an old value until the next run."""
    for name, kind in ((scenarios.MINUTES, float), ("Title", str)):
        held: dict[str, list[Any]] = {}
        for write in world.org.writes.list(rejected=False):
            if write.values.get(name) is not None:
                held.setdefault(write.id, []).append(kind(write.values[name]))
        for values in held.values():
            steps = [value for number, value in enumerate(values) if not number or value != values[number - 1]]
            if len(steps) != len(set(steps)) or (kind is float and steps != sorted(steps)):
                raise InvariantViolated(f"{name} was restored: {steps}")


def _writes_to_existing(world: World) -> list[Write]:
    """Writes to existing records: a write without response to a deleted record cannot be detected."""
    there = {row["Id"] for name in WRITTEN_OBJECTS for row in world.org.rows(name)}
    return [write for write in world.org.writes.list(rejected=False) if write.id in there]


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).lower()


def _check_accounting(world: World) -> None:
    """A full read accounts for every registrant and writes nothing."""
    before = world.org.writes.count()
    world.run_with_retries({"full_read": True}, manual=True)
    report = world.last
    if world.org.writes.count() != before:
        raise InvariantViolated("a full read wrote something")
    rows = world.livestorm.registrations()
    people = {(row["session_id"], row["email"].lower()) for row in rows}
    settled, again = report["buckets"]["unchanged"], report["buckets"]["skipped"]
    if (report["registrants"], settled, again) != (len(rows), len(people), len(rows) - len(people)):
        raise InvariantViolated(
            f"of {len(rows)} registrants {report['registrants']} were read and {settled} are unchanged"
        )


def schedule_rng(seed: int) -> Random:
    return Random(f"weather {seed}")  # noqa: S311 a repeatable draw


def run_schedule(seed: int) -> Outcome:
    """One schedule.

    Raises:
        InvariantViolated: an invariant does not hold.
    """
    try:
        given = scenarios.scenario(seed // SCHEDULES)
        wanted = baseline_content(given.seed)
        with scenario_world(given) as faulty:
            outcome = play(faulty, given, schedule_rng(seed))
            check(wanted, faulty, given)
    except InvariantViolated as error:
        raise InvariantViolated(f"seed {seed}: {error}") from None
    return replace(outcome, seed=seed)


@lru_cache(maxsize=4)
def baseline_content(number: int) -> Content:
    """Content of the org after a scenario without faults."""
    given = scenarios.scenario(number)
    with scenario_world(given) as baseline:
        play(baseline, given, None)
        _check_no_old_values(baseline)
        return baseline.org.content()
