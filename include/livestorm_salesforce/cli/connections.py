"""What the commands share: they find Airflow's connections wherever these are kept."""

from __future__ import annotations

import os


def find_connections() -> None:
    """Look for connections in Airflow's database too, not in the environment and secrets backends alone.

    Outside of its tasks and servers Airflow leaves its database out unless this variable says otherwise; its own
    command `airflow connections` sets it as well.
    """
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
