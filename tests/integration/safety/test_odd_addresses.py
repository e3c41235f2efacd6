"""Addresses that SOQL, LIKE, CSV or a web page could trip over: each is accounted for, and found again."""

from __future__ import annotations

import gzip

import pytest

from livestorm_salesforce.tasks import erase
from tests.harness.webinar import ANSWERS, Webinar

GOOD = ["o'neill@acme.example", "50%_off@acme.example", "a+b@acme.example", "{x}|y@acme.example", "-dash@acme.example"]
BAD = ["a" * 4_988 + "@acme.example", "back\\slash@acme.example", 'say"hi"@acme.example', "pаypal@acme.example",
       "two\nlines@acme.example", "' OR Email != '@acme.example"]  # fmt: skip


def test_odd_addresses_make_nobody_twice_and_stop_nobody(webinar: Webinar) -> None:
    world = webinar.world
    for number, address in enumerate([*GOOD, *BAD]):
        world.livestorm.register(webinar.session, address, "Odd", f"Person{number}", fields=ANSWERS)
    webinar.register("ada")
    first = world.run()
    assert first["registrants"] == len(GOOD) + len(BAD) + 1
    accounting = world.accounting(first["run_id"])
    made = {row["Email"] for row in world.org.rows("Lead")}
    assert made >= {*GOOD, "ada@acme.example"}
    assert len(accounting[accounting["bucket"] == "created"]) == len(made) == len(world.org.rows("CampaignMember"))
    assert (accounting.loc[accounting["bucket"].isin(["skipped", "refused"]), "reason"] != "").all()
    count = world.org.writes.count(rejected=False)
    world.run({"full_read": True}, manual=True)
    assert world.org.writes.count(rejected=False) == count


READABLE, ASCII = "jean@société.example", "jean@xn--socit-esab.example"


@pytest.mark.parametrize(("stored", "registered"), [(READABLE, ASCII), (ASCII, READABLE), (READABLE.upper(), READABLE)])
def test_both_spellings_of_a_domain_are_one_person(webinar: Webinar, stored: str, registered: str) -> None:
    """Browsers convert the domain of an address that a form sends; an imported list is not converted."""
    world = webinar.world
    (lead,) = world.org.insert("Lead", [{"LastName": "Known", "Company": "Acme", "Email": stored}])
    world.livestorm.register(webinar.session, registered, "Jean", "Known", fields=ANSWERS)
    world.run()
    assert [row["Id"] for row in world.org.rows("Lead")] == [lead]
    assert world.record("CampaignMember")["LeadId"] == lead


def test_both_spellings_in_one_session_are_one_person_and_erased_together(
    webinar: Webinar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    world = webinar.world
    for address in (READABLE, ASCII):
        world.livestorm.register(webinar.session, address, "Jean", "Nouveau", fields=ANSWERS)
    world.run()
    assert len(world.org.rows("Lead")) == len(world.org.rows("CampaignMember")) == 1
    erase.erase_address(world.app(), READABLE)
    kept = [path.read_bytes() for path in world.store.rglob("*") if path.is_file()]
    raw = [gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one for one in kept]
    assert [one for one in raw if b"xn--socit" in one or "société".encode() in one] == []
