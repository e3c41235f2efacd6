"""Seed files: content, effect and validation."""

from __future__ import annotations

from pathlib import Path

import pytest

from service_sandbox import Sandbox, seeds
from service_sandbox.livestorm.settings import Settings
from tests.sandbox.conftest import START, Client, Make

FILE = """
extends: empty
start: 2026-11-23T14:10:00Z
livestorm:
  name: Acme
  settings: {interval_limit: 0, duplicate_status: 422}
  team:
    - {email: host@acme.example, first_name: Ho, last_name: St}
  events:
    - label: tour
      title: Product tour
      owner: host@acme.example
      estimated_duration: 30
      form: {fields: [email, last_name, company], custom: {sector: [Industry, Services]}, optional: [company]}
      sessions:
        - label: soon
          planned: +2h
          at: -20d
          registrants:
            - {email: host@acme.example, first_name: Ho, last_name: St, role: team_member}
            - {email: anna@acme.example, last_name: Ann, answers: {company: Acme, sector: [Industry]}, at: -3d,
               utm_source: mail, attended: 75, replay: +5h, messages_count: 2}
            - {email: gone@acme.example, removed_at: +1h}
        - {label: cancelled, planned: +1d, canceled_at: -1h}
        - {label: crowd, planned: -3d, at: -40d, crowd: {size: 30, attended: 0.5, replay: 0.2}}
salesforce:
  org:
    replay_field: missing
    fields: {Lead: {Region__c: {type: picklist, values: [North, South], required: true}}}
  records:
    Account: [{label: acme, Name: Acme}]
    Contact:
      - {label: anna, LastName: Ann, Email: ANNA@acme.example, AccountId: $acme, CreatedDate: -400d}
    Lead:
      - {LastName: Ann, Company: Acme, Region__c: North, Email: anna@acme.example, IsConverted: true,
         ConvertedContactId: $anna, CreatedDate: 2025-01-02T03:04:05Z}
      - {label: binned, LastName: Bin, Company: Acme, Region__c: South}
  deleted: [$binned]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "acme.yaml"
    path.write_text(FILE)
    return path


def test_a_seed_file_adds_events_sessions_and_registrants(make: Make, file: Path) -> None:
    sandbox = make(file, start=None)
    client = Client(sandbox.livestorm_url, sandbox.livestorm_token)
    assert client.get("/organization").json()["data"]["attributes"]["name"] == "Acme"
    (event,) = client.get("/events").json()["data"]
    assert event["attributes"]["owner"]["attributes"]["email"] == "host@acme.example"
    sessions = {row["id"]: row["attributes"] for row in client.get("/sessions").json()["data"]}
    labels = sandbox.labels
    assert set(sessions) == {labels["soon"], labels["cancelled"], labels["crowd"]}
    assert sessions[labels["soon"]]["estimated_started_at"] == START + 7200
    assert sessions[labels["cancelled"]]["status"] == "canceled"
    people = {row["email"]: row for row in sandbox.livestorm.registrations(labels["soon"])}
    anna = people["anna@acme.example"]
    assert anna["answers"] == {
        "email": "anna@acme.example", "last_name": "Ann", "company": "Acme", "sector": ["Industry"]}  # fmt: skip
    assert (anna["utm_source"], anna["registered_at"]) == ("mail", START - 3 * 86_400)
    assert set(people) == {"host@acme.example", "anna@acme.example", "gone@acme.example"}


def test_future_times_of_a_seed_file_take_effect(make: Make, file: Path) -> None:
    sandbox = make(file, start=None)
    soon, crowd = sandbox.labels["soon"], sandbox.labels["crowd"]
    attended = [row["attended"] for row in sandbox.livestorm.registrations(crowd)]
    assert (len(attended), 5 < sum(attended) < 25) == (30, True)
    sandbox.clock.move_to(START + 4 * 3600)
    people = {row["email"]: row for row in sandbox.livestorm.registrations(soon)}
    assert "gone@acme.example" not in people
    anna = people["anna@acme.example"]
    assert (anna["attended"], anna["rate"], anna["seconds"], anna["messages_count"]) == (True, 75.0, 1350, 2)
    assert anna["watched"] is False
    sandbox.clock.move_to(START + 5 * 3600)
    (watched,) = [row["email"] for row in sandbox.livestorm.registrations(soon) if row["watched"]]
    assert watched == "anna@acme.example"


def test_a_seed_file_configures_and_fills_the_org(make: Make, file: Path) -> None:
    sandbox = make(file, start=None)
    (contact,) = sandbox.org.rows("Contact")
    (lead,) = sandbox.org.rows("Lead")
    assert contact["AccountId"] == sandbox.labels["acme"]
    assert (lead["IsConverted"], lead["ConvertedContactId"]) == (True, sandbox.labels["anna"])
    assert lead["CreatedDate"].startswith("2025-01-02T03:04:05")
    assert contact["CreatedDate"].startswith("2025-10-19")
    assert len(sandbox.org.rows("Lead", include_deleted=True)) == 2
    member = sandbox.org.schema["CampaignMember"]
    assert member.get("Livestorm_Replay_Status__c") is None
    assert sandbox.org.schema["Lead"].get("Region__c").values == ["North", "South"]


def test_the_empty_seed_has_custom_fields_and_no_records(sandbox: Sandbox) -> None:
    assert sandbox.livestorm.events() == []
    assert [sandbox.org.rows(name) for name in ("Lead", "Contact", "Account", "Campaign")] == [[], [], [], []]
    campaign, member = sandbox.org.schema["Campaign"], sandbox.org.schema["CampaignMember"]
    session = campaign.get("Livestorm_Session_Id__c")
    assert (session.type, session.unique, session.external_id) == ("string", True, True)
    rate = member.get("Livestorm_Attendance_Rate__c")
    assert (rate.type, rate.precision, rate.scale) == ("double", 5, 1)
    names = ["Replay_Status", "Attendance_Minutes", "Replay_Watched_At", "Registered_At", "UTM_Source"]
    types = [member.get(f"Livestorm_{name}__c").type for name in names]
    assert types == ["string", "double", "datetime", "datetime", "string"]


def test_a_seed_can_be_a_mapping_or_extend_another_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("livestorm: {name: Base, settings: {monthly_limit: 7}}")
    (tmp_path / "top.yaml").write_text("extends: base.yaml\nlivestorm: {settings: {duplicate_status: 422}}")
    seed = seeds.load(tmp_path / "top.yaml")
    assert (seed.name, seed.settings) == ("Base", {"monthly_limit": 7, "duplicate_status": 422})
    assert seeds.load({"livestorm": {"name": "Mapped"}}).name == "Mapped"


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        ({"livestrom": {}}, "unknown keys.*livestrom"),
        ({"livestorm": {"evens": []}}, "livestorm: unknown keys.*evens"),
        ({"livestorm": {"events": [{"title": "X", "colour": 1}]}}, "events.0.: unknown keys.*colour"),
        ({"livestorm": {"events": [{"title": "X", "sessions": [{"plan": 1}]}]}}, "session 0.*unknown keys.*plan"),
        ({"livestorm": {"events": [{"title": "X", "sessions": [{"planned": "soon"}]}]}}, "'soon' is not a time"),
        ({"livestorm": {"settings": {"speed": 1}}}, "unknown settings speed"),
        ({"salesforce": {"org": {"colour": 1}}}, "org settings: unknown keys"),
        ({"salesforce": {"records": {"Deal": [{}]}}}, "no object Deal"),
        ({"salesforce": {"records": {"Contact": [{"LastName": "X", "AccountId": "$who"}]}}}, "has the label who"),
        ({"salesforce": {"deleted": ["$who"]}}, "has the label who"),
    ],
)
def test_an_invalid_seed_is_rejected_with_its_position(sandbox: Sandbox, seed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sandbox.reset(seed)


def test_a_label_can_be_given_once(sandbox: Sandbox) -> None:
    events = [{"label": "one", "title": "A"}, {"label": "one", "title": "B"}]
    with pytest.raises(ValueError, match="given twice"):
        sandbox.reset({"livestorm": {"events": events}})


def test_every_setting_is_documented() -> None:
    undocumented = [name for name in vars(Settings()) if f"        {name}: " not in (Settings.__doc__ or "")]
    assert undocumented == []
