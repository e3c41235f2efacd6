"""The planned changes of a run: filters in the URL, a person by POST, counts by field, links of the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
import requests

from livestorm_salesforce.web.access import Level
from livestorm_salesforce.web.routes import planned_changes
from tests.harness.pages import FakeAirflow, FakeUser, served_pages
from tests.harness.webinar import make_webinar
from tests.harness.world import open_world

RUN = "/runs/livestorm_to_salesforce/preview-1"
CHANGES = f"{RUN}/changes"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeAirflow]:
    """A preview for Ada and Bob, who are new."""
    with open_world(tmp_path_factory.mktemp("planned"), fast=True) as world:
        webinar = make_webinar(world)
        webinar.register("ada", last_name="Lovelace")
        webinar.register("bob")
        world.run({"mode": "preview"}, name="preview-1", manual=True)
        airflow = FakeAirflow()
        airflow.add("preview-1", conf={"mode": "preview"})
        yield airflow


@pytest.fixture
def site(airflow: FakeAirflow) -> Iterator[str]:
    with served_pages(airflow) as address:
        yield address


def get(address: str, language: str = "en") -> str:
    answer = requests.get(address, timeout=60, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def search(site: str, person: str, query: str = "", **form: str) -> str:
    data = {"person": person} | form
    answer = requests.post(f"{site}{CHANGES}{query}", data=data, headers={"Origin": site}, timeout=60)
    assert answer.status_code == 200 and "ada" not in answer.url
    return answer.text


def rows(html: str) -> list[list[str]]:
    """The cells of the first table."""
    if "<tbody>" not in html:
        return []
    body = html.split("<tbody>", 2)[1].split("</tbody>", 1)[0]
    plain = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", body)]
    return [[unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in cells] for cells in plain]


def test_changes_are_filtered_by_object_field_and_reason(site: str) -> None:
    names = rows(get(f"{site}{CHANGES}?field=LastName"))
    assert [row[5] for row in names] == ["Lovelace", "Bobson"] and {row[0] for row in names} == {"Lead"}
    html = get(f"{site}{CHANGES}")
    reasons = [unescape(one) for one in re.findall(r'<option value="([^"]+)"', html.split('name="reason"')[1])]
    counts = {reason: len(rows(get(f"{site}{CHANGES}?reason={requests.utils.quote(reason)}"))) for reason in reasons}
    assert len(reasons) > 2 and sum(counts.values()) == len(rows(html)) and min(counts.values()) > 0
    assert "The plan has no such change." in get(f"{site}{CHANGES}?field=LastName&sobject=Campaign")


@pytest.mark.parametrize("person", ["ADA@acme.example ", "lovelace ada"])
def test_a_person_is_searched_by_address_and_name(site: str, person: str) -> None:
    html = search(site, person)
    found = rows(html)
    assert {row[0] for row in found} == {"Lead", "Campaign Member"} and {row[2].split()[0] for row in found} == {"Ada"}
    assert "Bob" not in html
    assert [row[5] for row in rows(search(site, person, "?field=LastName"))] == ["Lovelace"]
    assert "ada%40" not in html.lower() and "lovelace+" not in html.lower()


def test_a_person_without_changes_has_none(site: str) -> None:
    for person in ("nobody@acme.example", "Grace"):
        assert "The plan has no such change." in search(site, person)


def test_the_pages_of_a_search_are_read_by_post(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows(search(site, "ada"))
    monkeypatch.setattr(planned_changes, "PAGE_SIZE", 3)
    first = search(site, "ada", "?sobject=Lead")
    assert 'name="page" value="1"' in first and "page=1" not in first
    parts = [rows(search(site, "ada", "", page=str(number))) for number in range(-(-len(whole) // 3))]
    assert [row for part in parts for row in part] == whole and len(parts) > 1
    assert f'href="{CHANGES}?field=Status&amp;page=1"' not in get(f"{site}{CHANGES}?field=Status")
    assert "sobject=Lead&amp;page=1" in get(f"{site}{CHANGES}?sobject=Lead")


def test_values_are_counted_by_field_with_links(site: str) -> None:
    html = get(f"{site}{CHANGES}?sobject=Lead")
    table = html.split("Planned values by field, with these filters")[-1]
    assert f'{CHANGES}?sobject=Lead&amp;field=LastName">Last Name</a></th><td class="n">2</td>' in table


@pytest.mark.parametrize("tab", ["", "embedded=1"])
def test_the_fields_of_a_preview_lead_to_its_changes(site: str, tab: str) -> None:
    html = get(f"{site}{RUN}?{tab}")
    first = f"{tab}&amp;" if tab else ""
    assert f'href="{CHANGES}?{first}sobject=Lead&amp;field=LastName">Last Name</a>' in html
    changes = get(f"{site}{CHANGES}?{tab}&sobject=Lead&field=LastName")
    assert len(rows(changes)) == 2 and ('name="embedded"' in changes) == bool(tab)


def test_the_page_is_complete_in_french(site: str) -> None:
    html = get(f"{site}{CHANGES}?field=LastName", "fr")
    assert "Toutes les modifications planifiées" in html and "Valeurs planifiées par champ, avec ces filtres" in html
    assert "Télécharger tout le plan en CSV" in html and "Planned" not in html


def test_a_viewer_searches_nobody_and_gets_no_links(airflow: FakeAirflow) -> None:
    with served_pages(airflow, FakeUser(levels=(Level.VIEW,))) as address:
        codes = [
            requests.request(method, address + CHANGES, data={"person": "ada"}, headers={"Origin": address}, timeout=60)
            for method in ("GET", "POST")
        ]
        html = get(address + RUN)
    assert [one.status_code for one in codes] == [403, 403]
    assert "Last Name" in html and "/changes" not in html


def test_a_run_without_a_plan_has_no_changes(site: str) -> None:
    answer = requests.post(
        f"{site}{CHANGES.replace('preview-1', 'nothing')}", data={"person": "x"}, headers={"Origin": site}, timeout=60
    )
    assert answer.status_code == 404
