"""No page has a serious or critical finding of axe-core, light and dark, or is wider than a laptop or a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.state import erasure_certificates, setup_checks
from livestorm_salesforce.state.erasure_certificates import Certificate
from livestorm_salesforce.tasks.setup.items import Area, CheckItem, CheckState
from livestorm_salesforce.web import webhook_endpoint
from livestorm_salesforce.web.airflow_data import Approval
from livestorm_salesforce.web.app import app
from livestorm_salesforce.web.routes.setup import SETUP_DAG_ID
from tests.harness.pages import NOW, FakeAirflow, served_pages
from tests.harness.webinar import make_webinar
from tests.harness.world import open_world
from tests.ui.devtools import Browser

WIDTHS = {"laptop": (1280, 900), "phone": (390, 844)}
#: A person whose name, address and answers are as long as they may be.
LONG = "wolfeschlegelsteinhausenbergerdorff"
RUN = f"/runs/{SYNC_DAG_ID}/scheduled-1"
#: Pages of other addresses than those that `app` lists without a parameter.
MORE = (RUN, f"{RUN}/changes", f"{RUN}/refused", f"/runs/{SYNC_DAG_ID}/manual-2", "/nothing")
#: A checklist with every state, and an erasure with every result, are shown.
ITEMS = [
    CheckItem(Area.SALESFORCE, f"Field {state}", state, "the field does not exist", "create it", "Setup", LONG)
    for state in CheckState
]
CHECK = """(async () => {
  document.documentElement.dataset.theme = %s;
  const found = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']});
  return found.violations.filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html).join(' | '));
})()"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: Submits a form that has a field of this name, as a search by POST.
SUBMIT = """(() => {
  const field = document.querySelector('[name=%s]');
  field.value = %s;
  field.form.submit();
  window.isOld = true;
  return true;
})()"""
#: Pages that answer a search: path and name of the field.
SEARCHES = (("/people", "text"), ("/changes", "person"), ("/erasure", "address"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of a world with a refused person, a report, and a plan that waits."""
    with open_world(tmp_path_factory.mktemp("world"), fast=True) as world:
        world.refuse("Lead", "LastName", "Malloryson")
        webinar = make_webinar(world, LONG * 7)
        make_webinar(world, "جولة في المنتج (2026) 🎉")
        for name in ("ada", "mallory"):
            webinar.register(name)
        world.livestorm.register(webinar.session, f"{LONG}@x.example", LONG.title(), LONG.title())
        world.run(name="scheduled-1")
        airflow = FakeAirflow()
        airflow.add("scheduled-1")
        airflow.add("manual-2", "running", ended_at=None)
        for name, state in (("erase-1", "success"), ("erase-2", "failed"), ("erase-3", "running")):
            airflow.add(name, state, dag_id="livestorm_salesforce_erase")
        airflow.questions += [
            Approval(SYNC_DAG_ID, "manual", "approve", "Write this plan?", NOW),
            Approval(SETUP_DAG_ID, "setup-1", "approve", "Add 4 custom field(s) to Salesforce?", NOW),
        ]
        database = world.app().database
        setup_checks.save(database, NOW, [item.document() for item in ITEMS])
        erasure_certificates.save(database, Certificate("erase-1", NOW, True, "", "", {"rows": 3, "lines": 1}))
        incomplete = Certificate("erase-2", NOW, False, "2 row(s) were erased.", "delete these files", {})
        erasure_certificates.save(database, incomplete)
        with served_pages(airflow) as address:
            yield address


def addresses() -> list[str]:
    """Every page without a parameter in its address, and the pages of a run."""
    routes: list[Any] = [route for route in app.routes if "GET" in (getattr(route, "methods", None) or ())]
    own = [
        route.path for route in routes if not any(part in route.path for part in ("{", "csv", webhook_endpoint.PATH))
    ]
    return [*dict.fromkeys([*own, *MORE])]


@pytest.fixture(scope="module")
def page(browser: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(browser, tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


def shown(page: Browser, site: str) -> Iterator[str]:
    """Open one page after another; yields the name of each."""
    for path in addresses():
        page.open(site + path)
        page.wait_until(f"document.readyState === 'complete' && location.href === {json.dumps(site + path)}")
        yield path
    for path, field in SEARCHES:
        page.open(site + path)
        page.wait_until(f"document.readyState === 'complete' && location.href === {json.dumps(site + path)}")
        page.evaluate(SUBMIT % (field, json.dumps(f"{LONG}@x.example")))
        page.wait_until("!window.isOld && document.readyState === 'complete'")
        yield f"{path} with a person"


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_has_a_serious_finding(site: str, page: Browser, width: str) -> None:
    axe = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    page.resize(*WIDTHS[width])
    found: dict[str, list[str]] = {}
    for name in shown(page, site):
        page.evaluate(axe)
        for theme in ("light", "dark"):
            found[f"{name} {theme}"] = page.evaluate(CHECK % json.dumps(theme))
    assert len(found) > 20
    assert {name: findings for name, findings in found.items() if findings} == {}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_window(site: str, page: Browser, width: str, language: str) -> None:
    page.resize(*WIDTHS[width])
    page.open(f"{site}/static/icon.svg")
    page.wait_until(f"document.cookie = 'livestorm_language={language}; path=/'; true")
    wider = {name: pixels for name in shown(page, site) if (pixels := page.evaluate(OVERFLOW)) > 0}
    assert wider == {}


def test_a_row_of_a_table_is_a_card_with_labels_on_a_phone(site: str, page: Browser) -> None:
    page.resize(*WIDTHS["phone"])
    page.open(f"{site}/webinars")
    page.wait_until("document.querySelector('table.labelled td') !== null")
    cell = "getComputedStyle(document.querySelector('table.labelled td:nth-child(4)'), '::before').content"
    assert page.evaluate(cell) in ('"Registered"', '"Inscrits"')
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('table.labelled td')).paddingLeft)") > 100
    inner = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth).length"
    assert page.evaluate(inner) == 0, "a table scrolls sideways"
