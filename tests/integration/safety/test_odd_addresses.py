"""Addresses that SOQL, LIKE, CSV or a web page could trip over: each is accounted for, and found again."""

from __future__ import annotations

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
