"""The environment of all tests, set before anything can import Airflow: a home that is thrown away, no connections.

Nothing here imports Airflow, so that tests of the core start in no time; what needs it is in tests/dags/conftest.py.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NEVER_REPEATED = ("unit", "calls", "faults", "benchmarks")


def _isolate() -> None:
    """A developer's settings, connections and proxy must not reach a test, nor a test their Airflow."""
    ours = ("AIRFLOW", "_AIRFLOW", "LIVESTORM_SALESFORCE_")
    for name in [name for name in os.environ if name.startswith(ours) or name.lower().endswith("_proxy")]:
        del os.environ[name]
    home = tempfile.mkdtemp(prefix="livestorm-salesforce-tests-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ.update(
        AIRFLOW_HOME=home,
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home}/airflow.db",
    )


_isolate()


def collect_rarely() -> None:
    """Frames hold no cycles, modules stay: a sixth of the processor's time went to looking for garbage among them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In CI a failed test that starts servers, browsers or processes runs once more; the summary lists it as RERUN.

    Such a test may fail for the load of the machine alone. A decision, a call count or a convergence is never repeated.
    """
    if not os.environ.get("CI"):
        return
    for item in items:
        if item.path.relative_to(ROOT / "tests").parts[0] not in NEVER_REPEATED:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    collect_rarely()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """What a file of tests put into the environment goes with it: the next file may start processes of its own."""
    yield
    if nextitem is None or nextitem.path != item.path:
        left = [name for name in os.environ if name.startswith(("AIRFLOW_CONN_", "LIVESTORM_SALESFORCE_"))]
        assert not left, f"{item.path.name} leaves {left} in the environment"
