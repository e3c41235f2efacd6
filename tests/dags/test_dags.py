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
