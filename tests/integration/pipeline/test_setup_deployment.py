"""The deployment of missing fields and permissions: only what is missing, after an approval."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.providers.standard.operators.hitl import ApprovalOperator

from livestorm_salesforce.config import org_source
from livestorm_salesforce.errors import StalePlan
from livestorm_salesforce.orchestration import setup_approval
from livestorm_salesforce.tasks.deployment import deploy as deployment
from livestorm_salesforce.tasks.setup import stored
from tests.harness.webinar import add_webinar
from tests.integration.pipeline.bare_org import (
    ADMIN,
    ALL,
    AT,
    KEYS,
    OPTIONAL,
    RATE,
    REPLAY,
    SESSION,
    bare_org,
    custom_fields,
    deployments,
    document,
    lines,
    run_all,
    task,
)
from tests.integration.safety import situations


def test_an_org_without_our_fields_is_ready_after_the_deployment(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        stored.check_and_save(task(made))
        assert {name for name, line in lines(made).items() if line["state"] == "missing"} >= {"Campaign", "Lead"}
        counts = run_all(made, assign=True)
        assert counts == {"fields": 4, "permission_sets": 1, "permissions": 0, "assigned": 1}
        assert custom_fields(made) == set(ALL)
        after = lines(made)
        salesforce = [line for line in after.values() if line["area"] == "salesforce"]
        assert not [line["subject"] for line in salesforce if line["state"] == "missing"]
        assert after["Permission set Livestorm_Sync"]["state"] == after["Campaign"]["state"] == "ok"
        _, people = add_webinar(made.sandbox)
        result = made.run()
        assert result["verdict"] == "ok" and len(made.org.rows("CampaignMember")) == len(people)
        assert all(lead["Livestorm_Key__c"] for lead in made.org.rows("Lead"))


def test_what_the_dry_run_found_is_asked_and_the_answer_is_stored(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        run = task(made, ADMIN | {"assign": True})
        plan = deployment.compare(run)
        assert plan.fields == ALL and plan.permission_set and plan.assign and not plan.kept
        assert custom_fields(made) == set() and deployments(made) == 1, "a dry run changes nothing"
        question = deployment.ask(run)
        assert question.subject == "Add 4 custom field(s), 1 permission set, 1 assignment to Salesforce?"
        for text in (*ALL, "Text(50), external id, unique", "5 component(s) would be created", plan.hash):
            assert text in question.body
        assert deployment.ask(run) == question, "a cleared task asks the same"
        deployment.save_decision(run, "Approve", "ada", AT)
        answer = document(made)
        assert (answer["decision"], answer["decided_by"], answer["asked"]) == ("Approve", "ada", plan.hash)


def test_a_cleared_run_does_not_ask_about_another_difference(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        run = task(made)
        deployment.compare(run)
        deployment.ask(run)
        made.org.add_field("Lead", "Livestorm_Key__c", length=64, unique=True, external_id=True)
        deployment.compare(run)
        with pytest.raises(StalePlan, match="trigger a new run"):
            deployment.ask(run)


def test_a_second_run_finds_nothing_to_deploy(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        run_all(made, assign=True)
        before, custom = deployments(made), custom_fields(made)
        plan = deployment.compare(task(made, ADMIN | {"assign": True}, "setup-2"))
        assert plan.is_empty and not plan.kept
        assert deployments(made) == before and custom_fields(made) == custom


def test_fields_that_exist_are_never_changed_and_differences_are_reported(tmp_path: Path) -> None:
    existing = {
        "Campaign": {"Livestorm_Session_Id__c": {"type": "double", "label": "Ours"}},
        "Lead": {"Livestorm_Key__c": {"type": "string", "length": 32, "label": "Mine"}},
    }
    with bare_org(tmp_path, fields=existing) as made:
        assert run_all(made)["fields"] == 2
        assert made.org.schema["Lead"].fields["Livestorm_Key__c"].length == 32
        assert made.org.schema["Campaign"].fields["Livestorm_Session_Id__c"].type == "double"
        found = lines(made)
        assert "type double instead of string" in found[f"{SESSION} differs"]["detail"]
        assert "length 32 instead of 64, no unique external id" in found[f"{KEYS[1]} differs"]["detail"]


def test_a_hidden_field_is_found_by_the_dry_run_and_left_alone(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        item = made.org.add_field("Campaign", "Livestorm_Session_Id__c", label="Ours", length=20)
        item.deployed = True  # nobody sees it
        plan = deployment.compare(task(made))
        assert SESSION not in plan.fields and "hidden from both users" in plan.kept[SESSION]
        assert deployment.deploy(task(made))["fields"] == 3
        assert (item.length, item.label) == (20, "Ours")


def test_an_existing_permission_set_is_completed_and_not_replaced(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        own = {"Field": "Lead.Fax", "SobjectType": "Lead", "PermissionsRead": 1, "PermissionsEdit": 1}
        readable = {"SobjectType": "Lead", "PermissionsRead": 1}
        made.org.permission_sets.put({"Name": "Livestorm_Sync", "Label": "Ours"}, [own], [readable])
        counts = run_all(made, assign=True)
        assert counts["permission_sets"] == 0 and counts["permissions"] > 20
        granted = {row["Field"] for row in made.org.rows("FieldPermissions")}
        assert granted == {"Lead.Fax", *org_source.field_permissions()} - OPTIONAL
        assert made.record("PermissionSet", Name="Livestorm_Sync")["Label"] == "Ours"
        kept = lines(made)["Livestorm_Sync: Lead differs"]["detail"]
        assert "without allowCreate, allowEdit, viewAllRecords" in kept


def test_the_permission_set_is_assigned_only_if_asked(tmp_path: Path) -> None:
    with bare_org(tmp_path) as made:
        assert run_all(made)["assigned"] == 0
        assert made.org.rows("PermissionSetAssignment") == []
        line = lines(made)["Permission set Livestorm_Sync"]
        assert line["state"] == "missing" and "not assigned" in line["detail"]
        assert lines(made)["Lead"]["state"] == "missing"


def test_the_mapping_decides_which_fields_are_deployed(tmp_path: Path) -> None:
    with bare_org(tmp_path, session_field="Livestorm_Session_Id__c") as made:
        rate = f"campaign_member: {{{RATE.partition('.')[2]}: attendance_rate}}\n"
        situations.mapping(tmp_path, f"replay: null\npeople: {{key_field: Their_Key__c}}\n{rate}")
        assert run_all(made, assign=True)["fields"] == 1
        assert custom_fields(made) == {SESSION, RATE}
        granted = {row["Field"] for row in made.org.rows("FieldPermissions")}
        assert granted == {*org_source.field_permissions()} - {REPLAY, *KEYS, *OPTIONAL} | {RATE}


def test_the_approval_asks_and_stores_who_has_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(ApprovalOperator, "execute", lambda self, _: asked.append((self.subject, self.body)))
    monkeypatch.setattr(ApprovalOperator, "execute_complete", lambda *_: "a person's name")
    with bare_org(tmp_path) as made:
        run = task(made)
        monkeypatch.setattr(setup_approval, "task_run", lambda _: run)
        deployment.compare(run)
        approval = setup_approval.SetupApproval(task_id="approve")
        approval.execute({})
        ((subject, body),) = asked
        assert subject.startswith("Add 4 custom field(s)") and "Nothing that exists is changed" in body
        event = {"chosen_options": ["Reject"], "responded_by_user": {"id": "ada"}, "responded_at": AT}
        assert approval.execute_complete({}, event) is None, "no name in XCom"
        answer = document(made)
        assert (answer["decision"], answer["decided_by"]) == ("Reject", "ada")
