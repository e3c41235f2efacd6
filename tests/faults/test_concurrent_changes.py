"""Users change Salesforce during a run, or two runs are concurrent."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from livestorm_salesforce.tasks import report as report_task
from tests.harness import world as worlds
from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    seed = {"extends": "empty", "livestorm": {"settings": {"interval_limit": 0}}}
    with worlds.open_world(tmp_path, seed, fast=True) as made:
        yield made


@pytest.fixture
def webinar(world: World) -> Webinar:
    made = make_webinar(world)
    for name in ("ada", "bob"):
        made.register(name)
    return made


def lead(world: World, **values: str) -> str:
    known = {"LastName": "Adason", "Email": "ada@acme.example", "Company": "Acme", "Title": "Intern"}
    return world.org.insert("Lead", [known | values])[0]


def act_before(world: World, task: str, do) -> None:
    """Call `do` before this task of the next run."""

    def act_once(name: str) -> None:
        if name == task:
            world.before = lambda name: None
            do()

    world.before = act_once


def assert_idle(world: World) -> None:
    """The next runs succeed, and after a full read there is nothing to write.

    A full read overwrites edited values according to the write policy of the field.
    """
    for params in ({}, {"full_read": True}):
        report = world.run(params, manual=True)
        assert report["verdict"] == "ok", report
    count = world.org.writes.count()
    world.run({"full_read": True}, manual=True)
    assert world.org.writes.count() == count


def members(world: World) -> Counter:
    people = {row["Id"]: row["Email"] for name in ("Lead", "Contact") for row in world.org.rows(name)}
    return Counter(people[row["ContactId"] or row["LeadId"]] for row in world.org.rows("CampaignMember"))


@pytest.mark.parametrize("task", ["load_campaigns", "load_people", "load_members-0"])
def test_a_person_edited_between_match_and_write(webinar: Webinar, task: str) -> None:
    world = webinar.world
    ada = lead(world)
    act_before(world, task, lambda: world.org.edit(ada, Title="Director", Phone="1"))
    world.run()
    assert_idle(world)
    assert members(world) == {"ada@acme.example": 1, "bob@acme.example": 1}
    assert world.record("Lead", Id=ada)["Phone"] == "1"


@pytest.mark.parametrize("task", ["load_campaigns", "load_people", "load_members-0"])
def test_a_person_merged_between_match_and_write(webinar: Webinar, task: str) -> None:
    world = webinar.world
    ada, other = lead(world), lead(world, LastName="Elder", Email="elder@acme.example")
    act_before(world, task, lambda: (world.org.merge(other, ada), world.org.edit(other, Email="ada@acme.example")))
    world.run()
    assert_idle(world)
    assert [row["Id"] for row in world.org.rows("Lead") if row["Email"] == "ada@acme.example"] == [other]
    assert members(world) == {"ada@acme.example": 1, "bob@acme.example": 1}


@pytest.mark.parametrize("task", ["load_campaigns", "load_people", "load_members-0"])
def test_a_lead_converted_between_match_and_write(webinar: Webinar, task: str) -> None:
    world = webinar.world
    ada = lead(world)
    act_before(world, task, lambda: world.org.convert_lead(ada))
    world.run()
    assert_idle(world)
    assert world.record("Contact", Email="ada@acme.example")
    assert members(world) == {"ada@acme.example": 1, "bob@acme.example": 1}
    assert len([row for row in world.org.rows("Lead") if row["Email"] == "ada@acme.example"]) == 1


@pytest.mark.parametrize("task", ["load_campaigns", "load_people"])
def test_a_person_deleted_between_match_and_write(webinar: Webinar, task: str) -> None:
    world = webinar.world
    ada = lead(world)
    act_before(world, task, lambda: world.org.delete(ada))
    world.run()
    assert_idle(world)
    assert members(world) == {"ada@acme.example": 1, "bob@acme.example": 1}
    assert world.record("Lead", Email="ada@acme.example")["Id"] != ada


def test_a_person_deleted_after_the_write_is_not_created_again(webinar: Webinar) -> None:
    """Field A15: the run has written the record before the user deleted it."""
    world = webinar.world
    ada = lead(world)
    act_before(world, "load_members-0", lambda: world.org.delete(ada))
    assert [one["code"] for one in world.run()["problems"]] == ["RECORD_MISSING"]
    assert [one["code"] for one in world.run(manual=True)["problems"]] == ["RECORD_DELETED"]
    assert_idle(world)
    assert members(world) == {"bob@acme.example": 1}
    assert not [row for row in world.org.rows("Lead") if row["Email"] == "ada@acme.example"]


@pytest.mark.parametrize("task", ["load_campaigns", "load_people", "load_members-0", "report"])
def test_a_campaign_deleted_during_a_run(webinar: Webinar, task: str) -> None:
    world = webinar.world
    world.run()
    webinar.register("carl")
    act_before(world, task, lambda: world.org.delete(world.record("Campaign")["Id"]))
    world.run()
    assert_idle(world)
    assert len(world.org.rows("Campaign")) == 1
    assert members(world) == {"ada@acme.example": 1, "bob@acme.example": 1, "carl@acme.example": 1}


def test_a_campaign_deleted_between_two_runs(webinar: Webinar) -> None:
    world = webinar.world
    world.run()
    old = world.record("Campaign")["Id"]
    world.org.delete(old)
    assert_idle(world)
    assert world.record("Campaign")["Id"] != old
    assert members(world) == {"ada@acme.example": 1, "bob@acme.example": 1}


def run_all_tasks(world: World, run_id: str, failures: list[BaseException]) -> None:
    try:
        for _, do in world.tasks(run_id, {}, manual=False):
            do(1)
    except BaseException as error:
        failures.append(error)


def run_concurrently(*works) -> None:
    threads = [threading.Thread(target=work, args=words) for work, *words in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_concurrent_runs_create_nobody_twice(webinar: Webinar) -> None:
    world = webinar.world
    for number in range(20):
        webinar.register(f"guest{number}")
    failures: list[BaseException] = []
    run_concurrently((run_all_tasks, world, "one", failures), (run_all_tasks, world, "two", failures))
    assert failures == []
    assert len(world.org.rows("Lead")) == 22
    assert set(members(world).values()) == {1}
    assert len(world.org.rows("Campaign")) == 1
    assert_idle(world)


def test_two_runs_in_lockstep_create_nobody_twice(webinar: Webinar) -> None:
    """Both plan before either loads: the second load must detect what the first wrote."""
    world = webinar.world
    one, two = (world.tasks(name, {}, manual=False) for name in ("one", "two"))
    for (_, first), (_, second) in zip(one, two, strict=True):
        first(1)
        second(1)
    assert len(world.org.rows("Lead")) == 2
    assert set(members(world).values()) == {1}
    assert_idle(world)


@pytest.mark.parametrize("load", ["load_campaigns", "load_people", "load_members-0"])
def test_a_task_retried_while_its_first_attempt_runs(webinar: Webinar, load: str) -> None:
    """Airflow retries a task whose worker still runs: both attempts run at the same time."""
    world = webinar.world
    for number in range(20):
        webinar.register(f"guest{number}")
    for task, do in world.tasks("one", {}, manual=False):
        if task == load:
            run_concurrently((do, 1), (do, 2))
        else:
            do(1)
    assert world.last["verdict"] == "ok"
    assert len(world.org.rows("Lead")) == 22
    assert set(members(world).values()) == {1}
    assert not world.audit().duplicated(["object", "record_id", "field", "action", "after"]).any()
    assert_idle(world)


def test_a_person_created_between_a_trusted_plan_and_its_load_is_found_by_the_next_run(webinar: Webinar) -> None:
    """Within the minutes that a plan is trusted somebody may type the same person in: then there are two, as if the
    person had been typed in after the run; the oldest is used from then on and no third is made."""
    world = webinar.world
    act_before(world, "load_people", lambda: lead(world, Email="bob@acme.example"))
    world.run()
    assert_idle(world)
    assert Counter(row["Email"] for row in world.org.rows("Lead"))["bob@acme.example"] == 2
    assert set(members(world).values()) == {1}


def test_repeating_the_report_of_an_older_run_keeps_the_newer_state(webinar: Webinar) -> None:
    world = webinar.world
    world.run(name="old")
    webinar.register("carl")
    world.sandbox.clock.advance(minutes=30)
    world.run(name="new")
    report_task.report(world.task("old", "report"))
    count = world.org.writes.count()
    assert world.run()["verdict"] == "ok"
    assert world.org.writes.count() == count
