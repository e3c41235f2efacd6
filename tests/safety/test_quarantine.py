"""A refused row is kept, waits, is tried again for a reason, and leaves by itself."""

from __future__ import annotations


def test_smoke(webinar) -> None:
    webinar.register("ada")
    told = webinar.world.run()
    assert told["verdict"] == "ok", told
    assert len(webinar.world.org.rows("Lead")) == 1
    assert len(webinar.world.org.rows("CampaignMember")) == 1
