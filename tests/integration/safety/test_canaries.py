"""Personal data and tokens do not leave the run store.

After complete runs through Airflow, with and without faults, canary values are searched in logs, XCom, rendered
templates, the metadata database and the output.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from livestorm_salesforce.clients.livestorm.webhook_payload import parse_delivery
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import webhook_queue
from service_sandbox import Sandbox
from service_sandbox.livestorm import render
from service_sandbox.livestorm.forms import form
from service_sandbox.salesforce.org.policies import ValidationRule
from tests.conftest import ROOT

EMAIL, NAME, COMPANY = "canary.q7x@leak.example", "Zyxcanary", "Qqxcanary Works"
FAULTS = [("html", "livestorm", {"nth": (4,)}), ("error", "salesforce", {"nth": (3,), "status": 500}),
          ("cut_after", "salesforce", {"kind": "collections", "nth": (1,)})]  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory):
    with Sandbox(seed="empty", directory=tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def printed(sandbox: Sandbox, home: Path, store: Path) -> str:
    """Output of several runs: a sync, a sync with faults and a refused canary, the list of the quarantine, the preview
    of an undo, a sync stopped by a limit, and an undo whose first response is lost and that Airflow retries."""
    workspace = sandbox.livestorm
    event = workspace.add_event("Tour", fields=form("email", "first_name", "last_name", "company", "job_title"))
    session = workspace.add_session(event, sandbox.clock.now() + timedelta(days=1))
    workspace.register(session, EMAIL, NAME, NAME, fields={"company": COMPANY})
    environment = _environment(sandbox, home, store)
    result = [_airflow(environment, "db", "migrate"), _airflow(environment, "dags", "test", "livestorm_to_salesforce")]
    rule = f"{NAME} of {COMPANY} <{EMAIL}> is not wanted"
    sandbox.org.policies.validations.append(ValidationRule("Lead", "LastName", rule, pattern=f"{NAME} II"))
    workspace.register(session, f"second.{EMAIL}", NAME, f"{NAME} II", fields={"company": COMPANY})
    workspace.register(session, f"third.{EMAIL}", NAME, f"{NAME} Tertia", fields={"company": COMPANY})
    _tell(sandbox, session, f"third.{EMAIL}", environment)
    for fault, service, fields in FAULTS:
        sandbox.faults.add(fault, service=service, **fields)
    result.append(_airflow(environment, "dags", "test", "livestorm_to_salesforce"))
    sandbox.faults.clear()
    result.append(_airflow(environment, "dags", "test", "livestorm_salesforce_quarantine"))
    asked = json.dumps({"run_id": _first_run(home)})
    result.append(_airflow(environment, "dags", "test", "livestorm_salesforce_undo", "--conf", asked))
    workspace.register(session, f"fourth.{EMAIL}", NAME, f"{NAME} Quarta", fields={"company": COMPANY})
    result.append(_airflow(environment | _low_limits(store), "dags", "test", "livestorm_to_salesforce"))
    sandbox.faults.add("cut_after", service="salesforce", call_type="collections", nth=(1,))
    asked = json.dumps({"run_id": _first_run(home), "mode": "apply", "delete_created": True})
    result.append(_airflow(environment, "dags", "test", "livestorm_salesforce_undo", "--conf", asked))
    return "\n".join(result)


def _tell(sandbox: Sandbox, session: str, address: str, environment: dict[str, str]) -> None:
    """A webhook delivery in the queue."""
    people = map(render.registrant, sandbox.livestorm.reader.all_registrants(session))
    person = next(one for one in people if one["attributes"]["email"] == address)
    now = sandbox.clock.timestamp()
    found = parse_delivery({"data": person | {"meta": {"webhook": {"event": "people.registered"}}}}, int(now))
    with patch.dict(os.environ, environment):
        webhook_queue.enqueue(AppContext.from_environment().state, address.encode(), *found, now)


def _environment(sandbox: Sandbox, home: Path, store: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
    return plain | sandbox.connections | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "LIVESTORM_SALESFORCE_STORE": f"file://{store}",
        "LIVESTORM_SALESFORCE_SETTLE_SECONDS": "0",
    }  # fmt: skip


def _low_limits(store: Path) -> dict[str, str]:
    """A limit that stops the run with an error, which Airflow logs completely."""
    mapping = store.parent / "low-limits.yaml"
    mapping.write_text("limits: {unmatched: 0, creates: 0}\n")
    return {"LIVESTORM_SALESFORCE_MAPPING": str(mapping)}


def _airflow(environment: dict[str, str], *words: str) -> str:
    command = [str(Path(sys.executable).with_name("airflow")), *words]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603
    return done.stdout + done.stderr


def _first_run(home: Path) -> str:
    with sqlite3.connect(home / "airflow.db") as database:
        return database.execute("SELECT run_id FROM dag_run ORDER BY id LIMIT 1").fetchone()[0]


def kept(folder: Path) -> bytes:
    """All bytes that Airflow stores."""
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def secrets_of(sandbox: Sandbox) -> list[str]:
    sessions = list(sandbox.salesforce_api.auth.sessions)
    assert sessions, "nobody has logged in"
    return [sandbox.livestorm_token, sandbox.consumer_secret, *sessions]


def test_the_canaries_were_loaded(printed: str, sandbox: Sandbox, store: Path) -> None:
    """Otherwise the other tests prove nothing."""
    leads = {row["Email"] for row in sandbox.org.rows("Lead")}
    assert leads == {f"third.{EMAIL}"}, printed[-3000:]  # the first was taken back, by an undo tried twice
    assert [file.name for file in store.glob("runs/*/*/webhook_queue/*")], "no run read the webhook queue"
    assert len([call for call in sandbox.calls.list() if call.fault]) >= 2, sandbox.calls.tally()
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in printed
    assert "UnsafePlan" in printed
    assert "put back" in printed or "created by the run" in printed
    assert EMAIL.encode() in kept(store)


def test_the_undo_with_a_lost_response_was_retried(printed: str, home: Path) -> None:
    with sqlite3.connect(home / "airflow.db") as database:
        tries = database.execute(
            "SELECT max(try_number) FROM task_instance WHERE dag_id = 'livestorm_salesforce_undo' AND task_id = 'undo'"
        ).fetchone()
    assert tries == (2,)
    assert "OutcomeUnknown" in printed


# Of the address the part before the @, which in a URL is followed by %40.
@pytest.mark.parametrize("canary", [EMAIL.split("@", maxsplit=1)[0], NAME, COMPANY])
def test_no_personal_data_is_printed_logged_or_in_the_database(
    printed: str, home: Path, sandbox: Sandbox, canary: str
) -> None:
    assert canary.lower() not in printed.lower()
    assert canary.lower().encode() not in kept(home).lower()


def test_no_token_is_printed_logged_in_the_database_or_in_the_run_store(
    printed: str, home: Path, store: Path, sandbox: Sandbox
) -> None:
    for secret in secrets_of(sandbox):
        assert secret not in printed
        assert secret.encode() not in kept(home)
        assert secret.encode() not in kept(store)


def test_xcom_and_rendered_fields_hold_counts_codes_ids_and_paths(printed: str, home: Path) -> None:
    with sqlite3.connect(home / "airflow.db") as database:
        result = str(database.execute("SELECT value FROM xcom").fetchall())
        result += str(database.execute("SELECT rendered_fields FROM rendered_task_instance_fields").fetchall())
    assert "registrants" in result
    assert "@leak" not in result
