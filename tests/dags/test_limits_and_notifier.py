"""Time limits of tasks and runs, and the notifier of the settings."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk import BaseNotifier

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.orchestration import notifier
from livestorm_salesforce.orchestration.durations import parse_hours

CLASS, ARGUMENTS = notifier.CLASS, notifier.ARGUMENTS


class Recorder(BaseNotifier):
    """Keeps its rendered text."""

    template_fields = ("text",)
    calls: list[str] = []  # noqa: RUF012 shared on purpose

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text

    def notify(self, context: Any) -> None:
        self.calls.append(self.text)


def test_every_task_and_run_has_a_time_limit(dagbag: Any) -> None:
    for dag in dagbag.dags.values():
        assert dag.dagrun_timeout == timedelta(hours=36), dag.dag_id
        for task in dag.tasks:
            assert task.execution_timeout == timedelta(hours=3), task.task_id


def test_an_approval_ends_before_its_run_and_says_that_runs_wait(dagbag: Any) -> None:
    dag = dagbag.dags["livestorm_to_salesforce"]
    approval = dag.get_task("approve")
    assert approval.response_timeout < dag.dagrun_timeout
    assert "Scheduled runs wait" in approval.subject
    assert "Scheduled runs wait" in dag.params.get_param("approve").schema["description_md"]


@pytest.mark.parametrize("text", ["0", "-1", "soon", "nan", "inf", "1e9"])
def test_a_time_limit_that_is_none_is_rejected(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_TASK_TIMEOUT_HOURS", text)
    with pytest.raises(ConfigError, match="TASK_TIMEOUT_HOURS is not a number of hours"):
        parse_hours("TASK_TIMEOUT_HOURS", 3)


def test_the_notifier_of_the_settings_is_called_with_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not notifier.is_configured()
    monkeypatch.setenv(CLASS, f"{__name__}.Recorder")
    monkeypatch.setenv(ARGUMENTS, '{"text": "{{ notification.event }}: {{ notification.subject }} in {{ run_id }}"}')
    assert notifier.is_configured()
    assert notifier.send({"run_id": "r1"}, {"event": "approval", "subject": "A plan waits", "text": ""})
    assert Recorder.calls == ["approval: A plan waits in r1"]


def test_a_notification_that_cannot_be_sent_does_not_stop_the_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(CLASS, f"{__name__}.Recorder")
    monkeypatch.setattr(Recorder, "notify", lambda *_: 1 / 0)
    assert not notifier.send({}, {"event": "failure"})
    assert "could not be sent (ZeroDivisionError)" in caplog.text


@pytest.mark.parametrize(
    ("path", "arguments", "problem"),
    [
        ("nowhere.Notifier", "{}", "there is no class"),
        ("Notifier", "{}", "there is no class"),
        ("datetime.timedelta", "{}", "is not an Airflow notifier"),
        (f"{__name__}.Recorder", "{", "does not fit"),
        (f"{__name__}.Recorder", '{"password": "hunter2"}', "does not fit"),
    ],
)
def test_a_wrong_notifier_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, path: str, arguments: str, problem: str
) -> None:
    monkeypatch.setenv(CLASS, path)
    monkeypatch.setenv(ARGUMENTS, arguments)
    with pytest.raises(ConfigError, match=problem) as caught:
        notifier.load_notifier()
    assert "hunter2" not in str(caught.value)


def test_airflow_stops_a_task_at_its_limit() -> None:
    from airflow.sdk.exceptions import AirflowTaskTimeout
    from airflow.sdk.execution_time.timeout import timeout

    with pytest.raises(AirflowTaskTimeout), timeout(0.2):
        time.sleep(5)
