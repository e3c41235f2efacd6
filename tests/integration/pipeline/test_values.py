"""Values of forms and of the mapping, as they arrive in the org (field A7 to A10, A16, A18 to A20)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service_sandbox.livestorm.forms import form
from tests.harness import world as worlds
from tests.harness.webinar import make_webinar
from tests.harness.world import World

EMOJI = "\U0001f680"
MAPPING = """
custom_attributes: [accord, budget, naissance]
people: {exclude_domains: [rival.example], exclude_emails: ["test*@acme.example"]}
lead:
  FirstName: first_name
  LastName: last_name
  Email: email
  Company: company
  Phone: phone
  Code__c: {value: 012E00000000001}
  Zip__c: {value: 01000}
  Agreed__c: {from: accord, policy: fill_blank, values: {Volontiers: true}}
  Budget__c: budget
  Born__c: naissance
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (tmp_path / "mapping.yaml").write_text(MAPPING, "utf-8")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(tmp_path / "mapping.yaml"))
    with worlds.open_world(tmp_path) as opened:
        opened.org.text_units = "utf16"
        for name in ("Code__c", "Zip__c"):
            opened.org.add_field("Lead", name, length=40)
        opened.org.add_field("Lead", "Agreed__c", type="boolean")
        opened.org.add_field("Lead", "Budget__c", type="currency", precision=18, scale=2)
        opened.org.add_field("Lead", "Born__c", type="date")
        yield opened


def session_in(world: World, language: str) -> str:
    own = dict.fromkeys(["accord", "budget", "naissance"])
    fields = form("email", "first_name", "last_name", "company", "phone", custom=own, optional=("phone",))
    event = world.livestorm.add_event(f"Tour {language}", estimated_duration=60, fields=fields, language=language)
    return world.livestorm.add_session(event, world.sandbox.clock.now() + timedelta(days=1))


def test_values_arrive_with_their_spelling_language_and_length(world: World) -> None:
    world.org.insert("Lead", [{"LastName": "Lovelace", "Company": "Acme", "Email": "ada@acme.example"}])
    french, english = session_in(world, "fr"), session_in(world, "en")
    answers = {"company": "Acme", "budget": "1 200,50", "naissance": "05/11/1980", "accord": "Volontiers"}
    world.livestorm.register(french, "ada@acme.example", "x" * 39 + EMOJI, "Lovelace", fields=answers)
    answers = {"company": "Acme", "budget": "1,200", "naissance": "05/11/1980", "accord": "yes", "phone": "1" * 49}
    world.livestorm.register(english, "bob@acme.example", "x" * 39 + EMOJI, "Byron", fields=answers)
    report = world.run()
    leads = {row["Email"]: row for row in world.org.rows("Lead")}
    ada, bob = leads["ada@acme.example"], leads["bob@acme.example"]
    assert (ada["Budget__c"], ada["Born__c"], ada["Agreed__c"]) == (1200.5, "1980-11-05", True)
    assert (bob["Budget__c"], bob["Born__c"], bob["Agreed__c"]) == (1200, "1980-05-11", True)
    assert (bob["Code__c"], bob["Zip__c"]) == ("012E00000000001", "01000")
    assert (ada["FirstName"], bob["FirstName"], bob.get("Phone")) == ("x" * 39, "x" * 39, None)
    codes = {(problem["code"], problem["public"]) for problem in report["problems"]}
    assert ("VALUE_LEFT_OUT", "Lead.Phone: longer than 40 characters: field left out") in codes
    assert ("VALUE_CUT", "Lead.FirstName: cut to 40 characters") in codes


def test_excluded_people_are_counted_with_their_reason_and_not_written(world: World) -> None:
    session = session_in(world, "fr")
    for address in ("spy@eu.rival.example", "test+1@acme.example", "ada@acme.example"):
        world.livestorm.register(session, address, "A", "B", fields={"company": "Acme"})
    report = world.run()
    assert [row["Email"] for row in world.org.rows("Lead")] == ["ada@acme.example"]
    assert report["skipped"] == {
        "excluded domain (people.exclude_domains)": 1, "excluded address (people.exclude_emails)": 1
    }  # fmt: skip


def test_people_who_are_not_synced_are_listed_with_code_count_and_remedy(world: World) -> None:
    session = session_in(world, "fr")
    for address in ("a@rival.example", "b@rival.example", "test+1@acme.example", "ada@acme.example"):
        world.livestorm.register(session, address, "A", "B", fields={"company": "Acme"})
    world.livestorm.register(session, "ola@acme.example", "Ola", "Host", role="team_member", fields={"company": "A"})
    report = world.run()
    assert report["verdict"] == "ok" and report["new_refusals"] == 0
    assert {one["code"]: (one["count"], one["severity"]) for one in report["problems"]} == {
        "DOMAIN_EXCLUDED": (2, "note"), "ADDRESS_EXCLUDED": (1, "note"), "TEAM_EXCLUDED": (1, "note"),
    }  # fmt: skip
    assert "people.team_members" in report["markdown"] and "all is well" not in report["markdown"]
    unchanged = world.run()
    assert (unchanged["registrants"], unchanged["problems"]) == (0, []) and "all is well" in unchanged["markdown"]
    again = world.run({"session_ids": [session], "full_read": True}, manual=True)
    assert again["problems"] == report["problems"] and again["objects"]["Lead"] == {"created": 0, "updated": 0}


def test_two_sessions_of_one_day_have_different_names_that_stay(tmp_path: Path) -> None:
    with worlds.open_world(tmp_path) as world:
        first = make_webinar(world, "x" * 90)
        first.register("ada")
        world.run()
        start = world.sandbox.clock.now() + timedelta(days=1)
        world.livestorm.add_session(first.event, start + timedelta(hours=3))
        world.livestorm.add_session(first.event, start)
        world.run(manual=True)
        names = {row["Livestorm_Session_Id__c"]: row["Name"] for row in world.org.rows("Campaign")}
        assert len({*names.values()}) == 3 and {len(name) for name in names.values()} <= {*range(70, 81)}
        before = world.writes()
        world.run(manual=True)
        world.run({"session_ids": [first.session], "full_read": True}, manual=True)
        assert {row["Livestorm_Session_Id__c"]: row["Name"] for row in world.org.rows("Campaign")} == names
        assert world.writes() == before


@pytest.mark.parametrize("hours", [3, 0])
def test_sessions_of_one_day_that_are_listed_apart_have_different_names(tmp_path: Path, hours: int) -> None:
    """Each run lists one of them; the second is compared with the first as it was last listed."""
    with worlds.open_world(tmp_path) as world:
        first = make_webinar(world, "Tour")
        start = world.sandbox.clock.now() + timedelta(days=1)
        second = world.livestorm.add_session(first.event, start + timedelta(hours=hours))
        for session in (first.session, second):
            world.run({"session_ids": [session]}, manual=True)
        names = {row["Livestorm_Session_Id__c"]: row["Name"] for row in world.org.rows("Campaign")}
        suffixes = {session: name.removeprefix("Tour - 2026-11-24") for session, name in names.items()}
        assert suffixes[first.session] == "" and len(suffixes[second]) == (6 if hours else 15)
        world.run({"full_read": True}, manual=True)
        renamed = {row["Livestorm_Session_Id__c"]: row["Name"] for row in world.org.rows("Campaign")}
        assert renamed[second] == names[second] and renamed[first.session] not in (names[first.session], names[second])
        before = world.writes()
        world.run({"full_read": True}, manual=True)
        assert world.writes() == before
