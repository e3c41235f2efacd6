"""Checks with the official command line of Salesforce; `Cli` raises on a difference.

`check` checks the emulator, `check_source` and `check_deployment` the source of the custom fields and permission set.
"""

# ruff: noqa: S603 - all commands are defined in this file

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from livestorm_salesforce.config import org_source
from livestorm_salesforce.config.metadata_package import Package

PROJECT = Path(str(org_source.SOURCE)).parents[2]
JWT_KEY, USER = "conformance-cli", "admin@sandbox.example"


class Cli:
    """`sf` with its own home directory.

    Args:
        node, script: the node binary and the entry point of the command line.
        home: an empty directory for its settings.
        ca: CA file of the sandbox.
    """

    def __init__(self, node: Path, script: Path, home: Path, ca: str) -> None:
        self.command, self.home = [str(node), str(script)], home
        quiet = {"SF_DISABLE_TELEMETRY": "true", "SF_AUTOUPDATE_DISABLE": "true", "SF_SKIP_NEW_VERSION_CHECK": "true"}
        self.environment = {**os.environ, **quiet, "HOME": str(home), "NODE_EXTRA_CA_CERTS": ca,
                            "SF_USE_GENERIC_UNIX_KEYCHAIN": "true", "SF_ORG_API_VERSION": "67.0",
                            "SF_ORG_METADATA_REST_DEPLOY": "true"}  # fmt: skip

    def run(self, *arguments: str, folder: str = ".") -> dict[str, Any]:
        """Returns the JSON result of a command; a failed command has `name` and `message`."""
        done = subprocess.run([*self.command, *arguments, "--json"], cwd=self.home / folder, env=self.environment,
                              check=False, capture_output=True, text=True, timeout=300)  # fmt: skip
        answer = json.loads(done.stdout[done.stdout.index("{") :])
        return answer if "status" not in answer or answer["status"] else answer["result"]

    def check(self) -> int:
        """Checks records, upserts, bulk jobs, describe, limits and errors; returns the number of checks."""
        checks = [self._records, self._bulk, self._reading, self._errors]
        return sum(check() for check in checks)

    def log_in(self, url: str, private_key: Path) -> None:
        """Logs in with a signed assertion."""
        login = ["--client-id", JWT_KEY, "--jwt-key-file", str(private_key), "--username", USER, "--instance-url", url]
        assert self.run("org", "login", "jwt", *login, "--set-default")["username"] == USER

    def check_source(self) -> int:
        """Converts the source, and compares the result with the package of the product; returns the number of files."""
        shutil.copytree(PROJECT, self.home / "sfdx")
        self.run("project", "convert", "source", "--output-dir", str(self.home / "converted"), folder="sfdx")
        converted = {
            str(path.relative_to(self.home / "converted")): path.read_text().strip()
            for path in (self.home / "converted").rglob("*.*")
        }
        fields = {field.full_name: field.xml for field in org_source.source_fields()}
        package = Package(fields, {org_source.PERMISSION_SET: org_source.permission_set(frozenset())})
        assert {path: content.strip() for path, content in package.files("67.0").items()} == converted
        return len(converted)

    def check_deployment(self) -> int:
        """Deploys the source to an org without our fields, first as a dry run; returns the number of components."""
        deployed = {}
        for mode in ("--dry-run", "--verbose", "--concise"):
            result = self.run("project", "deploy", "start", "--source-dir", "force-app", mode, folder="sfdx")
            assert result["success"] is True and result["checkOnly"] is (mode == "--dry-run"), result
            deployed[mode] = {one["fullName"]: one["state"] for one in result["files"]}
        assert set(deployed["--dry-run"].values()) == set(deployed["--verbose"].values()) == {"Created"}
        assert "Created" not in deployed["--concise"].values()
        return len(deployed["--verbose"])

    def _records(self) -> int:
        made = self.run("data", "create", "record", "-s", "Lead", "-v", "LastName=Doe Company=Acme Email=doe@x.example")
        assert made["success"] is True
        where = ("-s", "Lead", "-w", "Email=doe@x.example")
        assert self.run("data", "update", "record", *where, "-v", "Title=CEO")["id"] == made["id"]
        assert self.run("data", "get", "record", *where)["Title"] == "CEO"
        assert self.run("data", "delete", "record", *where)["success"] is True
        return 4

    def _bulk(self) -> int:
        (self.home / "keys.csv").write_text("Livestorm_Session_Id__c,Name\na,A\nb,B\n")
        (self.home / "leads.csv").write_text("LastName,Company\n" + "".join(f"L{n},Acme\n" for n in range(2_500)))
        keyed = ("-s", "Campaign", "-f", "keys.csv", "-i", "Livestorm_Session_Id__c", "-w", "2")
        assert self.run("data", "upsert", "bulk", *keyed)["jobInfo"]["numberRecordsFailed"] == 0
        assert (
            self.run("data", "import", "bulk", "-s", "Lead", "-f", "leads.csv", "-w", "2")["processedRecords"] == 2_500
        )
        out = ("--output-file", "out.csv", "-w", "2")
        assert self.run("data", "export", "bulk", "-q", "SELECT Id, LastName FROM Lead", *out)["totalSize"] == 2_500
        assert len((self.home / "out.csv").read_text().splitlines()) == 2_501
        return 4

    def _reading(self) -> int:
        names = {field["name"] for field in self.run("sobject", "describe", "-s", "Campaign")["fields"]}
        assert "Livestorm_Session_Id__c" in names
        limits: Any = self.run("org", "list", "limits")
        assert next(one for one in limits if one["name"] == "DailyApiRequests")["max"] == 115_000
        return 2

    def _errors(self) -> int:
        assert (
            self.run("data", "create", "record", "-s", "Lead", "-v", "LastName=Doe")["name"] == "REQUIRED_FIELD_MISSING"
        )
        assert self.run("data", "get", "record", "-s", "Lead", "-i", "00Q5j00000zzzzz")["name"] == "NOT_FOUND"
        return 2
