"""The first task checks mapping and org before anything is read, and reports all mistakes together (field A11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from livestorm_salesforce.errors import ConfigError
from tests.harness import world as worlds
from tests.harness.webinar import make_webinar

WRONG = """lead:
  LastName: last_name
  Email: email
  Title: job_titel
  Regoin__c: city
campaign:
  fields:
    Topic__c: {value: x}
"""


def test_unknown_attributes_and_unknown_fields_are_reported_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mapping.yaml").write_text(WRONG)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    with worlds.open_world(tmp_path) as world:
        world.org.add_field("Lead", "Region__c", length=40)
        make_webinar(world).register("ada")
        message = str(world.run()["error"])
        called = {call.service for call in world.sandbox.calls.list()}
    assert message.startswith("3 mistake(s) in the mapping:")
    assert "mapping.yaml:4: lead.Title: unknown attribute 'job_titel' (did you mean 'job_title'?)" in message
    assert "mapping.yaml:5: Lead.Regoin__c of the mapping does not exist" in message
    assert "(did you mean Region__c?)" in message
    assert "mapping.yaml:8: Campaign.Topic__c of the mapping does not exist" in message
    assert called == {"salesforce"}


@pytest.mark.parametrize(("sobject", "field"), [("Lead", "Email"), ("Contact", "Email")])
def test_an_encrypted_address_is_reported_before_anything_is_read(tmp_path: Path, sobject: str, field: str) -> None:
    with worlds.open_world(tmp_path) as world:
        world.org.schema[sobject].fields[field].encrypt()
        make_webinar(world).register("ada")
        error = world.run()["error"]
        assert isinstance(error, ConfigError)
        assert f"{sobject}.{field} cannot be used in a filter" in str(error) and "deterministic" in str(error)
        assert {call.service for call in world.sandbox.calls.list()} == {"salesforce"}
