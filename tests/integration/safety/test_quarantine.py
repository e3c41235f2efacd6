"""A rejected row enters the quarantine, is retried for a reason, and leaves it once it is loaded."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.harness.webinar import Webinar


def test_a_rejected_row_enters_the_quarantine_with_its_error(refusing: Webinar) -> None:
    world = refusing.world
    began = pd.Timestamp(world.sandbox.clock.now())
    result = world.run()
    assert result["verdict"] == "problems"
    assert result["buckets"]["refused"] == 1
    row = world.quarantine.iloc[0]
    assert (row["code"], row["object"], row["tries"]) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Lead", 1)
    (mallory,) = [one["id"] for one in world.livestorm.registrations() if one["email"] == "mallory@acme.example"]
    assert (row["session_id"], row["person_id"]) == (refusing.session, mallory)
    assert (row["fields"], row["run_id"]) == ("LastName", "run-1")
    assert row["first_at"] == row["last_at"]
    assert abs(row["first_at"] - began) < pd.Timedelta(minutes=1)
    assert "not wanted" in row["message"]


def test_a_row_in_quarantine_is_skipped_with_a_reason(refusing: Webinar) -> None:
    world = refusing.world
    world.run()
    refusing.register("bob")  # makes the session due
    world.sandbox.calls.reset()
    result = world.run()
    assert result["verdict"] == "ok", "only rows refused in this run make it red"
    assert result["buckets"] == {"created": 1, "updated": 0, "unchanged": 1, "skipped": 1, "refused": 0}
    (reason,) = [reason for reason in result["skipped"] if "quarantine" in reason]
    assert reason.startswith("in quarantine: FIELD_CUSTOM_VALIDATION_EXCEPTION, tried once, next try 2026-11-24")
    (note,) = [problem for problem in result["problems"] if problem["code"] == "IN_QUARANTINE"]
    assert note["severity"] == "note"
    assert "validation rule" in note["remedy"]
    assert len(world.org.rows("Lead")) == 2


def test_rows_in_quarantine_cost_no_livestorm_calls(refusing: Webinar) -> None:
    refusing.world.run()
    refusing.world.sandbox.calls.reset()
    result = refusing.world.run()
    assert result["registrants"] == 0
    (note,) = [problem for problem in result["problems"] if problem["code"] == "IN_QUARANTINE"]
    assert (note["count"], note["severity"]) == (1, "note"), "the run reads no row and states how many wait"
    assert refusing.world.sandbox.calls.count(service="livestorm", call_type="sessions.people") == 0


@pytest.mark.parametrize("kind", ["preview", "webhook", "no due session"])
def test_every_run_that_writes_nothing_states_how_many_rows_wait(refusing: Webinar, kind: str) -> None:
    world = refusing.world
    world.run()
    world.by_webhook = kind == "webhook"
    result = world.run({"mode": "preview"} if kind == "preview" else {}, manual=kind == "preview")
    assert [(one["code"], one["count"]) for one in result["problems"]] == [("IN_QUARANTINE", 1)]


def test_a_row_is_retried_after_a_day_and_leaves_the_quarantine_once_loaded(refusing: Webinar) -> None:
    world = refusing.world
    world.run()
    world.accept("Lead")
    world.sandbox.clock.advance(hours=23)
    assert world.run()["buckets"]["created"] == 0
    world.sandbox.clock.advance(hours=2)
    assert world.run()["buckets"]["created"] == 1
    assert world.quarantine.empty
    assert len(world.org.rows("CampaignMember")) == 2


def test_a_row_is_retried_when_the_registrant_changes(refusing: Webinar) -> None:
    world = refusing.world
    world.run()
    world.livestorm.edit_registration(refusing.session, "mallory@acme.example", last_name="Fine")
    refusing.register("bob")
    assert world.run()["buckets"]["created"] == 2
    assert world.quarantine.empty


@pytest.mark.parametrize("asked", [{"manual": True}, {"params": {"full_read": True}}])
def test_a_row_is_retried_by_a_manual_run_and_a_full_read(refusing: Webinar, asked: dict) -> None:
    refusing.world.run()
    refusing.world.sandbox.clock.advance(minutes=5)
    result = refusing.world.run(**asked)
    assert result["buckets"]["refused"] == 1
    row = refusing.world.quarantine.iloc[0]
    assert row["tries"] == 2
    assert row["first_at"] < row["last_at"]


def test_a_row_leaves_the_quarantine_when_the_registrant_is_gone(refusing: Webinar) -> None:
    world = refusing.world
    world.run()
    world.livestorm.unregister(refusing.session, "mallory@acme.example")
    world.run(manual=True)
    assert world.quarantine.empty


def test_a_repeated_report_does_not_count_another_try(refusing: Webinar) -> None:
    world = refusing.world
    name = world.run()["run_id"]
    for task, do in world.tasks(name, {}, manual=False):
        if task == "report":
            do(2)
    assert world.quarantine["tries"].tolist() == [1]


def test_a_preview_does_not_change_the_quarantine(refusing: Webinar) -> None:
    refusing.world.run({"mode": "preview"})
    assert refusing.world.quarantine.empty


def test_registrants_are_loaded_once_their_campaign_is_accepted(webinar: Webinar) -> None:
    world = webinar.world
    world.refuse("Campaign")
    webinar.register("ada")
    assert world.run()["verdict"] == "problems"
    assert world.quarantine["object"].tolist() == ["Campaign"]
    world.accept("Campaign")
    world.run()
    assert world.run()["verdict"] == "ok"
    assert world.quarantine.empty
    assert len(world.org.rows("CampaignMember")) == 1


def test_rows_with_the_same_address_enter_and_leave_together(refusing: Webinar) -> None:
    world = refusing.world
    world.livestorm.register(refusing.session, "Mallory@ACME.example", "M", "Malloryson", fields={"company": "Acme"})
    world.run()
    assert len(world.quarantine) == 2
    refusing.register("bob")
    result = world.run()
    assert result["buckets"]["refused"] == 0
    assert result["buckets"]["skipped"] == 2


def test_a_row_rejected_by_a_lock_is_retried_in_the_next_run(webinar: Webinar) -> None:
    webinar.register("ada")
    world = webinar.world
    world.org.reject_next_writes(50)
    result = world.run()
    assert result["verdict"] == "problems", result
    world.org.clear_rejections()
    world.sandbox.clock.advance(minutes=15)
    for _ in range(2):
        result = world.run()
    assert result["verdict"] == "ok"
    assert world.quarantine.empty
    assert len(world.org.rows("CampaignMember")) == 1


def test_a_transient_code_is_retried_at_once_only_a_few_times(webinar: Webinar) -> None:
    """Each attempt reads the session: hourly retries of 5,000 registrants would use the month's calls in four days."""
    world = webinar.world
    webinar.register("ada")
    webinar.register("bob")
    world.org.reject_next_writes(10_000, "UNKNOWN_EXCEPTION")
    for _ in range(3):
        assert world.run()["buckets"]["refused"] == 2
    world.sandbox.calls.reset()
    assert world.run()["registrants"] == 0
    assert world.sandbox.calls.count(service="livestorm", call_type="sessions.people") == 0
    world.sandbox.clock.advance(hours=25)
    assert world.run()["buckets"]["refused"] == 2


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "never there"])
def test_a_deleted_account_of_the_mapping_refuses_the_people(
    webinar: Webinar, deleted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mapping names the Account, so no later run finds the people: they are refused, and the run fails."""
    world = webinar.world
    account = world.org.insert("Account", [{"Name": "Acme"}])[0]
    world.org.delete(account)
    file = tmp_path / "mapping.yaml"
    file.write_text(f"people: {{create: contact, account: {account if deleted else '001000000000999AAA'}}}\n")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))
    webinar.register("ada")
    result = world.run()
    assert result["verdict"] == "problems", result
    assert result["buckets"]["refused"] == 1
    assert len(world.quarantine) == 1
