"""What the official command line of Salesforce thinks of the stand-in; `Cli.judge` raises where it differs."""

# ruff: noqa: S603 - the commands are those of this file

import json
import os
import subprocess
from pathlib import Path
from typing import Any

JWT_KEY, USER = "judge-cli", "admin@sandbox.example"


class Cli:
    """`sf` with a home of its own.

    Args:
        node, script: the node binary and the tool's entry point.
        home: an empty folder for its settings.
        ca: the sandbox's CA.
    """

    def __init__(self, node: Path, script: Path, home: Path, ca: str):
        self.command, self.home = [str(node), str(script)], home
        quiet = {"SF_DISABLE_TELEMETRY": "true", "SF_AUTOUPDATE_DISABLE": "true", "SF_SKIP_NEW_VERSION_CHECK": "true"}
        self.environment = {**os.environ, **quiet, "HOME": str(home), "NODE_EXTRA_CA_CERTS": ca,
                            "SF_USE_GENERIC_UNIX_KEYCHAIN": "true", "SF_ORG_API_VERSION": "67.0"}  # fmt: skip

    def run(self, *words: str) -> dict[str, Any]:
        """A command's JSON answer; one that failed has `name` and `message`."""
        done = subprocess.run([*self.command, *words, "--json"], cwd=self.home, env=self.environment, check=False,
                              capture_output=True, text=True, timeout=300)  # fmt: skip
        answer = json.loads(done.stdout[done.stdout.index("{") :])
        return answer if "status" not in answer or answer["status"] else answer["result"]

    def judge(self, url: str, private_key: Path) -> int:
        """Log in, query with paging, write, upsert, describe, limits, bulk both ways, three errors; how many checks."""
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
        assert len(self.run("data", "query", "-q", "SELECT Id, Owner.Name FROM Lead")["records"]) == 2_500
        names = {field["name"] for field in self.run("sobject", "describe", "-s", "Campaign")["fields"]}
        assert "Livestorm_Session_Id__c" in names
        limits: Any = self.run("org", "list", "limits")
        assert next(one for one in limits if one["name"] == "DailyApiRequests")["max"] == 115_000
        counts: Any = self.run("org", "list", "sobject", "record-counts", "-s", "Lead")
        assert counts == [{"count": 2_500, "name": "Lead"}]
        return 4

    def _errors(self) -> int:
        assert self.run("data", "query", "-q", "SELECT Nope FROM Lead")["name"] == "INVALID_FIELD"
        assert self.run("data", "query", "-q", "SELECT Id FROM")["name"] == "MALFORMED_QUERY"
        assert (
            self.run("data", "create", "record", "-s", "Lead", "-v", "LastName=Doe")["name"] == "REQUIRED_FIELD_MISSING"
        )
        assert self.run("data", "get", "record", "-s", "Lead", "-i", "00Q5j00000zzzzz")["name"] == "NOT_FOUND"
        return 4
