"""After a run on the demo seed, the org equals the result of an independent loop over the seed."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from service_sandbox import Sandbox
from tests.harness.staged_run import StagedRun

OPEN = ("upcoming", "live", "on_demand")


@pytest.fixture
def sandbox(tmp_path: Path):
    with Sandbox(seed="demo", directory=tmp_path / "sandbox") as running:
        yield running


class Tally:
    """The expected org by the rules of the native integration, counted row by row."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.contacts, self.leads, self.converted = self._people(sandbox)
        self.contact_ids = {row["Id"] for row in sandbox.org.rows("Contact")}
        self.sessions = [row for row in sandbox.livestorm.sessions() if row["status"] in OPEN and not row["parent_id"]]
        self.matched: dict[str, str] = {}
        self.created: set[str] = set()
        self.nobody: set[str] = set()
        self.members: dict[str, set[str]] = defaultdict(set)
        self.skipped = self.refused = 0
        for session in self.sessions:
            for person in sandbox.livestorm.registrations(session["id"]):
                self._count(session["id"], person)

    def _people(self, sandbox: Sandbox) -> tuple[dict, dict, dict]:
        contacts, leads, converted = defaultdict(list), defaultdict(list), defaultdict(list)
        for row in sandbox.org.rows("Contact"):
            if row["Email"]:
                contacts[row["Email"].strip().lower()].append((row["CreatedDate"], row["Id"]))
        for row in sandbox.org.rows("Lead"):
            if row["Email"]:
                kind = converted if row["IsConverted"] else leads
                identity = row["ConvertedContactId"] if row["IsConverted"] else row["Id"]
                kind[row["Email"].strip().lower()].append((row["CreatedDate"], identity))
        return contacts, leads, converted

    def _count(self, session: str, person: dict) -> None:
        key = (person["email"] or "").strip().lower()
        plain = re.fullmatch(r"[^@\s<>(),;:\"\[\]\\]+@[^@\s<>(),;:\"\[\]\\]+\.[^@\s.<>(),;:\"\[\]\\]+", key)
        outside = person["role"] != "participant" or person["is_guest_speaker"] or key.endswith("@unknown.livestorm.co")
        if outside or not plain or len(key) > 80 or key in self.members[session]:
            self.skipped += 1
            return
        self.members[session].add(key)
        if not key.isascii():  # Salesforce takes no such address (INVALID_EMAIL_ADDRESS)
            self.refused += 1
            self.nobody.add(key)
        through = [one for one in self.converted[key] if one[1] in self.contact_ids]
        if self.contacts[key]:
            self.matched[key] = "contact"
        elif through:
            self.matched[key] = "converted_lead"
        elif self.leads[key]:
            self.matched[key] = "lead"
        else:
            self.created.add(key)


def test_the_org_equals_the_tally_of_the_seed(sandbox: Sandbox, pipeline: StagedRun) -> None:
    tally = Tally(sandbox)
    leads, contacts = len(sandbox.org.rows("Lead")), len(sandbox.org.rows("Contact"))
    result = pipeline.run()
    assert result["objects"]["Campaign"]["created"] == len(tally.sessions) == len(sandbox.org.rows("Campaign"))
    kinds = list(tally.matched.values())
    assert result["people"] == {
        "matched_contact": kinds.count("contact"),
        "matched_converted_lead": kinds.count("converted_lead"),
        "matched_lead": kinds.count("lead"),
        "not_found": len(tally.created),
    }
    assert len(sandbox.org.rows("Contact")) == contacts
    assert result["buckets"]["refused"] == tally.refused > 0
    assert len(sandbox.org.rows("Lead")) == leads + len(tally.created) - len(tally.nobody)
    assert len(sandbox.org.rows("CampaignMember")) == sum(map(len, tally.members.values())) - tally.refused
    assert result["buckets"]["skipped"] == tally.skipped
    assert result["registrants"] == sum(len(sandbox.livestorm.registrations(one["id"])) for one in tally.sessions)
