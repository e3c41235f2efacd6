"""The DAG files parse quickly, and their params have titles and descriptions."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

SYNC = "livestorm_to_salesforce"
TASKS = {"discover", "extract", "plan", "load_campaigns", "load_people", "load_members", "report"}


def test_every_dag_file_parses(dagbag) -> None:
    assert dagbag.import_errors == {}
    files = {path.name for path in (ROOT / "dags").glob("*.py")}
    assert {dag.fileloc.rsplit("/", 1)[1] for dag in dagbag.dags.values()} == files


def test_the_sync_runs_one_at_a_time_and_never_catches_up(dagbag) -> None:
    dag = dagbag.dags[SYNC]
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    assert set(dag.task_ids) >= TASKS


def test_only_dags_without_a_schedule_are_switched_on_at_creation(dagbag) -> None:
    """The first run of a DAG with a schedule writes; a paused DAG keeps the run of a button of the pages waiting."""
    found = {dag.dag_id: (dag.schedule is None, dag.is_paused_upon_creation) for dag in dagbag.dags.values()}
    assert found.pop(SYNC) == (False, None)
    assert len(found) == 4 and set(found.values()) == {(True, False)}


def test_every_trigger_is_allowed_except_airflows_backfill(dagbag) -> None:
    """Other DAGs (TriggerDagRunOperator) and assets may trigger; a backfill would run once per hour of the past."""
    from airflow.utils.types import DagRunType

    assert set(dagbag.dags[SYNC].allowed_run_types) == set(DagRunType) - {DagRunType.BACKFILL_JOB}


def test_every_dag_has_an_owner_tags_and_a_description(dagbag) -> None:
    for dag in dagbag.dags.values():
        assert dag.tags and dag.doc_md, f"{dag.dag_id}: give it tags and a docstring"
        assert all(task.owner != "airflow" for task in dag.tasks), f"{dag.dag_id}: name an owner"


def test_every_param_has_a_title_and_a_description(dagbag) -> None:
    for dag in dagbag.dags.values():
        for name in dag.params:
            param = dag.params.get_param(name)
            assert param.schema.get("title"), f"{dag.dag_id}.{name} has no title"
            assert param.description or param.schema.get("description_md"), f"{dag.dag_id}.{name} is not described"


@pytest.mark.parametrize(
    ("name", "value"),
    [("mode", "destroy"), ("session_ids", "one"), ("full_read", "yes")],
)
def test_the_form_rejects_other_values(dagbag, name: str, value: object) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError):
        dagbag.dags[SYNC].params.get_param(name).resolve(value)


def test_a_dag_file_imports_no_large_library() -> None:
    """Imports at the top of a DAG or plugin file are executed by each parse and each task."""
    code = (
        "import sys, runpy, pathlib\n"
        "import airflow.sdk, airflow.plugins_manager\n"
        "before = set(sys.modules)\n"
        "[runpy.run_path(str(path)) for folder in ('dags', 'plugins') for path in pathlib.Path(folder).glob('*.py')]\n"
        "print(sorted({'pandas', 'pandera', 'pyarrow', 'requests', 'fastapi'} & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_every_dag_and_task_has_a_plain_name_and_a_description(dagbag) -> None:
    for dag in dagbag.dags.values():
        assert dag.description and dag.dag_display_name != dag.dag_id
        for task in dag.tasks:
            assert task.task_display_name != task.task_id, f"{dag.dag_id}.{task.task_id} has no display name"
            assert task.doc_md, f"{dag.dag_id}.{task.task_id} has no docstring"


def test_the_trigger_form_has_three_sections(dagbag) -> None:
    params = dagbag.dags[SYNC].params
    sections = [params.get_param(name).schema.get("section") for name in params]
    assert list(dict.fromkeys(sections)) == [None, "Past webinars", "Safety and repair"]


def test_mapped_tasks_are_named_by_webinar_once_it_is_known(dagbag) -> None:
    from types import SimpleNamespace

    import jinja2

    task = SimpleNamespace(op_kwargs={"batch": 3})
    for name in ("extract", "load_members"):
        template = jinja2.Template(dagbag.dags[SYNC].get_task(name).map_index_template)
        assert template.render(task=task) == "batch 3"
        assert template.render(task=task, label="Tour (24 Nov 2026)") == "Tour (24 Nov 2026)"


def test_the_links_of_other_dags_are_empty() -> None:
    from types import SimpleNamespace

    from livestorm_salesforce.orchestration.operator_links import LINKS

    other = SimpleNamespace(dag_id="another", run_id="r", task_id="t", map_index=-1)
    assert [link.get_link(None, ti_key=other) for link in LINKS] == ["", "", ""]
    own = SimpleNamespace(dag_id=SYNC, run_id="manual__2026-11-30T00:00:00+00:00", task_id="t", map_index=-1)
    assert (
        LINKS[0]
        .get_link(None, ti_key=own)
        .endswith("/livestorm_to_salesforce/manual__2026-11-30T00%3A00%3A00%2B00%3A00")
    )


def test_the_last_line_of_a_task_log_has_separators() -> None:
    from livestorm_salesforce.orchestration.run_report import as_sentence

    assert as_sentence({"created": {"Lead": 12_345}, "batches": [1]}, "batches") == "Lead 12,345"
