"""Environment of the tests: a temporary AIRFLOW_HOME, and no import of Airflow where it is not needed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AIRFLOW_FREE = ["unit", "packaging", "sandbox"]
COLLECT = (
    "import sys, pytest\n"
    "ended = pytest.main(['-q', '--collect-only', '-p', 'no:cacheprovider', sys.argv[1]])\n"
    "loaded = [name for name in sys.modules if name.split('.')[0] == 'airflow']\n"
    "sys.exit(f'ended with {ended}' if ended else f'imported {loaded[:5]}' if loaded else 0)\n"
)


def test_airflow_writes_to_a_temporary_folder() -> None:
    home = os.environ["AIRFLOW_HOME"]
    assert home.startswith(tempfile.gettempdir())
    assert home in os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]


def test_connections_of_the_developer_are_removed() -> None:
    assert [name for name in os.environ if name.startswith("AIRFLOW_CONN_")] == []


@pytest.mark.parametrize("folder", AIRFLOW_FREE)
def test_airflow_is_not_imported_where_it_is_not_needed(folder: str) -> None:
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", COLLECT, f"tests/{folder}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr
