"""Wrong addresses, missing permissions, deleted files and a damaged database: a page with cause, remedy, navigation."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.web.access import Level
from livestorm_salesforce.web.visit import PAGES
from tests.harness.pages import FakeAirflow, FakeUser, served_pages
from tests.harness.ports import free_port
from tests.harness.webinar import make_webinar
from tests.harness.world import World, open_world

SYNC = "livestorm_to_salesforce"
RUN = f"/runs/{SYNC}/scheduled-1"
NAVIGATION = re.compile(r'<nav class="pages".*?</nav>', re.DOTALL)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world after one run with one registrant."""
    with open_world(tmp_path_factory.mktemp("world"), fast=True) as world:
        make_webinar(world).register("ada")
        world.run(name="scheduled-1")
        yield world


@pytest.fixture
def site(world: World) -> Iterator[str]:
    airflow = FakeAirflow()
    airflow.add("scheduled-1")
    with served_pages(airflow) as address:
        yield address


def links_of(answer: requests.Response) -> int:
    """Number of pages in the navigation of a page, which begins with a link to Airflow."""
    assert answer.headers["Content-Type"].startswith("text/html")
    (navigation,) = NAVIGATION.findall(answer.text)
    outside = re.findall(r'<a href="([^"]*)" data-outside="top"[^>]*>.*?</a>', navigation)
    assert outside == ["/"] and navigation.index("data-outside") < navigation.index('href="/webinars"')
    return int(navigation.count("<a ")) - len(outside)


@pytest.mark.parametrize(
    ("path", "status", "title", "remedy"),
    [
        ("/nothing", 404, "There is no page at this address", "choose a page in the navigation"),
        ("/webinars/no-such", 404, "This webinar is not known", "Search for it by its title"),
        (f"/runs/{SYNC}/no-such", 404, "This run is not known", "The page Runs lists all runs"),
        ("/runs/livestorm_salesforce_undo/no-such/undo.csv", 404, "This run has no such list", "deleted by age"),
        ("/webinars?page=x", 422, "a value that is not valid", "Not valid: page."),
        ("/webinars/no-such?page=x", 422, "a value that is not valid", "Not valid: page."),
    ],
)
def test_a_wrong_address_is_explained(site: str, path: str, status: int, title: str, remedy: str) -> None:
    answer = requests.get(site + path, timeout=30)
    assert answer.status_code == status and f"{title} · Livestorm" in answer.text and remedy in answer.text
    assert links_of(answer) == len(PAGES)


def test_an_address_with_a_slash_too_many_is_corrected(site: str) -> None:
    answer = requests.get(f"{site}/webinars/?text=x", timeout=30)
    assert answer.status_code == 200 and answer.url == f"{site}/webinars?text=x"


def test_a_page_after_the_last_one_is_the_last_one(world: World, site: str) -> None:
    session = world.livestorm.sessions()[0]["id"]
    pages = ["/webinars", "/webinars?differences=", "/runs", "/changes", f"/webinars/{session}", f"{RUN}/changes"]
    for path in pages:
        shown = [requests.get(f"{site}{path}{'&' if '?' in path else '?'}page={n}", timeout=30) for n in (0, 10**30)]
        assert [one.status_code for one in shown] == [200, 200]
        assert shown[0].text == shown[1].text and "<tbody>" in shown[0].text, path


def test_unknown_filters_hide_nothing_or_say_that_nothing_matches(world: World, site: str) -> None:
    session = world.livestorm.sessions()[0]["id"]
    step = requests.get(f"{site}/webinars/{session}?step=no-such", timeout=30)
    assert step.status_code == 200 and "Ada" in step.text
    reason = requests.get(f"{site}/webinars/{session}?why=no-such", timeout=30)
    assert "Nobody matches this filter." in reason.text
    assert "There is no run of this kind." in requests.get(f"{site}/runs?dag=no-such", timeout=30).text
    assert "The plan has no such change." in requests.get(f"{site}{RUN}/changes?sobject=Case", timeout=30).text


def test_a_viewer_sees_the_pages_they_may_open(world: World) -> None:
    with served_pages(FakeAirflow(), FakeUser(levels=(Level.VIEW,))) as address:
        answers = [requests.get(address + path, timeout=30) for path in ("/people", "/nothing")]
    assert [one.status_code for one in answers] == [403, 404]
    assert [links_of(one) for one in answers] == [sum(level is Level.VIEW for *_, level in PAGES)] * 2


def test_the_counts_of_a_run_remain_when_its_files_are_deleted(world: World, site: str) -> None:
    folder = Path(str(AppContext.from_environment().run_folder(SYNC, "scheduled-1")).removeprefix("file:"))
    kept = folder.rename(folder.with_name("kept"))
    try:
        answer = requests.get(site + RUN, timeout=30)
        changes = requests.get(f"{site}{RUN}/changes", timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        kept.rename(folder)
    assert answer.status_code == 200 and "were deleted by age" in answer.text
    assert "<b>1</b>" in answer.text.split("<h2>Registrants</h2>")[1]
    assert "/changes?run=scheduled-1" in answer.text and f"{RUN}/changes" not in answer.text
    assert changes.status_code == 404 and "This run has no such list" in changes.text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_database_that_cannot_be_opened_is_explained_on_every_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    file = tmp_path / "state.db"
    file.write_text("this is no database" * 100)
    monkeypatch.setenv("LIVESTORM_SALESFORCE_DATABASE", f"sqlite:///{file}")
    with served_pages(FakeAirflow()) as address:
        for path, *_ in PAGES:
            answer = requests.get(f"{address}/{path}", headers={"Accept-Language": language}, timeout=30)
            if path == "people":
                continue  # an empty form, which reads nothing
            assert answer.status_code == 503 and links_of(answer) == len(PAGES), path
            assert ("Remedy:" if language == "en" else "Solution") in answer.text, path
            assert '<span lang="en">' not in answer.text, path


def test_a_server_that_does_not_answer_is_explained_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task waits for the server for a minute; somebody who looks at a page does not."""
    url = f"postgresql://user:secret@127.0.0.1:{free_port()}/state"
    monkeypatch.setenv("LIVESTORM_SALESFORCE_DATABASE", url)
    with served_pages(FakeAirflow()) as address:
        answer = requests.get(f"{address}/", timeout=30)
    assert answer.status_code == 503 and links_of(answer) == len(PAGES)
    assert "does not answer" in answer.text and "secret" not in answer.text


def test_an_unexpected_error_is_a_page_without_its_message(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ValueError("ada@example.org")

    monkeypatch.setattr("livestorm_salesforce.web.routes.overview.health_of", fail)
    answer = requests.get(f"{site}/", timeout=30)
    assert answer.status_code == 500 and "The page could not be made" in answer.text
    assert links_of(answer) == len(PAGES) and "ada@" not in answer.text


def test_a_form_that_is_too_large_is_explained(site: str) -> None:
    answer = requests.post(f"{site}/mapping", data={"text": "x" * (1024 * 1024)}, headers={"Origin": site}, timeout=30)
    assert answer.status_code == 413 and "A form holds at most 1 MB." in answer.text
