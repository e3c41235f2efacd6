"""The page Mapping over HTTP: the table, the ladder, checking and trying a draft, permissions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.runs import drafts
from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.runs.options import Options
from livestorm_salesforce.runs.params import mapping_draft
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import discover, extract, plan, report
from livestorm_salesforce.web.access import Level
from tests.harness.pages import FakeAirflow, FakeUser, served_pages
from tests.harness.webinar import make_webinar
from tests.harness.world import World, open_world

DRAFT = "version: 1\nlead:\n  LastName: last_name\n  Email: {from: email, policy: create_only}\n  Company: company\n"
TITLE = DRAFT + "  Title: {value: Guest}\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path, fast=True) as world:
        webinar = make_webinar(world)
        webinar.register("ada", job_title="<Chief>")
        webinar.register("bob", job_title="")
        world.run(name="scheduled-1")
        yield world


@pytest.fixture
def airflow() -> FakeAirflow:
    airflow = FakeAirflow()
    airflow.add("scheduled-1")
    return airflow


def get(airflow: FakeAirflow, user: FakeUser | None = None, language: str = "en") -> str:
    with served_pages(airflow, user) as address:
        return requests.get(f"{address}/mapping", headers={"Accept-Language": language}, timeout=60).text


def post(airflow: FakeAirflow, text: str, action: str, user: FakeUser | None = None) -> requests.Response:
    with served_pages(airflow, user) as address:
        data, headers = {"text": text, "action": action}, {"Origin": address}
        return requests.post(f"{address}/mapping", data=data, headers=headers, timeout=60, allow_redirects=False)


def test_the_table_and_the_ladder(world: World, airflow: FakeAirflow) -> None:
    text = get(airflow)
    assert "Fields of Lead" in text and "&lt;Chief&gt;" in text and "50%" in text and "Status ladder" in text
    assert '<desc id="ladder-words">Registered, Not Attended, Attended</desc>' in text
    assert "At creation only" in text and "No run that writes has succeeded" not in text
    french = get(airflow, language="fr")
    assert "Échelle des statuts" in french and "À la création seulement" in french


def test_values_and_the_text_need_the_permission_to_edit(world: World, airflow: FakeAirflow) -> None:
    viewer = FakeUser(levels=(Level.VIEW,))
    text = get(airflow, viewer)
    assert "Fields of Lead" in text and "Chief" not in text and "<textarea" not in text
    assert post(airflow, DRAFT, "check", viewer).status_code == 403
    editor = FakeUser(levels=(Level.VIEW, Level.EDIT))
    assert post(airflow, DRAFT, "try", editor).status_code == 403 and not airflow.triggered


def test_a_draft_is_checked_without_being_stored(world: World, airflow: FakeAirflow) -> None:
    answer = post(airflow, DRAFT + "  Titel__c: job_titel\n  Nowhere__c: city\n", "check")
    assert "The draft has 2 mistakes" in answer.text or "The draft has 3 mistakes" in answer.text
    assert "did you mean &#39;job_title&#39;" in answer.text and "Nowhere__c" in answer.text
    assert ">6<" in answer.text, "the line is named"
    valid = post(airflow, DRAFT, "check")
    assert "The draft is valid" in valid.text
    assert "not YAML" in post(airflow, "a: [", "check").text
    assert not world.app().store.folder(drafts.FOLDER).names() and not airflow.triggered


def test_trying_a_draft_starts_a_preview_of_everything(world: World, airflow: FakeAirflow) -> None:
    answer = post(airflow, TITLE.replace("\n", "\r\n"), "try")
    assert answer.status_code == 303 and answer.headers["location"].endswith("/triggered-1")
    ((dag_id, conf, _),) = airflow.triggered
    assert (dag_id, conf["mode"], conf["full_read"]) == (SYNC_DAG_ID, "preview", True)
    assert drafts.load(world.app().store, conf["mapping_draft"]).lead["Title"].value == "Guest"
    assert post(airflow, "lead: nonsense", "try").status_code == 200 and len(airflow.triggered) == 1


def test_the_preview_of_a_draft_counts_per_field_and_writes_nothing(world: World, airflow: FakeAirflow) -> None:
    draft_id = drafts.save(world.app().store, TITLE + "events: {exclude_titles: [nothing]}\n", world.clock.now())
    conf = {"mode": "preview", "full_read": True, "mapping_draft": draft_id}
    before = world.org.snapshot()
    _run(world, "draft-1", conf)
    assert world.org.snapshot() == before
    airflow.add("draft-1", conf=conf)
    with served_pages(airflow) as address:
        text = requests.get(f"{address}/runs/{SYNC_DAG_ID}/draft-1", timeout=60).text
    assert "Planned values by field" in text and "This preview used a draft" in text
    counted = (
        r'<td>Lead</td><th scope="row"><a [^>]*field=Title[^>]*>Title</a></th><td class="n">0</td><td class="n">2</td>'
    )
    assert re.search(counted, text)
    assert get(airflow).count("Guest") == 0, "the mapping in use is unchanged"


def _run(world: World, run_id: str, conf: dict[str, object]) -> None:
    def task(name: str) -> TaskRun:
        options = Options(mapping_draft=mapping_draft(conf))
        app = AppContext.from_environment(clock=world.clock, limits=world.limits, options=options)
        return TaskRun(app, run_id, name, conf)

    for batch in discover.discover(task("discover"))["batches"]:
        extract.extract(task(f"extract-{batch}"), batch)
    plan.plan(task("plan"))
    assert not task("load_people").writes
    report.report(task("report"))


def test_a_draft_is_never_applied_by_a_run_that_writes(world: World) -> None:
    draft_id = drafts.save(world.app().store, TITLE, 0)
    for params in ({"mapping_draft": draft_id}, {"mapping_draft": draft_id, "mode": "apply"}):
        with pytest.raises(ConfigError, match="given to a run that writes"):
            mapping_draft(params)
    app = AppContext.from_environment(options=Options(mapping_draft=draft_id))
    assert not TaskRun(app, "r", "t", {"mode": "apply"}).writes, "even if the check of params is left out"


def test_drafts_are_deleted_by_age(world: World) -> None:
    store = world.app().store
    old, new = drafts.save(store, DRAFT, 1), drafts.save(store, TITLE, 3)
    drafts.prune(store, 2)
    assert drafts.load(store, new)
    with pytest.raises(ConfigError, match="no longer stored"):
        drafts.load(store, old)


def test_a_mapping_that_is_not_valid_is_shown_as_an_error(
    world: World, airflow: FakeAirflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text("version: 1\nleads: {}\n")
    monkeypatch.setenv("LIVESTORM_SALESFORCE_MAPPING", str(file))
    text = get(airflow)
    assert "The mapping in use is not valid" in text and "mapping.yaml:2" in text and "leads: {}" in text


def test_before_the_first_run(tmp_path: Path) -> None:
    with open_world(tmp_path, fast=True):
        text = get(FakeAirflow())
        assert "The fields of the org are read by the first run" in text and "Fields of Lead" in text
        assert "Its fields were not compared" in post(FakeAirflow(), DRAFT, "check").text
