"""A connection is edited during a run: nothing of the run is written to the other org (field findings, C14, C17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from livestorm_salesforce.errors import PairChanged, StalePlan
from livestorm_salesforce.tasks.load_people import load_people
from service_sandbox import Sandbox
from tests.integration.safety.conftest import Webinar

SALESFORCE = "AIRFLOW_CONN_SALESFORCE_DEFAULT"


@pytest.mark.parametrize("task", ["load_campaigns", "load_people", "load_members-0"])
def test_nothing_is_written_to_the_org_of_an_edited_connection(
    webinar: Webinar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    world = webinar.world
    webinar.register("ada")
    with Sandbox(seed="empty", directory=tmp_path / "other") as other:

        def edit_connection(name: str) -> None:
            if name == task:
                monkeypatch.setenv(SALESFORCE, other.connections[SALESFORCE])

        world.before = edit_connection
        last = world.run()
        assert isinstance(last["error"], PairChanged)
        assert "lead to another pair than before" in str(last["error"])
        assert other.org.writes.count() == 0
        assert not other.org.rows("Lead")
        assert not other.org.rows("Campaign")


def test_a_load_of_a_run_that_never_started_says_so(webinar: Webinar) -> None:
    with pytest.raises(StalePlan, match="never started"):
        load_people(webinar.world.task("never", "load_people"))


def test_the_org_behind_an_unchanged_connection_is_checked_at_login(webinar: Webinar) -> None:
    """A refreshed sandbox org has another id at the same address."""
    world = webinar.world
    webinar.register("ada")
    world.run()
    users = world.org.users
    users.organization_id = f"00D{'9' * 12}{users.organization_id[15:]}"
    world.sandbox.salesforce_api.auth.expire_all()
    webinar.register("bob")
    writes = world.org.writes.count()
    assert isinstance(world.run()["error"], PairChanged)
    assert world.org.writes.count() == writes
