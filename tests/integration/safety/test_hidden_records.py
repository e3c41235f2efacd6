"""Another user of the same org does not see the records that earlier runs wrote: nobody is created again (field C7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.domain.plan.email_hmac import email_hmac
from livestorm_salesforce.enums import SObject
from livestorm_salesforce.readers import record_visibility
from livestorm_salesforce.readers.record_visibility import sees_all
from livestorm_salesforce.tasks.setup.items import CheckState
from livestorm_salesforce.tasks.setup.salesforce import check_salesforce
from tests.harness.webinar import MARK, Webinar, add_mark, make_webinar
from tests.harness.world import World
from tests.integration.safety import situations
from tests.integration.safety.situations import see_all, use_other_user

RECREATE = "people: {recreate_deleted: true}\n"
CONTACTS = "people: {create: contact}\n"
PRIVATE = {"Lead": "None", "Contact": "None"}


def codes(world: World) -> dict[str, int]:
    return {problem["code"]: problem["count"] for problem in world.last["problems"]}


def people(world: World) -> list[str]:
    return sorted(row["Email"] for name in ("Lead", "Contact") for row in world.org.rows(name))


@pytest.fixture
def synced(webinar: Webinar) -> Webinar:
    for name in ("ada", "bob"):
        webinar.register(name)
    assert webinar.world.run()["verdict"] == "ok"
    return webinar


@pytest.mark.parametrize("mapping", ["version: 1\n", RECREATE])
def test_people_that_the_new_user_does_not_see_are_not_created_again(
    synced: Webinar, tmp_path: Path, mapping: str
) -> None:
    """Also where deleted records shall be created again; new people are created, and the report is not "ok"."""
    world = synced.world
    situations.mapping(tmp_path, mapping)
    world.org.users.share(PRIVATE)
    use_other_user(world)
    second = make_webinar(world, "Second")
    for name in ("ada", "cyd"):
        second.register(name)
    world.run({"full_read": True}, manual=True)
    assert people(world) == ["ada@acme.example", "bob@acme.example", "cyd@acme.example"]
    assert codes(world)["RECORD_HIDDEN"] == 3
    assert world.last["verdict"] == "problems" and "error" not in world.last
    world.sandbox.clock.advance(hours=1)
    world.run()
    assert codes(world)["RECORD_HIDDEN"] == 3, "unchanged rows are counted too"
    assert len(world.org.rows("CampaignMember")) == 3


def test_a_hidden_person_that_the_state_does_not_know_is_not_created_again(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task that created it was killed, or another deployment did: its unique HMAC refuses a second record."""
    world, secret = webinar.world, "a secret of two deployments"
    monkeypatch.setenv("LIVESTORM_SALESFORCE_KEY_SECRET", secret)
    add_mark(webinar)
    hmac = email_hmac("ada@acme.example", secret)
    values = {"LastName": "Adason", "Company": "Acme", "Email": "ada@acme.example"}
    world.org.insert("Lead", [values | {MARK: hmac}])
    world.org.users.share(PRIVATE)
    use_other_user(world)
    webinar.register("ada")
    world.run()
    assert people(world) == ["ada@acme.example"] and codes(world) == {"DUPLICATE_VALUE": 1}
    see_all(world)
    world.run({"full_read": True}, manual=True)
    assert people(world) == ["ada@acme.example"] and codes(world) == {}
    assert len(world.org.rows("CampaignMember")) == 1


def test_with_view_all_the_next_full_read_writes_them(synced: Webinar) -> None:
    world = synced.world
    world.org.users.share(PRIVATE)
    use_other_user(world)
    second = make_webinar(world, "Second")
    second.register("ada")
    world.run({"full_read": True}, manual=True)
    see_all(world)
    world.run({"full_read": True}, manual=True)
    assert "RECORD_HIDDEN" not in codes(world)
    assert len(people(world)) == 2 and len(world.org.rows("CampaignMember")) == 3


def test_a_person_that_is_compared_again_for_another_webinar_gets_all_its_members(synced: Webinar) -> None:
    """The registration was settled while the Lead was hidden: its missing member is none that a user deleted."""
    world = synced.world
    world.org.users.share(PRIVATE)
    use_other_user(world)
    second = make_webinar(world, "Second")
    second.register("ada")
    world.run()
    assert codes(world) == {"RECORD_HIDDEN": 1}
    see_all(world)
    make_webinar(world, "Third").register("ada", job_title="Director")
    second.register("cyd")
    world.sandbox.clock.advance(hours=1)
    world.run()
    assert codes(world) == {}
    assert world.record("Lead", Email="ada@acme.example")["Title"] == "Director"
    assert len(world.org.rows("CampaignMember")) == 5


