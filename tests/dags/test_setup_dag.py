"""The setup DAG executed by Airflow: a check only, a run without anything to deploy, and the approval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.orchestration.setup_approval import SetupApproval
from service_sandbox import Sandbox
from tests.dags.test_sync_in_airflow import airflow, environment, task_states

__all__ = ["environment"]
SETUP = "livestorm_salesforce_setup"
BARE = {"salesforce": {"org": {"session_field": None, "replay_field": "missing"}}}


@pytest.fixture
def sandbox(tmp_path: Path):
    with Sandbox(seed=BARE, directory=tmp_path / "sandbox") as running:
        yield running


def test_the_tasks_follow_each_other_and_the_form_deploys_nothing_by_default(dagbag: Any) -> None:
    dag = dagbag.dags[SETUP]
    assert [task.task_id for task in dag.topological_sort()] == ["check", "compare", "approve", "deploy", "check_again"]
    assert dag.params["deploy"] is False and dag.params["assign"] is False
    assert isinstance(dag.get_task("approve"), SetupApproval) and dag.schedule is None and dag.max_active_runs == 1
    assert dag.get_task("approve").response_timeout < dag.dagrun_timeout


def test_a_run_without_deployment_checks_and_stores_the_list(environment: dict[str, str], sandbox: Sandbox) -> None:
    assert airflow(environment, "db", "migrate").returncode == 0
    done = airflow(environment, "dags", "test", SETUP)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text[-4000:]
    assert "salesforce: Campaign.Livestorm_Session_Id__c: " in text, "the log lists what is missing"
    skipped = dict.fromkeys(("compare", "approve", "deploy", "check_again"), "skipped")
    assert task_states(environment) == {"check": "success", **skipped}
    assert not sandbox.calls.count(service="salesforce", call_type="metadata.deploy")
    for secret in (sandbox.livestorm_token, sandbox.consumer_secret):
        assert secret not in text
