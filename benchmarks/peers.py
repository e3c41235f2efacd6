"""`make bench-peers`: what a user would otherwise pick, against the same sandbox with the same latency.

Salesforce's own command line is installed from npm into `.peers` and measured with 200, 2,000 and 10,000 rows: Leads
upserted by an external id, one Campaign, its members. The other peers are named in docs/benchmarks.md with the reason
why they are not run here.
"""

# ruff: noqa: S603, S607, S608 - the commands are those of this file

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.bench import slow
from benchmarks.stage import Stage, address

KEY, APP = "Livestorm_Key__c", "peer-cli"
SEED = {
    "salesforce": {
        "org": {"fields": {"Lead": {KEY: {"type": "string", "length": 120, "unique": True, "external_id": True}}}}
    }
}
PACKAGE, NODE = "@salesforce/cli", "node@22"  # the command line wants a newer node than some systems have


def installed(folder: Path) -> Path:
    """The command line, from npm if it is not there yet (some minutes, 600 MB)."""
    entry = folder / "node_modules" / PACKAGE / "bin" / "run.js"
    if not entry.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), PACKAGE, NODE], check=True
        )
    return entry


class CommandLine:
    """`sf` with a home of its own, logged in to the sandbox by a signed assertion."""

    def __init__(self, entry: Path, home: Path, stage: Stage) -> None:
        sandbox = stage.sandbox
        home.mkdir()
        sandbox.org.users.add_app(APP, "unused", certificate=_key_pair(home / "key.pem"))
        self._entry, self._home = entry, home
        self._node = entry.parents[3] / "node" / "bin" / "node"
        self._environment = {
            **os.environ, "HOME": str(home), "NODE_EXTRA_CA_CERTS": sandbox.ca_bundle, "SF_DISABLE_TELEMETRY": "true",
            "SF_AUTOUPDATE_DISABLE": "true", "SF_SKIP_NEW_VERSION_CHECK": "true",
            "SF_USE_GENERIC_UNIX_KEYCHAIN": "true", "SF_ORG_API_VERSION": "67.0",
        }  # fmt: skip
        self.run("org", "login", "jwt", "--client-id", APP, "--jwt-key-file", str(home / "key.pem"), "--username",
                 "admin@sandbox.example", "--instance-url", sandbox.salesforce_url, "--set-default")  # fmt: skip

    def run(self, *words: str) -> dict[str, Any]:
        """A command's JSON answer.

        Raises:
            RuntimeError: it failed.
        """
        command = [str(self._node), str(self._entry), *words, "--json"]
        done = subprocess.run(command, cwd=self._home, env=self._environment, capture_output=True, text=True,
                              timeout=900, check=False)  # fmt: skip
        if "{" not in done.stdout:
            raise RuntimeError(f"sf {words[0]} {words[1]} said no JSON: {done.stdout[-300:]} {done.stderr[-300:]}")
        answer = json.loads(done.stdout[done.stdout.index("{") :])
        if answer.get("status"):
            raise RuntimeError(f"sf {words[0]} {words[1]}: {answer.get('name')} {answer.get('message')}")
        return answer["result"]


def _key_pair(path: Path) -> str:
    """A fresh private key in a file; returns the public one."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form))
    public = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*public).decode()


def sf_bulk(entry: Path, registrants: int) -> list[dict[str, Any]]:
    """Leads by `sf data upsert bulk`, a Campaign, and members: first run, and the same again."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        stage = Stage(home, seed=SEED)
        with stage.open():
            tool = CommandLine(entry, home / "sf", stage)
            leads = _leads(home / "leads.csv", registrants)
            slow(stage)
            first = _measured(stage, f"sf data upsert bulk, {registrants:,} new", lambda: _sync(tool, home, leads))
            again = _measured(stage, f"sf data upsert bulk, {registrants:,} again",
                              lambda: tool.run("data", "upsert", "bulk", "-s", "Lead", "-f", str(leads), "-i", KEY,
                                               "-w", "10"))  # fmt: skip
            return [first, again]


def _sync(tool: CommandLine, home: Path, leads: Path) -> None:
    """Leads, Campaign, then members: the ids of the Leads have to be asked for, since only a key is known."""
    tool.run("data", "upsert", "bulk", "-s", "Lead", "-f", str(leads), "-i", KEY, "-w", "10")
    campaign = tool.run("data", "create", "record", "-s", "Campaign", "-v", "Name='Product tour' Type=Webinar")["id"]
    found = home / "found.csv"
    tool.run("data", "export", "bulk", "-q", f"SELECT Id FROM Lead WHERE {KEY} != null", "--output-file", str(found),
             "-r", "csv", "-w", "10")  # fmt: skip
    with found.open() as file, (home / "members.csv").open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["CampaignId", "LeadId"])
        writer.writerows([campaign, row["Id"]] for row in csv.DictReader(file))
    tool.run("data", "import", "bulk", "-s", "CampaignMember", "-f", str(home / "members.csv"), "-w", "10")


def _leads(path: Path, number: int) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([KEY, "Email", "FirstName", "LastName", "Company"])
        writer.writerows(
            [address(row), address(row), f"Ada{row % 97}", f"Lovelace{row}", "Acme"] for row in range(number)
        )
    return path


def _measured(stage: Stage, name: str, work: Any) -> dict[str, Any]:
    stage.sandbox.calls.reset()
    stage.sandbox.org.writes.reset()
    started = time.perf_counter()
    work()
    seconds = round(time.perf_counter() - started, 1)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    calls = stage.sandbox.calls.tally()["salesforce"]
    return {"case": name, "calls": sum(calls.values()), "kinds": calls, "seconds": seconds, "peak": peak,
            "written": len(stage.sandbox.org.writes)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".peers"), help="where npm installs")
    parser.add_argument("--sizes", type=int, nargs="*", default=[200, 2_000, 10_000])
    given = parser.parse_args()
    entry = installed(given.folder.resolve())
    for size in given.sizes:
        for row in sf_bulk(entry, size):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