def test_a_hidden_campaign_and_hidden_people_create_nobody(synced: Webinar) -> None:
    """The missing Campaign looks as if the org had been set up again."""
    world = synced.world
    world.org.users.share({**PRIVATE, "Campaign": "None"})
    use_other_user(world)
    world.run({"full_read": True}, manual=True)
    assert people(world) == ["ada@acme.example", "bob@acme.example"]
    assert codes(world)["RECORD_HIDDEN"] == 2


def test_contacts_without_account_are_hidden_by_default(webinar: Webinar, tmp_path: Path) -> None:
    world = webinar.world
    situations.mapping(tmp_path, CONTACTS)
    webinar.register("ada", company="")
    world.run()
    use_other_user(world)
    make_webinar(world, "Second").register("ada", company="")
    world.run({"full_read": True}, manual=True)
    assert len(people(world)) == 1
    assert codes(world)["RECORD_HIDDEN"] == 2


@pytest.mark.parametrize("purged", [False, True])
def test_a_deleted_record_is_no_hidden_one(synced: Webinar, purged: bool) -> None:
    """In the recycle bin, or deleted for good in an org where every user sees every Lead."""
    world = synced.world
    lead = world.record("Lead", Email="ada@acme.example")["Id"]
    world.org.delete(lead)
    if purged:
        world.org.store.execute('DELETE FROM "Lead" WHERE Id = ?', (lead,))
    world.run({"full_read": True}, manual=True)
    assert codes(world) == {"RECORD_DELETED": 1}


def test_a_server_that_does_not_tell_its_defaults_is_not_taken_for_a_private_org(
    synced: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that was deleted for good is created again there if the mapping says so."""
    world = synced.world
    situations.mapping(tmp_path, RECREATE)
    monkeypatch.setitem(record_visibility.DEFAULT_ACCESS, SObject.LEAD, "NoSuchField__c")
    lead = world.record("Lead", Email="ada@acme.example")["Id"]
    world.org.store.execute('DELETE FROM "Lead" WHERE Id = ?', (lead,))
    world.run({"full_read": True}, manual=True)
    assert "RECORD_HIDDEN" not in codes(world)
    assert people(world) == ["ada@acme.example", "bob@acme.example"]


@pytest.mark.parametrize(
    ("sharing", "rights", "seen"),
    [
        ({}, {}, (True, None)),
        ({"Contact": "Read"}, {}, (True, True)),
        (PRIVATE, {}, (None, None)),
        (PRIVATE, {"objects": {"Lead": "read"}}, (None, None)),
    ],
    ids=["default", "public", "private", "without Setup"],
)
def test_what_the_user_sees_is_derived_from_defaults_and_permissions(
    world: World, sharing: dict[str, str], rights: dict[str, Any], seen: tuple[bool | None, ...]
) -> None:
    world.org.users.share(sharing)
    use_other_user(world, **rights)
    found = sees_all(world.app().salesforce, [SObject.LEAD, SObject.CONTACT])
    assert (found[SObject.LEAD], found[SObject.CONTACT]) == seen


def assign(world: World, view_all: dict[str, int]) -> None:
    """A permission set of the user that reads these objects, and has View All Records on some."""
    grants = [
        {"SobjectType": name, "PermissionsRead": 1, "PermissionsViewAllRecords": one} for name, one in view_all.items()
    ]
    permission_set = world.org.permission_sets.put({"Name": "Sync", "Label": "Sync"}, [], grants)
    user = world.org.users.by_username["second@sandbox.example"]
    row = {"PermissionSetId": permission_set, "AssigneeId": user.id}
    world.org.store.insert(world.org.schema["PermissionSetAssignment"], [row])
    world.org.permission_sets.refresh()


def test_a_permission_set_with_view_all_is_recognised(world: World) -> None:
    world.org.users.share(PRIVATE)
    use_other_user(world)
    assign(world, {"Lead": 1, "Contact": 0})
    found = sees_all(world.app().salesforce, [SObject.LEAD, SObject.CONTACT])
    assert found == {SObject.LEAD: True, SObject.CONTACT: False}


@pytest.mark.parametrize(
    ("rights", "state"), [({}, CheckState.MISSING), ({"objects": {"Lead": "read"}}, CheckState.UNKNOWN)]
)
def test_the_checklist_states_that_records_may_be_hidden(
    world: World, rights: dict[str, Any], state: CheckState
) -> None:
    world.org.users.share(PRIVATE)
    use_other_user(world, **rights)
    assign(world, {"Lead": 0, "Contact": 1})
    (line,) = [item for item in check_salesforce(world.app()) if item.subject == "View All Records"]
    assert line.state == state
    assert "hidden from" in line.detail and "View All Records" in line.remedy
