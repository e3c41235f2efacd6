"""Calls for a session that webhooks delivered and that the list of upcoming sessions does not contain."""

from __future__ import annotations

import pytest

from benchmarks.stage import DAY, FORM, Stage, address
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import webhook_queue
from service_sandbox.livestorm import render
from service_sandbox.livestorm.forms import form
from tests.calls.test_livestorm_calls import calls


def on_demand(stage: Stage) -> str:
    workspace, now = stage.sandbox.livestorm, stage.sandbox.clock.timestamp()
    event = workspace.add_event("Recorded", on_demand=True, at=now - 90 * DAY, fields=form(*FORM))
    return workspace.add_session(event, now - 90 * DAY, at=now - 90 * DAY)


def result(stage: Stage, session: str, number: int) -> None:
    """Somebody registers, and her delivery is in the inbox."""
    stage.register(session, number)
    people = map(render.registrant, stage.sandbox.livestorm.reader.all_registrants(session))
    person = next(one for one in people if one["attributes"]["email"] == address(number))
    now = stage.sandbox.clock.timestamp()
    webhook_queue.enqueue(
        AppContext.from_environment().state, address(number).encode(), session, person | {"meta": {"sent": now}}, now
    )


def passed(stage: Stage) -> dict[str, int]:
    """Livestorm's calls of a scheduled run a quarter of an hour later."""
    stage.sandbox.clock.advance(minutes=15)
    stage.run()
    return calls(stage)


@pytest.mark.parametrize("sessions", [1, 3])
def test_sessions_on_demand_cost_one_list_and_their_people_nothing(stage, sessions):
    known = [on_demand(stage) for _ in range(3)]
    for number, session in enumerate(known):
        stage.register(session, number)
    stage.run()
    for number, session in enumerate(known[:sessions]):
        result(stage, session, 10 + number)
    assert passed(stage) == {"sessions.list": 2}
    assert passed(stage) == {"sessions.list": 1}
    assert len(stage.sandbox.org.rows("CampaignMember")) == 3 + sessions


def test_a_list_of_many_costs_more_than_to_ask_for_one(stage):
    known = [on_demand(stage) for _ in range(51)]
    stage.register(known[0], 0)
    stage.run()
    result(stage, known[0], 10)
    assert passed(stage) == {"sessions.list": 1, "sessions.get": 1}
    assert len(stage.sandbox.org.rows("CampaignMember")) == 2


def test_a_new_session_costs_itself_its_event_and_its_people(stage):
    stage.session(3)
    stage.run()
    result(stage, on_demand(stage), 10)
    assert passed(stage) == {"sessions.list": 1, "sessions.get": 1, "events.get": 1, "sessions.people": 1}
    assert passed(stage) == {"sessions.list": 1}
