"""The plot of the simulated month, including days on which people did not arrive."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pandas as pd
from lxml import etree

from benchmarks import simulate
from benchmarks.month import DAY
from benchmarks.month_result import plot

SVG = "{http://www.w3.org/2000/svg}"


def test_a_day_with_people_who_did_not_arrive_is_infinite() -> None:
    found = pd.DataFrame({"since": [0.5 * DAY, 1.5 * DAY, 1.6 * DAY], "minutes": [10.0, 10.0, inf]})
    assert simulate.daily(found.assign(since=found["since"] + simulate.BEGAN)) == [(0.5, 10.0), (1.5, inf)]


def test_such_a_day_is_marked_at_the_upper_edge(tmp_path: Path) -> None:
    path = tmp_path / "month.svg"
    days = {"registrations": [(0.5, 10.0), (1.5, inf)], "attendances": [(0.5, 16.0)]}
    plot({"days": 2, "used": [1, 2], "fresh": {"daily": days}}, path)
    picture = etree.fromstring(path.read_bytes())
    assert len([node for node in picture.iter(f"{SVG}path") if node.get("class") == "beyond"]) == 2  # one in the legend
    assert "not within the month" in [node.text for node in picture.iter(f"{SVG}text")]
    line = next(node for node in picture.iter(f"{SVG}polyline") if node.get("points").startswith("220.0,"))
    assert line.get("points").split()[1] == "520.0,40.0"  # the second day, as high as the frame


def test_without_such_days_nothing_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "month.svg"
    plot({"days": 1, "used": [1], "fresh": {"daily": {"registrations": [(0.5, 10.0)]}}}, path)
    assert b"not within" not in path.read_bytes()
