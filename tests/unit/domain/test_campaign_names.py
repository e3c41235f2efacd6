"""Names of Campaigns keep the date, time and code of their session, however short the org stores them (field A20)."""

from __future__ import annotations

import pytest

from livestorm_salesforce.domain.plan.campaign_names import cut_name, loses_end
from livestorm_salesforce.domain.shared.text_length import utf16_units

TITLE = "How to plan a year of webinars with a small team"
DATE, TIME, CODE = " - 2026-11-24", " - 2026-11-24 18:30", " - 2026-11-24 18:30 (a1b2c3)"


@pytest.mark.parametrize("end", ["", DATE, TIME, CODE, " (a1b2c3)"])
@pytest.mark.parametrize("limit", [80, 40, 30, 29])
def test_the_end_of_a_name_stays_complete(end: str, limit: int) -> None:
    cut = cut_name(TITLE + end, limit)
    assert cut.endswith(end) and cut.startswith("H")
    assert len(cut) <= limit
    assert cut_name(TITLE + end, utf16_units(cut)) == cut, "the audit log computes the value from its length"


@pytest.mark.parametrize(
    ("end", "limit", "expected"),
    [(DATE, 13, "2026-11-24"), (DATE, 10, "2026-11-24"), (CODE, 27, "2026-11-24 18:30 (a1b2c3)"), (DATE, 4, "2026")],
)
def test_without_room_for_a_title_the_name_is_the_date(end: str, limit: int, expected: str) -> None:
    assert cut_name(TITLE + end, limit) == expected


def test_a_title_of_emoji_is_cut_between_visible_characters() -> None:
    rocket = "\U0001f680"
    assert cut_name(rocket * 40 + DATE, 20) == rocket * 3 + DATE


@pytest.mark.parametrize(
    ("stored", "lost"),
    [
        (TITLE, True),
        (TITLE + DATE[:-1], True),
        (TITLE[:20], True),
        (TITLE + DATE, False),
        ("Other", False),
        ("", False),
    ],
)
def test_a_stored_beginning_has_lost_the_date(stored: str, lost: bool) -> None:
    assert loses_end(stored, TITLE + DATE) is lost
    assert not loses_end(stored, TITLE), "a name without date has no end to lose"
