"""Webinars, people and changes over HTTP, after a run with one refused, one skipped and two loaded registrants."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests

from livestorm_salesforce.state import change_queries
from livestorm_salesforce.web.access import Level
from livestorm_salesforce.web.reasons import reason_code
from service_sandbox import Sandbox
from tests.harness.pages import FakeAirflow, FakeUser, served_pages
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import add_webinar
from tests.harness.world import World

SYNC, QUARANTINE = "livestorm_to_salesforce", "livestorm_salesforce_quarantine"
EVE, BAD, REFUSED = "eve@evil.example", "not an address", "rob@acme.example"
INVALID = reason_code("invalid e-mail address: correct it in Livestorm")
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StagedRun, str]]:
    """The run, and the id of the webinar."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch, Sandbox(seed="empty", directory=folder / "sandbox") as sandbox:
        for name, value in sandbox.connections.items():
            patch.setenv(name, value)
        patch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{folder}/store")
        session, _ = add_webinar(sandbox, people=1, title="Prix < 100 € | offre")
        sandbox.livestorm.register(session, EVE, "<script>document.title='owned'</script>", "Ève & Cie")
        sandbox.livestorm.register(session, BAD, "Hanna", "Typo")
        sandbox.livestorm.register(session, REFUSED, FORMULA, "Refused")
        world = World(sandbox, folder / "store")
        world.refuse("Lead", field="LastName", pattern="^Refused$", message="Refused is not wanted")
        run = StagedRun(world)
        run.run()
        yield run, session


@pytest.fixture
def airflow() -> FakeAirflow:
    return FakeAirflow()


@pytest.fixture
def site(world: tuple[StagedRun, str], airflow: FakeAirflow) -> Iterator[str]:
    with served_pages(airflow) as address:
        yield address


