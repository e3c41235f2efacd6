"""Fixtures of the DAG tests: Airflow's database, created once, and the parsed DAGs."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Airflow's own announcements of what will be removed are errors here.

    As a mark and not in pyproject.toml, where pytest would import Airflow before its environment is set.
    """
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("error::airflow.exceptions.RemovedInAirflow4Warning"))


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """Airflow's tables in the temporary home; `dag.test()` requires them."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture(scope="session")
def dagbag(airflow_db: None):
    """All DAG files of the project, parsed. Import errors are in `dagbag.import_errors`."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(HERE.parents[1] / "dags")
