"""Times are shown in the time zone that was chosen in Airflow; texts that a script cannot convert name UTC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from tests.harness.pages import FakeAirflow, served_pages
from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import open_world
from tests.ui.devtools import Browser

TIME = "document.querySelector('main time').textContent"


@pytest.fixture(scope="module")
def webinar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webinar]:
    """A webinar after one run."""
    with open_world(tmp_path_factory.mktemp("world"), fast=True) as world:
        webinar = make_webinar(world)
        webinar.register("ada")
        world.run(name="manual-1")
        yield webinar


@pytest.fixture
def site(webinar: Webinar) -> Iterator[str]:
    """The pages; Airflow's run began at 11:00 UTC."""
    airflow = FakeAirflow()
    airflow.add("manual-1")
    with served_pages(airflow) as address:
        yield address


@pytest.mark.parametrize("chosen", ['"Asia/Tokyo"', "Asia/Tokyo"])
def test_times_are_shown_in_airflows_time_zone(browser: str, site: str, tmp_path: Path, chosen: str) -> None:
    with Browser(browser, tmp_path / "browser") as page:
        page.open(f"{site}/")
        page.wait_for("Last success")
        page.evaluate(f"localStorage.setItem('timezone', {chosen!r})")
        page.open(f"{site}/runs/{SYNC_DAG_ID}/manual-1")
        page.wait_for("Registrants")
        assert "8:00 PM" in page.evaluate(TIME).replace("\u202f", " ")
        assert "8:00" in page.evaluate("document.title") and "UTC" not in page.evaluate("document.title")
        page.open(f"{site}/")
        page.wait_for("Runs of two weeks")
        mark = "document.querySelector('.strip a')"
        for label in (page.evaluate(f"{mark}.title"), page.evaluate(f"{mark}.textContent")):
            assert "8:00" in label and "UTC" not in label
        assert page.evaluate(f"{mark}.innerText.trim()").startswith("✓")


def test_an_unknown_time_zone_is_ignored(browser: str, site: str, tmp_path: Path) -> None:
    with Browser(browser, tmp_path / "browser") as page:
        page.open(f"{site}/")
        page.wait_for("Last success")
        page.evaluate("localStorage.setItem('timezone', '\"Europe/Atlantis\"')")
        page.open(f"{site}/runs")
        page.wait_for("Registrants")
        assert ":00" in page.evaluate(TIME) and "UTC" not in page.evaluate(TIME)


@pytest.mark.parametrize(("language", "time", "registered"), [
    ("en", "Time (UTC)", "Registered at (UTC)"), ("fr", "Date (UTC)", "Inscription (UTC)"),
])  # fmt: skip
def test_csv_files_name_the_time_zone(site: str, webinar: Webinar, language: str, time: str, registered: str) -> None:
    headers = {"Accept-Language": language}
    for path, column in (("/changes.csv", time), (f"/webinars/{webinar.session}/people.csv", registered)):
        assert f'"{column}"' in requests.get(site + path, headers=headers, timeout=60).content.decode().splitlines()[0]