def get(address: str, language: str = "en") -> str:
    answer = requests.get(address, timeout=60, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def post(address: str, path: str, **form: str) -> requests.Response:
    return requests.post(address + path, data=form, headers={"Origin": address}, timeout=60, allow_redirects=False)


def words(html: str) -> str:
    """The text of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_the_list_shows_each_webinar_with_campaign_and_differences(site: str, world: tuple[StagedRun, str]) -> None:
    html = get(f"{site}/webinars")
    (campaign,) = world[0].world.org.rows("Campaign")
    assert f"/lightning/r/Campaign/{campaign['Id']}/view" in html and "Prix &lt; 100 €" in html
    assert "4 / 2" in words(html) and "1 × Invalid e-mail address: correct it in Livestorm" in words(html)
    assert "1 × Refused by Salesforce or before sending" in words(html)
    assert "No webinar matches" in get(f"{site}/webinars?campaign=none")
    assert world[1] in get(f"{site}/webinars?differences=1&text=PRIX&sort=oldest&page=-3")


def test_one_webinar_is_synced_and_a_backfill_started(
    site: str, world: tuple[StagedRun, str], airflow: FakeAirflow
) -> None:
    answer = post(site, f"/webinars/{world[1]}/sync")
    assert answer.status_code == 303 and answer.headers["location"].endswith(f"/runs/{SYNC}/triggered-1")
    assert "not a date" in get(f"{site}/webinars/backfill?start=soon")
    assert "No past webinar with registrants" in get(f"{site}/webinars/backfill?start=2026-01-01")
    assert post(site, "/webinars/backfill", start="soon").headers["location"].endswith("backfill?start=soon")
    assert post(site, "/webinars/backfill", start="2026-01-01").status_code == 303
    assert [conf for _, conf, _ in airflow.triggered] == [
        {"mode": "apply", "session_ids": [world[1]]},
        {"mode": "apply", "backfill_from": "2026-01-01T00:00:00+00:00"},
    ]


def test_a_webinar_lists_its_people_with_reasons_and_escapes_names(site: str, world: tuple[StagedRun, str]) -> None:
    here = f"{site}/webinars/{world[1]}"
    html = get(here)
    assert "<script>document" not in html and "&lt;script&gt;document" in html and "Ève &amp; Cie" in html
    assert f"step=eligible&amp;why={INVALID}" in html
    assert "Campaign Member" in words(html) and "Hanna Typo" in words(html)
    skipped = words(get(f"{here}?step=eligible&why={INVALID}"))
    assert "Hanna Typo" in skipped and EVE not in skipped and "One person" in skipped
    assert EVE in (loaded := get(f"{here}?step=in-salesforce")) and "Hanna" not in loaded
    assert requests.get(f"{site}/webinars/nothing", timeout=60).status_code == 404


def test_the_csv_of_people_opens_in_a_spreadsheet_without_formulas(site: str, world: tuple[StagedRun, str]) -> None:
    path = f"{site}/webinars/{world[1]}/people.csv"
    english = requests.get(path, timeout=60, headers={"Accept-Language": "en"}).content.decode()
    french = requests.get(path, timeout=60, headers={"Accept-Language": "fr"}).content.decode()
    assert english.startswith('\ufeff"Name","E-mail"') and french.startswith('\ufeff"Nom";"E-mail"')
    assert f'"\'{FORMULA} Refused"' in english and len(english.splitlines()) == 5


@pytest.mark.parametrize(("text", "found"), [(EVE.upper(), EVE), (BAD, ""), ("typo hanna", "Hanna Typo"), ("ève", EVE)])
def test_a_person_is_found_by_address_and_name(site: str, text: str, found: str) -> None:
    html = post(site, "/people", text=text).text
    assert found in words(html) and "Prix &lt; 100 €" in html if found else "Nobody was found" in html


def test_a_person_is_found_by_salesforce_id(site: str, world: tuple[StagedRun, str]) -> None:
    (lead,) = [row for row in world[0].world.org.rows("Lead") if row["Email"] == EVE]
    for record_id in (lead["Id"], lead["Id"][:15]):
        html = post(site, "/people", text=record_id).text
        assert EVE in words(html) and world[0].run_id in html and "Nobody has this address" in words(html)
        assert f"/lightning/r/Lead/{lead['Id']}/view" in html


def test_a_person_is_found_by_livestorm_id(site: str, world: tuple[StagedRun, str]) -> None:
    people = {row["email"]: row["id"] for row in world[0].world.livestorm.registrations()}
    assert EVE in words(post(site, "/people", text=people[EVE].upper()).text)
    assert "Nobody was found" in post(site, "/people", text="00000000-0000-4000-8000-000000000000").text


def test_several_matches_are_offered(site: str, world: tuple[StagedRun, str]) -> None:
    html = post(site, "/people", text="s").text
    assert "matches: choose one" in html and 'name="record_id"' in html
    (lead,) = [row for row in world[0].world.org.rows("Lead") if row["Email"] == EVE]
    assert EVE in post(site, "/people", text="s", record_id=lead["Id"]).text
    assert 'name="registration"' in html, "people without a record are offered too"


def test_a_person_who_is_held_back_is_retried_and_dismissed(
    site: str, world: tuple[StagedRun, str], airflow: FakeAirflow
) -> None:
    html = post(site, "/people", text=REFUSED).text
    assert "Refused is not wanted" in html and "Next attempt" in html and "validation rule" in html.lower()
    row = re.search(r'name="row" value="([^"]+)"', html)
    assert row and row[1].startswith(world[1])
    assert post(site, "/people/settle", row=row[1], action="dismiss", reason="test").status_code == 303
    assert post(site, "/people/settle", row=row[1], action="drop").status_code == 422
    assert airflow.triggered == [(QUARANTINE, {"action": "dismiss", "ids": [row[1]], "reason": "test"}, "ada")]


def test_changes_are_filtered_by_url_and_person(site: str, world: tuple[StagedRun, str]) -> None:
    everything, titles = get(f"{site}/changes"), get(f"{site}/changes?sobject=Lead&field=Title")
    assert "Member status" in words(everything) and "Prix &lt; 100 €" in everything
    assert "Engineer" in titles and "Ève" not in titles and "No written value" in get(f"{site}/changes?run=x")
    mine = words(post(site, "/changes?sobject=Lead", person=EVE).text)
    assert "Ève & Cie" in mine and "Last0" not in mine
    assert "No written value" in post(site, "/changes", person="nobody@acme.example").text
    names = requests.get(f"{site}/changes.csv?field=LastName", timeout=60).content.decode()
    assert names.startswith('\ufeff"Time (UTC)","Object"') and '"Ève & Cie"' in names
    assert "Last0" not in post(site, "/changes.csv", person=EVE).content.decode()


def test_a_value_of_a_member_names_its_webinar(site: str, world: tuple[StagedRun, str]) -> None:
    link = f'<a class="small" href="/webinars/{world[1]}">Prix &lt; 100 € | offre</a>'
    members = get(f"{site}/changes?sobject=CampaignMember")
    assert members.count(link) == members.count('<tr><td class="nowrap">') > 1
    assert link not in get(f"{site}/changes?sobject=Lead") and link in post(site, "/people", text=EVE).text
    text = requests.get(f"{site}/changes.csv", timeout=60).content.decode().removeprefix("\ufeff")
    titles: dict[str, set[str]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        titles.setdefault(row["Object"], set()).add(row["Webinar"])
    assert titles.pop("Lead") == {""}
    assert titles == {name: {"Prix < 100 € | offre"} for name in ("Campaign", "Campaign Member", "Member status")}


def test_the_csv_of_changes_is_sent_in_batches_with_one_header(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = requests.get(f"{site}/changes.csv", timeout=60).content.decode()
    monkeypatch.setattr(change_queries.batches, "__kwdefaults__", {"size": 3})
    batches = requests.get(f"{site}/changes.csv", timeout=60, stream=True)
    assert "Content-Length" not in batches.headers and batches.content.decode() == whole
    rows = list(csv.reader(io.StringIO(whole.removeprefix("\ufeff"))))
    assert len(rows) > 20 and {len(row) for row in rows} == {12} and whole.count("\ufeff") == 1
    times = [row[0] for row in rows[1:]]
    assert times == sorted(times, reverse=True)


def test_the_plan_of_a_run_opens_in_a_french_excel(site: str, world: tuple[StagedRun, str]) -> None:
    path = f"{site}/runs/{SYNC}/{world[0].run_id}/plan.csv"
    english, french = (
        requests.get(path, timeout=60, headers={"Accept-Language": language}).content.decode()
        for language in ("en", "fr")
    )
    rows = list(csv.reader(io.StringIO(french.removeprefix("\ufeff")), delimiter=";"))
    assert french.startswith('\ufeff"object";"action"') and english.startswith("\ufeffobject,action")
    assert rows == list(csv.reader(io.StringIO(english.removeprefix("\ufeff"))))
    assert f"'{FORMULA}" in {cell for row in rows for cell in row}


def test_a_viewer_sees_counts_and_no_personal_data(world: tuple[StagedRun, str], airflow: FakeAirflow) -> None:
    with served_pages(airflow, FakeUser(levels=(Level.VIEW,))) as address:
        here = f"/webinars/{world[1]}"
        pages = [get(address + path) for path in ("/webinars", here, f"{here}?step=in-salesforce")]
        denied = ["/people", "/changes", "/changes.csv", f"{here}/people.csv", "/webinars/backfill"]
        codes = [requests.get(address + path, timeout=60).status_code for path in denied]
        posts = [("/people", {"text": EVE}), ("/people/settle", {"row": "a b", "action": "retry"})]
        posts += [(f"{here}/sync", {}), ("/webinars/backfill", {"start": "2026-01-01"}), ("/changes", {"person": EVE})]
        codes += [post(address, path, **form).status_code for path, form in posts]
    assert codes == [403] * len(codes) and not airflow.triggered
    for text in pages:
        assert not re.search(r"eve@|Ève|Hanna|Typo|rob@", text) and "00Q" not in text
    assert "users who may edit DAG runs" in pages[1] and "/people" not in pages[1]


@pytest.mark.parametrize(
    "path", ["/webinars", "/webinars/{}", "/people", "/changes", "/webinars/backfill?start=2026-01-01"]
)
def test_pages_are_complete_in_french(site: str, world: tuple[StagedRun, str], path: str) -> None:
    html = get(site + path.format(world[1]), "fr")
    assert '<html lang="fr">' in html and "In Salesforce" not in html and "Webinars" not in html
    assert path != "/webinars/{}" or "Adresse e-mail non valide : corrigez-la dans Livestorm" in words(html)


def test_pages_work_before_the_first_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, airflow: FakeAirflow) -> None:
    with Sandbox(seed="empty", directory=tmp_path / "sandbox") as sandbox:
        for name, value in sandbox.connections.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{tmp_path}/store")
        with served_pages(airflow) as address:
            assert "No webinar is known yet" in get(f"{address}/webinars")
            assert "Nothing has been written yet" in get(f"{address}/changes")
            assert "Nobody was found" in post(address, "/people", text="ada").text
            assert "No past webinar" in get(f"{address}/webinars/backfill?start=2026-01-01")
