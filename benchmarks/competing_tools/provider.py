"""The Airflow provider's `SalesforceBulkOperator`, executed without a scheduler.

    python -m benchmarks.competing_tools.provider SIZE SESSIONS CHANGED     # separate process: its memory is measured

Three operators one after the other: Campaigns and Leads upserted, members inserted by both keys.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.competing_tools.people import CAMPAIGN_COLUMNS, CAMPAIGN_KEY, LEAD_COLUMNS, LEAD_KEY, VERSION, People
from benchmarks.competing_tools.process import run
from benchmarks.competing_tools.work import Tool

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "TOOL_SESSION"  # noqa: S105 - the name of a variable


class Provider(Tool):
    """The operator in a separate process."""

    name = "SalesforceBulkOperator"
    leaves_out = "comparing, as above, and refused rows fail nothing; Contacts, matching, statuses"

    def prepare(self) -> None:
        sandbox = self.work.stage.sandbox
        connection = {"conn_type": "salesforce", "extra": {"instance_url": sandbox.salesforce_url, "version": VERSION}}
        self._environment = {"AIRFLOW_CONN_SALESFORCE_DEFAULT": json.dumps(connection), TOKEN: self.work.token(),
                             "REQUESTS_CA_BUNDLE": sandbox.ca_bundle}  # fmt: skip

    def give(self) -> None:
        people = self.work.people
        self._people = [str(number) for number in (people.size, people.sessions, people.changed)]

    def sync(self) -> None:
        command = [sys.executable, "-m", "benchmarks.competing_tools.provider", *self._people]
        ran = run(command, cwd=ROOT, environment=self._environment)
        self.work.peaks.append(ran.peak)


def execute(people: People) -> None:
    """Execute three operators, like three tasks of a DAG."""
    from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
    from airflow.providers.salesforce.operators import bulk

    class Hook(SalesforceHook):
        """Logs in with a token: all logins of the provider go to Salesforce's login servers."""

        def __init__(self, salesforce_conn_id: str):
            super().__init__(salesforce_conn_id, session_id=os.environ[TOKEN])

    bulk.SalesforceHook = Hook  # type: ignore[misc]

    def load(name: str, rows: list[dict[str, Any]], operation: str, key: str = "Id") -> None:
        bulk.SalesforceBulkOperator(task_id=name, operation=operation, object_name=name, payload=rows,
                                    external_id_field=key).execute({})  # type: ignore[arg-type]  # fmt: skip

    campaigns = [dict(zip(CAMPAIGN_COLUMNS, row, strict=True)) for row in people.campaigns()]
    load("Campaign", campaigns, "upsert", CAMPAIGN_KEY)
    load("Lead", [dict(zip(LEAD_COLUMNS, row, strict=True)) for row in people.leads()], "upsert", LEAD_KEY)
    rows = [{"Campaign": {CAMPAIGN_KEY: campaign}, "Lead": {LEAD_KEY: lead}} for campaign, lead in people.members()]
    load("CampaignMember", rows, "insert")


if __name__ == "__main__":
    execute(People(*map(int, sys.argv[1:])))
