"""A failed task stores its cause, and its log ends with it."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowTaskTimeout

from livestorm_salesforce.clients import connections
from livestorm_salesforce.clients.connections import stored_connection
from livestorm_salesforce.config.settings import Locations
from livestorm_salesforce.errors import ConfigError, TransientError
from livestorm_salesforce.orchestration import failures
from livestorm_salesforce.runs.locations import state_database_url
from livestorm_salesforce.state import task_failures
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.state.task_failures import Failure

RUN = ("livestorm_to_salesforce", "run-1")


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{tmp_path}/store")


def stored(run: tuple[str, str] = RUN) -> list[Failure]:
    return task_failures.failures_of(open_database(state_database_url(Locations())), *run)


def context(error: object, *, task: str = "plan", index: int = -1, number: int = 1) -> Any:
    ti = SimpleNamespace(dag_id=RUN[0], run_id=RUN[1], task_id=task, map_index=index, try_number=number)
    return {"ti": ti, "exception": error}


@pytest.mark.parametrize(
    ("error", "kind", "cause"),
    [
        (ConfigError("No token.", remedy="enter it"), "ConfigError", "No token."),
        (AirflowTaskTimeout("Timeout, PID: 7"), "AirflowTaskTimeout", "The task ran longer than its limit."),
        (KeyError("ada@acme.example"), "KeyError", "An unexpected error occurred (KeyError)."),
        (None, "TaskKilled", "The process of the task ended without a result: it was killed, or its machine was lost."),
    ],
)
def test_a_failure_is_stored_with_class_cause_and_remedy(error: object, kind: str, cause: str) -> None:
    failures.on_failure(context(error))
    (failure,) = stored()
    assert (failure.error, failure.cause) == (kind, cause)
    assert failure.remedy and not failure.will_retry
    assert "@" not in str(failure)


def test_every_attempt_is_stored_once_and_the_log_ends_with_the_cause(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    failures.on_retry(context(TransientError("Salesforce answered HTTP 503."), task="extract", index=2))
    failures.on_failure(context(TransientError("Salesforce answered HTTP 503."), task="extract", index=2, number=2))
    failures.on_failure(context(TransientError("Salesforce answered HTTP 503."), task="extract", index=2, number=2))
    assert [(one.map_index, one.try_number, one.will_retry) for one in stored()] == [(2, 1, True), (2, 2, False)]
    assert caplog.messages[1].endswith("Airflow tries again.")
    assert caplog.messages[-1].startswith("TransientError: Salesforce answered HTTP 503. Remedy: ")


def test_a_failure_is_stored_although_another_setting_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_KEEP_RUNS_DAYS", "soon")
    failures.on_failure(context(ConfigError("Settings: wrong.")))
    assert len(stored()) == 1


def test_a_failure_that_cannot_be_stored_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LIVESTORM_SALESFORCE_DATABASE", "mysql://nowhere")
    failures.on_failure(context(ConfigError("No token.", remedy="enter it")))
    assert "could not be stored" in caplog.messages[0]
    assert caplog.messages[-1] == "ConfigError: No token. Remedy: enter it"


def test_a_run_without_connections_fails_at_once_and_its_cause_is_stored(dagbag: Any) -> None:
    run = dagbag.dags[RUN[0]].test()
    assert run.state == "failed"
    first, *others = stored((RUN[0], run.run_id))
    assert (first.task_id, first.error, first.try_number, first.will_retry) == ("discover", "ConfigError", 1, False)
    assert "There is no connection 'livestorm_default' in Airflow." in first.cause
    assert "Admin, Connections" in first.remedy
    assert {one.error for one in others} <= {"ConfigError"}


def test_a_variable_that_holds_no_connection_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LIVESTORM_DEFAULT", '{"conn_type": "livestorm"')
    with pytest.raises(ConfigError, match="AIRFLOW_CONN_LIVESTORM_DEFAULT is not a connection"):
        stored_connection("livestorm_default")


def test_a_connection_from_the_environment_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connections.override_note("livestorm_default") == ""
    monkeypatch.setenv("AIRFLOW_CONN_LIVESTORM_DEFAULT", '{"conn_type": "livestorm"}')
    assert "UI is not used" in connections.override_note("livestorm_default")


def test_short_extras_write_no_warning_and_secrets_are_masked(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    from airflow.sdk._shared.secrets_masker import redact

    secret = "a-long-consumer-secret"
    extra = {"version": "67.0", "domain": "test", "consumer_secret": secret, "proxies": {"https": "http://p:8"}}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))
    assert connections.extras_of(stored_connection("salesforce_default")) == extra
    assert "too short" not in caplog.text + capfd.readouterr().err
    assert secret not in str(redact(f"the secret is {secret}"))


def test_an_extra_that_is_no_object_is_not_used(caplog: pytest.LogCaptureFixture) -> None:
    assert connections.extras_of(SimpleNamespace(conn_id="c", extra="[1")) == {}
    assert "not a JSON object" in caplog.text
