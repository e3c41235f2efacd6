"""Times of pages, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from livestorm_salesforce.web.rendering import Formats
from livestorm_salesforce.web.translations import Translator

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (-7200, "2 hours ago", "il y a 2 heures"),
        (0, "just now", "à l'instant"),
        (86400 * 2, "in 2 days", "dans 2 jours"),
    ],
)
def test_the_distance_of_a_time_from_now(seconds: int, english: str, french: str) -> None:
    for language, shown in (("en", english), ("fr", french)):
        assert Formats(Translator(language)).ago(NOW + timedelta(seconds=seconds), NOW) == shown


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "0 sec", "0 s"),
        (0.4, "0 sec", "0 s"),
        (45, "45 sec", "45 s"),
        (100, "1 min 40 sec", "1 min 40 s"),
        (120, "2 min", "2 min"),
        (3600, "1 hr", "1 h"),
        (7190, "1 hr 59 min", "1 h 59 min"),
        (90000, "1 day 1 hr", "1 j 1 h"),
        (None, "–", "–"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float | None, english: str, french: str) -> None:
    for language, shown in (("en", english), ("fr", french)):
        assert " ".join(Formats(Translator(language)).span(seconds).split()) == shown
