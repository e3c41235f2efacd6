"""Run a scenario without and with faults: in the end both orgs must have the same content."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from livestorm_salesforce.enums import Severity
from livestorm_salesforce.problems import ProblemCode
from tests.fake_clock import SandboxClock
from tests.faults import concurrent_users
from tests.faults import scenario as scenarios
from tests.faults.automation import MARK, Draw
from tests.faults.injection import FaultSchedule, count_applied, draw_schedule, inject
from tests.faults.invariants import Content, InvariantViolated, check, check_no_old_values
from tests.harness import world as worlds
from tests.harness.world import World

IDLE_HOURS = (25, 25, 25, 25, 25)  # hours between the last runs; every list is due by then
BULK_EVERY = 3
SETTLE_SECONDS = 15
"""Seconds that a load waits for a request without response, on the sandbox's clock."""
LATE_SECONDS = {False: (10,), True: (10, 60)}
"""After how many seconds a late request is executed. It exceeds `SETTLE_SECONDS` only if created people have an e-mail
HMAC: without one they may be created twice (docs/reference/limits-of-safety.md)."""
SCHEDULES = 5  # of each scenario: the baseline run is shared


@dataclass(frozen=True)
class Outcome:
    """Result of a schedule: tasks by state, applied faults, actions of users, number of runs."""

    seed: int
    states: Counter[str]
    faults: Counter[str]
    user_actions: Counter[str]
    runs: int


@contextmanager
def scenario_world(given: scenarios.Scenario, database: str | None = None):
    """An empty org. In every third world, loads of more than two rows are bulk jobs.

    Args:
        database: URL of the state database; None: SQLite.
    """
    baseline = {"livestorm": {"seed": given.seed, "settings": {"interval_limit": 0}}}
    ours = {
        "LIVESTORM_SALESFORCE_SETTLE_SECONDS": str(SETTLE_SECONDS),
        "LIVESTORM_SALESFORCE_KEY_SECRET": "one for both orgs",
    }
    if database:
        ours["LIVESTORM_SALESFORCE_DATABASE"] = database
    with tempfile.TemporaryDirectory(prefix="faults-") as directory:
        if given.seed % BULK_EVERY == 0:
            ours["LIVESTORM_SALESFORCE_BULK_ABOVE"] = "2"
        impatient = given.seed % (2 * BULK_EVERY) == 0  # every bulk job is waited for without a worker
        mapping = Path(directory, "mapping.yaml")
        mapping.write_text(json.dumps(given.org.mapping(contacts=given.contacts)))
        ours["LIVESTORM_SALESFORCE_MAPPING"] = str(mapping)
        with worlds.open_world(Path(directory, "world"), {"extends": "empty", **baseline}, fast=True, **ours) as made:
            made.clock = SandboxClock(made.sandbox)
            if impatient:
                made.limits = replace(made.limits, longest_wait=0)
            try:
                yield made
            finally:
                made.app().database.engine.dispose()  # a server admits a hundred connections


def play(world: World, given: scenarios.Scenario, rng: Random | None) -> Outcome:
    """Run after each moment of the scenario, then until a run writes nothing."""
    user = concurrent_users.ConcurrentUser(world.sandbox, scenarios.populate(world.sandbox, given, world.state))
    world.before_attempt = user.before
    states: Counter[str] = Counter()
    applied: Counter[str] = Counter()
    user_actions = concurrent_users.draw_actions(given)
    late = LATE_SECONDS[given.marked and MARK not in given.org.removed]
    for moment, user_action in zip(given.moments, user_actions, strict=True):
        scenarios.apply_moment(world.sandbox, moment, user.places)
        user.task, user.tries, user.action = user_action
        faulty = draw_schedule(rng, late=late) if rng and moment.actions else FaultSchedule()
        with inject(world.sandbox, faulty):
            states.update(world.run_with_retries().values())
            applied.update(count_applied(world.sandbox, faulty))
        user.act()
    _run_until_idle(world, given.org)
    # Full reads detect changes in Salesforce: of users, of apps in statuses, and what was hidden. What a flow made of
    # an updated value is overwritten once, if a user has changed the record since (field A14).
    causes = (any(action for *_, action in user_actions), given.org.rewrites, given.hides, given.org.replaces_statuses)
    for _ in range(sum(causes)):
        _run_without_faults(world, given.org, {"full_read": True}, manual=True)
    return Outcome(given.seed, states, applied, user.done, world.number)


def _run_until_idle(world: World, draw: Draw) -> None:
    for hours in IDLE_HOURS:
        world.sandbox.clock.advance(hours=hours)
        before = world.org.writes.count(rejected=False)
        _run_without_faults(world, draw)
        if world.org.writes.count(rejected=False) == before:
            return
    raise InvariantViolated("every run writes")


def _run_without_faults(
    world: World, draw: Draw, params: dict[str, Any] | None = None, *, manual: bool = False
) -> None:
    """A run that must succeed; in an org that freezes members, its report may list them as refused."""
    states = world.run_with_retries(params, manual=manual)
    failed = {task for task, state in states.items() if state == "failed"}
    serious = {one["code"] for one in world.last.get("problems", ()) if one["severity"] != Severity.NOTE}
    if failed and not (draw.is_frozen and failed == {"report"} and serious == {ProblemCode.MEMBER_FROZEN}):
        raise InvariantViolated(f"a run without faults failed: {states}, {world.last.get('problems')}")


def schedule_rng(seed: int) -> Random:
    return Random(f"weather {seed}")  # noqa: S311 a repeatable draw


def run_schedule(seed: int, database: str | None = None) -> Outcome:
    """One schedule.

    Args:
        seed: of scenario and faults.
        database: URL of an empty state database for the run with faults; None: SQLite.

    Raises:
        InvariantViolated: an invariant does not hold.
    """
    try:
        given = scenarios.scenario(seed // SCHEDULES)
        wanted = baseline_content(given.seed)
        with scenario_world(given, database) as faulty:
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
        check_no_old_values(baseline)
        return baseline.org.content()
