"""Checks of the emulator with the official command line of Salesforce; `Cli.check` raises on a difference."""

# ruff: noqa: S603 - all commands are defined in this file

import json
import os
import subprocess
from pathlib import Path
from typing import Any

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
                            "SF_USE_GENERIC_UNIX_KEYCHAIN": "true", "SF_ORG_API_VERSION": "67.0"}  # fmt: skip

    def run(self, *arguments: str) -> dict[str, Any]:
        """Returns the JSON result of a command; a failed command has `name` and `message`."""
        done = subprocess.run([*self.command, *arguments, "--json"], cwd=self.home, env=self.environment, check=False,
                              capture_output=True, text=True, timeout=300)  # fmt: skip
        answer = json.loads(done.stdout[done.stdout.index("{") :])
        return answer if "status" not in answer or answer["status"] else answer["result"]

    def check(self, url: str, private_key: Path) -> int:
        """Checks login, records, upserts, bulk jobs, describe, limits and errors; returns the number of checks."""
        login = ["--client-id", JWT_KEY, "--jwt-key-file", str(private_key), "--username", USER, "--instance-url", url]
        assert self.run("org", "login", "jwt", *login, "--set-default")["username"] == USER
        checks = [self._records, self._bulk, self._reading, self._errors]
        return 1 + sum(check() for check in checks)

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
