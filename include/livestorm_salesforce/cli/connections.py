"""Access of the commands to Airflow's connections."""

from __future__ import annotations

import os


def find_connections() -> None:
    """Let Airflow read connections from its database in addition to the environment and secrets backends.

    Outside its tasks and servers Airflow does so only if this variable is set, as `airflow connections` does.
    """
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
