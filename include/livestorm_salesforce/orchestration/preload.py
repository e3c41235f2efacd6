"""Import large libraries once, in the processes that fork task processes.

A task is forked from the scheduler (LocalExecutor) or from a Celery worker and inherits what its parent has imported.
These libraries take half a second of processor time, which each of the eight tasks of a run would spend again. Airflow
imports a module `airflow_local_settings` in each of its processes if it finds one (Airflow documentation, Configuring
local settings), so one line in that file of yours is sufficient::

    from livestorm_salesforce.orchestration.preload import preload_libraries; preload_libraries()

Only libraries are imported: code of this project may change while the scheduler runs, and a forked task would continue
with the old version.
"""

from __future__ import annotations

import importlib
import os
import sys

from livestorm_salesforce.orchestration.task_process import use_system_memory

LIBRARIES = (
    "pandas",
    "pandera.pandas",
    "pyarrow.parquet",
    "requests",
    "simple_salesforce",
    "pydantic_settings",
    "ruamel.yaml",
    "sqlalchemy",
    "filelock",
    "jinja2",
)
#: Airflow components whose processes fork task processes.
FORKING_COMPONENTS = {"scheduler", "worker"}


def preload_libraries() -> bool:
    """Import `LIBRARIES` if this process forks tasks: on Linux, in a scheduler or a worker.

    Returns:
        whether the libraries were imported.
    """
    if sys.platform != "linux" or not FORKING_COMPONENTS & set(sys.argv):
        return False
    # No calculation here is large enough for the threads of numpy's linear algebra, and a fork is safer without them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    use_system_memory()
    for name in LIBRARIES:
        importlib.import_module(name)
    return True
