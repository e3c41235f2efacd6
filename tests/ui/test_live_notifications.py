"""A running Airflow calls the notifier for every event, and the callback of a deadline; nothing holds personal data.

The notifier writes into a file. Registrants, and the message with which Salesforce rejects one, hold canary values.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from livestorm_salesforce.orchestration.notifications import Event
from scripts.demo.airflow import Airflow
from scripts.demo.starting import airflow_in
from scripts.demo.waiting import until
from service_sandbox import Sandbox
from service_sandbox.livestorm.forms import form
from service_sandbox.salesforce.org.policies import ValidationRule

EMAIL, NAME, COMPANY = "canary.q7x@leak.example", "Zyxcanary", "Qqxcanary Works"
#: Calls left of 10,000: less than a tenth.
CALLS_LEFT = 950
#: Seconds after which a run that waits for an approval misses its deadline.
DEADLINE = 20
NOTIFIER = """
from airflow.sdk import BaseNotifier

class FileNotifier(BaseNotifier):
    template_fields = ("line",)

    def __init__(self, path, line):
        super().__init__()
        self.path, self.line = path, line

    def notify(self, context):
        with open(self.path, "a") as file:
            file.write(self.line + "\\n<end>\\n")
"""
LINE = "{{ notification.event }}|{{ notification.subject }}|{{ notification.text }}"


@dataclass
class Notified:
    """An Airflow whose notifier writes into a file."""

    airflow: Airflow
    home: Path

    @property
    def sent(self) -> list[list[str]]:
        """Event, subject and text of each notification, in the order in which they were sent."""
        file = self.home / "sent.txt"
        text = file.read_text("utf-8") if file.exists() else ""
        return [one.strip().split("|", 2) for one in text.split("<end>\n") if one.strip()]

    def of(self, event: Event) -> list[str]:
        return [" ".join(rest) for name, *rest in self.sent if name == event]

    def wait_for(self, event: Event) -> None:
        until(lambda: self.of(event), self.airflow.check, 120, f"{event} was not notified: {self.sent}")

    def run(self) -> str:
        return self.airflow.wait_for_run(self.airflow.trigger(), lambda _task: None, seconds=180)


@pytest.fixture(scope="module")
def notified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notified]:
    """After a run that was approved late and rejected a person, a failed run and a recovered one."""
    home = tmp_path_factory.mktemp("notified")
    (home / "modules").mkdir()
    (home / "modules" / "file_notifier.py").write_text(NOTIFIER, "utf-8")
    settings = {
        "LIVESTORM_SALESFORCE_NOTIFIER": "file_notifier.FileNotifier",
        "LIVESTORM_SALESFORCE_NOTIFIER_ARGS": json.dumps({"path": str(home / "sent.txt"), "line": LINE}),
        "LIVESTORM_SALESFORCE_NO_SUCCESS_HOURS": str(DEADLINE / 3600),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(home / "modules"), os.environ.get("PYTHONPATH")])),
    }
    with (
        Sandbox(seed="empty", directory=home / "sandbox") as sandbox,
        airflow_in(home / "airflow", sandbox.connections | settings) as airflow,
    ):
        _register(sandbox)
        done = Notified(airflow, home)
        run_id = airflow.trigger({"approve": "ask"})
        done.wait_for(Event.APPROVAL)
        done.wait_for(Event.NO_SUCCESS)
        airflow.answer(run_id, "approve", "Approve")
        assert airflow.wait_for_run(run_id, lambda _task: None, seconds=180) == "success"
        assert len(sandbox.org.rows("Lead")) == 1, "the canary was not loaded"
        sandbox.faults.add("error", service="livestorm", status=401)
        assert done.run() == "failed"
        done.wait_for(Event.FAILURE)
        sandbox.faults.clear()
        assert done.run() == "success"
        done.wait_for(Event.RECOVERY)
        yield done


def _register(sandbox: Sandbox) -> None:
    """A registrant who is loaded, and one whom Salesforce rejects with a message that quotes the values."""
    workspace = sandbox.livestorm
    event = workspace.add_event("Tour", fields=form("email", "first_name", "last_name", "company"))
    session = workspace.add_session(event, sandbox.clock.now() + timedelta(days=1))
    message = f"{NAME} of {COMPANY} <{EMAIL}> is not wanted"
    sandbox.org.policies.validations.append(ValidationRule("Lead", "LastName", message, pattern=f"{NAME} II"))
    workspace.register(session, EMAIL, NAME, NAME, fields={"company": COMPANY})
    workspace.register(session, f"second.{EMAIL}", NAME, f"{NAME} II", fields={"company": COMPANY})
    workspace.quota.set_remaining(CALLS_LEFT)


def test_every_event_is_notified_with_its_numbers(notified: Notified) -> None:
    assert {name for name, *_ in notified.sent} == {*map(str, Event)}
    assert "new and 0 changed records to Salesforce?" in notified.of(Event.APPROVAL)[0]
    assert "1 x FIELD_CUSTOM_VALIDATION_EXCEPTION" in notified.of(Event.REJECTED_ROWS)[0]
    assert "Livestorm refused the token (HTTP 401" in notified.of(Event.FAILURE)[0]
    assert "few Livestorm calls are left" in notified.of(Event.LOW_BUDGET)[0]
    assert "no success for 0.00" in notified.of(Event.NO_SUCCESS)[0], "the callback of the deadline"


@pytest.mark.parametrize(
    "event", [Event.APPROVAL, Event.FAILURE, Event.RECOVERY, Event.REJECTED_ROWS, Event.LOW_BUDGET]
)
def test_a_change_of_state_is_notified_once(notified: Notified, event: Event) -> None:
    assert len(notified.of(event)) == 1


def test_no_notification_log_or_row_of_airflow_holds_personal_data(notified: Notified) -> None:
    """Searches notifications, logs of all components and tasks, and the database: XCom, rendered fields, questions."""
    airflow = notified.home / "airflow"
    kept = [notified.home / "sent.txt", *airflow.glob("**/*.log"), airflow / "airflow.db"]
    assert len(kept) > 10
    found = {
        (file.name, word) for file in kept for word in (EMAIL, NAME, COMPANY) if word.encode() in file.read_bytes()
    }
    assert not found
