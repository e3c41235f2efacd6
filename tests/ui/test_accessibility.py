"""No page has a serious or critical finding of axe-core, light and dark, at laptop width."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.web.airflow_data import Approval
from livestorm_salesforce.web.app import app
from tests.harness.pages import NOW, FakeAirflow, served_pages
from tests.harness.webinar import make_webinar
from tests.harness.world import open_world
from tests.ui.devtools import Browser

RUN = f"/runs/{SYNC_DAG_ID}/scheduled-1"
#: Pages of other addresses than those that `app` lists without a parameter.
MORE = (RUN, f"{RUN}/changes", f"{RUN}/refused", "/nothing")
CHECK = """(async () => {
  document.documentElement.dataset.theme = %s;
  const found = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']});
  return found.violations.filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html).join(' | '));
})()"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of a world with a refused person, a report, and a plan that waits."""
    with open_world(tmp_path_factory.mktemp("world"), fast=True) as world:
        world.refuse("Lead", "LastName", "Malloryson")
        webinar = make_webinar(world)
        for name in ("ada", "mallory"):
            webinar.register(name)
        world.run(name="scheduled-1")
        airflow = FakeAirflow()
        airflow.add("scheduled-1")
        airflow.questions.append(Approval(SYNC_DAG_ID, "manual", "approve", "Write this plan?", NOW))
        with served_pages(airflow) as address:
            yield address


def addresses() -> list[str]:
    """Every page without a parameter in its address, and the pages of a run."""
    routes: list[Any] = [route for route in app.routes if "GET" in (getattr(route, "methods", None) or ())]
    own = [route.path for route in routes if "{" not in route.path and "csv" not in route.path]
    return [*dict.fromkeys([*own, *MORE])]


def test_no_page_has_a_serious_finding(site: str, browser: str, tmp_path: Path) -> None:
    axe = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    found: dict[str, list[str]] = {}
    with Browser(browser, tmp_path / "profile") as page:
        for path in addresses():
            page.open(site + path)
            page.wait_until(f"document.readyState === 'complete' && location.href === {json.dumps(site + path)}")
            page.evaluate(axe)
            for theme in ("light", "dark"):
                found[f"{path} {theme}"] = page.evaluate(CHECK % json.dumps(theme))
    assert len(found) > 20
    assert {name: findings for name, findings in found.items() if findings} == {}
