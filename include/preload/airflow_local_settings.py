"""Libraries that the processes which fork our tasks import once, so that no task has to.

Airflow imports a module of this name in each of its processes, if one is found (its docs: Configuring local settings).
A task is forked from the scheduler (LocalExecutor) or from a Celery worker and has what its parent had imported. These
libraries take half a second of processor time, which eight tasks of a run would each spend anew.

Only libraries: code of this project may change while the scheduler runs, and a fork would go on with what was there
before. Only on Linux: elsewhere processes are spawned and have nothing. If you have an `airflow_local_settings.py` of
your own, put these lines into it instead; two modules of one name are not both found.
"""

import importlib
import os
import sys

LIBRARIES = (
    "pandas",
    "pandera.pandas",
    "pyarrow.parquet",
    "requests",
    "simple_salesforce",
    "pydantic_settings",
    "ruamel.yaml",
    "filelock",
    "jinja2",
)
FORKS = {"scheduler", "worker"}

__all__: list[str] = []  # none of these names is a setting of Airflow's


def preload() -> None:
    # No calculation here is large enough for the threads of numpy's linear algebra, and a fork is safer without them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in LIBRARIES:
        importlib.import_module(name)


if sys.platform == "linux" and FORKS & set(sys.argv):
    preload()
