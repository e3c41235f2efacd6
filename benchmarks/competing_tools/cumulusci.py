"""CumulusCI's `load_dataset`: loads rows of a database by a mapping file."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from pathlib import Path

from benchmarks.competing_tools import install
from benchmarks.competing_tools.people import CAMPAIGN_COLUMNS, CAMPAIGN_KEY, LEAD_COLUMNS, LEAD_KEY, VERSION, People
from benchmarks.competing_tools.process import ToolFailed, run
from benchmarks.competing_tools.work import Tool

PROJECT = f"""\
project:
  name: competing-tools
  package:
    name: competing-tools
    api_version: '{VERSION}'
"""
MAPPING = f"""\
Leads:
  sf_object: Lead
  api: rest
  table: leads
  action: upsert
  update_key: {LEAD_KEY}
  fields: [{", ".join(LEAD_COLUMNS)}]
Campaigns:
  sf_object: Campaign
  api: rest
  table: campaigns
  action: upsert
  update_key: {CAMPAIGN_KEY}
  fields: [{", ".join(CAMPAIGN_COLUMNS)}]
Members:
  sf_object: CampaignMember
  api: rest
  table: members
  fields: []
  lookups:
    CampaignId: {{table: campaigns, key_field: campaign}}
    LeadId: {{table: leads, key_field: lead}}
"""
KEYCHAIN = "0123456789abcdef"  # encrypts a temporary keychain


class CumulusCi(Tool):
    """One task: upserts Leads and Campaigns, inserts members; by REST, as the sandbox does not emulate Bulk API 1.0."""

    name = "CumulusCI load_dataset"
    leaves_out = "comparing: Leads are written again, members refused again; Contacts, matching, statuses"

    def prepare(self) -> None:
        self._command = install.cumulusci(self.work.folder)
        self._project, home = self.work.home / "project", self.work.home / "home"
        self._project.mkdir()
        git = shutil.which("git")
        if not git:
            raise ToolFailed("git was not found: CumulusCI works in a git repository only")
        run([git, "init", "--quiet", "."], cwd=self._project)
        (self._project / "cumulusci.yml").write_text(PROJECT)
        (self._project / "mapping.yml").write_text(MAPPING)
        # Prevents the hourly request to the package registry for a newer version.
        (home / ".cumulusci").mkdir(parents=True)
        (home / ".cumulusci" / "cumulus_timestamp").write_text(str(time.time()))
        sandbox = self.work.stage.sandbox
        user = sandbox.org.users.by_username["admin@sandbox.example"]
        org = {"access_token": self.work.token(), "instance_url": sandbox.salesforce_url, "username": user.username,
               "id": f"{sandbox.salesforce_url}/id/{sandbox.org.users.organization_id}/{user.id}"}  # fmt: skip
        self._environment = {"HOME": str(home), "REQUESTS_CA_BUNDLE": sandbox.ca_bundle, "CUMULUSCI_KEY": KEYCHAIN,
                             "CUMULUSCI_DISABLE_REFRESH": "true", "CUMULUSCI_ORG_sandbox": json.dumps(org)}  # fmt: skip

    def give(self) -> None:
        data = self._project / "data.db"
        data.unlink(missing_ok=True)
        fill(data, self.work.people)

    def sync(self) -> None:
        words = ["task", "run", "load_dataset", "--org", "sandbox", "--mapping", "mapping.yml", "--database_url",
                 "sqlite:///data.db", "--ignore_row_errors", "True", "--set_recently_viewed", "False"]  # fmt: skip
        ran = run([self._command, *words], cwd=self._project, environment=self._environment)
        self.work.peaks.append(ran.peak)


def fill(path: Path, people: People) -> None:
    """Create the tables of the mapping."""
    with sqlite3.connect(path) as db:
        for table, columns in (
            ("leads", LEAD_COLUMNS),
            ("campaigns", CAMPAIGN_COLUMNS),
            ("members", ("campaign", "lead")),
        ):
            names = ", ".join(f'"{column}" TEXT' for column in columns)
            db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {names})")
        db.executemany("INSERT INTO leads VALUES (?, ?, ?, ?, ?, ?)",
                       ((number, *row) for number, row in enumerate(people.leads(), 1)))  # fmt: skip
        db.executemany("INSERT INTO campaigns VALUES (?, ?, ?, ?)",
                       ((number, *row) for number, row in enumerate(people.campaigns(), 1)))  # fmt: skip
        numbers = {key: str(number) for number, (key, *_) in enumerate(people.campaigns(), 1)}
        members = ((row, numbers[key], str(row)) for row, (key, _) in enumerate(people.members(), 1))
        db.executemany("INSERT INTO members VALUES (?, ?, ?)", members)
    db.close()
