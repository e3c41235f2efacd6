"""The rights in the tables of docs/reference/permissions.md are sufficient, and each is needed as the page says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from livestorm_salesforce.domain.plan.campaigns import RULED
from livestorm_salesforce.errors import ConfigError, PartialLoad
from livestorm_salesforce.state.tables import OrgDescribe
from service_sandbox.salesforce.org.rights import Rights
from tests.harness import world
from tests.harness.webinar import MARK, Webinar, add_mark, make_webinar, run_undo
from tests.harness.world import World
from tests.integration.safety import permissions_page as page
from tests.integration.safety import situations

LINES = page.lines()
MATCH = "people: {create: contact, account: match}\n"
PARENTS = "campaign: {parents: {an-event: 7015j0000000001AAA}}\n"
CODE = re.compile(r"`([A-Z_]+)`: ")


def lines(of: Callable[[page.Line], object]) -> pytest.MarkDecorator:
    """The lines that the page tells so of."""
    some = [line for line in LINES if of(line)]
    return pytest.mark.parametrize("line", some, ids=[f"{line.what} {line.granted[0]}" for line in some])


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose users have what the page grants always, and a token with the one scope."""
    monkeypatch.delenv("LIVESTORM_SALESFORCE_MAPPING", raising=False)
    seed = {
        "extends": "empty",
        "livestorm": {"settings": {"interval_limit": 0}},
        "salesforce": {"org": {"user": page.rights()}},
    }
    with world.open_world(tmp_path, seed, fast=True) as found:
        situations.connection("LIVESTORM", password=found.livestorm.add_token("events:read"))
        yield found


@pytest.fixture
def webinar(made: World) -> Webinar:
    """Ada, a Contact of somebody else, and Bob, whom nobody knows, are registered."""
    webinar = make_webinar(made)
    made.org.insert("Contact", [{"LastName": "Adason", "Email": "ada@acme.example", "Title": "Intern"}])
    for name in ("ada", "bob"):
        webinar.register(name)
    return webinar


def allow(made: World, rights: dict[str, Any]) -> None:
    """From now on the integration user has these."""
    made.org.users.run_as.rights = Rights.from_settings(rights)
    with made.app().database.transaction() as connection:
        connection.execute(delete(OrgDescribe))


def mapped(made: World, line: page.Line) -> tuple[str, ...]:
    """The mapping under which the line is asked for; returns the line's condition, if it is one."""
    texts = {"people.account: match": MATCH, "campaign.parents": PARENTS}
    if line.when in texts:
        situations.mapping(made.store.parent, texts[line.when])
    return () if line.when == "always" else (line.when,)


