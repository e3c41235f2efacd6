"""As the allowance shrinks, the report says what waits for it."""

from __future__ import annotations

from tests.harness.webinar import Webinar


def notes(webinar: Webinar, **ran: bool) -> list[dict]:
    document = webinar.world.run(**ran)
    return [problem for problem in document["problems"] if problem["code"] == "READS_DEFERRED"]


def test_a_month_that_strains_says_what_waits(webinar: Webinar) -> None:
    """Half of the allowance gone at once: three registrants of tomorrow's session wait for more."""
    webinar.register("ada")
    assert notes(webinar) == []
    webinar.world.livestorm.quota.set_remaining(5_000)
    webinar.world.sandbox.clock.advance(minutes=15)
    for name in ("bob", "cyd", "dan"):
        webinar.register(name)
    (note,) = notes(webinar)
    assert (note["severity"], note["count"]) == ("note", 1)
    # 16 % of 8,000 calls may be used at once: 3,721 too many are 37.2 % of the allowance, beside the band of 6.5
    assert note["public"] == (
        "Livestorm's calls are short: sessions not read by this run 1, on-demand sessions listed every 2,683 minutes"
    )
    assert notes(webinar, manual=True) == []


def test_a_month_that_is_used_up_says_what_waits(webinar: Webinar) -> None:
    webinar.register("ada")
    webinar.world.run()
    webinar.world.livestorm.quota.set_remaining(504)
    webinar.world.sandbox.clock.advance(minutes=15)
    webinar.register("bob")
    (note,) = notes(webinar, manual=True)
    assert note["public"] == "Livestorm's calls are short: sessions not read by this run 1"
