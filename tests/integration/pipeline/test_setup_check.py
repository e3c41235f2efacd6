"""The checklist of a real installation: everything that is missing on both sides, in one pass."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.cli import check
from livestorm_salesforce.tasks.setup.airflow import schedule_text
from livestorm_salesforce.tasks.setup.checklist import check_setup
from livestorm_salesforce.tasks.setup.items import CheckItem, CheckState
from tests.harness import world
from tests.harness.world import World
from tests.integration.safety import situations


def open_world(tmp_path: Path, org: dict[str, Any] | None = None):
    seed = {
        "extends": "empty",
        "livestorm": {"settings": {"interval_limit": 0}},
        "salesforce": {"org": org or {}},
    }
    return world.open_world(tmp_path, seed, fast=True)


def checked(made: World) -> dict[str, CheckItem]:
    items = check_setup(clock=made.clock, limits=made.limits)
    for item in items:
        assert item.state == CheckState.OK or item.detail
        assert item.state != CheckState.MISSING or (item.remedy or item.location), item
    text = str(items)
    assert made.sandbox.livestorm_token not in text and made.sandbox.consumer_secret not in text
    return {f"{item.area} {item.subject}": item for item in items}


def missing(items: dict[str, CheckItem]) -> set[str]:
    return {name for name, item in items.items() if item.state == CheckState.MISSING}


def test_a_complete_installation_lacks_nothing_and_nothing_is_written(tmp_path: Path) -> None:
    with open_world(tmp_path) as made:
        items = checked(made)
        assert missing(items) <= {"airflow DAG livestorm_to_salesforce"}
        assert items["salesforce Lead"].state == items["salesforce Login"].state == CheckState.OK
        assert items["livestorm API token"].state == CheckState.OK
        assert items["salesforce View All Records"].state == CheckState.UNKNOWN
        assert made.writes() == 0
        calls = made.sandbox.calls.list(service="livestorm")
        assert len(calls) <= 5


def test_everything_that_is_missing_is_listed_together(tmp_path: Path) -> None:
    org = {**situations.ORGS["No Marketing User"]}
    with open_world(tmp_path, org) as made:
        situations.connection("LIVESTORM", password="wrong-token-0123456789")
        situations.mapping(tmp_path, "lead: {Titel: {from: job_titel}}\n")
        items = checked(made)
        assert {"livestorm API token", "airflow Mapping"} <= missing(items)
        assert any(name.startswith("salesforce Campaign") for name in missing(items))
        assert items["livestorm Webhooks"].state == CheckState.UNKNOWN
        assert "Public API" in items["livestorm API token"].location


def test_a_missing_field_is_named_with_its_place_and_a_value_to_copy(tmp_path: Path) -> None:
    with open_world(tmp_path, situations.ORGS["External id field missing"]) as made:
        item = checked(made)["salesforce Campaign.Livestorm_Session_Id__c"]
        assert item.state == CheckState.MISSING
        assert "External ID, Unique" in item.remedy
        assert "Object Manager, Campaign" in item.location
        assert item.value == "Livestorm_Session_Id__c"


def test_missing_connections_and_settings_are_lines_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_world(tmp_path) as made:
        for service in ("LIVESTORM", "SALESFORCE"):
            os.environ.pop(f"AIRFLOW_CONN_{service}_DEFAULT")
        items = checked(made)
        assert {"livestorm Connection", "salesforce Connection"} <= missing(items)
        assert items["livestorm Connection"].value == "livestorm_default"
        monkeypatch.setenv("LIVESTORM_SALESFORCE_RED_WHEN", "never")
        (line,) = check_setup()
        assert line.state == CheckState.MISSING and "LIVESTORM_SALESFORCE_RED_WHEN" in line.detail


def test_a_service_that_does_not_answer_leaves_its_lines_unknown(tmp_path: Path) -> None:
    with open_world(tmp_path) as made:
        for service in ("livestorm", "salesforce"):
            made.sandbox.faults.add("error", service=service, status=503)
        items = checked(made)
        assert items["livestorm API token"].state == items["salesforce Login"].state == CheckState.UNKNOWN


def test_the_command_prints_the_list_and_returns_1_if_something_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_world(tmp_path, situations.ORGS["External id field missing"]):
        assert check.main([]) == 1
        text = capsys.readouterr().out
        assert "MISSING  Campaign.Livestorm_Session_Id__c" in text and "Where: Salesforce: Setup" in text
        assert check.main(["--json"]) == 1
        assert {"area", "subject", "state", "remedy", "value"} <= json.loads(capsys.readouterr().out)[0].keys()


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (None, "No schedule: runs start by hand only."),
        ("None", "No schedule: runs start by hand only."),
        ("0 * * * *", "Schedule: 0 * * * *."),
        ("Asset or 0 * * * *", "Schedule: 0 * * * *, and webhook deliveries."),
    ],
)
def test_the_schedule_is_stated_in_words(summary: str | None, text: str) -> None:
    assert schedule_text(summary) == text
