"""What is notified, once per change of state, with counts only."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import BaseNotifier

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.orchestration import failures, notifications, notifier, page_addresses

DAG_ID = "livestorm_to_salesforce"


class Recorder(BaseNotifier):
    """Keeps event and subject of what it sends; fails while `broken`."""

    template_fields = ("event", "subject", "text")
    sent: list[tuple[str, str, str]] = []  # noqa: RUF012 shared on purpose
    broken = False

    def __init__(self) -> None:
        super().__init__()
        self.event, self.subject, self.text = (f"{{{{ notification.{name} }}}}" for name in self.template_fields)

    def notify(self, context: Any) -> None:
        if self.broken:
            raise ConnectionError
        self.sent.append((self.event, self.subject, self.text))


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str, str]]:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{tmp_path}/store")
    monkeypatch.setenv(notifier.CLASS, f"{__name__}.Recorder")
    monkeypatch.setattr(Recorder, "sent", [])
    return Recorder.sent


def context(run_id: str, **values: Any) -> Any:
    return {"dag_run": SimpleNamespace(dag_id=DAG_ID, run_id=run_id), **values}


def events() -> list[str]:
    return [event for event, *_ in Recorder.sent if event != "no_success"]


def report(**values: Any) -> dict[str, Any]:
    return {"preview": False, "problems": [], "new_refusals": 0, **values}


REFUSED = {"code": "INVALID_EMAIL_ADDRESS", "severity": "refused", "count": 2, "remedy": "correct the address"}


def test_a_failure_is_notified_once_and_then_the_recovery() -> None:
    ti = SimpleNamespace(dag_id=DAG_ID, run_id="r1", task_id="plan", map_index=-1, try_number=1)
    failures.on_failure({"ti": ti, "exception": ConfigError("No field.", remedy="add it")})  # type: ignore[typeddict-item]
    for run in ("r1", "r2"):
        failures.on_run_failure(context(run))
    notifications.notify_recovery(context("r3"))
    notifications.notify_recovery(context("r4"))
    failures.on_run_failure(context("r5"))
    assert events() == ["failure", "recovery", "failure"]
    assert "Task plan: No field. Remedy: add it" in Recorder.sent[0][2]


def test_a_notification_links_to_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.acme.example/data/")
    failures.on_run_failure(context("manual__2026-11-23T10:00:00+00:00"))
    notifications.notify_report(context("r2"), report(new_refusals=2, problems=[REFUSED]))
    texts = [text for event, _, text in Recorder.sent if event != "no_success"]
    pages = f"Report: https://airflow.acme.example/data/livestorm-salesforce/runs/{DAG_ID}"
    assert texts[0].endswith(f"{pages}/manual__2026-11-23T10%3A00%3A00%2B00%3A00") and texts[1].endswith(f"{pages}/r2")


@pytest.mark.parametrize(("base", "path"), [("https://acme.example/data/", "/data/pages/x%3A1"), ("", "/pages/x%3A1")])
def test_a_link_within_the_ui_is_below_its_path(monkeypatch: pytest.MonkeyPatch, base: str, path: str) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base)
    assert page_addresses.page_path("/pages/x%3A1") == path


def test_the_first_success_is_no_recovery() -> None:
    notifications.notify_recovery(context("r1"))
    assert events() == []


def test_new_rejected_rows_are_notified_once_per_run() -> None:
    rejected = report(new_refusals=2, problems=[REFUSED])
    for run, found in (("r1", rejected), ("r1", rejected), ("r2", report(problems=[REFUSED])), ("r3", rejected)):
        notifications.notify_report(context(run), found)
    assert events() == ["rejected_rows", "rejected_rows"]
    assert "2 x INVALID_EMAIL_ADDRESS: correct the address" in Recorder.sent[0][2]
    assert Recorder.sent[0][1] == f"{DAG_ID}: Salesforce rejected 2 new rows"


def test_few_calls_are_notified_when_they_become_few() -> None:
    for left in (5000, 900, 800, 9000, 100):
        notifications.notify_report(context("r"), report(monthly_remaining=left, monthly_limit=10_000))
    usage = {"used": 95_000, "limit": 100_000}
    notifications.notify_report(context("r"), report(salesforce_usage=usage))
    assert [subject for _, subject, _ in Recorder.sent] == [
        f"{DAG_ID}: few Livestorm calls are left (900 of 10,000)",
        f"{DAG_ID}: few Livestorm calls are left (100 of 10,000)",
        f"{DAG_ID}: few Salesforce calls are left (5,000 of 100,000)",
    ]


def test_a_preview_notifies_nothing() -> None:
    notifications.notify_report(context("r"), report(preview=True, new_refusals=2, problems=[REFUSED]))
    assert Recorder.sent == []


def test_a_notification_that_was_not_sent_is_sent_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recorder, "broken", True)
    failures.on_run_failure(context("r1"))
    monkeypatch.setattr(Recorder, "broken", False)
    failures.on_run_failure(context("r2"))
    assert events() == ["failure"]


def test_a_long_time_without_success_is_notified_once() -> None:
    deadline = {"dag_run": {"dag_id": DAG_ID, "dag_run_id": "r1"}, "deadline": {"id": "1"}}
    notifications.on_deadline(deadline, hours=24)  # type: ignore[arg-type]
    failures.on_run_failure(context("r2"))
    failures.on_run_failure(context("r3"))
    assert [event for event, *_ in Recorder.sent] == ["no_success", "failure"]
    assert "No run has succeeded yet" in Recorder.sent[0][2]


def test_a_run_that_exceeded_its_time_is_stored_and_notified() -> None:
    from livestorm_salesforce.runs.locations import state_database
    from livestorm_salesforce.state import task_failures

    failures.on_run_failure(context("r1", reason="timed_out"))
    (failure,) = task_failures.failures_of(state_database(), DAG_ID, "r1")
    assert failure.error == "RunTimeout"
    assert "exceeded its time limit" in Recorder.sent[0][2]


def test_without_a_notifier_nothing_is_sent_or_stored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(notifier.CLASS)
    failures.on_run_failure(context("r1"))
    notifications.notify_recovery(context("r2"))
    notifications.notify_report(context("r2"), report(new_refusals=1, problems=[REFUSED]))
    assert Recorder.sent == []
    assert not (tmp_path / "store" / "state.db").exists()


def test_the_dag_has_a_deadline_only_with_a_notifier(monkeypatch: pytest.MonkeyPatch) -> None:
    from livestorm_salesforce.orchestration import dag_defaults

    assert dag_defaults.deadline() is not None
    monkeypatch.delenv(notifier.CLASS)
    assert dag_defaults.deadline() is None
