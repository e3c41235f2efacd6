"""The commands `db`, `doctor` and `pair` on the state that runs leave."""

from __future__ import annotations

import pytest

from livestorm_salesforce.cli import db, doctor, pair
from livestorm_salesforce.state import migrate
from livestorm_salesforce.tasks.setup.airflow import check_airflow
from livestorm_salesforce.tasks.setup.items import CheckState
from tests.harness.webinar import Webinar


@pytest.fixture(autouse=True)
def context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removes the variable that the commands set."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")


def test_the_doctor_finds_nothing_after_a_run_and_reports_refused_rows(
    webinar: Webinar, capsys: pytest.CaptureFixture[str]
) -> None:
    world = webinar.world
    webinar.register("ada")
    world.run()
    assert (doctor.main([]), capsys.readouterr().out.splitlines()[-1]) == (0, "No problem found.")
    world.refuse("Lead", "Title", "Refused")
    webinar.register("bob", job_title="Refused")
    world.run({"full_read": True}, manual=True)
    assert doctor.main([]) == 1
    assert "1 row(s) are in quarantine: the page Attention" in capsys.readouterr().out
    (line,) = [item for item in check_airflow(world.app()) if item.subject == "State database"]
    assert line.state == CheckState.OK, "the rows are no fault of the setup"


def test_the_doctor_notices_that_no_run_has_succeeded_for_long(
    webinar: Webinar, capsys: pytest.CaptureFixture[str]
) -> None:
    """A preview is no success. Nothing inside Airflow notices a paused DAG."""
    world = webinar.world
    webinar.register("ada")
    world.run({"mode": "preview"}, manual=True)
    assert doctor.main(["--max-age", "2"]) == 1
    assert "No run of livestorm_to_salesforce has succeeded ever: " in capsys.readouterr().out
    world.run()
    assert doctor.main(["--max-age", "2"]) == 0
    assert doctor.main(["--max-age", "0"]) == 1
    assert "has succeeded since 20" in capsys.readouterr().out


def test_a_session_is_compared_again_after_a_resync(webinar: Webinar, capsys: pytest.CaptureFixture[str]) -> None:
    world = webinar.world
    webinar.register("ada", job_title="Analyst")
    world.run()
    world.org.edit(world.record("Lead")["Id"], Title="Somebody's")
    world.run()
    assert world.record("Lead")["Title"] == "Somebody's", "an unchanged session is not read"
    assert doctor.main(["--resync", webinar.session]) == 0
    assert "1 registration(s)" in capsys.readouterr().out
    world.run()
    assert world.record("Lead")["Title"] == "Analyst"


def test_the_version_and_the_pair_are_shown(webinar: Webinar, capsys: pytest.CaptureFixture[str]) -> None:
    app = webinar.world.app()
    assert (db.main(["upgrade"]), pair.main([]), db.main(["check"])) == (0, 0, 0)
    out = capsys.readouterr().out
    assert f"version {migrate.HEAD}" in out and f"* {app.pair}  organization" in out
