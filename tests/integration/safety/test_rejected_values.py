"""A value that the org rejects is left out and reported; an update without other values is not sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.webinar import Webinar

MAPPING = """
lead:
  FirstName: first_name
  LastName: last_name
  Email: email
  Company: company
  LeadSource: {value: Partner Referral}
"""


def test_a_value_that_stays_rejected_is_reported_by_full_reads_and_nothing_is_written(
    webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record type of new Leads does not offer the value (fault seed 15)."""
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    world = webinar.world
    world.org.record_types.add("Lead", "Webinar", {"LeadSource": ["Web", "Other"]}, default=True)
    webinar.register("ada")
    assert world.run()["buckets"]["created"] == 1
    count = world.org.writes.count(rejected=False)
    world.sandbox.clock.advance(hours=12)
    report = world.run({"full_read": True}, manual=True)
    assert world.org.writes.count(rejected=False) == count
    assert (report["verdict"], report["buckets"]["updated"], report["buckets"]["unchanged"]) == ("ok", 0, 1)
    assert [(one["code"], one["count"]) for one in report["problems"]] == [("VALUE_LEFT_OUT", 1)]
