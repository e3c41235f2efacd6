"""Metrics of a run as a StatsD server receives them over UDP, through Airflow's client."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from livestorm_salesforce.errors import ConfigError, TransientError
from livestorm_salesforce.runs import metrics
from tests.conftest import ROOT
from tests.harness.statsd_server import StatsdServer, running_statsd
from tests.harness.webinar import Webinar, make_webinar
from tests.harness.world import open_world

STAGES = ("discover", "extract", "plan", "load_campaigns", "load_people", "load_members")


@pytest.fixture
def statsd() -> Iterator[StatsdServer]:
    from airflow.sdk.observability import stats
    from airflow.sdk.observability.metrics import stats_utils

    with running_statsd() as server, patch.dict(os.environ, server.settings):
        stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)
        yield server
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)


@pytest.fixture
def webinar(tmp_path: Path) -> Iterator[Webinar]:
    with open_world(tmp_path) as world:
        made = make_webinar(world)
        for name in ("ada", "bob", "eve"):
            made.register(name)
        yield made


def wait_for(server: StatsdServer, name: str, count: int = 1) -> dict[str, list[str]]:
    deadline = time.monotonic() + 10
    while len(server.own().get(name, [])) < count:
        assert time.monotonic() < deadline, sorted(server.received)
        time.sleep(0.05)
    return server.own()


def test_a_run_sends_its_counts_times_and_quotas(statsd: StatsdServer, webinar: Webinar) -> None:
    webinar.world.refuse("Lead", "LastName", "Eveson")
    webinar.world.run()
    sent = wait_for(statsd, "calls_left.salesforce")
    counters = {name: values for name, values in sent.items() if values[0].endswith("|c")}
    report = webinar.world.last
    assert counters == {
        "runs.problems": ["1|c"],
        "rows_read.session": ["1|c"],
        "rows_read.registrant": ["3|c"],
        "rows_rejected": ["1|c"],
        "registrants.created": ["2|c"],
        "registrants.refused": ["1|c"],
        "rows_written.Campaign.created": ["1|c"],
        "rows_written.CampaignMember.created": ["2|c"],
        "rows_written.CampaignMemberStatus.created": ["3|c"],
        "rows_written.Lead.created": ["2|c"],
        "problems.refused": ["1|c"],
        "calls_used.livestorm": [f"{report['calls']['livestorm']}|c"],
        "calls_used.salesforce": [f"{report['calls']['salesforce']}|c"],
    }
    assert sent["calls_left.livestorm"] == [f"{report['monthly_remaining']}|g"]
    assert sent["calls_left.salesforce"][0].endswith("|g")
    assert {name for name in sent if name.startswith("latency")} == {
        "latency_seconds.median", "latency_seconds.p95", "latency_seconds.max",
    }  # fmt: skip
    assert all(sent[f"stage.{stage}"][0].endswith("|ms") for stage in STAGES)


def test_a_preview_sends_no_written_rows_and_no_latency(statsd: StatsdServer, webinar: Webinar) -> None:
    webinar.world.run({"mode": "preview"}, manual=True)
    sent = wait_for(statsd, "calls_left.salesforce")
    assert not [name for name in sent if name.startswith(("rows_written", "latency"))]


def counted_failures(server: StatsdServer) -> list[str]:
    """The counter of failed runs, once all metrics that were sent before have arrived."""
    from airflow.sdk.observability import stats

    stats.incr("livestorm_sync.end")
    return wait_for(server, "end").get("runs.failed", [])


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("LIVESTORM_SALESFORCE_MAPPING", "/no/such/mapping.yaml"),
        ("AIRFLOW_CONN_LIVESTORM_DEFAULT", '{"conn_type": "livestorm", "password": "Bearer token"}'),
    ],
    ids=["mapping", "token"],
)
def test_a_run_that_fails_before_its_plan_counts_as_failed(
    statsd: StatsdServer, webinar: Webinar, monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    monkeypatch.setenv(setting, value)
    assert isinstance(webinar.world.run()["error"], ConfigError)
    assert counted_failures(statsd) == ["1|c"]


def test_a_run_that_fails_after_its_plan_counts_once(statsd: StatsdServer, webinar: Webinar) -> None:
    def stop(task: str) -> None:
        if task == "load_people":
            raise TransientError("Salesforce does not answer.")

    webinar.world.before = stop
    assert webinar.world.run()["verdict"] == "failed"
    assert counted_failures(statsd) == ["1|c"]


@pytest.mark.parametrize(("try_number", "count"), [(1, []), (2, ["1|c"])])
def test_a_report_that_is_tried_again_does_not_count(statsd: StatsdServer, try_number: int, count: list[str]) -> None:
    with pytest.raises(TransientError), metrics.failure_counted(try_number):
        raise TransientError("The state database does not answer.")
    assert counted_failures(statsd) == count


def test_metrics_contain_no_personal_data(statsd: StatsdServer, webinar: Webinar) -> None:
    webinar.world.run()
    sent = wait_for(statsd, "calls_left.salesforce")
    assert not [name for name in sent if "acme" in name or "@" in name]


def test_every_metric_is_documented(statsd: StatsdServer, webinar: Webinar) -> None:
    webinar.world.refuse("Lead", "LastName", "Eveson")
    webinar.world.run()
    sent = wait_for(statsd, "calls_left.salesforce")
    page = (ROOT / "docs/operate/metrics.md").read_text()
    documented = [
        re.compile(re.sub(r"<[^>]+>", r"\\w+", name) + "$") for name in re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)
    ]
    assert [name for name in sent if not any(pattern.match(name) for pattern in documented)] == []
