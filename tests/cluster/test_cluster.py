"""A run on a cluster whose worker, Redis, scheduler and PostgreSQL fail equals an undisturbed run on one machine.

`make cluster` runs it with 200 sessions and 20,000 registrants, `make test` with 600.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from livestorm_salesforce.runs.options import Limits
from service_sandbox import Sandbox
from tests.cluster.cluster import Cluster, running_cluster
from tests.cluster.content import Size, populate
from tests.cluster.disturbances import Disturbances
from tests.faults.invariants import check_audit_complete, check_no_duplicates, check_writes_audited
from tests.harness.world import World, open_world

#: Seconds of each call to a service.
LATENCY = 0.15
LIVESTORM = {"interval_limit": 5, "monthly_limit": 1_000_000}
#: Seconds until the run ends.
PATIENCE = 3600


def settings(size: Size) -> dict[str, str]:
    return {
        "LIVESTORM_SALESFORCE_KEY_SECRET": "one for both orgs",
        "LIVESTORM_SALESFORCE_BATCH_REGISTRANTS": str(size.batch),
        "LIVESTORM_SALESFORCE_MEMBER_BATCH": str(2 * size.batch),
    }


def undisturbed(folder: Path, size: Size, now: datetime) -> dict[str, Any]:
    """The content of the org after a run on one machine."""
    unlimited = {"extends": "empty", "livestorm": {"settings": {"interval_limit": 0, "monthly_limit": 1_000_000}}}
    with open_world(folder, unlimited, fast=True, start=now, **settings(size)) as world:
        populate(world.sandbox, size, now)
        report = world.run(manual=True)
        assert report["verdict"] == "ok", report.get("error")
        return world.org.content()


@contextmanager
def disturbed(folder: Path, size: Size, now: datetime) -> Iterator[tuple[Cluster, Sandbox]]:
    """A cluster with its own sandbox whose calls take time and are limited."""
    with Sandbox("empty", folder / "sandbox", start=now, settings=LIVESTORM) as sandbox:
        populate(sandbox, size, now)
        sandbox.faults.add("slow", seconds=LATENCY)
        with running_cluster(folder, sandbox.connections | settings(size)) as cluster:
            yield cluster, sandbox


def most_in_a_second(times: list[float]) -> int:
    ordered = sorted(times)
    return max(sum(1 for other in ordered[at : at + 20] if other < one + 1) for at, one in enumerate(ordered))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that the owner of PostgreSQL may enter."""
    for parent in (tmp_path, *tmp_path.parents[:3]):
        if parent.owner() == tmp_path.owner():
            parent.chmod(parent.stat().st_mode | 0o055)
    return tmp_path


@pytest.mark.enable_socket
def test_a_disturbed_run_on_a_cluster_equals_an_undisturbed_one(folder: Path) -> None:
    size, now = Size.of_environment(), datetime.now(UTC).replace(microsecond=0)
    began = time.monotonic()
    with disturbed(folder / "cluster", size, now) as (cluster, sandbox):
        print(f"cluster up after {time.monotonic() - began:.0f} s", flush=True)
        run_id = cluster.airflow.trigger()
        disturbances = Disturbances(cluster, sandbox, run_id)
        disturbances.play()
        state = cluster.airflow.wait_for_run(run_id, lambda task: None, PATIENCE)
        print(
            f"run {state} after {time.monotonic() - began:.0f} s; restarted: {cluster.components.restarts}", flush=True
        )
        report = cluster.airflow.returned(run_id, "report")
        calls = sandbox.calls.list(service="livestorm")
        assert state == "success", cluster.airflow.first_failed_task(run_id)
        assert (report["verdict"], report["problems"]) == ("ok", [])
        assert (report["registrants"], sum(report["buckets"].values())) == (size.total, size.total)
        assert most_in_a_second([call.time for call in calls]) <= 5
        assert {call.status for call in calls} == {200}
        assert cluster.airflow.attempts(run_id, "load_people") > 1
        check_state(cluster, sandbox, size)
        content = sandbox.org.content()
    assert content == undisturbed(folder / "single", size, now)


def check_state(cluster: Cluster, sandbox: Sandbox, size: Size) -> None:
    """No person twice, and the audit log contains every written value."""
    ours = {**sandbox.connections, **settings(size), **cluster.storage.settings()}
    with patch.dict(os.environ, ours | {"LIVESTORM_SALESFORCE_DATABASE": cluster.state_database}):
        world = World(sandbox, cluster.home, limits=Limits())
        check_no_duplicates(world)
        check_audit_complete(world)
        check_writes_audited(world)
