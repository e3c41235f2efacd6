"""Salesforce CLI with its bulk commands, and its plugin SFDMU."""

# ruff: noqa: S608 - the columns are those of this package

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.competing_tools import install
from benchmarks.competing_tools.people import (
    CAMPAIGN_COLUMNS,
    CAMPAIGN_KEY,
    LEAD_COLUMNS,
    LEAD_KEY,
    VERSION,
    write,
)
from benchmarks.competing_tools.process import CommandResult, ToolFailed, run
from benchmarks.competing_tools.work import Tool, Work

APP, USER = "bench-cli", "admin@sandbox.example"


def key_pair(path: Path) -> str:
    """Write a new private key to a file and return the public key as PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form))
    public = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*public).decode()


class CommandLine:
    """`sf` with a separate home directory."""

    def __init__(self, work: Work):
        self.work, self.home = work, work.home / "sf"
        self.home.mkdir()
        self._command = install.cli(work.folder)
        self._environment = {
            "HOME": str(self.home), "NODE_EXTRA_CA_CERTS": work.stage.sandbox.ca_bundle, "SF_ORG_API_VERSION": VERSION,
            "SF_DISABLE_TELEMETRY": "true", "SF_AUTOUPDATE_DISABLE": "true", "SF_SKIP_NEW_VERSION_CHECK": "true",
            "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
        }  # fmt: skip

    def run(self, *words: str, codes: tuple[int, ...] = (0,)) -> CommandResult:
        """Run a command and record its peak memory."""
        ran = run([*self._command, *words], cwd=self.home, environment=self._environment, codes=codes)
        self.work.peaks.append(ran.peak)
        return ran

    def json(self, *words: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """Run a command with `--json` and return its result."""
        text = self.run(*words, "--json", codes=codes).text
        if "{" not in text:
            raise ToolFailed(f"sf {' '.join(words[:3])} returned no JSON: {text[-300:]}")
        answer, _ = json.JSONDecoder().raw_decode(text[text.index("{") :])
        return answer

    def log_in(self) -> None:
        """Log in with a signed assertion (JWT bearer flow)."""
        sandbox, key = self.work.stage.sandbox, self.home / "key.pem"
        sandbox.org.users.add_app(APP, "unused", certificate=key_pair(key))
        self.json("org", "login", "jwt", "--client-id", APP, "--jwt-key-file", str(key), "--username", USER,
                  "--instance-url", sandbox.salesforce_url, "--set-default")  # fmt: skip


class BulkCommands(Tool):
    """Three commands: upsert Leads, upsert a Campaign by REST (many in bulk), insert members by both external ids."""

    name = "sf data upsert bulk"
    leaves_out = "comparing: Leads are written again, members refused again; Contacts, matching, statuses"

    def prepare(self) -> None:
        self.cli = CommandLine(self.work)
        self.cli.log_in()

    def give(self) -> None:
        home, people = self.cli.home, self.work.people
        write(home / "leads.csv", LEAD_COLUMNS, people.leads())
        write(home / "campaigns.csv", CAMPAIGN_COLUMNS, people.campaigns())
        write(home / "members.csv", (f"Campaign.{CAMPAIGN_KEY}", f"Lead.{LEAD_KEY}"), people.members())
        self._campaign, *values = next(people.campaigns())
        (home / "campaign.json").write_text(json.dumps(dict(zip(CAMPAIGN_COLUMNS[1:], values, strict=True))))

    def sync(self) -> None:
        self._upsert("Lead", "leads.csv", LEAD_KEY)
        if self.work.people.sessions > 1:
            self._upsert("Campaign", "campaigns.csv", CAMPAIGN_KEY)
        else:
            path = f"/services/data/v{VERSION}/sobjects/Campaign/{CAMPAIGN_KEY}/{self._campaign}"
            self.cli.run("api", "request", "rest", path, "--method", "PATCH", "--body", "@campaign.json")
        answer = self.cli.json("data", "import", "bulk", "-s", "CampaignMember", "-f", "members.csv", "-w", "30",
                               codes=(0, 1))  # fmt: skip
        # Existing members are rejected; the command reports that as an error with this name.
        if answer.get("status") and answer.get("name") != "FailedRecordDetailsError":
            raise ToolFailed(f"sf data import bulk: {answer.get('name')} {answer.get('message')}")

    def _upsert(self, sobject: str, file: str, key: str) -> None:
        self.cli.json("data", "upsert", "bulk", "-s", sobject, "-f", file, "-i", key, "-w", "30")


class Sfdmu(Tool):
    """One command: compares CSV files with the org and writes the differences."""

    name = "SFDMU"
    leaves_out = "reading no more than needed: all Leads and members of the org are read; Contacts, matching, statuses"

    def prepare(self) -> None:
        plugin = install.sfdmu(self.work.folder)
        self.cli = CommandLine(self.work)
        self.cli.run("plugins", "link", "--no-install", str(plugin))
        self._files = self.work.home / "sfdmu"
        self._files.mkdir()
        self._files.joinpath("export.json").write_text(json.dumps(self._script(), indent=1))

    def give(self) -> None:
        people = self.work.people
        write(self._files / "Lead.csv", LEAD_COLUMNS, people.leads())
        write(self._files / "Campaign.csv", CAMPAIGN_COLUMNS, people.campaigns())
        # The plugin finds existing members by the first column, which contains both external ids.
        header = (f"$$Campaign.{CAMPAIGN_KEY}$Lead.{LEAD_KEY}", f"Campaign.{CAMPAIGN_KEY}", f"Lead.{LEAD_KEY}")
        rows = ((f"{campaign};{lead}", campaign, lead) for campaign, lead in people.members())
        write(self._files / "CampaignMember.csv", header, rows)

    def _script(self) -> dict[str, Any]:
        queries = (
            (f"SELECT {', '.join(LEAD_COLUMNS)} FROM Lead", LEAD_KEY),
            (f"SELECT {', '.join(CAMPAIGN_COLUMNS)} FROM Campaign", CAMPAIGN_KEY),
            ("SELECT CampaignId, LeadId FROM CampaignMember", f"Campaign.{CAMPAIGN_KEY};Lead.{LEAD_KEY}"),
        )
        org = {"name": "sandbox", "instanceUrl": self.work.stage.sandbox.salesforce_url,
               "accessToken": self.work.token()}  # fmt: skip
        objects = [{"query": query, "operation": "Upsert", "externalId": key} for query, key in queries]
        return {"orgs": [org], "objects": objects, "promptOnMissingParentObjects": False,
                "promptOnIssuesInCSVFiles": False, "excludeIdsFromCSVFiles": True}  # fmt: skip

    def sync(self) -> None:
        ran = self.cli.run("sfdmu", "run", "--sourceusername", "csvfile", "--targetusername", "sandbox", "--path",
                           str(self._files), "--noprompt", "--apiversion", VERSION)  # fmt: skip
        if "records failed" in ran.text.replace(" 0 records failed", ""):
            raise ToolFailed(f"SFDMU: rows were rejected: {ran.text[-800:]}")
