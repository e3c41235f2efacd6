"""The sync executed by Airflow, with connections from the environment and an org with custom fields only."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from service_sandbox import Sandbox
from tests.conftest import ROOT
from tests.harness.webinar import add_webinar, member_statuses


@pytest.fixture
def environment(tmp_path: Path, sandbox: Sandbox) -> dict[str, str]:
    """A home and a store for this test, and the two connections as environment variables."""
    home = tmp_path / "airflow"
    home.mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
    return (
        own
        | sandbox.connections
        | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        }
    )


@pytest.fixture
def sandbox(tmp_path: Path):
    with Sandbox(seed="empty", directory=tmp_path / "sandbox") as running:
        yield running


def airflow(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("airflow")), *words]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603


def task_states(environment: dict[str, str]) -> dict[str, str]:
    """State of each task of the newest run."""
    newest = "SELECT run_id FROM dag_run ORDER BY id DESC LIMIT 1"
    with closing(sqlite3.connect(f"{environment['AIRFLOW_HOME']}/airflow.db")) as database:
        rows = database.execute(f"SELECT task_id, state FROM task_instance WHERE run_id = ({newest})")  # noqa: S608
        return dict(rows.fetchall())


def test_airflow_dags_test_loads_a_webinar_into_an_empty_org(environment: dict[str, str], sandbox: Sandbox) -> None:
    _, people = add_webinar(sandbox)
    migrated = airflow(environment, "db", "migrate")
    assert migrated.returncode == 0, migrated.stderr[-2000:]
    done = airflow(environment, "dags", "test", "livestorm_to_salesforce")
    assert done.returncode == 0, done.stdout[-4000:]
    assert member_statuses(sandbox) == dict.fromkeys(people, "Registered")
    sandbox.org.writes.reset()
    again = airflow(environment, "dags", "test", "livestorm_to_salesforce")
    assert again.returncode == 0, again.stdout[-4000:]
    assert sandbox.org.writes.count() == 0
    skipped = dict.fromkeys(("approve", "load_campaigns", "load_people", "load_members"), "skipped")
    read = dict.fromkeys(("discover", "extract", "plan", "report"), "success")
    assert task_states(environment) == skipped | read, "a manual run reads registrants by calls"
    assert "nothing to change in Salesforce" in again.stdout + again.stderr
    result = done.stdout + done.stderr + again.stdout + again.stderr
    assert not [person for person in people if person in result], "an address is in the log"
    assert sandbox.livestorm_token not in result
