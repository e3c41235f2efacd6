"""Which runs decide about health, last success and open problems: ordinary ones, those of webhooks, and previews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.state import runs, task_failures
from livestorm_salesforce.web import freshness
from tests.harness.pages import NOW, FakeAirflow, served_pages
from tests.harness.webinar import make_webinar
from tests.harness.world import World, open_world

UNREAD = {"code": "SESSION_UNREAD", "severity": "problem", "count": 3, "remedy": "x", "public": ""}
TITLE = "A webinar could not be read"
WEBHOOK: dict[str, Any] = {"run_type": "asset_triggered", "user": None}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world after an ordinary run with a problem, a run of webhooks and one of a webinar without any."""
    with open_world(tmp_path_factory.mktemp("world"), fast=True) as world:
        make_webinar(world).register("ada")
        report = world.run(name="ordinary")
        runs.save_report(world.state, SYNC_DAG_ID, "ordinary", report | {"verdict": "problems", "problems": [UNREAD]})
        for name in ("webhook", "webinar", "preview"):
            assert not world.run(name=name)["problems"]
        yield world


@pytest.fixture
def airflow(world: World) -> FakeAirflow:
    """Airflow after the ordinary run."""
    airflow = FakeAirflow()
    airflow.add("ordinary")
    return airflow


def get(airflow: FakeAirflow, path: str) -> str:
    with served_pages(airflow) as address:
        return requests.get(f"{address}{path}", timeout=60).text


@pytest.mark.parametrize(("name", "later"), [
    ("webhook", WEBHOOK), ("webinar", {"conf": {"mode": "apply", "session_ids": ["s"]}}),
    ("preview", {"conf": {"mode": "preview"}}),
])  # fmt: skip
def test_problems_stay_until_the_next_ordinary_run(airflow: FakeAirflow, name: str, later: dict[str, Any]) -> None:
    airflow.add(name, **later)
    for path in ("/", "/attention"):
        text = get(airflow, path)
        assert TITLE in text and f"/runs/{SYNC_DAG_ID}/ordinary" in text, path
    assert ">1 problem</span>" in get(airflow, "/")
    airflow.add("webinar")
    assert "Healthy" in get(airflow, "/") and TITLE not in get(airflow, "/") + get(airflow, "/attention")


def test_more_runs_of_webhooks_than_are_searched_hide_no_problem(
    airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "SEARCHED", 1)
    airflow.add("webhook", **WEBHOOK)
    assert TITLE in get(airflow, "/")


def test_a_failed_ordinary_run_is_not_repaired_by_webhooks(world: World, airflow: FakeAirflow) -> None:
    fail(world, airflow, "early", "ConfigError", "Salesforce rejected the login.")
    airflow.add("webhook", **WEBHOOK)
    for path in ("/", "/attention"):
        text = get(airflow, path)
        assert "Salesforce rejected the login." in text and f"/runs/{SYNC_DAG_ID}/early" in text, path
    assert TITLE in get(airflow, "/attention"), "the failed run has no report, the one before still applies"
    airflow.add("webinar")
    assert "Healthy" in get(airflow, "/")


def test_a_failed_run_of_webhooks_is_shown(world: World, airflow: FakeAirflow) -> None:
    fail(world, airflow, "late", "ConfigError", "Salesforce rejected the login.", **WEBHOOK)
    assert "The last run failed" in get(airflow, "/") and TITLE in get(airflow, "/attention")


def test_a_preview_is_no_success(airflow: FakeAirflow) -> None:
    airflow.stored.clear()
    airflow.add("ordinary", ended_at=NOW - timedelta(hours=9))
    airflow.add("preview", conf={"mode": "preview"})
    assert "The last success is overdue" in get(airflow, "/")
    assert "The last success was 9 hours ago" in get(airflow, "/webinars")


def test_a_failed_preview_of_a_draft_does_not_turn_the_product_red(world: World, airflow: FakeAirflow) -> None:
    draft = {"mode": "preview", "mapping_draft": "0" * 64}
    fail(world, airflow, "draft", "InvalidMapping", "The draft has a mistake.", conf=draft)
    assert "Healthy" in get(airflow, "/") and "The draft has a mistake" not in get(airflow, "/attention")
    airflow.stored.pop()
    assert "Not set up yet" in get(airflow, "/"), "drafts never count"


def test_before_the_first_run_that_writes_previews_count(world: World) -> None:
    airflow = FakeAirflow()
    airflow.add("preview", conf={"mode": "preview"})
    assert "Nothing has been written to Salesforce yet" in get(airflow, "/")
    fail(world, airflow, "first", "ConfigError", "Salesforce rejected the login.", conf={"mode": "preview"})
    assert "Salesforce rejected the login." in get(airflow, "/")


def fail(world: World, airflow: FakeAirflow, run_id: str, error: str, cause: str, **values: Any) -> None:
    """Add a run of which the first task failed."""
    failure = task_failures.Failure(
        SYNC_DAG_ID, run_id, "discover", -1, 1, NOW, error, cause, "correct it", will_retry=False
    )
    task_failures.save(world.app().database, failure)
    airflow.add(run_id, "failed", **values)
