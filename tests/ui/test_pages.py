"""The pages in a browser: report, planned changes, and names with markup."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.web.access import Level
from service_sandbox import Sandbox
from tests.harness.pages import FakeAirflow, FakeUser, served_pages
from tests.harness.staged_run import StagedRun
from tests.harness.webinar import add_webinar
from tests.harness.world import World

SYNC = "livestorm_to_salesforce"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=5000", "--dump-dom",
]  # fmt: skip
PATHS = ["", "/changes", "/refused", "/plan.csv"]


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StagedRun]:
    """A world after one preview."""
    with Sandbox(seed="empty", directory=tmp_path / "sandbox") as sandbox:
        for name, value in sandbox.connections.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("LIVESTORM_SALESFORCE_STORE", f"file://{tmp_path}/store")
        session, _ = add_webinar(sandbox, title="Prix < 100 € | offre")
        sandbox.livestorm.register(session, "eve@evil.example", "<script>document.title='owned'</script>", "Ève & Cie")
        pipeline = StagedRun(World(sandbox, tmp_path / "store"))
        pipeline.run(mode="preview")
        yield pipeline


@pytest.fixture
def site(pipeline: StagedRun) -> Iterator[tuple[str, StagedRun]]:
    """The pages for a user with all permissions."""
    airflow = FakeAirflow()
    airflow.add(pipeline.run_id, conf={"mode": "preview"})
    with served_pages(airflow) as address:
        yield address, pipeline


def page(browser: str, address: str, tmp_path: Path) -> str:
    command = [browser, *FLAGS, f"--user-data-dir={tmp_path}/browser", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout  # noqa: S603


def test_the_pages_show_the_run_and_escape_names(browser: str, site: tuple[str, StagedRun], tmp_path: Path) -> None:
    address, pipeline = site
    here = f"{address}/runs/{SYNC}/{quote(pipeline.run_id)}"
    home = page(browser, f"{address}/", tmp_path)
    assert "Nothing has been written to Salesforce yet" in home and 'class="ok"' in home
    run = page(browser, here, tmp_path)
    assert "Done: nothing was written" in run and "Prix &lt; 100 € | offre" in run
    changes = page(browser, f"{here}/changes?sobject=Lead", tmp_path)
    assert "eve@evil.example" in changes and "&lt;script&gt;" in changes and "owned</title>" not in changes
    assert "No row of this run was refused." in page(browser, f"{here}/refused", tmp_path)


def test_the_page_lists_sessions_without_a_campaign(browser: str, site: tuple[str, StagedRun], tmp_path: Path) -> None:
    address, pipeline = site
    workspace = pipeline.world.sandbox.livestorm
    (event,) = [one["id"] for one in workspace.events()]
    draft = workspace.add_session(event, pipeline.world.sandbox.clock.now(), draft=True)
    pipeline.run(mode="preview")
    run = page(browser, f"{address}/runs/{SYNC}/{quote(pipeline.run_id)}", tmp_path)
    assert draft in run.split("Webinars without a Campaign")[-1]


@pytest.mark.parametrize(
    ("dag", "name"), [("livestorm_salesforce_undo", "undo"), ("livestorm_salesforce_quarantine", "quarantine")]
)
def test_the_lists_of_an_undo_and_of_the_quarantine_are_served(
    browser: str, site: tuple[str, StagedRun], tmp_path: Path, dag: str, name: str
) -> None:
    address, _ = site
    folder = AppContext.from_environment().run_folder(dag, "by hand")
    folder.write_text(f"{name}.csv", "person,why\n")
    here = f"{address}/runs/{dag}/by%20hand"
    assert f"/{name}.csv" in page(browser, here, tmp_path)
    assert requests.get(f"{here}/{name}.csv", timeout=30).text == "person,why\n"
    assert requests.get(f"{here}/accounting.csv", timeout=30).status_code == 422, "no other file"


def test_a_run_without_a_report_is_not_found(site: tuple[str, StagedRun]) -> None:
    answer = requests.get(f"{site[0]}/runs/{SYNC}/nothing", timeout=30)
    assert answer.status_code == 404 and "This run is not known" in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_access_to_another_dag_does_not_show_runs_of_this_one(site: tuple[str, StagedRun], path: str) -> None:
    """Airflow checks the access to the DAG in the address, so the page shows runs of that DAG only."""
    address, pipeline = site
    others = (SYNC, "livestorm_salesforce_undo", "theirs")
    runs = [requests.get(f"{address}/runs/{dag}/{quote(pipeline.run_id)}{path}", timeout=30) for dag in others]
    assert [answer.status_code for answer in runs] == [200, 404, 403]


def test_a_viewer_sees_counts_only(pipeline: StagedRun) -> None:
    airflow = FakeAirflow()
    airflow.add(pipeline.run_id)
    with served_pages(airflow, FakeUser(levels=(Level.VIEW,))) as address:
        here = f"{address}/runs/{SYNC}/{quote(pipeline.run_id)}"
        answers = [requests.get(f"{here}{path}", timeout=30) for path in PATHS]
        started = requests.post(f"{address}/run", data={"mode": "apply"}, headers={"Origin": address}, timeout=30)
    assert [answer.status_code for answer in answers] == [200, 403, 403, 403]
    assert "/changes" not in answers[0].text and "eve@evil.example" not in answers[0].text
    assert started.status_code == 403 and not airflow.triggered
    assert "permission to edit DAG runs" in answers[1].text


def test_every_response_has_security_headers(site: tuple[str, StagedRun]) -> None:
    address, pipeline = site
    here = f"{address}/runs/{SYNC}/{quote(pipeline.run_id)}"
    answers = {path: requests.get(path, timeout=10) for path in (
        f"{address}/", here, f"{here}/plan.csv", f"{here}/changes", f"{here}/changes?page=-1", f"{address}/nothing",
        f"{address}/inbox",
    )}  # fmt: skip
    assert [answer.status_code for answer in answers.values()] == [200, 200, 200, 200, 200, 404, 405]
    for path, answer in answers.items():
        assert answer.headers["Cache-Control"] == "no-store", path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
        assert " style=" not in answer.text and "<style" not in answer.text, path


def test_an_error_page_has_security_headers_too(site: tuple[str, StagedRun], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livestorm_salesforce.web.routes.overview.health_of", lambda _: 1 / 0)
    answer = requests.get(f"{site[0]}/", timeout=10)
    assert answer.status_code == 500 and answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_of_another_site_starts_nothing(pipeline: StagedRun, headers: dict[str, str]) -> None:
    airflow = FakeAirflow()
    with served_pages(airflow) as address:
        answer = requests.post(f"{address}/run", data={"mode": "apply"}, headers=headers, timeout=30)
    assert answer.status_code == 403 and not airflow.triggered


def test_a_preview_starts_from_the_overview(pipeline: StagedRun) -> None:
    airflow = FakeAirflow()
    with served_pages(airflow) as address:
        answer = requests.post(
            f"{address}/run", data={"mode": "preview"}, headers={"Origin": address}, timeout=30, allow_redirects=False
        )
    assert answer.status_code == 303 and answer.headers["location"].endswith(f"/runs/{SYNC}/triggered-1")
    assert airflow.triggered == [(SYNC, {"mode": "preview"}, "ada")]
