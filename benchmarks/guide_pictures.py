"""Pictures of README and guide: the Overview and the report of a run inside a real Airflow, with one refused person.

`python -m benchmarks.guide_pictures docs/images` starts the sandbox and Airflow with an hourly schedule.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.page_pictures import ROOT, browser
from scripts.demo.starting import airflow_in
from service_sandbox import Sandbox
from service_sandbox.salesforce.org.policies import ValidationRule
from tests.harness.webinar import add_webinar

WEBINARS = {"Product tour": 30, "Planning the year with your team": 75, "Customer stories: autumn": 150}
RULE = ValidationRule("Lead", "LastName", "Please use a company address", pattern="Refused")
#: Seconds in which Airflow's frame loads a page.
LOADING = 4


def main(target: str) -> None:
    """Take the pictures."""
    folder = Path(target)
    with tempfile.TemporaryDirectory() as text, Sandbox(seed="empty", directory=Path(text) / "sandbox") as sandbox:
        home = Path(text)
        settings = sandbox.connections | {
            "LIVESTORM_SALESFORCE_SCHEDULE": "@hourly",
            "LIVESTORM_SALESFORCE_STORE": str(home / "airflow" / "runs"),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "include"), str(ROOT / "sandbox")]),
        }
        for title, hours in WEBINARS.items():
            session, _ = add_webinar(sandbox, title=title, hours=hours)
        sandbox.livestorm.register(session, "rex@company.example", "Rex", "Refused")
        sandbox.org.policies.validations.append(RULE)
        with airflow_in(home / "airflow", settings) as airflow, browser(home) as tab:
            airflow.unpause()
            run_id = airflow.first_run()
            airflow.wait_for_run(run_id, print, seconds=240)
            tab.resize(1280, 900)
            tab.open(f"{airflow.url}/plugin/livestorm-sync")
            tab.wait_for_frame("h1")
            time.sleep(LOADING)
            tab.photograph(folder / "overview.png")
            tab.open(f"{airflow.run_address(run_id)}/plugin/sync-report")
            tab.wait_for_frame("h1")
            time.sleep(LOADING)
            tab.photograph(folder / "report.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