def warnings(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [problem for problem in result["problems"] if problem["severity"] != "note"]


# --- enough -------------------------------------------------------------------------------------------------------


def test_a_whole_life_of_a_webinar_and_an_undo_of_each_run(made: World, webinar: Webinar) -> None:
    first = made.run()
    assert (first["verdict"], warnings(first)) == ("ok", [])
    assert (len(made.org.rows("Lead")), len(made.org.rows("CampaignMember"))) == (1, 2)
    campaign = made.record("Campaign")
    assert (campaign["Type"], campaign["Status"], campaign["IsActive"]) == ("Webinar", "Planned", True)

    made.livestorm.attend(webinar.session, "ada@acme.example", rate=80)
    made.sandbox.clock.advance(hours=30)
    after = made.run()
    assert (after["verdict"], warnings(after)) == ("ok", [])
    assert after["status_moves"] == {"Registered > Attended": 1, "Registered > Not Attended": 1}
    campaign = made.record("Campaign")
    assert (campaign["Status"], campaign["IsActive"]) == ("Completed", False)

    made.livestorm.view_replay(webinar.session, "bob@acme.example")
    made.sandbox.clock.advance(days=1)
    replayed = made.run()
    assert (replayed["verdict"], warnings(replayed)) == ("ok", [])
    seen = {row["Status"]: row["Livestorm_Replay_Status__c"] for row in made.org.rows("CampaignMember")}
    assert seen == {"Attended": "Not Watched", "Not Attended": "Watched"}

    for result in (replayed, after, first):
        undone = run_undo(made, result["run_id"])
        assert set(undone["done"]) == {"done"}, undone
    assert made.record("Contact")["Title"] == "Intern"
    assert {row["Status"] for row in made.org.rows("CampaignMember")} == {"Registered"}
    assert made.record("Campaign")["Status"] == "Planned"
    assert {call.method for call in made.sandbox.calls.list(service="livestorm")} == {"GET"}


def test_an_undo_deletes_only_with_the_right_that_the_page_names(made: World, webinar: Webinar) -> None:
    made.run()
    with pytest.raises(PartialLoad, match="could not be put back"):
        run_undo(made, delete_created=True)
    assert (len(made.org.rows("Lead")), len(made.org.rows("CampaignMember"))) == (1, 0)
    allow(made, page.rights("delete_created"))
    assert run_undo(made, delete_created=True)["done"] == {"done": 1}
    assert made.org.rows("Lead") == []
    assert len(made.org.rows("Campaign")) == 1


@pytest.mark.parametrize("condition", ["people.account: match", "campaign.parents", "the field is there"])
def test_what_a_setting_asks_for_besides_is_enough_for_it(made: World, webinar: Webinar, condition: str) -> None:
    (parent,) = made.org.insert("Campaign", [{"Name": "Tour"}])
    made.org.insert("Account", [{"Name": "Acme", "Website": "acme.example"}])
    mapped(made, next(line for line in LINES if line.when == condition))
    if condition == "campaign.parents":
        situations.mapping(made.store.parent, f"campaign: {{parents: {{{webinar.event}: {parent}}}}}\n")
    if condition == "the field is there":
        add_mark(webinar)
    allow(made, page.rights(condition))
    result = made.run()
    assert (result["verdict"], warnings(result)) == ("ok", [])
    bob = made.record("Contact" if "match" in condition else "Lead", LastName="Bobson")
    assert {
        "people.account: match": lambda: bob["AccountId"],
        "campaign.parents": lambda: made.record("Campaign", ParentId=parent),
        "the field is there": lambda: bob[MARK],
    }[condition]()


# --- none too many ------------------------------------------------------------------------------------------------


@lines(lambda line: line.without == "stops")
def test_without_one_of_them_it_stops_before_it_writes(made: World, webinar: Webinar, line: page.Line) -> None:
    cases = page.lacking(line, *mapped(made, line))
    assert cases
    for missing, rights in cases.items():
        allow(made, rights)
        result = made.run()
        assert isinstance(result.get("error"), ConfigError), (missing, result)
        assert words(line, missing) in str(result["error"]), missing
        assert made.org.writes.count() == 0


def words(line: page.Line, missing: str) -> str:
    """What the message must name: the object, the field, or the right of the user."""
    if line.what in page.SYSTEM:
        return {"api_enabled": "login", "marketing_user": "Marketing User"}[page.SYSTEM[line.what]]
    return missing.split()[0 if line.granted[0] == "read" else 1]


@lines(lambda line: CODE.match(line.without))
def test_without_one_of_them_it_goes_on_and_tells(made: World, webinar: Webinar, line: page.Line) -> None:
    for missing, rights in page.lacking(line, *mapped(made, line)).items():
        allow(made, rights)
        result = made.run()
        assert len(made.org.rows("CampaignMember")) == 2, result
        (problem,) = [problem for problem in result["problems"] if problem["code"] == CODE.match(line.without)[1]]
        assert missing.split()[-1] in problem["public"]
        assert "access" in problem["remedy"]


@pytest.mark.parametrize(
    ("sobject", "field", "code"),
    [
        ("CampaignMember", "Livestorm_Replay_Status__c", "REPLAY_FIELD_READ_ONLY"),
        ("Campaign", "Type", "CAMPAIGN_FIELD_CLOSED"),
    ],
)
def test_a_read_only_field_is_left_out_and_reported(
    made: World, webinar: Webinar, sobject: str, field: str, code: str
) -> None:
    rights = page.rights()
    rights["fields"][sobject][field] = "read"
    allow(made, rights)
    (problem,) = [problem for problem in made.run()["problems"] if problem["code"] == code]
    assert field in problem["public"] and "edit access" in problem["remedy"]


@lines(lambda line: line.without.endswith(": no message"))
def test_without_one_of_them_less_is_written_and_nothing_tells(made: World, webinar: Webinar, line: page.Line) -> None:
    made.org.insert("Account", [{"Name": "Acme", "Website": "acme.example"}])
    add_mark(webinar)
    contacts = ["people.account: match"] if line.what == "Contact" else []
    situations.mapping(made.store.parent, MATCH if contacts else "version: 1\n")
    for rights in page.lacking(line, line.when, *contacts).values():
        allow(made, rights)
        result = made.run()
        assert (result["verdict"], warnings(result)) == ("ok", [])
        assert made.record(line.what, LastName="Bobson")[line.granted[0]] is None


def test_without_view_all_a_hidden_person_is_made_a_second_time_and_nothing_tells(
    made: World, webinar: Webinar
) -> None:
    """A Contact without an Account is seen by its owner and by holders of View All only."""
    allow(made, page.rights() | {"view_all": []})
    result = made.run()
    assert (result["verdict"], warnings(result)) == ("ok", [])
    assert [row["Email"] for row in made.org.rows("Lead")] == ["ada@acme.example", "bob@acme.example"]
    assert made.record("Contact")["Title"] == "Intern"


def test_a_token_without_the_scope_stops_it(made: World, webinar: Webinar) -> None:
    situations.connection("LIVESTORM", password=made.livestorm.add_token("identity:read"))
    assert "scope" in str(made.run()["error"])


# --- the page -----------------------------------------------------------------------------------------------------


def test_the_page_lists_the_fields_of_the_rules_and_of_the_mapping(made: World) -> None:
    """Those that field-level security closes; names are always open."""
    granted = page.rights("campaign.parents")["fields"]
    mapping, schema = made.app().mapping, made.org.schema
    wanted = {
        "Campaign": {*RULED, mapping.campaign.external_id},
        "CampaignMember": {mapping.replay.field, *mapping.campaign_member},
        "Lead": set(mapping.lead),
        "Contact": set(mapping.contact),
    }
    for name, fields in wanted.items():
        assert set(granted[name]) == {field for field in fields if schema[name].fields[field].has("P")}, name


def test_every_line_of_the_page_is_tried() -> None:
    """A line that tells another outcome needs a test of its own, like these three."""
    others = [line for line in LINES if line.without != "stops" and not CODE.match(line.without)]
    assert [(line.what, line.when) for line in others] == [
        ("Lead, Contact", "delete_created"),
        ("Lead, Contact, Campaign: View All Records", "always"),
        ("Lead", "the field is there"),
        ("Contact", "the field is there"),
        ("Contact", "people.account: match"),
    ]
