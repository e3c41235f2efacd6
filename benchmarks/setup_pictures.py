"""Pictures of the guide *Connect real accounts*: the page Setup and the setup DAG in a real Airflow, before and after.

`python -m benchmarks.setup_pictures FOLDER` starts the sandbox with an org without the fields of this project, and
Airflow with stored connections. The fields and permissions are deployed as the guide says, through the browser.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.page_pictures import browser
from scripts.demo.airflow import Airflow
from scripts.demo.starting import airflow_in
from scripts.demo.waiting import until
from service_sandbox import Sandbox
from tests.ui.devtools import Browser

ROOT = Path(__file__).resolve().parents[1]
SETUP = "livestorm_salesforce_setup"
PORT = 18190
ORG = {
    "session_field": None,
    "replay_field": "missing",
    "user": {"objects": {}, "fields": {}, "view_all": [], "marketing_user": True},
}
FORM = """(() => {
  const form = document.querySelector('form[action$="/setup/deploy"]');
  form.connection.value = 'salesforce_admin';
  form.assign.checked = true;
  form.requestSubmit(form.querySelector('button'));
  return true;
})()"""


def main(target: str) -> None:
    """Take the pictures."""
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    seed = {"livestorm": {"settings": {"interval_limit": 0}}, "salesforce": {"org": ORG}}
    with tempfile.TemporaryDirectory() as text, Sandbox(seed=seed, directory=Path(text) / "sandbox") as sandbox:
        home = Path(text)
        settings = {
            "LIVESTORM_SALESFORCE_STORE": str(home / "airflow" / "runs"),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "include"), str(ROOT / "sandbox")]),
        }
        with airflow_in(home / "airflow", settings, PORT) as airflow, browser(home) as tab:
            store_connections(airflow, sandbox)
            tab.resize(1280, 900)
            photograph(tab, airflow, folder)


def store_connections(airflow: Airflow, sandbox: Sandbox) -> None:
    """Store both connections and the administrator's as a person would in the UI."""
    sandbox.org.users.add_app("admin-key", "admin-secret", sandbox.org.users.admin)
    found = {name.removeprefix("AIRFLOW_CONN_").lower(): json.loads(value)
             for name, value in sandbox.connections.items() if name.startswith("AIRFLOW_CONN_")}  # fmt: skip
    own = found["salesforce_default"]
    admin = {"consumer_key": "admin-key", "consumer_secret": "admin-secret"}
    found["salesforce_admin"] = {**own, "extra": own["extra"] | admin}
    for conn_id, values in found.items():
        body = {**values, "connection_id": conn_id, "extra": _text(values.get("extra"))}
        answer = airflow.session.post(f"{airflow.url}/api/v2/connections", json=body, timeout=30)
        answer.raise_for_status()


def _text(extra: Mapping[str, Any] | None) -> str | None:
    return json.dumps(extra) if extra else None


def photograph(tab: Browser, airflow: Airflow, folder: Path) -> None:
    """Check, deploy with an approval, and check again, with a picture of each."""
    setup = airflow.of(SETUP)
    page = f"{airflow.url}/livestorm-salesforce/setup"
    tab.open(page)
    tab.click("Check now")
    tab.wait_for("Checklist of Salesforce", 120)
    tab.photograph(folder / "setup-before.png", 1215)
    tab.open(f"{airflow.url}/dags/{SETUP}")
    tab.click("Trigger")
    tab.wait_for("Connection that deploys")
    time.sleep(1)
    tab.photograph(folder / "setup-form.png")
    tab.open(page)
    tab.wait_for("Checklist of Salesforce")
    tab.evaluate(FORM)
    tab.wait_until("location.pathname.includes('/runs/')", 60)
    run_id = setup.latest_run()["dag_run_id"]
    until(lambda: setup.tasks(run_id, "awaiting_input"), airflow.check, 180, "nobody was asked")
    tab.open(f"{setup.run_address(run_id)}/tasks/approve/required_actions")
    tab.wait_for("Dry run in Salesforce")
    time.sleep(1)
    tab.photograph(folder / "setup-question.png")
    tab.click("Approve")
    state = setup.wait_for_run(run_id, print, seconds=240)
    print(f"run: {state}; deployed: {setup.returned(run_id, 'deploy')}; check: {setup.returned(run_id, 'check_again')}")
    tab.open(page)
    tab.wait_for("Checklist of Salesforce")
    tab.photograph(folder / "setup-after.png", 1215)


if __name__ == "__main__":
    main(*sys.argv[1:])
